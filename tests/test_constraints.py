"""`constraints.txt` resolves on every Python that the README promises, not only on the one at hand.

The resolution is carried out on the metadata of what is installed, which `make` installed from these very pins:
from `udtlib[dev]` every requirement is followed under the markers of each interpreter, must be pinned, must admit
its pin, and the pin must admit the interpreter. So no network is needed, and unlike
``pip --dry-run --python-version``, which evaluates markers for the interpreter that runs pip, it sees what only
another version requires.
"""

from __future__ import annotations

import functools
import re
import tomllib
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path

import pytest
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
#: Debian 12's own, and the first releases of the newer lines, which are the strictest of them.
INTERPRETERS = ("3.11.2", "3.12.0", "3.13.0")


@functools.cache
def pins() -> dict[str, Version]:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").split()
    return {
        canonicalize_name(name): Version(version) for name, version in (line.split("==") for line in lines)
    }


@dataclass(frozen=True)
class Package:
    """What one release says of itself: the interpreters it takes, and what it requires."""

    python: str = ""
    requires: tuple[str, ...] = ()


@functools.cache
def installed(name: str) -> Package | None:
    """The installed release of that name, which must be the pinned one, or None."""
    try:
        found = metadata.distribution(name)
    except metadata.PackageNotFoundError:
        return None
    pinned = pins().get(name)
    assert pinned is None or Version(found.version).public == str(pinned), (
        f"{name} {found.version} is installed, constraints.txt says {pinned}: install with -c constraints.txt"
    )
    return Package(found.metadata.get("Requires-Python") or "", tuple(found.requires or ()))


@functools.cache
def parsed(requires: tuple[str, ...]) -> tuple[Requirement, ...]:
    return tuple(Requirement(line) for line in requires)


@dataclass
class Resolution:
    """What an installation of ``udtlib[dev]`` needs under one interpreter, and why it cannot have it."""

    python: str
    known: dict[str, Package | None]
    pins: dict[str, Version]
    needed: set[str] = field(default_factory=set)
    problems: list[str] = field(default_factory=list)

    def follow(self, name: str, extras: frozenset[str], requires: tuple[str, ...]) -> None:
        """Everything that ``name`` with these extras requires, and what that requires."""
        environment = default_environment() | {
            "python_full_version": self.python,
            "python_version": ".".join(self.python.split(".")[:2]),
        }
        for requirement in parsed(requires):
            marker = requirement.marker
            if marker and not any(marker.evaluate(environment | {"extra": extra}) for extra in extras | {""}):
                continue
            self.take(requirement, asked_by=name)

    def take(self, requirement: Requirement, *, asked_by: str) -> None:
        name, extras = canonicalize_name(requirement.name), frozenset(requirement.extras)
        key = f"{name}[{','.join(sorted(extras))}]"
        pin = self.pins.get(name)
        if name == "udtlib":
            return self.follow_project(extras)
        if pin is None:
            self.problems.append(f"{name}, which {asked_by} requires, has no pin")
        elif not requirement.specifier.contains(pin, prereleases=True):
            self.problems.append(f"{asked_by} requires {requirement}, the pin is {pin}")
        if key in self.needed:
            return None
        self.needed.add(key)
        package = self.known[name] if name in self.known else installed(name)
        if package is None:
            self.problems.append(
                f"{name}, which {asked_by} requires, is not installed: nothing is known of its pin"
            )
            return None
        if self.python not in SpecifierSet(package.python):
            self.problems.append(f"{name} {pin} needs Python {package.python}")
        return self.follow(name, extras, package.requires)

    def follow_project(self, extras: frozenset[str]) -> None:
        groups = [PROJECT["dependencies"], *(PROJECT["optional-dependencies"][each] for each in extras)]
        if self.python not in SpecifierSet(PROJECT["requires-python"]):
            self.problems.append(f"udtlib needs Python {PROJECT['requires-python']}")
        for group in groups:
            self.follow("udtlib", frozenset(), tuple(group))


def resolve(python: str, *, known: dict[str, Package | None] | None = None, **changed: str) -> Resolution:
    """Resolve ``udtlib[dev]``, with ``known`` for the metadata and ``changed`` for the pins of what they name."""
    resolution = Resolution(
        python=python, known=known or {}, pins=pins() | {name: Version(pin) for name, pin in changed.items()}
    )
    resolution.take(Requirement("udtlib[dev]"), asked_by="the reader")
    return resolution


@pytest.mark.parametrize("python", INTERPRETERS)
def test_the_pins_resolve(python: str) -> None:
    resolution = resolve(python)
    assert resolution.problems == []
    assert len(resolution.needed) > 100


def test_every_pin_is_of_a_package_that_some_interpreter_needs() -> None:
    needed = {key.split("[")[0] for python in INTERPRETERS for key in resolve(python).needed}
    assert set(pins()) - needed == set()


def test_a_pin_that_needs_a_newer_interpreter_is_found() -> None:
    known = {"soupsieve": Package(python=">=3.11.5")}
    assert resolve("3.11.2", known=known).problems == ["soupsieve 2.10 needs Python >=3.11.5"]
    assert resolve("3.12.0", known=known).problems == []


def test_what_only_another_interpreter_requires_is_found() -> None:
    known = {"soupsieve": Package(requires=('legacy-cgi>=2; python_version >= "3.13"',))}
    assert resolve("3.12.0", known=known).problems == []
    assert "legacy-cgi, which soupsieve requires, has no pin" in resolve("3.13.0", known=known).problems


def test_a_pin_that_a_package_does_not_admit_is_found() -> None:
    known = {"soupsieve": Package(requires=("tqdm>=4",))}
    assert resolve("3.12.0", known=known, tqdm="3.0").problems[0].endswith("the pin is 3.0")


def test_the_classifiers_are_the_interpreters() -> None:
    lines = re.findall(r"Python :: (3\.\d+)", " ".join(PROJECT["classifiers"]))
    assert lines == [python.rpartition(".")[0] for python in INTERPRETERS]
