"""How unlike two sets of codes are, each judged by its own distances: a loss for training encoders."""

from __future__ import annotations

import math
from enum import Enum
from typing import NamedTuple

import torch

from udtlib.numerics.signatures import checked_inputs
from udtlib.transport.checks import check_options
from udtlib.transport.gromov.energy import distance_matrix, gromov_energy, mean_normalised, plan_entropy
from udtlib.transport.gromov.entropic import batched_gromov, entropic_gromov
from udtlib.transport.gromov.result import BatchedGromov
from udtlib.transport.gromov.starts import soft_profile_start
from udtlib.transport.result import NotConvergedError
from udtlib.types import Float, Tensor

__all__ = ["GromovForm", "GromovLoss", "gromov_loss"]

#: Mean distances of codes outside of these bounds are taken for a collapse or an explosion.
SMALLEST, LARGEST = 1e-4, 1e4


class GromovForm(Enum):
    r"""Which discrepancy between the distances d of the codes zx and d' of the codes zy is the loss.

    With one strength :math:`\varepsilon s^2`, where s is the larger one of both mean distances:
    """

    #: :math:`2\,\mathrm{GW}(d, d') - \mathrm{GW}(d, d) - \mathrm{GW}(d', d')`: zero for isometric codes.
    DEBIASED = "debiased"
    #: :math:`\mathrm{GW}(d, d')` alone; it falls as the codes shrink.
    CROSS = "cross"
    #: :math:`\mathrm{GW}(d / \bar d,\, d' / \bar d')`, with a gradient through both means: blind to scale.
    SCALE_FREE = "scale free"


class GromovLoss(NamedTuple):
    """A loss and the plan between the codes that belongs to it.

    ``value`` has the gradient; ``energy`` is the plan's distortion without entropy, at least 0 and in the value's
    unit; ``plan`` is (n, m); ``marginal_error`` the largest one of all plans that were needed.
    """

    value: Tensor
    energy: Tensor
    plan: Tensor
    marginal_error: float


@checked_inputs()
def gromov_loss(
    zx: Float[Tensor, "n d"],
    zy: Float[Tensor, "m k"],
    *,
    epsilon: float | int = 0.005,
    form: GromovForm = GromovForm.DEBIASED,
    iterations: int = 200,
    tolerance: float = 1e-3,
) -> GromovLoss:
    r"""Entropic Gromov-Wasserstein discrepancy between two sets of codes, of any two dimensions.

    .. math:: \mathrm{GW}(d, d') = \min_P \sum_{ijkl} (d_{ik} - d'_{jl})^2 P_{ij} P_{kl}
              - \varepsilon s^2 H(P), \qquad
              \overline{\mathrm{GW}} = 2\,\mathrm{GW}(d, d') - \mathrm{GW}(d, d) - \mathrm{GW}(d', d')

    with Euclidean distances d, d', and s the larger one of their mean distances. So epsilon is relative: plans
    are found in double precision between distances divided by s, from the soft profile plan for d and d', and
    from half the identity and half the independent plan for a side with itself. The strength
    :math:`\varepsilon s^2` is a constant for the gradient, which is that of the energies at fixed plans (the
    envelope theorem). No form but ``SCALE_FREE`` is indifferent to scale: GW(c d, c d') = c² GW(d, d').

    The debiased form is zero for equal codes up to an isometry, but no distance, nor shown to be at least zero
    otherwise. It is a difference, so that bad plans of a side with itself make it fall without bound as codes
    grow; this raises an error instead. The plan between both sides may still be on its way after ``iterations``
    steps: its energy is then an upper bound, which is as good to train with.

    Args:
        zx: codes of the source.
        zy: codes of the target; their number and dimension may differ.
        epsilon: the strength of the entropic term, for mean-normalised distances.
        form: which of the three discrepancies.
        iterations: the most outer steps for each plan.
        tolerance: how far a plan's marginals may be off, and how much mass its last step may move.

    Raises:
        ValueError: codes that are not finite, have collapsed to a point or exploded, or bad options.
        NotConvergedError: the plan between both sides does not meet its marginals, or that of a side with itself
            is not stationary, within the tolerance.

    Source: [chevalley2020], equations 2.5 and 2.7; [bunne2019].
    """
    check_options(epsilon=epsilon, iterations=iterations, tolerance=tolerance)
    if form is GromovForm.SCALE_FREE:
        dx, dy = (mean_normalised(distance_matrix(z.double())).distance for z in (zx, zy))
    else:
        dx, dy = scaled_distances("zx", zx), scaled_distances("zy", zy)
    with torch.no_grad():
        unit = torch.maximum(dx.mean(), dy.mean())
        cross_plan, error = cross(dx / unit, dy / unit, epsilon, iterations, tolerance)
    energy = gromov_energy(dx, dy, cross_plan)
    value = energy - epsilon * unit**2 * plan_entropy(cross_plan)
    if form is GromovForm.DEBIASED:
        plans, own_error = selves([dx.detach() / unit, dy.detach() / unit], epsilon, iterations, tolerance)
        error = max(error, own_error)
        value = 2 * value
        for d, plan in ((dx, plans[0]), (dy, plans[1])):
            value = value - gromov_energy(d, d, plan) + epsilon * unit**2 * plan_entropy(plan)
    return GromovLoss(
        value=value.to(zx.dtype),
        energy=energy.detach().to(zx.dtype),
        plan=cross_plan.to(zx.dtype),
        marginal_error=error,
    )


def scaled_distances(name: str, z: Tensor) -> Tensor:
    """Distances in double precision, if the codes have kept a scale."""
    distance = distance_matrix(z.double())
    mean = float(distance.detach().mean())
    if not SMALLEST <= mean <= LARGEST:
        raise ValueError(
            f"the codes {name} have {'collapsed' if mean < SMALLEST else 'exploded'}: their mean distance is "
            f"{mean:.3g}, expected {SMALLEST:g} to {LARGEST:g}; lower the weight of this loss, fix the scale of "
            "the codes or use GromovForm.SCALE_FREE"
        )
    return distance


def cross(dx: Tensor, dy: Tensor, epsilon: float, iterations: int, tolerance: float) -> tuple[Tensor, float]:
    """The plan between both sides, and how far its marginals are off."""
    solution = entropic_gromov(
        dx,
        dy,
        epsilon=epsilon,
        start=soft_profile_start(dx, dy)[0],
        iterations=iterations,
        tolerance=tolerance,
    )
    # A plan that still moves is only dearer than the best, and its gradient lowers an upper bound. One that does
    # not meet the marginals bounds nothing.
    if not solution.marginal_error <= tolerance:
        raise NotConvergedError(
            reason="the plan between both sides does not meet its marginals after "
            f"{solution.iterations} iterations",
            marginal_error=solution.marginal_error,
            remedy="allow more iterations, a larger epsilon or a larger tolerance",
        )
    return solution.plan, solution.marginal_error


def selves(
    sides: list[Tensor], epsilon: float, iterations: int, tolerance: float
) -> tuple[list[Tensor], float]:
    """The plan of each side with itself, and how far the worse one's marginals are off."""
    options = {"epsilon": epsilon, "iterations": iterations, "tolerance": tolerance}
    # Sides of one size are solved as one batch.
    stacks = [torch.stack(sides)] if len(sides[0]) == len(sides[1]) else [side[None] for side in sides]
    plans, error = [], 0.0
    for stack in stacks:
        n = stack.shape[-1]
        start = (torch.eye(n, dtype=stack.dtype, device=stack.device) / n + 1 / n**2) / 2
        solution = batched_gromov(stack, stack, start=start.expand(len(stack), n, n), **options)
        plans.extend(stationary("a side with itself", solution).plan)
        error = max(error, float(solution.marginal_error.max()))
    return plans, error


def stationary(between: str, solution: BatchedGromov) -> BatchedGromov:
    """The solution, if a gradient may be taken at its plans."""
    if bool(solution.converged.all()):
        return solution
    change, error = float(solution.plan_change.max()), float(solution.marginal_error.max())
    assert not math.isnan(error)
    raise NotConvergedError(
        reason=f"the plan between {between} still moved {change:.2g} of its mass after {solution.iterations} "
        "iterations, and with a bad plan of a side with itself the debiased loss is unbounded below",
        marginal_error=error,
        remedy="allow more iterations, a larger epsilon or a larger tolerance",
    )
