"""Closed forms for Gaussians: the Monge map, the Bures distance, orthogonal matrices of the plane."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tests.properties import examples
from udtlib.numerics.gaussian import (
    bures_squared,
    check_orthogonal,
    matrix_sqrt,
    monge_matrix,
    reflection,
    rotation,
)


def covariance(seed: int, dim: int) -> torch.Tensor:
    factor = torch.randn(dim, dim, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    return factor @ factor.T + 0.1 * torch.eye(dim, dtype=torch.float64)


@given(st.integers(0, 10_000), st.integers(1, 6))
@examples(30)
def test_matrix_sqrt_squares_to_the_matrix(seed, dim):
    sigma = covariance(seed, dim)
    root = matrix_sqrt(sigma)
    torch.testing.assert_close(root @ root, sigma)
    torch.testing.assert_close(root, root.T)


@given(st.integers(0, 10_000), st.integers(1, 6))
@examples(30)
def test_monge_matrix_pushes_and_is_the_gradient_of_a_convex_function(seed, dim):
    source, target = covariance(seed, dim), covariance(seed + 1, dim)
    matrix = monge_matrix(source, target)
    torch.testing.assert_close(matrix @ source @ matrix, target, rtol=1e-6, atol=1e-8)
    torch.testing.assert_close(matrix, matrix.T)
    assert float(torch.linalg.eigvalsh(matrix).min()) > 0


@given(st.integers(0, 10_000), st.integers(1, 5))
@examples(30)
def test_bures_is_the_cost_of_the_monge_map(seed, dim):
    source, target = covariance(seed, dim), covariance(seed + 1, dim)
    move = monge_matrix(source, target) - torch.eye(dim, dtype=torch.float64)
    torch.testing.assert_close(bures_squared(source, target), (move @ source @ move).trace())


def test_commuting_covariances_have_the_elementwise_closed_form():
    source = torch.diag(torch.tensor([1.0, 4.0, 9.0], dtype=torch.float64))
    target = torch.diag(torch.tensor([4.0, 4.0, 1.0], dtype=torch.float64))
    expected = torch.diag(torch.tensor([2.0, 1.0, 1 / 3], dtype=torch.float64))
    torch.testing.assert_close(monge_matrix(source, target), expected)
    torch.testing.assert_close(bures_squared(source, target).item(), (2 - 1) ** 2 + 0 + (1 - 3) ** 2.0)
    assert float(bures_squared(source, source)) == pytest.approx(0, abs=1e-12)


def test_bad_covariances_are_refused_with_the_reason():
    good = torch.eye(2, dtype=torch.float64)
    with pytest.raises(ValueError, match="symmetric"):
        matrix_sqrt(torch.tensor([[1.0, 0.5], [0.0, 1.0]], dtype=torch.float64))
    with pytest.raises(ValueError, match="negative eigenvalue"):
        matrix_sqrt(torch.tensor([[1.0, 2.0], [2.0, 1.0]], dtype=torch.float64))
    with pytest.raises(ValueError, match="singular"):
        monge_matrix(torch.zeros(2, 2, dtype=torch.float64), good)


@given(st.floats(-10, 10), st.floats(-10, 10))
@examples(30)
def test_rotations_and_reflections_form_the_orthogonal_group(a, b):
    torch.testing.assert_close(rotation(a) @ rotation(b), rotation(a + b))
    # Two reflections make the rotation by twice the angle between their lines.
    torch.testing.assert_close(reflection(a) @ reflection(b), rotation(2 * (a - b)))
    assert float(torch.linalg.det(rotation(a))) == pytest.approx(1)
    assert float(torch.linalg.det(reflection(a))) == pytest.approx(-1)
    check_orthogonal(rotation(a))
    check_orthogonal(reflection(a))


def test_rotation_is_anticlockwise_and_reflection_keeps_its_line():
    e1 = torch.tensor([1.0, 0.0], dtype=torch.float64)
    torch.testing.assert_close(rotation(math.pi / 2) @ e1, torch.tensor([0.0, 1.0], dtype=torch.float64))
    torch.testing.assert_close(reflection(0.0) @ e1, e1)


def test_what_is_not_orthogonal_is_refused():
    for matrix in (torch.diag(torch.tensor([2.0, 0.5])), torch.full((2, 2), math.nan)):
        with pytest.raises(ValueError, match="not orthogonal"):
            check_orthogonal(matrix.double())
