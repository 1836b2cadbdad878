"""Chapter 01: GANs."""

import math

from udtlib.evaluate.exercises.kinds import Function, Value

__all__ = ["KEYS"]

KEYS = {
    "ex-gan-half": Value(
        "the best discriminator's loss on half of a ring",
        expected=0.5 * math.log(3) + math.log(1.5),
        tolerance=5e-3,
        misconceptions=[
            (2 * math.log(2), "that is a coin's; where nothing is copied, real samples give themselves away"),
            (
                -0.5 * math.log(3) - math.log(1.5),
                "that is V, which the discriminator wants large; its loss is −V",
            ),
            (
                (0.5 * math.log(3) + math.log(1.5)) / 2,
                "that averages the two boxes; this course adds them, as in the equation of the game",
            ),
            (
                1.5 * math.log(2),
                "½ is best where both densities are equal; on a copied bell the copies are twice as dense",
            ),
            (
                math.log(3) + math.log(1.5),
                "only half of the real samples lie where there are copies; the other half costs nothing",
            ),
        ],
        praise="it is closer to a coin than one would think",
    ),
    "ex-gan-ratio": Function(
        "the best discriminator of an unfair box",
        cases=[((0.3, 0.1, 1.0), 0.75), ((0.2, 0.2, 3.0), 0.75), ((0.1, 0.4, 2.0), 1 / 3)],
        misconceptions=[
            (
                lambda b, g, r: b / (b + g),
                "that is the fair case, and the one of a mean for each box; in one mean over the batch r counts",
            ),
            (lambda b, g, r: b / (b + r * g), "r counts the real samples, so it belongs to β"),
            (lambda b, g, r: g / (r * b + g), "that is the probability of being generated"),
        ],
    ),
}
