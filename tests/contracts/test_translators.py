"""Laws that every translator obeys. A new translator joins by one line in ``TRANSLATORS``.

An entry is a function that builds the translator, deterministically, and the shape of one of its samples.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import nn

from udtlib.data.toy2d import ring, translated_mixture
from udtlib.nets.autoencoder import Autoencoder, image_autoencoder, residual_blocks
from udtlib.nets.flows import image_flow, point_flow
from udtlib.nets.hamiltonian_mlp import HamiltonianMLP, SeparableMLP
from udtlib.nets.invertible import Chain
from udtlib.nets.mlp import mlp
from udtlib.nets.resnet import ResNetGenerator
from udtlib.nets.unet import UNet
from udtlib.nets.vector_autoencoder import vector_autoencoder
from udtlib.nets.velocity import AffineShortcut, VelocityMLP
from udtlib.numerics.gaussian import reflection, rotation
from udtlib.numerics.integrators import Euler, ImplicitMidpoint, Leapfrog, Tao, Yoshida4
from udtlib.translators.affine import Affine, gaussian_monge_map
from udtlib.translators.base import FlowTranslator, InvertibleTranslator, Translator
from udtlib.translators.coupling_flow import SharedLatentFlow
from udtlib.translators.direct import ConditionalDirect, Direct
from udtlib.translators.hamiltonian_flow import Augmentation, HamiltonianFlow
from udtlib.translators.latent import LatentTranslator
from udtlib.translators.latent_space import LatentFlow, LatentSpace
from udtlib.translators.residual_flow import ResidualFlow, residual_flow
from udtlib.translators.rotated import Gaussianisation, RotatedRearrangement
from udtlib.translators.stochastic import StochasticDirect
from udtlib.translators.two_way import TwoWay
from udtlib.translators.velocity_flow import VelocityFlow

PAIR = translated_mixture()
SOURCE, TARGET = PAIR.source.law, PAIR.target.law


def points(shape: tuple[int, ...], count: int = 6) -> torch.Tensor:
    return 0.7 * torch.randn(count, *shape, generator=torch.Generator().manual_seed(0))


def network(inputs: int, outputs: int) -> nn.Module:
    torch.manual_seed(0)
    return mlp([inputs, 8, outputs])


def unet(**settings: object) -> nn.Module:
    torch.manual_seed(0)
    return UNet(2, 2, width=4, depth=2, norm=nn.InstanceNorm2d, **settings)


def resnet() -> nn.Module:
    torch.manual_seed(0)
    return ResNetGenerator(2, 2, width=4, halvings=1, blocks=1)


def latent() -> Translator:
    torch.manual_seed(0)
    coders = [image_autoencoder(2, width=4, halvings=1, blocks=1) for _ in "xy"]
    shared = [residual_blocks(8, count=1) for _ in "xy"]
    return LatentTranslator(*coders, shared_end=shared[0], shared_start=shared[1], noise=1.0)


def flows(first: Chain, second: Chain, *, deviation: float) -> Translator:
    """Two flows that are no longer the identity."""
    generator = torch.Generator().manual_seed(0)
    translator = SharedLatentFlow(first, second)
    with torch.no_grad():
        for parameter in translator.parameters():
            parameter.add_(deviation * torch.randn(parameter.shape, generator=generator))
    return translator


def residual(*, gain: float) -> Translator:
    torch.manual_seed(0)
    return residual_flow(2, steps=5, hidden=16, gain=gain)


def velocity_flow(**settings: object) -> Translator:
    torch.manual_seed(0)
    return VelocityFlow(VelocityMLP(2, hidden=(8,), gain=1.0), **settings)


def hamiltonian(*, separable: bool = False, dimension: int = 2, **settings: object) -> Translator:
    torch.manual_seed(0)
    energy = SeparableMLP if separable else HamiltonianMLP
    return HamiltonianFlow(energy(dimension, hidden=(8, 8, 8), gain=3.0), **settings)


def shortcuts() -> Translator:
    torch.manual_seed(0)
    return ResidualFlow([AffineShortcut(2, hidden=8) for _ in range(3)])


def residual_of_images() -> Translator:
    torch.manual_seed(0)
    velocities = [
        nn.Sequential(nn.Conv2d(2, 4, 3, padding=1), nn.Tanh(), nn.Conv2d(4, 2, 3, padding=1))
        for _ in range(3)
    ]
    return ResidualFlow(velocities)


def lossless_latent_flow() -> Translator:
    """Codes are the points themselves in other coordinates."""
    torch.manual_seed(0)
    encoder, decoder = nn.Linear(2, 2, bias=False), nn.Linear(2, 2, bias=False)
    with torch.no_grad():
        decoder.weight.copy_(encoder.weight.inverse())
    space = LatentSpace(Autoencoder(encoder, decoder), points((2,), count=20))
    return LatentFlow(residual_flow(2, steps=4, gain=1.0), space)


def latent_flow() -> Translator:
    """Its autoencoder has batch normalisation, with statistics of its own."""
    torch.manual_seed(0)
    autoencoder = vector_autoencoder(2, size=8, code=3, width=4, depth=2)
    images = points((2, 8, 8), count=20)
    with torch.no_grad():
        autoencoder(images)
        autoencoder.decoder.body[-1].weight.mul_(30)
    basis = torch.linalg.qr(torch.randn(3, 3))[0]
    return LatentFlow(residual_flow(3, steps=4, gain=1.0), LatentSpace(autoencoder, images, basis=basis))


TRANSLATORS: dict[str, tuple[Callable[[], Translator], tuple[int, ...]]] = {
    "affine": (lambda: Affine(2 * rotation(0.5), torch.tensor([1.0, -1.0])), (2,)),
    "gaussian monge map": (
        lambda: gaussian_monge_map(torch.zeros(3), torch.eye(3), torch.ones(3), 2 * torch.eye(3)),
        (3,),
    ),
    "gaussianisation": (lambda: Gaussianisation(ring(deviation=0.3).law), (2,)),
    "rotated": (lambda: RotatedRearrangement(SOURCE, TARGET, rotation(1.0)), (2,)),
    "reflected": (lambda: RotatedRearrangement(SOURCE, TARGET, reflection(1.0)), (2,)),
    "direct": (lambda: Direct(network(2, 2)), (2,)),
    "conditional direct": (
        lambda: ConditionalDirect(network(5, 2), classes=3).given(torch.tensor(1)),
        (2,),
    ),
    "u-net": (lambda: Direct(unet()), (2, 8, 8)),
    "encoder-decoder": (lambda: Direct(unet(skips=False)), (2, 8, 8)),
    "resnet": (lambda: Direct(resnet()), (2, 8, 8)),
    "two-way": (lambda: TwoWay(Direct(network(2, 3)), Direct(network(3, 2))), (2,)),
    "two-way of images": (lambda: TwoWay(Direct(resnet()), Direct(unet())), (2, 8, 8)),
    "two-way of exact translators": (
        lambda: TwoWay(Affine(2 * torch.eye(2), torch.ones(2)), Affine(torch.eye(2) / 2, -torch.ones(2) / 2)),
        (2,),
    ),
    "shared latent": (latent, (2, 8, 8)),
    "coupling flows": (lambda: flows(point_flow(2), point_flow(2), deviation=0.2), (2,)),
    "coupling flows of images": (
        lambda: flows(image_flow(2, width=4), image_flow(2, width=4), deviation=0.05),
        (2, 8, 8),
    ),
    "residual flow": (lambda: residual(gain=0.1), (2,)),
    "residual flow with large velocities": (lambda: residual(gain=2.0), (2,)),
    "residual flow of images": (residual_of_images, (2, 8, 8)),
    "residual flow with affine shortcuts": (shortcuts, (2,)),
    "velocity flow": (velocity_flow, (2,)),
    "velocity flow by Euler's method": (lambda: velocity_flow(integrator=Euler(steps=7)), (2,)),
    "hamiltonian flow": (hamiltonian, (2,)),
    "hamiltonian flow by leapfrogs": (
        lambda: hamiltonian(separable=True, integrator=Leapfrog(steps=5, reconstruct=True), scaling=True),
        (2,),
    ),
    "hamiltonian flow by yoshida's steps": (
        lambda: hamiltonian(separable=True, dimension=4, integrator=Yoshida4(steps=2)),
        (4,),
    ),
    "hamiltonian flow by implicit midpoints": (
        lambda: hamiltonian(integrator=ImplicitMidpoint(steps=3), scaling=True),
        (2,),
    ),
    "hamiltonian flow by tao's steps": (lambda: hamiltonian(integrator=Tao(steps=5)), (2,)),
    "hamiltonian flow of an odd dimension": (
        lambda: hamiltonian(dimension=4, augmentation=Augmentation(extra=1, learned=True)),
        (3,),
    ),
    "latent flow": (lossless_latent_flow, (2,)),
    "latent flow of images": (latent_flow, (2, 8, 8)),
    "stochastic direct": (
        lambda: StochasticDirect(unet(noise=3, inject_everywhere=True), latent=3).given(torch.zeros(1, 3)),
        (2, 8, 8),
    ),
}

EVERY = pytest.mark.parametrize(("make", "shape"), TRANSLATORS.values(), ids=TRANSLATORS)
INVERTIBLE = pytest.mark.parametrize(
    ("make", "shape"),
    [
        pytest.param(*entry, id=name)
        for name, entry in TRANSLATORS.items()
        if isinstance(entry[0](), InvertibleTranslator)
    ],
)


def build(make: Callable[[], Translator]) -> Translator:
    translator = make().eval()
    assert isinstance(translator, Translator)
    return translator


@EVERY
def test_one_sample_of_the_target_for_each_sample_of_the_source(make, shape):
    translator, x = build(make), points(shape)
    y = translator(x)
    assert len(y) == len(x)
    assert y.dtype == x.dtype
    assert bool(y.isfinite().all())


@EVERY
def test_a_sample_s_translation_depends_on_that_sample_only(make, shape):
    translator, x = build(make), points(shape)
    y = translator(x)
    torch.testing.assert_close(torch.cat([translator(x[k : k + 1]) for k in range(len(x))]), y)
    order = torch.tensor([3, 0, 5, 1, 4, 2])
    torch.testing.assert_close(translator(x[order]), y[order])


@EVERY
@pytest.mark.parametrize("count", [0, 1])
def test_an_empty_batch_and_a_single_sample_pass(make, shape, count):
    translator = build(make)
    assert translator(points(shape)[:count]).shape[0] == count
    if isinstance(translator, InvertibleTranslator):
        assert translator.inverse(translator(points(shape)[:count])).shape == (count, *shape)


@EVERY
def test_a_saved_state_makes_an_equal_translator(make, shape):
    translator, other, x = build(make), build(make), points(shape)
    for tensor in other.state_dict().values():
        tensor.copy_(tensor / 2)  # a counter of batches is a whole number, and is rounded
    missing = other.load_state_dict(translator.state_dict())
    assert not missing.missing_keys
    assert not missing.unexpected_keys
    torch.testing.assert_close(other(x), translator(x), rtol=0, atol=0)


@EVERY
def test_translating_twice_gives_the_same_and_leaves_the_input_alone(make, shape):
    translator, x = build(make), points(shape)
    before = x.clone()
    assert torch.equal(translator(x), translator(x))
    assert torch.equal(x, before)


@EVERY
def test_the_translation_can_be_differentiated(make, shape):
    translator, x = build(make), points(shape).requires_grad_()
    translator(x).square().sum().backward()
    assert bool(x.grad.isfinite().all())
    assert float(x.grad.abs().max()) > 0


@INVERTIBLE
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_the_inverse_undoes_the_translation_where_it_is_exact(make, shape, dtype):
    translator, x = build(make), points(shape).to(dtype)
    if any(True for _ in translator.parameters()):
        translator = translator.to(dtype)  # nets compute in their weights' precision
    y = translator(x)
    back = translator.inverse(y)
    assert back.dtype == dtype
    assert back.shape == x.shape
    if translator.exact:
        # Rounding is stretched by the map's slope, which is large between the modes of a mixture.
        limit = 1e-6 if dtype == torch.float64 else 1e-3
        assert float((back - x).detach().abs().max()) <= limit


@INVERTIBLE
def test_a_flow_starts_at_x_and_ends_at_its_translation(make, shape):
    translator, x = build(make), points(shape)
    if isinstance(translator, FlowTranslator):
        path = translator.trajectory(x, times=torch.tensor([0.0, 1.0]))
        torch.testing.assert_close(path[0], x)
        torch.testing.assert_close(path[1], translator(x))
