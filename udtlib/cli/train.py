"""`udt train`: one system of an experiment, or an instrument."""

from __future__ import annotations

from pathlib import Path

from udtlib.experiments.catalogue import entries


def list_all() -> int:
    """Every experiment and every instrument."""
    from udtlib.instruments.catalogue import instruments

    lines = {each.name: each.title for each in entries().values()}
    lines |= {each.name: f"{each.summary} [instrument]" for each in instruments().values()}
    width = max(map(len, lines))
    for name, line in lines.items():
        print(f"{name:<{width}}  {line}")
    print("\n`udt train EXPERIMENT` lists its systems; `udt train EXPERIMENT SYSTEM` trains one.")
    return 0


def train(
    name: str,
    system: str | None,
    *,
    profile: str | None,
    seed: int,
    root: Path,
    out: Path | None,
    fresh: bool,
) -> int:
    """Train a system of an experiment as its table does, or an instrument; without a system, list them.

    Raises:
        ValueError: no such experiment, system or instrument, or an option that does not go with it.
    """
    if name not in entries() and ".py:" not in name:
        return train_instrument(name, system, profile=profile, seed=seed, out=out, fresh=fresh)
    if out is not None:
        raise ValueError("a run of an experiment lies in --runs DIR, under names of its own; leave --out out")
    from udtlib.experiments.catalogue import find
    from udtlib.experiments.engine import train as carry_out
    from udtlib.profiles import chosen

    if system is None:
        experiment = find(name)
        print("\n".join(experiment.systems) or f"{name} measures all its systems at once, by `udt reproduce`")
        return 0
    run = chosen(profile)
    print(f"{name} · {system}: {run}, seed {seed}; into {root}", flush=True)
    folder, record = carry_out(
        name, system, run, seed=seed, root=root, fresh=fresh, say=lambda line: print(line, flush=True)
    )
    for each, scores in record.scores.items():
        for question, metric, value in scores:
            print(f"{each} · {question}: {metric}: {value:.4g}")
    print(f"kept in {folder}")
    return 0


def train_instrument(
    name: str, system: str | None, *, profile: str | None, seed: int, out: Path | None, fresh: bool
) -> int:
    """Train a reader or a classifier, and leave its weights and their record in a folder."""
    from udtlib.data.places import check_file_place
    from udtlib.instruments.catalogue import instruments
    from udtlib.profiles import chosen
    from udtlib.train.checkpoint import CheckpointError

    known = instruments()
    if name not in known:
        raise ValueError(
            f"there is no experiment or instrument {name!r}; expected {', '.join([*entries(), *known])}, "
            "FILE.py:NAME, or a method with --source and --target"
        )
    if system is not None:
        raise ValueError(f"{name} is an instrument and has no system {system!r}; leave that out")
    run, folder = chosen(profile), out or Path("runs") / f"{name}-seed-{seed}"
    for suffix in ("safetensors", "json"):
        check_file_place(folder / f"{name.replace('-', '_')}.{suffix}", later=True)
    folder.mkdir(parents=True, exist_ok=True)
    seconds = known[name].seconds.get(run.name)
    estimate = "never timed" if seconds is None else f"about {seconds:.0f} s"
    print(f"{name}: {run}, seed {seed}, {estimate}; into {folder}", flush=True)
    try:
        history = known[name].train(run, seed=seed, folder=folder, resume=not fresh)
    except CheckpointError as error:
        raise error.for_command() from error
    last = history.rows[-1] if history.rows else {}
    print(
        f"{name}: {history.seconds:.0f} s; " + ", ".join(f"{key} {value:.4g}" for key, value in last.items())
    )
    return 0
