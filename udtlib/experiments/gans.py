"""Chapter 01: GANs on a ring of bells, and digits on request."""

from __future__ import annotations

from functools import partial
from typing import Any

import torch
from torch import nn

from udtlib.data.digits import load_digits, noise_to_digits
from udtlib.data.pair import DomainPair, IndependentPair, Noise
from udtlib.data.toy2d import ring
from udtlib.evaluate.coverage import density_coverage, mode_coverage, precision_recall
from udtlib.evaluate.distances import frechet_distance
from udtlib.evaluate.scores import Scores
from udtlib.evaluate.translations import device_of, translate
from udtlib.experiments.declare import Experiment, Setting, System
from udtlib.instruments.digits.classifier import load_digit_classifier
from udtlib.nets.dcgan import DCGANDiscriminator
from udtlib.nets.mlp import image_mlp, mlp
from udtlib.objectives.base import AdamConfig
from udtlib.objectives.cgan import ConditionalGAN
from udtlib.objectives.gan import GAN, GANConfig
from udtlib.objectives.wgan import WGAN, Clipping, GradientPenalty, Lipschitz, WGANConfig
from udtlib.profiles import Profile
from udtlib.train.trainer import TrainConfig
from udtlib.translators.base import ConditionalTranslator, Translator
from udtlib.translators.direct import ConditionalDirect, Direct

#: The ring's game: entries of the noise, hidden width, deviation of each bell.
LATENT, WIDTH, DEVIATION = 16, 64, 0.05
#: Every player of every method on the ring steps like this.
RING_STEP = AdamConfig(rate=3e-3, betas=(0.5, 0.99))


def ring_pair(setting: Setting) -> IndependentPair:
    """Noise, and eight bells on a ring of radius 2."""
    return IndependentPair(Noise(LATENT), ring(deviation=DEVIATION))


def ring_nets() -> tuple[Translator, nn.Module]:
    """A generator and a judge: the same nets for every method."""
    return Direct(mlp([LATENT, WIDTH, WIDTH, 2])), mlp([2, WIDTH, WIDTH, 1])


def ring_gan(pair: DomainPair, setting: Setting, *, moves: int) -> GAN:
    """The plain GAN with the non-saturating loss, and as many discriminator moves a round."""
    config = GANConfig(
        discriminator_optimiser=RING_STEP, generator_optimiser=RING_STEP, discriminator_moves=moves
    )
    return GAN(*ring_nets(), config=config)


def ring_wgan(pair: DomainPair, setting: Setting, *, moves: int, lipschitz: Lipschitz) -> WGAN:
    """A Wasserstein GAN with the given bound on the critic's slope."""
    config = WGANConfig(
        lipschitz=lipschitz, critic_moves=moves, critic_optimiser=RING_STEP, generator_optimiser=RING_STEP
    )
    return WGAN(*ring_nets(), config=config)


def ring_steps(profile: Profile, *, moves: int) -> TrainConfig:
    """As many gradient steps for every method, all players together."""
    steps = profile.pick(quick=3_840, colab=9_600, full=40_000)
    return TrainConfig(steps=steps // (moves + 1), batch_size=128, decay_from=0.5)


def ring_system(game: Any, *, moves: int, **settings: Any) -> System:
    """A method on the ring, whose judge moves so often in a round."""
    return System(
        partial(game, moves=moves, **settings), training=partial(ring_steps, moves=moves), part="generator"
    )


def ring_scores(generator: Translator, pair: DomainPair) -> Scores:
    """Modes covered, and how many samples are near one."""
    z = pair.batch(0, size=2500, seed=1, split="test").x
    made = translate(generator, z)
    cover = mode_coverage(made, ring().means, radius=3 * DEVIATION, at_least_share=0.01)
    return Scores(
        fit={
            "modes covered, of 8": float(cover.covered),
            "lost at least one mode": float(cover.covered < 8),
            "samples within 3σ of a mode": cover.quality,
        }
    )


RING = Experiment(
    name="ring-modes",
    title="Modes covered on a ring of eight bells",
    source="the claim of stability in [arjovsky2017], section 4.3, and [gulrajani2017], section 5",
    pair=ring_pair,
    systems={
        "GAN, k = 1": ring_system(ring_gan, moves=1),
        "GAN, k = 5": ring_system(ring_gan, moves=5),
        "WGAN, clipping": ring_system(ring_wgan, moves=5, lipschitz=Clipping(bound=0.1)),
        "WGAN-GP": ring_system(ring_wgan, moves=5, lipschitz=GradientPenalty(weight=1.0)),
    },
    scores=ring_scores,
)

#: Digits on request: entries of the noise, and the generator's widths.
NOISE, WIDTHS = 32, (256, 512)
DIGIT_STEP = AdamConfig(rate=1.5e-3, betas=(0.5, 0.99))


def digits_pair(setting: Setting) -> DomainPair:
    """Noise and the embedded digits; the official ones in `full`."""
    source = setting.profile.pick(quick="embedded", colab="embedded", full="official")
    return noise_to_digits(noise=NOISE, source=source)


def digits_cgan(pair: DomainPair, setting: Setting, *, slope_weight: float) -> ConditionalGAN:
    """A conditional GAN for digits of 28 pixels; without the slope penalty, variety is lost."""
    generator = ConditionalDirect(image_mlp(NOISE + 10, shape=(1, 28, 28), widths=WIDTHS), classes=10)
    discriminator = DCGANDiscriminator(size=28, width=16, features=128, classes=10)
    config = GANConfig(
        discriminator_optimiser=DIGIT_STEP,
        generator_optimiser=DIGIT_STEP,
        slope_weight=slope_weight,
        slope_every=8,
    )
    return ConditionalGAN(generator, discriminator, config=config)


def digit_steps(profile: Profile) -> TrainConfig:
    """Small batches, many steps."""
    steps = profile.pick(quick=2_600, colab=10_000, full=60_000)
    return TrainConfig(steps=steps, batch_size=32, decay_from=0.3)


@torch.no_grad()
def digit_scores(generator: ConditionalTranslator, pair: DomainPair, *, each: int = 200) -> Scores:
    """Obedience, realism and variety of `each` digits per class, in the bundled classifier's eyes."""
    # From the run's own random state: every seed is asked with other noise.
    c, z = torch.arange(10).repeat_interleave(each), torch.randn(10 * each, NOISE)
    device = device_of(generator)
    judge = load_digit_classifier(device=device)
    fake = generator(z.to(device), c.to(device))
    asked = (judge(fake).argmax(1).cpu() == c).float().view(10, -1).mean(1)
    real, made = judge.features(load_digits().test.to(device)).cpu(), judge.features(fake).cpu()
    pr, dc = precision_recall(made, real), density_coverage(made, real)
    return Scores(
        fit={
            "precision": pr.precision,
            "recall": pr.recall,
            "coverage": dc.coverage,
            "Fréchet distance in the classifier's features": frechet_distance(made, real),
        },
        alignment={
            "recognised as asked": asked.mean().item(),
            "recognised as asked, worst class": asked.min().item(),
        },
    )


DIGITS = Experiment(
    name="digits-on-request",
    title="Digits on request: obedience, realism, variety",
    source="the experiment of [mirza2014], section 4.1, measured by recognition instead of Parzen windows",
    pair=digits_pair,
    systems={
        "conditional GAN": System(
            partial(digits_cgan, slope_weight=0.1), training=digit_steps, part="generator"
        ),
        "without the slope penalty": System(
            partial(digits_cgan, slope_weight=0.0), training=digit_steps, part="generator"
        ),
    },
    scores=digit_scores,
)
