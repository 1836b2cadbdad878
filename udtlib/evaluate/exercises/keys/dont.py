"""Chapter 08: DONT."""

import torch

from udtlib.evaluate.exercises.kinds import Function, Value

__all__ = ["KEYS"]

ONE, WHOLE = torch.tensor([[[3.0, 4.0]]]), torch.ones(1)
EQUAL, QUARTERS = torch.full((4, 3, 2), 0.5), torch.full((4,), 0.25)
ZIGZAG, UNEVEN = (
    torch.tensor([[[1.0, 0.0], [0.0, 2.0]], [[-1.0, 0.0], [0.0, -2.0]]]),
    torch.tensor([0.2, 0.8]),
)


def near(*wrong):
    """A test for three numbers that were rounded to three decimals."""
    return lambda given: torch.allclose(torch.as_tensor(given), torch.tensor(wrong), atol=2e-3)


KEYS = {
    "ex-do-short": Value(
        "where it stops",
        expected=4.0,
        misconceptions=[
            (6.0, "that is the whole way; as long as λ is positive the effort holds it back"),
            (
                4.8,
                "that is b / (1 + λ): for D without the half, "
                "or with λ m for the slope of the effort, which is 2 λ m",
            ),
            (2.0, "that is how far it stops short of the target"),
        ],
    ),
    "ex-do-residual": Function(
        "the effort of residuals",
        cases=[
            ((ONE, WHOLE, 2), 25.0),
            ((EQUAL, QUARTERS, 3), 16.0),
            ((ZIGZAG, UNEVEN, 2), 15.625),
            ((ZIGZAG, UNEVEN, 3), 119.53125),
        ],
        misconceptions=[
            (
                lambda r, dt, p: (r.abs() ** p).sum(2).mean(1).sum(),
                "the Δt is missing: v = r / Δt, and the sum over steps has a Δt of its own",
            ),
            (
                lambda r, dt, p: (dt[:, None, None] * r.abs() ** p).sum(2).mean(1).sum(),
                "the Δt of the sum is there, but the velocities are r / Δt, not r",
            ),
            (
                lambda r, dt, p: len(r) ** (p - 1) * (r.abs() ** p).sum(2).mean(1).sum(),
                "that takes all steps to be 1/K long; these have lengths of their own",
            ),
            (
                lambda r, dt, p: (dt[:, None, None] ** (1 - p) * r.abs() ** p).mean((1, 2)).sum(),
                "the entries of a sample are summed; only the batch is averaged",
            ),
            (
                lambda r, dt, p: (r.sum(0).abs() ** p).sum(1).mean(),
                "that is the price of the straight way from start to end; a detour pays for every step",
            ),
        ],
        praise="each step has the factor Δt to the power 1 − p",
    ),
    "ex-do-parallel": Value(
        "shared weights",
        expected=torch.tensor([1.0, 0.005, 0.005]),
        tolerance=6e-4,
        misconceptions=[
            (torch.tensor([4.0, 0.02, 0.02]), "divide by the largest one"),
            (
                near(1.0, 0.126, 0.126),
                "that is the arithmetic mean, for which one large spread is enough",
            ),
            (near(1.0, 0.025, 0.025), "that is the geometric mean; the parallel sum is harmonic"),
        ],
    ),
}
