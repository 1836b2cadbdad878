"""A pair as an encoder sees it: one code for each sample, with the sample's label, coded once."""

import pytest
import torch

from udtlib.data.latents import encoded_pair, encoded_samples
from udtlib.data.pair import IndependentPair, Noise, Samples
from udtlib.types import Tensor


def domain(seed: int, count: int = 6) -> Samples:
    generator = torch.Generator().manual_seed(seed)
    train, test = (torch.rand(n, 1, 4, 4, generator=generator) for n in (count, 3))
    return Samples(train, test, torch.arange(count), torch.arange(3))


def mean_and_corner(x: Tensor) -> Tensor:
    return torch.stack([x.mean((1, 2, 3)), x[:, 0, 0, 0]], 1)


def test_every_sample_is_coded_and_keeps_its_label():
    images = domain(0)
    codes = encoded_samples(images, mean_and_corner)
    assert codes.shape == (2,)
    for split in ("train", "test"):
        assert torch.equal(getattr(codes, split), mean_and_corner(getattr(images, split)))
        assert torch.equal(getattr(codes, f"{split}_label"), getattr(images, f"{split}_label"))


def test_each_split_is_coded_once():
    calls = []

    def encode(x: Tensor) -> Tensor:
        calls.append(len(x))
        return mean_and_corner(x)

    pair = encoded_pair(IndependentPair(domain(0), domain(1, count=8)), encode)
    assert sorted(calls) == [3, 3, 6, 8]
    for k in range(3):
        pair.batch(k, size=4, seed=0)
    assert len(calls) == 4


def test_a_batch_of_codes_holds_the_codes_of_the_batch():
    """The same rows are drawn, so that a flow of codes sees what a flow of images would."""
    images = IndependentPair(domain(0), domain(1))
    codes = encoded_pair(images, mean_and_corner)
    seen, coded = (each.batch(2, size=5, seed=3) for each in (images, codes))
    assert torch.equal(coded.x, mean_and_corner(seen.x))
    assert torch.equal(coded.y, mean_and_corner(seen.y))
    assert torch.equal(coded.x_label, seen.x_label)
    assert torch.equal(coded.y_label, seen.y_label)


def test_the_true_map_stays_behind():
    images = IndependentPair(domain(0), domain(1), truth=torch.neg)
    codes = encoded_pair(images, mean_and_corner)
    assert images.answers(images.batch(0, size=2, seed=0)) is not None
    assert codes.answers(codes.batch(0, size=2, seed=0)) is None


def test_codes_of_samples_without_a_test_split_have_none():
    images = domain(0)
    codes = encoded_samples(Samples(images.train, train_label=images.train_label), mean_and_corner)
    assert codes.test is None
    assert torch.equal(codes.train, mean_and_corner(images.train))


def test_labels_may_be_missing():
    images = domain(0)
    codes = encoded_samples(Samples(images.train, images.test), mean_and_corner)
    assert codes.train_label is None
    assert codes.test_label is None


def test_what_gives_not_one_code_each_is_refused():
    with pytest.raises(ValueError, match="3 test samples were coded as 2; give one code each"):
        encoded_samples(domain(0), lambda x: x.flatten(1)[: 6 if len(x) == 6 else 2])


@pytest.mark.parametrize("noisy", ["source", "target"])
def test_what_is_drawn_anew_cannot_be_coded_once(noisy: str):
    domains = {"source": domain(0), "target": domain(1), noisy: Noise(3)}
    with pytest.raises(TypeError, match=r"only stored samples .* got Noise; draw some first"):
        encoded_pair(IndependentPair(**domains), mean_and_corner)
