"""Assignments hold the same copy of what the hidden tests share, and that text does what it says."""

import runpy
from pathlib import Path

import pytest
import torch
from classroom.notebook import read
from torch import nn

ROOT = Path(__file__).resolve().parents[2]
COPIES = runpy.run_path(str(ROOT / "assignments" / "copy_properties.py"))
BEGIN, first_graded, with_copy = (COPIES[name] for name in ("BEGIN", "first_graded", "with_copy"))
SOURCES = [
    path
    for path in sorted((ROOT / "assignments" / "source").glob("*/*.ipynb"))
    if first_graded(read(path)).source.startswith(BEGIN)
]


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_assignments_hold_the_same_copy(path):
    source = first_graded(read(path)).source
    assert source == with_copy(source), "run `python assignments/copy_properties.py`"


@pytest.fixture(scope="module")
def holds():
    """Asks the property of an answer to `the mean over samples of the sum of w x`."""
    holds = runpy.run_path(str(ROOT / "assignments" / "properties.py"))["_holds"]

    def ask(answer):
        holds(
            "the sum",
            answer,
            lambda x, net: net(x).sum(1).mean(),
            lambda d: {"x": d.normal(d.size(), 3), "net": d.net(3, d.size())},
        )

    return ask


def seeded(x, net):
    torch.manual_seed(0)
    return net(x).sum(1).mean()


def in_place(x, net):
    x.data += 1
    return net(x - 1).sum(1).mean()


def left_in_eval(x, net):
    return net.eval()(x).sum(1).mean()


def cached(x, net, kept={}):  # noqa: B006
    return kept.setdefault(id(x), net(x).sum(1).mean())


def frozen(x, net):
    value = net(x).sum(1).mean()
    net.requires_grad_(False)
    return value


def cleared(x, net):
    net.zero_grad()
    return net(x).sum(1).mean()


def test_right_answers_hold(holds):
    holds(lambda x, net: net(x).sum(1).mean())
    holds(lambda x, net: sum(net(row[None]).sum() for row in x) / len(x))
    holds(lambda x, net: net(x).double().sum(1).mean())


@pytest.mark.parametrize(
    "wrong",
    [
        lambda x, net: net(x).mean(),
        lambda x, net: net(x).sum(0).mean(),
        lambda x, net: net(x).sum(1).mean().view(1),
        lambda x, net: net(x.detach()).sum(1).mean(),
        lambda x, net: net(x).sum(1).mean().detach(),
        lambda x, net: net(x).float().sum(1).mean(),
        lambda x, net: nn.utils.parameters_to_vector(net.parameters()).sum() * 0 + x.sum(),
        seeded,
        in_place,
        left_in_eval,
        cached,
        frozen,
        cleared,
    ],
)
def test_wrong_answers_do_not(holds, wrong):
    with pytest.raises(AssertionError):
        holds(wrong)
