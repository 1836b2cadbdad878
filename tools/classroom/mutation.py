"""How much the tests of an assignment notice, as a number: small changes of every reference answer.

A mutant is the solution with one small change in one answer: an operator, a constant, an axis, a sign, a
``detach``, a number format, an operation in place, a statement less. It is killed if a test fails. What
survives is a hole in the tests, or a change that changes nothing; where somebody has shown the latter, it
stands in ``assignments/equivalent/NAME.txt``, a line each: the answer cell, the change as it is printed, and
why ::

    answer_chain: layer(x) => (layer(x)) -- the same call

Mutants run as the wrong answers do: on a walk through the solution, which each leaves at its own cell.
"""

from __future__ import annotations

import ast
import copy
import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat

from classroom.astray import Walk
from classroom.batch import grade_all
from classroom.course import Course
from classroom.limits import Limits
from classroom.notebook import answer_cells, read, with_answers
from classroom.patches import bare
from classroom.submission import Job
from udtlib.data.places import whole_file

RECORD = Path("book") / "results" / "assignment-mutants.json"
#: A mutant that never ends is killed; nobody waits long for it.
LIMITS = Limits(cell_seconds=20, total_seconds=60, memory_mib=1536, output_mib=1)
#: The share of the mutants of every answer that must be killed or explained.
LEAST = 0.95
#: Mutants of one walk: what is lost if a walk fails.
SHARE = 60

BINARY = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Div,
    ast.Mod: ast.Mult,
    ast.Pow: ast.Mult,
}
COMPARING = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
#: Functions and methods that are mistaken for one another.
CALLED = {
    "sum": "mean",
    "mean": "sum",
    "abs": "square",
    "square": "abs",
    "max": "min",
    "min": "max",
    "amax": "amin",
    "amin": "amax",
    "argmax": "argmin",
    "argmin": "argmax",
    "zeros_like": "ones_like",
    "ones_like": "zeros_like",
    "zeros": "ones",
    "ones": "zeros",
    "exp": "log",
    "log": "exp",
    "sin": "cos",
    "cos": "sin",
    "logsumexp": "sum",
    "randn_like": "zeros_like",
    "rand": "randn",
    "cat": "stack",
    "stack": "cat",
    "all": "any",
    "any": "all",
    "append": "extend",
    "floor": "ceil",
    "ceil": "floor",
    "tanh": "sigmoid",
    "relu": "abs",
}
#: Methods without which a computation goes on, and means something else.
DROPPED = frozenset(
    [
        "detach",
        "clone",
        "contiguous",
        "flatten",
        "zero_grad",
        "backward",
        "step",
        "clamp",
        "clamp_min",
        "clamp_max",
        "abs",
        "sqrt",
        "square",
        "exp",
        "log",
        "neg",
        "flip",
        "unsqueeze",
        "squeeze",
        "t",
        "T",
        "requires_grad_",
        "double",
        "float",
        "copy",
    ]
)
IN_PLACE = {
    "add": "add_", "mul": "mul_", "sub": "sub_", "div": "div_", "clamp": "clamp_", "add_": "add", "mul_": "mul",
    "sub_": "sub", "div_": "div", "copy_": "clone", "zero_": "clone",
}  # fmt: skip


@dataclass(frozen=True)
class Mutant:
    """One small change of one answer."""

    cell: str
    change: str
    code: str


@dataclass
class Tally:
    """What became of the mutants of one answer cell."""

    made: int = 0
    killed: int = 0
    explained: int = 0
    survivors: list[str] = field(default_factory=list)

    @property
    def share(self) -> float:
        """Killed or explained, of those made."""
        return (self.killed + self.explained) / self.made if self.made else 1.0


def mutants(cell: str, code: str) -> list[Mutant]:
    """All mutants of an answer, each only once."""
    tree = ast.parse(code)
    plain = ast.unparse(tree)
    found: dict[str, Mutant] = {}
    names: dict[str, int] = {}
    for number, (old, new) in enumerate(places(tree)):
        changed = mutated(code, number)
        if changed != plain and changed not in found:
            change = f"{old} => {new}"
            names[change] = names.get(change, 0) + 1
            which = f" #{names[change]}" if names[change] > 1 else ""
            found[changed] = Mutant(cell=cell, change=change + which, code=changed)
    return list(found.values())


def mutated(code: str, number: int) -> str:
    """The answer with the change of this number; the tree is built anew, so that no change is left of another."""
    tree = ast.parse(code)
    for index, _ in enumerate(places(tree, carry_out=number)):
        if index == number:
            break
    return ast.unparse(ast.fix_missing_locations(tree))


def places(tree: ast.AST, *, carry_out: int = -1) -> Iterator[tuple[str, str]]:
    """Every change that can be made: what stands there, and what comes; the change of one number is made."""
    number = 0
    for parent, name, index, node in children(tree):
        for new in changes(node):
            new = ast.fix_missing_locations(ast.copy_location(new, node))
            yield from carried(parent, name, index, node, new, carry=number == carry_out)
            number += 1


def carried(
    parent: ast.AST, name: str, index: int, node: ast.AST, new: Any, *, carry: bool
) -> Iterator[tuple[str, str]]:
    """One change, made first where it is to be made."""
    words = text_of(node), text_of(new)
    if carry:
        if index < 0:
            setattr(parent, name, new)
        else:
            getattr(parent, name)[index] = new
    yield words


def text_of(node: ast.AST) -> str:
    """A piece of code on one line."""
    return " ".join(ast.unparse(node).split())[:160]


def children(tree: ast.AST) -> list[tuple[ast.AST, str, int, ast.AST]]:
    """Every node below, with its place; docstrings and annotations are no part of what an answer does."""
    found = []
    for name, value in ast.iter_fields(tree):
        if name in ("annotation", "returns", "decorator_list", "type_comment"):
            continue
        for index, each in enumerate(value) if isinstance(value, list) else ((-1, value),):
            if not isinstance(each, ast.AST):
                continue
            text = isinstance(each, ast.Expr) and isinstance(each.value, ast.Constant)
            if text or isinstance(tree, ast.JoinedStr) or isinstance(each, ast.Raise):
                continue  # what an error says is no part of it either
            found.append((tree, name, index, each))
            found += children(each)
    return found


def changes(node: ast.AST) -> Iterator[ast.AST]:
    """The small changes of one node."""
    if isinstance(node, ast.BinOp) and type(node.op) in BINARY:
        yield ast.BinOp(left=node.left, op=BINARY[type(node.op)](), right=node.right)
        if isinstance(node.op, ast.Add | ast.Sub | ast.Mult | ast.Div):
            yield node.left  # a term or a factor less
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult):
        yield ast.BinOp(left=node.right, op=ast.MatMult(), right=node.left)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.Not):
        yield node.operand
    elif isinstance(node, ast.Compare) and type(node.ops[0]) in COMPARING:
        yield ast.Compare(node.left, [COMPARING[type(node.ops[0])](), *node.ops[1:]], node.comparators)
    elif isinstance(node, ast.BoolOp):
        yield ast.BoolOp(op=ast.Or() if isinstance(node.op, ast.And) else ast.And(), values=node.values)
    elif isinstance(node, ast.AugAssign):
        if type(node.op) in BINARY:
            yield ast.AugAssign(target=node.target, op=BINARY[type(node.op)](), value=node.value)
        load = copy.deepcopy(node.target)
        for each in ast.walk(load):
            if hasattr(each, "ctx"):
                each.ctx = ast.Load()
        yield ast.Assign(targets=[node.target], value=ast.BinOp(left=load, op=node.op, right=node.value))
    elif isinstance(node, ast.Constant):
        yield from constants(node)
    elif isinstance(node, ast.Call):
        yield from calls(node)
    elif isinstance(node, ast.Attribute):
        if node.attr == "T":
            yield node.value
        elif node.attr in ("float32", "float64"):
            yield ast.Attribute(node.value, "float32" if node.attr == "float64" else "float64", node.ctx)
    elif isinstance(node, ast.Return) and node.value is not None:
        yield ast.Return(value=ast.UnaryOp(op=ast.USub(), operand=node.value))
    elif isinstance(node, ast.IfExp):
        yield ast.IfExp(test=node.test, body=node.orelse, orelse=node.body)
    elif isinstance(node, ast.If):
        yield ast.If(test=ast.UnaryOp(op=ast.Not(), operand=node.test), body=node.body, orelse=node.orelse)
    elif isinstance(node, ast.Expr):
        yield ast.Pass()
    elif isinstance(node, ast.Slice):
        if node.lower is not None:
            yield ast.Slice(lower=None, upper=node.upper, step=node.step)
        if node.upper is not None:
            yield ast.Slice(lower=node.lower, upper=None, step=node.step)
    elif isinstance(node, ast.With):
        body = node.body if len(node.body) == 1 else [ast.If(ast.Constant(True), node.body, [])]
        yield body[0]


def constants(node: ast.Constant) -> Iterator[ast.AST]:
    """Other constants in the place of one: of an axis, a weight, a switch, a word."""
    value = node.value
    if isinstance(value, bool):
        yield ast.Constant(not value)
    elif isinstance(value, int):
        yield ast.Constant(value + 1)
        yield ast.Constant(value - 1)
    elif isinstance(value, float):
        yield ast.Constant(value * 2 if value else 1.0)
        if value and value not in (0.5,):
            yield ast.Constant(value / 2)
    elif isinstance(value, str) and value:
        yield ast.Constant(f"{value}?")


def calls(node: ast.Call) -> Iterator[ast.AST]:
    """A call of another function, without an argument, with two exchanged, or of none."""
    function = node.func
    name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    if name in CALLED:
        yield ast.Call(renamed(function, CALLED[name]), node.args, node.keywords)
    if name in IN_PLACE:
        yield ast.Call(renamed(function, IN_PLACE[name]), node.args, node.keywords)
    if isinstance(function, ast.Attribute) and name in DROPPED and not is_module(function.value):
        yield function.value
    for index in range(len(node.keywords)):
        yield ast.Call(function, node.args, [*node.keywords[:index], *node.keywords[index + 1 :]])
    plain = all(not isinstance(each, ast.Starred) for each in node.args)
    if plain and len(node.args) == 2 and name not in ("isinstance", "range", "super"):
        yield ast.Call(function, [node.args[1], node.args[0]], node.keywords)


def is_module(node: ast.AST) -> bool:
    """Whether a name is that of a module, which is no value."""
    return isinstance(node, ast.Name) and node.id in ("torch", "math", "F", "nn", "itertools", "random")


def renamed(function: ast.expr, name: str) -> ast.expr:
    """The function of another name, of the same object."""
    if isinstance(function, ast.Attribute):
        return ast.Attribute(function.value, name, function.ctx)
    return ast.Name(name, ast.Load())


def explained(assignment: str, *, root: Path) -> set[tuple[str, str]]:
    """The mutants that are known to change nothing: by answer cell and change."""
    return set(explanations(assignment, root=root))


def explanations(assignment: str, *, root: Path) -> dict[tuple[str, str], str]:
    """Why mutants change nothing that a task fixes, by answer cell and change.

    Raises:
        ValueError: a line is not of the form that the head of this module shows.
    """
    path = root / "assignments" / "equivalent" / f"{assignment}.txt"
    found = {}
    for line in path.read_text(encoding="utf-8").splitlines() if path.is_file() else ():
        if not line.strip() or line.startswith("#"):
            continue
        change, dashes, why = line.partition(" -- ")
        cell, colon, words = change.partition(": ")
        if not dashes or not why.strip() or not colon:
            raise ValueError(f"{path.name} has the line {line!r}; expected `CELL: OLD => NEW -- WHY`")
        found[cell.strip(), words.strip()] = why.strip()
    return found


def run(
    course: Course, *, root: Path, build: Path, workers: int = 2, most: int = 0, seed: int = 0
) -> dict[str, Tally]:
    """Make the mutants of every answer and let the tests judge them; at most ``most`` of each answer, if given."""
    source = read(course.source)
    known = explained(course.assignment, root=root)
    made: list[Mutant] = []
    untouched: list[Mutant] = []
    for cell, code in answer_cells(source).items():
        untouched = untouched or [Mutant(cell=cell, change="", code=ast.unparse(ast.parse(bare(code))))]
        mine = mutants(cell, bare(code))
        if most and len(mine) > most:
            mine = sorted(random.Random(seed).sample(mine, most), key=mine.index)
        made += mine
    place = build / course.assignment / "mutants"
    release, text = course.release.read_text(encoding="utf-8"), course.source.read_text(encoding="utf-8")
    jobs = [
        as_job(mutant, number, source=source, place=place, course=course, texts=(release, text))
        for number, mutant in enumerate([*made, *untouched])
    ]
    shares = shared(jobs, workers=workers)
    walks = [
        Walk(source=course.source, folder=place / "walks" / str(number), jobs=share, brief=True)
        for number, share in enumerate(shares)
    ]
    results = {result.name: result for result in grade_all([], walks=walks, workers=workers)}
    tallies = {cell: Tally() for cell in answer_cells(source)}
    if errors := results[jobs[-1].name].errors:
        raise RuntimeError(f"the solution fails its own tests, so nothing was measured: {errors}")
    for job, mutant in zip(jobs[:-1], made, strict=True):
        tally = tallies[mutant.cell]
        tally.made += 1
        if results[job.name].errors:
            tally.killed += 1
        elif (mutant.cell, mutant.change) in known:
            tally.explained += 1
        else:
            tally.survivors.append(mutant.change)
    return tallies


def shared(jobs: Sequence[Job], *, workers: int) -> list[Sequence[Job]]:
    """The jobs in as many parts as there are workers, or more, so that none is long."""
    parts = max(workers, -(-len(jobs) // SHARE))
    return [share for share in (jobs[part::parts] for part in range(parts)) if share]


def as_job(
    mutant: Mutant, number: int, *, source: Any, place: Path, course: Course, texts: tuple[str, str]
) -> Job:
    """The job of grading a mutant."""
    folder = place / f"{number:05}"
    folder.mkdir(parents=True)
    notebook = folder / f"{course.assignment}.ipynb"
    nbformat.write(with_answers(source, {mutant.cell: mutant.code}), notebook)
    return Job(
        name=f"{number:05}",
        assignment=course.assignment,
        notebook=notebook,
        release=texts[0],
        source=texts[1],
        folder=folder / "graded",
        limits=LIMITS,
    )


def table(assignment: str, tallies: dict[str, Tally]) -> str:
    """What became of the mutants, cell by cell, and what survived."""
    lines = [f"{assignment}: mutants made, killed, explained"]
    for cell, tally in tallies.items():
        lines.append(f"  {cell:<32} {tally.made:>4} {tally.killed:>4} {tally.explained:>4}")
        lines += [f"      survives  {cell}: {change}" for change in tally.survivors]
    made, killed, told = (
        sum(getattr(t, key) for t in tallies.values()) for key in ("made", "killed", "explained")
    )
    share = Tally(made=made, killed=killed, explained=told).share
    lines.append(f"{assignment}: {killed} of {made} killed, {told} explained: {share:.1%}")
    return "\n".join(lines)


def write(assignment: str, tallies: dict[str, Tally], *, path: Path) -> None:
    """Put the numbers of an assignment into the record, beside those of the others."""
    record = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {"assignments": {}}
    record["assignments"][assignment] = {
        cell: {"made": tally.made, "killed": tally.killed, "explained": tally.explained}
        for cell, tally in tallies.items()
    }
    record["assignments"] = dict(sorted(record["assignments"].items()))
    path.parent.mkdir(parents=True, exist_ok=True)
    with whole_file(path) as scratch:
        scratch.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
