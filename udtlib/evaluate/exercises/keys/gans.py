"""Chapter 01: GANs."""

import math

from udtlib.evaluate.exercises.kinds import Function, Value

__all__ = ["KEYS"]

KEYS = {
    "ex-gan-loss": Value(
        "the discriminator's loss",
        expected=-math.log(0.8) - math.log(0.7),
        tolerance=2e-3,
        misconceptions=[
            (
                math.log(0.8) + math.log(0.7),
                "that is V, which the discriminator wants large; its loss is −V",
            ),
            (
                -math.log(0.8) - math.log(0.3),
                "for a generated sample being right means a small D: take log(1 − D)",
            ),
            (
                (-math.log(0.8) - math.log(0.7)) / 2,
                "that averages the two boxes; this course adds them, as in the equation of the game",
            ),
        ],
    ),
    "ex-gan-ratio": Function(
        "the best discriminator of an unfair box",
        cases=[((0.3, 0.1, 1.0), 0.75), ((0.2, 0.2, 3.0), 0.75), ((0.1, 0.4, 2.0), 1 / 3)],
        misconceptions=[
            (lambda b, g, r: b / (b + g), "that is the fair case: r has no effect on it"),
            (lambda b, g, r: b / (b + r * g), "r counts the real samples, so it belongs to β"),
            (lambda b, g, r: g / (r * b + g), "that is the probability of being generated"),
        ],
    ),
    "ex-gan-slope": Value(
        "the gradient penalty",
        expected=0.0,
        misconceptions=[
            (0.25, "the slope is one norm over all pixels of a sample, not one number per pixel"),
            (
                1.0,
                "if 1 is the length of the gradient, you are one step away: the penalty is "
                "(length − 1)². If you added four numbers: take one norm of the whole vector",
            ),
            (0.5, "½ is the slope in one pixel; take the norm over all four, less one, squared"),
        ],
    ),
}
