"""The page on more than one machine: its commands are understood, and its recipes do what it says."""

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from udtlib.cli import build_parser, main
from udtlib.experiments.catalogue import entries

ROOT = Path(__file__).resolve().parent.parent
PAGE = (ROOT / "book" / "beyond_one_machine.md").read_text(encoding="utf-8")
PLACE = f"{ROOT / 'tests' / 'experiments' / 'small.py'}:small"


def blocks(language: str) -> list[str]:
    """The page's code, without a block's own options."""
    found = re.findall(
        rf"^```(?:{language}|\{{code-block\}} {language})\n(.*?)^```$", PAGE, flags=re.M | re.S
    )
    return [re.sub(r"^:name: .*\n\n", "", block) for block in found]


def commands() -> list[list[str]]:
    """Every call of udt on the page, as words."""
    text = "\n".join(blocks("bash"))
    calls = re.findall(r"udt reproduce [^\n&]*", text)
    return [
        shlex.split(
            call.strip()
            .rstrip('"')
            .replace('"$SLURM_ARRAY_TASK_ID"', "3")
            .replace('"$SLURM_CPUS_PER_TASK"', "2")
        )
        for call in calls
    ]


@pytest.mark.parametrize("words", commands(), ids=" ".join)
def test_every_command_is_understood(words: list[str]) -> None:
    chosen = build_parser().parse_args(words[1:])
    assert chosen.name in entries()
    assert chosen.seed is None or chosen.seed < chosen.seeds


def test_scripts_for_the_shell_are_sound() -> None:
    for block in blocks("bash"):
        done = subprocess.run(["bash", "-n"], input=block, text=True, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr


def test_two_processes_share_a_folder_and_a_third_call_makes_the_table(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "udtlib.cli", "reproduce", PLACE, "--seeds", "2", "--profile", "quick"]
    tasks = [subprocess.Popen([*command, "--seed", str(seed)], cwd=tmp_path) for seed in range(2)]
    assert [task.wait(timeout=300) for task in tasks] == [0, 0]
    assert not (tmp_path / "book").exists()
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "runs").rglob("*.safetensors")}
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    result = json.loads((tmp_path / "book" / "results" / "small.json").read_text())
    assert {seed for row in result["rows"] for seed in row["seeds"]} == {0, 1}
    assert before == {path: path.stat().st_mtime_ns for path in before}


def test_a_seed_outside_of_the_table_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["reproduce", PLACE, "--profile", "quick", "--seeds", "2", "--seed", "2"]) == 2
    assert "seed 2 is none of the table's, which are [0, 1]" in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Fabric starts processes differently there")
def test_torchrun_trains_in_two_processes(tmp_path: Path) -> None:
    (code,) = blocks("python")
    (tmp_path / "several.py").write_text(code, encoding="utf-8")
    assert "torchrun --nproc-per-node 2 several.py\n" in blocks("bash")
    command = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "2", "several.py"]
    # The worst case: unbuffered, each write of two processes can come between two of the other's.
    env = {**os.environ, "PYTHONUNBUFFERED": "1"}
    done = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, timeout=300, check=False, env=env
    )
    assert done.returncode == 0, done.stderr[-2000:]
    losses = {line for line in done.stdout.splitlines() if re.fullmatch(r"\d+\.\d+", line)}
    assert len(losses) == 2
