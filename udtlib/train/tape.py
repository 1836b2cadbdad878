"""A tape of operations on tensors: what a CUDA graph does, on any device.

A CUDA graph holds the kernels that were launched while it was captured, with the memory they read and wrote. The
Python code that launched them is not run again. A tape holds the operations themselves and repeats them, no faster
but with the same consequences: a round can be tried as a graph where there is no CUDA.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, final

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves, tree_map

__all__ = ["Findings", "Tape"]

#: Operations by which the CPU waits for a number that the device computes, by what a user writes for them.
WAITING = {
    "_local_scalar_dense": "reads a number from a tensor, as .item(), float() and `if` do",
    "equal": "compares tensors by torch.equal",
    "is_nonzero": "asks whether a tensor is true",
    "masked_select": "selects by a mask, so that shapes depend on numbers",
    "nonzero": "looks for what is not zero, so that shapes depend on numbers",
    "unique_consecutive": "collects different numbers, so that shapes depend on them",
    "_unique2": "collects different numbers, so that shapes depend on them",
}
#: Operations that bring numbers of Python's to the device.
BRINGING = {"lift_fresh": "makes a tensor of Python's numbers, as torch.tensor([…]) does"}


class Slot(NamedTuple):
    """A tensor that an earlier operation of the tape makes, by its number."""

    number: int


@final
class Findings(TorchDispatchMode):
    """Notes what a graph could not repeat, while the operations are carried out as ever.

    Args:
        device: where everything is to happen.
    """

    def __init__(self, device: torch.device) -> None:
        super().__init__()
        self.device, self.notes = device, []

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        out = func(*args, **(kwargs or {}))
        name = func.overloadpacket.__name__
        if note := (WAITING | BRINGING).get(name):
            self.notes.append(note)
        elif name.startswith("index") and any(is_mask(each) for each in tree_leaves(args[1:2])):
            self.notes.append("indexes by a mask, so that shapes depend on numbers")
        elif any(isinstance(t, Tensor) and t.device.type != self.device.type for t in tree_leaves(out)):
            self.notes.append(f"computes on another device than {self.device.type} ({name})")
        return out


def is_mask(index: Any) -> bool:
    """Whether an index says yes or no to every entry."""
    return isinstance(index, Tensor) and index.dtype in (torch.bool, torch.uint8)


@final
class Tape(TorchDispatchMode):
    """The operations of a function, recorded while it runs for the first time.

    Tensors that were there before are read and written where they are; tensors that the function makes are made
    anew in every repetition. Operations that draw random numbers draw new ones. Python code is not run again.
    """

    def __init__(self) -> None:
        super().__init__()
        self.operations: list[tuple[Any, Any, Any, list[int]]] = []
        self.slots: dict[int, int] = {}
        # Kept while the tape is made: the number of a tensor that is gone would be given to another.
        self.alive: list[Tensor] = []

    @classmethod
    def of(cls, function: Callable[[], None]) -> Tape:
        """Run a function and record it."""
        tape = cls()
        with tape:
            function()
        tape.slots, tape.alive = {}, []
        return tape

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        given = tree_map(self.slotted, (args, kwargs or {}))
        inputs = {id(t) for t in tree_leaves((args, kwargs)) if isinstance(t, Tensor)}
        out = func(*args, **(kwargs or {}))
        numbers = []
        for each in tree_leaves(out):
            new = isinstance(each, Tensor) and id(each) not in inputs
            numbers.append(self.number(each) if new else -1)
        self.operations.append((func, *given, numbers))
        return out

    def number(self, made: Tensor) -> int:
        """Give a tensor that was made its number."""
        self.alive.append(made)
        return self.slots.setdefault(id(made), len(self.slots))

    def slotted(self, value: Any) -> Any:
        """A tensor that was made on the tape by its number; anything else, and what was there before, as it is."""
        if isinstance(value, Tensor) and id(value) in self.slots:
            return Slot(self.slots[id(value)])
        return value

    @torch.no_grad()
    def replay(self) -> None:
        """Carry out all operations again."""
        made: dict[int, Any] = {}
        for func, args, kwargs, numbers in self.operations:
            args, kwargs = (filled(each, made) for each in (args, kwargs))
            out = func(*args, **kwargs)
            for number, each in zip(numbers, tree_leaves(out), strict=True):
                if number >= 0:
                    made[number] = each


def filled(value: Any, made: dict[int, Any]) -> Any:
    """An argument with the tensors in the places of their numbers."""
    if isinstance(value, Slot):
        return made[value.number]
    if isinstance(value, tuple):
        return tuple(filled(each, made) for each in value)
    if isinstance(value, list):
        return [filled(each, made) for each in value]
    if isinstance(value, dict):
        return {key: filled(each, made) for key, each in value.items()}
    return value
