"""The emoji inside the package, their notices, and the tool that makes them."""

import csv
import hashlib
import json
import os
from dataclasses import replace
from pathlib import Path

import make_emoji
import numpy as np
import packages
import pytest
import torch
from PIL import Image

from udtlib.data.collection import NATIVE, PARTS, Collection
from udtlib.data.emoji_files import EMOJI, HANDS
from udtlib.data.formats import DataError

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "udtlib" / "data" / "embedded" / "emoji"
LIMIT = 10_000_000

#: Where the sheets of UDT_DATA_DIR differ: pictures that are no squares are stretched to one there, and of two
#: files for one code point another was taken.
OTHERWISE = {
    "noto": set(),
    "twemoji": {"1f349"},
    "fluent-flat": {"0035-20e3", "1f9a2"},
    "fluent-3d": {"0035-20e3", "1fa90", "26a7", "1f441-200d-1f5e8"},
    "fluent-line": {"0035-20e3", "1fa85"},
}

hands = pytest.mark.parametrize("hand", HANDS)


@pytest.fixture
def copy(tmp_path: Path) -> Collection:
    """A copy of the manifest, the index and one sheet, which a test may damage."""
    for name in ("manifest.json", "index.csv", "noto/00.webp"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes((FOLDER / name).read_bytes())
    return replace(EMOJI, place=tmp_path)


def test_all_emoji_take_less_than_ten_megabytes() -> None:
    assert sum(path.stat().st_size for path in FOLDER.rglob("*") if path.is_file()) < LIMIT


def test_every_file_is_in_the_manifest_or_a_notice() -> None:
    here = {path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*") if path.is_file()}
    assert here == {"manifest.json", *EMOJI.notices, *EMOJI.manifest()["sha256"]}
    for name, digest in EMOJI.manifest()["sha256"].items():
        assert hashlib.sha256((FOLDER / name).read_bytes()).hexdigest() == digest
    EMOJI.verify()


@hands
def test_notices_name_who_drew_and_from_where_it_comes(hand: str) -> None:
    entry = EMOJI.manifest()["hands"][hand]
    rows = (FOLDER / "README.md").read_text("utf-8").split("\n")
    row = next(each for each in rows if each.startswith(f"| `{hand}` |"))
    assert f"{entry['package']['package']} {entry['package']['version']}" in row
    assert {"Apache-2.0": "Apache 2.0", "CC-BY-4.0": "CC BY 4.0", "MIT": "MIT"}[entry["licence"]] in row
    assert "Copyright" in row
    texts = {"Apache-2.0": "LICENSE-APACHE.txt", "CC-BY-4.0": "licenses/by/4.0", "MIT": "LICENSE-MIT.txt"}
    assert texts[entry["licence"]] in row


def test_licence_texts_are_there() -> None:
    assert "TERMS AND CONDITIONS FOR USE" in (FOLDER / "LICENSE-APACHE.txt").read_text("utf-8")
    assert "Copyright (c) Microsoft Corporation" in (FOLDER / "LICENSE-MIT.txt").read_text("utf-8")


@hands
def test_drawings_are_those_that_the_tool_packed(hand: str) -> None:
    drawings = EMOJI.drawn_by(hand)
    channels = 1 if hand == "fluent-line" else 3
    assert drawings.shape == (1570, channels, 64, 64)
    assert drawings.dtype == torch.uint8
    pixels = drawings.permute(0, 2, 3, 1).contiguous().numpy().tobytes()
    assert hashlib.sha256(pixels).hexdigest() == EMOJI.manifest()["hands"][hand]["pixels_sha256"]
    # On white, and nothing empty.
    assert float((drawings == 255).all(1).float().mean()) > 0.2
    assert int(drawings.flatten(1).amin(1).max()) < 255


def test_sheets_are_lossless_webp() -> None:
    for path in FOLDER.rglob("*.webp"):
        content = path.read_bytes()
        assert content[:4] == b"RIFF"
        assert content[8:16] == b"WEBPVP8L", f"{path.name} is not lossless"


def test_the_index_divides_families() -> None:
    index = EMOJI.index()
    counts = {part: sum(emoji.split == part for emoji in index) for part in PARTS}
    assert counts == {"train": 1242, "val": 84, "test": 244}
    assert len({emoji.codepoints for emoji in index}) == len(index) == 1570
    assert not any("fe0f" in emoji.codepoints or "1f3fb" in emoji.codepoints for emoji in index)
    for field in ("split", "half"):
        places: dict[str, set] = {}
        for emoji in index:
            places.setdefault(emoji.family, set()).add(getattr(emoji, field))
        assert all(len(each) == 1 for each in places.values()), field
    thumb = next(emoji for emoji in index if emoji.codepoints == "1f44d")
    assert (thumb.name, thumb.group) == ("thumbs up", "people-body")


def test_halves_are_about_equal() -> None:
    halves = [emoji.half for emoji in EMOJI.index() if emoji.split == "train"]
    assert 0.45 < sum(halves) / len(halves) < 0.55


def test_the_index_is_what_the_tool_would_write() -> None:
    for emoji in EMOJI.index():
        assert make_emoji.family_of(emoji.name) == emoji.family
        assert make_emoji.split_of(emoji.family) == emoji.split


@pytest.mark.parametrize(
    ("name", "family"),
    [
        ("man: red hair", "red hair"),
        ("woman: red hair", "red hair"),
        ("person walking facing right", "walking"),
        ("woman", ""),
        ("mango", "mango"),
    ],
)
def test_families(name: str, family: str) -> None:
    assert make_emoji.family_of(name) == family


def test_a_damaged_sheet_is_refused(copy: Collection) -> None:
    content = bytearray((copy.folder / "noto/00.webp").read_bytes())
    content[-9] ^= 1
    (copy.folder / "noto/00.webp").write_bytes(content)
    with pytest.raises(DataError, match=r"00\.webp has SHA-256 .*; expected .*reinstall udtlib"):
        copy.drawn_by("noto")


def test_a_missing_file_is_named(copy: Collection) -> None:
    with pytest.raises(DataError, match=r"noto/01\.webp of the emoji is missing from .*reinstall udtlib"):
        copy.drawn_by("noto")
    with pytest.raises(DataError, match=r"the emoji are missing from .*reinstall udtlib"):
        replace(copy, place=copy.folder / "nowhere").manifest()


def test_an_unknown_hand_is_refused() -> None:
    with pytest.raises(ValueError, match="no hand 'apple'; expected one of noto, twemoji, fluent-flat"):
        EMOJI.drawn_by("apple")


def test_the_manifest_is_of_this_tool() -> None:
    manifest = EMOJI.manifest()
    assert tuple(manifest["hands"]) == tuple(make_emoji.HANDS) == HANDS
    for name, hand in make_emoji.HANDS.items():
        assert manifest["hands"][name]["package"]["sha256"] == hand.package.sha256
    assert manifest["side"] == make_emoji.SIDE
    assert manifest["size"] == make_emoji.SIZE == NATIVE


def test_sheets_and_tiles_are_inverse(tmp_path: Path) -> None:
    colours = np.random.default_rng(0).integers(0, 256, (150, 2, 1, 3), dtype=np.uint8)
    tiles = colours.repeat(32, axis=1).repeat(64, axis=2)
    first, second = packages.sheets(tiles, side=make_emoji.SIDE)
    for number in (0, 13, 143):
        row, column = divmod(number, 12)
        (tmp_path / "x.webp").write_bytes(first)
        sheet = np.asarray(Image.open(tmp_path / "x.webp"))
        part = sheet[64 * row : 64 * row + 64, 64 * column : 64 * column + 64]
        np.testing.assert_array_equal(part, tiles[number])
    (tmp_path / "y.webp").write_bytes(second)
    assert (np.asarray(Image.open(tmp_path / "y.webp"))[64:] == 255).all()


def test_tiles_are_averages_on_white() -> None:
    pixels = np.zeros((256, 256, 4), np.uint8)
    pixels[:4, :4] = (255, 0, 0, 255)
    pixels[:4, 4] = (0, 0, 0, 255)
    pixels[:4, 8:12] = (0, 0, 0, 51)
    made = make_emoji.tile(Image.fromarray(pixels), hand=make_emoji.HANDS["noto"])
    assert made.shape == (64, 64, 3)
    assert made[0, 0].tolist() == [255, 0, 0]
    # 191.25 and 204, of which only the second is a multiple of 3.
    assert made[0, 1].tolist() == [192, 192, 192]
    assert made[0, 2].tolist() == [204, 204, 204]
    assert (made[1:] == 255).all()
    with pytest.raises(AssertionError, match="no colours"):
        make_emoji.tile(Image.fromarray(pixels), hand=make_emoji.HANDS["fluent-line"])


def test_pictures_that_are_no_squares_keep_their_shape() -> None:
    made = make_emoji.tile(Image.new("RGB", (256, 128)), hand=make_emoji.HANDS["fluent-line"])
    assert made.shape == (64, 64)
    assert (made[16:48] == 0).all()
    assert (made[:16] == 255).all()
    assert (made[48:] == 255).all()


def test_vectors_follow_names_but_not_turns() -> None:
    icons = {
        "width": 32,
        "height": 32,
        "icons": {"a": {"body": '<path fill="currentColor"/>', "height": 30}},
        "aliases": {"b": {"parent": "a"}, "c": {"parent": "a", "hFlip": True}},
    }
    svg = make_emoji.vector(icons, "b")
    assert 'viewBox="0 0 32 30"' in svg
    assert 'fill="#000"' in svg
    with pytest.raises(SystemExit, match="c is a turned a"):
        make_emoji.vector(icons, "c")


@pytest.mark.skipif("UDT_DATA_DIR" not in os.environ, reason="needs the sheets of UDT_DATA_DIR")
@hands
def test_drawings_agree_with_those_made_elsewhere(hand: str) -> None:
    """The folder's sheets were rendered by another script from the same packages, and rounded to bytes only."""
    source = Path(os.environ["UDT_DATA_DIR"]) / "emoji"
    if not source.is_dir():
        pytest.skip(f"{source} is missing")
    own = [(emoji.codepoints, emoji.name, emoji.family, emoji.split) for emoji in EMOJI.index()]
    with (source / "index.csv").open(newline="", encoding="utf-8") as file:
        rows = [(r["codepoints"], r["name"], r["family"], r["split"]) for r in csv.DictReader(file)]
    assert own == rows
    name = {"fluent-line": "fluent_hc"}.get(hand, hand.replace("-", "_"))
    sheet = np.asarray(Image.open(source / f"{name}.png").convert("RGB"))
    tiles = sheet.reshape(40, 64, 40, 64, 3).swapaxes(1, 2).reshape(-1, 64, 64, 3)[:1570]
    stored = EMOJI.drawn_by(hand).permute(0, 2, 3, 1).numpy().astype(int)
    away = np.abs(stored - tiles).max(axis=(1, 2, 3)) > 2
    assert {EMOJI.index()[number].codepoints for number in np.flatnonzero(away)} == OTHERWISE[hand]


def test_the_manifest_is_json_that_a_person_reads() -> None:
    text = (FOLDER / "manifest.json").read_text("utf-8")
    assert json.loads(text) == EMOJI.manifest()
    assert text.count("\n") > 20
