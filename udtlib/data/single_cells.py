"""Two measurements of the same cells, from a folder: what Gromov–Wasserstein plans are used for in earnest.

SNARE-seq reads the chromatin and the expression of every cell at once (Chen, Lake and Zhang, 2019; the data are at
NCBI GEO); the authors of SCOT (Demetci et al., 2022) reduced them to 19 and 10 numbers, and publish those under
the MIT licence. The file ``singlecell/snareseq.npz`` is looked for in the folder that ``UDT_DATA_DIR`` names.
"""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch

from udtlib.data.files import given_folder
from udtlib.data.formats import DataError
from udtlib.types import Float, Int, Tensor

__all__ = ["Cells", "read_cells"]

#: What the file must have, and its word for each.
CHROMATIN, EXPRESSION, KIND, NAMES = "atac", "rna", "label", "label_name"


class Cells(NamedTuple):
    """Cells in two measurements; row i of both is one cell.

    Args:
        chromatin: which stretches of the genome are accessible.
        expression: which genes are read.
        kind: the type of each cell, for evaluation only.
        names: of the types.
    """

    chromatin: Float[Tensor, "n a"]
    expression: Float[Tensor, "n b"]
    kind: Int[Tensor, "n"]
    names: tuple[str, ...]

    def some(self, rows: Int[Tensor, "k"]) -> Cells:
        """These cells alone."""
        return Cells(self.chromatin[rows], self.expression[rows], self.kind[rows], self.names)


def read_cells(file: Path | None = None) -> Cells:
    """All cells, in double precision.

    Args:
        file: None for ``singlecell/snareseq.npz`` in the folder that ``UDT_DATA_DIR`` names.

    Raises:
        DataError: the file is missing, damaged, or its parts do not fit together.
    """
    file = default_file() if file is None else Path(file)
    try:
        with np.load(file) as arrays:
            chromatin, expression = (torch.from_numpy(arrays[k]).double() for k in (CHROMATIN, EXPRESSION))
            kind, names = torch.from_numpy(arrays[KIND]).long(), tuple(str(n) for n in arrays[NAMES])
    except (OSError, KeyError, ValueError, TypeError, zipfile.BadZipFile) as error:
        raise DataError(f"{file} cannot be read ({error}); copy it again") from error
    sizes = {len(each) for each in (chromatin, expression, kind)}
    if len(sizes) != 1 or chromatin.ndim != 2 or expression.ndim != 2:
        raise DataError(
            f"{file} has {tuple(chromatin.shape)} of {CHROMATIN}, {tuple(expression.shape)} of {EXPRESSION} and "
            f"{tuple(kind.shape)} of {KIND}; expected as many rows in each: copy it again"
        )
    return Cells(chromatin, expression, kind, names)


def default_file() -> Path:
    """The file in the folder that ``UDT_DATA_DIR`` names.

    Raises:
        DataError: the variable is not set, or names no folder.
    """
    why = "the measurements of cells are not part of the package"
    return given_folder(why, has="singlecell/snareseq.npz", option="file") / "singlecell" / "snareseq.npz"
