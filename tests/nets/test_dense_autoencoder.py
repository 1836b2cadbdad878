"""The autoencoder of linear layers: standardised pixels, its sizes, and what its halves give."""

import pytest
import torch
from torch import nn

from udtlib.nets.dense_autoencoder import DenseDecoder, Standardise, ToCode, dense_autoencoder
from udtlib.nets.encoder import Code


def images(count: int = 6, *, size: int = 28) -> torch.Tensor:
    return torch.rand(count, 1, size, size, generator=torch.Generator().manual_seed(0)) * 2 - 1


def test_training_pixels_have_mean_zero_and_deviation_one_and_come_back() -> None:
    x = images(50) * 0.3 + 0.4
    layer = Standardise.of(x)
    u = layer(x)
    assert u.mean().item() == pytest.approx(0, abs=1e-5)
    assert u.std(correction=0).item() == pytest.approx(1, rel=1e-5)
    torch.testing.assert_close(layer.undo(u), x)
    assert layer(torch.tensor([[0.7]])).item() == pytest.approx(
        (0.7 - x.mean().item()) / x.std().item(), rel=1e-4
    )


def test_two_numbers_for_all_pixels_and_not_for_each() -> None:
    """A pixel that is always black stays where it is beside a bright one: distances change by one factor."""
    x = torch.tensor([[[[-1.0, 1.0]]], [[[-1.0, 0.0]]], [[[-1.0, -1.0]]]])
    u = Standardise.of(x)(x).flatten(1)
    ratio = torch.pdist(u) / torch.pdist(x.flatten(1))
    torch.testing.assert_close(ratio, ratio[:1].expand(3))


def test_a_negative_s_standardised_pixels_are_the_negative_s() -> None:
    x = images()
    torch.testing.assert_close(Standardise.of(-x)(-x), -Standardise.of(x)(x))


def test_the_domain_s_numbers_are_saved_and_not_trained() -> None:
    net = dense_autoencoder(Standardise(0.25, 0.5), code=3)
    other = dense_autoencoder(Standardise(0.0, 1.0), code=3)
    other.load_state_dict(net.state_dict())
    x = images()
    torch.testing.assert_close(other(x), net(x), rtol=0, atol=0)
    assert not any("standardise" in name for name, _ in net.named_parameters())


@pytest.mark.parametrize(
    ("mean", "deviation"), [(0.0, 0.0), (0.0, -1.0), (float("nan"), 1.0), (0.0, float("inf"))]
)
def test_numbers_that_standardise_nothing_are_refused(mean: float, deviation: float) -> None:
    wanted = f"mean={mean:g} and deviation={deviation:g}; take them from"
    with pytest.raises(ValueError, match=f"{wanted}|finite number, got (mean=nan|deviation=inf)"):
        Standardise(mean, deviation)


def test_images_of_one_colour_and_no_images_are_refused() -> None:
    with pytest.raises(ValueError, match="not all of one colour"):
        Standardise.of(torch.full((3, 1, 4, 4), 0.5))
    with pytest.raises(ValueError, match="no pixels"):
        Standardise.of(images()[:0])


def test_the_report_s_widths_are_the_default() -> None:
    net = dense_autoencoder(Standardise(0.0, 1.0), code=8)
    shapes = [tuple(m.weight.shape) for m in net.modules() if isinstance(m, nn.Linear)]
    assert shapes == [(256, 784), (128, 256), (8, 128), (128, 8), (256, 128), (784, 256)]


@pytest.mark.parametrize(("shape", "code", "widths"), [((1, 28, 28), 2, (16,)), ((3, 4, 5), 7, (9, 8, 6))])
def test_an_image_becomes_so_many_numbers_and_an_image_again(shape, code, widths) -> None:
    net = dense_autoencoder(Standardise(0.1, 0.5), code=code, shape=shape, widths=widths)
    x = torch.rand(4, *shape)
    z = net.encoder(x)
    assert z.shape == (4, code)
    assert net.decoder(z).shape == net.decoder.standardised(z).shape == x.shape
    net(x).sum().backward()
    assert all(p.grad is not None for p in net.parameters())


def test_an_image_is_drawn_in_the_domain_s_units() -> None:
    net = dense_autoencoder(Standardise(0.25, 0.5), code=3)
    z = torch.randn(5, 3)
    torch.testing.assert_close(net.decoder(z), 0.25 + 0.5 * net.decoder.standardised(z))
    # Nothing is clamped: a code far out still has a gradient.
    far = DenseDecoder(nn.Unflatten(1, (1, 1, 2)), Standardise(0.0, 1.0))(torch.tensor([[7.0, -9.0]]))
    assert far.flatten().tolist() == [7.0, -9.0]


def test_a_gaussian_encoder_gives_as_many_means_as_log_variances() -> None:
    net = dense_autoencoder(Standardise(0.0, 1.0), code=3, gaussian=True)
    code = net.encoder(images())
    assert isinstance(code, Code)
    assert code.mean.shape == code.log_variance.shape == (6, 3)
    assert net.decoder(code.mean).shape == (6, 1, 28, 28)
    halves = ToCode()(torch.arange(4.0)[None])
    assert (halves.mean.tolist(), halves.log_variance.tolist()) == ([[0.0, 1.0]], [[2.0, 3.0]])


@pytest.mark.parametrize(
    "options", [{"code": 0}, {"shape": (1, 0, 4)}, {"widths": (4, 0)}], ids=["code", "shape", "widths"]
)
def test_impossible_sizes_are_refused(options) -> None:
    with pytest.raises(ValueError, match="use at least 1"):
        dense_autoencoder(Standardise(0.0, 1.0), **({"code": 2} | options))
