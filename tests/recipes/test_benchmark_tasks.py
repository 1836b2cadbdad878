"""The benchmark's tasks: true images are where they belong, and scores of alignment mean what they say."""

import pytest
import torch

from udtlib.data.digit_pairs import two_digits
from udtlib.data.digit_swap import digit_swap
from udtlib.data.street_digits import negative_digits
from udtlib.profiles import Profile
from udtlib.recipes import benchmark_tasks as tasks
from udtlib.recipes import coded_pairs, dont_faces
from udtlib.recipes.benchmark_tasks import TASKS

QUICK = Profile(name="quick", device=torch.device("cpu"))


@pytest.fixture
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Embedded digits, few faces, and autoencoders that have learnt next to nothing."""
    for steps in (coded_pairs.CODER_STEPS, tasks.CODER_STEPS):
        monkeypatch.setitem(steps, "quick", 3)
    monkeypatch.setattr(tasks, "MEASURED", 200)
    for name, load in (
        ("digit_swap", digit_swap),
        ("two_digits", two_digits),
        ("negative_digits", negative_digits),
    ):
        embedded = lambda load=load, **options: load(**{**options, "source": "embedded"})  # noqa: E731
        monkeypatch.setattr(tasks, name, embedded)
    monkeypatch.setitem(dont_faces.COUNT, "quick", 30)
    monkeypatch.setitem(dont_faces.CODER_STEPS, "quick", 2)
    for module, name in ((dont_faces, "MEASURED"), (tasks, "FACES")):
        monkeypatch.setattr(module, name, 20)


@pytest.mark.usefixtures("_small")
@pytest.mark.parametrize(
    ("name", "right"),
    [("swap", {"task 2: same digit, other side, %": 100}), ("negatives", {"class kept, %": 100})],
)
def test_the_right_answer_is_in_the_target_and_aligned(name: str, right: dict[str, float]) -> None:
    case = TASKS[name].prepare(QUICK, 0)
    x = case.pair.images.source.test[case.rows[0]]
    y = case.pair.images.target.test[case.rows[1]]
    answer = case.pair.images.truth(x)
    assert case.in_target(answer) > 95
    assert case.in_target(y) > 95
    assert case.in_source(x) > 95
    assert max(case.in_target(x), case.in_source(y)) < 5
    scores = case.alignment(answer)
    for metric, value in right.items():
        assert scores[metric] == pytest.approx(value, abs=5)
    there, back = case.truth()
    assert there.shape == back.shape == case.measured[0].shape
    if name == "swap":
        assert case.cost[1].weight.shape == (128,)
        assert scores["task 1: other digit, same side, %"] < 5
    else:
        assert scores["mean ‖T(x) − (−x)‖₁ per pixel"] == 0


@pytest.mark.usefixtures("_small")
def test_a_hand_is_kept_by_the_digit_itself() -> None:
    case = TASKS["digits"].prepare(QUICK, 0)
    x = case.pair.images.source.test[case.rows[0]]
    y = case.pair.images.target.test[case.rows[1]]
    assert case.in_target(y) > 90 > 10 > case.in_target(x)
    assert case.in_source(x) > 90 > 10 > case.in_source(y)
    assert case.alignment(x) == pytest.approx({"ink kept, correlation": 1, "slant kept, correlation": 1})
    assert abs(case.alignment(y)["slant kept, correlation"]) < 0.3
    assert case.truth() is None
    assert len(case.measured[0]) == len(case.measured[1])


@pytest.mark.usefixtures("_small")
def test_faces_keep_what_is_no_part_of_the_sex() -> None:
    case = TASKS["faces"].prepare(QUICK, 0)
    x, y = case.pair.images.source.test, case.pair.images.target.test
    own, others = case.alignment(x), case.alignment(y)
    assert own["factors kept, mean correlation"] > 0.7
    assert others["factors kept, mean correlation"] < 0.3
    assert case.in_target(y) > case.in_target(x)
    assert case.in_source(x) > case.in_source(y)
