"""Two translators as one: forth is forward, back is inverse, and nothing says that they undo each other."""

import pytest
import torch
from torch import nn

from udtlib.translators.affine import Affine
from udtlib.translators.base import InvertibleTranslator
from udtlib.translators.direct import Direct
from udtlib.translators.two_way import TwoWay


def scaling(factor: float) -> Affine:
    return Affine(factor * torch.eye(2), torch.zeros(2))


def test_forth_is_forward_and_back_is_inverse():
    pair = TwoWay(scaling(3.0), scaling(5.0))
    x = torch.randn(4, 2)
    torch.testing.assert_close(pair(x), 3 * x)
    torch.testing.assert_close(pair.inverse(x), 5 * x)


def test_nothing_makes_it_exact():
    """Not even two translators that are each other's inverse: the class cannot know."""
    pair = TwoWay(scaling(2.0), scaling(0.5))
    assert isinstance(pair, InvertibleTranslator)
    assert not pair.exact
    x = torch.randn(4, 2)
    torch.testing.assert_close(pair.inverse(pair(x)), x)
    other = TwoWay(scaling(2.0), scaling(2.0))
    torch.testing.assert_close(other.inverse(other(x)), 4 * x)


def test_the_domains_may_have_different_shapes():
    pair = TwoWay(Direct(nn.Linear(2, 3)), Direct(nn.Linear(3, 2)))
    assert pair(torch.zeros(5, 2)).shape == (5, 3)
    assert pair.inverse(torch.zeros(5, 3)).shape == (5, 2)
    with pytest.raises(ValueError, match=r"x of shape \(5, 3\) does not fit Direct, whose first layer is"):
        pair(torch.zeros(5, 3))


def test_both_are_trained_saved_and_moved():
    forth, back = Direct(nn.Linear(2, 3)), Direct(nn.Linear(3, 2))
    pair = TwoWay(forth, back)
    assert {id(p) for p in pair.parameters()} == {id(p) for p in [*forth.parameters(), *back.parameters()]}
    assert {name.split(".")[0] for name in pair.state_dict()} == {"forth", "back"}
    pair.double().eval()
    assert all(p.dtype == torch.float64 for p in [*forth.parameters(), *back.parameters()])
    assert not forth.training
    assert not back.training


def test_each_way_s_gradient_reaches_its_own_net_only():
    pair = TwoWay(Direct(nn.Linear(2, 2)), Direct(nn.Linear(2, 2)))
    pair(torch.ones(3, 2)).sum().backward()
    assert all(p.grad is not None for p in pair.forth.parameters())
    assert all(p.grad is None for p in pair.back.parameters())
    pair.inverse(pair(torch.ones(3, 2))).sum().backward()
    assert all(p.grad is not None for p in pair.back.parameters())
