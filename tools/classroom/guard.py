"""What a test relies on, kept from the code that it tests.

Three things are looked after, all from within the process that runs a hand-in:

*  The functions of Python and PyTorch that tests call. Before a test they are put back where somebody changed
   them, and a test during which they changed does not count.
*  Values that answer every question with yes: a ``str`` that equals everything, a tensor that says it is close.
   Tests refuse what a class of the hand-in compares, adds or measures by rules of its own.
*  Ways to look at the tests: the caller's frame, all objects that there are, a tracer. They raise an error where
   code of the hand-in, and not a library on its behalf, asks for them.

Somebody who writes machine code can get round all three, in favour of their own points. What a hand-in can do to
others is the business of ``classroom/sandbox.py``, which does not rely on this.
"""

from __future__ import annotations

import builtins
import contextlib
import importlib
import sys
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

#: Modules whose functions tests call, and classes whose methods they call.
MODULES = [
    "builtins",
    "math",
    "cmath",
    "operator",
    "random",
    "itertools",
    "functools",
    "copy",
    "json",
    "statistics",
    "ast",
    "types",
    "os",
    "signal",
    "asyncio",
    "linecache",
    "traceback",
    "inspect",
    "collections",
    "contextlib",
    "torch",
    "torch.nn",
    "torch.nn.functional",
    "torch.linalg",
    "torch.autograd",
    "torch.autograd.functional",
    "torch.func",
    "torch.testing",
    "torch.optim",
    "torch.fft",
    "torch.special",
]
CLASSES = [
    "ast:NodeTransformer",
    "ast:NodeVisitor",
    "torch:Tensor",
    "torch._C:TensorBase",
    "torch.nn:Module",
    "torch.nn:Parameter",
    "torch.nn:Linear",
    "torch.nn:Conv2d",
    "torch.nn:Sequential",
    "torch:Generator",
    "random:Random",
    "torch.optim:Optimizer",
    "torch.optim:SGD",
    "torch.optim:Adam",
]
#: A class of a hand-in that defines one of these may answer a test's question by its own rules.
RULES = frozenset(
    f"__{word}__"
    for word in [
        "eq",
        "ne",
        "lt",
        "le",
        "gt",
        "ge",
        "bool",
        "hash",
        "contains",
        "class",
        "abs",
        "neg",
        "add",
        "radd",
        "sub",
        "rsub",
        "mul",
        "rmul",
        "truediv",
        "rtruediv",
        "floordiv",
        "rfloordiv",
        "mod",
        "rmod",
        "pow",
        "rpow",
        "matmul",
        "rmatmul",
        "float",
        "int",
        "index",
        "complex",
        "len",
        "round",
        "getattribute",
        "torch_function",
        "torch_dispatch",
        "array_ufunc",
        "array_function",
        "array",
        "instancecheck",
        "subclasscheck",
    ]
)
#: Of these only what compares matters where a class is no kind of number, text or tensor.
COMPARING = frozenset(
    f"__{word}__"
    for word in ["eq", "ne", "lt", "le", "gt", "ge", "bool", "contains", "class", "torch_function"]
)
SPYING = frozenset(
    [
        "gc.get_objects",
        "gc.get_referrers",
        "gc.get_referents",
        "sys.settrace",
        "sys.setprofile",
        "sys.addaudithook",
        "sys._current_frames",
        "sys._getframe",
        "code.__new__",
        "marshal.loads",
    ]
)
ATTRIBUTES = frozenset(["tb_frame", "gi_frame", "cr_frame", "ag_frame", "gi_code"])
#: Between a hand-in and the caller's frame these only pass the question on.
GO_BETWEENS = ("inspect.py", "<string>")


class Tampered(AssertionError):
    """A test did not count, because what it relies on was changed."""


class Dishonest(AssertionError):
    """A value that compares by rules of its own."""


def libraries() -> tuple[str, ...]:
    """Folders of code that is not the hand-in's."""
    found = {sys.prefix, sys.base_prefix, str(Path(builtins.__import__("os").__file__).parent)}
    return tuple(sorted({str(Path(each).resolve()) for each in found} | found))


LIBRARIES = libraries()
OURS = str(Path(__file__).resolve().parent)


def of_a_library(file: str) -> bool:
    """Whether code from this file is a library's or the grader's."""
    return file.startswith((*LIBRARIES, "<frozen ", OURS)) or file == "<string>"


class Guard:
    """Remembers what tests rely on, as it is when the guard is made."""

    def __init__(self) -> None:
        settle_optimisers()
        self.flags: list[str] = []
        self._kept: list[tuple[Any, str, dict[str, Any]]] = []
        for name in MODULES:
            with contextlib.suppress(ImportError):
                self._keep(importlib.import_module(name), name)
        for entry in CLASSES:
            module, _, name = entry.partition(":")
            with contextlib.suppress(ImportError, AttributeError):
                self._keep(getattr(importlib.import_module(module), name), name)
        self._modules = {
            name: module
            for name, module in sys.modules.items()
            if name.partition(".")[0] in ("torch", "math", "builtins", "random", "json", "numpy", "sys")
        }

    def _keep(self, owner: Any, name: str) -> None:
        names = {
            key: value
            for key, value in vars(owner).items()
            if callable(value)
            or isinstance(value, types.ModuleType | float | property | staticmethod | classmethod)
        }
        self._kept.append((owner, name, {key: names[key] for key in names if key not in ("__loader__", "_")}))

    def restore(self) -> str:
        """Put back what was changed; the name of one such thing, or nothing."""
        changed = ""
        for owner, label, names in self._kept:
            there = owner.__dict__
            for name, value in list(names.items()):
                now = there.get(name, None)
                if now is value:
                    continue
                if made_by_a_library(name, now):
                    names[name] = now
                    continue
                changed = changed or f"{label}.{name}"
                with contextlib.suppress(Exception):
                    setattr(owner, name, value)
        for name, module in self._modules.items():
            if sys.modules.get(name) is not module:
                changed = changed or f"the module {name}"
                sys.modules[name] = module
        if changed and len(self.flags) < 20:
            self.flags.append(f"changed {changed}")
        return changed

    @contextlib.contextmanager
    def watching(self) -> Iterator[None]:
        """Note what a test refuses."""
        try:
            yield
        except Dishonest as error:
            self.flags.append(str(error)[:200])
            raise

    def stand(self) -> None:
        """From now on no code of the hand-in may look at the tests; this cannot be taken back."""
        busy = False
        flags = self.flags

        def hook(event: str, given: tuple[Any, ...]) -> None:
            nonlocal busy
            if busy:
                return
            if event == "object.__getattr__":
                if given[1] not in ATTRIBUTES:
                    return
            elif event not in SPYING and not event.startswith("ctypes."):
                return
            busy = True
            try:
                spy = asker()
            finally:
                busy = False
            if spy:
                what = given[1] if event == "object.__getattr__" else event
                if len(flags) < 20:
                    flags.append(f"asked for {what}")
                raise RuntimeError(f"{what} is closed while grading")

        sys.addaudithook(hook)


def made_by_a_library(name: str, value: Any) -> bool:
    """Whether a function is a library's own, put there late under the name that it has: PyTorch does so."""
    code = getattr(value, "__code__", None)
    file = code.co_filename if isinstance(code, types.CodeType) else ""
    return bool(file) and file != "<string>" and of_a_library(file) and value.__name__ == name


def settle_optimisers() -> None:
    """Make an optimiser of each kind: PyTorch changes their classes when it makes the first."""
    with contextlib.suppress(ImportError):
        import torch

        for kind in (torch.optim.SGD, torch.optim.Adam):
            kind([torch.nn.Parameter(torch.zeros(1))], lr=0.1)


def asker() -> str:
    """The file of the hand-in's code that asks for something, or nothing where a library asks for itself."""
    try:
        raise ZeroDivisionError
    except ZeroDivisionError as error:
        frame = error.__traceback__.tb_frame.f_back.f_back if error.__traceback__ else None  # type: ignore[union-attr]
    if frame is not None and frame.f_code.co_filename.endswith("traceback.py"):
        frame = frame.f_back  # it hands frames on from one function, and prints from others
    while frame is not None and frame.f_code.co_filename.endswith(GO_BETWEENS):
        frame = frame.f_back
    file = frame.f_code.co_filename if frame is not None else ""
    return "" if of_a_library(file) else file


MRO = type.__dict__["__mro__"].__get__
NAMES = type.__dict__["__dict__"].__get__


def rules(kind: type) -> tuple[bool, bool]:
    """Whether a class has rules of its own: any, and for comparing. Never kept: a class can be changed."""
    any_, comparing = False, False
    for each in MRO(kind):
        if not NAMES(each).keys() & RULES:
            continue
        names = set(NAMES(each)) & RULES
        if is_a_librarys(each):
            names = {name for name in names if written_by_a_student(NAMES(each)[name])}
        elif "__dataclass_fields__" in NAMES(each):
            names -= {"__eq__", "__hash__", "__lt__", "__le__", "__gt__", "__ge__"}
        any_ = any_ or bool(names)
        comparing = comparing or bool(names & COMPARING)
    return any_, comparing


def written_by_a_student(method: Any) -> bool:
    """Whether a method of a library's class was put there by somebody else."""
    code = getattr(method, "__code__", None)
    return code is not None and not of_a_library(code.co_filename)


def is_a_librarys(kind: type) -> bool:
    """Whether a class is found in the file of a library, under its own name."""
    module = sys.modules.get(str(kind.__module__))
    if module is None or kind.__module__ == "__main__":
        return False
    file = getattr(module, "__file__", None) or ""
    if file and not of_a_library(str(file)):
        return False
    found: Any = module
    for name in str(kind.__qualname__).split("."):
        found = getattr(found, name, None)
    return found is kind or (
        type(kind) is type and not kind.__flags__ & (1 << 9)
    )  # no heap type: written in C


def plain_values() -> tuple[tuple[type, ...], frozenset[type]]:
    """Kinds of values that tests compare, and those among which nothing need be looked for."""
    simple: tuple[type, ...] = (str, bytes, int, float, complex)
    with contextlib.suppress(ImportError):
        import torch

        simple = (*simple, torch.Tensor)
    return (*simple, tuple, list, dict, set), frozenset((*simple, bool, type(None), range))


VALUES, SIMPLE = plain_values()


def honest(value: Any, *, compared: bool = False, depth: int = 3) -> Any:
    """What a call in a test returned, or what a test compares; refused where its class has a say in the answer."""
    kind = type(value)
    if kind in SIMPLE:
        return value
    any_, comparing = rules(kind)
    if (compared and comparing) or (any_ and any(each in VALUES for each in MRO(kind))):
        verb = "compares" if compared else "got"
        raise Dishonest(
            f"the test {verb} a {kind.__name__!r}, which has rules of its own; return a plain value"
        )
    if depth and kind in (tuple, list, dict, set):
        inner = value.values() if kind is dict else value
        for index, each in enumerate(inner):
            if index > 1000:
                break
            if type(each) not in SIMPLE:
                honest(each, compared=compared, depth=depth - 1)
    return value


def honest_operand(value: Any) -> Any:
    """What a test compares or asserts, looked at."""
    return honest(value, compared=True)


# What this module calls is Python's own, whatever a hand-in puts in its place later.
globals().update({name: value for name, value in vars(builtins).items() if name not in globals()})
