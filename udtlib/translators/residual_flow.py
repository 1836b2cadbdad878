r"""A residual net read as a flow: :math:`K` Euler steps along learned velocities [debezenac2019, section 2.3].

.. math:: x_{k+1} = x_k + \Delta t\, v_k(x_k), \qquad k = 0, \dots, K - 1, \qquad \Delta t = 1 / K

The step length is written out, so that equal velocities move a sample equally far whatever :math:`K` is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import final

import torch
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from udtlib.nets.init import initialise_scaled
from udtlib.nets.mlp import mlp
from udtlib.numerics.implicit import Fallback, FixedPoint, Newton, Solution, Solver
from udtlib.numerics.inputs import full_precision
from udtlib.numerics.mismatch import type_mismatch
from udtlib.numerics.signatures import checked_options
from udtlib.translators.base import FlowTranslator
from udtlib.types import Float, Points, Tensor

__all__ = ["InverseError", "ResidualFlow", "residual_flow"]

#: Plain first, since it is the fastest where it works; Newton for what is left.
ROBUST = Fallback((FixedPoint(), FixedPoint(damping=0.5, iterations=200), Newton(), Newton(stages=8)))


class InverseError(RuntimeError):
    """A residual step that could not be undone for some samples."""


@final
class ResidualFlow(FlowTranslator):
    r"""Steps along velocities :math:`v_0, \dots, v_{K-1}`, forward by Euler's rule and back by solving for it.

    Args:
        velocities: :math:`v_k`, nets from samples to changes of the same shape.
        solver: how a step :math:`x + \Delta t\, v_k(x) = y` is undone.

    Raises:
        ValueError: no velocity, or one with batch normalisation: then :math:`v_k(x)` would depend on the other
            samples of the batch, and there would be no map to undo.
    """

    @checked_options()
    def __init__(self, velocities: Sequence[nn.Module], *, solver: Solver = ROBUST) -> None:
        super().__init__()
        if not velocities:
            raise ValueError("a residual flow needs at least one velocity, got none")
        self.velocities = nn.ModuleList(velocities)
        if any(isinstance(part, _BatchNorm) for part in self.velocities.modules()):
            raise ValueError(
                "batch normalisation in a velocity makes a sample's way depend on the rest of its batch; "
                "leave it out, or use a normalisation of single samples"
            )
        self.solver = solver

    @property
    def dt(self) -> float:
        r"""The length :math:`\Delta t = 1 / K` of a step."""
        return 1 / len(self.velocities)

    @property
    def exact(self) -> bool:
        return True

    def forward(self, x: Points) -> Points:
        for v in self.velocities:
            x = x + self.dt * v(x)
        return x

    def path(self, x: Points) -> Float[Tensor, "time batch ..."]:
        r"""The states :math:`x_0, \dots, x_K` of every sample; the last is the translation."""
        states = [x]
        for v in self.velocities:
            states.append(states[-1] + self.dt * v(states[-1]))
        return torch.stack(states)

    def trajectory(self, x: Points, *, times: Float[Tensor, "time"]) -> Float[Tensor, "time batch ..."]:
        r"""Positions on the polygon through :math:`x_0, \dots, x_K`.

        Raises:
            ValueError: a time outside [0, 1].
        """
        if not bool(((times >= 0) & (times <= 1)).all()):
            raise ValueError(f"times lie in [0, 1], got {times.tolist()}")
        path, K = self.path(x), len(self.velocities)
        before = (times * K).floor().long().clamp(max=K - 1)
        share = (times * K - before).to(path).view(-1, *[1] * x.ndim)
        return path[before].lerp(path[before + 1], share)

    def inverse(self, y: Points) -> Points:
        r"""The preimage: each step's equation solved, the last step first; no gradient flows through it.

        Raises:
            InverseError: a step could not be undone for some sample; see :meth:`try_inverse`.
        """
        answer = self.try_inverse(y)
        if not bool(answer.converged.all()):
            raise InverseError(
                f"{int((~answer.converged).sum())} of {len(y)} samples could not be brought back (worst relative "
                f"residual {float(answer.residual.max()):.2g}): the velocities are too steep for steps of "
                f"{self.dt:.3g}; train with more steps or more effort, or give a solver with more iterations"
            )
        return answer.x

    @torch.no_grad()
    def try_inverse(self, y: Points) -> Solution:
        r"""The preimages as far as they are found: which samples, and each one's worst residual over the steps.

        Where :math:`\Delta t \operatorname{Lip}(v_k) < 1` every step has exactly one solution. A steeper
        step may have none or several, and then a solution need not be the point that the sample came from.
        """
        y = full_precision(y, name="y")
        found = torch.ones(len(y), dtype=torch.bool, device=y.device)
        residual, iterations = y.new_zeros(len(y)), 0
        for v in reversed(self.velocities):
            try:
                answer = self.solver(lambda x, v=v: self.dt * v(x), y, start=y)
            except RuntimeError as error:
                if (clear := type_mismatch(error, self, y=y)) is None:
                    raise
                raise clear from error
            y, found = answer.x, found & answer.converged
            residual, iterations = residual.maximum(answer.residual), iterations + answer.iterations
        return Solution(x=y, residual=residual, converged=found, iterations=iterations)

    @torch.no_grad()
    def naive_inverse(self, y: Points) -> Points:
        r"""The inverse step of [debezenac2019, section 2.3], :math:`x = y - \Delta t\, v_k(y)`.

        It reads the velocity at the wrong end of the step: an error of order :math:`\Delta t^2` in each step,
        :math:`\Delta t` in all. Here for comparison.
        """
        for v in reversed(self.velocities):
            y = y - self.dt * v(y)
        return y


@checked_options()
def residual_flow(
    dimension: int,
    *,
    steps: int = 9,
    hidden: int = 256,
    gain: float | int = 0.1,
    activation: Callable[[], nn.Module] = nn.ReLU,
    solver: Solver = ROBUST,
) -> ResidualFlow:
    r"""A residual flow of vectors whose velocities are MLPs with one hidden layer.

    Args:
        dimension: entries of a sample.
        steps: :math:`K`.
        hidden: units of the hidden layers.
        gain: scale of the last layers' initial weights: 0 starts at the identity, 1 at the usual size.
        activation: makes the nonlinearity.
        solver: undoes the steps.

    Raises:
        ValueError: a size below one, or a negative gain.
    """
    if min(dimension, steps, hidden) < 1 or gain < 0:
        raise ValueError(
            f"sizes must be positive and the gain not negative, got dimension={dimension}, steps={steps}, "
            f"hidden={hidden}, gain={gain}"
        )
    velocities = [mlp([dimension, hidden, dimension], activation=activation) for _ in range(steps)]
    for v in velocities:
        initialise_scaled(v, gain=1.0)
        with torch.no_grad():
            v[-1].weight.mul_(gain)
    return ResidualFlow(velocities, solver=solver)
