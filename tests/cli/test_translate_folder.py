"""`udt translate` on a folder: every image under its name, broken ones skipped and named."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

from tests.cli.test_translate import TOYS, Scale, keep, negative_and_half, run
from udtlib.cli import translate_files
from udtlib.data.image_search import ImageFile
from udtlib.experiments import trained
from udtlib.translators.direct import Direct
from udtlib.translators.stochastic import StochasticDirect

Capture = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def _catalogue(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(trained, "find", {"toys": TOYS}.__getitem__)
    monkeypatch.chdir(tmp_path)


def save(name: str, grey: int, *, width: int = 8, height: int = 8, mode: str = "RGB") -> None:
    path = Path("in") / name
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("L", (width, height), grey).convert(mode).save(path)


def translated(name: str, *options: str) -> int:
    return run(name, *options, source="in", target="out")


def results() -> dict[str, int]:
    """The grey of every result by its name."""
    return {
        path.relative_to("out").as_posix(): round(float(np.asarray(opened(path)).mean()))
        for path in Path("out").rglob("*")
        if path.is_file()
    }


def opened(path: str | Path) -> Image.Image:
    with Image.open(path) as file:
        return file.copy()


def refused(capsys: Capture, name: str, *options: str, **paths: str) -> str:
    """The message, after making sure that no result was written."""
    assert run(name, *options, **({"source": "in", "target": "out"} | paths)) == 2
    assert not list(Path().glob("out/**/*.png"))
    return capsys.readouterr().err


def test_every_image_is_translated_under_its_name(capsys: Capture) -> None:
    keep(negative_and_half(), forth=-1.0)
    save("a.png", 10)
    save("deep/er/b.JPG", 20)
    save("deep/c.webp", 40, width=12)
    save("p.gif", 50, mode="P")
    assert translated("two-way") == 0
    assert results() == {"a.png": 245, "deep/er/b.png": 235, "deep/c.png": 215, "p.png": 205}
    assert opened("out/deep/c.png").size == (12, 8)
    assert capsys.readouterr().out == "out: toys · two-way, 4 images, quick weights\n"


def test_the_way_back_takes_grey(capsys: Capture) -> None:
    keep(negative_and_half(), back=0.0)
    save("a.png", 10)
    assert translated("two-way", "--back") == 0
    assert opened("out/a.png").mode == "RGB"
    assert results() == {"a.png": 128}
    assert capsys.readouterr().out == "out: toys · two-way, back, 1 image, quick weights\n"


def test_kinds_that_a_single_image_must_not_be_are_converted(capsys: Capture) -> None:
    keep(Direct(Scale()))
    save("rgba.png", 100, mode="RGBA")
    Image.new("RGBA", (4, 4), (0, 0, 0, 0)).save("in/clear.png")
    Image.fromarray(np.full((4, 4), 257 * 33, np.uint16)).save("in/deep.png")
    Image.new("CMYK", (4, 4)).save("in/cmyk.tiff")
    assert translated("one-way") == 0
    assert results() == {"rgba.png": 100, "clear.png": 255, "deep.png": 33, "cmyk.png": 255}


def test_one_broken_file_is_skipped_and_named(capsys: Capture) -> None:
    keep(Direct(Scale()))
    save("a.png", 1)
    save("b.png", 2)
    Path("in/broken.png").write_bytes(b"no image")
    Path("in/empty.jpg").touch()
    assert translated("one-way") == 0
    captured = capsys.readouterr()
    assert captured.out == "out: toys · one-way, 2 images, quick weights; 2 skipped\n"
    assert captured.err.startswith(
        "udt: 2 files skipped: in/empty.jpg is empty; in/broken.png cannot be read"
    )
    assert results() == {"a.png": 1, "b.png": 2}


def test_strict_refuses_what_is_broken(capsys: Capture) -> None:
    keep(Direct(Scale()))
    Path("in").mkdir()
    Path("in/broken.png").write_bytes(b"no image")
    save("other.png", 1)
    assert "in/broken.png cannot be read" in refused(capsys, "one-way", "--strict")
    Path("in/broken.png").write_bytes(b"")
    assert "1 file skipped: in/broken.png is empty; repair or remove" in refused(
        capsys, "one-way", "--strict"
    )


def test_images_that_the_nets_do_not_take_are_skipped(capsys: Capture) -> None:
    keep(Direct(Scale()))
    save("good.png", 7, width=16, height=24)
    save("odd.png", 9, width=17, height=24)
    assert translated("halving") == 0
    captured = capsys.readouterr()
    assert "1 skipped" in captured.out
    assert "in/odd.png toys · halving takes sides divisible by 8 from 16, got 17 × 24 pixels" in captured.err
    assert results() == {"good.png": 7}
    assert translated("halving", "--pad") == 0
    assert results() == {"good.png": 7, "odd.png": 9}
    assert opened("out/odd.png").size == (17, 24)


def test_nothing_that_fits_is_an_error(capsys: Capture) -> None:
    keep(Direct(Scale()))
    save("odd.png", 9, width=17)
    message = refused(capsys, "halving")
    assert "1 file skipped: in/odd.png" in message
    assert "in holds no image that could be translated; see above, and see --pad and --size" in message


def test_the_shorter_side_is_brought_to_a_size() -> None:
    keep(Direct(Scale()))
    save("wide.png", 7, width=90, height=30)
    save("tall.jpg", 7, width=5, height=10)
    assert translated("one-way", "--size", "20") == 0
    sizes = {path.name: opened(path).size for path in Path("out").iterdir()}
    assert sizes == {"wide.png": (60, 20), "tall.png": (20, 40)}
    assert run("one-way", "--size", "20", source="in/wide.png", target="one.png") == 0
    np.testing.assert_array_equal(np.asarray(opened("one.png")), np.asarray(opened("out/wide.png")))


def test_a_size_must_be_positive(capsys: Capture) -> None:
    keep(Direct(Scale()))
    save("a.png", 1)
    assert "got --size 0" in refused(capsys, "one-way", "--size", "0")


def test_many_images_go_through_together(monkeypatch: pytest.MonkeyPatch) -> None:
    keep(Direct(Scale()))
    counts, forward = [], Scale.forward

    def count(self: nn.Module, x: torch.Tensor, z: torch.Tensor | None = None) -> torch.Tensor:
        counts.append(len(x))
        return forward(self, x, z)

    monkeypatch.setattr(Scale, "forward", count)
    monkeypatch.setattr(translate_files, "TOGETHER", 4)
    for k in range(9):
        save(f"{k}.png", k)
    save("5x.png", 99, width=9)
    assert translated("one-way") == 0
    assert counts == [4, 2, 1, 3], "six of one size, one of another, three"
    assert results() == {f"{k}.png": k for k in range(9)} | {"5x.png": 99}
    counts.clear()
    monkeypatch.setattr(translate_files, "PIXELS", 128)
    assert translated("one-way") == 0
    assert counts == [2, 2, 2, 1, 2, 1]


def test_noise_depends_on_the_seed_alone(capsys: Capture) -> None:
    keep(StochasticDirect(Scale(), latent=2))
    save("a.png", 100)
    save("b.png", 100)
    assert "choose one with --seed" in refused(capsys, "noisy")
    assert translated("noisy", "--seed", "3") == 0
    assert run("noisy", "--seed", "3", source="in/b.png", target="one.png") == 0
    first, second, alone = (np.asarray(opened(path)) for path in ("out/a.png", "out/b.png", "one.png"))
    np.testing.assert_array_equal(first, second)
    np.testing.assert_array_equal(second, alone)


def test_results_never_lie_among_the_sources(capsys: Capture) -> None:
    keep(Direct(Scale()))
    save("a.png", 1)
    save("inner/b.png", 1)
    Path("link").symlink_to("in")
    for target in ("in", "in/new", "link", ".", "in/inner"):
        assert "lie in one another" in refused(capsys, "one-way", target=target)
    assert "in is a folder, but in/a.png is a file" in refused(capsys, "one-way", target="in/a.png")


def test_folders_without_images_are_refused(capsys: Capture) -> None:
    keep(Direct(Scale()))
    Path("in").mkdir()
    assert "in holds no image that can be read; expected files ending in" in refused(capsys, "one-way")


def test_results_have_names_of_their_own() -> None:
    def names(*files: str) -> list[str]:
        found = [ImageFile(Path("in", name), name) for name in files]
        return [name.as_posix() for name in translate_files.target_names(found, Path("in"))]

    assert names("a.png", "b/a.jpg") == ["a.png", "b/a.png"]
    assert names("a.png", "a.jpg", "b.gif") == ["a.png.png", "a.jpg.png", "b.png"]
    assert names("A.png", "a.jpg") == ["A.png.png", "a.jpg.png"]
    assert names("a.png", "a.jpg", "a.png.gif") == ["a.png.png", "a.jpg.png", "a.png.gif.png"]


def test_equal_names_in_one_folder() -> None:
    keep(Direct(Scale()))
    save("a.png", 1)
    save("a.jpg", 9)
    assert translated("one-way") == 0
    assert results() == {"a.png.png": 1, "a.jpg.png": 9}
