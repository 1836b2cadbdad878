r"""How badly a plan between two metric spaces distorts their distances.

.. math:: E(P) = \sum_{ijkl} \bigl(d_X(x_i, x_k) - d_Y(y_j, y_l)\bigr)^2 P_{ij} P_{kl}

No distance between an x and a y occurs in it, so the two spaces need have nothing in common.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import torch

from udtlib.numerics.signatures import checked_inputs
from udtlib.transport.checks import unit_weights
from udtlib.types import Float, Tensor

__all__ = [
    "Normalised",
    "check_distances",
    "distance_matrix",
    "gromov_energy",
    "mean_normalised",
    "plan_entropy",
]

#: How far a matrix of distances may be from symmetric, as a share of its largest entry.
ASYMMETRY = 1e-5


class Normalised(NamedTuple):
    """Distances divided by their mean over all pairs, and that mean; both differentiable."""

    distance: Tensor
    scale: Tensor


@checked_inputs(remedy="give one row per point, as in z[:, None] for numbers")
def distance_matrix(z: Float[Tensor, "*batch n d"]) -> Float[Tensor, "*batch n n"]:
    r"""Euclidean distances between the points of a cloud.

    .. math:: D_{ik} = \|z_i - z_k\|

    Exactly symmetric with a zero diagonal. The gradient of a distance between coincident points, where the
    norm has a kink, is taken to be zero. Computed in double precision about the cloud's centre, as
    the expansion of the square cancels for points that are close and far from the origin.

    Raises:
        ValueError: no points, or values that are not finite.
    """
    if z.shape[-2] == 0 or not bool(z.isfinite().all()):
        bad = int((~z.isfinite()).sum())
        raise ValueError(
            f"distances need finite points, got shape {tuple(z.shape)} with {bad} values that are not finite; "
            "check the encoder's output"
        )
    points = z.double()
    # detach: the centre is only a trick of the arithmetic, distances do not depend on it.
    points = points - points.detach().mean(dim=-2, keepdim=True)
    norms = points.square().sum(dim=-1)
    squared = norms[..., :, None] + norms[..., None, :] - 2 * points @ points.mT
    squared = (squared + squared.mT) / 2
    # Below this, rounding is all there is.
    floor = 4 * torch.finfo(torch.float64).eps * norms.detach().amax(dim=-1)[..., None, None]
    apart = (squared > floor) & ~torch.eye(z.shape[-2], dtype=torch.bool, device=z.device)
    # The inner `where` keeps the root's infinite slope at zero out of the gradient.
    return torch.where(apart, torch.where(apart, squared, 1.0).sqrt(), 0.0).to(z.dtype)


@checked_inputs()
def gromov_energy(
    dx: Float[Tensor, "*batch n n"], dy: Float[Tensor, "*batch m m"], plan: Float[Tensor, "*batch n m"]
) -> Float[Tensor, "*batch"]:
    r"""The distortion of a plan, in :math:`O(n^2 m + n m^2)`.

    .. math:: E(P) = \sum_{ijkl} (d_{ik} - d'_{jl})^2 P_{ij} P_{kl}
              = p^\top d^{\odot 2} p + q^\top d'^{\odot 2} q - 2 \langle d P d', P \rangle

    with :math:`p = P\mathbf{1}` and :math:`q = P^\top\mathbf{1}`, the plan's own marginals, so that the
    identity holds for every plan. Zero exactly where the plan pairs points at equal distances.

    Source: [peyre2016], Proposition 1.
    """
    p, q = plan.sum(dim=-1), plan.sum(dim=-2)
    own = (p * (dx.square() @ p[..., None])[..., 0]).sum(dim=-1)
    other = (q * (dy.square() @ q[..., None])[..., 0]).sum(dim=-1)
    return own + other - 2 * ((dx @ plan @ dy) * plan).sum(dim=(-1, -2))


@checked_inputs()
def plan_entropy(plan: Float[Tensor, "*batch n m"]) -> Float[Tensor, "*batch"]:
    r"""The entropy of a plan, with :math:`0 \log 0 = 0`.

    .. math:: H(P) = -\sum_{ij} P_{ij} (\log P_{ij} - 1)

    Raises:
        ValueError: a negative entry, or one that is not finite.

    Source: [chevalley2020], equation 2.6.
    """
    if not bool(((plan >= 0) & plan.isfinite()).all()):
        bad = plan[~((plan >= 0) & plan.isfinite())].detach().tolist()
        raise ValueError(f"a plan's entries are finite and at least 0, got {bad[:3]}; give a coupling's plan")
    return (plan - torch.xlogy(plan, plan)).sum(dim=(-1, -2))


@checked_inputs()
def mean_normalised(
    distance: Float[Tensor, "*batch n n"], *, weight: Float[Tensor, "*batch n"] | None = None
) -> Normalised:
    r"""Distances in units of their mean over all pairs, so that scale plays no part.

    .. math:: \bar d_{ik} = \frac{d_{ik}}{s}, \qquad s = \sum_{ik} a_i a_k\, d_{ik}

    with equal weights, :math:`a_i = 1/n`, unless others are given.

    As GW(c d, c d') = c² GW(d, d'), a strength epsilon means little without a unit; this is one.

    Raises:
        ValueError: the mean is zero or not finite: the points have collapsed to one, or have exploded; or weights
            that are no distribution.
    """
    if weight is not None:
        unit_weights("weight", weight, shape=tuple(distance.shape[:-1]))
        weight = weight.to(distance)
    if weight is None:
        scale = distance.mean(dim=(-1, -2))
    else:
        scale = (weight * (distance @ weight[..., None])[..., 0]).sum(dim=-1)
    if not bool((scale > 0).all()) or not bool(scale.isfinite().all()):
        raise ValueError(
            f"the mean distance is {scale.detach().flatten().tolist()[:3]}, expected positive and finite: the "
            "points have collapsed to one or are not finite; fix the scale of the codes, or lower the weight "
            "of the loss that shrinks them"
        )
    return Normalised(distance=distance / scale[..., None, None], scale=scale)


def check_distances(name: str, distance: Float[Tensor, "*batch n k"]) -> None:
    """Refuse what is no matrix of distances, or in half precision.

    Raises:
        ValueError: empty, not square, not finite, negative, a diagonal that is not zero, or not symmetric.
    """
    if distance.numel() == 0 or distance.shape[-1] != distance.shape[-2]:
        raise ValueError(
            f"{name} must be square with at least one point, got shape {tuple(distance.shape)}; give the "
            "distances within one space, as distance_matrix(z) does"
        )
    if distance.dtype not in (torch.float32, torch.float64):
        raise ValueError(
            f"{name} must be in single or double precision, got {distance.dtype}; convert it with .float()"
        )
    least, most = (float(bound) for bound in distance.detach().aminmax())
    if not (math.isfinite(least) and math.isfinite(most)):
        bad = int((~distance.isfinite()).sum())
        raise ValueError(f"{name} must be finite, got {bad} entries that are not; check the points it is of")
    if least < 0:
        raise ValueError(f"{name} must be at least 0, got {least:g}; give distances, not similarities")
    diagonal = float(distance.detach().diagonal(dim1=-2, dim2=-1).amax())
    if diagonal > ASYMMETRY * most:
        raise ValueError(
            f"{name} must have a zero diagonal, got {diagonal:g}; a point is at distance 0 from itself"
        )
    skew = float((distance.detach() - distance.detach().mT).abs().amax())
    if skew > ASYMMETRY * most:
        raise ValueError(
            f"{name} must be symmetric, got entries that differ by {skew:g} from their mirror image; use "
            "(d + d.mT) / 2"
        )
