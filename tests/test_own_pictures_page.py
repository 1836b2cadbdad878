"""The page on own pictures: its code runs as it stands, but for the sizes, and its commands are the README's."""

import re
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

ROOT = Path(__file__).resolve().parent.parent
PAGE = (ROOT / "book" / "own_pictures.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, flags=re.MULTILINE | re.DOTALL)


def test_the_page_s_code_trains_and_translates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (code,) = blocks("python")
    assert "size, steps = 64, 1_200" in code
    draws = np.random.default_rng(0)
    for hand in ("noto", "twemoji"):
        folder = tmp_path / "emoji" / hand / "train"
        folder.mkdir(parents=True)
        for k in range(6):
            Image.fromarray(draws.integers(0, 256, (20, 20, 3), dtype=np.uint8)).save(folder / f"{k}.png")
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    torch.manual_seed(0)
    exec(code.replace("size, steps = 64, 1_200", "size, steps = 16, 2"), names)
    y = names["y"]
    assert isinstance(y, torch.Tensor)
    assert y.shape == (8, 3, 16, 16)
    assert (tmp_path / "runs" / "mine" / "checkpoint.pt").exists()


def test_the_page_and_the_readme_say_the_same_commands() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for block in blocks("bash"):
        command = " ".join(block.replace("\\\n", " ").splitlines()[0].split())
        if command.startswith(("udt data export", "udt train")):
            assert command in readme
