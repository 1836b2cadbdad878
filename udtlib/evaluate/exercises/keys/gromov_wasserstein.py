"""Chapter 09b: Gromov-Wasserstein."""

import torch

from udtlib.evaluate.exercises.kinds import Function, Value

__all__ = ["KEYS"]

A = torch.tensor([[0.0, 1.0], [1.0, 0.0]])
B = torch.tensor([[0.0, 2.0, 1.0], [2.0, 0.0, 3.0], [1.0, 3.0, 0.0]])
PLAN = torch.tensor([[0.5, 0.0, 0.1], [0.0, 0.3, 0.1]])

KEYS = {
    "ex-gw-unit": Value(
        "ε for kilometres",
        expected=2e-8,
        tolerance=1e-10,
        misconceptions=[
            (
                0.02,
                "the energy changes with the unit and the entropy does not, so that their balance would shift",
            ),
            (2e-5, "distances are divided by 1,000, but the energy is made of their squares"),
            (2e4, "the wrong way: the energy has become smaller, so ε must, too"),
        ],
    ),
    "ex-gw-count": Value(
        "pairings of a rectangle",
        expected=4,
        misconceptions=[
            (8, "that is the square; a quarter turn would exchange long sides and short ones"),
            (1, "the identity is one; mirror the rectangle"),
            (24, "those are all pairings; only those that keep all six distances count"),
            (2, "there are two mirrors; what happens if you do both, or nothing?"),
        ],
    ),
    "ex-gw-gradient": Function(
        "the linearised cost",
        cases=[((A, B, PLAN), -4 * A @ PLAN @ B), ((2 * A, B, PLAN), -8 * A @ PLAN @ B)],
        misconceptions=[
            (
                lambda dx, dy, P: 2 * (dx**2 @ P.sum(1))[:, None] + 2 * (dy**2 @ P.sum(0)) - 4 * dx @ P @ dy,
                "that is the whole gradient, and right; "
                "leave out the two parts that depend on the marginals only",
            ),
            (
                lambda dx, dy, P: -2 * dx @ P @ dy,
                "P occurs twice in the last term, so that its derivative has two equal parts",
            ),
            (
                lambda dx, dy, P: 4 * dx @ P @ dy,
                "mind the sign: large agreement of distances must be cheap",
            ),
            (
                lambda dx, dy, P: -4 * dx @ P,
                "the target's distances are missing; the result must be a cost for pairs of points",
            ),
        ],
        praise="the term that makes the problem quadratic",
    ),
}
