r"""Many small nets trained at once: one batched matrix product instead of one product for each net."""

from __future__ import annotations

import copy
import math
from collections.abc import Sequence
from typing import final

import torch
from torch import nn
from torch.nn.utils import parameters_to_vector, vector_to_parameters

from udtlib.numerics.signatures import checked_options
from udtlib.types import Float, Tensor

__all__ = ["Ensemble", "StackedLinear"]


@final
class StackedLinear(nn.Module):
    r"""A linear layer for each run, :math:`x_r \mapsto x_r W_r^\top + b_r`, as one batched product.

    It owns no weights: whoever does lays them in before each use, ``(runs, outputs, inputs)`` and
    ``(runs, outputs)``.

    Args:
        inputs: entries of a sample.
        outputs: entries of the answer.
    """

    #: where nets look for a layer's own numbers, of which this one has none
    weight: None = None
    bias: None = None

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.in_features = inputs
        self.shapes = ((outputs, inputs), (outputs,))
        self.laid_in: tuple[Tensor, Tensor] | None = None

    def forward(self, x: Float[Tensor, "runs batch inputs"]) -> Float[Tensor, "runs batch outputs"]:
        assert self.laid_in is not None, "the ensemble lays weights in"
        weight, bias = self.laid_in
        return torch.baddbmm(bias[:, None], x, weight.transpose(1, 2))


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
        members: the nets, equal in architecture; their weights are copied. All weights belong to ``nn.Linear``
            layers with a bias, and whatever stands between those acts on each sample by itself.
        clip: the largest Euclidean norm of a net's gradient; None leaves gradients as they are.

    Raises:
        ValueError: no members, different architectures, other layers with weights or buffers, or a bound that is
            not positive.
    """

    @checked_options()
    def __init__(self, members: Sequence[nn.Module], *, clip: float | int | None = None) -> None:
        super().__init__()
        check_members(members)
        if clip is not None and not clip > 0:
            raise ValueError(
                f"a bound on the gradient's norm is positive, got clip={clip}; use None for none"
            )
        self.rows = nn.Parameter(
            torch.stack([parameters_to_vector(m.parameters()).detach() for m in members])
        )
        self.clip = clip
        # In a tuple, so that their weights are no parameters of the ensemble: only their structure is used.
        self.templates = (copy.deepcopy(members[0]), stacked(members[0]))
        self.layers = tuple(part for part in self.templates[1].modules() if isinstance(part, StackedLinear))
        self.sizes = [math.prod(shape) for layer in self.layers for shape in layer.shapes]
        # A hook on the leaf sees the sum over all uses of the net in a loss, which is what must be clipped.
        self.rows.register_hook(self.own_gradients)

    @property
    def runs(self) -> int:
        """How many nets there are."""
        return len(self.rows)

    def forward(self, x: Float[Tensor, "batch runs inputs"]) -> Float[Tensor, "batch runs outputs"]:
        if x.shape[1] != self.runs:
            raise ValueError(
                f"{self.runs} nets need samples for {self.runs} runs on the second axis, got shape "
                f"{tuple(x.shape)}; draw from Replicated(domain, {self.runs})"
            )
        # The rows hold each layer's weights and then its bias, in the order of the layers.
        parts = iter(self.rows.split(self.sizes, dim=1))
        for layer in self.layers:
            layer.laid_in = tuple(next(parts).unflatten(1, shape) for shape in layer.shapes)
        return self.templates[1](x.transpose(0, 1)).transpose(0, 1)

    def member(self, run: int) -> nn.Module:
        """A net of its own, with a copy of the weights of this run."""
        net = copy.deepcopy(self.templates[0]).to(self.rows.device)
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


def stacked(net: nn.Module) -> nn.Module:
    """The net's structure with every linear layer replaced by one for each run."""
    if isinstance(net, nn.Linear):
        return StackedLinear(net.in_features, net.out_features)
    net = copy.deepcopy(net)
    for name, child in net.named_children():
        setattr(net, name, stacked(child))
    return net


def check_members(members: Sequence[nn.Module]) -> None:
    """Refuse nets that cannot share one matrix of weights."""
    if not members:
        raise ValueError("an ensemble needs at least one net, got none")
    # A module's text names its layers and their sizes.
    if len({str(net) for net in members}) > 1:
        raise ValueError("the nets of an ensemble share one architecture; build each by the same function")
    layers = [
        part for _, part in members[0].named_modules(remove_duplicate=False) if isinstance(part, nn.Linear)
    ]
    if len(layers) > len(set(layers)):
        raise ValueError(
            f"{type(members[0]).__name__} uses a layer in two places; an ensemble would split it in two"
        )
    linear = {id(value) for part in layers for value in part.parameters(recurse=False)}
    others = [name for name, value in members[0].named_parameters() if id(value) not in linear]
    others += [name for name, _ in members[0].named_buffers()]
    if others or not layers or any(part.bias is None for part in layers):
        raise ValueError(
            "an ensemble knows linear layers with a bias and no other weights, but "
            f"{type(members[0]).__name__} holds {', '.join(others) or 'none such'}; train such nets one by one"
        )
