"""Domains and pairs: a batch is a pure function of its arguments, and labels stay with their samples."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from udtlib.data.pair import Draw, IndependentPair, Noise, Sampler, Samples, check_request, hash_words, stream
from udtlib.types import Batch

SEEDS = st.integers(0, 2**31)
INDICES = st.integers(0, 10**6)
DEVICES = (
    "cpu",
    pytest.param("cuda", marks=pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU")),
)


def numbered(count: int = 50, *, test: int = 20) -> Samples:
    """Sample i is the pair (i, -i) with the label i; the test samples go on counting from 1000."""
    train, kept = torch.arange(count), torch.arange(1000, 1000 + test)
    return Samples(*(torch.stack([n, -n], 1).float() for n in (train, kept)), train, kept)


def pair() -> IndependentPair:
    return IndependentPair(Noise(3), numbered())


def same(a: Batch, b: Batch) -> bool:
    return all((s is None and t is None) or torch.equal(s, t) for s, t in zip(a, b, strict=True))


@given(index=INDICES, seed=SEEDS, size=st.integers(1, 9), split=st.sampled_from(["train", "test"]))
def test_a_batch_is_a_pure_function_of_its_arguments(index: int, seed: int, size: int, split: str) -> None:
    one = pair()
    first = one.batch(index, size=size, seed=seed, split=split)
    one.batch(index + 1, size=3, seed=seed + 1)
    torch.rand(1)
    assert same(first, one.batch(index, size=size, seed=seed, split=split))
    assert same(first, pair().batch(index, size=size, seed=seed, split=split))
    assert first.x.shape == (size, 3)
    assert first.y.shape == (size, 2)


@given(index=INDICES, seed=SEEDS)
def test_another_index_or_seed_or_split_is_another_batch(index: int, seed: int) -> None:
    one = pair().batch(index, size=8, seed=seed)
    for other in (
        pair().batch(index + 1, size=8, seed=seed),
        pair().batch(index, size=8, seed=seed + 1),
        pair().batch(index, size=8, seed=seed, split="test"),
    ):
        assert not torch.equal(one.x, other.x)
        assert not torch.equal(one.y, other.y)


def test_a_batch_leaves_the_global_random_state_alone() -> None:
    before = torch.get_rng_state()
    pair().batch(0, size=4, seed=0)
    assert torch.equal(before, torch.get_rng_state())


def test_source_and_target_are_drawn_independently() -> None:
    """The same domain on both sides still gives different samples."""
    twice = IndependentPair(numbered(10_000), numbered(10_000)).batch(0, size=64, seed=0)
    assert not torch.equal(twice.x, twice.y)
    x, y = twice.x[:, 0], twice.y[:, 0]
    assert torch.corrcoef(torch.stack([x, y]))[0, 1].abs() < 0.4


@pytest.mark.parametrize("split", ["train", "test"])
def test_labels_stay_with_their_samples(split: str) -> None:
    batch = pair().batch(5, size=200, seed=1, split=split)
    assert batch.x_label is None
    assert batch.y_label is not None
    assert torch.equal(batch.y[:, 0], batch.y_label.float())
    assert torch.equal(batch.y[:, 1], -batch.y_label.float())
    assert ((batch.y_label >= 1000) == (split == "test")).all()


def test_samples_are_drawn_uniformly_with_replacement() -> None:
    counts = pair().batch(0, size=50_000, seed=0).y_label.bincount(minlength=50)
    # Each count is binomial with mean 1000 and standard deviation 31; six of those are never reached.
    assert counts.sub(1000).abs().max() < 6 * 31.3


def test_noise_is_standard_normal() -> None:
    z = Noise(4).draw(20_000, generator=torch.Generator().manual_seed(0)).value
    assert z.mean(0).abs().max() < 0.03
    assert (z.T.cov() - torch.eye(4)).abs().max() < 0.05


def test_the_answers_are_those_of_the_true_map_or_none() -> None:
    assert pair().answers(pair().batch(0, size=2, seed=0)) is None
    doubled = IndependentPair(Noise(3), Noise(3), truth=lambda v: 2 * v)
    batch = doubled.batch(0, size=2, seed=0)
    assert torch.equal(doubled.answers(batch), 2 * batch.x)
    assert not pair().paired


def test_shapes() -> None:
    assert Noise(7).shape == (7,)
    assert numbered().shape == (2,)


@pytest.mark.parametrize("device", DEVICES)
def test_moving_changes_the_device_and_nothing_else(device: str) -> None:
    moved = pair().to(device).batch(3, size=6, seed=2)
    assert {t.device.type for t in moved if t is not None} == {device}
    assert same(moved.to("cpu"), pair().batch(3, size=6, seed=2))


def test_moving_reaches_every_tensor() -> None:
    """The meta device holds no numbers, so a tensor that was left behind shows."""
    moved = numbered().to("meta")
    assert {t.device.type for t in (moved.train, moved.test, moved.train_label, moved.test_label)} == {"meta"}
    whole = IndependentPair(Noise(2), numbered(), truth=torch.neg).to("meta")
    assert whole.target.train.device.type == "meta"
    assert whole.source.device == "meta"
    assert whole.truth is torch.neg
    unlabelled = Samples(torch.zeros(1, 1), torch.zeros(1, 1)).to("meta")
    assert unlabelled.train_label is None


@given(count=st.integers(1, 9), seed=SEEDS, split=st.sampled_from(["train", "test"]))
def test_a_domain_from_a_function_draws_what_the_function_draws(count: int, seed: int, split: str) -> None:
    def waves(count: int, generator: torch.Generator) -> torch.Tensor:
        return torch.rand(count, 2, 3, generator=generator).sin()

    domain = Sampler(waves, (2, 3))
    drawn = domain.draw(count, generator=stream(seed, 0, split, "x"), split=split)
    assert domain.shape == (2, 3)
    assert torch.equal(drawn.value, waves(count, stream(seed, 0, split, "x")))
    assert drawn.label is None
    pair = IndependentPair(domain, Noise(1), truth=torch.neg)
    batch = pair.batch(1, size=count, seed=seed, split=split)
    assert torch.equal(batch.x, pair.batch(1, size=count, seed=seed, split=split).x)
    assert not torch.equal(batch.x, pair.batch(2, size=count, seed=seed, split=split).x)
    assert torch.equal(pair.answers(batch), -batch.x)


def test_a_function_may_give_labels_and_its_domain_moves() -> None:
    def coins(count: int, generator: torch.Generator) -> Draw:
        side = torch.randint(2, (count,), generator=generator)
        return Draw(side[:, None].float(), side)

    drawn = Sampler(coins, (1,)).draw(6, generator=torch.Generator().manual_seed(0))
    assert torch.equal(drawn.label, drawn.value[:, 0].long())
    moved = Sampler(coins, (1,)).to("meta").draw(6, generator=torch.Generator().manual_seed(0))
    assert moved.value.device.type == moved.label.device.type == "meta"


@pytest.mark.parametrize("shape", [(3,), (2, 1), ()])
def test_a_function_that_returns_another_shape_is_refused(shape: tuple[int, ...]) -> None:
    domain = Sampler(lambda count, generator: torch.zeros(count, 2), shape)
    with pytest.raises(ValueError, match=r"asked for 4 samples of shape .* returned \(4, 2\)"):
        domain.draw(4, generator=torch.Generator())


def test_samples_without_a_test_split_train_and_say_what_is_missing() -> None:
    alone = Samples(torch.randn(5, 2), train_label=torch.arange(5))
    pair = IndependentPair(alone, alone).to("cpu")
    batch = pair.batch(0, size=3, seed=0)
    assert torch.equal(alone.train[batch.x_label], batch.x)
    with pytest.raises(ValueError, match=r"these 5 samples have no test split.*test=train"):
        pair.batch(0, size=3, seed=0, split="test")
    on_purpose = Samples(alone.train, alone.train)
    assert on_purpose.draw(2, generator=torch.Generator(), split="test").value.shape == (2, 2)
    with pytest.raises(ValueError, match="the test split has no samples but 1 labels"):
        Samples(torch.zeros(2, 2), test_label=torch.zeros(1).long())


def test_one_sample_is_enough() -> None:
    value = torch.full((1, 2), 3.0)
    draw = Samples(value, value).draw(4, generator=torch.Generator())
    assert torch.equal(draw.value, value.expand(4, 2))
    assert draw.label is None
    assert draw.row.tolist() == [0] * 4


@pytest.mark.parametrize(
    ("message", "train", "test", "train_label"),
    [
        ("train split has no samples", torch.zeros(0, 2), torch.zeros(1, 2), None),
        ("test split has no samples", torch.zeros(1, 2), torch.zeros(0, 2), None),
        ("2 samples but 3 labels", torch.zeros(2, 2), torch.zeros(1, 2), torch.zeros(3).long()),
        (r"shape \(2,\) but test samples \(3,\); resize", torch.zeros(1, 2), torch.zeros(1, 3), None),
    ],
)
def test_samples_refuse_what_does_not_fit(
    message: str, train: torch.Tensor, test: torch.Tensor, train_label: torch.Tensor | None
) -> None:
    with pytest.raises(ValueError, match=message):
        Samples(train, test, train_label)


@pytest.mark.parametrize(
    ("message", "index", "size", "split"),
    [
        ("split is 'valid'; expected 'train' or 'test'", 0, 1, "valid"),
        ("at least one sample, got size=0", 0, 0, "train"),
        ("numbered from 0, got index=-1", -1, 1, "train"),
    ],
)
def test_impossible_batches_are_refused(message: str, index: int, size: int, split: str) -> None:
    with pytest.raises(ValueError, match=message):
        pair().batch(index, size=size, seed=0, split=split)
    with pytest.raises(ValueError, match=message):
        check_request(index, size=size, split=split)


def test_noise_needs_a_dimension() -> None:
    with pytest.raises(ValueError, match="at least 1, got 0"):
        Noise(0)


@given(st.lists(st.integers(-(2**70), 2**70), max_size=6))
def test_hashes_fit_a_seed(words: list[int]) -> None:
    assert 0 <= hash_words(*words) < 2**63


def test_hashes_do_not_collide_on_a_grid() -> None:
    """Every (seed, index, split, name) that a short course could use has a stream of its own."""
    keys = {
        stream(seed, index, split, name).initial_seed()
        for seed in range(10)
        for index in range(200)
        for split in ("train", "test")
        for name in ("source", "target")
    }
    assert len(keys) == 10 * 200 * 2 * 2


def test_hashes_are_equal_on_every_machine() -> None:
    """Stored outputs depend on these numbers."""
    words = ((0,), (1, 2), (2**40, 0, *b"source"))
    assert [hash_words(*each) for each in words] == [
        6_665_790_796_965_051_133,
        3_426_084_446_450_775_512,
        396_128_086_752_051_534,
    ]


@pytest.mark.parametrize("dtype", [torch.bool, torch.uint8, torch.int64, torch.float64])
def test_stored_numbers_of_every_kind_are_floating_point_ones(dtype, as_a_user):
    given = torch.tensor([[0, 1], [1, 0]]).to(dtype)
    kept = dtype if dtype.is_floating_point else torch.float32
    for source in (
        Samples(given),
        Samples(given.numpy()),
        Sampler(lambda count, generator: given[:1].expand(count, 2), (2,)),
        Sampler(lambda count, generator: given[:1].expand(count, 2).numpy(), (2,)),
    ):
        drawn = source.draw(3, generator=torch.Generator().manual_seed(0)).value
        assert isinstance(drawn, torch.Tensor)
        assert drawn.dtype == kept


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ([[1.0, 2.0]], "train must be a tensor"),
        (None, "train must be a tensor"),
        (torch.tensor(1.0), "train is one number"),
        (torch.eye(2).to_sparse(), "train must be a dense tensor"),
        (np.array([["a"]]), "train must hold real numbers"),
        (np.ma.masked_array([[1.0, 2.0]], mask=[[True, False]]), "train must hold a number everywhere"),
    ],
)
def test_what_cannot_be_stored_is_refused_at_once(given, message, as_a_user):
    with pytest.raises((TypeError, ValueError), match=message):
        Samples(given)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
@pytest.mark.parametrize("split", ["train", "test"])
def test_samples_that_are_not_finite_are_refused(value: float, split: str) -> None:
    parts = {"train": torch.zeros(3, 2), "test": torch.zeros(3, 2)}
    parts[split][1, 0] = value
    with pytest.raises(ValueError, match=f"1 of the 6 entries of {split} are NaN or infinite"):
        Samples(**parts)
