"""Chapter 04: CycleGAN's own objective, evaluated exactly at perfect translators that are almost all wrong."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import final

import torch
from torch import nn

from udtlib.data.pair import IndependentPair
from udtlib.data.toy2d import Mixture, translated_mixture
from udtlib.evaluate.distances import squared_mmd
from udtlib.evaluate.scores import Scores
from udtlib.experiments.declare import Experiment, Measured, Setting
from udtlib.experiments.pictures import Drawn
from udtlib.experiments.toy_tables import maps_of
from udtlib.numerics.gaussian import rotation
from udtlib.objectives.base import Clock, total
from udtlib.objectives.cyclegan import cyclegan
from udtlib.translators.affine import Affine
from udtlib.translators.base import InvertibleTranslator
from udtlib.translators.rotated import RotatedRearrangement
from udtlib.types import Batch, Float, Tensor

#: The angles of the maps that are looked at, in degrees.
ANGLES = (0, 60, 120, 180, 240, 300)
SHIFT = (1.5, 1.0)


@final
class OptimalJudge(nn.Module):
    r"""The least-squares discriminator that is best against a fixed translator [mao2017].

    .. math:: D^\star(y) = \frac{\beta(y)}{\beta(y) + (T_\#\alpha)(y)}, \qquad
              (T_\#\alpha)(y) = \alpha(S(y))\, |\det \nabla S(y)|, \quad S = T^{-1}

    Args:
        real: the domain that is judged, :math:`\beta`.
        source: the domain that translations come from, :math:`\alpha`.
        back: the translation's inverse, :math:`S`.
    """

    def __init__(self, real: Mixture, source: Mixture, back: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        # In a tuple: a translator's method would not be registered, but its module would be.
        self.parts = (real, source, back)

    def forward(self, y: Float[Tensor, "batch dim"]) -> Float[Tensor, "batch"]:
        real, source, back = self.parts
        pushed = pushed_log_density(source, back, y)
        return torch.sigmoid(real.log_density(y.detach()) - pushed)


def pushed_log_density(
    source: Mixture, back: Callable[[Tensor], Tensor], y: Float[Tensor, "batch dim"]
) -> Float[Tensor, "batch"]:
    r"""The log-density of the push-forward, :math:`\log\alpha(S(y)) + \log|\det \nabla S(y)|`."""
    with torch.enable_grad():
        y = y.detach().double().requires_grad_(True)
        x = back(y)
        slopes = [torch.autograd.grad(x[:, k].sum(), y, retain_graph=True)[0] for k in range(x.shape[1])]
    return source.log_density(x.detach()) + torch.stack(slopes, dim=1).slogdet().logabsdet


def objective_value(T: InvertibleTranslator, pair: IndependentPair, batch: Batch) -> dict[str, float]:
    r"""CycleGAN's translator loss at :math:`T` and :math:`S = T^{-1}`, against the best possible judges.

    With the paper's λ = 10 and least squares. No pair of maps can have a smaller value than the 1/4 of two games
    whose judges cannot tell: :math:`\tfrac12 (\tfrac12 - 1)^2` each.

    Raises:
        TypeError: a domain whose density is not known.
    """
    alpha, beta = pair.source, pair.target
    if not (isinstance(alpha, Mixture) and isinstance(beta, Mixture)):
        raise TypeError("exact judges need densities; give a pair of mixtures")
    judges = OptimalJudge(alpha, beta, T), OptimalJudge(beta, alpha, T.inverse)
    game = cyclegan(T, *judges, pool=0)
    with torch.no_grad():
        terms = game.translator_loss(batch, Clock(0, 1))
    return {
        "CycleGAN's objective": float(total(terms)),
        "of which the two games": float(terms["fool_x"] + terms["fool_y"]),
        "of which the two cycles": float(terms["cycle_x"] + terms["cycle_y"]),
    }


def perfect_scores(T: InvertibleTranslator, pair: IndependentPair, *, seed: int, count: int) -> Scores:
    """The objective, the fit, and what neither of them sees."""
    batch = pair.batch(0, size=count, seed=seed, split="test")
    x, y, truth = batch.x.double(), batch.y.double(), pair.answers(batch).double()
    with torch.no_grad():
        made = T(x)
    nearest = torch.cdist(made, pair.truth(pair.source.means).double()).argmin(1)
    return Scores(
        fit={"squared MMD of T#α to β": squared_mmd(made, y)},
        alignment={
            "mean ‖T(x) − T*(x)‖": (made - truth).norm(dim=1).mean().item(),
            "in the right blob": (nearest == batch.x_label).double().mean().item(),
        },
        effort={"mean ‖T(x) − x‖²": (made - x).square().sum(1).mean().item()},
        other=objective_value(T, pair, Batch(x, y)),
    )


def exact_maps(pair: IndependentPair) -> dict[str, InvertibleTranslator]:
    """The truth, maps that fit as well, and one that inverts as well but does not fit."""
    eye, shift = torch.eye(2, dtype=torch.float64), torch.tensor(SHIFT, dtype=torch.float64)
    laws = pair.source.law, pair.target.law
    turned = {f"θ = {a}°": RotatedRearrangement(*laws, rotation(math.radians(a))) for a in ANGLES}
    return {"the truth": Affine(eye, shift), **turned, "half the way": Affine(eye, shift / 2)}


@torch.no_grad()
def perfect_cycles(setting: Setting) -> Measured:
    """The value of CycleGAN's objective at each of the exact maps, on samples of a seed."""
    pair = translated_mixture(shift=SHIFT)
    maps, count = exact_maps(pair), setting.profile.pick(quick=500, colab=2_000, full=5_000)
    batch = pair.batch(0, size=100, seed=setting.seed, split="test")
    x = batch.x.double()
    shown = {
        name: {"x": x, "label": batch.x_label, "T(x)": maps[name](x)}
        for name in ("θ = 0°", "θ = 60°", "θ = 120°", "θ = 240°")
    }
    scores = {name: perfect_scores(T, pair, seed=setting.seed, count=count) for name, T in maps.items()}
    return Measured(scores, {"maps": shown})


PERFECT = Experiment(
    name="perfect-cycles",
    title="CycleGAN's objective cannot tell perfect translators apart",
    source="[debezenac2019], proposition 1, which states no numbers",
    measure=perfect_cycles,
    pictures={"maps": Drawn(picture=maps_of)},
)
