"""`udt reproduce`: the tables of the book, measured again; what is there already is kept."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from udtlib.data.text_files import read_json_object
from udtlib.experiments.catalogue import entries

#: Where the book's results are, and where the runs behind them are kept.
RESULTS, RUNS = Path("book/results"), Path("runs")


def list_experiments(*, results: Path = RESULTS) -> int:
    """Every experiment with what has been measured of it; nothing is imported."""
    known = entries()
    width = max(map(len, known), default=0)
    for entry in known.values():
        print(f"{entry.name:<{width}}  {entry.title} [{stored(results / f'{entry.name}.json')}]")
    return 0


def stored(path: Path) -> str:
    """What a result file holds, in words."""
    if not path.exists():
        return "not measured"
    try:
        content = read_json_object(path)
        seeds = {seed for row in content["rows"] for seed in row["seeds"]}
        count = "1 seed" if len(seeds) == 1 else f"{len(seeds)} seeds"
        return f"{content['profile']}, {count}, {content['provenance']['seconds']:.0f} s"
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        # One bad file must not hide what the others say; the list names it.
        return f"{path} holds no result, {error}: write it again with `udt reproduce {path.stem}`"


def reproduce(
    place: str,
    *,
    profile: str | None,
    seeds: int,
    results: Path,
    root: Path,
    systems: Sequence[str] | None,
    only: int | None,
    jobs: int,
    fresh: bool,
) -> int:
    """Carry out what is missing of a table over seeds 0 … N-1, or of one of them; write it when it is whole."""
    from udtlib.data.places import check_folder_place
    from udtlib.evaluate.numbers import show_values
    from udtlib.evaluate.stored import write_report
    from udtlib.experiments.engine import reproduce as carry_out
    from udtlib.profiles import chosen

    run = chosen(profile)
    # Now, and not when everything is trained.
    check_folder_place(results, later=True)
    which = f"seeds 0 to {seeds - 1}" if only is None else f"seed {only}"
    print(f"{place}: {run}, {which}, {jobs} at a time; runs in {root}", flush=True)
    report = carry_out(
        place,
        run,
        seeds=range(seeds),
        root=root,
        systems=systems,
        only=only,
        jobs=jobs,
        fresh=fresh,
        say=lambda line: print(line, flush=True),
    )
    if report is None:
        return 0
    for row in report.rows:
        for question, metric, values in row.measures():
            paper = row.paper.get(metric)
            beside = "" if paper is None else f" (paper: {paper:g})"
            print(f"{row.system} · {question}: {metric}: {show_values(values)}{beside}")
    print(f"written to {write_report(report, results)}")
    return 0


def status(place: str | None, *, profile: str | None, seeds: int, root: Path) -> int:
    """What is trained, what is stale and what is missing, of one experiment or of all."""
    from udtlib.experiments.catalogue import find
    from udtlib.experiments.engine import state_of
    from udtlib.experiments.runs import units_of
    from udtlib.profiles import chosen

    run = chosen(profile)
    for name in [place] if place else entries():
        experiment = find(name)
        states = {
            unit: state_of(experiment, unit, run, root=root)
            for unit in units_of(experiment, tuple(range(seeds)))
        }
        counts = {state: [*states.values()].count(state) for state in dict.fromkeys(states.values())}
        print(f"{name}: " + ", ".join(f"{count} {state}" for state, count in counts.items()), flush=True)
        if place:
            for unit, state in states.items():
                print(f"  {unit}: {state}")
    return 0


def merge(place: str, other: Path, *, profile: str | None, root: Path) -> int:
    """Take over finished runs from another machine's folder."""
    from udtlib.experiments.engine import merge as take_over
    from udtlib.profiles import chosen

    taken = take_over(place, chosen(profile), other, root=root)
    print(f"{place}: {len(taken)} runs taken over from {other}")
    return 0
