"""Which images a trained system translates: their sides and channels, and how its translator is built again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from udtlib.nets.autoencoder import Autoencoder
from udtlib.profiles import Profile
from udtlib.translators.base import ConditionalTranslator, Translator
from udtlib.translators.stochastic import StochasticTranslator

__all__ = ["Sides", "Translation"]


@dataclass(frozen=True, kw_only=True)
class Sides:
    """Which sides of an image a net takes: the multiples of ``step`` from ``least`` to ``most``.

    Args:
        step: 2 to the number of halvings, for nets that halve.
        least: the smallest side; None for one step.
        most: the largest side; None where there is no limit, and the same as ``least`` where one size is taken.

    Raises:
        ValueError: no side at all is allowed.
    """

    step: int = 1
    least: int | None = None
    most: int | None = None

    def __post_init__(self) -> None:
        if self.step < 1 or (self.most is not None and self.next(1) > self.most):
            raise ValueError(
                f"no side is a multiple of {self.step} from {self.least} to {self.most}; "
                "use a step of at least 1 and a wider range"
            )

    def next(self, side: int) -> int:
        """The smallest multiple that is neither below ``side`` nor below ``least``; it may be above ``most``."""
        return -(-max(side, self.least or 1) // self.step) * self.step

    def allow(self, side: int) -> bool:
        """Whether images of this side are taken."""
        return self.next(side) == side and (self.most is None or side <= self.most)

    def __str__(self) -> str:
        if self.most is not None and self.next(1) == self.most:
            return f"exactly {self.most}"
        least = f" from {self.least}" if self.least else ""
        most = "" if self.most is None else f" up to {self.most}"
        return f"divisible by {self.step}{least}{most}" if self.step > 1 else f"any{least}{most}"


@dataclass(frozen=True, kw_only=True)
class Translation:
    """What `udt translate` needs to know: how to build the translator again, and which images it takes.

    Args:
        build: the untrained translator, as it is trained in a profile; an autoencoder is one from images to
            themselves.
        channels: of the images of X and of Y, each 1 (grey) or 3 (colours).
        sides: which images the nets take in a profile.
        from_noise: whether it makes images of noise, so that `udt translate` has no use for it.
    """

    build: Callable[[Profile], Translator | ConditionalTranslator | StochasticTranslator | Autoencoder]
    channels: tuple[int, int] = (3, 3)
    sides: Callable[[Profile], Sides]
    from_noise: bool = False

    def __post_init__(self) -> None:
        if not set(self.channels) <= {1, 3}:
            raise ValueError(f"images have 1 channel (grey) or 3 (colours), got channels={self.channels}")
