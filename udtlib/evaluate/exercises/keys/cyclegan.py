"""Chapter 04: CycleGAN."""

import torch

from udtlib.evaluate.exercises.agreement import is_open
from udtlib.evaluate.exercises.kinds import Function, Value

__all__ = ["KEYS"]

IMAGES = torch.linspace(-1, 1, 64).view(2, 1, 4, 8)


def shift(x):
    """Stands in for any map of the digits to themselves that can be undone; it treats black and white unlike."""
    return (x.roll(3, -1) + 1) ** 2 / 2 - 1


def unshift(x):
    return ((2 * (x + 1)).sqrt() - 1).roll(-3, -1)


def there_and_back(pair):
    """What the reader's two functions make of an image and of its right translation."""
    wrong_translator, way_back = pair

    def both(x, M, M_inverse):
        there, back = wrong_translator(x, M), way_back(-M(x), M_inverse)
        return ... if is_open(there) or is_open(back) else torch.stack([there, back])

    return both


KEYS = {
    "ex-cycle-hand": Value(
        "the cycle loss",
        expected=1.5,
        misconceptions=[
            (
                0.5,
                "that is the cycle of X alone, |S(T(x)) − x| = |x + 1/2 − x|; the one of Y counts too",
            ),
            (1.0, "that is the cycle of Y alone, |T(S(y)) − y| = |y + 1 − y|; the one of X counts too"),
            (0.0, "S undoes the factor 2 of T but not its shift: S(T(x)) = x + 1/2"),
            (0.75, "the two cycles are added, not averaged"),
            (1.25, "the cycle loss takes absolute values, not squares"),
        ],
    ),
    "ex-cycle-wrong": Function(
        "the wrong map, and its way back",
        through=there_and_back,
        cases=[((IMAGES, shift, unshift), torch.stack([-shift(IMAGES), IMAGES]))],
        tolerance=1e-5,
        misconceptions=[
            (
                lambda x, M, undo: torch.stack([M(-x), x]),
                "M is a map of digits, and −x is none: first M, then the sign",
            ),
            (
                lambda x, M, undo: torch.stack([-M(x), -undo(-M(x))]),
                "the way back is given a negative: first the sign, then M undone",
            ),
            (lambda x, M, undo: torch.stack([-M(x), -x]), "S′ must undo the negative as well"),
            (lambda x, M, undo: torch.stack([-M(x), M(x)]), "the way back forgets to undo M"),
            (lambda x, M, undo: torch.stack([-x, x]), "this is the right map: where is M?"),
            (lambda x, M, undo: torch.stack([M(x), x]), "T′ maps to digits, not to negatives"),
            (lambda x, M, undo: torch.stack([-M(x), M(M(x))]), "M in place of its inverse"),
        ],
    ),
    "ex-cycle-gain": Value(
        "growth of the first displacement",
        expected=100,
        tolerance=2.0,
        misconceptions={
            10: "one layer would give 10; but each block multiplies two weights, and both grow",
            10_000: "10⁴ is the growth of the mean SQUARED length, and of the energy",
            1_000: "two layers, not three: the ReLU has no weights",
            20: "the time step 1/K divides both displacements alike, so it cancels",
        },
        praise="σ² per block, so the energy grows like σ⁴",
    ),
}
