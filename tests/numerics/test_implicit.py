"""Solving x + g(x) = y: closed forms, what each method can and cannot do, and that nothing is found by mistake."""

from collections.abc import Callable

import pytest
import torch

from udtlib.numerics.implicit import Fallback, FixedPoint, Newton, Solution, Solver, default_tolerance
from udtlib.types import Tensor

Map = Callable[[Tensor], Tensor]
SOLVERS = (
    FixedPoint(),
    FixedPoint(damping=0.6, iterations=400),
    Newton(iterations=20),
    Newton(iterations=20, stages=3),
    Fallback((FixedPoint(), Newton(iterations=20))),
)
EVERY = pytest.mark.parametrize("solver", SOLVERS, ids=repr)


def randn(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def linear(matrix: Tensor) -> Map:
    return lambda x: x @ matrix.T


def residual_of(g: Map, y: Tensor, x: Tensor) -> Tensor:
    return (y - g(x) - x).flatten(1).norm(dim=1) / (1 + y.flatten(1).norm(dim=1))


def square_plus_one(x: Tensor) -> Tensor:
    """x + g(x) = x² + 1: no solution below 1."""
    return x.square() + 1 - x


@EVERY
@pytest.mark.parametrize("a", [-0.5, 0.0, 0.7])
def test_a_linear_map_is_undone_by_division(solver: Solver, a: float) -> None:
    y = randn(5, 3)
    answer = solver(lambda x: a * x, y, start=y)
    assert answer.converged.all()
    torch.testing.assert_close(answer.x, y / (1 + a), atol=1e-12, rtol=1e-12)


@EVERY
def test_a_contraction_is_undone_to_ten_digits(solver: Solver) -> None:
    """x + g(x) is computed from a known x, which has to come back."""
    W = randn(4, 4)
    W *= 0.7 / torch.linalg.matrix_norm(W, 2)
    x = 2 * randn(20, 4, seed=1)
    y = x + torch.tanh(x @ W.T)
    answer = solver(lambda x: torch.tanh(x @ W.T), y, start=y)
    assert answer.converged.all()
    assert (answer.x - x).abs().max() < 1e-10


@EVERY
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_the_answer_says_what_it_measured(solver: Solver, dtype: torch.dtype) -> None:
    y = randn(6, 2).to(dtype)
    given = y.clone()
    answer = solver(lambda x: 0.5 * x.sin(), y, start=y)
    assert torch.equal(y, given)
    assert answer.x.dtype == answer.residual.dtype == dtype
    torch.testing.assert_close(
        answer.residual, residual_of(lambda x: 0.5 * x.sin(), y, answer.x), rtol=0, atol=0
    )
    assert torch.equal(answer.converged, answer.residual <= default_tolerance(y))
    assert answer.converged.all()


def test_every_step_divides_the_error_of_a_linear_map_by_the_same_number() -> None:
    """x⁽ʲ⁾ − x* = (1 − θ(1 + a))ʲ (y − x*)."""
    y, a = torch.ones(1, 1, dtype=torch.float64), 0.5
    for damping, factor in ((1.0, -0.5), (0.5, 0.25), (0.8, -0.2)):
        for steps in (1, 2, 5):
            x = FixedPoint(damping=damping, iterations=steps)(lambda x: a * x, y, start=y).x
            assert float(x - y / 1.5) == pytest.approx(factor**steps * (1 - 1 / 1.5), rel=1e-9)


def test_steps_are_counted_in_evaluations_of_the_slowest_sample() -> None:
    calls = []

    def g(x: Tensor) -> Tensor:
        calls.append(len(x))
        return 0.5 * x

    y = torch.tensor([[0.0], [1.0]], dtype=torch.float64)
    answer = FixedPoint()(g, y, start=y)
    assert answer.iterations == len(calls)
    # The first sample is right at once and is not looked at again.
    assert calls == [2] + [1] * (answer.iterations - 1)


def test_damping_tames_what_is_too_steep() -> None:
    y = randn(5, 2)
    steep = FixedPoint()(lambda x: 3 * x, y, start=y)
    assert not steep.converged.any()
    tamed = FixedPoint(damping=0.4)(lambda x: 3 * x, y, start=y)
    assert tamed.converged.all()
    torch.testing.assert_close(tamed.x, y / 4)


def test_newton_goes_where_the_fixed_point_is_lost() -> None:
    """3 tanh is too steep at zero and flat far away: the plain iteration jumps to and fro for ever."""
    x = torch.linspace(-0.5, 0.5, 11, dtype=torch.float64)[:, None]
    y = x + 3 * x.tanh()
    lost = FixedPoint(iterations=500)(lambda x: 3 * x.tanh(), y, start=y)
    assert lost.converged.tolist() == [k == 5 for k in range(11)]
    found = Newton()(lambda x: 3 * x.tanh(), y, start=y)
    assert found.converged.all()
    assert (found.x - x).abs().max() < 1e-10


def test_newton_needs_one_step_for_a_linear_map_of_any_size() -> None:
    """Not symmetric, so that a transposed Jacobian would be noticed."""
    W = 5 * randn(3, 3)
    y = randn(4, 3, seed=1)
    answer = Newton(tolerance=1e-12)(linear(W), y, start=torch.zeros_like(y))
    torch.testing.assert_close(answer.x, torch.linalg.solve(torch.eye(3).double() + W, y.T).T)
    assert answer.converged.all()
    assert answer.iterations == 2


def test_newton_halves_a_step_that_leads_away() -> None:
    """x + g(x) = 10 arctan x: from 3 the full step lands at −9.5, and the next one farther still."""
    start = torch.tensor([[3.0]], dtype=torch.float64)
    answer = Newton()(lambda x: 10 * x.atan() - x, torch.zeros_like(start), start=start)
    assert answer.converged.all()
    assert float(answer.x.abs()) < 1e-12


def test_stages_lead_round_points_where_newton_gets_stuck() -> None:
    y = torch.linspace(-6, 6, 101, dtype=torch.float64)[:, None]
    plain, staged = (solver(lambda x: 2 * x.sin(), y, start=y) for solver in (Newton(), Newton(stages=8)))
    assert (~plain.converged).sum() > 5
    assert (staged.converged & ~plain.converged).any()
    for answer in (plain, staged):
        right = (answer.x + 2 * answer.x.sin() - y).abs().flatten() < 1e-12
        assert torch.equal(answer.converged, right)


def test_stages_end_at_the_whole_equation() -> None:
    y = randn(4, 2)
    answer = Newton(stages=3)(lambda x: x, y, start=y)
    torch.testing.assert_close(answer.x, y / 2)


@EVERY
def test_what_has_no_solution_is_not_found(solver: Solver) -> None:
    y = torch.tensor([[0.0], [-3.0]], dtype=torch.float64)
    answer = solver(square_plus_one, y, start=y)
    assert not answer.converged.any()
    # |y − x² − 1| is at least 1 − y.
    assert (answer.residual >= (1 - y.flatten()) / (1 + y.abs().flatten())).all()
    torch.testing.assert_close(answer.residual, residual_of(square_plus_one, y, answer.x))


@EVERY
def test_a_singular_jacobian_is_no_crash(solver: Solver) -> None:
    """x + g(x) = 1 for every x."""
    y = torch.tensor([[0.0, 0.0], [1.0, 1.0]], dtype=torch.float64)
    answer = solver(lambda x: 1 - x, y, start=y)
    assert answer.converged.tolist() == [False, True]
    assert answer.x.isfinite().all()


@EVERY
def test_what_is_not_a_number_is_not_found(solver: Solver) -> None:
    """The root of a negative number, beside one that exists: x + √x = y."""
    y = torch.tensor([[-1.0], [6.0]], dtype=torch.float64)
    answer = solver(torch.sqrt, y, start=y)
    assert answer.converged.tolist() == [False, True]
    assert float(answer.x[1]) == pytest.approx(4)


@EVERY
def test_samples_do_not_depend_on_one_another(solver: Solver) -> None:
    """Some are found at once, some late, some never."""
    y = torch.tensor([[0.0], [1.0], [1.2], [1.5], [-2.0], [30.0]], dtype=torch.float64)
    together = solver(square_plus_one, y, start=y)
    for k in range(len(y)):
        alone = solver(square_plus_one, y[k : k + 1], start=y[k : k + 1])
        assert alone.converged[0] == together.converged[k]
        torch.testing.assert_close(alone.x[0], together.x[k], atol=1e-12, rtol=1e-12)


@EVERY
def test_images_and_empty_batches_pass(solver: Solver) -> None:
    y = randn(3, 2, 4, 5)
    answer = solver(lambda x: 0.5 * x.roll(1, -1), y, start=y)
    assert answer.converged.shape == answer.residual.shape == (3,)
    torch.testing.assert_close(answer.x + 0.5 * answer.x.roll(1, -1), y)
    none = solver(lambda x: 0.5 * x, y[:0], start=y[:0])
    assert none.x.shape == (0, 2, 4, 5)
    assert none.converged.shape == (0,)


def test_chunks_do_not_matter() -> None:
    y = randn(7, 3)
    whole, parts = (Newton(chunk=chunk)(lambda x: 3 * x.tanh(), y, start=y) for chunk in (256, 2))
    torch.testing.assert_close(whole.x, parts.x, atol=1e-12, rtol=1e-12)
    assert whole.iterations == parts.iterations


def test_a_looser_tolerance_is_content_earlier() -> None:
    y = randn(5, 2)
    for solver in (FixedPoint, Newton):
        loose, tight = (solver(tolerance=t)(lambda x: 0.8 * x.sin(), y, start=y) for t in (1e-2, 1e-8))
        assert loose.converged.all()
        assert tight.converged.all()
        assert loose.iterations < tight.iterations
        assert loose.residual.max() > tight.residual.max()


class Scripted(Solver):
    """Answers what it was told, and remembers what it was asked."""

    def __init__(self, x: float, residual: list[float], converged: list[bool]) -> None:
        self.x, self.residual, self.converged, self.asked = x, residual, converged, []

    def __call__(self, g: Map, y: Tensor, *, start: Tensor) -> Solution:
        self.asked.append((y.flatten().tolist(), start.flatten().tolist()))
        return Solution(
            x=torch.full_like(y, self.x),
            residual=torch.tensor(self.residual).to(y),
            converged=torch.tensor(self.converged),
            iterations=3,
        )


def test_each_solver_takes_up_what_is_left_and_begins_at_the_start() -> None:
    first = Scripted(1.0, [0.0, 0.5, 0.5, 0.2], [True, False, False, False])
    second = Scripted(2.0, [0.0, 0.7, 0.1], [True, False, False])
    third = Scripted(3.0, [0.0, 0.3], [True, False])
    y, start = torch.arange(4.0)[:, None], 10 + torch.arange(4.0)[:, None]
    answer = Fallback((first, second, third))(torch.zeros_like, y, start=start)
    assert second.asked == [([1, 2, 3], [11, 12, 13])]
    assert third.asked == [([2, 3], [12, 13])]
    # Where nobody found it, the best of the three.
    assert answer.x.flatten().tolist() == [1, 2, 3, 2]
    assert answer.residual.tolist() == pytest.approx([0, 0, 0, 0.1])
    assert answer.converged.tolist() == [True, True, True, False]
    assert answer.iterations == 9


def test_nobody_is_asked_where_nothing_is_left() -> None:
    spare = Scripted(0.0, [], [])
    Fallback((Newton(), spare))(lambda x: x, randn(3, 1), start=randn(3, 1))
    assert spare.asked == []


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: FixedPoint(damping=0), "damping=0, iterations=100"),
        (lambda: FixedPoint(damping=1.5), r"damping in \(0, 1\] .* damping=1.5"),
        (lambda: FixedPoint(iterations=0), "at least one step, .* iterations=0"),
        (lambda: Newton(iterations=0), "iterations=0, stages=1"),
        (lambda: Newton(stages=0), "stages=0"),
        (lambda: Newton(chunk=0), "chunk=0"),
        (lambda: Fallback(()), "at least one solver, got none"),
    ],
)
def test_impossible_settings_are_refused(make: Callable[[], Solver], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()
