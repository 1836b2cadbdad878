"""Chapter 09: does training together help more, the longer it goes on? Classes read from codes on the way."""

from __future__ import annotations

import torch

from udtlib.data.latents import encoded_samples
from udtlib.data.pair import IndependentPair
from udtlib.objectives.gromov_latent import GromovLatent
from udtlib.profiles import Profile
from udtlib.recipes.base import Reproduction
from udtlib.recipes.gromov_tables import TOGETHER, Scores, class_scores
from udtlib.recipes.latent_spaces import BATCH, Spaces, make_coding, same_digits
from udtlib.recipes.results import Findings, Row
from udtlib.train.log import History
from udtlib.train.randomness import random_run
from udtlib.train.trainer import TrainConfig, fit

CODE = 8
LOG_EVERY = 500
#: Steps after which the codes are read; the report's run has 30,000.
SEEN = {
    "quick": (1_000, 3_000, 5_000),
    "colab": (1_000, 3_000, 5_000, 10_000),
    "full": (1_000, 3_000, 5_000, 10_000, 20_000, 30_000),
}


def growth(profile: Profile, *, seeds: tuple[int, ...]) -> Findings:
    """The report's best row, apart and together, at several moments of one run each."""
    images = same_digits().to(profile.device)
    table: dict[str, list[Scores]] = {}
    for together in (False, True):
        words = "together" if together else "apart"
        for seed in seeds:
            for steps, scores in run(images, profile, seed=seed, together=together).items():
                table.setdefault(f"AE:{CODE}d {words}, {steps:,} steps", []).append(scores)
    rows = [
        Row(system=system, metric=metric, values=tuple(one[metric] for one in runs))
        for system, runs in table.items()
        for metric in runs[0]
    ]
    return Findings(rows=rows)


def run(images: IndependentPair, profile: Profile, *, seed: int, together: bool) -> dict[int, Scores]:
    """One training, its codes read on the way; step sizes stay as they are, so that moments compare."""
    moments = SEEN[profile.name]
    with random_run(seed):
        x, y = (make_coding("AE", domain.train, code=CODE) for domain in (images.source, images.target))
    found: dict[int, Scores] = {}

    def watch(step: int) -> None:
        if step not in moments:
            return
        for coding in (x, y):
            coding.eval()
        with torch.no_grad():
            codes = IndependentPair(
                encoded_samples(images.source, x.encode), encoded_samples(images.target, y.encode)
            )
        found[step] = class_scores(Spaces(images, x, y, codes, History()), seed=seed)
        for coding in (x, y):
            coding.train()

    config = TrainConfig(
        steps=moments[-1],
        batch_size=BATCH,
        seed=seed,
        log_every=LOG_EVERY,
        accelerator=profile.accelerator,
        progress=False,
    )
    fit(GromovLatent(x, y, config=TOGETHER if together else None), images, config=config, watch=watch)
    return found


REPRODUCTIONS = (
    Reproduction(
        name="gw-growth",
        title="Training together, apart from it, and how the difference changes with the number of steps",
        source="[chevalley2020], table 4.1, its best row, at a sixth of its 30,000 steps",
        seconds={"quick": 1_400.0},
        run=growth,
    ),
)
