"""Energies from mechanics, whose flows are known: to learn from, and to test integrators with."""

from __future__ import annotations

from typing import final

import torch

from udtlib.numerics.hamiltonian import Hamiltonian, SeparableHamiltonian, Time
from udtlib.numerics.signatures import checked_options
from udtlib.types import Float, Tensor

__all__ = ["HarmonicOscillator", "Pendulum", "QuadraticHamiltonian"]


@final
class QuadraticHamiltonian(Hamiltonian):
    r"""A quadratic energy, whose flow is linear: :math:`H = \tfrac12 x^\top S x`, :math:`\Phi_t = e^{t J S}`.

    Args:
        matrix: :math:`S`, symmetric.

    Raises:
        ValueError: a matrix that is not symmetric, or of odd size.
    """

    def __init__(self, matrix: Float[Tensor, "dim dim"]) -> None:
        super().__init__(len(matrix))
        if not torch.equal(matrix, matrix.T):
            raise ValueError(f"a quadratic form has a symmetric matrix, got {matrix.tolist()}")
        self.register_buffer("matrix", matrix)

    def forward(self, x: Float[Tensor, "batch dim"], t: Time = 0.0) -> Float[Tensor, "batch"]:
        return (x @ self.matrix.to(x) * x).sum(1) / 2

    def gradient(self, x: Float[Tensor, "batch dim"], t: Time = 0.0) -> Float[Tensor, "batch dim"]:
        return x @ self.matrix.to(x)


@final
class HarmonicOscillator(SeparableHamiltonian):
    r"""A mass on a spring: :math:`H = \tfrac12 \|p\|^2 + \tfrac{\omega^2}{2} \|q\|^2`.

    .. math:: q_t = q \cos\omega t + \tfrac{p}{\omega} \sin\omega t, \qquad
              p_t = p \cos\omega t - \omega q \sin\omega t

    Args:
        dimension: entries of a point :math:`(q, p)`, an even number.
        frequency: :math:`\omega`.
    """

    @checked_options()
    def __init__(self, dimension: int = 2, *, frequency: float | int = 1.0) -> None:
        super().__init__(dimension)
        self.frequency = frequency

    def forward(self, x: Float[Tensor, "batch dim"], t: Time = 0.0) -> Float[Tensor, "batch"]:
        q, p = x.chunk(2, dim=1)
        return (p.square().sum(1) + self.frequency**2 * q.square().sum(1)) / 2

    def kinetic_gradient(self, p: Float[Tensor, "batch half"], t: Time = 0.0) -> Float[Tensor, "batch half"]:
        return p

    def potential_gradient(
        self, q: Float[Tensor, "batch half"], t: Time = 0.0
    ) -> Float[Tensor, "batch half"]:
        return self.frequency**2 * q


@final
class Pendulum(SeparableHamiltonian):
    r"""Pendulums of unit mass and length: :math:`H = \tfrac12 \|p\|^2 - \sum_i \cos q_i`, :math:`q` an angle."""

    def __init__(self, dimension: int = 2) -> None:
        super().__init__(dimension)

    def forward(self, x: Float[Tensor, "batch dim"], t: Time = 0.0) -> Float[Tensor, "batch"]:
        q, p = x.chunk(2, dim=1)
        return p.square().sum(1) / 2 - torch.cos(q).sum(1)

    def kinetic_gradient(self, p: Float[Tensor, "batch half"], t: Time = 0.0) -> Float[Tensor, "batch half"]:
        return p

    def potential_gradient(
        self, q: Float[Tensor, "batch half"], t: Time = 0.0
    ) -> Float[Tensor, "batch half"]:
        return torch.sin(q)
