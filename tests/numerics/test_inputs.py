"""The gate that inputs come in through: what it makes of numbers, and what it refuses."""

import math
import re

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from tests.properties import examples
from udtlib.numerics import inputs
from udtlib.numerics.gaussian import (
    bures_squared,
    check_orthogonal,
    matrix_sqrt,
    monge_matrix,
    reflection,
    rotation,
)
from udtlib.numerics.implicit import Fallback, FixedPoint, Newton
from udtlib.numerics.inputs import alike, floating, full_precision, real_tensor
from udtlib.numerics.mismatch import type_mismatch
from udtlib.numerics.mixture import GaussianMixture, isotropic_mixture
from udtlib.numerics.options import number, whole

pytestmark = pytest.mark.usefixtures("as_a_user")

REAL = (torch.bool, torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64)
HALF = (torch.float16, torch.bfloat16)
ARRAYS = ("bool", "uint8", "int32", "int64", "float16", "float32", "float64", ">f8", ">i4")


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_single_and_double_precision_pass_as_they_are(dtype):
    x = torch.rand(3, 2, dtype=dtype, requires_grad=True)
    assert full_precision(x, name="x") is x
    assert floating(x, name="x") is x


@pytest.mark.parametrize("dtype", REAL)
def test_whole_numbers_become_numbers_of_the_default_type(dtype):
    x = torch.tensor([[0, 1, 1]]).to(dtype)
    assert full_precision(x, name="x").dtype == torch.float32
    assert full_precision(x, name="x").tolist() == [[0, 1, 1]]


@pytest.mark.parametrize("dtype", HALF)
def test_half_precision_becomes_single_and_gradients_flow_through(dtype):
    x = torch.tensor([1.5, 2.0], dtype=dtype, requires_grad=True)
    full_precision(x, name="x").square().sum().backward()
    assert full_precision(x, name="x").dtype == torch.float32
    assert x.grad.tolist() == [3, 4]
    assert floating(x, name="x") is x


@examples(60)
@given(kind=st.sampled_from(ARRAYS), rows=st.integers(0, 4), flip=st.booleans(), locked=st.booleans())
def test_arrays_become_tensors_with_the_same_numbers(kind, rows, flip, locked):
    array = np.arange(rows * 3).reshape(rows, 3).astype(kind)[:, :: -1 if flip else 1]
    array.flags.writeable = not locked
    assert real_tensor(array, name="x").tolist() == array.tolist()


@pytest.mark.parametrize(
    "bad",
    [
        None,
        [[1.0]],
        1.0,
        "text",
        np.array(["a"]),
        np.array([1j]),
        np.array([None]),
        torch.zeros(2, dtype=torch.complex64),
        torch.eye(2).to_sparse(),
    ],
)
@pytest.mark.parametrize("gate", [real_tensor, floating, full_precision])
def test_what_holds_no_real_numbers_is_refused_by_name(gate, bad):
    with pytest.raises(TypeError, match=r"^the cost must "):
        gate(bad, name="the cost")


def test_tensors_are_brought_to_the_widest_of_their_types():
    half, single, double = (torch.ones(2, dtype=d) for d in (torch.float16, torch.float32, torch.float64))
    assert [x.dtype for x in alike(x=half, y=half.bfloat16())] == [torch.float32] * 2
    assert [x.dtype for x in alike(x=half, y=single, z=torch.ones(2).long())] == [torch.float32] * 3
    assert [x.dtype for x in alike(x=double, y=single)] == [torch.float64] * 2
    with pytest.raises(ValueError, match=r"x is on cpu and y on meta; move one of them with \.to\(device\)"):
        alike(x=single, y=torch.ones(2, device="meta"))


@pytest.mark.parametrize("bad", [2.5, True, "3", None, torch.tensor(2.0), math.nan])
def test_a_count_is_a_whole_number(bad):
    with pytest.raises(TypeError, match="steps counts and must be a whole number, got steps="):
        whole(bad, name="steps")


def test_counts_of_numpy_and_torch_are_counts():
    assert whole(np.int64(3), name="k") == whole(torch.tensor(3), name="k") == 3
    with pytest.raises(ValueError, match="k must be at least 1, got k=0"):
        whole(0, name="k")


def test_a_number_may_come_as_a_tensor_with_one_entry():
    assert number(torch.tensor([0.5]), name="t") == number(np.float32(0.5), name="t") == number(0.5, name="t")
    for bad in (math.nan, math.inf, torch.tensor(-math.inf)):
        with pytest.raises(ValueError, match="t must be a finite number"):
            number(bad, name="t")
    for bad in (torch.ones(2), "half", None, torch.tensor(1j)):
        with pytest.raises(TypeError, match="t must be one real number"):
            number(bad, name="t")
    with pytest.raises(ValueError, match=r"give t\.detach\(\)"):
        number(torch.tensor(1.0, requires_grad=True), name="t")


def test_a_refusal_to_multiply_two_types_names_both_and_the_remedy():
    net, x = nn.Linear(2, 2), torch.ones(3, 2, dtype=torch.float64)
    with pytest.raises(RuntimeError) as refusal:
        net(x)
    clear = type_mismatch(refusal.value, net, x=x)
    assert str(clear).startswith(
        "x is float64 and the weights of Linear are float32; convert one of them: x.to("
    )
    assert type_mismatch(refusal.value, net, x=x.float()) is None
    assert type_mismatch(RuntimeError("shapes"), net, x=x) is None
    with pytest.raises(RuntimeError) as refusal:
        net(torch.ones(3, 5))
    assert re.match(
        r"x of shape \(3, 5\) does not fit Linear, whose first layer is Linear\(in_features=2",
        str(type_mismatch(refusal.value, net, x=torch.ones(3, 5))),
    )


def test_every_name_of_the_gate_exists():
    assert all(hasattr(inputs, name) for name in inputs.__all__)


S = torch.tensor([[2, 1], [1, 2]])


@pytest.mark.parametrize("dtype", [torch.uint8, torch.int64, torch.float16, torch.bfloat16, torch.float32])
def test_covariances_of_every_type_give_the_value_of_double_precision(dtype):
    for function in (
        matrix_sqrt,
        lambda a: monge_matrix(a, torch.eye(2)),
        lambda a: bures_squared(a, torch.eye(2).to(dtype)),
        lambda a: GaussianMixture(torch.tensor([1]), a[:1], a.tril()[None]).log_density(a),
    ):
        torch.testing.assert_close(function(S.to(dtype)).double(), function(S.double()), rtol=1e-5, atol=1e-6)
    check_orthogonal(torch.tensor([[0, 1], [1, 0]]).to(dtype))
    torch.testing.assert_close(matrix_sqrt(1e-16 * S.double()), 1e-8 * matrix_sqrt(S.double()))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: matrix_sqrt(S[:1]), r"a square matrix of at least one entry, got shape \(1, 2\)"),
        (lambda: matrix_sqrt(S[:0, :0]), "at least one entry"),
        (lambda: matrix_sqrt(S * math.nan), "4 of the 4 entries of a covariance are NaN or infinite"),
        (lambda: monge_matrix(S, torch.eye(3)), "take Gaussians of one dimension"),
        (lambda: bures_squared(S[0], S), "a square matrix"),
        (lambda: check_orthogonal(S[0]), "a square matrix"),
        (lambda: rotation(math.nan), "angle must be a finite number"),
        (lambda: reflection(math.inf), "angle must be a finite number"),
        (
            lambda: isotropic_mixture([[0.0, 0.0]], deviation=1.0).log_density(torch.ones(2)),
            "the mixture has 2 dim",
        ),
    ],
)
def test_closed_forms_say_what_they_need(call, message):
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: isotropic_mixture([[0.0], [1.0, 2.0]], deviation=1), TypeError, "means must be a tensor"),
        (lambda: isotropic_mixture(None, deviation=1), TypeError, "means must be a tensor"),
        (lambda: isotropic_mixture([[0.0]], deviation="1"), TypeError, "deviation must be one real number"),
        (lambda: isotropic_mixture([[0.0]], deviation=True), TypeError, "deviation must be one real number"),
        (lambda: isotropic_mixture([[0.0]], deviation=1, weights="a"), TypeError, "weights must be a tensor"),
        (lambda: FixedPoint(damping=True), TypeError, "damping must be one real number"),
        (lambda: FixedPoint(damping="x"), TypeError, "damping must be one real number"),
        (lambda: Fallback("ab"), TypeError, "a fallback has several solvers"),
        (lambda: Fallback(FixedPoint()), TypeError, "a fallback has several solvers"),
        (lambda: Newton()(lambda z: 1.0, S, start=S), TypeError, "g answers a tensor for a tensor, got 1.0"),
    ],
)
def test_mixtures_and_solvers_say_what_they_need(call, error, message):
    with pytest.raises(error, match=message):
        call()
