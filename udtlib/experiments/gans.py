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
from udtlib.experiments.images import Sides, Translation
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

#: The ring's game: entries of the noise, hidden width, deviation of each bell, how many there are.
LATENT, WIDTH, DEVIATION, MODES = 16, 64, 0.05, 8
#: Adam's step sizes that are tried with every loss, and the one with which other bounds are.
RATES, USUAL = (1e-3, 3e-3, 1e-2, 3e-2), 1e-2
#: By this score the settings are chosen: 1 where every mode has its fair share, and nothing lies between them.
MATCHED = "samples where they belong"
#: The step size, and the bound or penalty, of each loss with each k; ring-tuning tries others.
BEST: dict[tuple[str, int], tuple[float, ...]] = {
    ("GAN", 1): (1e-2,),
    ("GAN", 5): (1e-2,),
    ("WGAN, clipping", 1): (1e-2, 0.3),
    ("WGAN, clipping", 5): (1e-2, 1.0),
    ("WGAN-GP", 1): (1e-2, 1.0),
    ("WGAN-GP", 5): (1e-2, 1.0),
}


def ring_pair(setting: Setting) -> IndependentPair:
    """Noise, and eight bells on a ring of radius 2."""
    return IndependentPair(Noise(LATENT), ring(deviation=DEVIATION))


def ring_nets() -> tuple[Translator, nn.Module]:
    """A generator and a judge: the same nets for every method."""
    return Direct(mlp([LATENT, WIDTH, WIDTH, 2])), mlp([2, WIDTH, WIDTH, 1])


def ring_gan(pair: DomainPair, setting: Setting, *, moves: int, rate: float) -> GAN:
    """The plain GAN with the non-saturating loss, and as many discriminator moves a round."""
    step = AdamConfig(rate=rate, betas=(0.5, 0.99))
    config = GANConfig(discriminator_optimiser=step, generator_optimiser=step, discriminator_moves=moves)
    return GAN(*ring_nets(), config=config)


def ring_wgan(pair: DomainPair, setting: Setting, *, moves: int, rate: float, lipschitz: Lipschitz) -> WGAN:
    """A Wasserstein GAN with the given bound on the critic's slope; clipping goes without momentum."""
    # Under momentum clipped training was unstable [arjovsky2017, section 4.3].
    momentum = 0.0 if isinstance(lipschitz, Clipping) else 0.5
    step = AdamConfig(rate=rate, betas=(momentum, 0.99))
    config = WGANConfig(
        lipschitz=lipschitz, critic_moves=moves, critic_optimiser=step, generator_optimiser=step
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
    # A mode counts from a third of its fair share on: less is a thread that passes through it.
    cover = mode_coverage(made, ring().means, radius=3 * DEVIATION, at_least_share=1 / (3 * MODES))
    return Scores(
        fit={
            "modes covered, of 8": float(cover.covered),
            "lost at least one mode": float(cover.covered < MODES),
            "samples within 3σ of a mode": cover.quality,
            MATCHED: sum(min(share, 1 / MODES) for share in cover.shares),
        }
    )


def ring_name(loss: str, moves: int, rate: float, bound: float | None = None) -> str:
    """What a setting is called in the table of all of them."""
    weight = {"WGAN, clipping": "w", "WGAN-GP": "λ"}.get(loss)
    return f"{loss}, k = {moves}, step {rate:g}" + (f", {weight} = {bound:g}" if weight else "")


def ring_settings() -> dict[str, System]:
    """The settings that are tried: for every loss both k and all step sizes, for the bounds more than that."""
    found: dict[str, System] = {}
    for moves in (1, 5):
        for rate in RATES:
            found[ring_name("GAN", moves, rate)] = ring_system(ring_gan, moves=moves, rate=rate)
        for loss, make, bounds in (
            ("WGAN, clipping", lambda bound: Clipping(bound=bound), (0.1, 0.03, 0.3, 1.0, 3.0)),
            ("WGAN-GP", lambda weight: GradientPenalty(weight=weight), (1.0, 0.1, 10.0)),
        ):
            usual, *others = bounds
            for rate, bound in [*((rate, usual) for rate in RATES), *((USUAL, other) for other in others)]:
                found[ring_name(loss, moves, rate, bound)] = ring_system(
                    ring_wgan, moves=moves, rate=rate, lipschitz=make(bound)
                )
    return found


RING_TUNING = Experiment(
    name="ring-tuning",
    title="A ring of eight bells: every loss with every k and step size",
    source="the settings from which those of ring-modes are taken",
    pair=ring_pair,
    systems=ring_settings(),
    scores=ring_scores,
)

RING = Experiment(
    name="ring-modes",
    title="Modes covered on a ring of eight bells",
    source="the claim of stability in [arjovsky2017], section 4.3, and [gulrajani2017], section 5",
    pair=ring_pair,
    systems={
        f"{loss}, k = {moves}": RING_TUNING.systems[ring_name(loss, moves, *best)]
        for (loss, moves), best in BEST.items()
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


def digit_writer() -> ConditionalDirect:
    """The untrained generator."""
    return ConditionalDirect(image_mlp(NOISE + 10, shape=(1, 28, 28), widths=WIDTHS), classes=10)


def digits_cgan(pair: DomainPair, setting: Setting, *, slope_weight: float) -> ConditionalGAN:
    """A conditional GAN for digits of 28 pixels; without the slope penalty, variety is lost."""
    generator = digit_writer()
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
            partial(digits_cgan, slope_weight=0.1),
            training=digit_steps,
            part="generator",
            translation=Translation(
                build=lambda profile: digit_writer(),
                channels=(1, 1),
                from_noise=True,
                sides=lambda profile: Sides(least=28, most=28),
            ),
        ),
        "without the slope penalty": System(
            partial(digits_cgan, slope_weight=0.0), training=digit_steps, part="generator"
        ),
    },
    scores=digit_scores,
)
