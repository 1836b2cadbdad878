"""What a function does, as text: its code to the last operator, and the values that it looks up elsewhere."""

from __future__ import annotations

import ast
import dis
import inspect
import linecache
import sys
from functools import cache, lru_cache
from types import BuiltinFunctionType, CodeType, FunctionType, ModuleType
from typing import Any

from torch import nn

from udtlib.train.settings import code_of, constants_of, describe, digest, hashed, innermost

__all__ = ["declared_code", "exact_code", "is_choice", "is_own", "told_class", "used_by"]


def exact_code(function: FunctionType) -> str:
    """A digest of what a function does; comments and layout do not count.

    Where there is no source, as for what was typed in, Python's own code counts: it is the same as long as Python
    is.
    """
    code = function.__code__
    if function.__name__ != "<lambda>" and has_source(innermost(function)):
        return code_of(function)
    return lambda_digest(code, code.co_filename)


@cache
def lambda_digest(code: CodeType, file: str) -> str:
    """The digest of a lambda, or of what was typed in; what was read first stays, as in `code_of`."""
    if (node := lambda_node(code)) is not None:
        return hashed(ast.unparse(node).encode())
    return hashed(repr([instructions(code), constants_of(code)]).encode())


@cache
def has_source(code: CodeType) -> bool:
    """Whether the text of a function can be looked up."""
    try:
        inspect.getsource(code)
    except (OSError, TypeError):
        return False
    return True


def lambda_node(code: CodeType) -> ast.Lambda | None:
    """The lambda in its file's text, found by where its instructions come from; None where there is no text."""
    places = [
        ((line, column), (end_line, end_column))
        for line, end_line, column, end_column in code.co_positions()
        if None not in (line, end_line, column, end_column) and (line, column) != (end_line, end_column)
    ]
    if not places:
        return None
    first, last = min(start for start, _ in places), max(end for _, end in places)
    around = [
        node
        for node in lambdas_in("".join(linecache.getlines(code.co_filename)))
        if (node.lineno, node.col_offset) <= first and last <= (node.end_lineno, node.end_col_offset)
    ]
    # The innermost one: a lambda may lie in another one.
    return max(around, key=lambda node: (node.lineno, node.col_offset), default=None)


@lru_cache(maxsize=32)
def lambdas_in(text: str) -> tuple[ast.Lambda, ...]:
    """All lambdas of a file."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):
        return ()
    return tuple(node for node in ast.walk(tree) if isinstance(node, ast.Lambda))


def instructions(code: CodeType) -> list[Any]:
    """A function's instructions and those of the functions in it, and the names in the order of their numbers."""
    inner = [instructions(each) for each in code.co_consts if isinstance(each, CodeType)]
    plain = [repr(each) for each in code.co_consts if not isinstance(each, CodeType)]
    return [code.co_code.hex(), code.co_names, code.co_varnames, code.co_freevars, plain, inner]


def global_names(code: CodeType) -> list[str]:
    """Names that a function, and the functions in it, look up in their module; attributes are none of them."""
    inner = [name for each in code.co_consts if isinstance(each, CodeType) for name in global_names(each)]
    own = [each.argval for each in dis.get_instructions(code) if each.opname in ("LOAD_GLOBAL", "LOAD_NAME")]
    return sorted({*own, *inner})


def declared_code(function: FunctionType) -> Any:
    """A function of an experiment as its runs tell it, and of a lambda every operator."""
    told = describe(function)
    if function.__name__ == "<lambda>" and isinstance(told, dict):
        told["code"] = exact_code(function)
    return told


def used_by(function: FunctionType) -> dict[str, Any]:
    """Values that a function looks up: of the module around it, of functions around it, and its defaults.

    Modules, classes and what Python has built in are no values that somebody chose.
    """
    function = inspect.unwrap(function)
    found: dict[str, Any] = {}
    for name in global_names(function.__code__):
        if name in function.__globals__:
            found[name] = function.__globals__[name]
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        try:
            found[name] = cell.cell_contents
        except ValueError:
            # Not yet set, as in a function that calls itself.
            continue
    for name, each in inspect.signature(function).parameters.items():
        if each.default is not each.empty:
            found[f"{name}="] = each.default
    return {
        name: value
        for name, value in sorted(found.items())
        if not isinstance(value, ModuleType | type | BuiltinFunctionType)
    }


@lru_cache(maxsize=512)
def told_class(kind: type) -> dict[str, Any]:
    """A class by its name, and one of a user's own by the code of its methods as well."""
    code = [
        [name, exact_code(method)]
        for each in reversed(kind.__mro__)
        if not is_installed(each)
        for name, method in sorted(vars(each).items())
        # A dataclass's own methods are written by Python.
        if isinstance(method, FunctionType) and method.__code__.co_filename != "<string>"
    ]
    return {"is": kind.__qualname__} | ({"its code": digest(code)} if code else {})


def is_own(kind: type) -> bool:
    """Whether a class is a user's own."""
    return not is_installed(kind)


def is_choice(owner: Any, value: Any) -> bool:
    """Whether a private entry is a plain value that somebody chose, in an object of a user's own class.

    Whole numbers of a module are none: games count their rounds in them.
    """
    if not is_own(type(owner)) or (isinstance(owner, nn.Module) and isinstance(value, int)):
        return False
    return isinstance(value, bool | int | float | str)


def is_installed(kind: type) -> bool:
    """Whether a class is this library's, Python's or an installed package's, rather than a user's own."""
    root = kind.__module__.split(".")[0]
    if root == "udtlib" or root in sys.stdlib_module_names:
        return True
    place = getattr(sys.modules.get(kind.__module__), "__file__", None) or ""
    return "site-packages" in place or "dist-packages" in place
