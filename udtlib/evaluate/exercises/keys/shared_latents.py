"""Chapter 05: shared latents."""

import math

from udtlib.evaluate.exercises.kinds import Letters, Value

__all__ = ["KEYS"]

KEYS = {
    "ex-sl-det": Value(
        "the stretching of volumes",
        expected=6.0,
        tolerance=1e-3,
        misconceptions=[
            (math.log(6), "that is the logarithm of the factor"),
            (5.0, "log-scales are added, so factors are multiplied"),
            (24.0, "the shift t moves; it does not stretch"),
            (1.0, "volumes are kept only by additive couplings, s = 0"),
            (1 / 6, "that is the factor of the way back"),
        ],
    ),
    "ex-sl-half": Letters(
        "what no continuous path of invertible maps reaches",
        expected="ad",
        misconceptions=[
            (lambda g: "b" in g, "in four dimensions two half turns at once lead to −x"),
            (lambda g: "c" in g, "stretching slowly loses no dimension"),
            (lambda g: "e" in g, "turn slowly: every turn on the way is invertible"),
            (lambda g: "a" not in g, "which sign has the determinant of −x in three dimensions?"),
            (lambda g: "d" not in g, "a mirror changes the sign of the determinant"),
        ],
        praise="the sign of the determinant cannot change on the way",
    ),
    "ex-sl-notices": Letters(
        "what a turn of the latent space changes",
        expected="d",
        misconceptions=[
            (lambda g: "a" in g, "a rotation keeps the length of z and has determinant 1"),
            (lambda g: "b" in g, "R leaves N(0, I) as it is, and F_Y⁻¹ makes β of it"),
            (lambda g: "c" in g, "a chain of bijections is a bijection"),
        ],
    ),
}
