"""Every key takes the solution that its chapter prints, and tells every misconception that it knows."""

import math
from itertools import combinations

import pytest
import torch

from udtlib.evaluate.exercises import Exercise, Function, Letters, Value, answer
from udtlib.evaluate.exercises.answers import chapters, key


def leapfrog(q, p, force, dt):
    p = p + dt / 2 * force(q)
    q = q + dt * p
    p = p + dt / 2 * force(q)
    return torch.stack([q, p])


#: The solutions as the chapters print them.
SOLUTIONS = {
    "ex-maps-count": (6, 0),
    "ex-maps-swirl": ("ad",),
    "ex-maps-angle": (0,),
    "ex-gan-half": (0.955,),
    "ex-gan-ratio": (lambda beta, gamma, r: r * beta / (r * beta + gamma),),
    "ex-p2p-field": (26,),
    "ex-p2p-median": (0.1, 0.03),
    "ex-p2p-other": ("bcd",),
    "ex-bi-kl": (0.818,),
    "ex-bi-deaf": ([-0.9, -0.3],),
    "ex-bi-moves": ("bcd",),
    "ex-cycle-hand": (1.5,),
    "ex-cycle-wrong": ((lambda x, M: -M(x), lambda y, M_inverse: M_inverse(-y)),),
    "ex-cycle-gain": (100,),
    "ex-sl-det": (6,),
    "ex-sl-half": ("ad",),
    "ex-sl-notices": ("bc",),
    "ex-di-hand": (0.9,),
    "ex-di-see": ("abd",),
    "ex-di-turn": (math.sqrt(2), math.sqrt(0.5)),
    "ex-ot-hand": (2.5,),
    "ex-ot-prices": (lambda C, a, b, f: a @ f + b @ (C - f[:, None]).amin(0),),
    "ex-ot-conditions": ("ad",),
    "ex-do-short": (4,),
    "ex-do-residual": (lambda r, dt, p: (dt[:, None, None] ** (1 - p) * r.abs() ** p).sum(2).mean(1).sum(),),
    "ex-do-parallel": ([1, 0.005, 0.005],),
    "ex-ae-weight": (15.36,),
    "ex-ae-reparameterise": (lambda mu, L, noise: mu + L @ noise,),
    "ex-ae-nats": (5.545,),
    "ex-ae-mmd": ([0.0235, 0],),
    "ex-gw-unit": (2e-8,),
    "ex-gw-count": (4,),
    "ex-gw-gradient": (lambda dx, dy, P: -4 * dx @ P @ dy,),
    "ex-ham-floor": (0.1427,),
    "ex-ham-leapfrog": (leapfrog,),
    "ex-ham-symplectic": ("B",),
}

#: What readers give who hold a misconception that a key recognises by a test, not by a value.
RECOGNISED = {
    "ex-do-parallel": [[1, 0.126, 0.126], [1, 0.025, 0.025]],
    "ex-ham-floor": [
        2 * (math.log(2) - 0.5) + 1 / 4,
        math.log(2) - 0.9 + math.exp(0.8) / 8,
        2 * (math.log(2) - 0.9) + 1 / 4,
        0.0,
    ],
}

PARTS = [
    pytest.param(name, part, id=f"{name}: {part.title}")
    for exercises in chapters().values()
    for name in exercises
    for part in key(name)
]


def test_every_key_has_a_solution() -> None:
    assert set(SOLUTIONS) == {name for exercises in chapters().values() for name in exercises}


@pytest.mark.parametrize("name", SOLUTIONS)
def test_the_solution_is_right(name, capsys) -> None:
    answer(name, *SOLUTIONS[name])
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(key(name))
    assert all(line.startswith("✓ ") for line in lines), lines


#: The same answers as somebody would round or write them who was not told how.
OTHERWISE = [
    *(("ex-gan-half", 0.95), ("ex-ae-weight", 15.4), ("ex-ae-nats", 5.5), ("ex-cycle-gain", 99.9)),
    *(("ex-ham-symplectic", given) for given in ("(B)", "B.", ["B"], "b")),
]


@pytest.mark.parametrize(("name", "given"), OTHERWISE)
def test_a_right_answer_may_be_rounded_and_written_otherwise(name, given, capsys) -> None:
    answer(name, given)
    assert capsys.readouterr().out.startswith("✓ ")


@pytest.mark.parametrize(
    ("name", "given"), [("ex-gan-half", 0.96), ("ex-ae-nats", 5.6), ("ex-cycle-gain", 96)]
)
def test_a_number_that_is_merely_near_is_wrong(name, given, capsys) -> None:
    answer(name, given)
    assert capsys.readouterr().out.startswith("✗ ")


@pytest.mark.parametrize(("name", "part"), PARTS)
def test_every_misconception_is_told(name: str, part: Exercise) -> None:
    pairs = part.misconceptions.items() if isinstance(part.misconceptions, dict) else part.misconceptions
    assert len({message for _, message in pairs}) == len(pairs) > 0
    for wrong, message in pairs:
        assert message in faults(name, part, wrong), message


def faults(name: str, part: Exercise, wrong) -> list[str]:
    """What is said to the answers that this misconception may lead to."""
    if isinstance(part, Function):
        return [part.diagnosis([wrong(*arguments) for arguments, _ in part.cases])]
    if isinstance(part, Letters):
        sets = [set(letters) for size in range(7) for letters in combinations("abcdef", size)]
        return [part.fault("".join(letters)) for letters in sets]
    assert isinstance(part, Value)
    return [part.fault(given) for given in (RECOGNISED[name] if callable(wrong) else [wrong])]


def test_a_gradient_that_is_cut_is_seen(capsys) -> None:
    answer("ex-ae-reparameterise", lambda mu, L, noise: mu.detach() + L @ noise)
    assert "the mean gets no gradient" in capsys.readouterr().out


@pytest.mark.parametrize("pair", [(lambda x, M: ..., lambda y, undo: undo(-y)), (lambda x, M: -M(x), print)])
def test_half_an_answer_is_open(pair, capsys) -> None:
    answer("ex-cycle-wrong", pair)
    assert "not answered yet" in capsys.readouterr().out.splitlines()[-1]
