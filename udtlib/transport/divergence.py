"""A distance between samples that is a training loss: entropic transport without its bias."""

from __future__ import annotations

from udtlib.numerics.signatures import checked_inputs
from udtlib.transport import scaling
from udtlib.transport.checks import check_cost, check_options, check_precision
from udtlib.transport.costs import squared_euclidean
from udtlib.transport.result import NotConvergedError
from udtlib.transport.scaling import Problem, with_gradient
from udtlib.transport.sinkhorn import solved
from udtlib.types import Float, Tensor

__all__ = ["sinkhorn_divergence"]


@checked_inputs(strict=True)
def sinkhorn_divergence(
    x: Float[Tensor, "n *shape"],
    y: Float[Tensor, "m *shape"],
    *,
    epsilon: float | int,
    weight: Float[Tensor, "*shape"] | None = None,
    iterations: int = 1000,
    tolerance: float | None = 1e-3,
) -> Float[Tensor, ""]:
    r"""Entropic transport from x to y, less what it costs to move each sample onto itself.

    .. math:: S_\varepsilon(x, y) = \mathrm{OT}_\varepsilon(x, y) - \tfrac12 \mathrm{OT}_\varepsilon(x, x)
              - \tfrac12 \mathrm{OT}_\varepsilon(y, y), \qquad C_{ij} = \sum_k w_k |x_{ik} - y_{jk}|^2

    with :math:`\mathrm{OT}_\varepsilon` as in :mod:`udtlib.transport.sinkhorn`. It is never negative, up to
    the tolerance, and zero exactly for equal samples; :math:`\mathrm{OT}_\varepsilon` alone is smallest for
    an x that has shrunk. It goes to :math:`W_2^2` for a small :math:`\varepsilon`, and to the squared
    distance between the two means for a large one.

    The gradient is that of the costs under the plans (the envelope theorem): as good as the plans' marginals,
    and nothing is recorded through the steps. All samples weigh the same.

    Args:
        epsilon: the strength of the entropic term, in the cost's unit, which is the samples' squared.
        weight: what a coordinate's displacement counts, of a sample's shape; 1 by default.
        iterations: the most steps for each of the three terms.
        tolerance: how far marginals may be off, in :math:`\ell_1`. None takes ``iterations`` steps and
            accepts what they give.

    Raises:
        ValueError: different sample shapes, no samples, values that are not finite, half precision, or bad
            options.
        NotConvergedError: the tolerance was not reached.

    Source: [feydy2019], Theorem 1; there the cost is half of this one.
    """
    for samples in (x, y):
        check_precision(samples, what="samples")
    check_options(epsilon=epsilon, iterations=iterations, tolerance=1.0 if tolerance is None else tolerance)

    def term(left: Tensor, right: Tensor) -> Tensor:
        cost = squared_euclidean(left, right, weight=weight)
        return regularised(
            cost, epsilon=epsilon, iterations=iterations, tolerance=tolerance, symmetric=left is right
        )

    return term(x, y) - (term(x, x) + term(y, y)) / 2


def regularised(
    cost: Tensor, *, epsilon: float | int, iterations: int, tolerance: float | None, symmetric: bool
) -> Tensor:
    r""":math:`\mathrm{OT}_\varepsilon` between equally weighted samples, with the plan as its gradient."""
    check_cost(cost)
    n, m = cost.shape
    problem = Problem(
        cost=cost.detach()[None] / epsilon, a=cost.new_full((1, n), 1 / n), b=cost.new_full((1, m), 1 / m)
    )
    # No error is below -1, so that every step is taken.
    target = -1.0 if tolerance is None else tolerance
    if symmetric:
        solution = scaling.solve(problem, steps=scaling.averaged, iterations=iterations, tolerance=target)
    else:
        newton = tolerance is not None
        solution = solved(problem, iterations=iterations, tolerance=target, newton=newton)
    if tolerance is not None and not float(solution.error) <= tolerance:
        raise NotConvergedError(
            reason=f"the marginals were not within {tolerance:g} after {solution.iterations} iterations",
            marginal_error=float(solution.error),
            remedy="allow more iterations or a larger epsilon, or accept what they give with tolerance=None",
        )
    value = epsilon * scaling.dual_value(solution, a=problem.a, b=problem.b)
    return with_gradient(value, cost[None], solution.plan)[0]
