r"""What an objective is: a game whose players each minimise their own loss over their own parameters.

An autoencoder has one player, a GAN has two. The trainer knows players and terms, not papers.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

from torch import Tensor, nn
from torch.optim import Adam, Optimizer

from udtlib.numerics.mismatch import type_mismatch
from udtlib.numerics.options import number
from udtlib.numerics.signatures import check_fields
from udtlib.translators.base import Translator
from udtlib.types import Batch, Terms


class Clock(NamedTuple):
    """How far training has come, for weights that follow a schedule."""

    step: int
    steps: int

    @property
    def progress(self) -> float:
        """The finished share of training, from 0 at the first step towards 1 at the last."""
        return self.step / self.steps

    def due(self, every: int) -> bool:
        """Whether what happens every so many steps happens at this one.

        Ask this rather than for the remainder of ``step``: a round that is replayed from a graph knows no step,
        but rounds in which something is due and rounds in which it is not can be captured apart.
        """
        return self.step % every == 0


class DrawsAhead(nn.Module, ABC):
    """A module whose forward pass depends on numbers that are drawn on the CPU, such as which samples it keeps.

    A round that is replayed from a graph does not run its Python code again: what that code would draw is drawn
    before, and copied to where the recorded operations look for it.
    """

    @abstractmethod
    def draw_ahead(self, like: Tensor) -> None:
        """Draw what the next forward pass of samples like these needs; that pass then draws nothing itself."""

    @abstractmethod
    def draw_anew(self) -> None:
        """From now on, each forward pass draws what it needs, as it did at the start."""


@dataclass(frozen=True, kw_only=True)
class AdamConfig:
    """Adam's settings for one player [kingma2015]; the defaults are DCGAN's [radford2016, section 3]."""

    #: step size
    rate: float = 2e-4
    #: decay of the mean and of the squared mean of past gradients
    betas: tuple[float, float] = (0.5, 0.999)

    def __post_init__(self) -> None:
        check_fields(self)
        if not self.rate > 0:
            raise ValueError(f"a step size must be positive, got rate={self.rate}")
        if not all(0 <= number(b, name="each of betas") < 1 for b in self.betas):
            raise ValueError(f"Adam's betas must lie in [0, 1), got {self.betas}")

    def build(self, parameters: Iterable[nn.Parameter]) -> Optimizer:
        """The optimiser for these parameters."""
        # fused: one call for all parameters; on a CPU this saves more than half of a small net's step.
        return Adam(parameters, lr=self.rate, betas=self.betas, fused=True)


@dataclass(frozen=True, kw_only=True)
class Player:
    """One player of the game: what it moves, what it minimises, and how often it moves in a round."""

    #: the module whose parameters this player moves, and no other player does
    module: nn.Module
    #: the loss, as named and already weighted terms, of a batch or of what the objective made of it
    loss: Callable[[Any, Clock], Terms]
    #: updates per round; each on a fresh batch, unless every player moves once: then all look at one
    moves: int = 1
    #: the optimiser's settings
    optimiser: AdamConfig = AdamConfig()

    def __post_init__(self) -> None:
        check_fields(self)
        if self.moves < 1:
            raise ValueError(f"a player moves at least once a round, got moves={self.moves}")


class Objective(nn.Module, ABC):
    """A game over the parameters of the modules that it holds."""

    @abstractmethod
    def players(self) -> dict[str, Player]:
        """The players in the order in which they move; their modules' parameters partition the objective's."""

    def make(self, batch: Batch) -> Any:
        """What the losses of all players need of a batch: the batch, and what a translator makes of it.

        Where every player moves once in a round, the trainer calls this once and hands the result to all of them,
        so that nothing is translated twice. The default is the batch itself.
        """
        return batch

    def made(self, given: Any) -> Any:
        """What :meth:`make` makes, from a batch or from what it has made already; every loss begins with it."""
        return self.make(given) if isinstance(given, Batch) else given

    def forward(self, player: str | None, given: Any, clock: Clock) -> Any:
        """The named player's loss terms, or what :meth:`make` makes for None.

        The one entry point, so that precision and several GPUs wrap it.

        Raises:
            ValueError: samples of another type than the weights, which PyTorch does not multiply.
        """
        try:
            return self.make(given) if player is None else self.players()[player].loss(given, clock)
        except RuntimeError as error:
            samples = {"x": given.x, "y": given.y} if isinstance(given, Batch) else {}
            if (clear := type_mismatch(error, self, **samples)) is None:
                raise
            raise clear from error


def check_judges(**judges: nn.Module | None) -> None:
    """Refuse a translator in a judge's place, and one judge in two places.

    Raises:
        TypeError: a translator, as where two arguments were exchanged.
        ValueError: one module twice, which would be told two contrary things.
    """
    seen: dict[int, str] = {}
    for name, judge in judges.items():
        if isinstance(judge, Translator):
            raise TypeError(
                f"{name} judges samples, got the translator {type(judge).__name__}; give a net from samples to "
                "logits, and look whether two arguments were exchanged"
            )
        if judge is not None and (first := seen.setdefault(id(judge), name)) != name:
            raise ValueError(
                f"{first} and {name} are one module, {type(judge).__name__}; make two, or copy.deepcopy it"
            )


def total(terms: Terms) -> Tensor:
    """The loss of a player: the sum of its weighted terms."""
    values = list(terms.values())
    if not values:
        raise ValueError("a player returned no loss terms; return at least one named term")
    return sum(values[1:], start=values[0])
