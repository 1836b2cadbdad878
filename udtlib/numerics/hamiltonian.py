r"""Hamilton's equations: motion that a scalar function of position and momentum directs.

.. math:: \dot q = \frac{\partial H}{\partial p}, \qquad \dot p = -\frac{\partial H}{\partial q},
          \qquad \dot x = J\,\nabla H(x), \quad x = (q, p), \quad J = \begin{pmatrix} 0 & I \\ -I & 0 \end{pmatrix}

Here :math:`q` is the position and :math:`p` the momentum. A point of phase space is one vector: its first half is
:math:`q`, its second half :math:`p`. Where :math:`H` does not depend on the time it is conserved; volume is always
preserved, :math:`|\det \partial\Phi_t| = 1`, and so is the form :math:`\Omega`,
:math:`(\partial\Phi_t)^\top J\, \partial\Phi_t = J`.

Source: [greydanus2019], section 2; [menier2022], eq. 2, whose text swaps the words position and momentum.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import final

import torch
from torch import nn

from udtlib.numerics.inputs import kept
from udtlib.numerics.options import whole
from udtlib.types import Float, Tensor

__all__ = ["DynamicalSystem", "Hamiltonian", "Scaled", "SeparableHamiltonian", "symplectic_form"]

#: A moment: a plain number, or the scalar tensor that an adaptive solver hands over.
Time = float | int | Tensor


class DynamicalSystem(nn.Module, ABC):
    r"""An ordinary differential equation :math:`\dot x = f(x, t)`, for every sample of a batch by itself."""

    @abstractmethod
    def field(self, x: Float[Tensor, "batch dim"], t: Time) -> Float[Tensor, "batch dim"]:
        r"""The velocity :math:`f(x, t)`."""


class Hamiltonian(DynamicalSystem, ABC):
    r"""A scalar function :math:`H(q, p)` of phase space, perhaps also of the time.

    Args:
        dimension: entries of a point :math:`(q, p)`, an even number.

    Raises:
        ValueError: a dimension that is odd or below two.
    """

    def __init__(self, dimension: int) -> None:
        super().__init__()
        check_phase_space(dimension)
        self.dimension = dimension

    @abstractmethod
    def forward(self, x: Float[Tensor, "batch dim"], t: Time = 0.0) -> Float[Tensor, "batch"]:
        r"""The energy :math:`H(q, p)` of each point."""

    @abstractmethod
    def gradient(self, x: Float[Tensor, "batch dim"], t: Time = 0.0) -> Float[Tensor, "batch dim"]:
        r"""The gradient :math:`(\partial H / \partial q,\ \partial H / \partial p)`."""

    def field(self, x: Float[Tensor, "batch dim"], t: Time) -> Float[Tensor, "batch dim"]:
        r""":math:`J\,\nabla H(x)`."""
        slope = kept(self.gradient(x, t), x, name="the gradient of H")
        by_q, by_p = slope.chunk(2, dim=1)
        return torch.cat([by_p, -by_q], dim=1)


class SeparableHamiltonian(Hamiltonian, ABC):
    r"""A kinetic energy of the momentum and a potential energy of the position, :math:`H = T(p) + V(q)`."""

    @abstractmethod
    def kinetic_gradient(self, p: Float[Tensor, "batch half"], t: Time = 0.0) -> Float[Tensor, "batch half"]:
        r""":math:`\nabla T(p)`: how fast the position moves."""

    @abstractmethod
    def potential_gradient(
        self, q: Float[Tensor, "batch half"], t: Time = 0.0
    ) -> Float[Tensor, "batch half"]:
        r""":math:`\nabla V(q)`: minus the force."""

    def gradient(self, x: Float[Tensor, "batch dim"], t: Time = 0.0) -> Float[Tensor, "batch dim"]:
        q, p = x.chunk(2, dim=1)
        return torch.cat([self.potential_gradient(q, t), self.kinetic_gradient(p, t)], dim=1)


@final
class Scaled(DynamicalSystem):
    r"""Hamilton's equations and a scaling at a constant rate: volume grows by :math:`e^{\gamma d t}`.

    .. math:: \dot x = J\,\nabla H(x) + \gamma\, x

    For :math:`\gamma < 0` the motion is damped. It is invertible all the same.

    Args:
        hamiltonian: :math:`H`.
        rate: :math:`\gamma`, one number; where it is a parameter, it is registered and learned.
    """

    def __init__(self, hamiltonian: Hamiltonian, rate: Float[Tensor, ""]) -> None:
        super().__init__()
        self.hamiltonian = hamiltonian
        self.rate = rate

    def field(self, x: Float[Tensor, "batch dim"], t: Time) -> Float[Tensor, "batch dim"]:
        return self.hamiltonian.field(x, t) + self.rate * x


def symplectic_form(dimension: int) -> Float[Tensor, "dim dim"]:
    r"""The matrix :math:`J`, in double precision.

    Raises:
        ValueError: a dimension that is odd or below two.
    """
    check_phase_space(dimension)
    half = torch.eye(dimension // 2, dtype=torch.float64)
    none = torch.zeros_like(half)
    return torch.cat([torch.cat([none, half], dim=1), torch.cat([-half, none], dim=1)])


def check_phase_space(dimension: int) -> None:
    """Refuse a space that does not split into positions and momenta."""
    dimension = whole(dimension, name="dimension", at_least=None)
    if dimension < 2 or dimension % 2:
        raise ValueError(
            f"phase space has as many momenta as positions, an even dimension of at least 2, got {dimension}; "
            f"add coordinates: HamiltonianFlow(…, augmentation=Augmentation(extra={1 if dimension % 2 else 2}))"
        )
