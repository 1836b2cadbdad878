"""A user's own folders: what is read, what is skipped, and which images are kept apart."""

import os
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from udtlib.data import folders
from udtlib.data.folders import chosen_for_test, folder_pair
from udtlib.data.formats import DataError
from udtlib.data.image_search import find_images


def save(path: Path, grey: int = 0, *, width: int = 8, height: int = 8) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (width, height), (grey, grey, grey)).save(path)
    return path


def fill(folder: Path, count: int, *, start: int = 0) -> Path:
    """Images of one grey each, so that an image says which file it came from."""
    for k in range(count):
        save(folder / f"{k:03}.png", start + k)
    return folder


def greys(image: torch.Tensor) -> list[int]:
    """The grey of each stored image."""
    return image.float().flatten(1).mean(1).round().int().tolist()


def test_both_folders_become_domains(tmp_path: Path) -> None:
    made = folder_pair(fill(tmp_path / "a", 30), fill(tmp_path / "b", 40, start=100), size=4)
    assert made.warning is None
    assert made.skipped == ()
    x, y = made.pair.source, made.pair.target
    assert (len(x.train), len(x.test)) == made.counts[0]
    assert sorted(greys(x.train) + greys(x.test)) == list(range(30))
    assert sorted(greys(y.train) + greys(y.test)) == list(range(100, 140))
    batch = made.pair.batch(0, size=6, seed=0)
    assert batch.x.shape == (6, 3, 4, 4)
    assert not made.pair.paired
    assert made.pair.answers(batch) is None
    torch.testing.assert_close((batch.x + 1) * 127.5, ((batch.x + 1) * 127.5).round(), atol=1e-4, rtol=0)


def test_grey_images_have_one_channel(tmp_path: Path) -> None:
    made = folder_pair(fill(tmp_path / "a", 3), fill(tmp_path / "b", 3), size=4, grey=True)
    assert made.pair.source.shape == (1, 4, 4)
    assert set(greys(made.pair.source.train)) <= {0, 1, 2}


def test_nested_folders_and_endings_of_any_case(tmp_path: Path) -> None:
    for name in ("one.PNG", "deep/two.JpG", "deep/er/three.webp", "Grüße 😀.bmp", "dots.in.name.png"):
        save(tmp_path / name)
    stems = [file.stem for file in find_images(tmp_path).files]
    assert stems == ["Grüße 😀", "deep/er/three", "deep/two", "dots.in.name", "one"]


def test_what_systems_leave_behind_is_passed_over(tmp_path: Path) -> None:
    save(tmp_path / "a.png")
    for name in (".DS_Store", "Thumbs.db", "notes.txt", ".hidden.png", "._a.png"):
        (tmp_path / name).write_bytes(b"\0")
    save(tmp_path / ".cache" / "b.png")
    save(tmp_path / "__MACOSX" / "c.png")
    found = find_images(tmp_path)
    assert [file.stem for file in found.files] == ["a"]
    assert found.skipped == []


def test_links_are_followed_once(tmp_path: Path) -> None:
    save(tmp_path / "in" / "a.png")
    save(tmp_path / "out" / "b.png")
    (tmp_path / "in" / "loop").symlink_to(tmp_path / "in")
    (tmp_path / "in" / "other").symlink_to(tmp_path / "out")
    (tmp_path / "in" / "gone.png").symlink_to(tmp_path / "nowhere.png")
    (tmp_path / "in" / "self.png").symlink_to(tmp_path / "in" / "self.png")
    os.mkfifo(tmp_path / "in" / "pipe.png")
    (tmp_path / "in" / "empty.png").touch()
    found = find_images(tmp_path / "in")
    assert [file.stem for file in found.files] == ["a", "other/b"]
    reasons = {each.path.name: each.reason for each in found.skipped}
    assert reasons.pop("pipe.png") == "is no regular file"
    assert reasons.pop("empty.png") == "is empty"
    assert sorted(reasons) == ["gone.png", "self.png"]
    assert all(reason.startswith("cannot be reached (") for reason in reasons.values())


def test_names_that_are_no_text(tmp_path: Path) -> None:
    name = os.fsencode(tmp_path) + b"/\xff\xfe.png"
    try:
        with open(name, "wb") as file:
            file.write(b"no image")
    except OSError:
        pytest.skip("this file system takes text only")
    made = folder_pair(fill(tmp_path, 4), fill(tmp_path.parent / f"{tmp_path.name}-b", 4), size=4)
    assert made.warning is not None
    made.warning.encode("utf-8")
    assert made.warning.startswith("1 file skipped: ")


def test_equal_names_however_a_system_spells_them(tmp_path: Path) -> None:
    save(tmp_path / "a" / "caf\u00e9.png", 1)
    save(tmp_path / "b" / "cafe\u0301.jpg", 2)
    fill(tmp_path / "a", 2)
    fill(tmp_path / "b", 2)
    made = folder_pair(tmp_path / "a", tmp_path / "b", size=4, paired=True)
    assert sum(made.counts[0]) == 3


def test_one_broken_file_among_many(tmp_path: Path) -> None:
    source, target = fill(tmp_path / "a", 60), fill(tmp_path / "b", 10)
    whole = (source / "010.png").read_bytes()
    (source / "017.png").write_bytes(whole[: len(whole) // 2])
    (source / "018.png").write_bytes(b"")
    made = folder_pair(source, target, size=4)
    assert sum(made.counts[0]) == 58
    assert made.warning is not None
    assert made.warning.startswith("2 files skipped: ")
    assert f"{source / '018.png'} is empty" in made.warning
    assert f"{source / '017.png'} cannot be read as an image" in made.warning
    assert made.warning.count("017.png") == 1
    assert sorted(greys(made.pair.source.train) + greys(made.pair.source.test)) == [
        k for k in range(60) if k not in (17, 18)
    ]
    with pytest.raises(DataError, match=r"1 file skipped: .*018\.png is empty; repair or remove them"):
        folder_pair(source, target, size=4, strict=True)
    (source / "018.png").unlink()
    with pytest.raises(DataError, match=r"017\.png cannot be read"):
        folder_pair(source, target, size=4, strict=True)


def test_a_message_names_only_the_first(tmp_path: Path) -> None:
    source = fill(tmp_path / "a", 4)
    for k in range(20):
        (source / f"broken{k:02}.png").touch()
    warning = folder_pair(source, fill(tmp_path / "b", 4), size=4).warning
    assert warning is not None
    assert warning.endswith("broken02.png is empty; and 17 more")


def test_corresponding_files(tmp_path: Path) -> None:
    source, target = fill(tmp_path / "a", 20), tmp_path / "b"
    for k in range(20):
        save(target / f"{k:03}.jpg", 100 + k)
    (target / "004.jpg").write_bytes(b"broken")
    save(source / "alone.png")
    save(target / "deep" / "lonely.png")
    save(target / "007.png", 200)
    made = folder_pair(source, target, size=4, paired=True)
    assert made.pair.paired
    reasons = {each.path.name: each.reason for each in made.skipped}
    assert reasons.pop("alone.png") == "has no partner in the target"
    assert reasons.pop("lonely.png") == "has no partner in the source"
    assert reasons.pop("007.png") == "has the same name as 007.jpg"
    assert list(reasons) == ["004.png"]
    assert "004.jpg cannot be read as an image" in reasons["004.png"]
    for split in ("train", "test"):
        batch = made.pair.batch(3, size=50, seed=0, split=split)
        x, y = (((v + 1) * 127.5).flatten(1).mean(1) for v in (batch.x, batch.y))
        torch.testing.assert_close(y - x, torch.full_like(x, 100), atol=1.5, rtol=0)  # JPEG rounds
        assert made.pair.answers(batch) is batch.y


def test_no_partners_at_all(tmp_path: Path) -> None:
    fill(tmp_path / "a", 3)
    save(tmp_path / "b" / "x.png")
    with pytest.raises(
        DataError, match=r"as pairs, has no images .*4 files skipped.*no partner in the target"
    ):
        folder_pair(tmp_path / "a", tmp_path / "b", size=4, paired=True)


def test_folders_that_cannot_be_used(tmp_path: Path) -> None:
    good, empty = fill(tmp_path / "good", 4), tmp_path / "empty"
    empty.mkdir()
    cases = {
        tmp_path / "gone": r"gone does not exist; check its name",
        good / "000.png": r"000\.png is a file; expected a folder of images",
        empty: r"empty holds no image that can be read; expected files ending in \.png",
        good: r"are the same folder; give one folder for each domain",
        save(
            good / "inner" / "0.png"
        ).parent: r"inner lies in .*good, so that its images would belong to both",
    }
    for folder, message in cases.items():
        with pytest.raises(DataError, match=message):
            folder_pair(folder, good, size=4)
    (empty / "a.heic").touch()
    (empty / "README").touch()
    with pytest.raises(DataError, match=r"no image that can be read, only 1 × \.heic, 1 × no ending"):
        folder_pair(empty, good, size=4)
    (tmp_path / "link").symlink_to(good)
    with pytest.raises(DataError, match="same folder"):
        folder_pair(tmp_path / "link", good, size=4)


def test_too_few_images(tmp_path: Path) -> None:
    fill(tmp_path / "a", 1)
    (tmp_path / "a" / "broken.png").write_bytes(b"x")
    with pytest.raises(
        DataError, match=r"a has 1 image that can be used \(1 file skipped.*\); expected at least 2"
    ):
        folder_pair(tmp_path / "a", fill(tmp_path / "b", 4), size=4)


def test_more_than_memory_holds_is_refused_before_reading(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folders, "MEMORY_LIMIT", 2**20)
    monkeypatch.setattr(folders, "read_entries", None)
    with pytest.raises(DataError, match=r"8 images of 256 × 256 pixels and 3 channels need 0\.0 GiB"):
        folder_pair(fill(tmp_path / "a", 4), fill(tmp_path / "b", 4), size=256)


def test_options_out_of_range(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="size=0"):
        folder_pair(tmp_path, tmp_path, size=0)
    for share in (0, 1, 1.5):
        with pytest.raises(ValueError, match="test_share is a share between 0 and 1"):
            folder_pair(tmp_path, tmp_path, size=4, test_share=share)


names = st.lists(st.text(min_size=1, max_size=8), min_size=2, max_size=60, unique=True)


@given(stems=names, more=names, share=st.floats(0.05, 0.95))
def test_later_files_move_no_other_from_split_to_split(
    stems: list[str], more: list[str], share: float
) -> None:
    together = stems + [stem for stem in more if stem not in stems]
    before, after = chosen_for_test(stems, share=share), chosen_for_test(together, share=share)
    assert before.any()
    assert not before.all()
    moved = int((before != after[: len(stems)]).sum())
    # Only a sample that was moved to fill an empty split may go back.
    assert moved <= 1


def test_the_share_is_kept() -> None:
    apart = chosen_for_test([f"img_{k}" for k in range(5000)], share=0.1)
    assert 0.08 < apart.float().mean() < 0.12


def test_equal_names_are_kept_apart_in_both_folders(tmp_path: Path) -> None:
    made = folder_pair(fill(tmp_path / "a", 30), fill(tmp_path / "b", 30), size=4)
    assert greys(made.pair.source.test) == greys(made.pair.target.test)


def test_the_middle_of_wide_images_is_used(tmp_path: Path) -> None:
    for name in "ab":
        for k in range(2):
            image = np.zeros((6, 20, 3), np.uint8)
            image[:, 7:13] = 255
            (tmp_path / name).mkdir(exist_ok=True)
            Image.fromarray(image).save(tmp_path / name / f"{k}.png")
    assert (folder_pair(tmp_path / "a", tmp_path / "b", size=3).pair.source.train == 255).all()
