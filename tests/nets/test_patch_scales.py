"""Discriminators at several scales: what each sees, what a mean over the answer is, what is refused."""

import pytest
import torch
from torch import nn
from torch.nn.functional import avg_pool2d

from udtlib.nets.patch_scales import PatchScales
from udtlib.nets.patchgan import PatchGAN


def judge(condition=0, channels=2):
    return PatchGAN(channels, condition=condition, field=18, width=2, norm=nn.Identity)


def test_each_channel_is_one_discriminator_at_its_scale():
    torch.manual_seed(0)
    judges, y = [judge(), judge(), judge()], torch.rand(3, 2, 32, 32)
    answer = PatchScales(judges)(y)
    assert answer.shape == (3, 3, 8, 8)
    torch.testing.assert_close(answer[:, 0], judges[0](y)[:, 0])
    half = judges[1](avg_pool2d(y, 2))[:, 0]
    torch.testing.assert_close(answer[:, 1], half.repeat_interleave(2, 1).repeat_interleave(2, 2))
    quarter = judges[2](avg_pool2d(y, 4))[:, 0]
    torch.testing.assert_close(answer[:, 2, ::4, ::4], quarter)


def test_a_mean_over_the_answer_is_the_mean_over_the_scales():
    torch.manual_seed(0)
    judges, y = [judge(), judge()], torch.rand(2, 2, 32, 64)
    means = [judges[0](y).mean(), judges[1](avg_pool2d(y, 2)).mean()]
    torch.testing.assert_close(PatchScales(judges)(y).mean(), sum(means) / 2)


def test_all_scales_are_told_the_condition():
    torch.manual_seed(0)
    net = PatchScales([judge(1), judge(1)])
    y, x = torch.rand(2, 2, 16, 16), torch.rand(2, 1, 16, 16)
    changed = net(y, x) - net(y, x + 1)
    assert (changed.abs().amax(dim=(0, 2, 3)) > 0).all()


@pytest.mark.parametrize(
    ("judges", "words"), [([], "got none"), ([judge(), judge(1)], "got 2 given 0, 2 given 1")]
)
def test_discriminators_of_different_channels_are_refused(judges, words):
    with pytest.raises(ValueError, match=words):
        PatchScales(judges)


def test_an_image_that_cannot_be_halved_is_refused():
    with pytest.raises(ValueError, match="18 × 17 pixels cannot be halved 1 times; use sides divisible by 2"):
        PatchScales([judge(), judge()])(torch.rand(1, 2, 18, 17))
