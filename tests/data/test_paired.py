"""Corresponding samples stay together in every batch."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from udtlib.data.pair import DomainPair
from udtlib.data.paired import PairedSamples
from udtlib.types import Batch

SEEDS = st.integers(0, 2**31)
INDICES = st.integers(0, 10**6)


def part(start: int, count: int, *, labelled: bool = True) -> Batch:
    """Source i is the pair (i, i), its target is 1000 + i, its labels are i and -i."""
    n = torch.arange(start, start + count)
    x, y = torch.stack([n, n], 1).float(), 1000 + n[:, None].float()
    return Batch(x, y, n, -n) if labelled else Batch(x, y)


def pair(count: int = 50, *, test: int = 20, labelled: bool = True) -> PairedSamples:
    return PairedSamples(part(0, count, labelled=labelled), part(500, test, labelled=labelled))


def same(a: Batch, b: Batch) -> bool:
    return all((s is None and t is None) or torch.equal(s, t) for s, t in zip(a, b, strict=True))


@given(index=INDICES, seed=SEEDS, size=st.integers(1, 9), split=st.sampled_from(["train", "test"]))
def test_what_belongs_together_stays_together(index: int, seed: int, size: int, split: str) -> None:
    batch = pair().batch(index, size=size, seed=seed, split=split)
    assert batch.x.shape == (size, 2)
    assert torch.equal(batch.y[:, 0], 1000 + batch.x[:, 0])
    assert torch.equal(batch.x_label, batch.x[:, 0].long())
    assert torch.equal(batch.y_label, -batch.x_label)
    assert ((batch.x_label >= 500) == (split == "test")).all()


@given(index=INDICES, seed=SEEDS)
def test_a_batch_is_a_pure_function_of_its_arguments(index: int, seed: int) -> None:
    one = pair()
    first = one.batch(index, size=8, seed=seed)
    one.batch(index + 1, size=3, seed=seed + 1)
    torch.rand(1)
    assert same(first, one.batch(index, size=8, seed=seed))
    assert same(first, pair().batch(index, size=8, seed=seed))
    for other in (one.batch(index + 1, size=8, seed=seed), one.batch(index, size=8, seed=seed + 1)):
        assert not torch.equal(first.x, other.x)


def test_a_batch_leaves_the_global_random_state_alone() -> None:
    before = torch.get_rng_state()
    pair().batch(0, size=4, seed=0)
    assert torch.equal(before, torch.get_rng_state())


def test_a_sample_is_drawn_with_its_labels_or_without() -> None:
    batch = pair(labelled=False).batch(0, size=4, seed=0)
    assert batch.x_label is None
    assert batch.y_label is None
    assert torch.equal(batch.x, pair().batch(0, size=4, seed=0).x)


def test_samples_are_drawn_uniformly_with_replacement() -> None:
    counts = pair().batch(0, size=50_000, seed=0).x_label.bincount(minlength=50)
    # Each count is binomial with mean 1000 and standard deviation 31; six of those are never reached.
    assert len(counts) == 50
    assert counts.sub(1000).abs().max() < 6 * 31.3


def test_a_single_sample_is_enough() -> None:
    batch = pair(1, test=1).batch(3, size=4, seed=0)
    assert batch.x.tolist() == [[0.0, 0.0]] * 4


def test_it_is_paired_and_the_partner_is_the_answer() -> None:
    assert pair().paired
    assert isinstance(pair(), DomainPair)
    batch = pair().batch(0, size=4, seed=0)
    assert torch.equal(pair().answers(batch), batch.y)


@pytest.mark.parametrize("split", ["train", "test"])
def test_a_sample_says_its_row_test_rows_behind_training_rows(split: str) -> None:
    one = pair()
    batch = one.batch(0, size=9, seed=0, split=split)
    stored = torch.cat([one.train.x, one.test.x])
    assert torch.equal(stored[batch.x_row], batch.x)


def test_moving_reaches_every_tensor() -> None:
    """The meta device holds no numbers, so a tensor that was left behind shows."""
    moved = pair().to("meta")
    assert {t.device.type for t in (*moved.train, *moved.test) if t is not None} == {"meta"}
    assert pair(labelled=False).to("meta").train.x_label is None


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU")
def test_another_device_draws_the_same() -> None:
    batch = pair().to("cuda").batch(3, size=6, seed=2)
    assert {t.device.type for t in batch} == {"cuda"}
    assert same(batch.to("cpu"), pair().batch(3, size=6, seed=2))


@pytest.mark.parametrize(
    ("message", "train", "test"),
    [
        (
            "the train split has 3 sources and 2 targets",
            Batch(torch.zeros(3, 1), torch.zeros(2, 1)),
            part(0, 1),
        ),
        ("the train split has 0 sources and 0 targets", part(0, 0), part(0, 1)),
        ("the test split has 0 sources and 0 targets", part(0, 1), part(0, 0)),
        ("the train split .* as many of each", part(0, 3)._replace(x_label=torch.zeros(2)), part(0, 1)),
        (
            r"samples x have shape \(2,\) but test samples \(3,\); resize",
            part(0, 2),
            part(0, 2)._replace(x=torch.zeros(2, 3)),
        ),
        (
            r"samples y have shape \(1,\) but test samples \(3,\); resize",
            part(0, 2),
            part(0, 2)._replace(y=torch.zeros(2, 3)),
        ),
    ],
)
def test_samples_that_do_not_correspond_are_refused(message: str, train: Batch, test: Batch) -> None:
    with pytest.raises(ValueError, match=message):
        PairedSamples(train, test)


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
