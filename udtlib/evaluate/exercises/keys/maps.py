"""Chapter 00: what a map is."""

import torch

from udtlib.evaluate.exercises.kinds import Function, Value

__all__ = ["KEYS"]

POINTS = (torch.tensor([[1.0, 0.0], [0.0, -2.0], [3.0, 4.0]]), torch.zeros(1, 2))


def turn(z, angle):
    """Turn every z by an angle of its own, anticlockwise."""
    c, s = angle.cos(), angle.sin()
    return torch.stack([c * z[:, 0] - s * z[:, 1], s * z[:, 0] + c * z[:, 1]], dim=1)


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
    "ex-maps-swirl": Function(
        "swirl",
        cases=[((z,), turn(z, z.norm(dim=1))) for z in POINTS],
        praise="and its push-forward of N(0, I) is N(0, I)",
        misconceptions=[
            (lambda z: turn(z, -z.norm(dim=1)), "this turns clockwise; check the signs of the sines"),
            (
                lambda z: turn(z, z.square().sum(dim=1)),
                "this turns by ‖z‖², which also preserves N(0, I), but is not f(r) = r",
            ),
            (
                lambda z: turn(z, z[:, 0]),
                "this turns by z₁: points of one circle turn by different angles, "
                "so the circle does not stay evenly filled",
            ),
            (
                lambda z: turn(z, torch.rad2deg(z.norm(dim=1))),
                "the angle is in radians, as cos and sin expect it",
            ),
        ],
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
