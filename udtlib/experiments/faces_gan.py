"""Chapter 01 on pictures: noise to cartoon faces, with the nets and the game of the emoji, on a laptop."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import final

import torch
from torch import Tensor, nn

from udtlib.data.faces.draw import draw_faces
from udtlib.data.faces.factors import FaceFactors, Grain, sample_factors
from udtlib.data.pair import SPLITS, DomainPair, IndependentPair, Noise, Samples, stream
from udtlib.evaluate.coverage import density_coverage, precision_recall
from udtlib.evaluate.distances import frechet_distance
from udtlib.evaluate.scores import Scores
from udtlib.evaluate.translations import translate
from udtlib.experiments.declare import Experiment, Setting, Shown, System, Untrained
from udtlib.experiments.following import score_curves
from udtlib.experiments.images import Sides, Translation
from udtlib.experiments.own_systems import GAME
from udtlib.experiments.pictures import Drawn
from udtlib.instruments.faces.reader import features_seen, load_face_reader
from udtlib.nets.dcgan import DCGANDiscriminator
from udtlib.nets.resize_unet import EnlargingConv
from udtlib.nets.shapes import check_entries
from udtlib.numerics.signatures import checked_options
from udtlib.objectives.gan import GAN
from udtlib.profiles import Profile
from udtlib.show.figure import Picture
from udtlib.show.images import image_grid
from udtlib.train.trainer import TrainConfig
from udtlib.translators.base import Translator
from udtlib.translators.direct import Direct
from udtlib.types import Float

__all__ = ["NOISE", "SIZE", "FaceGenerator", "faces_before_plain_walls", "walk"]

#: Entries of the noise, pixels of a side, drawn faces to train on and to be measured against.
NOISE, SIZE, COUNT, TEST = 32, 64, 4000, 1000
#: Feature channels of the generator's maps of 4, 8, 16, 32 and 64 pixels.
WIDTHS = (160, 128, 96, 48, 16)


@final
class FaceGenerator(nn.Module):
    r"""From noise to an image in [-1, 1]: a map of 4 × 4, enlarged again and again.

    After every convolution each map is normalised by itself, and then the noise says its mean and its deviation
    [karras2019, section 2]: so every scale of the image hears of the noise, not the coarsest alone.

    Args:
        noise: entries of the noise.
        widths: feature channels of the maps, the coarsest (4 × 4) first; each next map is twice as large.
    """

    @checked_options(least=1)
    def __init__(self, noise: int = NOISE, *, widths: Sequence[int] = WIDTHS) -> None:
        super().__init__()
        self.first = nn.Sequential(nn.Linear(noise, 16 * widths[0]), nn.Unflatten(1, (widths[0], 4, 4)))
        self.enlarge = nn.ModuleList(
            EnlargingConv(before, after) for before, after in zip(widths[:-1], widths[1:], strict=True)
        )
        self.norm = nn.ModuleList(nn.InstanceNorm2d(width) for width in widths)
        self.style = nn.ModuleList(nn.Linear(noise, 2 * width) for width in widths)
        self.last = nn.Conv2d(widths[-1], 3, 3, padding=1)

    def forward(self, z: Float[Tensor, "batch noise"]) -> Float[Tensor, "batch 3 size size"]:
        linear = self.first[0]
        check_entries(z, self, entries=linear.in_features, weight=linear.weight)
        h = self.styled(self.first(z), z, 0)
        for k, enlarge in enumerate(self.enlarge, start=1):
            h = self.styled(enlarge(h), z, k)
        return torch.tanh(self.last(h))

    def styled(self, h: Tensor, z: Tensor, k: int) -> Tensor:
        """Map number ``k``, its channels' deviations and means set by the noise."""
        scale, shift = self.style[k](z)[:, :, None, None].chunk(2, dim=1)
        return nn.functional.leaky_relu(self.norm[k](h) * (1 + scale) + shift, 0.2)


def plain(people: FaceFactors) -> FaceFactors:
    """The same people, their walls and clothes of one colour each."""
    texture = people.texture.clone()
    texture[:, [Grain.WALL_KIND, Grain.CLOTH_KIND]] = 0  # the first kind of either pattern is: none
    return replace(people, texture=texture)


def faces_before_plain_walls() -> Samples:
    """Drawn faces: any person, any colours, no patterns."""
    parts = []
    for split, count in zip(SPLITS, (COUNT, TEST), strict=True):
        people = plain(sample_factors(count, generator=stream(0, 0, split, "faces")))
        parts.append(draw_faces(people, size=SIZE).image)
    return Samples(*parts)


def faces_pair(setting: Setting) -> IndependentPair:
    """Noise, and faces."""
    return IndependentPair(Noise(NOISE), faces_before_plain_walls())


def draughtsman() -> Direct:
    """The untrained generator, as a translator."""
    return Direct(FaceGenerator())


def faces_game(pair: DomainPair, setting: Setting) -> GAN:
    """Against a judge of whole faces, whose spectra are normalised."""
    judge = DCGANDiscriminator(size=SIZE, channels=3, width=24, depth=4, features=128, spectral=True)
    return GAN(draughtsman(), judge, config=GAME)


def face_steps(profile: Profile) -> TrainConfig:
    """About twenty minutes of one core in `quick`."""
    steps = profile.pick(quick=5_000, colab=20_000, full=100_000)
    return TrainConfig(steps=steps, batch_size=16, average=0.999, log_every=50)


def made_scores(made: Tensor, pair: IndependentPair) -> Scores:
    """Realism and variety of drawn faces, in the bundled reader's eyes."""
    assert isinstance(pair.target, Samples)
    assert pair.target.test is not None
    reader = load_face_reader()
    made, real = (features_seen(reader, each.cpu()) for each in (made, pair.target.test))
    pr, dc = precision_recall(made, real), density_coverage(made, real)
    return Scores(
        fit={
            "Fréchet distance in the reader's features": frechet_distance(made, real),
            "precision": pr.precision,
            "recall": pr.recall,
            "coverage": dc.coverage,
        }
    )


def face_scores(generator: Translator, pair: IndependentPair) -> Scores:
    """Of as many made faces as there are unseen ones."""
    return made_scores(translate(generator, pair.batch(0, size=TEST, seed=1, split="test").x), pair)


def drawn_scores(subject: None, pair: IndependentPair) -> Scores:
    """What faces of the training set score: the best that is possible."""
    assert isinstance(pair.target, Samples)
    return made_scores(pair.target.train[:TEST], pair)


def walk(start: Tensor, end: Tensor, *, count: int) -> Float[Tensor, "count noise"]:
    r"""Noise from one sample to another, through samples that the prior finds as likely as those.

    .. math:: z_t = \cos(\tfrac{\pi}{2} t)\, z_0 + \sin(\tfrac{\pi}{2} t)\, z_1

    For independent :math:`z_0, z_1 \sim N(0, I)` every :math:`z_t` is :math:`N(0, I)`; on the straight line the
    middle has half of the variance.
    """
    t = torch.linspace(0, torch.pi / 2, count)[:, None]
    return t.cos() * start + t.sin() * end


def samples_shown(generator: Translator, pair: IndependentPair) -> Shown:
    """Real faces, made ones, and a walk."""
    batch = pair.batch(0, size=12, seed=0, split="test")
    steps = walk(batch.x[0], batch.x[1], count=12)
    return {"y": batch.y.cpu(), "G(z)": translate(generator, batch.x), "walk": translate(generator, steps)}


def samples_drawn(shown: dict[str, Shown]) -> Picture:
    """Three rows."""
    (images,) = shown.values()
    return image_grid(
        torch.cat([*images.values()]),
        columns=12,
        row_labels=["y", "G(z)", "from z to z'"],
        alt="Twelve drawn faces, twelve made from noise, and twelve between the first of these and the second.",
        caption="Drawn faces, faces made from noise, and the way from the first of them to the second.",
    )


FACES = Experiment(
    name="faces-gan",
    title="Cartoon faces from noise",
    source="the task of [radford2016, section 6.1] on faces whose distribution is known",
    pair=faces_pair,
    systems={
        "GAN": System(
            faces_game,
            training=face_steps,
            part="generator",
            translation=Translation(
                build=lambda profile: draughtsman(),
                channels=(3, 3),
                from_noise=True,
                sides=lambda profile: Sides(least=64, most=64),
            ),
        )
    },
    references={"training faces": Untrained(None, scores=drawn_scores)},
    scores=face_scores,
    pictures={
        "samples": Drawn(show=samples_shown, picture=samples_drawn),
        "curves": score_curves("Fréchet", "coverage", caption="Scores along the run."),
    },
)
