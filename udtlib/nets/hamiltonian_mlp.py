r"""Learned Hamiltonians, with their gradients written out.

A net's gradient in its input is needed at every step of an integrator. Written out it costs two products with each
weight and is differentiable like any other expression; nothing is differentiated twice.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import final

import torch
from torch import nn

from udtlib.numerics.hamiltonian import Hamiltonian, SeparableHamiltonian, Time
from udtlib.numerics.integrators.reversible import Gradients, PullsBack, PullsBackParts
from udtlib.numerics.signatures import checked_options
from udtlib.types import Float, Tensor

__all__ = ["HamiltonianMLP", "ScalarMLP", "SeparableMLP", "Softplus", "Tanh"]


class Smooth(ABC):
    """A nonlinearity with a continuous slope: the field of a Hamiltonian is made of slopes."""

    @abstractmethod
    def with_slope(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Its values and its slopes."""

    @abstractmethod
    def bend(self, value: Tensor, slope: Tensor) -> Tensor:
        """Its second derivative, from value and slope."""


@final
@dataclass(frozen=True)
class Tanh(Smooth):
    """The hyperbolic tangent."""

    def with_slope(self, x: Tensor) -> tuple[Tensor, Tensor]:
        value = torch.tanh(x)
        return value, 1 - value * value

    def bend(self, value: Tensor, slope: Tensor) -> Tensor:
        return -2 * value * slope


@final
@dataclass(frozen=True)
class Softplus(Smooth):
    r""":math:`\log(1 + e^x)`, whose slope is the logistic function."""

    def with_slope(self, x: Tensor) -> tuple[Tensor, Tensor]:
        return nn.functional.softplus(x), torch.sigmoid(x)

    def bend(self, value: Tensor, slope: Tensor) -> Tensor:
        return slope * (1 - slope)


@final
class ScalarMLP(nn.Module):
    r"""A smooth multi-layer perceptron with one output, and its gradient.

    .. math:: h_0 = x, \qquad h_l = \sigma(W_l h_{l-1} + b_l), \qquad
              u(x) = w^\top h_L + \tfrac{c}{2} \|x\|^2

    Args:
        dimension: entries of the input.
        hidden: units of each hidden layer; the paper has three layers.
        activation: :math:`\sigma`.
        gain: scale of the last layer's initial weights; near 0 the field starts nearly at rest.
        confinement: :math:`c \ge 0`; where it is positive, :math:`u` grows in all directions, and where
            :math:`u` is conserved samples cannot run away.
        timed: whether the first layer also reads the time.

    Raises:
        ValueError: a size below one, no hidden layer, or a negative gain or confinement.
    """

    @checked_options()
    def __init__(
        self,
        dimension: int,
        *,
        hidden: Sequence[int] = (64, 64, 64),
        activation: Smooth = Tanh(),
        gain: float | int = 1.0,
        confinement: float | int = 0.0,
        timed: bool = False,
    ) -> None:
        super().__init__()
        if not hidden or min(dimension, *hidden) < 1 or not (gain >= 0 and confinement >= 0):
            raise ValueError(
                f"needs positive sizes, a hidden layer, and a gain and a confinement of at least 0; got "
                f"dimension={dimension}, hidden={tuple(hidden)}, gain={gain}, confinement={confinement}"
            )
        self.dimension, self.timed = dimension, timed
        self.activation, self.confinement = activation, confinement
        self.layers = nn.ModuleList(nn.Linear(a, b) for a, b in pairwise([dimension + timed, *hidden]))
        # No bias: a constant energy moves nothing.
        self.last = nn.Linear(hidden[-1], 1, bias=False)
        with torch.no_grad():
            self.last.weight.mul_(gain)

    def forward(self, x: Float[Tensor, "batch dim"], t: Time = 0.0) -> Float[Tensor, "batch"]:
        return self.last(self.activations(x, t)[0])[:, 0] + self.confinement / 2 * x.square().sum(1)

    def gradient(self, x: Float[Tensor, "batch dim"], t: Time = 0.0) -> Float[Tensor, "batch dim"]:
        r""":math:`\nabla u(x)`, the layers read backward."""
        _, slopes = self.activations(x, t)
        g = self.last.weight
        for layer, slope in zip(reversed(self.layers), reversed(slopes), strict=True):
            g = (g * slope) @ layer.weight
        g = g[:, : self.dimension]
        return g + self.confinement * x if self.confinement else g

    def activations(self, x: Tensor, t: Time) -> tuple[Tensor, list[Tensor]]:
        """The last hidden layer's values, and the slopes in all of them."""
        h, slopes = self.entry(x, t), []
        for layer in self.layers:
            h, slope = self.activation.with_slope(layer(h))
            slopes.append(slope)
        return h, slopes

    def entry(self, x: Tensor, t: Time) -> Tensor:
        """What the first layer reads."""
        return torch.cat([x, moment(x, t)], dim=1) if self.timed else x

    def written_out(self) -> bool:
        """Whether all weights are parameters of its own, as :meth:`pull_back` takes them to be."""
        weights = [self.last.weight, *(part for one in self.layers for part in (one.weight, one.bias))]
        return all(isinstance(weight, nn.Parameter) for weight in weights)

    def pull_back(
        self,
        x: Float[Tensor, "batch dim"],
        t: Time,
        slope: Float[Tensor, "batch dim"],
        gradients: Gradients,
    ) -> tuple[Float[Tensor, "batch dim"], Float[Tensor, "batch dim"]]:
        r"""The gradient :math:`g = \nabla u(x)`, and :math:`(\partial g / \partial x)^\top s` for a slope s at it.

        What the weights receive is added to theirs. Written out, as the gradient itself is: with
        :math:`\sigma_l = \sigma'(z_l)`, :math:`q_L = w`, :math:`r_l = q_l \sigma_l` and
        :math:`q_{l-1} = r_l W_l`, so that :math:`g = q_0`, the slopes go up through r and down through z.
        """
        inputs, bends, slopes, h = [], [], [], self.entry(x, t)
        for layer in self.layers:
            inputs.append(h)
            h, steep = self.activation.with_slope(layer(h))
            slopes.append(steep)
            bends.append(self.activation.bend(h, steep))
        gradient, outer = self.last.weight, []
        for layer, steep in zip(reversed(self.layers), reversed(slopes), strict=True):
            outer.insert(0, gradient)
            gradient = (gradient * steep) @ layer.weight
        up = nn.functional.pad(slope, (0, 1)) if self.timed else slope
        for k, (layer, steep) in enumerate(zip(self.layers, slopes, strict=True)):
            rise = up @ layer.weight.mT
            add_product(gradients.into(layer.weight), outer[k] * steep, up)
            # how a slope that depends on z bends the answer
            bends[k] = (bends[k] * rise).mul_(outer[k])
            up = rise.mul_(steep)
        add_sum(gradients.into(self.last.weight), up)
        down = None
        for layer, steep, bend, h in reversed(list(zip(self.layers, slopes, bends, inputs, strict=True))):
            at = bend if down is None else bend.addcmul_(down, steep)
            add_product(gradients.into(layer.weight), at, h)
            add_sum(gradients.into(layer.bias), at)
            down = at @ layer.weight
        gradient, down = gradient[:, : self.dimension], down[:, : self.dimension]
        if self.confinement:
            gradient, down = gradient + self.confinement * x, down + self.confinement * slope
        return gradient, down


def add_product(total: Tensor | None, left: Tensor, right: Tensor) -> None:
    """Add a weight's part to what it has received, if it is learned."""
    if total is not None:
        total.addmm_(left.mT, right)


def add_sum(total: Tensor | None, parts: Tensor) -> None:
    """The same for what is added to every sample, or multiplied with it."""
    if total is not None:
        total.add_(parts.sum(dim=0))


@final
class HamiltonianMLP(Hamiltonian, PullsBack):
    r"""A general :math:`H(q, p)`: one net of the whole point [greydanus2019; menier2022, section 3.1].

    Args:
        dimension: entries of a point :math:`(q, p)`, an even number.
        hidden, activation, gain, confinement, timed: as in :class:`ScalarMLP`; a timed H is not conserved.

    Raises:
        ValueError: an odd dimension, or a bad size.
    """

    @checked_options()
    def __init__(
        self,
        dimension: int,
        *,
        hidden: Sequence[int] = (64, 64, 64),
        activation: Smooth = Tanh(),
        gain: float | int = 1.0,
        confinement: float | int = 0.0,
        timed: bool = False,
    ) -> None:
        super().__init__(dimension)
        self.net = ScalarMLP(
            dimension, hidden=hidden, activation=activation, gain=gain, confinement=confinement, timed=timed
        )

    def forward(self, x: Float[Tensor, "batch dim"], t: Time = 0.0) -> Float[Tensor, "batch"]:
        return self.net(x, t)

    def gradient(self, x: Float[Tensor, "batch dim"], t: Time = 0.0) -> Float[Tensor, "batch dim"]:
        return self.net.gradient(x, t)

    def written_out(self) -> bool:
        return self.net.written_out()

    def gradient_pull_back(
        self, x: Tensor, t: float | int, slope: Tensor, gradients: Gradients
    ) -> tuple[Tensor, Tensor]:
        return self.net.pull_back(x, t, slope, gradients)


@final
class SeparableMLP(SeparableHamiltonian, PullsBackParts):
    r"""Two nets, :math:`H = T(p) + V(q)`: explicit symplectic steps, for fewer flows than a general H has.

    Args:
        dimension: entries of a point :math:`(q, p)`, an even number.
        hidden, activation, gain, confinement, timed: of each of the two, as in :class:`ScalarMLP`.

    Raises:
        ValueError: an odd dimension, or a bad size.
    """

    @checked_options()
    def __init__(
        self,
        dimension: int,
        *,
        hidden: Sequence[int] = (64, 64, 64),
        activation: Smooth = Tanh(),
        gain: float | int = 1.0,
        confinement: float | int = 0.0,
        timed: bool = False,
    ) -> None:
        super().__init__(dimension)
        self.kinetic, self.potential = (
            ScalarMLP(
                dimension // 2,
                hidden=hidden,
                activation=activation,
                gain=gain,
                confinement=confinement,
                timed=timed,
            )
            for _ in "pq"
        )

    def forward(self, x: Float[Tensor, "batch dim"], t: Time = 0.0) -> Float[Tensor, "batch"]:
        q, p = x.chunk(2, dim=1)
        return self.kinetic(p, t) + self.potential(q, t)

    def kinetic_gradient(self, p: Float[Tensor, "batch half"], t: Time = 0.0) -> Float[Tensor, "batch half"]:
        return self.kinetic.gradient(p, t)

    def potential_gradient(
        self, q: Float[Tensor, "batch half"], t: Time = 0.0
    ) -> Float[Tensor, "batch half"]:
        return self.potential.gradient(q, t)

    def written_out(self) -> bool:
        return self.kinetic.written_out() and self.potential.written_out()

    def kinetic_pull_back(
        self, p: Tensor, t: float | int, slope: Tensor, gradients: Gradients
    ) -> tuple[Tensor, Tensor]:
        return self.kinetic.pull_back(p, t, slope, gradients)

    def potential_pull_back(
        self, q: Tensor, t: float | int, slope: Tensor, gradients: Gradients
    ) -> tuple[Tensor, Tensor]:
        return self.potential.pull_back(q, t, slope, gradients)


def moment(x: Tensor, t: Time) -> Float[Tensor, "batch 1"]:
    """The time as a column beside the samples."""
    # Not detached: an adaptive solver's steps, and with them its times, depend on the samples.
    return t.to(x).expand(len(x), 1) if isinstance(t, Tensor) else x.new_full((len(x), 1), t)
