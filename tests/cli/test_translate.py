"""`udt translate`: the image comes out as the translator says, or one line says why not."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

from udtlib.cli import main
from udtlib.evaluate.report import Provenance
from udtlib.experiments import trained
from udtlib.experiments.declare import Experiment, System
from udtlib.experiments.images import Sides, Translation
from udtlib.experiments.records import Record, write_record
from udtlib.nets.unet import NoiseDropout
from udtlib.objectives.base import Clock, Objective, Player
from udtlib.train.checkpoint import RunState, save_checkpoint
from udtlib.translators.direct import Direct
from udtlib.translators.stochastic import StochasticDirect
from udtlib.translators.two_way import TwoWay
from udtlib.types import Batch, Tensor, Terms

Capture = pytest.CaptureFixture[str]


class Scale(nn.Module):
    """Multiplies by a number and adds others, one for each row and column; into ``outputs`` channels."""

    def __init__(self, outputs: int = 3) -> None:
        super().__init__()
        self.factor = nn.Parameter(torch.ones(()))
        self.outputs = outputs

    def forward(self, x: Tensor, z: Tensor | None = None) -> Tensor:
        made = self.factor * x.mean(1, keepdim=True).expand(-1, self.outputs, -1, -1)
        return made if z is None else made + 0.2 * z[:, :1, None, None]


class Game(Objective):
    """An objective that only holds a translator."""

    def __init__(self, translator: nn.Module) -> None:
        super().__init__()
        self.translator = translator

    def players(self) -> dict[str, Player]:
        def loss(batch: Batch, clock: Clock) -> Terms:
            raise NotImplementedError("this game is never played")

        return {"translator": Player(module=self.translator, loss=loss)}


def negative_and_half() -> TwoWay:
    """Forth: to one grey channel. Back: to three."""
    return TwoWay(Direct(Scale(1)), Direct(Scale(3)))


def never(*given: object) -> Any:
    raise NotImplementedError("these systems are not trained, and nothing is scored")


def system(build: Callable[[], nn.Module], **options: object) -> System:
    translation = Translation(build=lambda profile: build(), **({"sides": lambda profile: Sides()} | options))
    return System(never, training=never, translation=translation)


SYSTEMS = {
    "two-way": system(negative_and_half, channels=(3, 1)),
    "one-way": system(lambda: Direct(Scale())),
    "noisy": system(lambda: StochasticDirect(Scale(), latent=2)),
    "dropping": system(lambda: Direct(nn.Sequential(Scale(), NoiseDropout(0.5)))),
    "halving": system(lambda: Direct(Scale()), sides=lambda profile: Sides(step=8, least=16)),
    "fixed": system(lambda: Direct(Scale()), sides=lambda profile: Sides(least=8, most=8)),
    "lying": system(lambda: Direct(Scale(3)), channels=(3, 1)),
    "digits": System(never, training=never),
}
TOYS = Experiment(name="toys", title="", source="", pair=never, systems=SYSTEMS, scores=never)


@pytest.fixture(autouse=True)
def _catalogue(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(trained, "find", {"toys": TOYS, "mine.py:toys": TOYS}.__getitem__)
    monkeypatch.chdir(tmp_path)


def keep(translator: nn.Module, **factors: float) -> None:
    """Write ``run/checkpoint.pt`` with the given factors."""
    state = translator.state_dict()
    for name, value in factors.items():
        (key,) = [each for each in state if each.startswith(name) and each.endswith("factor")]
        state[key] = torch.tensor(value)
    translator.load_state_dict(state)
    run = RunState(objective=Game(translator), optimisers={}, settings={})
    Path("run").mkdir(exist_ok=True)
    save_checkpoint(Path("run/checkpoint.pt"), run, step=1, rows=[])


def picture(*, width: int = 16, height: int = 8, mode: str = "RGB", path: str = "in.png") -> np.ndarray:
    """Random pixels, saved; the colours of each pixel are returned as bytes."""
    pixels = np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)
    if mode in ("L", "LA", "1"):
        pixels[..., 1:] = pixels[..., :1]
    image = Image.fromarray(pixels).convert(mode)
    image.save(path)
    return np.asarray(image.convert("RGB"))


def run(name: str, *options: str, source: str = "in.png", target: str = "out.png") -> int:
    """Translate with the run in ``run``, as one of the named system."""
    made = {"experiment": "toys", "system": name, "seed": 0, "profile": "quick"}
    about = {"settings": {}, "scoring": {}, "seconds": 1.0, "steps": 1, "provenance": Provenance()}
    write_record(Path("run"), Record(scores={}, shown={}, run=made, **about))
    return main(["translate", "--weights", "run", source, target, *options])


def result(path: str = "out.png") -> np.ndarray:
    return np.asarray(Image.open(path))


def refused(capsys: Capture, name: str, *options: str, **paths: str) -> str:
    """The message, after making sure that nothing was written."""
    before = sorted(Path().iterdir())
    assert run(name, *options, **paths) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    assert sorted(Path().iterdir()) == before
    return captured.err


def test_the_translation_of_the_pixels_is_written(capsys: Capture) -> None:
    keep(negative_and_half(), forth=-1.0, back=0.5)
    pixels = picture()
    assert run("two-way") == 0
    assert result().shape == (8, 16)
    np.testing.assert_allclose(result(), 255 - pixels.mean(-1), atol=0.51)
    assert capsys.readouterr().out == "out.png: toys · two-way, 16 × 8 pixels, quick weights\n"


def test_the_way_back_swaps_the_channels(capsys: Capture) -> None:
    keep(negative_and_half(), forth=-1.0, back=0.5)
    pixels = picture(mode="L")
    assert run("two-way", "--back") == 0
    assert result().shape == (8, 16, 3)
    np.testing.assert_allclose(result(), 127.5 + (pixels - 127.5) / 2, atol=0.51)
    assert "toys · two-way, back" in capsys.readouterr().out


KINDS = [(mode, kind) for mode in ("1", "L", "LA", "P", "RGB", "RGBA") for kind in ("png", "tiff")]


@pytest.mark.parametrize(("mode", "kind"), [*KINDS, ("RGB", "webp"), ("L", "jpeg")])
def test_pixels_of_every_kind_and_file(mode: str, kind: str) -> None:
    keep(Direct(Scale()), net=1.0)
    picture(mode=mode, path=f"in.{kind}")
    assert run("one-way", source=f"in.{kind}") == 0
    stored = np.asarray(Image.open(f"in.{kind}").convert("RGB"))
    np.testing.assert_allclose(result(), stored.mean(-1, keepdims=True).repeat(3, -1), atol=0.51)


def test_an_image_is_turned_as_its_camera_says() -> None:
    keep(Direct(Scale()), net=1.0)
    picture(width=16, height=8)
    image = Image.open("in.png")
    exif = image.getexif()
    exif[0x0112] = 6  # turn by 90 degrees clockwise
    image.save("turned.png", exif=exif)
    assert run("one-way", source="turned.png") == 0
    assert result().shape == (16, 8, 3)


def test_values_beyond_the_range_are_cut() -> None:
    keep(Direct(Scale()), net=3.0)
    grey = np.full((4, 4), 200, np.uint8)
    Image.fromarray(grey).save("in.png")
    assert run("one-way") == 0
    assert (result() == 255).all()


def test_a_mirrored_border_is_cut_again(capsys: Capture) -> None:
    keep(Direct(Scale()), net=-1.0)
    pixels = picture(width=21, height=3)
    message = refused(capsys, "halving")
    assert "takes sides divisible by 8 from 16, got 21 × 3 pixels; resize the image, or pass --pad" in message
    assert "up to 24 × 16" in message
    assert run("halving", "--pad") == 0
    assert result().shape == (3, 21, 3)
    np.testing.assert_allclose(result()[..., 0], 255 - pixels.mean(-1), atol=0.51)


def test_padding_leaves_alone_what_fits() -> None:
    keep(Direct(Scale()), net=-1.0)
    picture(width=32, height=16)
    assert run("halving") == 0
    plain = result().copy()
    assert run("halving", "--pad") == 0
    np.testing.assert_array_equal(result(), plain)


def test_one_size_only(capsys: Capture) -> None:
    keep(Direct(Scale()))
    picture(width=9, height=8)
    for options in ([], ["--pad"]):
        message = refused(capsys, "fixed", *options)
        assert "takes sides exactly 8, got 9 × 8 pixels; shrink or crop the image" in message
    picture(width=5, height=8)
    assert run("fixed", "--pad") == 0
    assert result().shape == (8, 5, 3)


@pytest.mark.parametrize(
    ("name", "translator"),
    [
        ("noisy", StochasticDirect(Scale(), latent=2)),
        ("dropping", Direct(nn.Sequential(Scale(), NoiseDropout(0.5)))),
    ],
)
def test_noise_needs_a_seed_and_follows_it(name: str, translator: nn.Module, capsys: Capture) -> None:
    keep(translator)
    picture()
    assert "draws noise, so that one image has many translations; choose one with --seed" in refused(
        capsys, name
    )
    made = []
    for seed in ("1", "1", "2"):
        assert run(name, "--seed", seed) == 0
        made.append(result().copy())
    np.testing.assert_array_equal(made[0], made[1])
    assert (made[0] != made[2]).any()


def test_a_seed_leaves_the_callers_random_draws_alone() -> None:
    keep(StochasticDirect(Scale(), latent=2))
    picture()
    torch.manual_seed(3)
    expected = torch.rand(())
    torch.manual_seed(3)
    assert run("noisy", "--seed", "7") == 0
    assert torch.rand(()) == expected


def test_no_way_back_is_said(capsys: Capture) -> None:
    keep(Direct(Scale()))
    picture()
    assert "one-way has no way back; leave --back out" in refused(capsys, "one-way", "--back")


def test_images_that_do_not_fit_are_refused(capsys: Capture) -> None:
    keep(negative_and_half())
    picture()
    assert "in.png has colours, but this translation takes grey images" in refused(
        capsys, "two-way", "--back"
    )
    Image.new("RGBA", (4, 4), (1, 2, 3, 254)).save("in.png")
    assert "in.png has see-through pixels" in refused(capsys, "two-way")
    Image.new("I;16", (4, 4)).save("in.png")
    assert "has pixels of kind 'I;16'; expected 8 bits" in refused(capsys, "two-way")
    frames = [Image.new("RGB", (4, 4), colour) for colour in ("red", "green")]
    frames[0].save("in.png", save_all=True, append_images=frames[1:])
    assert "in.png holds 2 images" in refused(capsys, "two-way")


@pytest.mark.parametrize("content", [b"", b"no image", b"\x89PNG\r\n\x1a\n" + bytes(20)])
def test_files_that_are_no_images_are_refused(content: bytes, capsys: Capture) -> None:
    keep(negative_and_half())
    Path("in.png").write_bytes(content)
    assert "in.png cannot be read as an image" in refused(capsys, "two-way")


def test_a_broken_off_image_is_refused(capsys: Capture) -> None:
    keep(negative_and_half())
    picture(width=64, height=64)
    Path("in.png").write_bytes(Path("in.png").read_bytes()[:2000])
    assert "in.png cannot be read as an image" in refused(capsys, "two-way")


def test_missing_files_are_named(capsys: Capture) -> None:
    picture()
    Path("run").mkdir()
    assert "checkpoint.pt does not exist; train toys · one-way with" in refused(capsys, "one-way")
    keep(Direct(Scale()))
    assert "gone.png cannot be read as an image" in refused(capsys, "one-way", source="gone.png")
    assert "the folder there of the result does not exist" in refused(
        capsys, "one-way", target="there/out.png"
    )


def test_nothing_that_is_read_is_overwritten(capsys: Capture) -> None:
    keep(Direct(Scale()))
    picture()
    before = Path("in.png").read_bytes()
    assert "in.png is in.png, which is read" in refused(capsys, "one-way", target="in.png")
    Path("link.png").symlink_to("in.png")
    Path("hard.png").hardlink_to("in.png")
    Path("weights.png").hardlink_to("run/checkpoint.pt")
    for name in ("./in.png", "link.png", "hard.png", "weights.png"):
        assert "which is read" in refused(capsys, "one-way", target=name)
    assert Path("in.png").read_bytes() == before


def test_only_png_is_written(capsys: Capture) -> None:
    keep(Direct(Scale()))
    picture()
    assert "out.jpg should end in .png" in refused(capsys, "one-way", target="out.jpg")


def test_a_broken_write_leaves_the_old_result(monkeypatch: pytest.MonkeyPatch) -> None:
    keep(Direct(Scale()))
    picture()
    Path("out.png").write_bytes(b"old")

    def fail(self: Image.Image, file, **options: object) -> None:
        file.write(b"half")
        raise OSError("disk full")

    monkeypatch.setattr(Image.Image, "save", fail)
    assert run("one-way") == 2
    assert Path("out.png").read_bytes() == b"old"
    assert sorted(path.name for path in Path().iterdir()) == ["in.png", "out.png", "run"]


def test_a_new_result_replaces_the_old_one_and_can_be_read_by_others() -> None:
    keep(Direct(Scale()))
    picture()
    Path("out.png").write_bytes(b"old")
    Path("plain").touch()
    assert run("one-way") == 0
    assert result().shape == (8, 16, 3)
    assert Path("out.png").stat().st_mode == Path("plain").stat().st_mode


def test_a_result_that_is_no_image_is_refused(capsys: Capture) -> None:
    keep(Direct(Scale()))
    picture()
    assert "lying made (1, 3, 8, 16) of (1, 3, 8, 16)" in refused(capsys, "lying")
    keep(Direct(Scale()), net=1e38)
    Image.new("RGB", (4, 4), "white").save("in.png")
    assert run("one-way") == 0, "large, but finite"


def test_systems_that_translate_nothing_or_do_not_exist(capsys: Capture) -> None:
    keep(Direct(Scale()))
    picture()
    message = refused(capsys, "digits")
    assert "toys · digits translates no images; of toys these do: two-way, one-way" in message
    assert "toys · gun translates no images" in refused(capsys, "gun")


def test_a_users_own_experiment_is_named() -> None:
    keep(Direct(Scale()))
    picture()
    assert run("one-way", "--experiment", "mine.py:toys") == 0


def test_a_folder_that_is_no_run(capsys: Capture) -> None:
    keep(Direct(Scale()))
    picture()
    assert main(["translate", "--weights", "run/checkpoint.pt", "in.png", "out.png"]) == 2
    assert "run is no finished run: expected run.json or settings.json" in capsys.readouterr().err


def test_usage(capsys: Capture) -> None:
    with pytest.raises(SystemExit):
        main(["translate", "in.png", "out.png"])
    assert "--weights" in capsys.readouterr().err
