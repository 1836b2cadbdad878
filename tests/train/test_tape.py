"""A tape repeats operations; what a graph could not repeat is noted, and nothing is changed by that."""

from typing import NamedTuple

import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from tests.properties import examples
from udtlib.train.tape import Findings, Tape


class Step(NamedTuple):
    """An operation in place on one of two tensors."""

    name: str
    place: int
    number: float


STEPS = st.builds(
    Step, st.sampled_from(["add_", "mul_", "sub_"]), st.integers(0, 1), st.floats(-2, 2, allow_nan=False)
)


@examples(40)
@given(st.lists(STEPS, min_size=1, max_size=6), st.lists(st.floats(-3, 3), min_size=2, max_size=4))
def test_a_tape_repeats_what_a_function_does(steps, numbers):
    def does(tensors: list[torch.Tensor], out: torch.Tensor) -> None:
        weight = nn.Parameter(torch.ones(2))
        (weight * sum(tensors)).square().sum().backward()
        for step in steps:
            getattr(tensors[step.place], step.name)(step.number * tensors[1 - step.place].tanh())
        out.add_(weight.grad + torch.randn(2))

    here, there = ([torch.ones(2), torch.arange(2.0)] for _ in range(2))
    out, wanted = torch.zeros(2), torch.zeros(2)
    torch.manual_seed(0)
    tape = Tape.of(lambda: does(here, out))
    for number in numbers:
        here[0].fill_(number)
        tape.replay()
    torch.manual_seed(0)
    does(there, wanted)
    for number in numbers:
        there[0].fill_(number)
        does(there, wanted)
    assert torch.equal(out, wanted)
    assert all(torch.equal(a, b) for a, b in zip(here, there, strict=True))


def test_findings_change_nothing():
    findings = Findings(torch.device("cpu"))
    with findings:
        assert torch.ones(2).sum().item() == 2
    assert findings.notes == ["reads a number from a tensor, as .item(), float() and `if` do"]
