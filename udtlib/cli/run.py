"""`udt train` and `udt reproduce`: the catalogue's recipes and reproductions, carried out."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

from udtlib.profiles import NAMES, VARIABLE, Profile, detect
from udtlib.recipes.base import Recipe, Reproduction
from udtlib.recipes.results import write_result

Entry = TypeVar("Entry", Recipe, Reproduction)


def choose_profile(name: str | None) -> Profile:
    """The named profile on this hardware, or the one that the environment chooses."""
    return detect({**os.environ, **({VARIABLE: name} if name else {})})


def train(name: str | None, *, profile: str | None, seed: int, folder: Path | None, resume: bool) -> int:
    """Carry out a recipe, or list them all."""
    from udtlib.recipes.catalogue import RECIPES

    if name is None:
        print_list({each.name: each.summary for each in RECIPES.values()}, RECIPES)
        return 0
    recipe = pick(RECIPES, name, kind="recipe")
    run = choose_profile(profile)
    folder = folder or Path("runs") / f"{name}-seed-{seed}"
    folder.mkdir(parents=True, exist_ok=True)
    print(f"{name}: {run}, seed {seed}, {estimate(recipe.seconds, run)}; into {folder}", flush=True)
    history = recipe.train(run, seed=seed, folder=folder, resume=resume)
    last = history.rows[-1] if history.rows else {}
    print(
        f"{name}: {history.seconds:.0f} s; " + ", ".join(f"{key} {value:.4g}" for key, value in last.items())
    )
    return 0


def reproduce(name: str | None, *, profile: str | None, seeds: int, folder: Path) -> int:
    """Measure a reproduction over seeds 0 … N-1 and write its result, or list them all."""
    from udtlib.recipes.catalogue import REPRODUCTIONS

    if name is None:
        titles = {each.name: f"{each.title} ({each.source})" for each in REPRODUCTIONS.values()}
        print_list(titles, REPRODUCTIONS)
        return 0
    chosen = pick(REPRODUCTIONS, name, kind="reproduction")
    run, numbers = choose_profile(profile), tuple(range(seeds))
    print(f"{name}: {run}, {seeds} seeds, {estimate(chosen.seconds, run)}", flush=True)
    began = time.perf_counter()
    findings = chosen.run(run, seeds=numbers)
    path = write_result(
        folder,
        name=chosen.name,
        title=chosen.title,
        source=chosen.source,
        profile=run,
        seeds=numbers,
        findings=findings,
        seconds=time.perf_counter() - began,
    )
    for row in findings.rows:
        spread = "" if row.std is None else f" ± {row.std:.3g}"
        paper = "" if row.paper is None else f" (paper: {row.paper:.4g})"
        print(f"{row.system}, {row.metric}: {row.mean:.4g}{spread}{paper}")
    print(f"written to {path}")
    return 0


def pick(catalogue: Mapping[str, Entry], name: str, *, kind: str) -> Entry:
    """The catalogue's entry of that name.

    Raises:
        ValueError: there is none.
    """
    if name not in catalogue:
        raise ValueError(
            f"there is no {kind} {name!r}; expected {', '.join(catalogue) or 'none, the list is empty'}"
        )
    return catalogue[name]


def estimate(seconds: Mapping[str, float | None], run: Profile) -> str:
    """How long it takes, in words."""
    value = seconds.get(run.name)
    return "never timed" if value is None else f"about {value:.0f} s"


def print_list(lines: Mapping[str, str], catalogue: Mapping[str, Entry]) -> None:
    """Names, what they are, and the seconds they take by profile."""
    width = max((len(name) for name in lines), default=0)
    for name, line in lines.items():
        known = catalogue[name].seconds
        times = (f"{each} {known[each]:.0f} s" for each in NAMES if known.get(each) is not None)
        print(f"{name:<{width}}  {line} [{', '.join(times) or 'never timed'}]")
