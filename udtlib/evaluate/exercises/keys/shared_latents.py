"""Chapter 05: shared latents."""

import math

import torch

from udtlib.evaluate.exercises.kinds import Function, Letters, Value

__all__ = ["KEYS"]

POINTS = torch.tensor([[1.0, 2.0], [-1.0, 0.5]])


def doubling(a):
    """A net with t = a + 1 and s = log 2."""
    return torch.cat([a + 1, a * 0 + math.log(2)], dim=1)


def coupling(x, net):
    """The chapter's coupling, without its log-determinant."""
    return second_half(x, net, lambda b, s, t: b * s.exp() + t)


def second_half(z, net, rule):
    """Points whose second coordinate is replaced by a rule of it, of log-scale s and of shift t."""
    a, b = z[:, :1], z[:, 1:]
    t, s = net(a).chunk(2, dim=1)
    return torch.cat([a, rule(b, s, t)], dim=1)


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
    "ex-sl-inverse": Function(
        "the inverse of a coupling",
        cases=[((coupling(POINTS, doubling), doubling), POINTS)],
        misconceptions=[
            (
                lambda z, net: second_half(z, net, lambda b, s, t: b * (-s).exp() - t),
                "undo in the opposite order: the shift came last, so it goes first",
            ),
            (
                lambda z, net: second_half(z, net, lambda b, s, t: (b - t) * s.exp()),
                "the scale must be undone too: e to the minus s",
            ),
            (coupling, "that is the way forth"),
        ],
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
