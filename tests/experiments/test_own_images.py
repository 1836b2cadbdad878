"""Training on own folders: every method, resumed exactly, and translated with by the run's folder alone."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from udtlib.cli import main
from udtlib.data.formats import DataError
from udtlib.experiments.own_images import SETTINGS, OwnImages, load_own, read_settings, train_own
from udtlib.experiments.own_systems import METHODS, halvings, own_system
from udtlib.profiles import Profile
from udtlib.show.sheets import read_sheet, sheets_in
from udtlib.train.checkpoint import CheckpointError
from udtlib.translators.base import InvertibleTranslator

Capture = pytest.CaptureFixture[str]
CPU = Profile(name="quick", device=torch.device("cpu"))


def fill(folder: Path, count: int = 6, *, seed: int = 0, size: int = 20) -> Path:
    folder.mkdir(parents=True)
    draws = np.random.default_rng(seed)
    for k in range(count):
        pixels = draws.integers(0, 256, (size, size, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / f"{k}.png")
    return folder


@pytest.fixture(autouse=True)
def _folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("UDT_PROFILE", "quick")
    fill(Path("a"))
    fill(Path("b"), seed=1)


def own(**changes: object) -> OwnImages:
    defaults: dict[str, object] = {"method": "cyclegan", "source": "a", "target": "b", "size": 16, "steps": 2}
    return OwnImages(**(defaults | changes))


def train(folder: str = "run", *, fresh: bool = False, strict: bool = False, **changes: object) -> list[str]:
    said: list[str] = []
    train_own(own(**changes), CPU, folder=Path(folder), fresh=fresh, strict=strict, say=said.append)
    return said


def weights(folder: str) -> dict[str, torch.Tensor]:
    return load_own(Path(folder), CPU)[1].state_dict()


@pytest.mark.parametrize("grey", [False, True])
@pytest.mark.parametrize("method", METHODS)
def test_every_method_trains_and_translates(method: str, grey: bool, capsys: Capture) -> None:
    train(method=method, grey=grey)
    settings, translator = load_own(Path("run"), CPU)
    assert settings == own(method=method, grey=grey)
    rows = read_sheet(Path("run/samples-000002.png"))
    there_and_back = isinstance(translator, InvertibleTranslator)
    assert there_and_back == (method != "pix2pix")
    assert list(rows) == (["x", "T(x)", "S(T(x))", "y", "S(y)"] if there_and_back else ["x", "T(x)", "y"])
    assert main(["translate", "--weights", "run", "a", "out"]) == 0
    assert f"out: {method}, 6 images, trained at 16 pixels" in capsys.readouterr().out
    with Image.open("out/0.png") as made:
        assert made.size == (16, 16)
        assert made.mode == ("L" if grey else "RGB")


def test_the_first_sheet_shows_the_start_and_the_last_one_the_end() -> None:
    said = train(steps=21)
    assert list(sheets_in(Path("run"))) == [0, 20, 21]
    assert said[0] == "x: 5 + 1 test; y: 5 + 1 test images"
    assert said[1] == "step 0 of 21: run/samples-000000.png"
    first, last = (read_sheet(Path("run") / f"samples-{step:06d}.png") for step in (0, 21))
    assert torch.equal(last["x"], first["x"])
    assert (last["T(x)"] - last["x"]).abs().mean() < (first["T(x)"] - first["x"]).abs().mean(), "less noise"


@pytest.mark.slow
def test_a_run_that_was_interrupted_goes_on_as_if_it_had_not_been(monkeypatch: pytest.MonkeyPatch) -> None:
    train("whole", steps=21)

    def stop(step: int) -> None:
        if step == 21:
            raise KeyboardInterrupt

    from udtlib.experiments import own_images

    class Interrupting(own_images.SampleSheets):
        def __call__(self, step: int) -> None:
            super().__call__(step)
            stop(step)

    with monkeypatch.context() as patch:
        patch.setattr(own_images, "SampleSheets", Interrupting)
        with pytest.raises(KeyboardInterrupt):
            train("halted", steps=21)
    assert Path("halted/samples-000021.png").exists()
    assert len(Path("halted/log.jsonl").read_text().splitlines()) == 2
    train("halted", steps=21)
    for name, value in weights("whole").items():
        assert torch.equal(weights("halted")[name], value), name
    assert Path("halted/log.jsonl").read_text() == Path("whole/log.jsonl").read_text()
    for step, path in sheets_in(Path("whole")).items():
        assert path.read_bytes() == sheets_in(Path("halted"))[step].read_bytes()


@pytest.mark.slow
def test_a_run_that_was_too_short_goes_on_as_if_it_had_been_longer() -> None:
    train("short", steps=20)
    train("short", steps=40)
    train("long", steps=40)
    for name, value in weights("long").items():
        assert torch.equal(weights("short")[name], value), name
    assert Path("short/log.jsonl").read_text() == Path("long/log.jsonl").read_text()
    assert read_settings(Path("short")).steps == 40
    assert sheets_in(Path("short")).keys() >= {0, 20, 40}


def test_a_finished_run_is_not_trained_again_but_afresh() -> None:
    train(steps=2)
    before = weights("run")
    train(steps=2)
    assert all(torch.equal(weights("run")[name], value) for name, value in before.items())
    with pytest.raises(
        ValueError, match=r"run of other settings \(steps: 2 there, 1 here; seed: 0 there, 5 here"
    ):
        train(steps=1, seed=5)
    train(steps=1, seed=5, fresh=True)
    assert read_settings(Path("run")) == own(steps=1, seed=5)
    assert list(sheets_in(Path("run"))) == [0, 1]


def test_folders_that_cannot_be_used_leave_an_earlier_run_alone() -> None:
    train(steps=2)
    for path in Path("b").iterdir():
        path.unlink()
    with pytest.raises(DataError, match="b holds no image"):
        train(steps=2, seed=1, fresh=True)
    assert read_settings(Path("run")) == own(steps=2)
    assert Path("run/checkpoint.pt").exists()


def test_broken_files_are_said_or_refused() -> None:
    Path("a/broken.png").write_bytes(b"no image")
    assert any(line.startswith("1 file skipped: a/broken.png") for line in train())
    with pytest.raises(DataError, match=r"a/broken\.png cannot be read"):
        train("strict", strict=True)


def test_pairs_need_equal_names() -> None:
    Path("b/0.png").rename("b/other.png")
    said = train(method="pix2pix")
    assert said[0] == "x: 4 + 1 test; y: 4 + 1 test images"
    assert said[1].startswith(
        "2 files skipped: a/0.png has no partner in the target; b/other.png has no partner"
    )


@pytest.mark.parametrize(("size", "count"), [(16, 2), (32, 3), (64, 4), (96, 4), (128, 5), (256, 6), (24, 2)])
def test_nets_halve_until_about_four_pixels_are_left(size: int, count: int) -> None:
    assert halvings(size) == count
    assert own_system("cyclegan", size=size, channels=3, steps=1).translation.sides(CPU).allow(size)


def test_what_cannot_be_trained_is_refused() -> None:
    with pytest.raises(
        ValueError, match="no method 'gan' for own images; expected cyclegan, cut, distancegan"
    ):
        own(method="gan")
    with pytest.raises(
        ValueError, match="cyclegan takes images of a size divisible by 4 from 16, got 30; use"
    ):
        own(size=30)
    with pytest.raises(ValueError, match="at least one step"):
        own(steps=0)
    with pytest.raises(ValueError, match="every 20 steps; got 30 steps between two sheets"):
        train_own(own(steps=100), CPU, folder=Path("run"), sheets_every=30)


def test_damaged_settings_are_named() -> None:
    train()
    path = Path("run") / SETTINGS
    good = json.loads(path.read_text())
    for content in ("", "[]", json.dumps(good | {"more": 1}), json.dumps(good | {"size": "x"})):
        path.write_text(content)
        with pytest.raises(ValueError, match=r"settings\.json cannot be used .* train again with --fresh"):
            load_own(Path("run"), CPU)
    path.write_text(json.dumps(good | {"grey": True}))
    with pytest.raises(
        CheckpointError, match=r"checkpoint\.pt is not of cyclegan in profile quick .*has shape"
    ):
        load_own(Path("run"), CPU)


def test_the_command_says_what_comes_next(capsys: Capture) -> None:
    command = ["train", "cyclegan", "--source", "a", "--target", "b", "--size", "16", "--steps", "2"]
    assert main([*command, "--no-mirror"]) == 0
    said = capsys.readouterr().out
    assert said.startswith("cyclegan: 2 steps at 16 pixels, on cpu; into runs/cyclegan-own-seed-0\n")
    assert said.endswith(
        "next:\n  udt show runs/cyclegan-own-seed-0\n  udt translate --weights runs/cyclegan-own-seed-0 IN OUT\n"
    )
    assert not read_settings(Path("runs/cyclegan-own-seed-0")).mirror
    assert main(["show", "runs/cyclegan-own-seed-0"]) == 0


def test_the_command_needs_both_folders_and_a_method(capsys: Capture) -> None:
    assert main(["train", "cyclegan", "--source", "a"]) == 2
    assert "--target FOLDER is missing" in capsys.readouterr().err
    assert main(["train", "--source", "a", "--target", "b"]) == 2
    assert "say what to train" in capsys.readouterr().err
    assert main(["train", "cyclegan", "--source", "a", "--target", "gone", "--size", "16"]) == 2
    assert "gone does not exist" in capsys.readouterr().err


def test_own_runs_translate_images_of_any_shape_and_kind(capsys: Capture) -> None:
    train()
    Image.new("RGBA", (90, 31), (0, 0, 0, 0)).save("wide.png")
    for options, size in (([], (46, 16)), (["--back"], (46, 16)), (["--size", "30"], (87, 30))):
        assert main(["translate", "--weights", "run/checkpoint.pt", "wide.png", "out.png", *options]) == 0
        with Image.open("out.png") as made:
            assert made.size == size
    assert main(["translate", "--weights", "a", "wide.png", "out.png"]) == 2
    assert "a is no finished run: expected run.json or settings.json" in capsys.readouterr().err


def test_a_refused_run_leaves_the_earlier_one_to_go_on() -> None:
    train(steps=2)
    before = Path("run/settings.json").read_bytes()
    for path in Path("b").iterdir():
        image = Image.open(path).convert("RGB")
        image.putpixel((8, 8), (1, 2, 3))
        image.save(path)
        break
    with pytest.raises(CheckpointError, match=r"pair\.target"):
        train(steps=4)
    assert Path("run/settings.json").read_bytes() == before


def test_a_run_of_a_few_steps_may_become_longer() -> None:
    train(steps=1)
    train(steps=3)
    assert read_settings(Path("run")).steps == 3
    assert list(sheets_in(Path("run"))) == [0, 1, 3]
