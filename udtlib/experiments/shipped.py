"""Trained translators that come with the package: what a method can do, on a laptop and at once.

Each is the translator of a run of the engine, trained by ``udt train EXPERIMENT SYSTEM`` for as long as it took,
and stored in half precision beside a card that says which run it was and what it scores. What a chapter trains
before the reader's eyes is smaller; the page says which is which.
"""

from __future__ import annotations

import hashlib
import json
from importlib import resources
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save
from torch import Tensor

from udtlib.data.places import whole_file
from udtlib.evaluate.scores import GROUPS
from udtlib.evaluate.translations import mean_difference
from udtlib.experiments.catalogue import find
from udtlib.experiments.declare import Experiment, Setting, System
from udtlib.experiments.packing import packed, unpacked
from udtlib.experiments.records import read_record
from udtlib.experiments.trained import Trained, load_run
from udtlib.instruments.bundled import WeightsError, bundled_record, bundled_state, remedy
from udtlib.profiles import Profile
from udtlib.train.checkpoint import CheckpointError, net_difference
from udtlib.train.randomness import kept_random_states
from udtlib.translators.base import ConditionalTranslator
from udtlib.translators.stochastic import StochasticTranslator

__all__ = ["MOST", "load_shipped", "ship", "shipped_card", "shipped_names"]

#: Bytes of one translator's weights, at most.
MOST = 1_500_000
#: Samples on which the answers of stored weights are held against the run's own.
SEEN = 16


def weights_folder() -> Path:
    """Where the package keeps its trained translators."""
    with resources.as_file(resources.files("udtlib") / "weights") as folder:
        return Path(folder)


def shipped_names() -> list[str]:
    """Every trained translator that comes with the package."""
    return sorted(path.stem for path in weights_folder().glob("*.json"))


def shipped_card(name: str) -> dict[str, Any]:
    """Which run the weights are of, and what it scores.

    Raises:
        ValueError: there are no such weights.
        WeightsError: the card is missing or damaged.
    """
    if name not in (names := shipped_names()):
        raise ValueError(
            f"no trained translator {name!r} comes with udtlib; there are {', '.join(names) or 'none'}"
        )
    return bundled_record(name, folder=weights_folder(), again="udt train EXPERIMENT SYSTEM")


def load_shipped(name: str, *, device: torch.device | str = "cpu") -> Trained:
    """A trained translator that comes with the package, in evaluation mode and frozen.

    Raises:
        ValueError: there are no such weights.
        WeightsError: the files are missing, damaged, or of another net.
    """
    card = shipped_card(name)
    again = f"udt train {card['experiment']} '{card['system']}'"
    system = declared(card)[1]
    state = unpacked(bundled_state(name, folder=weights_folder(), again=again))
    assert system.translation is not None, "only what translates is shipped"
    profile = Profile(name=card["profile"], device=torch.device("cpu"))
    with kept_random_states():
        translator = system.translation.build(profile)
    if difference := net_difference(translator, state):
        raise WeightsError(f"the weights {name} are of another net ({difference}); {remedy(name, again)}")
    translator.load_state_dict(state)
    translator = translator.to(device).eval().requires_grad_(False)
    return Trained(f"{card['experiment']} · {card['system']}", translator, system.translation, profile)


def declared(card: dict[str, Any]) -> tuple[Experiment, System]:
    """The experiment and the system that a card is of.

    Raises:
        WeightsError: there is no such system, or it is declared otherwise now.
    """
    experiment = find(card["experiment"])
    if card["system"] not in experiment.systems:
        raise WeightsError(
            f"{experiment.name} has no system {card['system']!r}, which weights were stored for; reinstall udtlib"
        )
    return experiment, experiment.systems[card["system"]]


def ship(run: Path, name: str, *, folder: Path | None = None) -> Path:
    """Store what a finished run trained as weights that come with the package; returns the card's path.

    Raises:
        CheckpointError: the run is not finished, or its checkpoint is damaged.
        ValueError: it translates nothing, or its weights are larger than what is shipped.
    """
    trained, record = load_run(run), read_record(run)
    if record is None:
        raise CheckpointError(f"{run} holds no finished run; `udt train EXPERIMENT SYSTEM` makes one")
    weights = packed(trained.translator.state_dict())
    content = save(weights)
    if len(content) > MOST:
        raise ValueError(
            f"{trained.name} has {len(content):,} bytes of weights; at most {MOST:,} are shipped"
        )
    made = record.provenance
    card = {
        **dict(record.run),
        "command": f"udt train {record.run['experiment']} '{record.run['system']}' --seed {record.run['seed']}",
        "steps": record.steps,
        "seconds": round(record.seconds, 1),
        "parameters": sum(p.numel() for p in trained.translator.parameters()),
        "scores": {
            group: values
            for scores in record.scores.values()
            for group in GROUPS
            if (values := dict(getattr(scores, group)))
        },
        "rounding": rounding(trained, weights),
        "sha256": hashlib.sha256(content).hexdigest(),
        "device": made.device,
        "versions": dict(made.versions),
        "date": made.date,
        "licence": "MIT",
    }
    place = folder or weights_folder()
    with whole_file(place / f"{name}.safetensors") as scratch:
        scratch.write_bytes(content)
    with whole_file(place / f"{name}.json") as scratch:
        scratch.write_text(json.dumps(card, indent=2, ensure_ascii=False) + "\n", "utf-8")
    return place / f"{name}.json"


def rounding(trained: Trained, weights: dict[str, Tensor]) -> float:
    """The mean difference between answers of a run's weights and of those that are stored, on unseen samples."""
    name, system = trained.name.split(" · ", 1)
    experiment = find(name)
    pair = experiment.pair_of(experiment.systems[system])
    assert pair is not None, "an experiment is declared with pairs"
    batch = pair(Setting(trained.profile, 0)).batch(0, size=SEEN, seed=0, split="test")
    asked: list[torch.Tensor] = []
    if isinstance(trained.translator, StochasticTranslator):
        asked = [trained.translator.draw(batch.x, generator=torch.Generator().manual_seed(0))]
    elif isinstance(trained.translator, ConditionalTranslator):
        # Who asks for a class asks for those of the real samples.
        asked = [batch.y_label]
    given = [value.cpu() for value in (batch.x, *asked)]
    with kept_random_states():
        stored = trained.translation.build(trained.profile).eval()
    stored.load_state_dict(unpacked(weights))
    answers = []
    for translator in (trained.translator, stored):
        with kept_random_states(), torch.no_grad():
            torch.manual_seed(0)
            answers.append(translator(*given))
    return mean_difference(*answers)
