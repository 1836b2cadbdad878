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
            expected=0.1,
            tolerance=1e-3,
            misconceptions=[
                (0.6, "that is the most frequent value; L1 is least where as much lies below as above"),
                (0.03, "that is the mean; L1 is least at the median"),
                (-0.1, "that is the middle of the extremes; the median counts answers on either side"),
                (-1 / 30, "that is the mean of the three values; L1 is least at the median of the answers"),
            ],
        ),
        Value(
            "the pixel under the squared error",
            expected=0.03,
            tolerance=1e-3,
            misconceptions=[
                (0.1, "that is the median; the squared error is least at the mean"),
                (0.6, "that is the most frequent value; the squared error is least at the mean"),
                (-1 / 30, "that is the mean of the values without their frequencies"),
                (-0.1, "that is the middle of the extremes, without their frequencies"),
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
