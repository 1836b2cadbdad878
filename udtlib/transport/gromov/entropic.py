r"""Entropic Gromov-Wasserstein plans: of one problem, or of many at once.

A step linearises the energy at the plan and solves the entropic transport problem that remains,

.. math:: C(P) = -4 \, d_X P \, d_Y + L, \qquad
          P \leftarrow \arg\min_{P' \in \Pi(a, b)} \langle C(P), P' \rangle - \varepsilon H(P').

:math:`C(P)` is the gradient of the energy but for terms that depend on i or on j only, which the potentials
absorb. This is mirror descent with a step of :math:`1/\varepsilon`. Between Euclidean distances the energy
is concave in directions that keep the marginals, so it lies below its linearisation and no step
raises the objective.
"""

from __future__ import annotations

from udtlib.numerics.signatures import checked_inputs
from udtlib.transport.checks import check_cost, check_options, unit_weights
from udtlib.transport.gromov.descent import solve
from udtlib.transport.gromov.energy import check_distances
from udtlib.transport.gromov.result import BatchedGromov, GromovCoupling
from udtlib.transport.gromov.state import GromovProblem, arrived, initial_state
from udtlib.types import Float, Tensor

__all__ = ["batched_gromov", "entropic_gromov"]

#: The mass of a start may differ from one by this much.
MASS_SLACK = 0.05


@checked_inputs(strict=True, remedy="for a batch of problems call batched_gromov")
def entropic_gromov(
    dx: Float[Tensor, "n n"],
    dy: Float[Tensor, "m m"],
    *,
    epsilon: float | int,
    start: Float[Tensor, "n m"] | None = None,
    source_weight: Float[Tensor, "n"] | None = None,
    target_weight: Float[Tensor, "m"] | None = None,
    linear: Float[Tensor, "n m"] | None = None,
    iterations: int = 200,
    sinkhorn_steps: int = 100,
    tolerance: float = 1e-5,
) -> GromovCoupling:
    r"""A stationary plan of one entropic problem, reached from a given one.

    .. math:: \min_P E(P) + \langle L, P \rangle - \varepsilon H(P), \qquad
              E(P) = \sum_{ijkl} (d_{ik} - d'_{jl})^2 P_{ij} P_{kl}

    Arguments, errors and source are those of :func:`batched_gromov`, without the batch axis.
    """
    batched = batched_gromov(
        dx[None],
        dy[None],
        epsilon=epsilon,
        start=None if start is None else start[None],
        source_weight=None if source_weight is None else source_weight[None],
        target_weight=None if target_weight is None else target_weight[None],
        linear=None if linear is None else linear[None],
        iterations=iterations,
        sinkhorn_steps=sinkhorn_steps,
        tolerance=tolerance,
    )
    return batched[0]


@checked_inputs(strict=True, remedy="for one problem call entropic_gromov")
def batched_gromov(
    dx: Float[Tensor, "batch n n"],
    dy: Float[Tensor, "batch m m"],
    *,
    epsilon: float | int,
    start: Float[Tensor, "batch n m"] | None = None,
    source_weight: Float[Tensor, "batch n"] | None = None,
    target_weight: Float[Tensor, "batch m"] | None = None,
    linear: Float[Tensor, "batch n m"] | None = None,
    iterations: int = 200,
    sinkhorn_steps: int = 100,
    tolerance: float = 1e-5,
) -> BatchedGromov:
    r"""Stationary plans of many entropic problems, reached from given ones.

    .. math:: \min_P E(P) + \langle L, P \rangle - \varepsilon H(P), \qquad
              E(P) = \sum_{ijkl} (d_{ik} - d'_{jl})^2 P_{ij} P_{kl}

    The larger epsilon is, the denser the plan. It is in the unit of squared distances: divide those by their mean
    (:func:`~udtlib.transport.gromov.energy.mean_normalised`) to give it a meaning. The convention is POT's.
    Nothing is differentiated through.

    Args:
        dx: distances within the source, ``(batch, n, n)``, in single or double precision.
        dy: distances within the target, ``(batch, m, m)``.
        epsilon: the strength of the entropic term.
        start: plans to start from; the product of the weights by default. Which stationary point is found
            depends on it.
        source_weight: masses that sum to one per problem; equal ones by default. A mass may be zero.
        target_weight: likewise for the target.
        linear: a cost of its own for each pair, for fused problems.
        iterations: the most outer steps.
        sinkhorn_steps: the most of Sinkhorn's steps within an outer one, of which it takes fewer where its
            marginals are met; Newton's come in between.
        tolerance: how much mass the last outer step may move, and how far marginals may be off, in
            :math:`\ell_1`. Where rounding alone moves more, as it may in single precision, that much counts as
            rest; ``resolution`` says how much it is.

    Raises:
        ValueError: what is no matrix of distances, bad weights or options, or a start that is no plan.

    Source: [peyre2016], Section 3 and Proposition 2.
    """
    check_options(epsilon=epsilon, iterations=iterations, tolerance=tolerance)
    if sinkhorn_steps < 1:
        raise ValueError(
            f"an outer step takes at least one of Sinkhorn's, got sinkhorn_steps={sinkhorn_steps}"
        )
    problem = checked(dx, dy, source_weight=source_weight, target_weight=target_weight, linear=linear)
    if start is None:
        start = problem.a[:, :, None] * problem.b[:, None, :]
    check_start(start, problem)
    state, done = solve(
        problem,
        initial_state(start.detach().to(problem.a), problem.b),
        epsilon=float(epsilon),
        iterations=iterations,
        sinkhorn_steps=sinkhorn_steps,
        tolerance=tolerance,
    )
    return BatchedGromov(
        plan=state.plan,
        energy=problem.energy(state.plan),
        marginal_error=state.error,
        plan_change=state.change,
        converged=arrived(state, tolerance),
        resolution=state.resolution,
        epsilon=float(epsilon),
        iterations=done,
    )


def checked(
    dx: Tensor,
    dy: Tensor,
    *,
    source_weight: Tensor | None,
    target_weight: Tensor | None,
    linear: Tensor | None,
) -> GromovProblem:
    """The problem without gradient, if it is one."""
    check_distances("dx", dx)
    check_distances("dy", dy)
    if dx.dtype != dy.dtype or dx.device != dy.device:
        raise ValueError(
            f"both sides must share precision and device, got {dx.dtype} on {dx.device} and {dy.dtype} on "
            f"{dy.device}; convert one with .to(other)"
        )
    batch, n, m = len(dx), dx.shape[-1], dy.shape[-1]
    a = unit_weights("source_weight", source_weight, shape=(batch, n)).to(dx)
    b = unit_weights("target_weight", target_weight, shape=(batch, m)).to(dx)
    if linear is not None:
        check_cost(linear)
        linear = linear.detach().to(dx)
    return GromovProblem(dx=dx.detach(), dy=dy.detach(), a=a, b=b, linear=linear)


def check_start(start: Tensor, problem: GromovProblem) -> None:
    """Refuse a start that is no plan; it need not meet the marginals."""
    mass = start.detach().sum(dim=(1, 2))
    if not bool((start >= 0).all()) or not bool(((mass - 1).abs() <= MASS_SLACK).all()):
        raise ValueError(
            f"a start must be a plan: entries of at least 0 that sum to 1, got a smallest of "
            f"{float(start.min()):g} and sums of {mass.tolist()[:3]}; divide it by its sum"
        )
