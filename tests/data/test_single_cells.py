"""Two measurements of the same cells, read from a file of the right layout."""

from pathlib import Path

import numpy as np
import pytest
import torch

from udtlib.data.formats import DataError
from udtlib.data.single_cells import read_cells

RNG = np.random.default_rng(0)
ARRAYS = {
    "atac": RNG.normal(size=(6, 4)).astype("float32"),
    "rna": RNG.normal(size=(6, 3)).astype("float32"),
    "label": np.array([1, 1, 2, 2, 2, 1], dtype="uint8"),
    "label_name": np.array(["", "H1", "GM"]),
}


def written(folder: Path, **changes) -> Path:
    kept = {name: each for name, each in (ARRAYS | changes).items() if each is not None}
    np.savez(folder / "cells.npz", **kept)
    return folder / "cells.npz"


def test_rows_are_cells(tmp_path: Path) -> None:
    cells = read_cells(written(tmp_path))
    np.testing.assert_array_equal(cells.chromatin.numpy(), ARRAYS["atac"].astype("float64"))
    assert cells.names == ("", "H1", "GM")
    few = cells.some(torch.tensor([4, 0]))
    assert torch.equal(few.expression, cells.expression[[4, 0]])
    assert few.kind.tolist() == [2, 1]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"rna": None}, "cannot be read.*rna"),
        ({"rna": ARRAYS["rna"][:5]}, r"\(6, 4\) of atac, \(5, 3\) of rna"),
        ({"atac": ARRAYS["atac"][:, 0]}, r"\(6,\) of atac"),
    ],
)
def test_damage_is_named(tmp_path: Path, changes: dict, words: str) -> None:
    with pytest.raises(DataError, match=words):
        read_cells(written(tmp_path, **changes))


def test_without_the_folder_it_says_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("UDT_DATA_DIR", raising=False)
    with pytest.raises(DataError, match=r"set UDT_DATA_DIR to a folder that has singlecell/snareseq\.npz"):
        read_cells()
    monkeypatch.setenv("UDT_DATA_DIR", str(tmp_path))
    with pytest.raises(DataError, match=r"snareseq\.npz cannot be read"):
        read_cells()
