"""Every public function on every kind of input: the right value, or one error that names the argument."""

import dataclasses
import warnings

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tests.properties import examples
from udtlib import transport
from udtlib.numerics.signatures import checked_inputs
from udtlib.transport import gromov
from udtlib.transport.gromov import GromovSearch
from udtlib.transport.procrustes import ProcrustesSearch, RigidMap
from udtlib.transport.result import NotConvergedError
from udtlib.transport.semantic import SemanticCost
from udtlib.types import Float, Int, Tensor

#: Data are small whole numbers, which every precision holds exactly.
X = [[0, 0], [3, 1], [1, 4], [5, 2]]
Y = [[1, 1], [4, 0], [2, 5], [0, 3]]
COST = [[2, 1, 5], [1, 1, 4], [0, 3, 7]]
DX = [[0, 1, 3, 7], [1, 0, 2, 6], [3, 2, 0, 4], [7, 6, 4, 0]]
DY = [[0, 2, 3, 8], [2, 0, 1, 6], [3, 1, 0, 5], [8, 6, 5, 0]]
ONE = [[1, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]]
CODES = [[0, 1], [3, 1], [2, 5], [1, 0], [4, 2], [3, 3], [0, 2], [5, 1], [2, 2], [6, 0]]
SIDE, DOMAIN = [0, 0, 1, 1, 0, 0, 1, 1, 0, 1], [0, 0, 0, 0, 1, 1, 1, 1, 0, 1]
EYE = [[1, 0], [0, 1]]
SEARCH = GromovSearch(restarts=2, levels=2, steps=2, polish=5)
ROTATIONS = ProcrustesSearch(
    starts=2, sample=4, iterations=1, finalists=1, final_sample=4, final_iterations=1
)


def seeded() -> dict[str, object]:
    """A generator of its own for each call."""
    return {"generator": torch.Generator().manual_seed(0)}


#: Each function with its tensors, and with what else it needs.
CASES = {
    "optimal_coupling": (transport.optimal_coupling, {"cost": COST}, dict),
    "optimal_coupling with weights": (
        transport.optimal_coupling,
        {"cost": COST, "source_weight": [1, 0, 0], "target_weight": [0, 1, 0]},
        dict,
    ),
    "wasserstein2": (transport.wasserstein2, {"x": X, "y": Y}, dict),
    "squared_wasserstein2": (transport.squared_wasserstein2, {"x": X, "y": Y}, dict),
    "entropic_coupling": (transport.entropic_coupling, {"cost": COST}, lambda: {"epsilon": 1}),
    "batched_sinkhorn": (transport.batched_sinkhorn, {"cost": [COST, COST], "epsilon": [1, 2]}, dict),
    "sinkhorn_divergence": (
        transport.sinkhorn_divergence,
        {"x": X, "y": Y, "weight": [1, 2]},
        lambda: {"epsilon": 2},
    ),
    "sample_coupling": (transport.sample_coupling, {"plan": ONE}, seeded),
    "minibatch_cost": (transport.minibatch_cost, {"x": X, "y": Y}, lambda: {"batch": 2} | seeded()),
    "squared_euclidean": (transport.squared_euclidean, {"x": X, "y": Y, "weight": [4, 1]}, dict),
    "parallel_sum": (transport.parallel_sum, {"first": EYE, "second": [[2, 1], [1, 3]]}, dict),
    "shared_spread": (
        transport.shared_spread,
        {"codes": CODES, "attribute": SIDE, "domain": DOMAIN},
        dict,
    ),
    "mean_difference": (
        transport.mean_difference,
        {"codes": CODES, "attribute": SIDE, "domain": DOMAIN},
        dict,
    ),
    "sparse_mask": (transport.sparse_mask, {"codes": CODES, "attribute": SIDE}, dict),
    "SemanticCost": (
        SemanticCost(basis=torch.eye(2), weight=torch.tensor([1.0, 0.25])),
        {"x": X, "y": Y},
        dict,
    ),
    "quantile_coupling": (transport.quantile_coupling, {"x": [0, 1, 5], "y": [1, 3]}, dict),
    "wasserstein_on_the_line": (transport.wasserstein_on_the_line, {"x": [0, 1, 5], "y": [1, 3]}, dict),
    "gaussian_squared_wasserstein2": (
        transport.gaussian_squared_wasserstein2,
        {
            "source_mean": [0, 1],
            "source_covariance": EYE,
            "target_mean": [2, 2],
            "target_covariance": [[2, 1], [1, 2]],
        },
        dict,
    ),
    "translation_wasserstein": (transport.translation_wasserstein, {"shift": [3, 4]}, dict),
    "transport_energy": (transport.transport_energy, {"path": [X, Y, X], "weight": [1, 2]}, dict),
    "displacement_interpolation": (
        transport.displacement_interpolation,
        {"x": X, "y": Y, "times": [0, 1]},
        dict,
    ),
    "path_energy_gap": (transport.path_energy_gap, {"path": [X, Y], "squared_wasserstein2": 3}, dict),
    "nearest_rotation": (transport.nearest_rotation, {"x": X, "y": Y}, dict),
    "wasserstein_procrustes": (
        transport.wasserstein_procrustes,
        {"x": X, "y": Y},
        lambda: {"search": ROTATIONS},
    ),
    "RigidMap": (RigidMap(torch.eye(2), torch.ones(2)), {"x": X}, dict),
    "RigidMap.inverse": (RigidMap(torch.eye(2), torch.ones(2)).inverse, {"y": X}, dict),
    "barycentric": (transport.optimal_coupling(torch.eye(4)).barycentric, {"y": X}, dict),
    "distance_matrix": (gromov.distance_matrix, {"z": X}, dict),
    "gromov_energy": (gromov.gromov_energy, {"dx": DX, "dy": DY, "plan": ONE}, dict),
    "mean_normalised": (gromov.mean_normalised, {"distance": DX}, dict),
    "plan_entropy": (gromov.plan_entropy, {"plan": ONE}, dict),
    "profile_cost": (gromov.profile_cost, {"dx": DX, "dy": DY}, dict),
    "profile_starts": (gromov.profile_starts, {"dx": DX, "dy": DY}, lambda: {"restarts": 3} | seeded()),
    "shuffled_starts": (gromov.shuffled_starts, {"dx": DX, "dy": DY}, lambda: {"restarts": 3} | seeded()),
    "soft_profile_start": (gromov.soft_profile_start, {"dx": DX, "dy": DY}, dict),
    "independent_start": (gromov.independent_start, {"dx": DX, "dy": DY}, dict),
    "entropic_gromov": (
        gromov.entropic_gromov,
        {"dx": DX, "dy": DY, "linear": DX},
        lambda: {"epsilon": 8},
    ),
    "batched_gromov": (gromov.batched_gromov, {"dx": [DX], "dy": [DY]}, lambda: {"epsilon": 8}),
    "frank_wolfe": (gromov.frank_wolfe, {"dx": DX, "dy": DY, "start": ONE}, dict),
    "gromov_coupling": (
        gromov.gromov_coupling,
        {"dx": DX, "dy": DY, "linear": DX},
        lambda: {"search": SEARCH},
    ),
    "gromov_loss": (gromov.gromov_loss, {"zx": X, "zy": Y}, lambda: {"epsilon": 0.5, "tolerance": 0.1}),
}
#: Functions whose half precision is refused, not promoted.
REFUSE_HALF = {
    "batched_sinkhorn",
    "sinkhorn_divergence",
    "profile_cost",
    "profile_starts",
    "soft_profile_start",
    "entropic_gromov",
    "batched_gromov",
    "frank_wolfe",
    "gromov_coupling",
}
#: Arguments that are labels, not numbers.
LABELS = {"attribute", "domain"}


def called(case: str, change=lambda name, tensor: tensor, dtype: torch.dtype = torch.float32) -> list[Tensor]:
    """What a function returns for its data in a precision, each changed in some way."""
    function, data, options = CASES[case]
    tensors = {
        name: change(name, torch.tensor(value, dtype=torch.int64 if name in LABELS else dtype))
        for name, value in data.items()
    }
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return parts(function(**tensors, **options()))


def parts(value: object) -> list[Tensor]:
    """All tensors and floats of a result, in order."""
    if isinstance(value, Tensor):
        return [value.detach()]
    if isinstance(value, float):
        return [torch.tensor(value, dtype=torch.float64)]
    if dataclasses.is_dataclass(value):
        value = [getattr(value, field.name) for field in dataclasses.fields(value)]
    return [part for one in value for part in parts(one)] if isinstance(value, list | tuple) else []


def same(result: list[Tensor], expected: list[Tensor]) -> None:
    """The same numbers in the same precision."""
    assert [part.dtype for part in result] == [part.dtype for part in expected]
    for part, wanted in zip(result, expected, strict=True):
        torch.testing.assert_close(part, wanted, rtol=1e-5, atol=1e-6, equal_nan=True)


def test_the_cases_cover_every_public_function() -> None:
    named = {name for package in (transport, gromov) for name in package.__all__ if not name[0].isupper()}
    assert named - {case.split()[0] for case in CASES} == set()


@pytest.mark.parametrize("case", CASES)
def test_whole_numbers_arrays_and_lists_give_what_floats_give(case: str) -> None:
    expected = called(case)
    assert all(part.is_floating_point() or part.dtype in (torch.int64, torch.bool) for part in expected)
    for dtype in (torch.int64, torch.int32, torch.uint8):
        same(called(case, lambda name, t, dtype=dtype: t.to(dtype)), expected)
    same(called(case, lambda name, t: t.long().tolist()), expected)
    same(called(case, lambda name, t: t.tolist()), expected)
    same(called(case, lambda name, t: t.numpy()), expected)
    same(called(case, lambda name, t: t.long().numpy()), expected)
    same(called(case, dtype=torch.float64), called(case, lambda name, t: t.numpy(), dtype=torch.float64))


@pytest.mark.parametrize("case", CASES)
def test_views_gradients_and_foreign_memory_change_nothing(case: str) -> None:
    def strided(name: str, tensor: Tensor) -> Tensor:
        """The same numbers, every second one of a larger tensor."""
        return torch.stack([tensor, tensor + 1], dim=-1)[..., 0]

    def backwards(name: str, tensor: Tensor) -> np.ndarray:
        """An array with negative strides that is read-only."""
        array = np.array(np.flip(tensor.numpy()))
        array.flags.writeable = False
        return np.flip(array)

    expected = called(case)
    same(called(case, strided), expected)
    same(called(case, backwards), expected)
    same(called(case, lambda name, t: t if name in LABELS else t.requires_grad_()), expected)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
@pytest.mark.parametrize("case", CASES)
def test_half_precision_is_computed_in_single_or_refused(case: str, dtype: torch.dtype) -> None:
    if case in REFUSE_HALF:
        with pytest.raises(ValueError, match="single or double precision"):
            called(case, dtype=dtype)
    else:
        same(called(case, dtype=dtype), called(case))


@pytest.mark.parametrize("case", CASES)
def test_the_default_precision_and_double_data_decide_about_whole_numbers(case: str) -> None:
    expected = [part.dtype for part in called(case, dtype=torch.float64)]
    first = next(iter(CASES[case][1]))
    if len([name for name in CASES[case][1] if name not in LABELS]) > 1 and case not in ("batched_sinkhorn",):
        mixed = called(case, lambda name, t: t if name in LABELS | {first} else t.long(), dtype=torch.float64)
        assert [part.dtype for part in mixed] == expected
    torch.set_default_dtype(torch.float64)
    try:
        if "SemanticCost" not in case and "RigidMap" not in case and case != "barycentric":
            assert [part.dtype for part in called(case, dtype=torch.int64)] == expected
    finally:
        torch.set_default_dtype(torch.float32)


def refused_or_visible(case: str, change, name: str) -> None:
    """A result of the right kind, or an error of the caller's that names the argument or the problem."""
    try:
        result = called(case, change)
    except (ValueError, TypeError) as error:
        text = str(error)
        assert len(text) > 30, text
        assert any(word in text for word in (name, "finite", "samples", "codes", "points")), text
    except NotConvergedError:
        pass
    else:
        assert all(part.is_floating_point() or part.dtype in (torch.int64, torch.bool) for part in result)


@examples(150)
@given(data=st.data())
def test_a_wrong_shape_or_value_is_one_clear_error(data: st.DataObject) -> None:
    case = data.draw(st.sampled_from(sorted(CASES)))
    name = data.draw(st.sampled_from(sorted(CASES[case][1])))
    changes = {
        "one axis more": lambda t: t[None],
        "one axis less": lambda t: t[0] if t.ndim else t,
        "one number": lambda t: t.flatten()[0],
        "nothing": lambda t: t[:0] if t.ndim else t,
        "nothing along the last axis": lambda t: t[..., :0] if t.ndim else t,
        "one sample less": lambda t: t[1:] if t.ndim else t,
        "one column less": lambda t: t[..., 1:] if t.ndim else t,
        "NaN": lambda t: t.masked_fill(torch.arange(t.numel()).view(t.shape) == 0, torch.nan),
        "infinite": lambda t: t.masked_fill(torch.arange(t.numel()).view(t.shape) == 0, torch.inf),
        "complex": lambda t: t + 1j,
        "text": lambda t: "text",
        "ragged": lambda t: [[1.0, 2.0], [3.0]],
        "an object": lambda t: object(),
    }
    how = data.draw(st.sampled_from(sorted(changes)))

    def change(which: str, tensor: Tensor) -> object:
        return changes[how](tensor.float() if which in LABELS else tensor) if which == name else tensor

    refused_or_visible(case, change, name)


def test_the_reported_cases() -> None:
    coupling = transport.optimal_coupling(torch.tensor([[2, 1], [1, 1]]))
    assert float(coupling.cost) == 1.0
    assert coupling.plan.sum() == 1
    assert float(
        transport.wasserstein_on_the_line(torch.tensor([0, 1, 5]), torch.tensor([1, 3]))
    ) == pytest.approx(7 / 3)
    x, y = torch.tensor([[0], [1], [5]]), torch.tensor([[1], [3]])
    assert float(transport.squared_wasserstein2(x, y)) == pytest.approx(7 / 3)
    with pytest.raises(ValueError, match=r"cost has shape \(2, 3, 3\), not \(n, m\); .*batched_sinkhorn"):
        transport.optimal_coupling(torch.rand(2, 3, 3))
    assert transport.optimal_coupling(np.eye(3)).plan.dtype == torch.float64
    d = torch.tensor(DX, dtype=torch.float32)
    with pytest.raises(ValueError, match=r"dx has shape \(4,\), not \(n, n\)"):
        gromov.entropic_gromov(d[0], d, epsilon=1.0)
    with pytest.raises(ValueError, match=r"linear has shape \(5,\), not \(n, m\)"):
        gromov.gromov_coupling(d, d, linear=torch.rand(5))
    with pytest.raises(ValueError, match=r"linear of shape \(n, m\) got shape \(4, 3\), but m is 4 in dy"):
        gromov.gromov_coupling(d, d, linear=torch.rand(4, 3))


def test_booleans_are_numbers_too() -> None:
    same_or_not = torch.tensor([[False, True], [True, False]])
    assert float(transport.optimal_coupling(same_or_not).cost) == 0
    assert transport.optimal_coupling(same_or_not).plan.dtype == torch.float32
    assert float(transport.wasserstein_on_the_line([True, True], [False, True])) == 0.5


def test_options_are_numbers_and_counts() -> None:
    cost = torch.rand(3, 3)
    assert (
        transport.entropic_coupling(cost, epsilon=torch.tensor(1.0), iterations=np.int64(50)).epsilon == 1.0
    )
    with pytest.raises(TypeError, match=r"iterations counts and must be a whole number, got iterations=2.5"):
        transport.optimal_coupling(cost, iterations=2.5)
    with pytest.raises(TypeError, match=r"epsilon must be one real number, got '0.1'; give a float"):
        transport.entropic_coupling(cost, epsilon="0.1")
    with pytest.raises(TypeError, match="epsilon must be one real number, got True; give a float"):
        transport.entropic_coupling(cost, epsilon=True)


def test_labels_other_than_two_are_refused() -> None:
    codes = torch.tensor(CODES).float()
    for rule in (transport.shared_spread, transport.mean_difference):
        with pytest.raises(ValueError, match=r"attribute must be 0 or 1 for each code, got \[2\]"):
            rule(codes, 2 * torch.tensor(SIDE), torch.tensor(DOMAIN))
    with pytest.raises(ValueError, match=r"attribute must be 0 or 1 for each code, got \[2\]"):
        transport.sparse_mask(codes, torch.tensor(SIDE) + 1)
    with pytest.raises(TypeError, match="attribute must be whole numbers"):
        transport.sparse_mask(codes, torch.tensor(SIDE) + 0.5)


def test_data_on_several_devices_are_refused_and_options_follow() -> None:
    @checked_inputs()
    def shapes(
        x: Float[Tensor, "n"], y: Float[Tensor, "n"], *, weight: Float[Tensor, "n"] | None = None
    ) -> tuple[object, ...]:
        return x.device, weight.device

    with pytest.raises(ValueError, match="x is on cpu and y on meta; move one"):
        shapes(torch.zeros(2), torch.zeros(2, device="meta"), weight=torch.zeros(2))
    far = torch.zeros(2, device="meta")
    assert [device.type for device in shapes(far, far, weight=[1.0, 2.0])] == ["meta", "meta"]


def test_what_is_right_already_is_passed_on_as_it_is() -> None:
    @checked_inputs()
    def given(
        x: Float[Tensor, "*batch n d"], label: Int[Tensor, "n"], *, count: int = 3
    ) -> tuple[object, ...]:
        return x, label, count

    x, label = torch.zeros(5, 2, 3), torch.zeros(2, dtype=torch.int32)
    first, second, count = given(x, label)
    assert first is x
    assert second is label
    assert count == 3
    with pytest.raises(TypeError, match="given"):
        given(x)
    with pytest.raises(ValueError, match=r"label of shape \(n,\) got shape \(3,\), but n is 2 in x"):
        given(x, torch.zeros(3, dtype=torch.int32))
    gradient = torch.ones(2, requires_grad=True)
    stacked, _, _ = given([gradient, gradient], label)
    assert stacked.requires_grad
