r"""The Knothe-Rosenblatt rearrangement of a Gaussian mixture into :math:`N(0, I)`, and back, in closed form.

One coordinate after the other is sent through its own distribution function given the coordinates before it,
which makes it uniform, and then through :math:`\Phi^{-1}`, which makes it normal
[rosenblatt1952; knothe1957].
"""

from __future__ import annotations

import math

import torch

from udtlib.numerics.mixture import LOG_SQRT_2PI, Conditional, GaussianMixture
from udtlib.types import Float, Shaped, Tensor

__all__ = ["gaussianise", "gaussianise_inverse"]

#: Halving a bracket of any sensible width down to the rounding error takes fewer steps than this.
MAX_STEPS = 200
#: A step this small, relative to where it ends, is the rounding error's.
CLOSE = 4e-15
LOG_HALF = math.log(0.5)
#: Below this logarithm, a probability is no longer a normal double.
LOG_TINY = -690.0


def gaussianise(x: Shaped[Tensor, "batch dim"], mixture: GaussianMixture) -> Float[Tensor, "batch dim"]:
    r"""The map :math:`G` with :math:`G_\#\alpha = N(0, I)` that is increasing and triangular.

    .. math:: G(x)_k = \Phi^{-1}\bigl(F_k(x_k \mid x_1, \dots, x_{k-1})\bigr)

    Computed in double precision, from the logarithm of the smaller tail. Differentiable once.

    Raises:
        ValueError: ``x`` does not have the mixture's dimension.
    """
    x = mixture.check_points(x)
    scores = []
    for k in range(mixture.dimension):
        law, upper = mixture.conditional(x[:, :k]), torch.ones(len(x), dtype=torch.bool, device=x.device)
        scores.append(normal_score(law.log_tail(x[:, k], upper=~upper), law.log_tail(x[:, k], upper=upper)))
    return torch.stack(scores, dim=1)


def gaussianise_inverse(
    z: Shaped[Tensor, "batch dim"], mixture: GaussianMixture
) -> Float[Tensor, "batch dim"]:
    r"""The inverse :math:`G^{-1}`, which sends :math:`N(0, I)` to the mixture.

    .. math:: x_k = F_k^{-1}\bigl(\Phi(z_k) \mid x_1, \dots, x_{k-1}\bigr)

    It undoes :func:`gaussianise` up to rounding wherever the mixture's density is not negligible; in a gap
    between components that double precision cannot tell from empty, :math:`F_k` is flat and no point can be
    recovered. Differentiable once.

    Raises:
        ValueError: ``z`` does not have the mixture's dimension, or is not finite.
    """
    z = mixture.check_points(z)
    if not bool(torch.isfinite(z).all()):
        raise ValueError("cannot invert NaN or infinite scores; look at what made them")
    x = z[:, :0]
    for k in range(mixture.dimension):
        x = torch.cat([x, quantile(mixture.conditional(x), z[:, k])[:, None]], dim=1)
    return x


def normal_score(
    log_lower: Float[Tensor, "batch"], log_upper: Float[Tensor, "batch"]
) -> Float[Tensor, "batch"]:
    r"""The :math:`z` with :math:`\log\Phi(z)` = ``log_lower`` and :math:`\log\Phi(-z)` = ``log_upper``."""
    below = log_lower <= log_upper
    tail = torch.where(below, log_lower, log_upper)
    with torch.no_grad():
        near = torch.special.ndtri(tail.clamp(LOG_TINY, LOG_HALF).exp())
        # Where exp underflows: the leading terms of the tail's expansion, polished below.
        square = -2 * tail - 2 * LOG_SQRT_2PI - torch.log((-2 * tail).clamp(min=1.0))
        far = -torch.sqrt(square.clamp(min=0.0))
        start = torch.where(tail > LOG_TINY, near, far)
        for _ in range(2):
            start = start - newton_step(start, tail)
    # The last Newton step also carries the derivative of the inverse function.
    score = start - newton_step(start, tail)
    return torch.where(below, score, -score)


def newton_step(z: Tensor, tail: Tensor) -> Tensor:
    r"""The Newton step for :math:`\log\Phi(z) = \text{tail}`, where :math:`z \le 0`."""
    value = torch.special.log_ndtr(z)
    slope = torch.exp(-0.5 * z.square() - LOG_SQRT_2PI - value)
    return (value - tail) / slope


def quantile(law: Conditional, score: Float[Tensor, "batch"]) -> Float[Tensor, "batch"]:
    r"""The :math:`x` with :math:`F(x) = \Phi(\text{score})`, by Newton's method kept inside a bracket."""
    # At the smallest of these points every component is below its own quantile, at the largest above it.
    ends = law.mean + law.deviation * score[:, None]
    with torch.no_grad():
        root = find_root(law, score.detach(), ends.amin(dim=1), ends.amax(dim=1))
    # F_k depends on the earlier coordinates and on the score: a Newton step of length zero carries their
    # derivatives.
    residual, slope = tail_residual(law, root, score)
    flat = torch.finfo(slope.dtype).tiny
    return root - (residual - residual.detach()) / slope.detach().clamp(min=flat)


def find_root(law: Conditional, score: Tensor, low: Tensor, high: Tensor) -> Tensor:
    """Newton's method with bisection wherever it would leave the bracket or is slow to converge."""
    found = (low + high) / 2
    x, step, active = found, high - low, torch.arange(len(found), device=found.device)
    for _ in range(MAX_STEPS):
        residual, slope = tail_residual(law, x, score)
        low, high = torch.where(residual < 0, x, low), torch.where(residual > 0, x, high)
        newton = -residual / slope
        safe = (x + newton >= low) & (x + newton <= high) & (2 * newton.abs() <= step.abs())
        step = torch.where(safe, newton, (low + high) / 2 - x)
        x = x + step
        found[active] = x
        # Most points need a dozen steps, the few in flat gaps need many: go on with those only.
        going = step.abs() > CLOSE * (1 + x.abs())
        if not bool(going.any()):
            break
        x, step, low, high, score, active = (t[going] for t in (x, step, low, high, score, active))
        law = Conditional(law.log_weight[going], law.mean[going], law.deviation)
    return found


def tail_residual(law: Conditional, x: Tensor, score: Tensor) -> tuple[Tensor, Tensor]:
    r"""The excess of :math:`\log F(x)` over :math:`\log\Phi(z)` in the smaller tail, and its slope in x."""
    upper = score > 0
    tail = law.log_tail(x, upper=upper)
    wanted = torch.special.log_ndtr(torch.where(upper, -score, score))
    residual = torch.where(upper, wanted - tail, tail - wanted)
    return residual, torch.exp(law.log_pdf(x) - tail)
