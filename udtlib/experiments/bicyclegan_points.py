r"""Chapter 03 in the plane: every stochastic translator differs from the hybrid in one thing that its name says.

A number :math:`x` has four right answers, :math:`y = (x,\; 0.3 \sin \pi x + c_k) + 0.05\,\varepsilon` with
:math:`c_k \in \{-0.9, -0.3, 0.3, 0.9\}`, all equally likely. So the true conditional distribution is known, and a
net trains in seconds. Nets, judges, weights, step sizes and rounds are the same in all rows.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, final

import torch
from torch import Tensor, nn

from udtlib.data.pair import DomainPair, check_request, stream
from udtlib.evaluate.distances import energy_distance_biased
from udtlib.evaluate.scores import Scores
from udtlib.evaluate.translations import drawn
from udtlib.experiments.declare import Experiment, Setting, Shown, System, Untrained
from udtlib.experiments.pictures import Drawn
from udtlib.nets.encoder import Code
from udtlib.nets.mlp import mlp
from udtlib.objectives.base import AdamConfig, Objective
from udtlib.objectives.bicyclegan import BicycleGAN, BicycleGANConfig
from udtlib.objectives.gan import GANConfig
from udtlib.objectives.pix2pix import Pix2Pix, Pix2PixConfig
from udtlib.profiles import Profile
from udtlib.show.figure import Picture, panels
from udtlib.show.plots2d import draw_points, frame_plane
from udtlib.train.trainer import TrainConfig
from udtlib.translators.stochastic import Sampling, StochasticDirect, StochasticTranslator
from udtlib.types import Batch, Float, Split

#: The heights of the four bands, and the deviation about each.
HEIGHTS, DEVIATION = (-0.9, -0.3, 0.3, 0.9), 0.05
#: Entries of the code.
LATENT = 2
#: Questions that are looked at, and answers to each.
ASKED, SAMPLES = 41, 64
#: A sample is taken for an answer within so many deviations: 99 of 100 true ones are.
NEAR = 3.0


def bands(x: Float[Tensor, "batch 1"]) -> Float[Tensor, "batch 4 2"]:
    """The middle of each of the four answers."""
    height = 0.3 * torch.sin(math.pi * x) + x.new_tensor(HEIGHTS)
    return torch.stack([x.expand(-1, len(HEIGHTS)), height], dim=2)


@final
@dataclass(frozen=True)
class FourAnswers(DomainPair):
    """A number of [-1, 1] and one of its four answers; ``y_label`` says which."""

    device: torch.device | str = "cpu"

    @property
    def paired(self) -> bool:
        return True

    def batch(self, index: int, *, size: int, seed: int, split: Split = "train") -> Batch:
        check_request(index, size=size, split=split)
        generator = stream(seed, index, split, "bands")
        x = 2 * torch.rand(size, 1, generator=generator) - 1
        label = torch.randint(len(HEIGHTS), (size,), generator=generator)
        noise = DEVIATION * torch.randn(size, 2, generator=generator)
        y = bands(x)[torch.arange(size), label] + noise
        return Batch(*(each.to(self.device) for each in (x, y)), y_label=label.to(self.device))

    def answers(self, batch: Batch) -> None:
        """None: every x has four right answers."""

    def to(self, device: torch.device | str) -> FourAnswers:
        return FourAnswers(device)


class Beside(nn.Module):
    """A net of two vectors, laid side by side."""

    def __init__(self, first: int, second: int, out: int) -> None:
        super().__init__()
        self.net = mlp([first + second, 64, 64, out], activation=partial(nn.LeakyReLU, 0.2))

    def forward(self, a: Tensor, b: Tensor) -> Tensor:
        return self.net(torch.cat([a, b], dim=1))


class PointEncoder(nn.Module):
    """A Gaussian over codes for a point of the plane."""

    def __init__(self) -> None:
        super().__init__()
        self.net = mlp([2, 64, 64, 2 * LATENT], activation=partial(nn.LeakyReLU, 0.2))

    def forward(self, y: Float[Tensor, "batch 2"]) -> Code:
        return Code(*self.net(y).chunk(2, dim=1))


def family() -> StochasticDirect:
    """The generator of all systems."""
    return StochasticDirect(Beside(1, LATENT, 2), latent=LATENT)


def judge() -> Beside:
    """A conditional discriminator, the same for all systems."""
    return Beside(2, 1, 1)


STEP = AdamConfig(rate=1e-3)
GAME = GANConfig(discriminator_optimiser=STEP, generator_optimiser=STEP, slope_weight=0.1)


def hybrid(
    pair: DomainPair,
    setting: Setting,
    *,
    encoded: bool = True,
    prior: bool = True,
    latent_moves_encoder: bool = False,
    kl_weight: float = 0.01,
) -> BicycleGAN:
    """BicycleGAN with the paper's weights, or without one of its parts."""
    return BicycleGAN(
        family(),
        PointEncoder(),
        encoded_judge=judge() if encoded else None,
        prior_judge=judge() if prior else None,
        config=BicycleGANConfig(kl_weight=kl_weight, latent_moves_encoder=latent_moves_encoder, game=GAME),
    )


def noisy_pix2pix(pair: DomainPair, setting: Setting, *, l1_weight: float = 10.0) -> Pix2Pix:
    """The hybrid's generator, judge, weight, step sizes and rounds; only no encoder ever writes a code."""
    return Pix2Pix(Sampling(family()), judge(), config=Pix2PixConfig(l1_weight=l1_weight, game=GAME))


def rounds(profile: Profile) -> TrainConfig:
    """The same for every system."""
    return TrainConfig(
        steps=profile.pick(quick=1_500, colab=6_000, full=20_000), batch_size=128, decay_from=0.5
    )


def trained(make: Callable[..., Objective], *, part: str = "makers.generator", **options: Any) -> System:
    """One of the compared systems."""
    return System(partial(make, **options), training=rounds, part=part)


def asked() -> Float[Tensor, "asked 1"]:
    """Questions, evenly spread."""
    return torch.linspace(-1, 1, ASKED)[:, None]


def true_answers(*, seed: int) -> Float[Tensor, "asked samples 2"]:
    """As many true answers to every question."""
    generator = torch.Generator().manual_seed(seed)
    label = torch.randint(len(HEIGHTS), (ASKED, SAMPLES), generator=generator)
    middle = bands(asked()).gather(1, label[..., None].expand(-1, -1, 2))
    return middle + DEVIATION * torch.randn(middle.shape, generator=generator)


def scores_of_answers(made: Float[Tensor, "asked samples 2"]) -> Scores:
    """Realism, what is covered of the true conditional distribution, and diversity; question by question.

    ``answers found`` is the exponential of the entropy of the four bands' shares among samples near one of them: 4
    where all are found equally often, 1 where there is one answer.
    """
    truth = true_answers(seed=0)
    apart = torch.cdist(made, bands(asked()))
    near, band = apart.amin(2) <= NEAR * DEVIATION, apart.argmin(2)
    counts = torch.stack([(near & (band == k)).double().sum(1) for k in range(len(HEIGHTS))], dim=1)
    shares = counts / counts.sum(1, keepdim=True).clamp_min(1)
    found = torch.where(near.any(1), (-torch.special.xlogy(shares, shares).sum(1)).exp(), 0.0)
    distance = [energy_distance_biased(m, t) for m, t in zip(made, truth, strict=True)]
    within = torch.cdist(made, made).sum((1, 2)) / (SAMPLES * (SAMPLES - 1))
    return Scores(
        fit={"near a true answer": near.double().mean().item()},
        alignment={
            "answers found, of 4": found.mean().item(),
            "energy distance to β(· | x)": sum(distance) / len(distance),
        },
        other={"diversity": within.mean().item()},
    )


def point_scores(translator: StochasticTranslator, pair: DomainPair) -> Scores:
    """Of translations by codes of the prior."""
    return scores_of_answers(drawn(translator.cpu(), asked(), count=SAMPLES, seed=1))


def scores_of_truth(subject: None, pair: DomainPair) -> Scores:
    """Of other true answers than those that are compared with."""
    return scores_of_answers(true_answers(seed=1 + torch.initial_seed() % 1_000))


def answers_of(translator: StochasticTranslator, pair: DomainPair) -> Shown:
    """Answers to all questions."""
    return {"made": drawn(translator.cpu(), asked(), count=SAMPLES // 2, seed=2).flatten(0, 1)}


def panels_of_answers(shown: Mapping[str, Shown], *, caption: str) -> Picture:
    """Over the true bands, what every system answers."""
    truth = true_answers(seed=3)[:, :16].flatten(0, 1)
    with panels(len(shown), size=(2.3, 2.9)) as board:
        for axes, (name, each) in zip(board, shown.items(), strict=True):
            draw_points(axes, truth, colour="#c9c4b8", size=6)
            draw_points(axes, each["made"], colour="C0", size=6)
            frame_plane(axes, extent=(-1.3, 1.3, -1.6, 1.6), title=name.split(": ")[-1])
    return board.picture(
        alt=f"Panels with four wavy grey bands, and over them in blue the answers of {', '.join(shown)}.",
        caption=caption,
    )


def realism_and_diversity(rows: Mapping[str, Any], *, caption: str) -> Picture:
    """Every system as a point: how many of its answers are right ones, over how far they are apart."""
    with panels(1, size=(6.4, 4.0)) as board:
        for k, (name, row) in enumerate(rows.items()):
            diverse, near = row.other["diversity"], row.fit["near a true answer"]
            shape = {"color": f"C{k}", "marker": "*" if name == "true answers" else "o"}
            board[0].scatter(diverse, near, s=60, label=name, zorder=3, **shape)
            board[0].plot(
                *zip(*sorted(zip(diverse, near, strict=True)), strict=True), color=f"C{k}", alpha=0.4
            )
        board[0].set(
            xlabel="diversity", ylabel="share of answers near a true one", ylim=(0, 1.05), xlim=(0, None)
        )
        board[0].legend(loc="center left", bbox_to_anchor=(1.02, 0.5), fontsize=9)
    return board.picture(
        alt=f"Points in a plane of diversity and realism: {', '.join(rows)}.",
        caption=caption,
    )


PICTURES = {
    "answers": Drawn(
        show=answers_of,
        picture=partial(
            panels_of_answers,
            caption="Grey: the four right answers to every x. Blue: what codes of the prior give, first start.",
        ),
    ),
    "plane": Drawn(
        picture=partial(
            realism_and_diversity,
            caption="Realism over diversity; a point for every start, starts of one system joined. "
            "Stars: the truth.",
        ),
        of_rows=True,
    ),
}
REFERENCES = {"true answers": Untrained(scores=scores_of_truth)}

POINTS = Experiment(
    name="bicyclegan-points",
    title="Four answers to every number: what each part of BicycleGAN does",
    source="realism and diversity in [zhu2017multimodal], section 5, where the conditional distribution is known",
    pair=lambda setting: FourAnswers(),
    systems={
        "BicycleGAN": trained(hybrid),
        "no encoder: pix2pix + noise": trained(noisy_pix2pix, part="generator.family"),
        "no prior half: cVAE-GAN": trained(hybrid, prior=False),
        "no encoded half: cLR-GAN": trained(hybrid, encoded=False),
        "latent term moves E": trained(hybrid, latent_moves_encoder=True),
    },
    references=REFERENCES,
    scores=point_scores,
    pictures=PICTURES,
)

NOISE = Experiment(
    name="bicyclegan-points-noise",
    title="When is noise ignored? pix2pix with noise under four weights of L1",
    source="the remark on ignored noise in [zhu2017multimodal], section 3.1, in the plane",
    pair=lambda setting: FourAnswers(),
    systems={
        f"λ = {weight:g}": trained(noisy_pix2pix, part="generator.family", l1_weight=weight)
        for weight in (0.0, 1.0, 10.0, 100.0)
    },
    references=REFERENCES,
    scores=point_scores,
    pictures={"answers": PICTURES["answers"]},
)
