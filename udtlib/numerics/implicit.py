r"""Solving :math:`x + g(x) = y` for :math:`x`, sample by sample: how a residual step is undone.

.. math:: x^{(0)} = y, \qquad x^{(j+1)} = x^{(j)} + \theta\,(y - g(x^{(j)}) - x^{(j)})

The iteration converges where :math:`\theta = 1` and :math:`\operatorname{Lip}(g) < 1` (Banach); a damping
:math:`\theta < 1` also tames steps that are too steep as long as :math:`g` is monotone enough, and Newton's method
needs no such condition but a start that is near enough. A solver is an object, and its answer says for each sample
whether it was found. Samples in half precision are solved for, and answered, in single precision, also under
``torch.autocast``: residuals need the digits.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import final

import torch
from jaxtyping import Bool

from udtlib.numerics.inputs import alike, check_axes, in_full_precision, kept
from udtlib.numerics.options import described, number, whole
from udtlib.types import Float, Shaped, Tensor

__all__ = ["Fallback", "FixedPoint", "Newton", "Solution", "Solver"]

Map = Callable[[Tensor], Tensor]
#: A sample counts as found when its residual is below so many roundings of its own size.
ROUNDINGS = 16
#: A residual that has grown so many times over its start will not come back.
BLOWN_UP = 1e3


@final
@dataclass(frozen=True, kw_only=True)
class Solution:
    """The answer for a batch.

    Args:
        x: the solution, or the best point where none was found, ``(batch, *shape)``.
        residual: :math:`\\|y - g(x) - x\\| / (1 + \\|y\\|)` of each sample.
        converged: whether each sample was found.
        iterations: evaluations of :math:`g`, for the slowest sample.
    """

    x: Float[Tensor, "batch *shape"]
    residual: Float[Tensor, "batch"]
    converged: Bool[Tensor, "batch"]
    iterations: int


class Solver(ABC):
    """A way to solve :math:`x + g(x) = y`, where :math:`g` acts on every sample of a batch by itself."""

    @abstractmethod
    def __call__(
        self, g: Map, y: Shaped[Tensor, "batch *shape"], *, start: Shaped[Tensor, "batch *other"]
    ) -> Solution:
        """The solution, sought from ``start``.

        Raises:
            ValueError: a start of another shape, or a map to another shape or type.
        """


@final
@dataclass(frozen=True)
class Checked:
    """A map whose values have its arguments' shape: broadcasting would solve another equation."""

    g: Map

    def __call__(self, x: Tensor) -> Tensor:
        if not isinstance(made := self.g(x), Tensor):
            raise TypeError(
                f"g answers a tensor for a tensor, got {described(made)}; return one of x's shape"
            )
        return kept(made, x, name="g")


@final
@dataclass(frozen=True, kw_only=True)
class FixedPoint(Solver):
    r"""The damped fixed-point iteration; samples that have converged are left alone.

    Args:
        damping: :math:`\theta \in (0, 1]`.
        iterations: the most steps.
        tolerance: of the relative residual; None for sixteen roundings of the samples' type.

    Raises:
        ValueError: a damping outside (0, 1], no iterations, or a tolerance that is not positive.
    """

    damping: float | int = 1.0
    iterations: int = 100
    tolerance: float | None = None

    def __post_init__(self) -> None:
        whole(self.iterations, name="iterations", at_least=None)
        number(self.damping, name="damping")
        check_tolerance(self.tolerance)
        if not 0 < self.damping <= 1 or self.iterations < 1:
            raise ValueError(
                f"a fixed-point iteration needs a damping in (0, 1] and at least one step, got "
                f"damping={self.damping}, iterations={self.iterations}"
            )

    def __call__(
        self, g: Map, y: Shaped[Tensor, "batch *shape"], *, start: Shaped[Tensor, "batch *other"]
    ) -> Solution:
        y, start = equation(y, start)
        with in_full_precision(y):
            return self.iterated(Checked(g), y, start=start)

    def iterated(self, g: Map, y: Tensor, *, start: Tensor) -> Solution:
        """The answer for samples that have passed the gate."""
        tolerance, x = self.tolerance or default_tolerance(y), start.clone()
        size = 1 + norms(y)
        best, best_residual = x.clone(), torch.full_like(size, torch.inf)
        active, first = torch.arange(len(y), device=y.device), None
        for step in range(self.iterations + 1):
            gap = y[active] - g(x[active]) - x[active]
            residual = (norms(gap) / size[active]).nan_to_num(nan=torch.inf)
            first = residual if first is None else first
            better = residual < best_residual[active]
            best[active[better]], best_residual[active[better]] = x[active[better]], residual[better]
            going = (residual > tolerance) & (residual <= BLOWN_UP * (first + tolerance))
            if step == self.iterations or not bool(going.any()):
                break
            active, gap, first = active[going], gap[going], first[going]
            x[active] = x[active] + self.damping * gap
        return Solution(
            x=best, residual=best_residual, converged=best_residual <= tolerance, iterations=step + 1
        )


@final
@dataclass(frozen=True, kw_only=True)
class Newton(Solver):
    r"""Newton's method with halved steps, on the Jacobian of every sample.

    .. math:: x \leftarrow x + \tau\,(I + \nabla g(x))^{-1} (y - g(x) - x), \qquad \tau \in \{1, \tfrac12, \dots\}

    The first :math:`\tau` that lowers the residual is taken. One Jacobian has the square of a sample's entries:
    use it for what other solvers leave over. With several stages :math:`x + s\, g(x) = y` is solved for growing
    :math:`s \le 1`, each from the solution before it, which leads round points where Newton's method gets stuck.

    Args:
        iterations: the most steps of a stage.
        stages: how many values :math:`s = 1/n, 2/n, \dots, 1`.
        tolerance: as in :class:`FixedPoint`.
        chunk: samples whose Jacobians are held at once.

    Raises:
        ValueError: no iterations, an empty chunk, or a tolerance that is not positive.
    """

    iterations: int = 50
    stages: int = 1
    tolerance: float | None = None
    chunk: int = 256

    def __post_init__(self) -> None:
        for name in ("iterations", "chunk", "stages"):
            whole(getattr(self, name), name=name, at_least=None)
        check_tolerance(self.tolerance)
        if min(self.iterations, self.chunk, self.stages) < 1:
            raise ValueError(
                f"Newton's method needs at least one step, stage and sample at a time, got "
                f"iterations={self.iterations}, stages={self.stages}, chunk={self.chunk}"
            )

    def __call__(
        self, g: Map, y: Shaped[Tensor, "batch *shape"], *, start: Shaped[Tensor, "batch *other"]
    ) -> Solution:
        y, start = equation(y, start)
        tolerance = self.tolerance or default_tolerance(y)
        with in_full_precision(y):
            parts = [
                self.in_stages(Checked(g), here, begin, tolerance=tolerance)
                for here, begin in zip(y.split(self.chunk), start.split(self.chunk), strict=True)
            ]
        x, residual = torch.cat([p[0] for p in parts]), torch.cat([p[1] for p in parts])
        return Solution(
            x=x, residual=residual, converged=residual <= tolerance, iterations=max(p[2] for p in parts)
        )

    def in_stages(self, g: Map, y: Tensor, x: Tensor, *, tolerance: float) -> tuple[Tensor, Tensor, int]:
        """The solution of one chunk, its residuals, and how many steps all stages took."""
        taken = 0
        for stage in range(1, self.stages + 1):
            s = stage / self.stages
            x, residual, steps = self.solve(lambda x, s=s: s * g(x), y, x, tolerance=tolerance)
            taken += steps
        return x, residual, taken

    def solve(self, g: Map, y: Tensor, x: Tensor, *, tolerance: float) -> tuple[Tensor, Tensor, int]:
        """The solution of one stage, its residuals, and how many steps it took."""
        jacobian = torch.func.vmap(torch.func.jacrev(lambda one: g(one[None])[0]))
        gap = y - g(x) - x
        residual = norms(gap) / (1 + norms(y))
        for step in range(self.iterations):
            # Who has arrived is left alone, so that nobody's answer depends on the rest of the batch.
            going = (residual > tolerance).nonzero().flatten()
            if not len(going):
                return x, residual, step + 1
            here = x[going]
            slope = jacobian(here).reshape(len(here), x[0].numel(), -1)
            slope = slope + torch.eye(slope.shape[1], dtype=x.dtype, device=x.device)
            # solve_ex does not raise: a singular matrix gives infinities, which no step length accepts
            move = torch.linalg.solve_ex(slope, gap[going].flatten(1))[0].view_as(here)
            shortened = self.shortened(g, y[going], here, move, gap[going], residual[going])
            x, gap, residual = (
                whole.index_copy(0, going, part)
                for whole, part in zip((x, gap, residual), shortened, strict=True)
            )
        return x, residual, self.iterations + 1

    def shortened(
        self, g: Map, y: Tensor, x: Tensor, move: Tensor, gap: Tensor, residual: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """The step, halved for each sample until its residual falls; a sample stays where none does."""
        x, gap, residual = x.clone(), gap.clone(), residual.clone()
        before, origin, open_ = residual.clone(), x.clone(), torch.ones_like(residual, dtype=torch.bool)
        for halving in range(12):
            tried = origin + move * 0.5**halving
            tried_gap = y - g(tried) - tried
            tried_residual = norms(tried_gap) / (1 + norms(y))
            taken = open_ & (tried_residual < before)
            x[taken], gap[taken], residual[taken] = tried[taken], tried_gap[taken], tried_residual[taken]
            open_ &= ~taken
            if not bool(open_.any()):
                break
        return x, gap, residual


@final
@dataclass(frozen=True)
class Fallback(Solver):
    """Solvers in turn: each takes up the samples that those before it did not find.

    Raises:
        ValueError: no solver.
    """

    solvers: tuple[Solver, ...]

    def __post_init__(self) -> None:
        if not isinstance(self.solvers, tuple | list) or not all(isinstance(s, Solver) for s in self.solvers):
            raise TypeError(
                f"a fallback has several solvers, got {described(self.solvers)}; give a tuple of them"
            )
        if not self.solvers:
            raise ValueError("a fallback needs at least one solver, got none")

    def __call__(
        self, g: Map, y: Shaped[Tensor, "batch *shape"], *, start: Shaped[Tensor, "batch *other"]
    ) -> Solution:
        y, start = equation(y, start)
        answer = self.solvers[0](g, y, start=start)
        x, residual, converged = answer.x.clone(), answer.residual.clone(), answer.converged.clone()
        iterations = answer.iterations
        for solver in self.solvers[1:]:
            rest = (~converged).nonzero().flatten()
            if not len(rest):
                break
            # From the start again: where an iteration blew up, its last point is no help.
            answer = solver(g, y[rest], start=start[rest])
            better = rest[answer.residual < residual[rest]]
            keep = answer.residual < residual[rest]
            x[better], residual[better] = answer.x[keep], answer.residual[keep]
            converged[rest] |= answer.converged
            iterations += answer.iterations
        return Solution(x=x, residual=residual, converged=converged, iterations=iterations)


def norms(x: Tensor) -> Tensor:
    """The Euclidean norm of every sample."""
    return x.flatten(1).norm(dim=1)


def default_tolerance(y: Tensor) -> float:
    """A few roundings of the samples' type."""
    return ROUNDINGS * torch.finfo(y.dtype).eps


def equation(y: Tensor, start: Tensor) -> list[Tensor]:
    """The right sides and where the search begins, in one precision."""
    y, start = alike(y=y, start=start)
    check_axes(y, name="y", words="(samples, *shape)")
    if y.shape != start.shape:
        raise ValueError(
            f"the search begins at one point for each sample, got start of shape {tuple(start.shape)} for y of "
            f"{tuple(y.shape)}; make them equal"
        )
    return [y, start]


def check_tolerance(tolerance: float | None) -> None:
    """Refuse a tolerance that nothing or everything meets."""
    if tolerance is not None and not number(tolerance, name="tolerance") > 0:
        raise ValueError(f"a tolerance is positive, got tolerance={tolerance}; None takes a few roundings")
