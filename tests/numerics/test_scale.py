"""Units in which squares stay within range: results follow samples of any size."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tests.properties import examples
from udtlib.numerics.gaussian import bures_squared, matrix_sqrt, monge_matrix
from udtlib.numerics.scale import power_of_two

SIZES = st.sampled_from([1e-30, 1e-20, 1e-8, 1e8, 1e20, 1e30])


def covariance(seed: int, dim: int = 3) -> torch.Tensor:
    root = torch.randn(dim, dim + 2, generator=torch.Generator().manual_seed(seed))
    return root @ root.T


@given(st.floats(min_value=1e-300, max_value=1e300), st.booleans())
@examples(50)
def test_a_unit_is_a_power_of_two_near_the_size(size, even):
    unit = power_of_two(size, even=even)
    assert math.frexp(unit)[0] == 0.5
    assert unit == 1 or 1 <= size / unit < (4 if even else 2)
    if even:
        assert math.sqrt(unit) ** 2 == unit


@pytest.mark.parametrize("size", [0.0, 1.0, 1e-9, 1e9, math.nan, math.inf])
def test_ordinary_sizes_are_left_alone(size):
    assert power_of_two(size) == 1


@given(SIZES, SIZES, st.integers(0, 100))
@examples(25)
def test_closed_forms_of_gaussians_follow_the_scale(size, other, seed):
    first, second = covariance(seed), covariance(seed + 1)
    torch.testing.assert_close(
        bures_squared(first * size, second * size) / size, bures_squared(first, second), rtol=1e-3, atol=1e-4
    )
    ratio = math.sqrt(other / size)
    if 1e-15 < ratio < 1e15:
        found = monge_matrix(first * size, second * other) / ratio
        torch.testing.assert_close(found, monge_matrix(first, second), rtol=2e-2, atol=2e-3)


@pytest.mark.parametrize("dim", [1, 2, 4])
def test_the_root_has_a_gradient_where_eigenvalues_are_equal(dim):
    matrix = 4 * torch.eye(dim, dtype=torch.float64).requires_grad_()
    matrix_sqrt(matrix).sum().backward()
    eye = torch.eye(dim, dtype=torch.float64)
    a = eye.clone().requires_grad_()
    bures_squared(a, 4 * eye).backward()
    torch.testing.assert_close(a.grad, -eye)  # I − A, with the map A = 2 I


def test_the_roots_gradient_is_that_of_differences():
    matrix = covariance(3).double().requires_grad_()
    assert torch.autograd.gradcheck(lambda m: matrix_sqrt((m + m.T) / 2), matrix)
