"""Invertible layers: exact inverses, determinants against autograd, closed forms, and what is refused."""

import math

import pytest
import torch
from torch import nn

from udtlib.nets.flows import image_flow, point_flow, random_rotation
from udtlib.nets.invertible import ActNorm, AffineCoupling, Chain, Checkerboard, Halves, Mix, Squeeze


def stirred(layer: nn.Module, *, deviation: float = 0.3) -> nn.Module:
    """The layer after something like training: every parameter moved by a random amount."""
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter.add_(deviation * torch.randn(parameter.shape, generator=generator))
    return layer


def samples(*shape: int, dtype: torch.dtype = torch.float32) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(0), dtype=dtype)


def net(n: int) -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(n, 8), nn.Tanh(), nn.Linear(8, 2 * n))


def image_net(channels: int) -> nn.Module:
    torch.manual_seed(0)
    return nn.Conv2d(channels, 2 * channels, 3, padding=1)


def small_image_flow() -> Chain:
    torch.manual_seed(0)
    return stirred(image_flow(1, checkers=2, mixed=2, width=4), deviation=0.15)


LAYERS = {
    "coupling": (lambda: stirred(AffineCoupling(net(3), mask=Halves(second=False))), (3,)),
    "coupling, second half": (lambda: stirred(AffineCoupling(net(3), mask=Halves(second=True))), (3,)),
    "additive": (lambda: stirred(AffineCoupling(net(2), mask=Halves(second=False), bound=0)), (2,)),
    "checkerboard": (lambda: stirred(AffineCoupling(image_net(2), mask=Checkerboard(odd=False))), (2, 4, 6)),
    "channels": (lambda: stirred(AffineCoupling(image_net(2), mask=Halves(second=True))), (2, 4, 4)),
    "mix": (lambda: stirred(Mix(torch.eye(3))), (3,)),
    "mix of channels": (lambda: stirred(Mix(torch.eye(4)), deviation=0.1), (4, 2, 3)),
    "scale": (lambda: stirred(ActNorm(torch.zeros(3), torch.ones(3))), (3,)),
    "scale of channels": (lambda: stirred(ActNorm(torch.zeros(2), torch.ones(2))), (2, 4, 4)),
    "squeeze": (Squeeze, (1, 4, 6)),
    "points": (lambda: stirred(point_flow(2, couplings=6, width=16, start=samples(50, 2))), (2,)),
    "five dimensions": (lambda: stirred(point_flow(5, couplings=4, width=16)), (5,)),
    "images": (small_image_flow, (1, 8, 8)),
}
EVERY = pytest.mark.parametrize(("make", "shape"), LAYERS.values(), ids=LAYERS)


@EVERY
def test_the_inverse_undoes_the_layer_in_single_precision(make, shape):
    layer, x = make(), samples(64, *shape)
    with torch.no_grad():
        z = layer(x).z
        assert z.dtype == torch.float32
        assert float((layer.inverse(z) - x).norm() / x.norm()) <= 1e-5
        again = layer(layer.inverse(z)).z
        assert float((again - z).norm() / z.norm()) <= 1e-5


@EVERY
def test_the_log_determinant_is_that_of_autograd_s_jacobian(make, shape):
    layer, x = make().double(), samples(3, *shape, dtype=torch.float64)
    _, log_det = layer(x)
    for k in range(3):
        jacobian = torch.func.jacrev(lambda one: layer(one[None]).z[0].flatten())(x[k])
        wanted = torch.linalg.slogdet(jacobian.reshape(x[k].numel(), -1)).logabsdet
        assert log_det[k].item() == pytest.approx(wanted.item(), abs=1e-9)


@EVERY
@pytest.mark.parametrize("count", [0, 1])
def test_an_empty_batch_and_a_single_sample_pass(make, shape, count):
    layer = make()
    z, log_det = layer(samples(count, *shape))
    assert log_det.shape == (count,)
    assert layer.inverse(z).shape == (count, *shape)


@EVERY
def test_each_sample_is_moved_by_itself(make, shape):
    layer, x = make(), samples(5, *shape)
    together, log_det = layer(x)
    alone = [layer(x[k : k + 1]) for k in range(5)]
    torch.testing.assert_close(torch.cat([each.z for each in alone]), together)
    torch.testing.assert_close(torch.cat([each.log_det for each in alone]), log_det)


def test_a_coupling_is_its_formula():
    layer = stirred(AffineCoupling(net(2), mask=Halves(second=False), bound=0.5))
    x = samples(6, 2)
    z, log_det = layer(x)
    read = torch.cat([x[:, :1], torch.zeros(6, 1)], 1)
    t, raw = layer.net(read)[:, 1], layer.net(read)[:, 3]
    s = 0.5 * torch.tanh(raw / 0.5)
    assert torch.equal(z[:, 0], x[:, 0])
    torch.testing.assert_close(z[:, 1], x[:, 1] * s.exp() + t)
    torch.testing.assert_close(log_det, s)


def test_no_coupling_stretches_beyond_its_bound():
    layer = stirred(AffineCoupling(net(4), mask=Halves(second=False), bound=0.7), deviation=50.0)
    log_det = layer(samples(100, 4)).log_det.detach()
    assert 1.39 <= float(log_det.abs().max()) <= 2 * 0.7 + 1e-6


def test_an_additive_coupling_keeps_volumes():
    layer, _ = LAYERS["additive"][0](), None
    assert torch.equal(layer(samples(9, 2)).log_det, torch.zeros(9))


def test_the_two_checkerboards_share_the_pixels_out():
    x = torch.zeros(1, 1, 3, 4)
    even, odd = Checkerboard(odd=False)(x), Checkerboard(odd=True)(x)
    assert torch.equal(even, ~odd)
    assert even.tolist()[0] == [True, False, True, False]
    assert even.tolist()[1] == [False, True, False, True]


def test_halves_of_an_odd_number_share_the_coordinates_out():
    x = torch.zeros(1, 5)
    assert Halves(second=False)(x).tolist() == [True, True, True, False, False]
    assert Halves(second=True)(x).tolist() == [False, False, False, True, True]


def test_scaling_from_data_standardises_them():
    x = 3 * samples(500, 2) + torch.tensor([5.0, -1.0])
    z, log_det = ActNorm(x.mean(0), x.std(0))(x)
    torch.testing.assert_close(z.mean(0), torch.zeros(2), atol=1e-5, rtol=0)
    torch.testing.assert_close(z.std(0), torch.ones(2))
    torch.testing.assert_close(log_det[0], -x.std(0).log().sum())


def test_squeezing_gathers_the_four_neighbours():
    x = torch.arange(16.0).view(1, 1, 4, 4)
    z = Squeeze()(x).z
    assert z[0, :, 0, 0].tolist() == [0, 1, 4, 5]
    assert z[0, :, 1, 0].tolist() == [8, 9, 12, 13]
    assert torch.equal(z, torch.nn.functional.pixel_unshuffle(x, 2))


def test_a_doubling_counts_its_pixels():
    log_det = Mix(2 * torch.eye(3))(torch.zeros(1, 3, 4, 5)).log_det
    assert log_det.item() == pytest.approx(3 * 20 * math.log(2), rel=1e-6)


def test_an_untrained_flow_of_points_is_the_identity_and_one_of_images_reorders():
    x, images = samples(4, 2), samples(4, 1, 8, 8)
    assert torch.equal(point_flow(2)(x).z, x)
    flow = image_flow(1)
    assert torch.equal(flow(images).z, Squeeze()(images).z)
    assert torch.equal(flow(images).log_det, torch.zeros(4))


def test_one_image_flow_serves_every_even_size():
    flow = small_image_flow()
    for size in ((6, 4), (10, 12)):
        x = samples(2, 1, *size)
        torch.testing.assert_close(flow.inverse(flow(x).z), x, atol=1e-5, rtol=1e-5)


def test_the_stations_of_a_chain_begin_with_x_and_end_with_z():
    flow, x = LAYERS["points"][0](), samples(4, 2)
    stations = flow.stations(x)
    assert len(stations) == len(flow.layers) + 1
    assert torch.equal(stations[0], x)
    torch.testing.assert_close(stations[-1], flow(x).z)


def test_gradients_reach_every_parameter():
    for name in ("points", "images"):
        make, shape = LAYERS[name]
        flow = make()
        z, log_det = flow(samples(4, *shape))
        (z.square().sum() - log_det.sum()).backward()
        assert all(bool(p.grad.abs().max() > 0) for p in flow.parameters())


def test_random_rotations_turn_and_do_not_mirror():
    for seed in range(5):
        q = random_rotation(4, generator=torch.Generator().manual_seed(seed))
        torch.testing.assert_close(q @ q.T, torch.eye(4), atol=1e-6, rtol=0)
        assert torch.linalg.det(q).item() == pytest.approx(1, abs=1e-5)
    assert not torch.allclose(q, random_rotation(4, generator=torch.Generator().manual_seed(0)))


def test_not_a_number_is_handed_on_and_not_hidden():
    z, log_det = LAYERS["points"][0]()(torch.tensor([[float("nan"), 0.0], [1.0, 1.0]]))
    assert bool(z[0].isnan().any())
    assert bool(z[1].isfinite().all())
    assert log_det[1].isfinite()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: AffineCoupling(net(2), mask=Halves(second=False), bound=-1.0), "bound=-1"),
        (lambda: AffineCoupling(net(2), mask=Halves(second=False), bound=math.inf), "bound=inf"),
        (lambda: Halves(second=False)(torch.zeros(2, 1)), "1 coordinate or channel has no halves"),
        (lambda: Mix(torch.ones(2, 2)), "far from singular"),
        (lambda: Mix(torch.ones(2, 3)), "square matrix"),
        (lambda: ActNorm(torch.zeros(2), torch.tensor([1.0, 0.0])), "positive deviations"),
        (lambda: Squeeze()(torch.zeros(1, 1, 3, 4)), r"even sides, got \(3, 4\)"),
        (lambda: point_flow(1), "dimension=1"),
        (lambda: point_flow(2, couplings=0), "couplings=0"),
        (lambda: image_flow(0), "channels=0"),
        (lambda: image_flow(1, checkers=0, mixed=0), "mixed=0"),
    ],
)
def test_what_cannot_be_inverted_is_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()
