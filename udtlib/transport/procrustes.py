r"""Wasserstein–Procrustes: the rotation under which two clouds of points lie on one another.

.. math:: \min_{Q \in O(d),\, s} \; \min_{P \in \Pi(a, b)} \; \sum_{ij} P_{ij} \, \|x_i Q + s - y_j\|^2

Neither problem alone is hard: for a known plan the best rotation is a singular value decomposition, for a known
rotation the best plan is optimal transport. Together they are not convex, so they are solved in turn from many
starts, and the transport cost says which start to believe. What is left when the rotation is eliminated is a
Gromov–Wasserstein problem in inner products: for centred points, :math:`P` maximises the nuclear norm of
:math:`\sum_{ij} P_{ij}\, x_i y_j^\top`, where Gromov–Wasserstein maximises its Frobenius norm
[alvarezmelis2019, section 4].
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, final

import torch
from scipy.optimize import linear_sum_assignment

from udtlib.numerics.inputs import from_lists, in_one_precision, real_tensor
from udtlib.numerics.options import described, whole
from udtlib.numerics.scale import power_of_two
from udtlib.numerics.signatures import checked_inputs
from udtlib.transport.checks import check_finite
from udtlib.transport.costs import squared_euclidean
from udtlib.types import Float, Tensor

__all__ = ["Alignment", "ProcrustesSearch", "RigidMap", "nearest_rotation", "wasserstein_procrustes"]


@final
@dataclass(frozen=True)
class RigidMap:
    r"""A rotation or reflection and a shift, :math:`x \mapsto x Q + s`, for points as rows.

    Args:
        rotation: :math:`Q` with :math:`Q^\top Q = I`, ``(d, d)``.
        shift: :math:`s`, ``(d,)``.
    """

    rotation: Float[Tensor, "d d"]
    shift: Float[Tensor, "d"]

    @checked_inputs()
    def __call__(self, x: Float[Tensor, "n d"]) -> Float[Tensor, "n d"]:
        self.check("x", x)
        x, Q, shift = in_one_precision(x, self.rotation, self.shift)
        return x @ Q + shift

    @checked_inputs()
    def inverse(self, y: Float[Tensor, "n d"]) -> Float[Tensor, "n d"]:
        r"""The way back, :math:`y \mapsto (y - s) Q^\top`; exact."""
        self.check("y", y)
        y, Q, shift = in_one_precision(y, self.rotation, self.shift)
        return (y - shift) @ Q.T

    def check(self, name: str, points: Tensor) -> None:
        """Refuse points of another dimension."""
        if points.shape[1] != len(self.shift):
            raise ValueError(
                f"{name} must have points of dimension {len(self.shift)}, got shape {tuple(points.shape)}; give "
                "points of the space that the map was made for"
            )


@dataclass(frozen=True, kw_only=True)
class ProcrustesSearch:
    """How hard to look for the rotation."""

    #: rotations to start from; every second one maps principal axes to principal axes with random signs
    starts: int = 128
    #: points of each cloud in a plan, and plans, in the first look at every start
    sample: int = 200
    iterations: int = 15
    #: starts that go on, and points and plans for them
    finalists: int = 8
    final_sample: int = 500
    final_iterations: int = 20

    def __post_init__(self) -> None:
        for name in ("starts", "sample", "iterations", "finalists", "final_sample", "final_iterations"):
            whole(getattr(self, name), name=name)


class Alignment(NamedTuple):
    """What a search found.

    Args:
        map: the rotation and the shift of the cheapest finalist.
        cost: its transport cost on fresh points: the criterion, in which no label has a part.
        costs: the costs of all finalists, in rising order.
        start_costs: the costs of all starts after the first look, in the order of the starts.
        maps: the finalists' rotations and shifts, in the order of their costs.
        draw: which fresh points the finalists were judged on; see :func:`transport_cost`.
    """

    map: RigidMap
    cost: float
    costs: tuple[float, ...]
    start_costs: tuple[float, ...]
    maps: tuple[RigidMap, ...]
    draw: int


@checked_inputs()
def nearest_rotation(x: Float[Tensor, "n d"], y: Float[Tensor, "m other"]) -> RigidMap:
    r"""The rotation and shift that bring paired points closest [schoenemann1966].

    .. math:: \min_{Q, s} \sum_i \|x_i Q + s - y_i\|^2, \qquad
              Q = U V^\top \text{ where } U \Sigma V^\top = \sum_i (x_i - \bar x)(y_i - \bar y)^\top

    Fewer pairs than dimensions leave some directions open; there the answer is one of many.

    Raises:
        ValueError: no pairs, points of different dimensions, or points that are not finite.
    """
    check_clouds(x, y)
    if len(x) != len(y):
        raise ValueError(f"paired points must be as many on both sides, got {len(x)} and {len(y)}")
    mean_x, mean_y = x.mean(dim=0), y.mean(dim=0)
    # A rotation does not depend on the points' unit, but the squares in it leave the range of their precision.
    flat_x, flat_y = (
        cloud / power_of_two(float(cloud.detach().abs().max())) for cloud in (x - mean_x, y - mean_y)
    )
    U, _, Vt = torch.linalg.svd(flat_x.T @ flat_y)
    Q = U @ Vt
    return RigidMap(Q, mean_y - mean_x @ Q)


@checked_inputs()
def wasserstein_procrustes(
    x: Float[Tensor, "n d"],
    y: Float[Tensor, "m other"],
    *,
    search: ProcrustesSearch | None = None,
    anchors: tuple[Tensor, Tensor] | None = None,
    seed: int = 0,
) -> Alignment:
    r"""The rotation that makes one cloud of points look like the other, from the points alone.

    Every start is improved with small plans, the cheapest few with large ones, and the cheapest of those on
    points not used before wins. Anchors, where there are some, are one more start, and are in every plan as
    pairs that are already known, each with the mass of one sample of the smallest plan.

    Args:
        x: codes of the source; as many as there are, since each plan draws its own sample.
        y: codes of the target, of the same dimension.
        search: how hard to look.
        anchors: codes x and y that are known to belong together, row by row, or None.
        seed: of the starts and the samples.

    Raises:
        ValueError: no points, points that are not finite, different dimensions (add zeros as coordinates to the
            smaller space: that changes no distance), or anchors that do not come in pairs.

    Source: [grave2019], Algorithm 1, with restarts chosen by their cost.
    """
    check_clouds(x, y)
    if search is not None and not isinstance(search, ProcrustesSearch):
        raise TypeError(
            f"search must be a ProcrustesSearch, got {described(search)}; give ProcrustesSearch(starts=…)"
        )
    if not -(2**63) <= seed < 2**64:
        raise ValueError(f"a seed has 64 bits, got {seed}; give a smaller one")
    x, y = x.detach(), y.detach()
    anchors = None if anchors is None else checked_anchors(anchors, x)
    search = search or ProcrustesSearch()
    generator = torch.Generator().manual_seed(seed)
    starts = rotations(x, y, count=search.starts, generator=generator)
    if anchors is not None:
        starts = [nearest_rotation(*anchors), *starts[1:]]
    first = [improve(x, y, start, anchors, search.iterations, search.sample, generator) for start in starts]
    costs = [plan_cost(x, y, found, anchors, search.sample, generator) for found in first]
    best = sorted(range(len(first)), key=costs.__getitem__)[: search.finalists]
    finalists = [
        improve(x, y, first[k], anchors, search.final_iterations, search.final_sample, generator)
        for k in best
    ]
    # All finalists are judged on the same fresh points, or the luck of the draw would decide.
    draw = int(torch.randint(2**31, (), generator=generator))
    judged = sorted(
        (
            plan_cost(x, y, found, anchors, search.final_sample, torch.Generator().manual_seed(draw)),
            k,
        )
        for k, found in enumerate(finalists)
    )
    return Alignment(
        map=finalists[judged[0][1]],
        cost=judged[0][0],
        costs=tuple(cost for cost, _ in judged),
        start_costs=tuple(costs),
        maps=tuple(finalists[k] for _, k in judged),
        draw=draw,
    )


@checked_inputs()
def transport_cost(
    x: Float[Tensor, "n d"],
    y: Float[Tensor, "m d"],
    found: RigidMap,
    *,
    search: ProcrustesSearch | None = None,
    draw: int = 0,
) -> float:
    """The mean squared distance under the best plan between fresh points, by which finalists are judged.

    Args:
        x: codes of the source.
        y: codes of the target.
        found: the rotation to be judged, such as one that is known from elsewhere.
        search: whose ``final_sample`` says how many points.
        draw: which points; an :class:`Alignment`'s own, to compare with its ``costs``.
    """
    size = (search or ProcrustesSearch()).final_sample
    return plan_cost(x, y, found, None, size, torch.Generator().manual_seed(draw))


def improve(
    x: Tensor,
    y: Tensor,
    start: RigidMap,
    anchors: tuple[Tensor, Tensor] | None,
    iterations: int,
    sample: int,
    generator: torch.Generator,
) -> RigidMap:
    """A plan for the rotation, a rotation for the plan, and again, each time on other points."""
    found = start
    for _ in range(iterations):
        part_x, part_y = some(x, sample, generator), some(y, sample, generator)
        part_x, partner = paired(part_x, part_y, found)
        if anchors is not None:
            part_x, partner = torch.cat([part_x, anchors[0]]), torch.cat([partner, anchors[1]])
        found = nearest_rotation(part_x, partner)
    return found


def plan_cost(
    x: Tensor,
    y: Tensor,
    found: RigidMap,
    anchors: tuple[Tensor, Tensor] | None,
    sample: int,
    generator: torch.Generator,
) -> float:
    """The mean squared distance under the best plan; anchors count as so many more pairs."""
    part_x, part_y = some(x, sample, generator), some(y, sample, generator)
    part_x, partner = paired(part_x, part_y, found)
    if anchors is not None:
        part_x, partner = torch.cat([part_x, anchors[0]]), torch.cat([partner, anchors[1]])
    return float((found(part_x) - partner).square().sum(dim=1).mean())


def paired(x: Tensor, y: Tensor, found: RigidMap) -> tuple[Tensor, Tensor]:
    """The optimal plan between equally many points, as pairs: those of x, and the partner of each."""
    cost = squared_euclidean(found(x), y).detach().cpu().double().numpy()
    # With equal weights a vertex is a permutation; an assignment finds it in half of a network simplex's time.
    rows, columns = (torch.as_tensor(index).to(x.device) for index in linear_sum_assignment(cost))
    return x[rows], y[columns]


def rotations(x: Tensor, y: Tensor, *, count: int, generator: torch.Generator) -> list[RigidMap]:
    """Starts: principal axes upon principal axes with random signs, and rotations drawn uniformly, in turn."""
    mean_x, mean_y = x.mean(dim=0), y.mean(dim=0)
    axes_x, axes_y = (principal_axes(cloud) for cloud in (x, y))
    starts = []
    for k in range(count):
        if k % 2 == 0:
            sign = torch.randint(0, 2, (x.shape[1],), generator=generator).to(x) * 2 - 1
            Q = (axes_x * sign) @ axes_y.T
        else:
            normal = torch.randn(x.shape[1], x.shape[1], generator=generator).to(x)
            upper = torch.linalg.qr(normal)
            # The sign of R's diagonal makes the factor unique, and so uniformly distributed.
            Q = upper.Q * upper.R.diagonal().sign()
        starts.append(RigidMap(Q, mean_y - mean_x @ Q))
    return starts


def principal_axes(cloud: Tensor) -> Tensor:
    """The directions in which a cloud spreads, as columns, the narrowest first."""
    # A single point spreads nowhere, and a covariance of one coordinate is a number.
    cloud = cloud / power_of_two(float(cloud.abs().max()))
    spread = torch.cov(cloud.T, correction=min(1, len(cloud) - 1))
    return torch.linalg.eigh(torch.atleast_2d(spread)).eigenvectors


def some(cloud: Tensor, count: int, generator: torch.Generator) -> Tensor:
    """So many different points of a cloud, or all of them where there are fewer."""
    return cloud[torch.randperm(len(cloud), generator=generator)[:count].to(cloud.device)]


def checked_anchors(anchors: tuple[Tensor, Tensor], like: Tensor) -> tuple[Tensor, Tensor]:
    """Known pairs as tensors that can join the points of x."""
    if not isinstance(anchors, tuple | list) or len(anchors) != 2:
        raise TypeError(
            f"anchors are two sets of codes, for x and for y, got {described(anchors)}; give (of_x, of_y), "
            "or None where no pair is known"
        )
    left, right = (
        real_tensor(from_lists(side, name=name), name=name).detach().to(like)
        for name, side in zip(("anchors[0]", "anchors[1]"), anchors, strict=True)
    )
    shapes = tuple(left.shape), tuple(right.shape)
    if shapes[0] != shapes[1] or left.ndim != 2 or left.shape[1] != like.shape[1] or len(left) == 0:
        raise ValueError(
            f"anchors are pairs of codes, row by row, of shape (pairs, {like.shape[1]}) each, got {shapes[0]} and "
            f"{shapes[1]}; give None where no pair is known"
        )
    for k, side in enumerate((left, right)):
        check_finite(f"anchors[{k}]", side, remedy="leave pairs out of which one is not finite")
    return left, right


def check_clouds(x: Tensor, y: Tensor) -> None:
    """Refuse clouds that no rotation can bring together."""
    for name, cloud in (("x", x), ("y", y)):
        check_finite(name, cloud, remedy="drop points that are NaN or infinite")
    if x.shape[1] != y.shape[1]:
        raise ValueError(
            f"a rotation needs points of one dimension on both sides, got {tuple(x.shape)} and "
            f"{tuple(y.shape)}; add zeros as coordinates to the smaller space, which changes no distance"
        )
