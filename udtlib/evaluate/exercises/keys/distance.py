"""Chapter 06: distances."""

from udtlib.evaluate.exercises.kinds import Letters, Value

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
    "ex-di-turn": (
        Value(
            "the segment along the axis",
            expected=2**0.5,
            tolerance=5e-3,
            misconceptions=[
                (
                    1.0,
                    "that is what the Euclidean length does; the sum of absolute differences knows its axes",
                ),
                (2.0, "the turned segment is (cos 45°, sin 45°), and both entries are 1/√2"),
                (2**-0.5, "that is one entry of the turned segment; the sum has two"),
            ],
        ),
        Value(
            "the segment along the diagonal",
            expected=2**-0.5,
            tolerance=5e-3,
            misconceptions=[
                (1.0, "its L1 length before is √2: it has two entries of 1/√2"),
                (2**0.5, "that is its L1 length before; after the turn it lies along an axis"),
                (0.5, "before it is √2 long and after it 1: the quotient, without squares"),
            ],
            praise="some sides grow where others shrink, and so their order may change",
        ),
    ),
}
