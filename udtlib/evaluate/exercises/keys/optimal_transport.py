"""Chapter 07: optimal transport."""

import torch

from udtlib.evaluate.exercises.kinds import Function, Letters, Value

__all__ = ["KEYS"]

COSTS = torch.tensor([[4.0, 1.0, 7.0], [2.0, 3.0, 6.0]])

#: Masses at the sources and at the targets.
HALVES, WEIGHTS = torch.tensor([0.5, 0.5]), torch.tensor([0.25, 0.25, 0.5])

KEYS = {
    "ex-ot-hand": Value(
        "W₂² of two points to two points",
        expected=2.5,
        misconceptions=[
            (5.0, "each of the two ways carries a mass of one half"),
            (
                29.0,
                "you crossed over, 0 to 5 and 3 to 1, and forgot that each way carries one half",
            ),
            (14.5, "you crossed over: 0 to 5 and 3 to 1. On the line equal quantiles are paired"),
            (1.5, "that is W₁: the mean distance, not the mean squared one"),
            (2.25, "that is the square of W₁; square the distances first, then take the mean"),
            (2.5**0.5, "that is W₂; its square was asked for"),
        ],
    ),
    "ex-ot-prices": Function(
        "the most that she can earn",
        cases=[
            ((COSTS, HALVES, WEIGHTS, torch.tensor([1.0, 0.5])), torch.tensor(3.875)),
            ((COSTS, HALVES, WEIGHTS, torch.tensor([0.0, -1.0])), torch.tensor(4.0)),
            # Prices that are too dear at the sources, so that some at the targets are negative.
            ((COSTS, HALVES, WEIGHTS, torch.tensor([5.0, 2.0])), torch.tensor(3.25)),
        ],
        misconceptions=[
            (
                lambda C, a, b, f: a @ f + b @ (C - f[:, None]).amin(0).clamp(min=0),
                "prices may be negative: where the sources are dear she pays at the targets",
            ),
            (
                lambda C, a, b, f: a @ (C - (C - f[:, None]).amin(0)).amin(1) + b @ (C - f[:, None]).amin(0),
                "the prices at the sources are given; you have raised some of them",
            ),
            (
                lambda C, a, b, f: a @ f + b @ (C - f[:, None]).amax(0),
                "the largest bound is not the one that binds: f + g must stay below C for every source",
            ),
            (
                lambda C, a, b, f: a @ f + b @ C.amin(0),
                "the prices at the sources have to be taken off before the minimum",
            ),
            (
                lambda C, a, b, f: f.sum() + (C - f[:, None]).amin(0).sum(),
                "a price is earned once for each unit: weigh by a and b",
            ),
            (
                lambda C, a, b, f: b @ (C - f[:, None]).amin(0),
                "she is paid at the sources as well",
            ),
            (
                lambda C, a, b, f: a @ f + b @ (C + f[:, None]).amin(0),
                "f + g ≤ C means g ≤ C − f: mind the sign",
            ),
        ],
        praise="the minimum is the c-transform. Sinkhorn's step is its soft version, and hardens into it as ε → 0",
    ),
    "ex-ot-conditions": Letters(
        "where the theorem applies",
        expected="ad",
        misconceptions=[
            (
                lambda g: "b" in g,
                "the source of (b) has atoms; no map can spread a point over a disc",
            ),
            (
                lambda g: "c" in g,
                "the norm itself is not strictly convex: along a line, it is linear. "
                "(There is an optimal map, but not one only)",
            ),
            (
                lambda g: "e" in g,
                "in (e) the second coordinate moves for free: that cost is convex, but not strictly",
            ),
            (
                lambda g: "a" not in g,
                "only the source needs a density; the disc is cut into three cells, one for each point",
            ),
            (
                lambda g: "d" not in g,
                "the fourth power of the norm is strictly convex, too; squares are not the only choice",
            ),
        ],
    ),
}
