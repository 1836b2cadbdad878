"""Two worlds in one process: the cells of a hand-in run in one, the tests in another that they cannot overwrite.

The hand-in's world is a main module, as in a notebook. The tests' world sees the names that the answers are asked
to define; what locked cells define, as it was when they ran; and what earlier tests defined. A test's own names
never reach the hand-in: a helper that a student calls ``_mean`` stays the student's.

This module runs beside code that nobody trusts. It keeps what it needs in its own names from before the first
answer runs, and looks after each cell whether somebody changed what the tests rely on (``classroom/guard.py``).
"""

from __future__ import annotations

import ast
import asyncio
import builtins
import inspect
import linecache
import sys
import traceback
import types
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from classroom.guard import Guard, Tampered, honest, honest_operand

#: The name of an error and what it says; None where there was none.
Failure = tuple[str, str] | None
#: Functions of Python that return what they are named for, whatever they are given.
TRUE_TO_FORM = frozenset(
    [
        "super",
        "locals",
        "globals",
        "vars",
        "range",
        "len",
        "zip",
        "enumerate",
        "isinstance",
        "issubclass",
        "callable",
        "str",
        "repr",
        "type",
        "print",
        "dict",
        "list",
        "tuple",
        "set",
        "frozenset",
        "bool",
    ]
)
CHECK, OPERAND = "__udt_result__", "__udt_operand__"


@dataclass(frozen=True, kw_only=True)
class Step:
    """A cell of code that runs.

    Args:
        name: its nbgrader id, or its place.
        kind: ``own`` and ``answer`` are the hand-in's, ``locked``, ``graded`` and ``control`` the teacher's.
        source: its code.
        points: what it is worth, None where it is not graded.
    """

    name: str
    kind: str
    source: str
    points: float | None = None


class Wary(ast.NodeTransformer):
    """Rewrites a test so that what a call returns, and what is compared, is looked at before it is believed."""

    def __init__(self, tree: ast.AST) -> None:
        # What the test defines itself is rewritten as well, so what it returns has been looked at.
        self.own = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.ClassDef)}

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.func, ast.Name) and (node.func.id in TRUE_TO_FORM or node.func.id in self.own):
            return node
        return wrapped(node, by=CHECK)

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        self.generic_visit(node)
        identity = all(isinstance(operator, ast.Is | ast.IsNot) for operator in node.ops)
        if not identity:
            node.left = wrapped(node.left, by=OPERAND)
            node.comparators = [wrapped(each, by=OPERAND) for each in node.comparators]
        return node

    def visit_Assert(self, node: ast.Assert) -> ast.AST:
        self.generic_visit(node)
        node.test = wrapped(node.test, by=OPERAND)
        return node


def wrapped(node: Any, *, by: str) -> Any:
    """The call of a check on an expression, at its place."""
    call = ast.Call(func=ast.Name(id=by, ctx=ast.Load()), args=[node], keywords=[])
    return ast.copy_location(call, node)


@dataclass
class World:
    """Where the cells of one notebook run.

    Args:
        asked: the names that the answers are asked to define.
    """

    asked: frozenset[str]
    guard: Guard = field(default_factory=Guard)
    tests: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.module = sys.modules["__main__"] = types.ModuleType("__main__")
        self.own = vars(self.module)
        self.own["__builtins__"] = builtins
        self.own["get_ipython"] = NoIPython
        self.own["display"] = lambda *things, **options: print(*things)
        self.pristine = dict(vars(builtins))

    def run(self, step: Step) -> Failure:
        """Run a step; its failure, if it has one."""
        file = f"<{step.name}>"
        try:
            if step.kind in ("own", "answer"):
                self._run_own(step, file)
            else:
                self._run_trusted(step, file)
        except BaseException as error:  # sys.exit() fails a cell as well, as it does in a kernel
            try:
                traceback.print_exc()
                sys.stderr.flush()
            except BaseException:
                pass
            return failure_of(error)
        return None

    def _run_own(self, step: Step, file: str) -> None:
        linecache.cache[file] = (len(step.source), None, step.source.splitlines(keepends=True), file)
        flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
        # dont_inherit: what this file imports from __future__ must not change what a notebook means.
        code = compile(step.source, file, "exec", flags=flags, dont_inherit=True)
        if code.co_flags & inspect.CO_COROUTINE:
            asyncio.run(eval(code, self.own))
        else:
            exec(code, self.own)

    def _run_trusted(self, step: Step, file: str) -> None:
        self.guard.restore()
        if step.kind == "locked":
            before = dict(self.own)
            exec(compile(step.source, file, "exec", dont_inherit=True), self.own)
            changed = {name for name in bound(step.source) if name in self.own}
            changed |= {name for name, value in self.own.items() if before.get(name) is not value}
            self.tests.update({name: self.own[name] for name in changed if not name.startswith("__")})
            return
        names = {**self.own, **self.tests}
        names |= {name: self.own[name] for name in self.asked if name in self.own}
        names |= {
            "__builtins__": dict(self.pristine),
            "__name__": "__main__",
            CHECK: honest,
            OPERAND: honest_operand,
        }
        start = dict(names)
        tree = ast.parse(step.source, file)
        tree = ast.fix_missing_locations(Wary(tree).visit(tree))
        failed: BaseException | None = None
        try:
            with self.guard.watching():
                exec(compile(tree, file, "exec", dont_inherit=True), names)
        except BaseException as error:
            failed = error  # what the test had defined by then, later tests may rely on
        if complaint := self.guard.restore():
            raise Tampered(f"{complaint} was changed while the test ran")
        mine = {name for name, value in names.items() if name not in start or start[name] is not value}
        if step.kind == "graded":
            self.tests.update({name: names[name] for name in mine if not name.startswith("__")})
            # A student's own cells may go on with what a test that they saw has left, but with no function of it.
            for name in mine - set(self.own):
                if not name.startswith("_") and plain(names[name]):
                    self.own[name] = names[name]
        if failed is not None:
            raise failed


def plain(value: Any) -> bool:
    """Whether a value leads nowhere else: a module, a number, a tensor, and not a function of a test."""
    return isinstance(value, types.ModuleType) or (
        type(value).__module__ in ("builtins", "torch") and not callable(value)
    )


def failure_of(error: BaseException) -> tuple[str, str]:
    """The name of an error and what it says, whatever its class thinks of being printed."""
    try:
        text = str(error)
    except BaseException:
        text = "(an error that cannot be printed)"
    return str(type(error).__name__)[:80], str(text)[:2000]


def bound(source: str) -> set[str]:
    """The names that the top level of some code binds; none where it is no Python."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):
        return set()
    return bound_by(tree.body)


def bound_by(statements: Sequence[ast.stmt]) -> set[str]:
    """The names that statements bind in their own scope."""
    found: set[str] = set()
    for statement in statements:
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(statement.name)
            continue
        for node in ast.walk(statement):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                found.add(node.id)
            elif isinstance(node, ast.alias):
                found.add(node.asname or node.name.partition(".")[0])
            elif isinstance(node, ast.FunctionDef | ast.ClassDef):
                found.add(node.name)
    return found


class NoIPython:
    """What IPython's magic becomes while grading: nothing, or the code that it would have run."""

    def __init__(self) -> None:
        self.world = vars(sys.modules["__main__"])

    def run_line_magic(self, name: str, line: str, *rest: Any) -> None:
        if name in ("time", "timeit", "prun"):
            exec(line, self.world)

    def run_cell_magic(self, name: str, line: str, body: str) -> None:
        if name in ("time", "timeit", "capture", "prun"):
            exec(body, self.world)

    def system(self, command: str) -> None:
        print(f"not run while grading: {command}")

    getoutput = system

    def __getattr__(self, name: str) -> Any:
        return lambda *given, **options: None


def as_python(source: str) -> str:
    """A cell's code without IPython's magic, which a parser of Python does not know; done by the grader."""
    try:
        ast.parse(source)
        return source  # Python as it is
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        pass
    lines = source.splitlines()
    magic = any(line.lstrip().startswith(("%", "!", "?")) or line.rstrip().endswith("?") for line in lines)
    if not magic and "= !" not in source and "= %" not in source:
        return source
    from IPython.core.inputtransformer2 import TransformerManager

    try:
        return str(TransformerManager().transform_cell(source))
    except Exception:  # no Python and no magic: it fails where it runs
        return source


# What this module calls is Python's own, whatever a hand-in puts in its place later.
globals().update({name: value for name, value in vars(builtins).items() if name not in globals()})
