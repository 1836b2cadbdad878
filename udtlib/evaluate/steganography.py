r"""What a translator hides: how the way back suffers when the translation is touched where no eye can see it.

A cycle that closes has not shown that the translation looks like its source. The translator may write what the
target has no room for into changes of a fraction of a grey level, and its way back may read them. Touch the
translation by less than an eye can see, and such a message is lost:

.. math:: e(\sigma) = \mathbb{E}\,\big|S\big(T(x) + \sigma n\big) - x\big|, \quad n \sim N(0, I)

beside two yardsticks: :math:`e(0)`, and what :math:`S` reaches when it is told nothing of :math:`x`, the
distance from :math:`S(T(x'))` of another sample :math:`x'`. The effect was reported by [chu2017].
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

import torch
from torch import Tensor

from udtlib.numerics.inputs import check_axes, check_filled, floating, full_precision
from udtlib.numerics.options import check_generator, number, whole
from udtlib.translators.base import InvertibleTranslator
from udtlib.types import Float, Shaped

__all__ = ["Secrecy", "rounded", "secrecy"]


@final
@dataclass(frozen=True, kw_only=True)
class Secrecy:
    """Mean absolute cycle errors, in the unit of the images, whose grey levels run from -1 to 1."""

    #: strengths σ of the noise
    strengths: tuple[float, ...]
    #: the cycle's error under each of them
    noisy: tuple[float, ...]
    #: the cycle's error when nothing is done to the translation
    untouched: float
    #: the cycle's error when the translation is stored with 8 bits for each channel
    stored: float
    #: the error of the cycle of another sample: what is left when nothing is known of this one
    stranger: float

    @property
    def lost(self) -> tuple[float, ...]:
        """For every strength, the share of what the way back knew that the noise has destroyed: 0 none, 1 all.

        Raises:
            ValueError: there was nothing to destroy.
        """
        if not self.stranger > self.untouched:
            raise ValueError(
                f"the way back comes no nearer to its own sample ({self.untouched:.3g}) than to another one "
                f"({self.stranger:.3g}), so that no share of what it knew is lost; take samples that differ"
            )
        known = self.stranger - self.untouched
        return tuple((error - self.untouched) / known for error in self.noisy)


def rounded(y: Shaped[Tensor, "..."], *, levels: int = 256) -> Tensor:
    """The nearest of ``levels`` equally spaced values from -1 to 1: what a file of 8 bits per channel keeps.

    Raises:
        ValueError: fewer than two levels.
    """
    y = full_precision(y, name="y")
    if whole(levels, name="levels", at_least=None) < 2:
        raise ValueError(f"an image of {levels} levels shows nothing; use at least 2, a usual file has 256")
    steps = (levels - 1) / 2
    return ((y.clamp(-1, 1) + 1) * steps).round() / steps - 1


@torch.no_grad()
def secrecy(
    translator: InvertibleTranslator,
    x: Shaped[Tensor, "batch ..."],
    *,
    strengths: Sequence[float | int],
    generator: torch.Generator,
) -> Secrecy:
    r"""How much of the cycle hangs on changes of :math:`T(x)` that nobody sees.

    Args:
        translator: :math:`T` and its way back :math:`S`, in evaluation mode.
        x: at least two samples of :math:`X`.
        strengths: standard deviations :math:`\sigma` of the noise; one grey level of 256 is about 0.008.
        generator: of the noise, on the CPU.

    Raises:
        ValueError: fewer than two samples, no strength, or one that is negative or not finite.
    """
    x = floating(x, name="x")
    check_axes(x, name="x", words="(samples, *shape)")
    check_filled(x, name="x")
    if len(x) < 2:
        raise ValueError(f"got {len(x)} sample; give at least 2, so that one can stand beside a stranger")
    if not len(strengths) or not min(number(s, name="every strength") for s in strengths) >= 0:
        raise ValueError(f"strengths must be one or more numbers of at least 0, got {list(strengths)}")
    y = translator(x)
    check_generator(generator)
    noise = torch.randn(y.shape, generator=generator).to(y)
    back = translator.inverse(y)
    return Secrecy(
        strengths=tuple(float(s) for s in strengths),
        noisy=tuple(gap(translator.inverse(y + s * noise), x) for s in strengths),
        untouched=gap(back, x),
        stored=gap(translator.inverse(rounded(y)), x),
        stranger=gap(back.roll(1, dims=0), x),
    )


def gap(a: Float[Tensor, "*shape"], b: Float[Tensor, "*shape"]) -> float:
    """The mean absolute difference."""
    return (a - b).abs().mean().item()
