"""What every coding is: an autoencoder with a loss, deterministic in use, and the plain one by hand."""

from collections.abc import Callable

import pytest
import torch

from udtlib.losses.isometry import local_isometry
from udtlib.nets.autoencoder import Autoencoder
from udtlib.nets.dense_autoencoder import Standardise, dense_autoencoder
from udtlib.nets.mlp import mlp
from udtlib.nets.vector_autoencoder import vector_autoencoder
from udtlib.objectives.autoencoder import PlainCoding
from udtlib.objectives.base import Clock, total
from udtlib.objectives.coding import Coding
from udtlib.objectives.vae import VAECoding
from udtlib.objectives.wae import AdversarialPenalty, MMDPenalty, WAECoding
from udtlib.types import Tensor

CLOCK = Clock(0, 10)
SHAPE = (1, 6, 6)


def images(count: int = 5) -> Tensor:
    return torch.rand(count, *SHAPE, generator=torch.Generator().manual_seed(0)) * 2 - 1


def dense(*, code: int = 3, gaussian: bool = False) -> Autoencoder:
    return dense_autoencoder(Standardise(-0.4, 0.5), code=code, shape=SHAPE, widths=(16,), gaussian=gaussian)


def plain(**options: float) -> Coding:
    return PlainCoding(dense(), **options)


def variational(**options: float) -> Coding:
    return VAECoding(dense(gaussian=True), **options)


def by_mmd(**options: float) -> Coding:
    return WAECoding(dense(), MMDPenalty(), **options)


def by_judge(**options: float) -> Coding:
    return WAECoding(dense(), AdversarialPenalty(mlp([3, 8, 1])), **options)


KINDS: dict[str, Callable[..., Coding]] = {
    "plain": plain,
    "variational": variational,
    "wae-mmd": by_mmd,
    "wae-gan": by_judge,
}
EVERY = pytest.mark.parametrize("make", KINDS.values(), ids=KINDS)


def build(make: Callable[..., Coding], **options: float) -> Coding:
    torch.manual_seed(0)
    return make(**options)


@EVERY
def test_codes_in_use_are_the_same_every_time_and_each_image_s_own(make) -> None:
    coding, x = build(make), images()
    z = coding.encode(x)
    assert z.shape == coding.code(x).shape == (5, 3)
    assert torch.equal(z, coding.encode(x))
    torch.testing.assert_close(coding.encode(x[2:3]), z[2:3])
    assert coding.decode(z).shape == x.shape


@EVERY
def test_the_terms_are_scalars_of_the_codes_that_they_come_with(make) -> None:
    coding, x = build(make), images()
    z, terms = coding.terms(x, CLOCK)
    torch.testing.assert_close(terms["pixels"], coding.squared_error(z, x))
    assert all(value.shape == () and value.isfinite() for value in terms.values())
    assert "isometry" not in terms


@EVERY
def test_the_loss_reaches_the_autoencoder_and_its_judge_is_not_part_of_it(make) -> None:
    coding, x = build(make), images()
    total(coding.terms(x, CLOCK).terms).backward()
    assert all(p.grad is not None for p in coding.autoencoder.parameters())
    own = {id(p) for p in coding.autoencoder.parameters()}
    judge = set() if coding.judge is None else {id(p) for p in coding.judge.parameters()}
    assert own | judge == {id(p) for p in coding.parameters()}
    assert not own & judge


@EVERY
def test_the_judge_s_loss_moves_the_judge_only(make) -> None:
    coding, x = build(make), images()
    terms = coding.judge_terms(coding.code(x), CLOCK)
    if coding.judge is None:
        assert terms == {}
        return
    total(terms).backward()
    assert all(p.grad is None for p in coding.autoencoder.parameters())
    assert all(p.grad is not None for p in coding.judge.parameters())


@EVERY
def test_the_isometry_is_that_of_the_decoder_at_the_training_codes(make) -> None:
    coding, x = build(make, isometry_weight=0.5), images()
    torch.manual_seed(1)
    z, terms = coding.terms(x, CLOCK)
    values = []
    for seed in range(200):
        generator = torch.Generator().manual_seed(seed)
        values.append(local_isometry(coding.decode, z, generator=generator).item())
    assert 0.5 * min(values) <= terms["isometry"].item() <= 0.5 * max(values)
    terms["isometry"].backward()
    # The last bias moves an image and stretches nothing.
    assert all(p.grad.abs().sum() > 0 for p in coding.autoencoder.decoder.parameters() if p.ndim == 2)


@EVERY
def test_a_negative_weight_is_refused(make) -> None:
    with pytest.raises(ValueError, match="isometry_weight=-1"):
        make(isometry_weight=-1.0)


def test_the_plain_loss_by_hand() -> None:
    """The mean over all entries of (û − u)², with u = (x − m)/s: the images' error over s²."""
    coding, x = build(plain), images()
    z, terms = coding.terms(x, CLOCK)
    assert set(terms) == {"pixels"}
    torch.testing.assert_close(z, coding.encode(x))
    torch.testing.assert_close(terms["pixels"], (coding.decode(z) - x).square().mean() / 0.5**2)


def test_drawing_the_mean_of_all_pixels_costs_one() -> None:
    """So the error is the share of the pixels' variance that is lost."""
    x = images(40)
    coding = PlainCoding(dense_autoencoder(Standardise.of(x), code=2, shape=SHAPE, widths=(4,)))
    for p in coding.autoencoder.decoder.parameters():
        torch.nn.init.zeros_(p)
    assert coding.terms(x, CLOCK).terms["pixels"].item() == pytest.approx(1, rel=1e-5)


def test_a_decoder_without_standardised_pixels_is_refused() -> None:
    with pytest.raises(TypeError, match="PixelDecoder gives none; use a DenseDecoder"):
        PlainCoding(vector_autoencoder(1, size=8, depth=2))


@pytest.mark.parametrize("make", [PlainCoding, lambda net: WAECoding(net, MMDPenalty())])
def test_an_encoder_that_gives_gaussians_is_refused_where_codes_are_points(make) -> None:
    with pytest.raises(TypeError, match="gives a Gaussian over codes; use a VAECoding"):
        make(dense(gaussian=True)).encode(images())


def test_an_encoder_that_gives_points_is_refused_by_the_variational_coding() -> None:
    with pytest.raises(TypeError, match=r"got Tensor; build it by dense_autoencoder\(gaussian=True\)"):
        VAECoding(dense()).encode(images())
