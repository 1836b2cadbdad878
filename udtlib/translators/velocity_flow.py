r"""A translator that follows a velocity: the flow of an ordinary differential equation [chen2018].

.. math:: \dot x_t = v_t(x_t), \qquad x_0 = x, \quad T(x) = x_1
"""

from __future__ import annotations

from typing import final

from torch import nn

from udtlib.numerics.hamiltonian import DynamicalSystem, Time
from udtlib.numerics.inputs import check_axes, full_precision
from udtlib.numerics.integrators import RK4, Integrator
from udtlib.numerics.signatures import checked_options
from udtlib.translators.base import FlowTranslator
from udtlib.types import Float, Points, Tensor

__all__ = ["Velocity", "VelocityFlow"]


@final
class Velocity(DynamicalSystem):
    """A net as a differential equation: samples of any shape are rows for the integrator.

    Args:
        net: called with samples ``(batch, *shape)`` and one time for each, ``(batch,)``.
        shape: of a sample.
    """

    def __init__(self, net: nn.Module, *, shape: tuple[int, ...]) -> None:
        super().__init__()
        self.net, self.shape = net, shape

    def field(self, x: Float[Tensor, "batch dim"], t: Time) -> Float[Tensor, "batch dim"]:
        moment = t.to(x).expand(len(x)) if isinstance(t, Tensor) else x.new_full((len(x),), t)
        return self.net(x.unflatten(1, self.shape), moment).flatten(1)


@final
class VelocityFlow(FlowTranslator):
    r"""The flow of a velocity that a net gives: forward in time, and backward as the inverse.

    Args:
        net: :math:`v`, called with positions ``(batch, *shape)`` and one time for each, ``(batch,)``.
        integrator: solves the equation, in both directions; None for ``RK4(steps=16)``.
    """

    @checked_options()
    def __init__(self, net: nn.Module, *, integrator: Integrator | None = None) -> None:
        super().__init__()
        self.net = net
        self.integrator = integrator or RK4(steps=16)

    @property
    def exact(self) -> bool:
        """False: the backward integration undoes the flow, not the error that the forward one made."""
        return False

    def velocity(self, x: Points, t: Float[Tensor, "batch"]) -> Points:
        r""":math:`v_t(x)`, at a time of its own for each sample."""
        return self.net(x, t)

    def forward(self, x: Points) -> Points:
        return self.solve(x, start=0, end=1)

    def inverse(self, y: Points) -> Points:
        r"""The start of the way that ends at y: the same equation, from :math:`t = 1` back to 0."""
        return self.solve(y, start=1, end=0)

    def trajectory(self, x: Points, *, times: Float[Tensor, "time"]) -> Float[Tensor, "time batch ..."]:
        r"""Where the samples are at the given times.

        Raises:
            ValueError: times that do not increase strictly, or leave [0, 1].
        """
        if (
            not len(times)
            or not bool(((times >= 0) & (times <= 1)).all())
            or not bool((times.diff() > 0).all())
        ):
            raise ValueError(f"times increase strictly within [0, 1], got {times.tolist()}")
        x = rows_of(x)
        if len(x) == 0:
            return x.expand(len(times), *x.shape)
        path = self.integrator.path(self.system(x), x.flatten(1), times=times)
        return path.unflatten(2, tuple(x.shape[1:]))

    def solve(self, x: Points, *, start: float | int, end: float | int) -> Points:
        """Where samples are at the end that are at ``x`` at the start."""
        x = rows_of(x)
        if len(x) == 0:  # there is no shape to read from no samples
            return x
        return self.integrator(self.system(x), x.flatten(1), start=start, end=end).unflatten(
            1, tuple(x.shape[1:])
        )

    def system(self, x: Points) -> Velocity:
        """The equation for samples like these."""
        return Velocity(self.net, shape=tuple(x.shape[1:]))


def rows_of(x: Points) -> Points:
    """Samples that can be moved: in single or double precision, with a shape behind their number."""
    x = full_precision(x, name="x")
    check_axes(x, name="x", words="(samples, *shape)")
    return x
