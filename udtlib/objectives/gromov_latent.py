r"""Two autoencoders whose latent spaces are to have the same shape [chevalley2020].

.. math:: \min_{\theta_1, \theta_2} \; \mathcal{L}(x; \theta_1) + \mathcal{L}(y; \theta_2)
          + \lambda\, \mathcal{L}_\mathrm{GW}\bigl(E_X(x), E_Y(y)\bigr)

(eq. 3.1). The Gromov-Wasserstein loss compares distances within a batch of codes with distances within a
batch of the other domain's, so that no code is ever compared with one of the other latent space, and the two
dimensions may differ. It asks for spaces that *can* be laid upon each other; which code belongs to which is
for the plan between them to say, after training.

The form of the loss decides what becomes of the scales. The plain term obeys
:math:`\mathrm{GW}(c\,d, c\,d') = c^2\, \mathrm{GW}(d, d')` and is least where both spaces have shrunk to a
point, the collapse that the report saw. Its debiased form (eq. 2.7) takes off what each space costs with
itself. It is zero for equal spaces, but a difference: at plans that are not stationary it falls without
bound as codes grow. Both ends stop the run with an error that says at which step. A form that divides by the
mean distances has no scale to change. See :class:`~udtlib.transport.gromov.loss.GromovForm`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import torch
from torch import nn

from udtlib.numerics.signatures import check_fields, checked_options
from udtlib.objectives.base import AdamConfig, Clock, Objective, Player
from udtlib.objectives.coding import Coding
from udtlib.transport.gromov.loss import GromovForm, gromov_loss
from udtlib.transport.result import NotConvergedError
from udtlib.types import Batch, Float, Tensor, Terms

__all__ = ["GromovLatent", "GromovLatentConfig"]

#: The report's settings of Adam ([chevalley2020], section 3.1).
ADAM = AdamConfig(rate=1e-3, betas=(0.5, 0.99))


@dataclass(frozen=True, kw_only=True)
class GromovLatentConfig:
    r"""The weight of the Gromov-Wasserstein loss, what it is, and how the players step."""

    #: λ; 0 trains the two codings apart, and solves no transport problem
    weight: float = 0.0
    #: which form of the loss; the report's is the debiased one (eq. 2.7)
    form: GromovForm = GromovForm.DEBIASED
    #: strength ε of the entropic term, for distances whose mean is one
    epsilon: float = 0.005
    #: the most steps of the solver for a plan, at each step of training
    iterations: int = 200
    #: how far a plan may be from the marginals, and how much of its mass its last step may move
    tolerance: float = 1e-3
    #: Adam for both autoencoders
    optimiser: AdamConfig = ADAM
    #: Adam for the judges of codes, where there are some
    judge_optimiser: AdamConfig = ADAM
    #: the judges' updates for each update of the autoencoders
    judge_moves: int = 1

    def __post_init__(self) -> None:
        check_fields(self)
        if not self.weight >= 0:
            raise ValueError(f"a weight must not be negative, got weight={self.weight}")
        if not self.epsilon > 0:
            raise ValueError(
                f"the entropic term needs a positive strength, got epsilon={self.epsilon}; "
                "the report's 0.005 is for raw distances, this one for distances of mean one"
            )
        if self.iterations < 1 or not self.tolerance > 0:
            raise ValueError(
                "a plan needs at least one step and a positive tolerance, got "
                f"iterations={self.iterations} and tolerance={self.tolerance}"
            )
        if self.judge_moves < 1:
            raise ValueError(f"a judge moves at least once a round, got judge_moves={self.judge_moves}")


@final
class GromovLatent(Objective):
    r"""Two codings, and a loss between the shapes of their latent spaces.

    Args:
        coding_x: the source domain's autoencoder and its loss.
        coding_y: the target domain's; codes may have another dimension, and it may be of another kind.
        config: the weight of the loss between them and the step sizes.
    """

    @checked_options()
    def __init__(
        self, coding_x: Coding, coding_y: Coding, *, config: GromovLatentConfig | None = None
    ) -> None:
        super().__init__()
        self.coding_x, self.coding_y = coding_x, coding_y
        self.config = config or GromovLatentConfig()

    def players(self) -> dict[str, Player]:
        """The judges, if any, and the autoencoders; both codings' move together, for the loss joins them."""
        config, codings = self.config, (self.coding_x, self.coding_y)
        judges = [coding.judge for coding in codings if coding.judge is not None]
        autoencoders = Player(
            module=nn.ModuleList([coding.autoencoder for coding in codings]),
            loss=self.coding_loss,
            optimiser=config.optimiser,
        )
        if not judges:
            return {"autoencoders": autoencoders}
        judging = Player(
            module=nn.ModuleList(judges),
            loss=self.judge_loss,
            moves=config.judge_moves,
            optimiser=config.judge_optimiser,
        )
        return {"judges": judging, "autoencoders": autoencoders}

    def coding_loss(self, batch: Batch, clock: Clock) -> Terms:
        r"""Both codings' terms, and :math:`\lambda\, \mathcal{L}_\mathrm{GW}` between the codes (eq. 3.1)."""
        z_x, terms_x = self.coding_x.terms(batch.x, clock)
        z_y, terms_y = self.coding_y.terms(batch.y, clock)
        terms = named(terms_x, "x") | named(terms_y, "y")
        if self.config.weight:
            terms["gromov"] = self.config.weight * self.shape_loss(z_x, z_y, clock)
        return terms

    def judge_loss(self, batch: Batch, clock: Clock) -> Terms:
        """What the judges of codes minimise, each on its own domain's."""
        terms: Terms = {}
        for coding, samples, side in ((self.coding_x, batch.x, "x"), (self.coding_y, batch.y, "y")):
            if coding.judge is not None:
                # no_grad: the judge's loss must not train the encoder
                with torch.no_grad():
                    z = coding.code(samples)
                terms |= named(coding.judge_terms(z, clock), side)
        return terms

    def shape_loss(
        self, z_x: Float[Tensor, "n d"], z_y: Float[Tensor, "m e"], clock: Clock
    ) -> Float[Tensor, ""]:
        r""":math:`\mathcal{L}_\mathrm{GW}` between two batches of codes, equally weighted.

        Raises:
            ValueError: the codes have collapsed, exploded, or are not finite.
            NotConvergedError: a plan does not meet its marginals, or that of a side with itself is not
                stationary.
        """
        c = self.config
        options = {"form": c.form, "epsilon": c.epsilon, "iterations": c.iterations, "tolerance": c.tolerance}
        try:
            return gromov_loss(z_x, z_y, **options).value
        # The solver knows its plan and not the run: say when it happened, and what a run can do about it.
        except ValueError as error:
            raise ValueError(f"{self.when(z_x, z_y, clock)}: {error}") from error
        except NotConvergedError as error:
            raise NotConvergedError(
                reason=f"{self.when(z_x, z_y, clock)}: {error.reason}",
                marginal_error=error.marginal_error,
                remedy=f"{error.remedy}; or give this loss a weight below {c.weight:g}",
            ) from error

    def when(self, z_x: Tensor, z_y: Tensor, clock: Clock) -> str:
        """The step, and how wide the codes are, for the message of an error."""
        wide = " and ".join(f"{float(z.detach().std(dim=0).norm()):.3g}" for z in (z_x, z_y))
        return f"at step {clock.step} of training, codes of deviation {wide}"


def named(terms: Terms, side: str) -> Terms:
    """The terms of one domain's coding, with the domain in their names."""
    return {f"{name}_{side}": value for name, value in terms.items()}
