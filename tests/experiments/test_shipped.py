"""Trained translators that come with the package: what is stored comes back, and each is what its card says."""

import json
from pathlib import Path

import pytest
import torch

from tests.experiments.test_trained import TOY
from tests.experiments.tiny import QUICK
from udtlib.cli.translate import way_of
from udtlib.experiments import shipped, trained
from udtlib.experiments.catalogue import find
from udtlib.experiments.packing import packed, unpacked
from udtlib.experiments.runs import carry_out, folder_of, units_of
from udtlib.experiments.shipped import MOST, load_shipped, ship, shipped_card, shipped_names, weights_folder
from udtlib.instruments.bundled import WeightsError, bundled_state

TOGETHER = 20_000_000


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A finished run of a toy that translates; what is shipped goes into a folder beside it."""
    for module in (shipped, trained):
        monkeypatch.setattr(module, "find", {"toy": TOY}.__getitem__)
    (tmp_path / "weights").mkdir()
    monkeypatch.setattr(shipped, "weights_folder", lambda: tmp_path / "weights")
    (unit,) = units_of(TOY, (3,), ("told",))
    carry_out(TOY, unit, QUICK, root=tmp_path)
    return folder_of(tmp_path, TOY, QUICK, unit)


def test_what_is_stored_comes_back(run: Path) -> None:
    card = json.loads(ship(run, "toy-told").read_text("utf-8"))
    assert shipped_names() == ["toy-told"]
    assert (card["experiment"], card["system"], card["seed"], card["steps"]) == ("toy", "told", 3, 2)
    assert card["scores"]["fit"].keys() == {"mean"}
    assert shipped_card("toy-told") == card
    back, state = load_shipped("toy-told"), torch.get_rng_state()
    assert back.name == "toy · told"
    assert not back.translator.training
    assert not any(p.requires_grad for p in back.translator.parameters())
    assert torch.equal(torch.get_rng_state(), state)
    for name, value in trained.load_run(run).translator.state_dict().items():
        torch.testing.assert_close(back.translator.state_dict()[name], value, atol=1e-3, rtol=1e-3)


@pytest.mark.parametrize(
    "shape", [(), (0,), (3,), (700,), (2, 3), (5, 200), (7, 3, 9, 9), (0, 600), (600, 1)]
)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_eight_bits_keep_every_row_within_half_a_step(shape: tuple[int, ...], dtype: torch.dtype) -> None:
    weight = torch.randn(shape, generator=torch.Generator().manual_seed(0), dtype=torch.float64).to(dtype)
    if len(weight.shape) > 1 and len(weight) > 2:
        weight[0], weight[1] = 0, 1e4 * weight[1]
    state = {"w": weight, "count": torch.tensor(7), "flags": torch.tensor([True, False])}
    back = unpacked(packed(state))
    assert list(back) == list(state)
    assert torch.equal(back["count"], state["count"])
    assert torch.equal(back["flags"], state["flags"])
    assert back["w"].shape == weight.shape
    if weight.ndim >= 2 and weight.numel() >= 512:
        step = weight.abs().flatten(1).amax(1).reshape(-1, *(1,) * (weight.ndim - 1)) / 127
        assert ((back["w"] - weight).abs() <= step * 0.501).all()
    else:
        torch.testing.assert_close(back["w"].to(dtype), weight, rtol=1e-3, atol=1e-3)


def test_translating_by_its_name(run: Path) -> None:
    ship(run, "toy-told")
    way = way_of(Path("toy-told"), experiment=None, back=False, pad=False, seed=None, size=None)
    assert (way.name, way.about) == ("toy · told", "weights that come with udtlib")
    with pytest.raises(ValueError, match="does not exist; give the folder"):
        way_of(Path("toy-untold"), experiment=None, back=False, pad=False, seed=None, size=None)


def test_another_file_in_the_weights_place_is_refused(run: Path) -> None:
    path = ship(run, "toy-told").with_suffix(".safetensors")
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    with pytest.raises(
        WeightsError, match=r"changed or damaged, reinstall udtlib, or run `udt train toy 'told'`"
    ):
        load_shipped("toy-told")


def test_what_is_not_there_or_too_large_is_refused(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ship(run, "toy-told")
    with pytest.raises(ValueError, match="'toy' comes with udtlib; there are toy-told"):
        load_shipped("toy")
    monkeypatch.setattr(shipped, "MOST", 10)
    with pytest.raises(ValueError, match="at most 10 are shipped"):
        ship(run, "large")
    assert shipped_names() == ["toy-told"]


@pytest.mark.parametrize("name", shipped_names())
def test_every_shipped_translator_is_what_its_card_says(name: str) -> None:
    card, files = shipped_card(name), [weights_folder() / f"{name}.{end}" for end in ("safetensors", "json")]
    assert all(path.stat().st_size <= MOST for path in files)
    assert card["licence"]
    back = load_shipped(name)
    assert sum(p.numel() for p in back.translator.parameters()) == card["parameters"]
    assert set(unpacked(bundled_state(name, folder=weights_folder()))) == set(back.translator.state_dict())
    assert 0 <= card["rounding"] < 0.01
    assert card["system"] in find(card["experiment"]).systems


def test_all_of_them_together_are_small() -> None:
    assert sum(path.stat().st_size for path in weights_folder().glob("*")) <= TOGETHER
