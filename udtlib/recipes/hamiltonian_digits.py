"""Chapter 10's tables: 3 and 8, thin and thick, by Hamiltonian flows of codes; also for too long [menier2022]."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

import torch

from udtlib.data.digit_pairs import ink_of, slant_of, thin_to_thick, two_digits
from udtlib.data.pair import IndependentPair, Samples
from udtlib.evaluate.distances import mean_distance_to_nearest
from udtlib.evaluate.effort import effort_over_least, effort_over_pairing
from udtlib.instruments.digits.classifier import DigitClassifier, load_digit_classifier
from udtlib.profiles import Profile
from udtlib.recipes.base import Reproduction
from udtlib.recipes.coded_pairs import CodedPair, code_digits
from udtlib.recipes.hamiltonian_latents import (
    SYSTEMS,
    System,
    energy_drift,
    play_hamiltonian,
    round_trip,
    strip,
)
from udtlib.recipes.results import Findings, Row
from udtlib.show.figure import Picture
from udtlib.translators.hamiltonian_flow import HamiltonianFlow
from udtlib.types import Float, Int, Tensor

SIZE = 32
CODE = 16
#: Steps of the autoencoder, whose few numbers take longer to learn than the 128 of chapter 08.
CODER_STEPS = {"quick": 2_000, "colab": 4_000, "full": 8_000}
#: Times at which what a flow of one unit of time has made is looked at.
TOO_LONG = (1.0, 1.5, 2.0, 2.5)

Scores = dict[str, float]
#: Whether images belong to a domain, of the classes of the images that they were made from.
Belongs = Callable[[Tensor, Tensor], Tensor]


class Task(NamedTuple):
    """A pair of digits and what is measured on it.

    Args:
        images: the pair.
        in_source, in_target: which images belong to either domain.
        keeps_class: the same classes are on both sides.
        words: the two domains, as headlines name them.
    """

    images: IndependentPair
    in_source: Belongs
    in_target: Belongs
    keeps_class: bool
    words: tuple[str, str]


def three_and_eight(source: str, reader: DigitClassifier) -> Task:
    """What the classifier takes for a 3, and for an 8, among ten digits."""

    def reads(digit: int) -> Belongs:
        return lambda images, label: reader(images).argmax(1) == digit

    return Task(two_digits(size=SIZE, source=source), reads(3), reads(8), False, ("3", "8"))


def thin_and_thick(source: str, reader: DigitClassifier) -> Task:
    """Inks up to the most of the thin digits of a class, and from the least of the thick ones."""
    images = thin_to_thick(size=SIZE, source=source)
    most, least = inks(images.source, max), inks(images.target, min)
    return Task(
        images,
        lambda made, label: ink_of(made) <= most.to(made)[label],
        lambda made, label: ink_of(made) >= least.to(made)[label],
        True,
        ("thin", "thick"),
    )


def inks(domain: Samples, extreme: Callable[[Tensor], Tensor]) -> Float[Tensor, "class"]:
    """The most or the least ink of each class's training digits."""
    assert domain.train_label is not None, "digits have classes"
    ink = ink_of(domain.train)
    return torch.stack([extreme(ink[domain.train_label == k]) for k in range(10)])


TASKS = {"3 ↔ 8": three_and_eight, "thin ↔ thick": thin_and_thick}


def digits(
    profile: Profile,
    *,
    seeds: tuple[int, ...],
    source: str = "official",
    tasks: tuple[str, ...] = tuple(TASKS),
    systems: tuple[str, ...] = tuple(SYSTEMS),
) -> Findings:
    """Every system on both tasks; a seed names the autoencoder's and the flow's weights and batches."""
    reader = load_digit_classifier(device=profile.device)
    table: dict[str, list[Scores]] = {}
    pictures: dict[str, Picture] = {}
    for name in tasks:
        task = TASKS[name](source, reader)
        for seed in seeds:
            coded = code_digits(task.images, profile, seed=seed, code=CODE, steps=CODER_STEPS[profile.name])
            enter(table, f"{name}: coded and decoded", ceiling(task, coded))
            for system, how in chosen(name, systems).items():
                flow = play_hamiltonian(coded, profile, seed=seed, system=how)
                enter(table, f"{name}: {system}", scores(task, coded, flow, reader))
                if seed == seeds[0] and how == SYSTEMS["leapfrog, Sinkhorn"]:
                    word = "digits" if name == "3 ↔ 8" else "strokes"
                    pictures |= {
                        f"{word}-there": strip(coded, flow, words=task.words, back=False),
                        f"{word}-back": strip(coded, flow, words=task.words, back=True),
                    }
    rows = [
        Row(system=system, metric=metric, values=tuple(one[metric] for one in runs))
        for system, runs in table.items()
        for metric in runs[0]
    ]
    return Findings(rows=rows, pictures=pictures)


def chosen(task: str, systems: tuple[str, ...]) -> Mapping[str, System]:
    """All systems for 3 and 8, the two kinds of H for strokes."""
    known = {name: SYSTEMS[name] for name in systems}
    if task == "3 ↔ 8":
        return known
    return {name: how for name, how in known.items() if not how.adversarial and how.effort == 0}


def enter(table: dict[str, list[Scores]], system: str, measured: Scores) -> None:
    """Add one seed's values."""
    table.setdefault(system, []).append(measured)


@torch.no_grad()
def ceiling(task: Task, coded: CodedPair) -> Scores:
    """What the same measures say of the domains' own test images after coding: no flow can be asked for more."""
    x, y = task.images.source, task.images.target
    decode = coded.space.decode
    return {
        "fit: forward, %": share(task.in_target, decode(coded.codes.target.test), y.test_label),
        "fit: backward, %": share(task.in_source, decode(coded.codes.source.test), x.test_label),
    }


@torch.no_grad()
def scores(task: Task, coded: CodedPair, flow: HamiltonianFlow, reader: DigitClassifier) -> Scores:
    """Fit, alignment, effort, and what the integrator keeps."""
    decode = coded.space.decode
    x, y = coded.codes.source, coded.codes.target
    path = flow.trajectory(x.test, times=torch.tensor(TOO_LONG))
    made, seen = path[0], decode(path[0])
    home = decode(flow.inverse(y.test))
    label_x, label_y = (side.test_label.to(made.device) for side in (task.images.source, task.images.target))
    usual = mean_distance_to_nearest(y.test, y.train)
    measured = {
        "fit: forward, %": share(task.in_target, seen, label_x),
        "fit: backward, %": share(task.in_source, home, label_y),
    }
    for t, at in zip(TOO_LONG, path, strict=True):
        if t > 1:
            measured[f"fit: forward at t = {t:g}, %"] = share(task.in_target, decode(at), label_x)
        measured[f"fit: distance to the data at t = {t:g}"] = mean_distance_to_nearest(at, y.train) / usual
    before = decode(x.test)
    if task.keeps_class:
        measured["alignment: class kept, %"] = share(
            lambda images, label: reader(images).argmax(1) == label, seen, label_x
        )
    else:
        measured["alignment: correlation of ink"] = correlation(ink_of(before), ink_of(seen))
    return measured | {
        "alignment: correlation of slant": correlation(slant_of(before), slant_of(seen)),
        "effort: over the least to the target": effort_over_least(made, x.test, y.test),
        "effort: over the least for the same translations": effort_over_pairing(made, x.test),
        "relative error of a round trip": round_trip(flow, x.test),
        "drift of H over its deviation": energy_drift(flow, x.test),
    }


def share(belongs: Belongs, images: Tensor, label: Int[Tensor, "n"]) -> float:
    """The percentage that belongs."""
    return 100 * belongs(images, label.to(images.device)).double().mean().item()


def correlation(a: Float[Tensor, "n"], b: Float[Tensor, "n"]) -> float:
    """Pearson's correlation."""
    return torch.corrcoef(torch.stack([a.double(), b.double()]))[0, 1].item()


REPRODUCTIONS = (
    Reproduction(
        name="hamiltonian-digits",
        title="Hamiltonian flows of codes: there, back without training, and for too long",
        source="[menier2022], section 3, which states no numbers; on digits",
        seconds={"quick": 3_280.0},
        run=digits,
    ),
)
