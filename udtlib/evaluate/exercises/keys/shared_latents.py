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
        "what the objective notices of a changed latent space",
        expected="bc",
        misconceptions=[
            (lambda g: "d" in g, "a swirl keeps the length of every z, and volumes; N(0, I) stays as it is"),
            (
                lambda g: "b" not in g,
                "volumes are kept, lengths are not; what becomes of a circle of equal density?",
            ),
            (lambda g: "c" not in g, "distances are kept, and the centre moves; N(0, I) has it at zero"),
            (
                lambda g: set(g) & set("ae"),
                "a reflection keeps lengths and has the determinant −1; only its size counts",
            ),
        ],
    ),
}
