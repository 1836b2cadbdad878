"""`udt train METHOD --source FOLDER --target FOLDER`: training on one's own images."""

from __future__ import annotations

import argparse
from pathlib import Path

from tqdm import tqdm

from udtlib.experiments.own_images import OwnImages, train_own
from udtlib.profiles import chosen as chosen_profile


def train_on_folders(chosen: argparse.Namespace) -> int:
    """Train a method on two folders of images; says what comes next.

    Raises:
        ValueError: a folder or the method is missing, or the options do not fit.
        DataError: the folders cannot be used.
    """
    if chosen.source is None or chosen.target is None:
        missing = "--source" if chosen.source is None else "--target"
        raise ValueError(f"training on own images needs two folders; {missing} FOLDER is missing")
    if chosen.name is None:
        raise ValueError("say what to train on the two folders, as in `udt train cyclegan --source …`")
    run = chosen_profile(chosen.profile)
    own = OwnImages(
        method=chosen.name,
        source=str(chosen.source),
        target=str(chosen.target),
        size=chosen.size,
        grey=chosen.grey,
        mirror=not chosen.no_mirror,
        seed=chosen.seed,
        **({} if chosen.steps is None else {"steps": chosen.steps}),
    )
    folder = chosen.out or Path("runs") / f"{own.method}-own-seed-{own.seed}"
    print(
        f"{own.method}: {own.steps} steps at {own.size} pixels, on {run.device.type}; into {folder}",
        flush=True,
    )
    history = train_own(
        own,
        run,
        folder=folder,
        fresh=chosen.fresh,
        strict=chosen.strict,
        sheets_every=chosen.every,
        say=tqdm.write,  # does not tear the progress bar apart
    )
    print(f"{own.method}: {history.seconds:.0f} s; next:")
    print(f"  udt show {folder}")
    print(f"  udt translate --weights {folder} IN OUT")
    return 0
