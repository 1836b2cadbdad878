"""What is said of written characters: on images whose answers are known by construction."""

import torch

from udtlib.data.calligraphy import CalligraphyPair
from udtlib.evaluate.translations import right_answers, untouched
from udtlib.instruments.calligraphy import calligraphy_scores, ink_found


def test_ink_is_found_and_belongs() -> None:
    right, made = torch.ones(1, 1, 4, 4), torch.ones(1, 1, 4, 4)
    right[..., :2] = -1
    made[..., 1:3, :3] = -1
    # 8 of ink in the right answer, 6 in the other, of which 4 are in both.
    torch.testing.assert_close(ink_found(made, right), torch.tensor([50.0, 200 / 3], dtype=torch.float64))
    assert ink_found(torch.ones(1, 1, 4, 4), right).tolist() == [0, 0]


def test_the_truth_is_perfect_and_print_is_not() -> None:
    pair = CalligraphyPair(paired=True, size=32)
    truth, print_ = calligraphy_scores(right_answers, pair), calligraphy_scores(untouched, pair)
    assert truth.alignment == {
        "partner found": 100,
        "ink of the right answer found": 100,
        "ink that belongs there": 100,
        "mean |T(x) − right y|": 0,
    }
    assert truth.fit["fooled by a glimpse"] > 0.4
    assert print_.effort["mean |T(x) − x|"] == 0
    assert print_.alignment["partner found"] < 10
    assert 20 < print_.alignment["ink of the right answer found"] < 60
    assert print_.fit["fooled by a glimpse"] < truth.fit["fooled by a glimpse"]
