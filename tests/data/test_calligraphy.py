"""Characters by three hands: what is in the package, the pair that shows it, and the tool that makes it."""

import hashlib
import os
from collections import Counter
from pathlib import Path

import make_calligraphy
import numpy as np
import pytest
import torch
from PIL import Image, ImageFont

from udtlib.cli import main
from udtlib.data.calligraphy import CalligraphyPair
from udtlib.data.calligraphy_files import CALLIGRAPHY, SCRIPTS
from udtlib.data.collection import NATIVE

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "udtlib" / "data" / "embedded" / "calligraphy"

hands = pytest.mark.parametrize("hand", SCRIPTS)


def test_every_file_is_in_the_manifest_or_a_notice() -> None:
    here = {path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*") if path.is_file()}
    assert here == {"manifest.json", *CALLIGRAPHY.notices, *CALLIGRAPHY.manifest()["sha256"]}
    CALLIGRAPHY.verify()
    assert sum(path.stat().st_size for path in FOLDER.rglob("*") if path.is_file()) < 4_500_000


@hands
def test_notices_name_the_font_and_its_licence(hand: str) -> None:
    entry = CALLIGRAPHY.manifest()["hands"][hand]
    rows = (FOLDER / "README.md").read_text("utf-8").split("\n")
    row = next(each for each in rows if each.startswith(f"| `{hand}` |"))
    name = entry["package"]["package"].removeprefix("@fontsource/")
    assert f"{entry['package']['package']} {entry['package']['version']}" in row
    assert entry["title"] in row
    licence = (FOLDER / f"OFL-{name.upper()}.txt").read_text("utf-8")
    assert f"OFL-{name.upper()}.txt" in row
    assert "SIL OPEN FONT LICENSE Version 1.1" in licence
    assert entry["licence"] == "OFL-1.1"


@hands
def test_pictures_are_those_that_the_tool_packed(hand: str) -> None:
    drawings = CALLIGRAPHY.drawn_by(hand)
    assert drawings.shape == (3755, 1, NATIVE, NATIVE)
    pixels = drawings[:, 0].contiguous().numpy().tobytes()
    assert hashlib.sha256(pixels).hexdigest() == CALLIGRAPHY.manifest()["hands"][hand]["pixels_sha256"]
    assert not (drawings % make_calligraphy.STEP).any()
    # Black on white, and nothing empty.
    assert int(drawings.flatten(1).amin(1).max()) == 0
    assert float((drawings == 255).float().mean()) > 0.5


def test_the_index_divides_characters() -> None:
    index = CALLIGRAPHY.index()
    assert Counter(each.split for each in index) == {"train": 2979, "val": 191, "test": 585}
    assert [each.codepoints for each in index] == sorted({each.codepoints for each in index})
    assert all(make_calligraphy.common(ord(each.character)) for each in index)
    assert not make_calligraphy.common(ord("A"))
    assert not make_calligraphy.common(ord("龘"))
    assert 0.45 < np.mean([each.half for each in index]) < 0.55


def test_the_manifest_is_of_this_tool() -> None:
    manifest = CALLIGRAPHY.manifest()
    assert tuple(manifest["hands"]) == tuple(make_calligraphy.HANDS) == SCRIPTS
    for name, hand in make_calligraphy.HANDS.items():
        assert manifest["hands"][name]["package"]["sha256"] == hand.package.sha256
    assert (manifest["side"], manifest["size"]) == (make_calligraphy.SIDE, NATIVE)


def test_a_tile_has_its_ink_in_the_middle() -> None:
    made = make_calligraphy.tile("I", ImageFont.load_default(make_calligraphy.HEIGHT))
    ink = np.argwhere(made < 128)
    middle = (ink.min(0) + ink.max(0)) / 2
    assert np.abs(middle - 31.5).max() <= 1
    assert made.max() == 255
    assert not (made % make_calligraphy.STEP).any()


def test_partners_are_the_same_character() -> None:
    pair = CalligraphyPair(paired=True, size=32)
    batch = pair.batch(0, size=5, seed=0)
    assert batch.x.shape == batch.y.shape == (5, 1, 32, 32)
    assert torch.equal(batch.y, pair.answers(batch))
    assert torch.equal(batch.x, CALLIGRAPHY.pictures("print", batch.x_row, size=32))
    assert {CALLIGRAPHY.index()[row].split for row in batch.x_row.tolist()} == {"train"}


def test_unpaired_training_shows_no_partner() -> None:
    pair = CalligraphyPair("brush", "running")
    x, y = (set(pair.numbers(side, split="train").tolist()) for side in ("source", "target"))
    assert not x & y
    assert len(x | y) == 2979
    assert len(pair.whole().x) == 585


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"source": "seal"}, "no hand 'seal'; expected one of print, brush, running"),
        ({"target": "print"}, "both 'print'; choose another target: brush, running"),
        ({"size": 48}, "calligraphy have 64, 32 or 16 pixels, got size=48"),
    ],
)
def test_what_cannot_be_is_refused(arguments: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        CalligraphyPair(**arguments)


def test_characters_are_exported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "made"
    assert main(["data", "export", "calligraphy", str(folder), "--size", "16"]) == 0
    assert {path.name for path in folder.iterdir()} == {"print", "brush", *CALLIGRAPHY.notices}
    assert len(list((folder / "brush" / "test").iterdir())) == 585
    assert "585 pictures" in capsys.readouterr().out


@pytest.mark.skipif("UDT_DATA_DIR" not in os.environ, reason="needs the sheets of UDT_DATA_DIR")
@hands
def test_pictures_agree_with_those_made_elsewhere(hand: str) -> None:
    """The folder's sheets were drawn by another script from the same fonts, and not rounded."""
    source = Path(os.environ["UDT_DATA_DIR"]) / "calligraphy"
    if not source.is_dir():
        pytest.skip(f"{source} is missing")
    sheet = np.asarray(Image.open(source / f"{hand}.png").convert("L"))
    tiles = sheet.reshape(-1, 64, 64, 64).swapaxes(1, 2).reshape(-1, 64, 64)[:3755].astype(int)
    stored = CALLIGRAPHY.drawn_by(hand)[:, 0].numpy().astype(int)
    assert np.abs(stored - tiles).max() <= make_calligraphy.STEP // 2
