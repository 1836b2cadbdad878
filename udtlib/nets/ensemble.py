r"""Many small nets trained at once: one matrix product instead of one for each net."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import final

import torch
from torch import nn
from torch.func import functional_call
from torch.nn.utils import parameters_to_vector, vector_to_parameters

from udtlib.types import Float, Tensor

__all__ = ["Ensemble"]


@final
class Ensemble(nn.Module):
    r"""Nets of one architecture side by side; net :math:`r` sees only the samples of run :math:`r`.

    .. math:: x \in \mathbb{R}^{n \times R \times d} \;\mapsto\; \bigl(f_{\theta_r}(x_{ir})\bigr)_{i, r}

    The weights of net :math:`r` are row :math:`r` of one parameter, ``rows``. An objective whose losses are means
    over all entries then minimises :math:`\frac{1}{R} \sum_r L_r(\theta_r)`, and the gradient that arrives here
    for row :math:`r` is :math:`\frac{1}{R} \nabla L_r`. It is multiplied by :math:`R`, so that every net gets
    exactly the gradient that it would get alone, and then clipped if wanted, each row by itself: a run that
    explodes slows down no other.

    Args:
        members: the nets, equal in architecture and without buffers; their weights are copied.
        clip: the largest Euclidean norm of a net's gradient; None leaves gradients as they are.

    Raises:
        ValueError: no members, different architectures, buffers, or a bound that is not positive.
    """

    def __init__(self, members: Sequence[nn.Module], *, clip: float | int | None = None) -> None:
        super().__init__()
        check_members(members)
        if clip is not None and not clip > 0:
            raise ValueError(f"a bound on the gradient's norm is positive, got clip={clip}; use None for none")
        # In a tuple, so that its weights are no parameters of the ensemble: only its structure is used.
        self.template = (copy.deepcopy(members[0]).requires_grad_(False),)
        self.shapes = {name: value.shape for name, value in members[0].named_parameters()}
        self.rows = nn.Parameter(torch.stack([parameters_to_vector(m.parameters()).detach() for m in members]))
        self.clip = clip
        # A hook on the leaf sees the sum over all uses of the net in a loss, which is what must be clipped.
        self.rows.register_hook(self.own_gradients)

    @property
    def runs(self) -> int:
        """How many nets there are."""
        return len(self.rows)

    def forward(self, x: Float[Tensor, "batch runs ..."]) -> Float[Tensor, "batch runs ..."]:
        if x.shape[1] != self.runs:
            raise ValueError(
                f"{self.runs} nets need samples for {self.runs} runs on the second axis, got shape "
                f"{tuple(x.shape)}; draw from Replicated(domain, {self.runs})"
            )
        return torch.vmap(self.single, in_dims=(0, 1), out_dims=1)(self.rows, x)

    def single(self, row: Tensor, x: Tensor) -> Tensor:
        """What the net with these weights says."""
        parts = row.split([shape.numel() for shape in self.shapes.values()])
        weights = {name: part.view(shape) for part, (name, shape) in zip(parts, self.shapes.items(), strict=True)}
        return functional_call(self.template[0], weights, (x,))

    def member(self, run: int) -> nn.Module:
        """A net of its own, with a copy of the weights of this run."""
        net = copy.deepcopy(self.template[0]).to(self.rows.device).requires_grad_(True)
        vector_to_parameters(self.rows[run].detach().clone(), net.parameters())
        return net

    def own_gradients(self, gradient: Float[Tensor, "runs weights"]) -> Float[Tensor, "runs weights"]:
        """Each net's own gradient, clipped by its own norm."""
        own = self.runs * gradient
        if self.clip is None:
            return own
        return own * (self.clip / own.norm(dim=1, keepdim=True).clamp(min=self.clip))

    def __deepcopy__(self, memo: dict[int, object]) -> Ensemble:
        # A copied parameter would leave its hook behind, and its gradients would silently be other ones.
        return Ensemble([self.member(run) for run in range(self.runs)], clip=self.clip)


def check_members(members: Sequence[nn.Module]) -> None:
    """Refuse nets that cannot share one matrix of weights."""
    if not members:
        raise ValueError("an ensemble needs at least one net, got none")
    shapes = [[(name, value.shape) for name, value in net.named_parameters()] for net in members]
    if any(each != shapes[0] or str(net) != str(members[0]) for each, net in zip(shapes, members, strict=True)):
        raise ValueError("the nets of an ensemble share one architecture; build each by the same function")
    if not shapes[0]:
        raise ValueError(f"{type(members[0]).__name__} has no weights, so that there is nothing to train")
    if any(True for _ in members[0].buffers()):
        raise ValueError(
            f"{type(members[0]).__name__} has buffers, such as running means, which an ensemble does not keep; "
            "use layers without"
        )
