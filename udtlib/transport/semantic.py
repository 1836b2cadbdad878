r"""Choosing what a move should cost: directions in which a nuisance varies, and directions in which meaning
does.

A cost :math:`c(x, y) = (x - y)^\top M (x - y)` on codes says which changes a translation is to avoid. Where an
attribute is to be ignored, such as the position of a digit, every direction along which the attribute can be
seen must be cheap. A difference of means is only the most visible trace: images on the left *vary* along other
directions than images on the right, and a cost that counts those still prefers to stay on one side.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import torch
from jaxtyping import Bool

from udtlib.numerics.inputs import from_lists, in_one_precision, real_tensor
from udtlib.numerics.signatures import checked_inputs
from udtlib.transport.checks import check_binary, check_finite
from udtlib.types import Float, Int, Tensor

__all__ = ["SemanticCost", "mean_difference", "parallel_sum", "shared_spread", "sparse_mask"]

#: A cloud whose centre's squared norm is more than this many times its variance is far from the origin.
FAR = 100.0
#: A share of all variance that is rounding.
NOTHING = 1e-12
#: How far from symmetric, in units of the largest entry, rounding may leave a covariance.
ASYMMETRY = 1e-5


@final
@dataclass(frozen=True, kw_only=True)
class SemanticCost:
    r"""A quadratic cost in its own axes.

    .. math:: c(x, y) = \sum_i c_i\, (Q^\top (x - y))_i^2

    Args:
        basis: the axes, columns of an orthogonal matrix :math:`Q`, the dearest first.
        weight: :math:`c_i > 0`, the largest one is 1.
    """

    basis: Float[Tensor, "dim dim"]
    weight: Float[Tensor, "dim"]

    def __post_init__(self) -> None:
        for name in ("basis", "weight"):
            given = from_lists(getattr(self, name), name=name)
            object.__setattr__(self, name, real_tensor(given, name=name))
        shapes = tuple(self.basis.shape), tuple(self.weight.shape)
        if shapes[0] != shapes[1] * 2 or not bool((self.weight > 0).all() & self.weight.isfinite().all()):
            raise ValueError(
                "a cost has a square basis and one positive finite weight for each of its columns, got a basis of "
                f"shape {shapes[0]} and weights {self.weight.tolist()}; weigh little what is not to count"
            )

    @checked_inputs()
    def __call__(self, x: Float[Tensor, "n dim"], y: Float[Tensor, "m dim"]) -> Float[Tensor, "n m"]:
        """The matrix of costs between two samples."""
        for name, codes in (("x", x), ("y", y)):
            if codes.shape[1] != len(self.basis):
                raise ValueError(
                    f"{name} must have codes of dimension {len(self.basis)}, got shape {tuple(codes.shape)}; give "
                    "codes of the space that the cost was made for"
                )
        x, y, root = in_one_precision(x, y, self.basis * self.weight.sqrt())
        centre = torch.cat([x, y]).detach().mean(0)
        # Far from the origin the expansion of the square would cancel; ordinary codes are left as they are.
        if float(centre.square().sum()) > FAR * float((x.detach() - centre).square().sum(1).mean()):
            x, y = x - centre, y - centre
        x, y = x @ root, y @ root
        return (x.square().sum(1)[:, None] + y.square().sum(1) - 2 * x @ y.T).clamp(min=0)


@checked_inputs()
def parallel_sum(
    first: Float[Tensor, "dim dim"], second: Float[Tensor, "dim dim"], *, ridge: float | int = 1e-6
) -> Float[Tensor, "dim dim"]:
    r"""What two covariances share: large only along directions in which both are.

    .. math:: A : B = 2\,(A^{-1} + B^{-1})^{-1}

    With the factor 2, which [anderson1969] does not have, :math:`A : A = A`. It is the matrix form of the
    harmonic mean, and of two resistors side by side: where one lets nothing vary, neither does the sum.

    Args:
        first: :math:`A`, symmetric, no negative eigenvalue.
        second: :math:`B`, likewise.
        ridge: added to both, as a share of the mean eigenvalue, so that both have an inverse.

    Raises:
        ValueError: values that are not finite, or a covariance without any variance.
    """
    for name, part in (("first", first), ("second", second)):
        check_finite(name, part, remedy="estimate it from at least two finite samples")
        if not float(part.detach().trace()) > 0:
            raise ValueError(
                f"{name} must have a positive trace, got {float(part.detach().trace()):g}: nothing varies; take "
                "samples that differ"
            )
        if not torch.allclose(part, part.T, rtol=0, atol=ASYMMETRY * float(part.detach().abs().max())):
            raise ValueError(f"{name} must be symmetric, got {part.tolist()}; average it with its transpose")
    if not ridge >= 0:
        raise ValueError(f"ridge must be at least 0, got {ridge}; the default is enough for an inverse")
    eye = torch.eye(len(first), dtype=first.dtype, device=first.device)
    inverses = [torch.linalg.inv(part + ridge * part.trace() / len(part) * eye) for part in (first, second)]
    shared = 2 * torch.linalg.inv(inverses[0] + inverses[1])
    return (shared + shared.T) / 2


@checked_inputs()
def shared_spread(
    codes: Float[Tensor, "n dim"],
    attribute: Int[Tensor, "n"],
    domain: Int[Tensor, "n"],
    *,
    floor: float | int = 1e-3,
) -> SemanticCost:
    r"""The cost that ignores a two-valued attribute: count a direction as far as both values vary along it.

    .. math:: M = P\,(\Sigma_0 : \Sigma_1)\,P, \qquad P = I - \frac{v v^\top}{\|v\|^2}

    with the covariances :math:`\Sigma_0, \Sigma_1` of the codes with either value of the attribute and the
    difference
    :math:`v` of their means, all after each domain's mean was taken away. (A shift of a whole domain changes no
    optimal map for a quadratic cost.) The eigenvalues of :math:`M`, divided by the largest one and not below
    ``floor``, are the weights.

    What it is told: which domain a code is from, and the attribute. No class.

    Args:
        codes: codes of both domains.
        attribute: 0 or 1 for each code; both values must be in both domains.
        domain: 0 or 1 for each code.
        floor: the smallest weight. It is not zero: the cost would not be strictly convex.

    Raises:
        ValueError: a value of the attribute or a domain is missing, or a floor outside (0, 1].
    """
    check_floor(floor)
    z, v = centred(codes, attribute, domain)
    P = torch.eye(z.shape[1], dtype=z.dtype, device=z.device) - torch.outer(v, v)
    spreads = [spread_of(z, attribute == a, domain) for a in (0, 1)]
    shared = parallel_sum(*spreads)
    values, vectors = torch.linalg.eigh(P @ shared @ P)
    if not float(values[-1].detach()) > NOTHING * float(shared.detach().trace()):
        raise ValueError(
            f"codes of shape {tuple(codes.shape)} vary only along the attribute's own direction, so that no other "
            "is left to count; take codes of more dimensions"
        )
    weight = (values.flip(0) / values[-1]).clamp(min=floor)
    return SemanticCost(basis=vectors.flip(1).to(codes), weight=weight.to(codes))


@checked_inputs()
def mean_difference(
    codes: Float[Tensor, "n dim"],
    attribute: Int[Tensor, "n"],
    domain: Int[Tensor, "n"],
    *,
    floor: float | int = 1e-3,
) -> SemanticCost:
    r"""The cost that leaves out one direction, the difference :math:`v` of the attribute's means, and counts
    all others.

    A linear classifier of means can no longer tell the attribute, but its traces in how codes *vary* are
    counted in full. Arguments and errors are those of :func:`shared_spread`.
    """
    check_floor(floor)
    _, v = centred(codes, attribute, domain)
    if not bool(v.any()):
        raise ValueError(
            "both values of the attribute have the same mean, so that no direction is to be left out; use "
            "shared_spread"
        )
    # A basis that begins with v; then v is put last, where the smallest weight stands.
    basis = torch.linalg.qr(torch.cat([v[:, None], torch.eye(len(v)).to(v)], 1))[0].roll(-1, 1)
    weight = torch.ones(len(v)).to(codes)
    weight[-1] = floor
    return SemanticCost(basis=basis.to(codes), weight=weight)


@checked_inputs()
def sparse_mask(
    codes: Float[Tensor, "n dim"],
    attribute: Int[Tensor, "n"],
    *,
    penalty: float | int = 0.01,
    floor: float | int = 1e-3,
    iterations: int = 500,
) -> SemanticCost:
    r"""The rule of [debezenac2019, section 3.1]: leave out the coordinates that a sparse linear classifier
    uses.

    .. math:: \min_{w, b} \; \mathbb{E} \log(1 + e^{-s\,(w^\top \tilde z + b)}) + \text{penalty}\; \|w\|_1, \qquad
              c_i = \begin{cases} \text{floor} & w_i \ne 0 \\ 1 & w_i = 0 \end{cases}

    with standardised coordinates :math:`\tilde z` and the sign :math:`s = \pm 1` of the attribute, by the
    accelerated proximal gradient method. The paper has 0 in place of the floor, for which its theorem does
    not hold.

    Args:
        codes: codes of both domains.
        attribute: 0 or 1 for each code.
        penalty: a larger one leaves out fewer coordinates.
        floor: the weight of what is left out.
        iterations: steps of the minimisation.

    Raises:
        ValueError: a penalty that is not positive, a floor outside (0, 1], or only one value of the attribute.
    """
    check_floor(floor)
    if not penalty > 0:
        raise ValueError(f"the penalty must be positive, got {penalty}")
    if iterations < 1:
        raise ValueError(
            f"iterations must be at least 1, got {iterations}; the default is enough for most codes"
        )
    check_finite("codes", codes, remedy="drop codes that are NaN or infinite")
    check_binary("attribute", attribute)
    if len(attribute.unique()) != 2:
        raise ValueError("a classifier needs both values of the attribute; the codes have one")
    spread = codes.std(0)
    # A constant coordinate tells nothing; what its mean leaves of it is rounding.
    varies = spread > 4 * torch.finfo(codes.dtype).eps * codes.abs().amax(0)
    z = torch.where(varies, (codes - codes.mean(0)) / torch.where(varies, spread, 1.0), 0.0)
    z = torch.cat([z, torch.ones_like(z[:, :1])], 1).double()
    sign = 2.0 * attribute.double() - 1
    # The logistic loss has slopes that change by at most a quarter of the largest eigenvalue.
    step = 4 * len(z) / torch.linalg.matrix_norm(z, 2).square()
    w = looked = z.new_zeros(z.shape[1])
    for k in range(iterations):
        slope = -(z * (sign * torch.sigmoid(-sign * (z @ looked)))[:, None]).mean(0)
        moved = looked - step * slope
        shrunk = moved.sign() * (moved.abs() - step * penalty).clamp(min=0)
        shrunk[-1] = moved[-1]  # the offset is not penalised
        w, looked = shrunk, shrunk + k / (k + 3) * (shrunk - w)
    used = w[:-1] != 0
    weight = torch.where(used, floor, 1.0).to(codes)
    return SemanticCost(basis=torch.eye(codes.shape[1]).to(codes), weight=weight)


def check_floor(floor: float | int) -> None:
    """Refuse a smallest weight that is none, or that makes the cost not strictly convex."""
    if not 0 < floor <= 1:
        raise ValueError(
            f"the smallest weight lies in (0, 1], got floor={floor}; 0 is no strictly convex cost"
        )


def centred(
    codes: Float[Tensor, "n dim"], attribute: Int[Tensor, "n"], domain: Int[Tensor, "n"]
) -> tuple[Float[Tensor, "n dim"], Float[Tensor, "dim"]]:
    """Codes without their domain's mean, in double precision, and the direction between the attribute's means."""
    check_finite("codes", codes, remedy="drop codes that are NaN or infinite")
    check_binary("attribute", attribute)
    check_binary("domain", domain)
    for a in (0, 1):
        for b in (0, 1):
            if int(((attribute == a) & (domain == b)).sum()) < 2:
                raise ValueError(
                    f"attribute {a} has fewer than two codes in domain {b}; the rule compares both values in both"
                )
    z = codes.double()
    for b in (0, 1):
        z = torch.where((domain == b)[:, None], z - z[domain == b].mean(0), z)
    # Each domain counts as much as the other, so that a larger one does not put its meaning into the difference.
    v = sum(
        z[(attribute == 1) & (domain == b)].mean(0) - z[(attribute == 0) & (domain == b)].mean(0)
        for b in (0, 1)
    )
    length = torch.linalg.vector_norm(v)
    return z, v / torch.where(length > 0, length, 1.0)


def spread_of(
    z: Float[Tensor, "n dim"], chosen: Bool[Tensor, "n"], domain: Int[Tensor, "n"]
) -> Float[Tensor, "dim dim"]:
    """The covariance of the chosen codes, as if both domains held equally many of them."""
    parts = [z[chosen & (domain == b)] for b in (0, 1)]
    middle = (parts[0].mean(0) + parts[1].mean(0)) / 2
    return sum((part - middle).T @ (part - middle) / len(part) for part in parts) / 2
