"""A flow of codes: coordinates that keep distances, and a translation of images that is one of their codes."""

import pytest
import torch
from torch import nn

from udtlib.nets.autoencoder import Autoencoder
from udtlib.nets.mlp import mlp
from udtlib.nets.vector_autoencoder import vector_autoencoder
from udtlib.numerics.gaussian import rotation
from udtlib.translators.base import InvertibleTranslator
from udtlib.translators.latent_space import LatentFlow, LatentSpace
from udtlib.translators.residual_flow import ResidualFlow, residual_flow
from udtlib.types import Tensor

CODE = 3


def images(count: int = 40) -> Tensor:
    return torch.rand(count, 1, 8, 8, generator=torch.Generator().manual_seed(0)) * 2 - 1


def coder() -> Autoencoder:
    """With batch normalisation, whose statistics are not those of a fresh net."""
    torch.manual_seed(0)
    autoencoder = vector_autoencoder(1, size=8, code=CODE, width=4, depth=2)
    with torch.no_grad():
        for _ in range(3):
            autoencoder(images() + 0.5)
        # Codes have to be seen in the images.
        autoencoder.decoder.body[-1].weight.mul_(30)
    return autoencoder


def space(**options: object) -> LatentSpace:
    return LatentSpace(coder(), images(), **options)


def orthogonal(size: int = CODE) -> Tensor:
    generator = torch.Generator().manual_seed(1)
    return torch.linalg.qr(torch.randn(size, size, generator=generator, dtype=torch.float64))[0]


class Shift(nn.Module):
    def __init__(self, *b: float) -> None:
        super().__init__()
        self.b = nn.Parameter(torch.tensor(b))

    def forward(self, x: Tensor) -> Tensor:
        return self.b.expand_as(x)


def test_coordinates_have_mean_zero_and_mean_square_one():
    z = space().encode(images())
    assert z.shape == (40, CODE)
    torch.testing.assert_close(z.mean(0), torch.zeros(CODE), atol=1e-5, rtol=0)
    assert z.square().mean().item() == pytest.approx(1, abs=1e-4)
    # One number for all: the axes keep their different spreads.
    assert z.std(0).max() > 1.05 * z.std(0).min()


def test_distances_are_the_encoder_s_up_to_one_factor():
    both = space(basis=orthogonal())
    with torch.no_grad():
        raw = both.autoencoder.encoder(images())
    ratio = torch.pdist(raw) / torch.pdist(both.encode(images()))
    torch.testing.assert_close(ratio, both.scale.expand_as(ratio), rtol=1e-3, atol=0)


def test_decoding_a_code_is_what_the_autoencoder_makes_of_the_image():
    for each in (space(), space(basis=orthogonal()), space().turned(orthogonal())):
        torch.testing.assert_close(each.decode(each.encode(images())), each.autoencoder(images()))


def test_turning_is_an_isometry_whose_axes_are_the_columns():
    first, Q = space(), orthogonal()
    turned, z = first.turned(Q), first.encode(images())
    torch.testing.assert_close(turned.encode(images()), z @ Q.float(), atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(torch.pdist(turned.encode(images())), torch.pdist(z), atol=1e-4, rtol=1e-4)
    # The first axis alone is decoded as the first column of Q.
    one = torch.eye(CODE)[:1]
    torch.testing.assert_close(turned.decode(one), first.decode(Q[:, 0].float()[None]))
    given = LatentSpace(first.autoencoder, images(), basis=Q)
    torch.testing.assert_close(given.encode(images()), turned.encode(images()))


def test_turning_twice_and_back():
    first, Q, R = space(), orthogonal(), orthogonal().roll(1, 0)
    z = first.encode(images())
    assert not torch.allclose(Q @ R, R @ Q)
    twice = first.turned(Q).turned(R).encode(images())
    torch.testing.assert_close(twice, z @ (Q @ R).float(), atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(first.turned(Q).turned(Q.T).encode(images()), z, atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(first.encode(images()), z, atol=0, rtol=0)


def test_chunks_do_not_matter():
    whole, parts = space(), space(chunk=7)
    z = whole.encode(images())
    torch.testing.assert_close(parts.encode(images()), z, atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(parts.decode(z), whole.decode(z), atol=1e-5, rtol=1e-5)
    assert parts.turned(torch.eye(CODE)).chunk == 7
    assert whole.encode(images()[:0]).shape == (0, CODE)


def test_the_autoencoder_is_frozen_and_an_image_is_coded_by_itself():
    autoencoder = coder().train()
    here = LatentSpace(autoencoder, images())
    assert not any(part.training for part in autoencoder.modules())
    assert not any(p.requires_grad for p in here.parameters())
    z = here.encode(images())
    torch.testing.assert_close(here.encode(images()[3:4]), z[3:4], atol=1e-5, rtol=1e-5)
    # Only the nets are parameters; the coordinates are stored beside them.
    assert {"mean", "scale", "basis"} <= set(here.state_dict())


@pytest.mark.parametrize("turn", [False, True])
def test_training_a_flow_leaves_the_codes_as_they_are(turn):
    """Batch normalisation must not go back to the batch's own statistics, nor learn new ones."""
    here = space().turned(orthogonal()) if turn else space()
    z = here.encode(images())
    T = LatentFlow(residual_flow(CODE), here).train()
    assert T.flow.training
    torch.testing.assert_close(here.encode(images()[:5]), z[:5], atol=1e-5, rtol=1e-5)
    assert torch.equal(here.encode(images()), z)


@pytest.mark.parametrize("shear", [0.1, float("nan")])
def test_axes_that_are_not_orthogonal_are_refused(shear):
    basis = torch.eye(CODE)
    basis[0, 1] = shear
    for make in (lambda: space(basis=basis), lambda: space().turned(basis)):
        with pytest.raises(ValueError, match="is not orthogonal"):
            make()


def test_an_image_s_translation_is_its_code_s():
    here = space(basis=orthogonal())
    T = LatentFlow(ResidualFlow([Shift(1.0, 0.0, -2.0)] * 4), here)
    b, z = torch.tensor([1.0, 0.0, -2.0]), here.encode(images())
    assert isinstance(T, InvertibleTranslator)
    torch.testing.assert_close(T(images()), here.decode(z + b))
    torch.testing.assert_close(T.inverse(images()), here.decode(z - b), atol=1e-5, rtol=1e-4)
    assert (T(images()) - here.decode(z)).abs().max() > 0.01


def test_the_way_is_decoded_time_by_time():
    here, times = space(), torch.tensor([0.0, 0.3, 1.0])
    T = LatentFlow(ResidualFlow([Shift(1.0, 0.0, -2.0)] * 2), here)
    way = T.decoded_way(images(), times=times)
    assert way.shape == (3, 40, 1, 8, 8)
    for t, frame in zip(times, way, strict=True):
        z = here.encode(images()) + t * torch.tensor([1.0, 0.0, -2.0])
        torch.testing.assert_close(frame, here.decode(z), atol=1e-5, rtol=1e-5)
    # It begins at what the autoencoder makes of the image.
    torch.testing.assert_close(way[0], here.autoencoder(images()))
    torch.testing.assert_close(way[-1], T(images()))


def test_it_does_not_claim_to_be_exact_but_is_where_the_autoencoder_is():
    """An affine autoencoder without loss: then the flow of codes is undone in images as well."""
    net = nn.Linear(2, 2, bias=False)
    other = nn.Linear(2, 2, bias=False)
    with torch.no_grad():
        net.weight.copy_(torch.tensor([[2.0, 1.0], [0.0, 1.0]]))
        other.weight.copy_(net.weight.inverse())
    x = torch.randn(30, 2, generator=torch.Generator().manual_seed(0))
    T = LatentFlow(residual_flow(2, gain=1.0), LatentSpace(Autoencoder(net, other), x, basis=rotation(1.0)))
    assert not T.exact
    assert (T(x) - x).abs().max() > 0.1
    torch.testing.assert_close(T.inverse(T(x)), x, atol=1e-4, rtol=1e-4)


def test_gradients_reach_the_flow_and_the_image_and_no_frozen_net():
    torch.manual_seed(0)
    T = LatentFlow(residual_flow(CODE, steps=2), space())
    x = images(4).requires_grad_()
    T(x).square().sum().backward()
    assert all(p.grad is not None for p in T.flow.parameters())
    assert any(p.grad.abs().sum() > 0 for p in T.flow.parameters())
    assert x.grad.abs().sum() > 0
    assert all(p.grad is None for p in T.space.parameters())
    assert {id(p) for p in T.parameters() if p.requires_grad} == {id(p) for p in T.flow.parameters()}


def test_in_double_precision():
    torch.manual_seed(0)
    here = LatentSpace(Autoencoder(mlp([4, 8, 2]), mlp([2, 8, 4])).double(), torch.randn(9, 4).double())
    z = here.encode(torch.randn(9, 4).double())
    assert z.dtype == here.turned(rotation(1.0)).basis.dtype == torch.float64
