"""Chapter 10's tables: 3 and 8, thin and thick, by Hamiltonian flows of codes; also for too long [menier2022]."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial

import torch

from udtlib.data.digit_pairs import ink_of, slant_of, thin_to_thick, two_digits
from udtlib.data.pair import IndependentPair, Samples
from udtlib.evaluate.scores import Scores
from udtlib.experiments.coded_pairs import CodedPair, code_digits
from udtlib.experiments.declare import Experiment, Setting, Shown, Untrained
from udtlib.experiments.hamiltonian_latents import (
    SYSTEMS,
    distances_to_data,
    law_scores,
    strip_of,
    strip_picture,
)
from udtlib.experiments.pictures import Drawn
from udtlib.instruments.digits.classifier import load_digit_classifier
from udtlib.profiles import Profile
from udtlib.show.figure import Picture
from udtlib.translators.hamiltonian_flow import HamiltonianFlow
from udtlib.types import Float, Int, Tensor

SIZE, CODE = 32, 16
#: Times at which what a flow of one unit of time has made is looked at.
TOO_LONG = (1.0, 1.5, 2.0, 2.5)

#: Whether images belong to a domain, from the classes of the images that they were made from and the pair.
Belongs = Callable[[Tensor, Tensor, IndependentPair], Tensor]


def coder_steps(profile: Profile) -> int:
    """Steps of the autoencoder, whose few numbers take longer to learn than the 128 of chapter 08."""
    return profile.pick(quick=2_000, colab=4_000, full=8_000)


def threes(setting: Setting, *, source: str = "official") -> CodedPair:
    """Threes and eights, in 16 numbers."""
    images = two_digits(size=SIZE, source=source)
    return code_digits(images, setting, code=CODE, steps=coder_steps(setting.profile), name="coder-of-threes")


def strokes(setting: Setting, *, source: str = "official") -> CodedPair:
    """Thin digits and thick ones, in 16 numbers."""
    images = thin_to_thick(size=SIZE, source=source)
    return code_digits(
        images, setting, code=CODE, steps=coder_steps(setting.profile), name="coder-of-strokes"
    )


def shows(images: Tensor, label: Tensor, pair: IndependentPair, *, digit: int) -> Tensor:
    """What the classifier takes for this digit, among ten."""
    return load_digit_classifier(device=images.device)(images).argmax(1) == digit


def thin(images: Tensor, label: Tensor, pair: IndependentPair) -> Tensor:
    """No more ink than the most of the thin digits of a class."""
    return ink_of(images) <= extreme_ink(pair.source, max).to(images)[label]


def thick(images: Tensor, label: Tensor, pair: IndependentPair) -> Tensor:
    """No less ink than the least of the thick digits of a class."""
    return ink_of(images) >= extreme_ink(pair.target, min).to(images)[label]


def extreme_ink(domain: Samples, extreme: Callable[[Tensor], Tensor]) -> Float[Tensor, "class"]:
    """The most or the least ink of each class's training digits."""
    assert domain.train_label is not None, "digits have classes"
    ink = ink_of(domain.train)
    return torch.stack([extreme(ink[domain.train_label == k]) for k in range(10)])


def share(belongs: Belongs, images: Tensor, label: Int[Tensor, "n"], pair: CodedPair) -> float:
    """The percentage that belongs."""
    return 100 * belongs(images, label.to(images.device), pair.images).double().mean().item()


def correlation(a: Float[Tensor, "n"], b: Float[Tensor, "n"]) -> float:
    """Pearson's correlation."""
    return torch.corrcoef(torch.stack([a.double(), b.double()]))[0, 1].item()


@torch.no_grad()
def flow_scores(
    flow: HamiltonianFlow, pair: CodedPair, *, source: Belongs, target: Belongs, keeps_class: bool
) -> Scores:
    """Fit, also beyond the end; alignment, effort, and what the integrator keeps.

    Args:
        flow: of the codes.
        pair: images, their space and their codes.
        source: which images belong to the source.
        target: which to the target.
        keeps_class: whether the same classes are on both sides.
    """
    decode, x, y = pair.space.decode, pair.codes.source, pair.codes.target
    path = flow.trajectory(x.test, times=torch.tensor(TOO_LONG))
    seen, before = decode(path[0]), decode(x.test)
    label_x, label_y = (side.test_label.to(seen.device) for side in (pair.images.source, pair.images.target))
    fit = {
        "forward, %": share(target, seen, label_x, pair),
        "backward, %": share(source, decode(flow.inverse(y.test)), label_y, pair),
    }
    for t, at in zip(TOO_LONG[1:], path[1:], strict=True):
        fit[f"forward at t = {t:g}, %"] = share(target, decode(at), label_x, pair)
    if keeps_class:
        read = load_digit_classifier(device=seen.device)(seen).argmax(1)
        kept = {"class kept, %": 100 * (read == label_x).double().mean().item()}
    else:
        kept = {"correlation of ink": correlation(ink_of(before), ink_of(seen))}
    kept["correlation of slant"] = correlation(slant_of(before), slant_of(seen))
    return Scores(fit=fit | distances_to_data(path, TOO_LONG, pair), alignment=kept) | law_scores(flow, pair)


@torch.no_grad()
def ceiling(nothing: None, pair: CodedPair, *, source: Belongs, target: Belongs) -> Scores:
    """What the same measures say of the domains' own test images after coding: no flow can be asked for more."""
    x, y, decode = pair.images.source, pair.images.target, pair.space.decode
    return Scores(
        fit={
            "forward, %": share(target, decode(pair.codes.target.test), y.test_label, pair),
            "backward, %": share(source, decode(pair.codes.source.test), x.test_label, pair),
        }
    )


THREES = {"source": partial(shows, digit=3), "target": partial(shows, digit=8)}
STROKES = {"source": thin, "target": thick}


def strip(word: str, task: str, words: tuple[str, str]) -> dict[str, Drawn]:
    """Both directions of a task, as a picture each."""

    def picture(shown: Mapping[str, Shown], *, back: bool) -> Picture:
        mine = {name: each for name, each in shown.items() if name.startswith(task)}
        return strip_picture(mine, words=words, back=back)

    return {
        f"{word}-{end}": Drawn(show=partial(strip_of, back=back), picture=partial(picture, back=back))
        for end, back in (("there", False), ("back", True))
    }


DIGITS = Experiment(
    name="hamiltonian-digits",
    title="Hamiltonian flows of codes: there, back without training, and for too long",
    source="[menier2022], section 3, which states no numbers; on digits",
    systems={
        **{
            f"3 ↔ 8: {name}": replace(
                system, pair=threes, scores=partial(flow_scores, keeps_class=False, **THREES)
            )
            for name, system in SYSTEMS.items()
        },
        # The two kinds of H alone.
        **{
            f"thin ↔ thick: {name}": replace(
                SYSTEMS[name], pair=strokes, scores=partial(flow_scores, keeps_class=True, **STROKES)
            )
            for name in ("leapfrog, Sinkhorn", "RK4, Sinkhorn")
        },
    },
    references={
        "3 ↔ 8: coded and decoded": Untrained(pair=threes, scores=partial(ceiling, **THREES)),
        "thin ↔ thick: coded and decoded": Untrained(pair=strokes, scores=partial(ceiling, **STROKES)),
    },
    pictures={
        **strip("digits", "3 ↔ 8", ("3", "8")),
        **strip("strokes", "thin ↔ thick", ("thin", "thick")),
    },
)
