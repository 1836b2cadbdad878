r"""How far a decoder is from an isometry up to scale, and an encoder's layers from orthogonal ones.

A Gromov-Wasserstein plan sees distances between codes and nothing else. Two autoencoders of the same
pictures may stretch their latent spaces each in its own way; a decoder that does not stretch leaves no room
for that.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import nn

from udtlib.numerics.inputs import check_axes, floating, full_precision
from udtlib.numerics.mismatch import type_mismatch
from udtlib.numerics.options import check_generator, number
from udtlib.types import Float, Points, Shaped, Tensor

__all__ = ["MIXTURE", "local_isometry", "orthogonality"]

#: The range of the shares in which two codes are mixed: all between them, and a little beyond.
MIXTURE = (-0.2, 1.2)

#: What is added to a squared length before its logarithm: a decoder may be constant somewhere.
FLOOR = 1e-12


def local_isometry(
    decoder: Callable[[Tensor], Points],
    z: Shaped[Tensor, "batch code"],
    *,
    step: float | int = 0.05,
    generator: torch.Generator | None = None,
) -> Float[Tensor, ""]:
    r"""The variance of the logarithm of a decoder's stretch, over places and directions.

    .. math:: \operatorname{Var}_{z, v} \log \|J_\mathrm{Dec}(z)\, v\|, \qquad
        J_\mathrm{Dec}(z)\, v \approx \frac{\mathrm{Dec}(z + h v) - \mathrm{Dec}(z)}{h}

    Zero exactly if the decoder stretches everywhere and in every direction alike: if
    :math:`J^\top J = c^2 I` with one c. The logarithm makes it blind to c, the scale. The directions v are
    uniform on the unit sphere; the places are mixtures :math:`\tau z_i + (1 - \tau) z_j` of two codes of the
    batch with :math:`\tau \sim U[-0.2, 1.2]`, so that the gaps between codes count too. The difference
    quotient is exact for a linear decoder; for one with kinks it also sees those within h. The gradient
    reaches the codes too.

    Args:
        decoder: from codes to samples.
        z: codes of a batch.
        step: the length h, as a share of the codes' mean deviation.
        generator: of the places and directions, on the codes' device; None takes torch's own.

    Raises:
        ValueError: fewer than two codes, whose variance is not defined, or a step that is not positive.
    """
    z = floating(z, name="z")
    check_axes(z, name="z", count=2, words="(codes, entries)")
    count = len(z)
    if count < 2:
        raise ValueError(f"a variance over places needs at least two codes, got {count}; use a larger batch")
    if not number(step, name="step") > 0:
        raise ValueError(f"the step of a difference quotient is positive, got step={step:g}; use about 0.05")
    if generator is not None:
        check_generator(generator)
    low, high = MIXTURE
    share = low + (high - low) * torch.rand(count, 1, generator=generator, device=z.device, dtype=z.dtype)
    partner = torch.randperm(count, generator=generator, device=z.device)
    place = share * z + (1 - share) * z[partner]
    direction = torch.randn(place.shape, generator=generator, device=z.device, dtype=z.dtype)
    # detach: how far apart codes lie says how long a step is, and is not to be changed by it.
    h = step * z.detach().std(dim=0).mean().clamp_min(FLOOR)
    move = h * direction / direction.norm(dim=1, keepdim=True)
    stretch = full_precision(moved_by(decoder, place, move), name="decoder(z)").flatten(1) / h
    return (0.5 * (stretch.square().sum(dim=1) + FLOOR).log()).var()


def moved_by(decoder: Callable[[Tensor], Points], z: Tensor, move: Tensor) -> Tensor:
    """How a decoder's samples change with the code; says so where codes and weights are of two types."""
    try:
        change = decoder(z + move) - decoder(z)
    except RuntimeError as error:
        module = decoder if isinstance(decoder, nn.Module) else getattr(decoder, "__self__", None)
        clear = type_mismatch(error, module, z=z) if isinstance(module, nn.Module) else None
        if clear is None:
            raise
        raise clear from error
    if change.ndim < 2 or len(change) != len(z):
        raise ValueError(
            f"a decoder makes one sample of each code, got shape {tuple(change.shape)} for {len(z)} codes; keep "
            "the first axis"
        )
    return change


def orthogonality(net: nn.Module) -> Float[Tensor, ""]:
    r"""How far a net's weight matrices are from rows, or columns, that are orthonormal.

    .. math:: \sum_{\text{layers}} \frac{1}{k} \bigl\|W W^\top - I_k\bigr\|_F^2

    for :math:`W \in \mathbb{R}^{k \times m}` with :math:`k \le m`; for a taller matrix :math:`W^\top` takes
    its place.

    A stand-in, not the regulariser of [bunne2019] that [chevalley2020] names as future work (section 4.1.1):
    that one compares what a net makes of a batch with the best orthogonal image of the batch, found by a
    Procrustes problem. This one looks at linear layers one by one and never at data. Zero makes each layer
    an isometry of its row space, where only what lies across it is lost; the ReLU between layers still folds.

    Args:
        net: its ``nn.Linear`` layers count, and nothing else.

    Raises:
        ValueError: the net has no linear layer.
    """
    weights = [layer.weight for layer in net.modules() if isinstance(layer, nn.Linear)]
    if not weights:
        raise ValueError(
            f"{type(net).__name__} has no linear layer; orthogonality is a property of nn.Linear's weights"
        )
    return torch.stack([from_orthonormal(weight) for weight in weights]).sum()


def from_orthonormal(weight: Float[Tensor, "rows columns"]) -> Float[Tensor, ""]:
    """One layer's term."""
    weight = full_precision(weight, name="weight")
    W = weight if weight.shape[0] <= weight.shape[1] else weight.T
    identity = torch.eye(len(W), device=W.device, dtype=W.dtype)
    return (W @ W.T - identity).square().sum() / len(W)
