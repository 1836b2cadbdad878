r"""Discrepancies :math:`D(T_\#\alpha, \beta)` that an objective can hold a translator to.

A discrepancy compares a batch of translations with a batch of the target. Some have a closed form (MMD, energy
distance, Sinkhorn divergence); the adversarial one is learned by a player of its own.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import NamedTuple, final

import torch
from torch import Tensor, nn

from udtlib.numerics.signatures import checked_options
from udtlib.objectives.base import AdamConfig, Clock, Player
from udtlib.objectives.gan import GANConfig
from udtlib.types import Batch, Float, Points, Terms

__all__ = ["Adversarial", "Between", "Discrepancy", "Moved", "Multiplier"]


class Moved(NamedTuple):
    """A batch, and where its sources are on their way; the last positions are the translations."""

    batch: Batch
    path: Float[Tensor, "time batch ..."]
    #: likewise for coordinates that a flow adds to the samples', where it adds some
    added: Float[Tensor, "time batch extra"] | None = None


class Discrepancy(nn.Module, ABC):
    r"""How far translations are from the target, as the translator minimises it."""

    @abstractmethod
    def forward(self, made: Float[Tensor, "n ..."], real: Float[Tensor, "m ..."]) -> Tensor:
        r"""The translator's term, from samples of :math:`T_\#\alpha` and of :math:`\beta`."""

    @abstractmethod
    def players(self, made: Callable[[Batch | Moved], Moved]) -> dict[str, Player]:
        r"""Whoever has to learn the discrepancy while the translator learns, or nobody.

        Args:
            made: the objective's :meth:`~udtlib.objectives.base.Objective.made`.
        """


@final
class Between(Discrepancy):
    r"""A discrepancy with a formula: a differentiable function of two samples.

    Args:
        formula: such as :func:`~udtlib.losses.energy.energy_distance_unbiased`, or a Sinkhorn divergence with its
            :math:`\varepsilon` fixed.
        weight: what its value is multiplied by.

    Raises:
        ValueError: a weight that is not positive.
    """

    @checked_options()
    def __init__(self, formula: Callable[[Points, Points], Tensor], *, weight: float | int = 1.0) -> None:
        super().__init__()
        if not weight > 0:
            raise ValueError(f"the weight of a discrepancy is positive, got {weight}")
        self.formula, self.weight = formula, weight

    def forward(self, made: Float[Tensor, "n ..."], real: Float[Tensor, "m ..."]) -> Tensor:
        return self.weight * self.formula(made, real)

    def players(self, made: Callable[[Batch | Moved], Moved]) -> dict[str, Player]:
        return {}


@final
class Adversarial(Discrepancy):
    r"""A discrepancy that a discriminator learns, as in a GAN.

    Args:
        discriminator: a net from samples to logits.
        game: the two losses, the discriminator's step size and its moves; the translator's step size is the
            objective's to say.
    """

    @checked_options()
    def __init__(self, discriminator: nn.Module, *, game: GANConfig) -> None:
        super().__init__()
        self.discriminator, self.game = discriminator, game

    def forward(self, made: Float[Tensor, "n ..."], real: Float[Tensor, "m ..."]) -> Tensor:
        return self.game.generator_loss(self.discriminator(made))

    def players(self, made: Callable[[Batch | Moved], Moved]) -> dict[str, Player]:
        def judge(given: Batch | Moved, clock: Clock) -> Terms:
            (_, y, *_), path, _ = made(given)
            # detach: the discriminator's loss must not train the translator
            D, fake = self.discriminator, path[-1].detach()
            terms = {"judge": self.game.discriminator_loss(D(y), D(fake))}
            return terms | self.game.slope_terms(D, y, clock=clock)

        return {
            "discriminator": Player(
                module=self.discriminator,
                loss=judge,
                moves=self.game.discriminator_moves,
                optimiser=self.game.discriminator_optimiser,
            )
        }


@final
class Multiplier(Discrepancy):
    r"""A critic that nobody bounds: the multiplier of the constraint :math:`T_\#\alpha = \beta`, beside an effort.

    .. math:: \max_f \min_T\; \lambda\, \mathbb{E}\, c(x, T(x)) - \mathbb{E} f(T(x)) + \mathbb{E} f(y),
        \qquad c(x, y) = \sum_i c_i\, |y_i - x_i|^p

    is the game of [rout2022], whose :math:`f / \lambda` is a Kantorovich potential. In many dimensions it circles
    around its end, or leaves it: a critic that ran ahead drives samples to where it has never seen any. At the
    end every sample rests, its effort and the critic in balance, so that the critic's slope there is known:

    .. math:: \nabla f(T(x)) = \lambda\, \nabla_{\!T}\, c(x, T(x)).

    The critic pays :math:`\rho / \lambda` times the mean squared distance from that. The right pair
    :math:`(T, f)` pays nothing, so that the term steadies the game and does not move its end.

    Args:
        critic: a net from samples to one number each.
        effort_weight: :math:`\lambda`, the same as the objective's, which stays constant.
        power: the exponent p of the objective's cost.
        cost_weight: :math:`c_i`, as in the objective; None for ones.
        balance_weight: :math:`\rho`; 0 plays the game without the term.
        optimiser: the critic's steps.

    Raises:
        ValueError: a weight that is not positive, or a power that is not above 1.
    """

    @checked_options()
    def __init__(
        self,
        critic: nn.Module,
        *,
        effort_weight: float | int = 1.0,
        power: float | int = 2.0,
        cost_weight: Tensor | None = None,
        balance_weight: float | int = 1.0,
        optimiser: AdamConfig | None = None,
    ) -> None:
        super().__init__()
        if not effort_weight > 0 or balance_weight < 0 or not power > 1:
            raise ValueError(
                "a multiplier needs effort_weight > 0, balance_weight ≥ 0 and power > 1, got "
                f"effort_weight={effort_weight}, balance_weight={balance_weight}, power={power}"
            )
        self.critic, self.effort_weight, self.power = critic, float(effort_weight), float(power)
        self.balance_weight, self.optimiser = float(balance_weight), optimiser or AdamConfig()
        self.register_buffer("cost_weight", cost_weight, persistent=False)

    def forward(self, made: Float[Tensor, "n ..."], real: Float[Tensor, "m ..."]) -> Tensor:
        return -self.critic(made).mean()

    def players(self, made: Callable[[Batch | Moved], Moved]) -> dict[str, Player]:
        def judge(given: Batch | Moved, clock: Clock) -> Terms:
            (_, y, *_), path, _ = made(given)
            x, fake = path[0].detach(), path[-1].detach()
            terms = {"judge": self.critic(fake).mean() - self.critic(y).mean()}
            if self.balance_weight:
                terms["balance"] = self.balance_weight / self.effort_weight * self.imbalance(x, fake)
            return terms

        return {"discriminator": Player(module=self.critic, loss=judge, optimiser=self.optimiser)}

    def imbalance(self, x: Float[Tensor, "n ..."], made: Float[Tensor, "n ..."]) -> Tensor:
        r""":math:`\mathbb{E}\, \|\nabla f(T(x)) - \lambda \nabla c(x, T(x))\|^2`, for the critic alone."""
        way = made - x
        pull = self.effort_weight * self.power * way.abs() ** (self.power - 1) * way.sign()
        if self.cost_weight is not None:
            pull = self.cost_weight * pull
        made = made.detach().requires_grad_()
        with torch.enable_grad():
            (slope,) = torch.autograd.grad(self.critic(made).sum(), made, create_graph=True)
        return (slope - pull.detach()).flatten(1).square().sum(1).mean()
