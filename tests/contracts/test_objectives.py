"""The laws that every objective obeys: add one line to CASES for a new one."""

import math
from collections.abc import Callable
from typing import NamedTuple

import pytest
import torch

from udtlib.data.pair import DomainPair, IndependentPair, Noise, Samples
from udtlib.data.paired import PairedSamples
from udtlib.losses import adversarial
from udtlib.losses.energy import energy_distance_unbiased
from udtlib.nets.autoencoder import Autoencoder, image_autoencoder, residual_blocks
from udtlib.nets.dcgan import DCGANDiscriminator, DCGANGenerator
from udtlib.nets.dense_autoencoder import Standardise, dense_autoencoder
from udtlib.nets.encoder import CNNEncoder, ResNetEncoder
from udtlib.nets.flows import image_flow
from udtlib.nets.hamiltonian_mlp import HamiltonianMLP, SeparableMLP
from udtlib.nets.mlp import mlp
from udtlib.nets.patchgan import PatchGAN
from udtlib.nets.resize_unet import ResizeUNet
from udtlib.nets.resnet import ResNetGenerator
from udtlib.nets.unet import UNet
from udtlib.nets.vector_autoencoder import vector_autoencoder
from udtlib.nets.velocity import VelocityMLP
from udtlib.numerics.integrators import ImplicitMidpoint, Leapfrog
from udtlib.objectives.alignflow import AlignFlow, AlignFlowConfig, FlowLikelihood
from udtlib.objectives.autoencoder import PlainCoding, Reconstruction, SharedCoding
from udtlib.objectives.base import Clock, Objective, total
from udtlib.objectives.biases import Distance
from udtlib.objectives.bicyclegan import BicycleGAN, BicycleGANConfig
from udtlib.objectives.cgan import ConditionalGAN
from udtlib.objectives.coding import Coding
from udtlib.objectives.cut import cut
from udtlib.objectives.cyclegan import cyclegan
from udtlib.objectives.discogan import discogan
from udtlib.objectives.discrepancy import Adversarial, Between, Discrepancy
from udtlib.objectives.distancegan import (
    NO_WAY,
    ONE_WAY,
    Weights,
    distancegan,
    kept_distances,
    measure_scales,
)
from udtlib.objectives.dont import DONT, DONTConfig
from udtlib.objectives.flow_matching import FlowMatching, OptimalCoupling
from udtlib.objectives.game import Game
from udtlib.objectives.gan import GAN, GANConfig
from udtlib.objectives.gromov_latent import GromovLatent, GromovLatentConfig
from udtlib.objectives.hamiltonian_translation import HamiltonianConfig, HamiltonianTranslation
from udtlib.objectives.pix2pix import PairedRegression, Pix2Pix, Pix2PixConfig
from udtlib.objectives.planned_maps import PlannedMaps
from udtlib.objectives.unit import UNIT, UNITConfig
from udtlib.objectives.vae import VAECoding
from udtlib.objectives.wae import AdversarialPenalty, MMDPenalty, Penalty, WAECoding
from udtlib.objectives.wgan import WGAN, Clipping, WGANConfig
from udtlib.train import NonFiniteLossError, TrainConfig, fit
from udtlib.train.trainer import check_partition, frozen_except
from udtlib.translators.coupling_flow import SharedLatentFlow
from udtlib.translators.direct import ConditionalDirect, Direct
from udtlib.translators.hamiltonian_flow import Augmentation, HamiltonianFlow
from udtlib.translators.latent import LatentTranslator
from udtlib.translators.residual_flow import residual_flow
from udtlib.translators.stochastic import Sampling, StochasticDirect
from udtlib.translators.two_way import TwoWay
from udtlib.translators.velocity_flow import VelocityFlow
from udtlib.types import Batch


class Case(NamedTuple):
    name: str
    make: Callable[[], tuple[Objective, DomainPair]]
    #: parameters that this game leaves alone on purpose
    idle: str = "nothing"


def points() -> DomainPair:
    y = torch.randn(64, 2, generator=torch.Generator().manual_seed(0)) + 1
    return IndependentPair(Noise(3), Samples(y, y))


def images() -> DomainPair:
    generator = torch.Generator().manual_seed(0)
    y = torch.rand(32, 1, 8, 8, generator=generator) * 2 - 1
    c = torch.randint(4, (32,), generator=generator)
    return IndependentPair(Noise(3), Samples(y, y, c, c))


def gan(**losses: object) -> Objective:
    return GAN(Direct(mlp([3, 8, 2])), mlp([2, 8, 1]), config=GANConfig(**losses))


def cgan(**settings: object) -> Objective:
    generator = ConditionalDirect(DCGANGenerator(3 + 4, size=8, width=4, depth=1), classes=4)
    discriminator = DCGANDiscriminator(size=8, width=4, depth=1, features=8, classes=4)
    return ConditionalGAN(generator, discriminator, config=GANConfig(**settings))


def wgan(config: WGANConfig) -> Objective:
    return WGAN(Direct(mlp([3, 8, 2])), mlp([2, 8, 1]), config=config)


def drawings() -> DomainPair:
    """Corresponding images: three channels from two."""
    generator = torch.Generator().manual_seed(0)
    x = torch.rand(12, 2, 8, 8, generator=generator) * 2 - 1
    y = torch.rand(12, 3, 8, 8, generator=generator) * 2 - 1
    return PairedSamples(Batch(x, y), Batch(x, y))


def judge(*, conditional: bool = True) -> PatchGAN:
    return PatchGAN(3, condition=2 if conditional else 0, field=7, width=4)


def pix2pix(*, noise: bool = False, **settings: object) -> Objective:
    config = Pix2PixConfig(**settings)
    net = UNet(2, 3, width=4, depth=2, noise=3 if noise else 0)
    generator = Sampling(StochasticDirect(net, latent=3)) if noise else Direct(net)
    return Pix2Pix(generator, judge(conditional=config.conditional), config=config)


def bicycle(*, encoded: bool = True, prior: bool = True, everywhere: bool = False) -> Objective:
    net = UNet(2, 3, width=4, depth=2, noise=3, inject_everywhere=everywhere)
    encoder = (ResNetEncoder if everywhere else CNNEncoder)(3, latent=3, width=4, depth=2)
    return BicycleGAN(
        StochasticDirect(net, latent=3),
        encoder,
        encoded_judge=judge() if encoded else None,
        prior_judge=judge() if prior else None,
        config=BicycleGANConfig(),
    )


def two_domains() -> DomainPair:
    """Unpaired images of two channels and of three."""
    generator = torch.Generator().manual_seed(0)
    x, y = (torch.rand(12, channels, 8, 8, generator=generator) * 2 - 1 for channels in (2, 3))
    return IndependentPair(Samples(x, x), Samples(y, y))


def same_domains() -> DomainPair:
    """Unpaired images of three channels on both sides, for terms that compare them."""
    generator = torch.Generator().manual_seed(0)
    x, y = (torch.rand(12, 3, 8, 8, generator=generator) * 2 - 1 for _ in range(2))
    return IndependentPair(Samples(x, x), Samples(y, y))


def two_way(inputs: int = 2) -> TwoWay:
    """Residual nets from X to Y and back."""
    forth, back = ResNetGenerator(inputs, 3, width=2, blocks=1), ResNetGenerator(3, inputs, width=2, blocks=1)
    return TwoWay(Direct(forth), Direct(back))


def judges(inputs: int = 2) -> tuple[PatchGAN, PatchGAN]:
    """D_X and D_Y; without normalisation, so that a batch of one can be judged."""
    return tuple(PatchGAN(channels, field=7, width=4, norm=torch.nn.Identity) for channels in (inputs, 3))


def cycles(inputs: int = 2, **settings: object) -> Objective:
    return cyclegan(two_way(inputs), *judges(inputs), **settings)


def patches(*, both: bool = False) -> Objective:
    nets = [Direct(ResizeUNet(3, 3, width=4, depth=2)) for _ in "xy"]
    judge_x, judge_y = judges(3)
    return cut(TwoWay(*nets), judge_x, judge_y) if both else cut(nets[0], None, judge_y)


def distances(*, forth: Weights = ONE_WAY, back: Weights = NO_WAY) -> Objective:
    nets = [Direct(UNet(*both, width=4, depth=2, norm=torch.nn.InstanceNorm2d)) for both in ((2, 3), (3, 2))]
    judges = [PatchGAN(c, field=7, width=4, norm=torch.nn.Identity) for c in (2, 3)]
    scales = measure_scales(drawings(), kept_distances(forth, back), count=12)
    if back.used:
        return distancegan(TwoWay(*nets), *judges, scales=scales, forth=forth, back=back)
    return distancegan(nets[0], None, judges[1], scales=scales, forth=forth)


def unit(**settings: object) -> Objective:
    coders = [image_autoencoder(channels, width=2, halvings=1, blocks=1) for channels in (2, 3)]
    end, start = (residual_blocks(4, count=1) for _ in range(2))
    translator = LatentTranslator(*coders, shared_end=end, shared_start=start, noise=1.0)
    return UNIT(translator, *judges(), config=UNITConfig(**settings))


def shared_flows() -> SharedLatentFlow:
    return SharedLatentFlow(*(image_flow(3, checkers=1, mixed=2, width=4) for _ in "xy"))


def points_both_ways() -> TwoWay:
    """Small nets between points of the plane."""
    return TwoWay(Direct(mlp([2, 4, 2])), Direct(mlp([2, 4, 2])))


def clouds() -> DomainPair:
    """Unpaired points of the plane on both sides."""
    generator = torch.Generator().manual_seed(0)
    x, y = (torch.randn(64, 2, generator=generator) + shift for shift in (0, 2))
    return IndependentPair(Samples(x, x), Samples(y, y))


def dont(
    discrepancy: Discrepancy, *, anchors: int = 0, cost: tuple[float, ...] = (), **settings: object
) -> Objective:
    x, y = (clouds().batch(0, size=anchors, seed=1)[:2]) if anchors else (None, None)
    return DONT(
        residual_flow(2, steps=3, hidden=8),
        discrepancy,
        cost_weight=torch.tensor(cost) if cost else None,
        anchors=(x, y) if anchors else None,
        config=DONTConfig(**settings),
    )


def matching(**settings: object) -> Objective:
    return FlowMatching(VelocityFlow(VelocityMLP(2, hidden=(8,))), **settings)


def hamiltonian(
    discrepancy: Discrepancy,
    *,
    separable: bool = False,
    extra: int = 0,
    integrator: object = None,
    **settings: object,
) -> Objective:
    energy = (SeparableMLP if separable else HamiltonianMLP)(2 + extra, hidden=(8, 8, 8), timed=separable)
    added = Augmentation(extra=extra, learned=True) if extra else None
    flow = HamiltonianFlow(energy, integrator=integrator, augmentation=added, scaling=True)
    return HamiltonianTranslation(flow, discrepancy, config=HamiltonianConfig(**settings))


def judged(**settings: object) -> Discrepancy:
    return Adversarial(mlp([2, 8, 1], spectral=True), game=GANConfig(**settings))


def reconstruction() -> Objective:
    return Reconstruction(vector_autoencoder(3, size=8, code=4, width=4, depth=2))


def plain_coding(channels: int, code: int, *, isometry: float = 0.0) -> Coding:
    return PlainCoding(dense_coder(channels, code), isometry_weight=isometry)


def vae_coding(channels: int, code: int) -> Coding:
    return VAECoding(dense_coder(channels, code, gaussian=True))


def wae_coding(channels: int, code: int, *, penalty: Penalty) -> Coding:
    return WAECoding(dense_coder(channels, code), penalty)


def dense_coder(channels: int, code: int, *, gaussian: bool = False) -> Autoencoder:
    shape = (channels, 8, 8)
    return dense_autoencoder(Standardise(0.0, 0.6), code=code, shape=shape, widths=(8,), gaussian=gaussian)


def latents(coding_x: Coding, coding_y: Coding, **settings: object) -> Objective:
    return GromovLatent(coding_x, coding_y, config=GromovLatentConfig(epsilon=0.1, **settings))


def judge_of_codes(code: int) -> Penalty:
    return AdversarialPenalty(mlp([code, 8, 1]), slope_weight=0.1)


CASES = [
    Case("gan", lambda: (gan(), points())),
    Case("gan-saturating", lambda: (gan(generator_loss=adversarial.saturating_generator), points())),
    Case("gan-slope", lambda: (gan(slope_weight=1.0, slope_every=2), points())),
    Case(
        "gan-hinge",
        lambda: (
            gan(
                discriminator_loss=adversarial.hinge_discriminator,
                generator_loss=adversarial.wasserstein_generator,
            ),
            points(),
        ),
    ),
    Case(
        "lsgan",
        lambda: (
            gan(
                discriminator_loss=adversarial.square_discriminator,
                generator_loss=adversarial.square_generator,
            ),
            points(),
        ),
    ),
    Case("cgan", lambda: (cgan(), images())),
    Case("wgan-gp", lambda: (wgan(WGANConfig(critic_moves=2)), points())),
    Case("pix2pix", lambda: (pix2pix(), drawings())),
    Case("pix2pix-without-l1", lambda: (pix2pix(l1_weight=0.0), drawings())),
    Case("pix2pix-unconditional", lambda: (pix2pix(conditional=False), drawings())),
    Case("pix2pix-noise", lambda: (pix2pix(noise=True), drawings())),
    Case("cut", lambda: (patches(), same_domains())),
    Case("cut-both-ways", lambda: (patches(both=True), same_domains())),
    Case("regression", lambda: (PairedRegression(Direct(UNet(2, 3, width=4, depth=2))), drawings())),
    Case("bicyclegan", lambda: (bicycle(), drawings())),
    Case("bicyclegan-everywhere", lambda: (bicycle(everywhere=True), drawings())),
    Case("cvae-gan", lambda: (bicycle(prior=False), drawings())),
    # Alone, cLR-GAN reads a point: the encoder's variance is for the other half.
    Case("clr-gan", lambda: (bicycle(encoded=False), drawings()), "log_variance"),
    Case("cyclegan", lambda: (cycles(pool=4), two_domains())),
    Case("cyclegan-without-cycle", lambda: (cycles(cycle_weight=0.0, pool=0), two_domains())),
    Case("cyclegan-identity", lambda: (cycles(3, identity_share=0.5), same_domains())),
    Case("cyclegan-effort", lambda: (cycles(3, effort_weight=1.0), same_domains())),
    Case(
        "cyclegan-slope",
        lambda: (cycles(game=GANConfig(slope_weight=1.0, discriminator_moves=2)), two_domains()),
    ),
    Case("discogan", lambda: (discogan(two_way(), *judges()), two_domains())),
    Case("distancegan-one-sided", lambda: (distances(), drawings())),
    Case(
        "distancegan-with-cycle",
        lambda: (
            distances(forth=Weights(cycle=10, distance=1), back=Weights(cycle=10, distance=1)),
            drawings(),
        ),
    ),
    Case(
        "distancegan-self",
        lambda: (distances(forth=Weights(self_distance=1), back=Weights(self_distance=1)), drawings()),
    ),
    Case("unit", lambda: (unit(), two_domains())),
    Case("unit-pool", lambda: (unit(pool=5, cycle_weight=0.0), two_domains())),
    Case(
        "alignflow",
        lambda: (
            AlignFlow(shared_flows(), *judges(3), config=AlignFlowConfig(dequantise=0.1)),
            same_domains(),
        ),
    ),
    Case("flow-likelihood", lambda: (FlowLikelihood(shared_flows()), same_domains())),
    Case("cyclegan-on-flows", lambda: (cyclegan(shared_flows(), *judges(3)), same_domains())),
    Case("dont-energy", lambda: (dont(Between(energy_distance_unbiased)), clouds())),
    Case("dont-adversarial", lambda: (dont(judged(discriminator_moves=2)), clouds())),
    Case("dont-slope", lambda: (dont(judged(slope_weight=1.0), effort_end=0.5, power=3.0), clouds())),
    Case("dont-cost", lambda: (dont(judged(), cost=(1.0, 1e-3)), clouds())),
    Case("dont-anchors", lambda: (dont(judged(), anchors=5, anchor_batch=3), clouds())),
    Case(
        "dont-free-critic",
        lambda: (
            dont(
                judged(
                    discriminator_loss=adversarial.wasserstein_critic,
                    generator_loss=adversarial.wasserstein_generator,
                ),
                effort_end=1.0,
            ),
            clouds(),
        ),
    ),
    Case("hamiltonian-adversarial", lambda: (hamiltonian(judged(slope_weight=1.0)), clouds())),
    Case(
        "hamiltonian-energy",
        lambda: (
            hamiltonian(
                Between(energy_distance_unbiased),
                separable=True,
                integrator=Leapfrog(steps=3, reconstruct=True),
                effort_weight=0.1,
                effort_pieces=2,
            ),
            clouds(),
        ),
    ),
    Case(
        "hamiltonian-augmented",
        lambda: (
            hamiltonian(judged(), extra=2, integrator=ImplicitMidpoint(steps=2), return_weight=1.0),
            clouds(),
        ),
    ),
    Case("flow-matching", lambda: (matching(), clouds())),
    Case("flow-matching-optimal", lambda: (matching(coupling=OptimalCoupling(chunk=3)), clouds())),
    Case("dont-without-effort", lambda: (dont(judged(), effort_weight=0.0), clouds())),
    Case("planned-maps", lambda: (PlannedMaps(points_both_ways()), clouds())),
    Case("reconstruction", lambda: (reconstruction(), same_domains())),
    Case("shared-coding", lambda: (SharedCoding(plain_coding(3, 2)), same_domains())),
    Case("plain-codings", lambda: (latents(plain_coding(2, 3), plain_coding(3, 2)), two_domains())),
    Case("vae-codings", lambda: (latents(vae_coding(2, 3), vae_coding(3, 3)), two_domains())),
    Case(
        "wae-mmd-and-plain-codings",
        lambda: (
            latents(wae_coding(2, 3, penalty=MMDPenalty()), plain_coding(3, 2, isometry=0.1)),
            two_domains(),
        ),
    ),
    Case(
        "wae-gan-codings",
        lambda: (
            latents(*(wae_coding(c, 3, penalty=judge_of_codes(3)) for c in (2, 3)), judge_moves=2),
            two_domains(),
        ),
    ),
    Case(
        "wae-gan-and-vae-codings-with-gromov",
        lambda: (
            latents(wae_coding(2, 4, penalty=judge_of_codes(4)), vae_coding(3, 3), weight=1.0),
            two_domains(),
        ),
    ),
    Case("wgan-clip", lambda: (wgan(WGANConfig(critic_moves=2, lipschitz=Clipping())), points())),
]

CLOCK = Clock(0, 10)


@pytest.fixture(params=CASES, ids=lambda case: case.name)
def case(request):
    return request.param


@pytest.fixture
def game(case):
    torch.manual_seed(0)
    return case.make()


def test_players_partition_the_parameters(game):
    check_partition(game[0], game[0].players())


def test_terms_are_named_scalars(game):
    objective, pair = game
    for name in objective.players():
        terms = objective(name, pair.batch(0, size=6, seed=0), CLOCK)
        assert terms
        assert all(isinstance(key, str) and value.shape == () for key, value in terms.items())
        assert total(terms).isfinite()


def test_a_players_loss_reaches_every_parameter_of_its_own_and_no_other(case, game):
    objective, pair = game
    players = objective.players()
    for name, player in players.items():
        objective.zero_grad(set_to_none=True)
        with frozen_except(player, players):
            total(objective(name, pair.batch(0, size=6, seed=0), CLOCK)).backward()
        for other_name, other in players.items():
            grads = [p.grad for k, p in other.module.named_parameters() if case.idle not in k]
            if other_name == name:
                assert all(g is not None for g in grads)
            else:
                assert all(g is None for g in grads)


def test_only_the_acting_player_moves(game):
    objective, pair = game
    players = objective.players()
    for name, player in players.items():
        before = {k: v.clone() for k, v in objective.named_parameters()}
        optimiser = player.optimiser.build(player.module.parameters())
        total(objective(name, pair.batch(0, size=6, seed=0), CLOCK)).backward()
        optimiser.step()
        own = {id(p) for p in player.module.parameters()}
        moved = {
            k for k, v in objective.named_parameters() if not torch.equal(v, before[k]) and id(v) not in own
        }
        # A projection (weight clipping) may touch only the acting player's own parameters.
        assert moved == set()
        objective.zero_grad(set_to_none=True)


def test_the_discriminating_player_does_not_differentiate_the_generator(game):
    """Even without the trainer's freezing, the first player's loss must leave the others untouched."""
    objective, pair = game
    first, *others = objective.players()
    if not others:
        pytest.skip("nobody judges")
    total(objective(first, pair.batch(0, size=6, seed=0), CLOCK)).backward()
    for other in others:
        assert all(p.grad is None for p in objective.players()[other].module.parameters())


def test_a_batch_of_one_works(game):
    objective, pair = game
    if any(isinstance(m, torch.nn.BatchNorm2d) for m in objective.modules()):
        pytest.skip("batch normalisation needs two samples")
    if isinstance(objective, Game) and any(isinstance(bias, Distance) for bias in objective.biases):
        pytest.skip("a distance needs two samples")
    if isinstance(objective, DONT | HamiltonianTranslation) and isinstance(objective.discrepancy, Between):
        pytest.skip("a distance within a sample needs two")
    if isinstance(objective, GromovLatent) and needs_two_codes(objective):
        pytest.skip("a distance within the codes, or their variance, needs two")
    for name in objective.players():
        assert total(objective(name, pair.batch(0, size=1, seed=0), CLOCK)).isfinite()


def needs_two_codes(objective: GromovLatent) -> bool:
    codings = (objective.coding_x, objective.coding_y)
    return bool(objective.config.weight) or any(
        coding.isometry_weight or any(isinstance(m, MMDPenalty) for m in coding.modules())
        for coding in codings
    )


def test_same_seed_same_history_and_state_round_trips(game):
    objective, pair = game
    start = {k: v.clone() for k, v in objective.state_dict().items()}
    config = TrainConfig(steps=4, batch_size=6, log_every=2, progress=False)
    first = fit(objective, pair, config=config)
    end = {k: v.clone() for k, v in objective.state_dict().items()}
    objective.load_state_dict(start)
    second = fit(objective, pair, config=config)
    assert first.rows == second.rows
    assert all(torch.equal(v, end[k]) for k, v in objective.state_dict().items())


def test_a_few_rounds_in_mixed_precision(game):
    """The documented precision of a large GPU: no operation is asked for that half precision lacks."""
    objective, pair = game
    config = TrainConfig(steps=3, batch_size=6, log_every=1, precision="bf16-mixed", progress=False)
    history = fit(objective, pair, config=config)
    assert all(math.isfinite(value) for row in history.rows for value in row.values())
    assert all(p.dtype == torch.float32 and p.isfinite().all() for p in objective.parameters())


class Seen(DomainPair):
    """A pair whose batches are changed, and whose answers may not be looked at."""

    def __init__(self, pair: DomainPair, change: Callable[[Batch], Batch] = lambda batch: batch) -> None:
        self.pair, self.change = pair, change

    @property
    def paired(self):
        return self.pair.paired

    def batch(self, index, *, size, seed, split="train"):
        return self.change(self.pair.batch(index, size=size, seed=seed, split=split))

    def answers(self, batch):
        raise AssertionError("an objective read the answers")

    def to(self, device):
        return self


def test_samples_in_double_precision_are_named_beside_the_weights(game):
    objective, pair = game
    doubled = Seen(pair, lambda batch: batch._replace(x=batch.x.double(), y=batch.y.double()))
    with pytest.raises(
        ValueError, match=r"[xy] is float64 and the weights of \w+ are float32; convert one of"
    ):
        fit(objective, doubled, config=TrainConfig(steps=1, batch_size=6, progress=False))


def test_no_objective_reads_the_answers(game):
    objective, pair = game
    fit(objective, Seen(pair), config=TrainConfig(steps=2, batch_size=6, progress=False))


@pytest.mark.parametrize("side", ["x", "y"])
def test_a_sample_that_is_not_finite_stops_every_game(game, side):
    """By the trainer, which names the player and the term, where nothing before it says it first."""
    objective, pair = game

    def broken(batch: Batch) -> Batch:
        sample = getattr(batch, side).clone()
        sample[0] = math.nan
        return batch._replace(**{side: sample})

    told = r"the term '\w+' of player '\w+' was not finite at step 0|finite|NaN"
    with pytest.raises((NonFiniteLossError, ValueError), match=told):
        fit(
            objective,
            Seen(pair, broken),
            config=TrainConfig(steps=2, batch_size=6, log_every=1, progress=False),
        )


@pytest.mark.parametrize(
    "make",
    [
        lambda: (gan(slope_weight=2.0, slope_every=2), points()),
        lambda: (cgan(slope_weight=2.0, slope_every=2), images()),
    ],
)
def test_the_slope_penalty_is_paid_when_it_is_due_and_only_then(make):
    objective, pair = make()
    batch = pair.batch(0, size=6, seed=0)
    due, not_due = (objective("discriminator", batch, Clock(step, 10)) for step in (4, 5))
    assert set(due) == {"judge", "slope"}
    assert set(not_due) == {"judge"}
    assert due["slope"].item() > 0


def test_a_conditional_gan_needs_labels():
    with pytest.raises(ValueError, match="needs a target domain with labels"):
        cgan()(
            "generator",
            IndependentPair(Noise(3), Samples(*[torch.zeros(2, 1, 8, 8)] * 2)).batch(0, size=2, seed=0),
            CLOCK,
        )


def test_the_hybrids_latent_term_moves_the_generator_and_never_the_encoder():
    objective = bicycle()
    objective("generator", drawings().batch(0, size=4, seed=0), CLOCK)["latent"].backward()
    assert any(p.grad is not None for p in objective.generator.parameters())
    assert all(p.grad is None for p in objective.encoder.parameters())


def test_the_hybrids_latent_term_moves_the_encoder_where_it_is_told_to():
    objective = bicycle()
    objective.config = BicycleGANConfig(latent_moves_encoder=True)
    objective("generator", drawings().batch(0, size=4, seed=0), CLOCK)["latent"].backward()
    assert any(p.grad is not None for p in objective.encoder.parameters())


def test_clr_gan_alone_teaches_its_encoder_by_the_latent_term():
    objective = bicycle(encoded=False)
    objective("generator", drawings().batch(0, size=4, seed=0), CLOCK)["latent"].backward()
    assert all(p.grad is not None for k, p in objective.encoder.named_parameters() if "log_var" not in k)


@pytest.mark.parametrize(
    ("make", "player", "terms"),
    [
        (pix2pix, "generator", {"fool", "l1"}),
        (lambda: pix2pix(l1_weight=0.0), "generator", {"fool"}),
        (bicycle, "generator", {"fool_encoded", "l1", "kl", "fool_prior", "latent"}),
        (lambda: bicycle(prior=False), "generator", {"fool_encoded", "l1", "kl"}),
        (lambda: bicycle(encoded=False), "generator", {"fool_prior", "latent"}),
    ],
)
def test_image_games_have_the_terms_of_their_formula(make, player, terms):
    assert set(make()(player, drawings().batch(0, size=4, seed=0), CLOCK)) == terms


def test_weights_multiply_their_terms():
    torch.manual_seed(0)
    batch = drawings().batch(0, size=4, seed=0)
    heavy = pix2pix(l1_weight=10.0)
    light = Pix2Pix(heavy.generator, heavy.discriminator, config=Pix2PixConfig(l1_weight=5.0))
    ratio = heavy("generator", batch, CLOCK)["l1"] / light("generator", batch, CLOCK)["l1"]
    assert ratio.item() == pytest.approx(2, rel=1e-5)


def test_a_hybrid_without_judges_is_refused():
    with pytest.raises(ValueError, match="give encoded_judge, prior_judge or both"):
        bicycle(encoded=False, prior=False)


@pytest.mark.parametrize("name", ["l1_weight", "kl_weight", "latent_weight"])
def test_negative_weights_are_refused(name):
    with pytest.raises(ValueError, match=f"{name}=-1"):
        BicycleGANConfig(**{name: -1.0})
    if name == "l1_weight":
        with pytest.raises(ValueError, match=f"{name}=-1"):
            Pix2PixConfig(**{name: -1.0})
