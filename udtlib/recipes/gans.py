"""Chapter 01: GANs on a ring of bells, and digits on request."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import torch

from udtlib.data.digits import load_digits, noise_to_digits
from udtlib.data.pair import IndependentPair, Noise
from udtlib.data.toy2d import ring
from udtlib.evaluate.coverage import density_coverage, mode_coverage, precision_recall
from udtlib.evaluate.distances import frechet_distance
from udtlib.instruments.digits.classifier import load_digit_classifier
from udtlib.nets.dcgan import DCGANDiscriminator
from udtlib.nets.mlp import image_mlp, mlp
from udtlib.objectives.base import AdamConfig, Objective
from udtlib.objectives.cgan import ConditionalGAN
from udtlib.objectives.gan import GAN, GANConfig
from udtlib.objectives.wgan import WGAN, Clipping, GradientPenalty, Lipschitz, WGANConfig
from udtlib.profiles import Profile
from udtlib.recipes.base import Recipe, Reproduction
from udtlib.recipes.results import Findings, Row
from udtlib.train.log import History
from udtlib.train.trainer import TrainConfig, fit
from udtlib.translators.base import ConditionalTranslator
from udtlib.translators.direct import ConditionalDirect, Direct

#: The ring's game: entries of the noise, hidden width, samples per batch, deviation of each bell.
LATENT, WIDTH, BATCH, DEVIATION = 16, 64, 128, 0.05
#: Every player of every method on the ring steps like this.
RING_STEP = AdamConfig(rate=3e-3, betas=(0.5, 0.99))
#: Gradient steps of a run on the ring, all players together.
GRADIENT_STEPS = {"quick": 3_840, "colab": 9_600, "full": 40_000}
JUDGE_MOVES = 5

#: Digits on request: entries of the noise, generator's widths, steps of a run, samples per batch.
NOISE, WIDTHS, DIGIT_BATCH = 32, (256, 512), 32
DIGIT_STEPS = {"quick": 2_600, "colab": 10_000, "full": 60_000}
DIGIT_STEP = AdamConfig(rate=1.5e-3, betas=(0.5, 0.99))
#: weight of the penalty on the discriminator's slope at real digits, without which variety is lost
SLOPE_WEIGHT, SLOPE_EVERY = 0.1, 8


def ring_pair() -> IndependentPair:
    """Noise, and eight bells on a ring of radius 2."""
    return IndependentPair(Noise(LATENT), ring(deviation=DEVIATION))


def ring_nets(seed: int) -> tuple[Direct, torch.nn.Module]:
    """An untrained generator and an untrained judge: the same nets for every method."""
    torch.manual_seed(seed)
    return Direct(mlp([LATENT, WIDTH, WIDTH, 2])), mlp([2, WIDTH, WIDTH, 1])


def ring_gan(seed: int, *, moves: int = 1) -> GAN:
    """The plain GAN with the non-saturating loss, and as many discriminator moves a round."""
    config = GANConfig(
        discriminator_optimiser=RING_STEP, generator_optimiser=RING_STEP, discriminator_moves=moves
    )
    return GAN(*ring_nets(seed), config=config)


def ring_wgan(seed: int, *, lipschitz: Lipschitz) -> WGAN:
    """A Wasserstein GAN with the given bound on the critic's slope."""
    config = WGANConfig(
        lipschitz=lipschitz,
        critic_moves=JUDGE_MOVES,
        critic_optimiser=RING_STEP,
        generator_optimiser=RING_STEP,
    )
    return WGAN(*ring_nets(seed), config=config)


#: The methods that play on the ring, each from the same nets and with as many gradient steps.
RING_METHODS: dict[str, Callable[[int], GAN | WGAN]] = {
    "GAN, k = 1": ring_gan,
    "GAN, k = 5": lambda seed: ring_gan(seed, moves=JUDGE_MOVES),
    "WGAN, clipping": lambda seed: ring_wgan(seed, lipschitz=Clipping(bound=0.1)),
    "WGAN-GP": lambda seed: ring_wgan(seed, lipschitz=GradientPenalty(weight=1.0)),
}


def ring_config(objective: Objective, profile: Profile, *, seed: int) -> TrainConfig:
    """Settings under which every method takes the same number of gradient steps."""
    moves = sum(player.moves for player in objective.players().values())
    return TrainConfig(
        steps=GRADIENT_STEPS[profile.name] // moves,
        batch_size=BATCH,
        seed=seed,
        decay_from=0.5,
        accelerator=profile.accelerator,
    )


def play_ring(
    method: str, profile: Profile, *, seed: int, folder: Path | None, resume: bool
) -> tuple[GAN | WGAN, History]:
    """Train one method on the ring."""
    objective = RING_METHODS[method](seed)
    config = ring_config(objective, profile, seed=seed)
    return objective, fit(objective, ring_pair(), config=config, folder=folder, resume=resume)


def ring_modes(profile: Profile, *, seeds: tuple[int, ...]) -> Findings:
    """Modes covered on the ring, for each method and seed."""
    rows = []
    z = ring_pair().batch(0, size=2500, seed=1, split="test").x
    for method in RING_METHODS:
        covers = []
        for seed in seeds:
            objective, _ = play_ring(method, profile, seed=seed, folder=None, resume=False)
            with torch.no_grad():
                samples = objective.generator(z.to(profile.device)).cpu()
            covers.append(mode_coverage(samples, ring().means, radius=3 * DEVIATION, at_least_share=0.01))
        rows += [
            Row(system=method, metric="modes covered, of 8", values=tuple(float(c.covered) for c in covers)),
            Row(
                system=method,
                metric="lost at least one mode",
                values=tuple(float(c.covered < 8) for c in covers),
            ),
            Row(system=method, metric="samples within 3σ of a mode", values=tuple(c.quality for c in covers)),
        ]
    return Findings(rows=rows)


def digits_objective(seed: int, *, slope_weight: float = SLOPE_WEIGHT) -> ConditionalGAN:
    """An untrained conditional GAN for digits of 28 pixels."""
    torch.manual_seed(seed)
    generator = ConditionalDirect(image_mlp(NOISE + 10, shape=(1, 28, 28), widths=WIDTHS), classes=10)
    discriminator = DCGANDiscriminator(size=28, width=16, features=128, classes=10)
    config = GANConfig(
        discriminator_optimiser=DIGIT_STEP,
        generator_optimiser=DIGIT_STEP,
        slope_weight=slope_weight,
        slope_every=SLOPE_EVERY,
    )
    return ConditionalGAN(generator, discriminator, config=config)


def play_digits(
    objective: ConditionalGAN, profile: Profile, *, seed: int, folder: Path | None, resume: bool
) -> History:
    """Train a conditional GAN on the embedded digits; on the official ones in the `full` profile."""
    source = profile.pick(quick="embedded", colab="embedded", full="official")
    config = TrainConfig(
        steps=DIGIT_STEPS[profile.name],
        batch_size=DIGIT_BATCH,
        seed=seed,
        decay_from=0.3,
        accelerator=profile.accelerator,
    )
    pair = noise_to_digits(noise=NOISE, source=source)
    return fit(objective, pair, config=config, folder=folder, resume=resume)


@torch.no_grad()
def digit_scores(
    generator: ConditionalTranslator, device: torch.device, *, seed: int, each: int = 200
) -> dict[str, float]:
    """Obedience, realism and variety of `each` digits per class, in the bundled classifier's eyes."""
    judge = load_digit_classifier(device=str(device))
    test = load_digits()
    c = torch.arange(10).repeat_interleave(each)
    z = torch.randn(len(c), NOISE, generator=torch.Generator().manual_seed(seed))
    fake = generator.eval()(z.to(device), c.to(device))
    asked = (judge(fake).argmax(1).cpu() == c).float().view(10, -1).mean(1)
    real, made = judge.features(test.test.to(device)).cpu(), judge.features(fake).cpu()
    pr, dc = precision_recall(made, real), density_coverage(made, real)
    return {
        "recognised as asked": asked.mean().item(),
        "recognised as asked, worst class": asked.min().item(),
        "precision": pr.precision,
        "recall": pr.recall,
        "coverage": dc.coverage,
        "Fréchet distance in the classifier's features": frechet_distance(made, real),
    }


def digits_on_request(profile: Profile, *, seeds: tuple[int, ...]) -> Findings:
    """The conditional GAN's scores with and without the slope penalty, for each seed."""
    rows = []
    for system, weight in (("conditional GAN", SLOPE_WEIGHT), ("without the slope penalty", 0.0)):
        scores = []
        for seed in seeds:
            objective = digits_objective(seed, slope_weight=weight)
            play_digits(objective, profile, seed=seed, folder=None, resume=False)
            scores.append(digit_scores(objective.generator, profile.device, seed=seed))
        rows += [
            Row(system=system, metric=name, values=tuple(score[name] for score in scores))
            for name in scores[0]
        ]
    return Findings(rows=rows)


def train_ring(profile: Profile, *, seed: int, folder: Path, resume: bool) -> History:
    """`udt train ring-wgan`: WGAN-GP on the ring."""
    return play_ring("WGAN-GP", profile, seed=seed, folder=folder, resume=resume)[1]


def train_digits(profile: Profile, *, seed: int, folder: Path, resume: bool) -> History:
    """`udt train digits-cgan`: the conditional GAN on digits."""
    return play_digits(digits_objective(seed), profile, seed=seed, folder=folder, resume=resume)


RECIPES = (
    Recipe(
        name="ring-wgan",
        summary="chapter 01: a Wasserstein GAN with gradient penalty on eight bells",
        seconds={"quick": 30.0},
        train=train_ring,
    ),
    Recipe(
        name="digits-cgan",
        summary="chapter 01: a conditional GAN on handwritten digits",
        seconds={"quick": 75.0},
        train=train_digits,
    ),
)

REPRODUCTIONS = (
    Reproduction(
        name="ring-modes",
        title="Modes covered on a ring of eight bells",
        source="the claim of stability in [arjovsky2017], section 4.3, and [gulrajani2017], section 5",
        seconds={"quick": 900.0},
        run=ring_modes,
    ),
    Reproduction(
        name="digits-on-request",
        title="Digits on request: obedience, realism, variety",
        source="the experiment of [mirza2014], section 4.1, measured by recognition instead of Parzen windows",
        seconds={"quick": 300.0},
        run=digits_on_request,
    ),
)
