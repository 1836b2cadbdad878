"""Scores along the way: noted without changing the run, kept when it is killed, drawn for all starts."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from udtlib.evaluate.scores import Scores
from udtlib.experiments.catalogue import find
from udtlib.experiments.following import FILE, Follower, score_curves
from udtlib.experiments.records import read_record
from udtlib.experiments.runs import Unit, carry_out, folder_of
from udtlib.profiles import Profile

PROFILE = Profile(name="quick", device=torch.device("cpu"))
SMALL = find(f"{Path(__file__).parent / 'small.py'}:small")
CURVES = score_curves("mean", "spread", caption="How soon.", times=4)
FOLLOWED = replace(SMALL, pictures={**SMALL.pictures, "curves": CURVES})
UNIT = Unit("narrow", 0)


def test_a_followed_run_is_the_same_run(tmp_path: Path) -> None:
    plain = carry_out(SMALL, UNIT, PROFILE, root=tmp_path / "plain")
    followed = carry_out(FOLLOWED, UNIT, PROFILE, root=tmp_path / "followed")
    assert followed.scores == plain.scores
    assert followed.settings == plain.settings


def test_what_is_noted_is_what_is_scored(tmp_path: Path) -> None:
    record = carry_out(FOLLOWED, UNIT, PROFILE, root=tmp_path)
    noted = record.shown["curves"]["narrow"]
    assert noted["step"].tolist() == [10, 20, 30, 40]
    scores = record.scores["narrow"]
    assert noted["mean"][-1].item() == pytest.approx(scores.fit["mean"], rel=1e-5)
    assert noted["spread"][-1].item() == pytest.approx(scores.effort["spread"], rel=1e-5)
    assert len(noted["mean"].unique()) == 4
    assert read_record(folder_of(tmp_path, FOLLOWED, PROFILE, UNIT)).shown["curves"].keys() == {"narrow"}


def test_the_picture_says_where_each_ends(tmp_path: Path) -> None:
    shown = {
        "a": {"step": torch.tensor([[5, 10]] * 2), "mean": torch.tensor([[0.0, 1.0], [0.0, 2.0]])},
        "b": {"step": torch.tensor([[5, 10]]), "mean": torch.tensor([[0.0, 0.25]])},
    }
    picture = score_curves("mean", caption="How soon.").draw(shown)
    assert picture.alt.endswith("At the end: a 1.5; b 0.25 (mean).")
    assert picture.caption == "How soon. Thick: the mean of 2 starts."


def follower(folder: Path, value: list[float], *, objective: torch.nn.Module | None = None) -> Follower:
    return Follower(
        folder,
        steps=20,
        times=2,
        objective=objective or torch.nn.Identity(),
        score=lambda: Scores(fit={"value": value[0], "drawn": torch.rand(()).item()}),
        seed=0,
    )


def test_a_killed_run_notes_again_what_it_comes_to_again(tmp_path: Path) -> None:
    value = [1.0]
    first = follower(tmp_path, value)
    for done in range(1, 11):
        first(done)
    # Killed within a line, after it had gone on from an earlier checkpoint.
    with (tmp_path / FILE).open("a") as file:
        file.write('{"step": 20, "val')
    value[0] = 2.0
    again = follower(tmp_path, value)
    for done in range(6, 21):
        again(done)
    assert [(row["step"], row["value"]) for row in again.rows()] == [(10, 2.0), (20, 2.0)]


def test_random_states_and_modes_are_left_as_they_were(tmp_path: Path) -> None:
    module = torch.nn.Sequential(torch.nn.Dropout(), torch.nn.Identity())
    module[1].eval()
    torch.manual_seed(3)
    before = torch.get_rng_state()
    follow = follower(tmp_path, [1.0], objective=module)
    follow.score = lambda: Scores(fit={"drawn": module.eval()(torch.rand(())).item()})
    follow(20)
    assert torch.equal(torch.get_rng_state(), before)
    assert [part.training for part in module.modules()] == [True, True, False]
    drawn = [json.loads(line)["drawn"] for line in (tmp_path / FILE).read_text().splitlines()]
    torch.manual_seed(0)
    assert drawn == [torch.rand(()).item()]


def test_curves_without_a_measure_or_with_one_moment_are_refused() -> None:
    with pytest.raises(ValueError, match="at least two moments"):
        score_curves(caption="Nothing.")
    with pytest.raises(ValueError, match="times=1"):
        score_curves("mean", caption="Once.", times=1)
