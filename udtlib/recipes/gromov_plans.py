"""The report's table 4.2 in all its rows: greedy translation by its one plan, and by a search [chevalley2020]."""

from __future__ import annotations

from udtlib.profiles import Profile
from udtlib.recipes.base import Reproduction
from udtlib.recipes.gromov_tables import (
    PAPER,
    TABLE_STEPS,
    Scores,
    System,
    findings,
    plan_scores,
    trained,
)
from udtlib.recipes.latent_spaces import same_digits
from udtlib.recipes.results import Findings


def plans(profile: Profile, *, seeds: tuple[int, ...], systems: tuple[str, ...] = tuple(PAPER)) -> Findings:
    """Every kind of autoencoder, apart and together; a seed names weights, batches and the scored batches."""
    images = same_digits()
    table: dict[str, list[Scores]] = {}
    for name in systems:
        for seed in seeds:
            spaces = trained(System.of(name), images, profile, seed=seed, steps=TABLE_STEPS[profile.name])
            table.setdefault(name, []).append(plan_scores(spaces, seed=seed))
    return findings(table)


REPRODUCTIONS = (
    Reproduction(
        name="gw-plans",
        title="Greedy translation between the same images, for every autoencoder, trained apart and together",
        source="[chevalley2020], table 4.2, with 1,000 of its 30,000 steps",
        seconds={"quick": None},
        run=plans,
    ),
)
