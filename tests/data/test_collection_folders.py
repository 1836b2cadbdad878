"""Emoji written as folders of image files."""

from pathlib import Path

import pytest
import torch

from udtlib.cli import main
from udtlib.data import collection_folders
from udtlib.data.collection_folders import export_hands
from udtlib.data.emoji import EmojiPair
from udtlib.data.emoji_files import EMOJI
from udtlib.data.folders import folder_pair
from udtlib.data.formats import DataError
from udtlib.data.image_files import read_image


def names(folder: Path) -> set[str]:
    return {path.stem for path in folder.iterdir()}


def everything(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


@pytest.fixture(scope="module")
def unpaired(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made") / "emoji"
    export_hands(EMOJI, folder, hands=("fluent-line", "noto"), size=16, unpaired=True)
    return folder


def test_files_hold_the_pictures(tmp_path: Path) -> None:
    counts = export_hands(EMOJI, tmp_path / "new" / "emoji", hands=("twemoji", "fluent-line"), size=16)
    assert counts == {
        f"{hand}/{split}": count
        for hand in ("twemoji", "fluent-line")
        for split, count in (("train", 1242), ("val", 84), ("test", 244))
    }
    for hand, mode in (("twemoji", "RGB"), ("fluent-line", "L")):
        for number in (0, 500, 1569):
            emoji = EMOJI.index()[number]
            path = tmp_path / "new" / "emoji" / hand / emoji.split / f"{emoji.codepoints}.png"
            image = read_image(path)
            assert image.size == (16, 16)
            back = torch.tensor(list(image.convert(mode).tobytes())).reshape(16, 16, -1) / 127.5 - 1
            expected = EMOJI.pictures(hand, torch.tensor([number]), size=16)[0].permute(1, 2, 0)
            # Averages are rounded to bytes.
            torch.testing.assert_close(back, expected, atol=0.5 / 127.5 + 1e-6, rtol=0)


def test_notices_lie_beside(unpaired: Path) -> None:
    assert {path.name for path in unpaired.iterdir()} == {"fluent-line", "noto", *EMOJI.notices}
    assert "Copyright 2013 Google" in (unpaired / "README.md").read_text("utf-8")


def test_unpaired_folders_are_the_halves_of_the_pair(unpaired: Path) -> None:
    pair = EmojiPair("fluent-line", "noto", size=16)
    for side, hand in (("source", "fluent-line"), ("target", "noto")):
        expected = {EMOJI.index()[n].codepoints for n in pair.numbers(side, split="train").tolist()}
        assert names(unpaired / hand / "train") == expected
    assert not names(unpaired / "noto" / "train") & names(unpaired / "fluent-line" / "train")
    assert names(unpaired / "noto" / "test") == names(unpaired / "fluent-line" / "test")


def test_the_folders_are_domains_again(unpaired: Path) -> None:
    made = folder_pair(unpaired / "fluent-line" / "train", unpaired / "noto" / "train", size=16)
    assert made.warning is None
    assert [sum(counts) for counts in made.counts] == [
        len(list((unpaired / hand / "train").iterdir())) for hand in ("fluent-line", "noto")
    ]
    # Tests by name: partners meet.
    tests = folder_pair(unpaired / "fluent-line" / "test", unpaired / "noto" / "test", size=16, paired=True)
    assert sum(tests.counts[0]) == 244
    batch = tests.pair.batch(0, size=5, seed=0)
    own = EmojiPair("fluent-line", "noto", size=16).whole()
    for x, y in zip(batch.x, batch.y, strict=True):
        row = int((own.x - x.mean(0, keepdim=True)).abs().amax((1, 2, 3)).argmin())
        torch.testing.assert_close(y, own.y[row], atol=0.5 / 127.5 + 1e-6, rtol=0)


def test_a_folder_that_holds_something_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(DataError, match="holds something already; name a new folder, or pass --replace"):
        export_hands(EMOJI, tmp_path, size=16)
    assert everything(tmp_path) == {"mine.txt": b"mine"}
    (tmp_path / "noto").mkdir()
    (tmp_path / "noto" / "old.png").write_bytes(b"")
    export_hands(EMOJI, tmp_path, hands=("noto",), size=16, replace=True)
    assert not (tmp_path / "noto" / "old.png").exists()
    assert (tmp_path / "mine.txt").read_text() == "mine"
    assert {path.name for path in tmp_path.iterdir()} == {"mine.txt", "noto", *EMOJI.notices}


@pytest.mark.parametrize("stage", ["write_hands", "replace"])
def test_an_export_that_breaks_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stage: str
) -> None:
    folder = tmp_path / "emoji"
    (folder / "noto").mkdir(parents=True)
    (folder / "noto" / "old.png").write_bytes(b"old")
    before = everything(tmp_path)
    if stage == "write_hands":
        monkeypatch.setattr(collection_folders.Collection, "pictures", broken)
    else:
        # The licence is in place by now, and the old folder set aside.
        monkeypatch.setattr(
            collection_folders.os, "replace", breaking_at("noto", collection_folders.os.replace)
        )
    with pytest.raises(DataError, match=r"cannot be written .*no space"):
        export_hands(EMOJI, folder, hands=("noto",), size=16, replace=True)
    assert everything(tmp_path) == before
    assert [path.name for path in tmp_path.iterdir()] == ["emoji"]


def broken(*_: object, **__: object) -> torch.Tensor:
    raise OSError("no space left")


def breaking_at(name: str, replace):
    def moved(source: Path, target: Path) -> None:
        if source.parent.name == "made" and source.name == name:
            raise OSError("no space left")
        replace(source, target)

    return moved


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"hands": ("apple",)}, "no hand 'apple'"),
        ({"hands": ()}, "hands are none; expected one or more"),
        ({"hands": ("noto", "noto")}, "noto, noto; expected one or more, each once"),
        ({"hands": ("noto",), "unpaired": True}, "those of two hands, got noto; name two"),
        ({"size": 20}, "64, 32 or 16 pixels, got size=20"),
    ],
)
def test_what_cannot_be_exported_is_refused(tmp_path: Path, options: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        export_hands(EMOJI, tmp_path / "new", **options)
    assert not (tmp_path / "new").exists()


def test_a_file_in_the_way_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DataError, match="file holds something already"):
        export_hands(EMOJI, tmp_path / "file", size=16)
    with pytest.raises(DataError, match="cannot be written"):
        export_hands(EMOJI, tmp_path / "file" / "under", size=16)


def test_the_command_exports(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "emoji"
    assert main(["data", "export", "emoji", str(folder), "--hands", "fluent-3d", "--size", "16"]) == 0
    out = capsys.readouterr().out
    assert f"{folder / 'fluent-3d' / 'train'}: 1,242 pictures" in out
    assert f"hand on the notices with them: {folder / 'README.md'}" in out
    assert main(["data", "export", "emoji", str(folder)]) == 2
    assert "pass --replace" in capsys.readouterr().err
    assert main(["data", "export", "emoji", str(tmp_path / "other"), "--hands", "noto, apple"]) == 2
    assert "there is no hand 'apple'" in capsys.readouterr().err
    assert main(["data", "export", "mnist", str(tmp_path / "other")]) == 2
    assert capsys.readouterr().err == "udt: 'mnist' cannot be exported; expected one of emoji, calligraphy\n"
