"""Chapter 10: Hamiltonian flows."""

import torch

from udtlib.evaluate.exercises.kinds import Function, Letters, Value

__all__ = ["KEYS"]

Q, P = torch.tensor([1.0, -0.5]), torch.tensor([0.0, 2.0])


def spring(q):
    return -q


def hill(q):
    return q**3


def near(wrong):
    """A test for a number that was rounded to two decimals."""
    return lambda given: abs(float(given) - wrong) < 2e-3


def drift_kick_drift(q, p, force, dt):
    middle = q + dt / 2 * p
    kicked = p + dt * force(middle)
    return torch.stack([middle + dt / 2 * kicked, kicked])


def kick_against_the_force(q, p, force, dt):
    half = p - dt / 2 * force(q)
    return torch.stack([q + dt * half, half - dt / 2 * force(q + dt * half)])


KEYS = {
    "ex-ham-floor": Value(
        "the floor where the scaling is held too small",
        expected=0.143,
        tolerance=1e-3,
        misconceptions=[
            (near(0.636), "that is the floor without the scaling; it adds d γ to the entropy"),
            (near(0.071), "that is for one dimension; there are two"),
            (near(-0.164), "E‖T(x)‖² grows with the entropy: it is at least d exp(2γ), not d"),
            (near(0.0), "that needs γ = log 2; at 0.4 the flow does not make enough volume"),
        ],
    ),
    "ex-ham-leapfrog": Function(
        "one leapfrog step",
        cases=[
            ((Q.clone(), P.clone(), spring, 0.2), torch.tensor([[0.98, -0.09], [-0.198, 2.059]])),
            (
                (Q.clone(), P.clone(), hill, 0.1),
                torch.tensor([[1.005, -0.300625], [0.1007538, 1.9923915]]),
            ),
        ],
        misconceptions=[
            (
                lambda q, p, f, dt: torch.stack([q + dt * p, p + dt * f(q)]),
                "that is Euler's step: both lines read the old values, and nothing is kept",
            ),
            (
                lambda q, p, f, dt: torch.stack([q + dt * (p + dt * f(q)), p + dt * f(q)]),
                "symplectic, but only of order 1 and not reversible: "
                "split the kick in two halves around the drift",
            ),
            (
                lambda q, p, f, dt: torch.stack([q + dt * (p + dt / 2 * f(q)), p + dt * f(q)]),
                "the second half kick must read the force at the new position",
            ),
            (kick_against_the_force, "force is −∇V already; the kick adds it"),
            (
                drift_kick_drift,
                "that is drift, kick, drift: as good, but the exercise asks for kick, drift, kick",
            ),
        ],
        praise="and with −dt it undoes itself",
    ),
    "ex-ham-symplectic": Letters(
        "the impostor",
        expected="b",
        misconceptions=[
            (lambda g: len(g) > 1, "only one of the three is an impostor"),
            (
                lambda g: g == "a",
                "A stretches positions and shrinks their own momenta: H = log 2 (q₁p₁ + q₂p₂)",
            ),
            (lambda g: g == "c", "each position of C is stretched as much as its own momentum is shrunk"),
        ],
        praise="it keeps volume, but the area of each pair (q, p) changes",
    ),
}
