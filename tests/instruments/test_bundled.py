"""Weights that ship with the package: any other file in their place is refused by name."""

import hashlib
import json
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import save
from torch import nn

from tests.properties import examples
from udtlib.instruments import bundled
from udtlib.instruments.bundled import WeightsError, bundled_state, with_bundled_weights

quick = examples(40)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "weights").mkdir()
    monkeypatch.setattr(bundled.resources, "files", lambda package: tmp_path)
    return tmp_path / "weights"


def put(folder: Path, content: bytes) -> None:
    (folder / "toy_net.safetensors").write_bytes(content)
    (folder / "toy_net.json").write_text(json.dumps({"sha256": hashlib.sha256(content).hexdigest()}))


def test_weights_come_back(folder: Path) -> None:
    put(folder, save(nn.Linear(1, 1).state_dict()))
    assert with_bundled_weights(nn.Linear(1, 1), "toy_net", device="cpu").training is False
    with pytest.raises(
        WeightsError, match=r"of another net \(weight has shape \(1, 1\), expected \(2, 2\)\)"
    ):
        with_bundled_weights(nn.Linear(2, 2), "toy_net", device="cpu")


@quick
@given(content=st.binary(max_size=200))
def test_any_record_and_any_weights_are_refused(folder: Path, content: bytes) -> None:
    put(folder, content)
    with pytest.raises(
        WeightsError, match=r"toy_net\.safetensors is no safetensors file .*`udt train toy-net`"
    ):
        bundled_state("toy_net")
    (folder / "toy_net.json").write_bytes(content)
    with pytest.raises(
        WeightsError, match=r"toy_net\.json (cannot be read|has no SHA-256).*`udt train toy-net`"
    ):
        bundled_state("toy_net")


def test_folders_in_place_of_files_are_refused(folder: Path) -> None:
    put(folder, save({"a": torch.ones(1)}))
    for name in ("toy_net.safetensors", "toy_net.json"):
        (folder / name).unlink()
        (folder / name).mkdir()
        with pytest.raises(WeightsError, match=rf"{name} cannot be read .*Is a directory"):
            bundled_state("toy_net")
