"""Chapter 09b: training together, with its weight and its form swept, for three kinds of autoencoder."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import torch

from udtlib.data.pair import IndependentPair
from udtlib.evaluate.scores import Scores
from udtlib.experiments.declare import Experiment, Setting, System
from udtlib.experiments.gromov_scores import as_reported, by_search, pairing
from udtlib.experiments.gromov_tables import CLASS_X, CLASS_Y, TOGETHER, class_scores, digits, large
from udtlib.experiments.latent_spaces import spaces_of, two_codings
from udtlib.objectives.gromov_latent import GromovLatent
from udtlib.transport.gromov.loss import GromovForm

#: The autoencoders, each with so many numbers in a code.
KINDS, CODE = ("AE", "VAE", "WAE-MMD"), 8
#: Weights of the term; without one, both are trained apart.
WEIGHTS = (0.1, 1.0, 10.0, 100.0)
#: Batches of the same images between which plans are sought.
PLANS = 4


def weighed(
    pair: IndependentPair,
    setting: Setting,
    *,
    kind: str,
    weight: float = 0.0,
    form: GromovForm = GromovForm.DEBIASED,
) -> GromovLatent:
    """Two autoencoders of a kind, with so much of a term between them."""
    together = replace(TOGETHER, weight=weight, form=form) if weight else None
    return two_codings(pair, kinds=(kind, kind), codes=(CODE, CODE), together=together)


def both_scores(trained: GromovLatent, pair: IndependentPair) -> Scores:
    """What is read from codes, and what plans between them find, both ways."""
    spaces, first = spaces_of(trained, pair), int(torch.randint(2**20, ()))
    drawn = [pairing(spaces, seed=first + k) for k in range(PLANS)]
    reported = [as_reported(batch) for batch in drawn]
    searched = [by_search(batch, seed=k) for k, batch in enumerate(drawn)]
    plans = {
        f"{name}, {way}, %": statistics.fmean(each[way] for each in found)
        for name, found in (("one plan at ε = .005", reported), ("best of 32 restarts", searched))
        for way in ("X to Y", "Y to X")
    }
    energies = {
        "energy found": statistics.fmean(each["energy"] for each in searched),
        "energy of the true pairing": statistics.fmean(each["energy of the truth"] for each in searched),
    }
    read = {n: v for _, n, v in class_scores(trained, pair) if n in (CLASS_X, CLASS_Y)}
    return Scores(alignment=plans, other=read | energies)


def swept(kind: str, form: GromovForm, weights: Sequence[float]) -> dict[str, System]:
    """A kind of autoencoder with every weight of a form."""
    return {
        f"{kind}, {form.value}, λ = {weight:g}": System(
            partial(weighed, kind=kind, weight=weight, form=form), training=large, part=""
        )
        for weight in weights
    }


SYSTEMS: dict[str, System] = {}
for each in KINDS:
    SYSTEMS[f"{each}, apart"] = System(partial(weighed, kind=each), training=large, part="")
    SYSTEMS |= swept(each, GromovForm.DEBIASED, WEIGHTS)
# With a weight of 100 a plan is soon not found within the solver's steps, and the run stops.
SYSTEMS |= swept("AE", GromovForm.SCALE_FREE, WEIGHTS[:3])

SWEEP = Experiment(
    name="gw-together",
    title="Training together: its weight for three kinds of autoencoder, and another form of it",
    source="[chevalley2020], tables 4.1 and 4.2, with 1,000 of its 30,000 steps",
    pair=digits,
    systems=SYSTEMS,
    scores=both_scores,
)
