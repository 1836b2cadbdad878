"""The pool of earlier translations: what it shows, what it keeps, and that it goes on after a break."""

import io

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tests.properties import examples
from udtlib.objectives.pool import SamplePool


def numbers(start: int, count: int) -> torch.Tensor:
    """Samples that know when they came."""
    return torch.arange(start, start + count).float()[:, None]


def values(samples: torch.Tensor) -> list[int]:
    return [int(value) for value in samples.flatten()]


def test_without_a_size_everything_passes():
    pool, made = SamplePool(0), numbers(0, 5)
    assert pool(made) is made
    assert pool.kept is None


def test_until_it_is_full_everything_is_kept_and_shown():
    pool = SamplePool(5)
    assert values(pool(numbers(0, 2))) == [0, 1]
    assert values(pool(numbers(2, 3))) == [2, 3, 4]
    assert values(pool.kept) == [0, 1, 2, 3, 4]


@given(st.integers(1, 6), st.integers(0, 2**31))
def test_once_full_a_sample_is_shown_or_takes_the_place_of_one_that_is(size, seed):
    torch.manual_seed(seed)
    pool = SamplePool(size)
    pool(numbers(0, size))
    for new in range(size, size + 12):
        before = values(pool.kept)
        (shown,) = values(pool(numbers(new, 1)))
        after = values(pool.kept)
        if shown == new:
            assert after == before
        else:
            place = before.index(shown)
            assert after == [*before[:place], new, *before[place + 1 :]]


def test_a_batch_is_its_samples_one_after_the_other():
    torch.manual_seed(3)
    whole, single = SamplePool(4), SamplePool(4)
    state = torch.get_rng_state()
    together = values(whole(numbers(0, 30)))
    torch.set_rng_state(state)
    assert [values(single(numbers(k, 1)))[0] for k in range(30)] == together
    assert torch.equal(whole.kept, single.kept)


def test_half_of_the_shown_are_old_and_every_place_is_as_likely():
    torch.manual_seed(0)
    pool, count = SamplePool(5), 4000
    pool(numbers(0, 5))
    old, places = 0, torch.zeros(5)
    for new in range(5, 5 + count):
        before = pool.kept.clone()
        (shown,) = values(pool(numbers(new, 1)))
        old += shown != new
        places += (pool.kept != before).flatten()
    # Four standard deviations of a binomial distribution.
    assert old == pytest.approx(count / 2, abs=4 * (count / 4) ** 0.5)
    assert places.sum() == old
    for place in places.tolist():
        assert place == pytest.approx(old / 5, abs=4 * (old * 0.2 * 0.8) ** 0.5)


def test_what_is_kept_belongs_to_the_pool_and_to_no_graph():
    """Neither does the caller's memory change, nor does a gradient pass."""
    torch.manual_seed(0)
    for size in (1, 3):
        pool = SamplePool(size)
        first = numbers(0, 8).requires_grad_()
        shown = pool(first)
        assert not shown.requires_grad
        assert not pool.kept.requires_grad
        pool(numbers(8, 20))
        assert values(first) == list(range(8))
        before = pool.kept.clone()
        shown.fill_(-1)
        assert torch.equal(pool.kept, before)


def test_what_is_shown_is_what_came_or_was_kept_even_for_a_pool_of_one():
    torch.manual_seed(0)
    pool = SamplePool(1)
    shown = values(pool(numbers(0, 40)))
    kept = 0
    assert shown[0] == 0
    for new, each in enumerate(shown[1:], start=1):
        assert each in (new, kept)
        kept = new if each == kept else kept


def test_a_resumed_pool_goes_on_exactly():
    torch.manual_seed(1)
    pool, other = SamplePool(3), SamplePool(3)
    pool(numbers(0, 10))
    file = io.BytesIO()
    torch.save(pool.state_dict(), file)
    file.seek(0)
    kept = values(pool.kept)
    state = torch.get_rng_state()
    rest = values(pool(numbers(10, 20)))
    other.load_state_dict(torch.load(file, weights_only=True))
    assert values(other.kept) == kept
    torch.set_rng_state(state)
    assert values(other(numbers(10, 20))) == rest
    assert torch.equal(other.kept, pool.kept)


def test_a_loaded_state_is_a_copy():
    pool, other = SamplePool(2), SamplePool(2)
    pool(numbers(0, 2))
    other.load_state_dict(pool.state_dict())
    other.kept.fill_(9)
    assert values(pool.kept) == [0, 1]


def test_an_empty_state_empties_the_pool():
    pool = SamplePool(2)
    fresh = {name: value.clone() for name, value in pool.state_dict().items()}
    pool(numbers(0, 2))
    pool.load_state_dict(fresh)
    assert pool.kept is None
    assert values(pool(numbers(5, 1))) == [5]


def test_what_is_kept_follows_the_module():
    pool = torch.nn.ModuleDict({"y": SamplePool(2)})
    pool.double()
    pool["y"](numbers(0, 2))
    pool.double()
    assert pool["y"].kept.dtype == torch.float64
    pool.to("meta")
    assert pool["y"].kept.device.type == "meta"


def test_nothing_in_nothing_out():
    pool = SamplePool(2)
    assert pool(numbers(0, 0)).shape == (0, 1)
    pool(numbers(0, 2))
    assert pool(numbers(0, 0)).shape == (0, 1)
    assert values(pool.kept) == [0, 1]


def test_a_negative_size_is_refused():
    with pytest.raises(ValueError, match="keeps 0 or more samples, got size=-1"):
        SamplePool(-1)


@examples(30)
@given(st.integers(1, 4), st.lists(st.integers(1, 5), min_size=1, max_size=4), st.integers(0, 2**31))
def test_a_pool_that_draws_ahead_shows_and_keeps_the_same(size, counts, seed):
    ordinary, ahead = SamplePool(size), SamplePool(size)
    for k, count in enumerate(counts * 3):
        made = torch.arange(count)[:, None] + 100.0 * k
        torch.manual_seed(seed + k)
        shown = ordinary(made)
        torch.manual_seed(seed + k)
        ahead.draw_ahead(made)
        assert torch.equal(ahead(made), shown)
        assert torch.equal(ahead.kept, ordinary.kept)


def test_a_pool_that_drew_ahead_is_asked_once():
    pool, made = SamplePool(2), torch.zeros(3, 1)
    pool.draw_ahead(made)
    pool(made)
    with pytest.raises(RuntimeError, match="one batch of 3 samples, and was shown another one"):
        pool(made)
    pool.draw_ahead(made)
    with pytest.raises(RuntimeError, match="one batch of 3 samples, and was shown 2 samples"):
        pool(made[:2])
