"""Finds experiments: their names and titles without importing anything, and each by its name."""

from __future__ import annotations

import ast
import importlib
import importlib.util
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from udtlib.experiments.declare import Experiment

__all__ = ["Entry", "entries", "find"]

FOLDER = Path(__file__).parent


class Entry(NamedTuple):
    """What is known of an experiment before it is imported."""

    name: str
    title: str
    source: str
    module: str


def entries() -> dict[str, Entry]:
    """Every experiment of the package by its name, in the order of the modules' names.

    Raises:
        ValueError: an experiment's name, title or source is not a literal string, or two have one name.
    """
    found: dict[str, Entry] = {}
    for path in sorted(FOLDER.rglob("*.py")):
        module = ".".join(("udtlib.experiments", *path.relative_to(FOLDER).with_suffix("").parts))
        for entry in declared(path.read_text("utf-8"), module=module.removesuffix(".__init__")):
            if entry.name in found:
                raise ValueError(f"{entry.module} and {found[entry.name].module} both declare {entry.name!r}")
            found[entry.name] = entry
    return found


def declared(source: str, *, module: str) -> Iterator[Entry]:
    """The experiments that a module's source declares."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Experiment":
            words = {each.arg: each.value for each in node.keywords}
            try:
                name, title, source = (ast.literal_eval(words[key]) for key in ("name", "title", "source"))
            except (KeyError, ValueError) as error:
                raise ValueError(
                    f"{module}, line {node.lineno}: an Experiment's name, title and source are literal strings, "
                    "so that a list needs no import"
                ) from error
            yield Entry(name, title, source, module)


def find(place: str) -> Experiment:
    """The experiment of that name, or ``NAME`` of a user's own file, as ``FILE.py:NAME``.

    Raises:
        ValueError: there is none, or the file cannot be imported.
        FileNotFoundError: there is no such file.
    """
    path, _, name = place.rpartition(":")
    if path.endswith(".py"):
        module = module_of(Path(path))
    else:
        known = entries()
        if place not in known:
            raise ValueError(
                f"there is no experiment {place!r}; expected {', '.join(known)}, or FILE.py:NAME"
            )
        module, name = importlib.import_module(known[place].module), place
    return experiment_in(module, name, place=place)


def experiment_in(module: object, name: str, *, place: str) -> Experiment:
    """The experiment of that name among a module's values, alone or in a collection."""
    from udtlib.experiments.declare import Experiment

    found = []
    for value in vars(module).values():
        many = (
            value.values()
            if isinstance(value, dict)
            else value
            if isinstance(value, tuple | list)
            else [value]
        )
        found += [each for each in many if isinstance(each, Experiment)]
    for each in found:
        if each.name == name:
            return each
    raise ValueError(
        f"{place}: no experiment {name!r}; there are {', '.join(e.name for e in found) or 'none'}"
    )


def module_of(path: Path) -> object:
    """A user's file, imported once under a name of its own."""
    path = path.resolve()
    name = f"_experiments_{path.stem}_{zlib.crc32(str(path).encode()):08x}"
    if name not in sys.modules:
        if not path.is_file():
            raise FileNotFoundError(f"{path} does not exist; give FILE.py:NAME")
        spec = importlib.util.spec_from_file_location(name, path)
        assert spec is not None, "a Python file has a loader"
        assert spec.loader is not None, "a Python file has a loader"
        module = sys.modules[name] = importlib.util.module_from_spec(spec)
        try:
            spec.loader.exec_module(module)
        except Exception as error:
            del sys.modules[name]
            raise ValueError(
                f"{path} cannot be imported ({type(error).__name__}: {error}); correct it, "
                "`udt --traceback …` shows where"
            ) from error
        except BaseException:
            del sys.modules[name]
            raise
    return sys.modules[name]
