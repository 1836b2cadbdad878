"""Chapter 06: distances."""

import torch

from udtlib.evaluate.exercises.kinds import Function, Letters, Value

__all__ = ["KEYS"]

KEYS = {
    "ex-di-hand": Value(
        "one pair's contribution",
        expected=0.9,
        misconceptions=[
            (
                84.0,
                "that is the plain difference of distances; each is to be put in its own domain's units first",
            ),
            (-0.9, "the loss takes the absolute value"),
            (2.1, "subtract the normalised distances, do not add them"),
            (1.9, "the means have to be taken off on both sides"),
        ],
    ),
    "ex-di-see": Letters(
        "the maps with zero distance loss",
        expected="abd",
        misconceptions=[
            (
                lambda g: "c" in g,
                "two images that were equal but for one pixel are strangers after (c)",
            ),
            (
                lambda g: "e" in g,
                "blurring takes away fine differences and leaves coarse ones: "
                "some distances shrink more than others",
            ),
            (
                lambda g: "d" not in g,
                "halving contrast halves every distance, and the deviation with it: "
                "the normalised distances stay",
            ),
            (
                lambda g: "b" not in g,
                "a sum over pixels does not care about their order, if the order is one for all",
            ),
            (lambda g: "a" not in g, "turning upside down is a shuffling of pixels, one for all"),
        ],
    ),
    "ex-di-l2": Function(
        "Euclidean distances",
        cases=[
            ((torch.tensor([[0.0, 0.0], [3.0, 4.0]]),), torch.tensor([5.0])),
            ((torch.tensor([[[0.0, 1.0]], [[1.0, 1.0]], [[1.0, 3.0]]]),), torch.tensor([1.0, 5**0.5, 2.0])),
        ],
        misconceptions=[
            (
                lambda x: torch.pdist(x.flatten(1), p=1),
                "that is the sum of absolute differences again",
            ),
            (lambda x: torch.pdist(x.flatten(1)) ** 2, "a square root is missing"),
        ],
        praise="it does not know the axes, so that every rotation keeps it",
    ),
}
