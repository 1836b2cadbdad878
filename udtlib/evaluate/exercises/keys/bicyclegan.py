"""Chapter 03: BicycleGAN."""

import math

from udtlib.evaluate.exercises.kinds import Letters, Value

__all__ = ["KEYS"]

KEYS = {
    "ex-bi-kl": Value(
        "the divergence",
        expected=0.5 * (1 + 0.25 - 1 - math.log(0.25)),
        tolerance=2e-3,
        misconceptions=[
            (0.25 * (1 + 0.25 - 1 - math.log(0.25)), "the entries are summed, not averaged"),
            (0.5 * (1 + 0.5 - 1 - math.log(0.5)), "the formula has the variance σ², not σ"),
            (
                0.5 * (1 + 0.25 - 1 + math.log(0.25)),
                "the sign of the logarithm: a narrow code is expensive",
            ),
            (0.5, "that is the first entry alone; σ = 0.5 is not free"),
        ],
    ),
    "ex-bi-deaf": Value(
        "the ends of the interval of best heights",
        expected=[-0.9, -0.3],
        tolerance=1e-3,
        misconceptions=[
            ([-0.3, 0.3], "that is where all bands are equally frequent; here half of the answers lie lower"),
            ([-0.9, -0.9], "the most frequent answer is one of the best heights; L1 allows more"),
            (
                [-0.3, -0.3],
                "that is the mean, which minimises the square; of the best heights it is the upper end",
            ),
            ([-0.3, -0.9], "the lower end first"),
        ],
        praise="there is no answer in between, and L1 does not mind",
    ),
    "ex-bi-moves": Letters(
        "the terms that move the encoder",
        expected="bcd",
        misconceptions=[
            (
                lambda g: "f" in g,
                "the latent term treats the encoder as a constant, or G and E would hide the code in the image",
            ),
            (lambda g: "e" in g, "for a code of the prior the encoder is not asked"),
            (
                lambda g: "a" in g,
                "a discriminator's loss moves that discriminator only: it sees a detached image",
            ),
            (lambda g: "b" not in g, "L1 compares with a translation whose code the encoder wrote"),
            (lambda g: "c" not in g, "the KL term is about the encoder's own Gaussian"),
            (lambda g: "d" not in g, "the image that is to fool that judge was made with the encoder's code"),
        ],
    ),
}
