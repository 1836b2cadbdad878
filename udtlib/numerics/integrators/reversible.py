r"""Maps that are made of stages which can be undone, and gradients that use it.

Backpropagation stores what every stage read. A stage that can be undone need not be stored: on the way back the
state before it is computed again from the state after it,

.. math:: x_{k} = S_k^{-1}(x_{k+1}), \qquad a_k = \partial S_k(x_k)^\top a_{k+1},
          \qquad \nabla_\theta \mathrel{+}= \partial_\theta S_k(x_k)^\top a_{k+1},

so that memory does not grow with the number of stages. It is the gradient of the discrete map, as
backpropagation gives it, and not the discretised gradient of the continuous flow.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import final

import torch
from torch import nn
from torch.autograd.function import once_differentiable

from udtlib.numerics.hamiltonian import DynamicalSystem, Scaled
from udtlib.numerics.inputs import in_full_precision
from udtlib.types import Tensor

__all__ = [
    "Gradients",
    "Growth",
    "PullsBack",
    "PullsBackParts",
    "Shear",
    "Stage",
    "State",
    "Turn",
    "learned_tensors",
    "reconstructed",
]

State = tuple[Tensor, ...]


@final
class Gradients:
    """What the learned tensors have received so far."""

    def __init__(self, learned: Sequence[Tensor]) -> None:
        self.learned = list(learned)
        self.sums: list[Tensor | None] = [None] * len(self.learned)
        self.places = {id(tensor): k for k, tensor in enumerate(self.learned)}

    def into(self, tensor: Tensor) -> Tensor | None:
        """What a learned tensor has received, to add to in place; None for one that is not learned."""
        k = self.places.get(id(tensor))
        if k is None:
            return None
        if self.sums[k] is None:
            self.sums[k] = torch.zeros_like(tensor)
        return self.sums[k]

    def add(self, parts: Sequence[Tensor | None]) -> None:
        """One more contribution to each of them, or None."""
        for k, part in enumerate(parts):
            if part is None:
                continue
            so_far = self.sums[k]
            # a copy of our own, into which the others go
            self.sums[k] = part.clone() if so_far is None else so_far.add_(part)


class PullsBack(ABC):
    """A Hamiltonian that knows the derivative of its gradient, so that no graph is needed for it."""

    @abstractmethod
    def written_out(self) -> bool:
        """Whether it may be asked: its weights are parameters, and not computed from others."""

    @abstractmethod
    def gradient_pull_back(
        self, x: Tensor, t: float | int, slope: Tensor, gradients: Gradients
    ) -> tuple[Tensor, Tensor]:
        """The gradient at x, and the slope there of what has this slope at the gradient."""


class PullsBackParts(ABC):
    """The same for kinetic and potential energy by themselves."""

    @abstractmethod
    def written_out(self) -> bool:
        """Whether it may be asked: its weights are parameters, and not computed from others."""

    @abstractmethod
    def kinetic_pull_back(
        self, p: Tensor, t: float | int, slope: Tensor, gradients: Gradients
    ) -> tuple[Tensor, Tensor]:
        r""":math:`\nabla T(p)`, and the slope at p."""

    @abstractmethod
    def potential_pull_back(
        self, q: Tensor, t: float | int, slope: Tensor, gradients: Gradients
    ) -> tuple[Tensor, Tensor]:
        r""":math:`\nabla V(q)`, and the slope at q."""


class Stage(ABC):
    """A map of states that can be undone."""

    @abstractmethod
    def __call__(self, state: State) -> State:
        """The state after it."""

    @abstractmethod
    def pull_back(self, state: State, adjoint: State, gradients: Gradients) -> tuple[State, State]:
        """The state before it and the loss's slope there, from both after it; adds to the parameters' slopes."""


@final
@dataclass(frozen=True)
class Shear(Stage):
    r"""Some parts of the state move by an amount that the other parts say: :math:`b \leftarrow b + g(a)`.

    Args:
        read: places of the parts that are read.
        write: places of the parts that move; none of them is read.
        push: by how much, from the parts read.
        pull: where it is known without a graph: from the parts read and the slopes of the moves, what the push is
            and the slopes of the parts read; adds to the parameters' slopes.
    """

    read: tuple[int, ...]
    write: tuple[int, ...]
    push: Callable[..., State]
    pull: Callable[[State, State, Gradients], tuple[State, State]] | None = None

    def __call__(self, state: State) -> State:
        return shifted(state, self.write, self.push(*(state[k] for k in self.read)), sign=1)

    def pull_back(self, state: State, adjoint: State, gradients: Gradients) -> tuple[State, State]:
        if self.pull is not None:
            read, slopes = (tuple(state[k] for k in self.read), tuple(adjoint[k] for k in self.write))
            pushes, moved = self.pull(read, slopes, gradients)
            return shifted(state, self.write, pushes, sign=-1), shifted(adjoint, self.read, moved, sign=1)
        with torch.enable_grad():
            read = [state[k].detach().requires_grad_() for k in self.read]
            pushes = self.push(*read)
        # A push that depends on nothing has no slope to pass on.
        live = [(push, adjoint[k]) for push, k in zip(pushes, self.write, strict=True) if push.requires_grad]
        before = shifted(state, self.write, tuple(push.detach() for push in pushes), sign=-1)
        if not live:
            return before, adjoint
        outputs, slopes = zip(*live, strict=True)
        pulled = torch.autograd.grad(outputs, [*read, *gradients.learned], slopes, allow_unused=True)
        gradients.add(pulled[len(read) :])
        moved = tuple(
            torch.zeros_like(a) if slope is None else slope
            for a, slope in zip(read, pulled[: len(read)], strict=True)
        )
        return before, shifted(adjoint, self.read, moved, sign=1)


@final
@dataclass(frozen=True)
class Growth(Stage):
    r"""All parts grow by the factor :math:`e^{\gamma\, \Delta t}`."""

    rate: Tensor
    duration: float | int

    def __call__(self, state: State) -> State:
        factor = torch.exp(self.rate * self.duration)
        return tuple(factor * part for part in state)

    def pull_back(self, state: State, adjoint: State, gradients: Gradients) -> tuple[State, State]:
        rate = self.rate.detach()
        if any(tensor is self.rate for tensor in gradients.learned):
            slope = sum((a * x).sum() for a, x in zip(adjoint, state, strict=True)) * self.duration
            gradients.add([slope if tensor is self.rate else None for tensor in gradients.learned])
        grown, shrunk = torch.exp(rate * self.duration), torch.exp(-rate * self.duration)
        return tuple(shrunk * part for part in state), tuple(grown * part for part in adjoint)


@final
@dataclass(frozen=True)
class Turn(Stage):
    r"""Two copies :math:`(q, p), (Q, P)` of a point turn about each other; their sum stays.

    .. math:: \begin{pmatrix} q - Q \\ p - P \end{pmatrix} \leftarrow
              \begin{pmatrix} \cos\theta & \sin\theta \\ -\sin\theta & \cos\theta \end{pmatrix}
              \begin{pmatrix} q - Q \\ p - P \end{pmatrix}
    """

    cos: float | int
    sin: float | int

    def __call__(self, state: State) -> State:
        return turned(state, self.cos, self.sin)

    def pull_back(self, state: State, adjoint: State, gradients: Gradients) -> tuple[State, State]:
        # The map is orthogonal: its transpose is its inverse.
        return turned(state, self.cos, -self.sin), turned(adjoint, self.cos, -self.sin)


def turned(state: State, cos: float | int, sin: float | int) -> State:
    """Both copies after a turn."""
    q, p, Q, P = state
    middle_q, middle_p, half_q, half_p = (q + Q) / 2, (p + P) / 2, (q - Q) / 2, (p - P) / 2
    half_q, half_p = cos * half_q + sin * half_p, cos * half_p - sin * half_q
    return middle_q + half_q, middle_p + half_p, middle_q - half_q, middle_p - half_p


def shifted(state: State, places: Sequence[int], moves: State, *, sign: int) -> State:
    """The state with some parts moved."""
    parts = list(state)
    for place, move in zip(places, moves, strict=True):
        parts[place] = parts[place] + move if sign > 0 else parts[place] - move
    return tuple(parts)


class Reconstructed(torch.autograd.Function):
    """All stages at once, of which only the last state is kept."""

    @staticmethod
    def forward(
        ctx, stages: Sequence[Stage], learned: Sequence[Tensor], parts: int, *tensors: Tensor
    ) -> State:
        state = tensors[:parts]
        for stage in stages:
            state = stage(state)
        ctx.stages, ctx.learned, ctx.parts = stages, learned, parts
        # The learned tensors are saved as well, so that a change of them before the way back is noticed.
        ctx.save_for_backward(*state, *tensors[parts:])
        return tuple(state)

    @staticmethod
    @once_differentiable
    def backward(ctx, *adjoint: Tensor) -> tuple[object, ...]:
        state, gradients = ctx.saved_tensors[: ctx.parts], Gradients(ctx.learned)
        # The way back must compute what the way there did, whatever torch.autocast is up to by now.
        with in_full_precision(state[0]):
            for stage in reversed(ctx.stages):
                state, adjoint = stage.pull_back(state, adjoint, gradients)
        return None, None, None, *adjoint, *gradients.sums


def reconstructed(stages: Sequence[Stage], state: State, *, learned: Sequence[Tensor]) -> State:
    """The stages in turn; the way back computes the states again, rather than to read what was stored.

    Args:
        stages: what is done.
        state: where it begins.
        learned: the tensors, besides the state, to which gradients are to flow.
    """
    return Reconstructed.apply(stages, learned, len(state), *state, *learned)


def learned_tensors(system: DynamicalSystem) -> list[Tensor]:
    """What gradients of a system flow to: its parameters, and a rate that comes from somewhere else."""
    found = [p for p in system.parameters() if p.requires_grad]
    if isinstance(system, Scaled) and system.rate.requires_grad and not isinstance(system.rate, nn.Parameter):
        found.append(system.rate)
    return found
