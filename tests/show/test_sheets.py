"""Sheets of samples: they hold what the translator makes, and leave the run as it was."""

from pathlib import Path

import pytest
import torch
from PIL import Image
from torch import nn

from udtlib.data.pair import IndependentPair, Samples
from udtlib.data.stored_images import StoredImagePairs, StoredImages
from udtlib.nets.unet import NoiseDropout
from udtlib.show.sheets import (
    SampleSheets,
    read_sheet,
    sheets_in,
    shown_images,
    translated_rows,
    write_sheet,
)
from udtlib.translators.direct import Direct
from udtlib.translators.two_way import TwoWay
from udtlib.types import Batch


class Times(nn.Module):
    """Multiplies by a number."""

    def __init__(self, factor: float) -> None:
        super().__init__()
        self.factor = nn.Parameter(torch.tensor(factor))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.factor * x


def halves() -> TwoWay:
    return TwoWay(Direct(Times(0.5)), Direct(Times(-0.5)))


def images(count: int = 3, *, channels: int = 3, size: int = 8) -> torch.Tensor:
    draws = torch.Generator().manual_seed(count + channels)
    bits = torch.randint(256, (count, channels, size, size), generator=draws, dtype=torch.uint8)
    return bits.float() * 2 / 255 - 1


def test_the_rows_there_and_back() -> None:
    x, y = images(), images(3, channels=1)
    rows = translated_rows(halves(), Batch(x, y))
    assert list(rows) == ["x", "T(x)", "S(T(x))", "y", "S(y)"]
    torch.testing.assert_close(rows["T(x)"], x / 2)
    torch.testing.assert_close(rows["S(T(x))"], -x / 4)
    torch.testing.assert_close(rows["S(y)"], -y / 2)
    assert list(translated_rows(Direct(Times(2.0)), Batch(x, y))) == ["x", "T(x)", "y"]


@pytest.mark.parametrize(("size", "channels"), [(8, 1), (28, 3), (64, 3), (70, 1)])
def test_a_sheet_is_read_as_it_was_written(tmp_path: Path, size: int, channels: int) -> None:
    x = images(5, size=size, channels=channels)
    rows = {"x": x, "T(x)": -x}
    write_sheet(tmp_path / "s.png", rows)
    again = read_sheet(tmp_path / "s.png")
    assert list(again) == ["x", "T(x)"]
    for name, row in rows.items():
        torch.testing.assert_close(again[name], row.expand(-1, 3, -1, -1), atol=0.5 / 127, rtol=0)
    with Image.open(tmp_path / "s.png") as file:
        assert file.width >= 5 * 64, "small images are enlarged"


def test_sheets_are_written_when_they_are_due(tmp_path: Path) -> None:
    watch = SampleSheets(tmp_path / "run", halves(), Batch(images(), images()), every=20, steps=50)
    for step in range(10, 51, 10):
        watch(step)
    assert list(sheets_in(tmp_path / "run")) == [20, 40, 50]
    assert sorted(path.name for path in (tmp_path / "run").iterdir()) == [
        "samples-000020.png",
        "samples-000040.png",
        "samples-000050.png",
    ]
    with pytest.raises(ValueError, match="every=0"):
        SampleSheets(tmp_path, halves(), Batch(images(), images()), every=0, steps=50)


def test_the_run_is_left_as_it_was(tmp_path: Path) -> None:
    frozen = nn.BatchNorm2d(3).eval()
    translator = Direct(nn.Sequential(frozen, NoiseDropout(0.5), nn.Dropout(0.5)))
    translator.train()
    frozen.eval()
    torch.manual_seed(0)
    expected = torch.rand(3)
    torch.manual_seed(0)
    SampleSheets(tmp_path, translator, Batch(images(), images()), every=1, steps=9)(1)
    assert torch.equal(torch.rand(3), expected)
    assert translator.training
    assert not frozen.training
    assert translator.net[2].training
    assert frozen.num_batches_tracked == 0


def test_different_test_images_are_shown() -> None:
    x, y = images(5), images(9)
    shown = shown_images(IndependentPair(Samples(images(2), x), Samples(images(2), y)), columns=4)
    assert shown.x.shape == shown.y.shape == (4, 3, 8, 8)
    assert len({image.numpy().tobytes() for image in shown.x}) == 4
    few = shown_images(IndependentPair(Samples(x, x[:2]), Samples(y, y)), columns=4)
    assert len(few.x) == len(few.y) == 2


def test_partners_stand_below_each_other() -> None:
    bits = ((images(6) + 1) * 127.5).round().to(torch.uint8)
    other = 255 - bits
    shown = shown_images(StoredImagePairs(StoredImages(bits, bits), StoredImages(other, other)), columns=4)
    torch.testing.assert_close(shown.x, -shown.y, atol=1e-5, rtol=0)


def test_rows_must_fit() -> None:
    with pytest.raises(ValueError, match="equally many images of one size"):
        write_sheet(Path("s.png"), {"x": images(3), "y": images(4)})
    with pytest.raises(ValueError, match="equally many images of one size"):
        write_sheet(Path("s.png"), {})


def test_other_files_are_no_sheets(tmp_path: Path) -> None:
    Image.new("RGB", (40, 40)).save(tmp_path / "samples-000001.png")
    (tmp_path / "samples-000002.png").write_bytes(b"\x89PNG\r\n\x1a\nhalf")
    for path in sheets_in(tmp_path).values():
        with pytest.raises(ValueError, match=r"000\d\.png is no sheet of samples .* remove it"):
            read_sheet(path)
    (tmp_path / "samples-first.png").touch()
    assert list(sheets_in(tmp_path)) == [1, 2]
