"""Chapter 00: what a map is."""

from udtlib.evaluate.exercises.kinds import Letters, Value

__all__ = ["KEYS"]

KEYS = {
    "ex-maps-count": (
        Value(
            "maps onto two points",
            expected=6,
            misconceptions={
                16: "16 = 2⁴ counts all maps; those that send three or four points to one place do not fit",
                2: "you may have asked which target comes first; ask which two of the four points share a target",
                3: "3 counts ways to split four points into two pairs; it also matters which pair goes where",
                24: "24 = 4! counts orders of the four points; the order within a target does not matter",
                0: "a map may send several points to one place; it just has no inverse then",
            },
        ),
        Value(
            "maps back again",
            expected=0,
            praise="an atom cannot be split",
            misconceptions={
                6: "the inverse of a map that merges points is not a map",
                12: "a map sends each point to ONE place, so from two points at most two places are reached",
                16: "16 = 4² counts all maps; how many places can two points reach?",
            },
        ),
    ),
    "ex-maps-swirl": Letters(
        "turns that leave N(0, I) as it is",
        expected="ad",
        misconceptions=[
            (
                lambda g: "b" in g,
                "(b) turns points of one circle by different angles, those on the right forwards and those on "
                "the left backwards: they pile up",
            ),
            (
                lambda g: "c" in g,
                "(c) turns every point forwards, but points of one circle by different angles: they pile up",
            ),
            (
                lambda g: "a" not in g,
                "an angle that depends on the radius alone turns every circle as a whole",
            ),
            (
                lambda g: "d" not in g,
                "(d) doubles the polar angle: a circle is covered twice, and each part of it as densely",
            ),
        ],
        praise="and (d) has no inverse: two points go to each place",
    ),
    "ex-maps-angle": Value(
        "best angle between diagonal Gaussians",
        expected=0,
        misconceptions={
            180: "180° gives the largest cost: look at the sign in front of the trace",
            360: "360° is outside the interval asked for; what is the same rotation inside it?",
            90: "at 90° the trace in (7) vanishes, which is neither its largest nor its smallest value",
        },
    ),
}
