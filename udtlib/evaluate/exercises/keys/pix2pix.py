"""Chapter 02: pix2pix."""

from udtlib.evaluate.exercises.kinds import Letters, Value

__all__ = ["KEYS"]

KEYS = {
    "ex-p2p-field": Value(
        "the receptive field",
        expected=26,
        tolerance=0.1,
        misconceptions=[
            (
                14,
                "adding up the kernels, or beginning at the input: a stride spreads "
                "what comes after it, so begin at the output",
            ),
            (11, "adding k − 1 for each layer is right only for strides of 1"),
            (40, "the strides multiply the steps between positions: (r − 1) s + k, not r s + k"),
        ],
    ),
    "ex-p2p-median": (
        Value(
            "the pixel under L1",
            expected=0.6,
            tolerance=1e-3,
            misconceptions=[
                (0.18, "that is the mean; L1 is least at the median"),
                (-0.1, "that is the middle of the two values; L1 goes with the majority"),
                (-0.8, "the majority of right answers shows skin"),
            ],
        ),
        Value(
            "the pixel under the squared error",
            expected=0.18,
            tolerance=1e-3,
            misconceptions=[
                (0.6, "that is the median; the squared error is least at the mean"),
                (-0.1, "that is the mean of the two values without their frequencies"),
            ],
        ),
    ),
    "ex-p2p-other": Letters(
        "who can tell that the portrait is somebody else's",
        expected="bcd",
        misconceptions=[
            (lambda g: "a" in g, "seen alone, somebody else's portrait is a real portrait"),
            (
                lambda g: "b" not in g,
                "one pixel of x names a label and one of y shows a colour: not all combinations are real",
            ),
            (lambda g: "c" not in g, "the larger patch sees all that the single pixel sees"),
            (lambda g: "d" not in g, "L1 compares with the portrait that belongs to x"),
        ],
    ),
}
