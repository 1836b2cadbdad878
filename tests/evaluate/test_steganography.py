"""A message that is lost by a touch is told from a translation that can be touched."""

import pytest
import torch
from torch import nn

from udtlib.evaluate.steganography import rounded, secrecy
from udtlib.translators.direct import Direct
from udtlib.translators.two_way import TwoWay


class Fold(nn.Module):
    """Keeps the first channel; writes the second as ``faint`` times itself."""

    def __init__(self, faint):
        super().__init__()
        self.faint = nn.Parameter(torch.tensor(faint))

    def forward(self, x):
        return torch.cat([x[:, :1], self.faint * x[:, 1:]], dim=1)


def writer(faint):
    """A pair of translators that undo each other; the second channel is written faintly."""
    return TwoWay(Direct(Fold(faint)), Direct(Fold(1 / faint)))


@pytest.fixture
def x():
    return torch.rand(8, 2, 16, 16, generator=torch.Generator().manual_seed(0)) * 2 - 1


def told(translator, x, strengths=(0.0, 0.02)):
    return secrecy(translator, x, strengths=strengths, generator=torch.Generator().manual_seed(1))


def test_noise_costs_what_the_formula_says(x):
    # The way back multiplies the noise on channel 2 by 1/faint; the mean of |σ n| is σ √(2/π).
    faint, sigma = 0.05, 0.02
    expected = (1 + 1 / faint) / 2 * sigma * (2 / torch.pi) ** 0.5
    result = told(writer(faint), x)
    assert result.untouched == pytest.approx(0, abs=1e-6)
    assert result.noisy[0] == pytest.approx(result.untouched, abs=1e-6)
    assert result.noisy[1] == pytest.approx(expected, rel=0.05)


def test_a_faint_message_is_lost_and_a_loud_one_is_not(x):
    faint, loud = told(writer(0.01), x), told(writer(1.0), x)
    assert faint.lost[1] > 10 * loud.lost[1]
    assert loud.stored < 0.004 < faint.stored
    # both know as much of x before they are touched
    assert faint.stranger == pytest.approx(loud.stranger, rel=1e-4)


def test_a_stranger_is_another_sample(x):
    constant = x[:1].expand(8, -1, -1, -1)
    assert told(writer(0.5), constant).stranger == pytest.approx(0, abs=1e-6)
    assert told(writer(0.5), x).stranger == pytest.approx((x.roll(1, 0) - x).abs().mean().item(), rel=1e-4)


def test_rounding_keeps_the_levels_and_moves_nothing_further_than_half_a_step():
    y = torch.linspace(-1, 1, 1_001)
    assert (rounded(y) - y).abs().max() <= 1 / 255 + 1e-6
    assert rounded(y).unique().numel() == 256
    assert torch.equal(rounded(torch.tensor([-3.0, 3.0]), levels=2), torch.tensor([-1.0, 1.0]))
    assert torch.allclose(rounded(rounded(y)), rounded(y), atol=1e-7)


def test_bad_input(x):
    with pytest.raises(ValueError, match="at least 2"):
        rounded(x, levels=1)
    with pytest.raises(ValueError, match="got 1 sample"):
        told(writer(0.5), x[:1])
    with pytest.raises(ValueError, match="strengths"):
        told(writer(0.5), x, strengths=())
    with pytest.raises(ValueError, match=r"-0\.1"):
        told(writer(0.5), x, strengths=(-0.1,))
