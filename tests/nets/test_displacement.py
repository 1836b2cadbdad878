import pytest
import torch
from torch import nn

from udtlib.nets.displacement import Displacement


def test_a_net_that_answers_nothing_leaves_everything_as_it_is():
    net = nn.Conv2d(3, 3, 1)
    nn.init.zeros_(net.weight)
    nn.init.zeros_(net.bias)
    x = torch.randn(2, 3, 4, 4)
    assert torch.equal(Displacement(net)(x), x)


def test_the_answer_is_added_and_learned_through():
    net = nn.Linear(2, 2)
    x = torch.randn(5, 2)
    y = Displacement(net)(x)
    assert torch.equal(y, x + net(x))
    y.sum().backward()
    assert net.weight.grad.abs().sum() > 0


def test_a_change_of_another_shape_is_refused():
    with pytest.raises(ValueError, match=r"shape \(3, 4, 4\).*\(1, 4, 4\)"):
        Displacement(nn.Conv2d(3, 1, 1))(torch.zeros(2, 3, 4, 4))
