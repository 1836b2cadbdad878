"""Chapter 04: a grey picture that remembers its colours, and what becomes of them when it is touched."""

from __future__ import annotations

from dataclasses import replace

import torch

from udtlib.data.greys import as_images, as_pixels, colours_to_greys
from udtlib.evaluate.steganography import secrecy
from udtlib.nets.mlp import mlp
from udtlib.objectives.base import AdamConfig
from udtlib.objectives.cyclegan import cyclegan
from udtlib.objectives.gan import LEAST_SQUARES
from udtlib.profiles import Profile
from udtlib.recipes.base import Reproduction
from udtlib.recipes.results import Findings, Row
from udtlib.show.images import image_grid
from udtlib.train.trainer import TrainConfig, fit
from udtlib.translators.base import InvertibleTranslator
from udtlib.translators.direct import Direct
from udtlib.translators.two_way import TwoWay

#: Pixels of portraits and grey ones: hidden widths, pixels per move, rounds, Adam's step size.
GREY_WIDTH, GREY_BATCH, GREY_RATE = 64, 256, 1e-3
GREY_STEPS = {"quick": 2_000, "colab": 10_000, "full": 40_000}
GREY_SIZE = 32
#: Strengths of the noise that the translation is touched with; a grey level of 256 is 0.008.
STRENGTHS = (0.01, 0.02, 0.05, 0.1)


def grey_translator(profile: Profile, *, seed: int, cycle_weight: float) -> InvertibleTranslator:
    """Colours to greys, pixel by pixel, and back."""
    torch.manual_seed(seed)
    sizes = [3, GREY_WIDTH, GREY_WIDTH]
    step = AdamConfig(rate=GREY_RATE)
    game = replace(LEAST_SQUARES, generator_optimiser=step, discriminator_optimiser=step)
    objective = cyclegan(
        TwoWay(Direct(mlp([*sizes, 3])), Direct(mlp([*sizes, 3]))),
        mlp([*sizes, 1]),
        mlp([*sizes, 1]),
        cycle_weight=cycle_weight,
        pool=0,
        game=game,
    )
    config = TrainConfig(
        steps=GREY_STEPS[profile.name],
        batch_size=GREY_BATCH,
        seed=seed,
        decay_from=0.5,
        accelerator=profile.accelerator,
    )
    fit(objective, colours_to_greys(size=GREY_SIZE), config=config)
    translator = objective.translator
    assert isinstance(translator, InvertibleTranslator), "CycleGAN needs a way back"
    return translator.eval()


@torch.no_grad()
def secret(profile: Profile, *, seeds: tuple[int, ...]) -> Findings:
    """Where the colours are while the picture is grey."""
    pixels = colours_to_greys(size=GREY_SIZE).batch(0, size=4_000, seed=0, split="test").x
    portraits = as_images(colours_to_greys(size=GREY_SIZE).source.test, size=GREY_SIZE)[:8]
    scores: dict[str, list[dict[str, float]]] = {}
    shown, labels = [portraits], ["x"]
    for name, weight in (("λ = 10", 10.0), ("λ = 0", 0.0)):
        for seed in seeds:
            with torch.enable_grad():
                T = grey_translator(profile, seed=seed, cycle_weight=weight).to("cpu")
            scores.setdefault(name, []).append(grey_scores(T, pixels, seed=seed))
            if seed == seeds[0]:
                y = T(as_pixels(portraits))
                noise = 0.02 * torch.randn(y.shape, generator=torch.Generator().manual_seed(seed))
                shown += [as_images(v, size=GREY_SIZE) for v in (y, T.inverse(y), T.inverse(y + noise))]
                labels += [f"{name}: T(x)", "S(T(x))", "S(T(x) + noise)"]
    rows = [
        Row(system=name, metric=metric, values=tuple(score[metric] for score in each))
        for name, each in scores.items()
        for metric in each[0]
    ]
    picture = image_grid(
        torch.cat(shown),
        columns=8,
        row_labels=labels,
        alt="Eight portraits in colour, their grey translations, the way back, and again after faint noise.",
        caption="The colours come back from a grey picture, until noise of two and a half grey levels touches it.",
    )
    return Findings(rows=rows, pictures={"samples": picture})


def grey_scores(T: InvertibleTranslator, pixels: torch.Tensor, *, seed: int) -> dict[str, float]:
    """How grey the translation is, and how much of the cycle hangs on what is not grey in it."""
    told = secrecy(T, pixels, strengths=STRENGTHS, generator=torch.Generator().manual_seed(seed))
    y = T(pixels)
    return {
        "mean saturation of x": (pixels.amax(1) - pixels.amin(1)).mean().item(),
        "mean saturation of T(x)": (y.amax(1) - y.amin(1)).mean().item(),
        "cycle": told.untouched,
        "cycle, stored with 8 bits": told.stored,
        **{f"cycle, noise {s}": error for s, error in zip(told.strengths, told.noisy, strict=True)},
        "cycle of a stranger": told.stranger,
    }


REPRODUCTIONS = (
    Reproduction(
        name="cyclegan-secret",
        title="Colours hidden in grey pictures",
        source="the effect that [chu2017] reported of CycleGAN",
        seconds={"quick": 200.0},
        run=secret,
    ),
)
