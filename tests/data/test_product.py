"""Product domains: independent copies, and the same law in each."""

import pytest
import torch

from udtlib.data.pair import Noise
from udtlib.data.product import Replicated, replicated_pair
from udtlib.data.toy2d import translated_mixture


def test_every_run_has_the_law_of_the_domain_and_its_own_samples():
    pair = translated_mixture()
    product = Replicated(pair.source, 3)
    assert product.shape == (3, 2)
    value, label, *_ = product.draw(4_000, generator=torch.Generator().manual_seed(0))
    assert value.shape == (4_000, 3, 2)
    assert label.shape == (4_000, 3)
    torch.testing.assert_close(value.mean(0), torch.zeros(3, 2), atol=0.06, rtol=0)
    first, second = value[:, 0, 0], value[:, 1, 0]
    assert torch.corrcoef(torch.stack([first, second]))[0, 1].abs() < 0.05
    # The label belongs to its own sample.
    assert bool(((value - pair.source.means[label]).norm(dim=2) < 1.2).all())


def test_a_domain_without_labels_stays_without():
    draw = Replicated(Noise(5), 2).draw(3, generator=torch.Generator().manual_seed(0))
    assert draw.label is None
    assert draw.value.shape == (3, 2, 5)


def test_the_pair_is_unpaired_reproducible_and_keeps_the_truth():
    product = replicated_pair(translated_mixture(shift=(1.0, 2.0)), runs=4)
    a, b = (product.batch(3, size=5, seed=1) for _ in range(2))
    assert torch.equal(a.x, b.x)
    assert not product.paired
    torch.testing.assert_close(product.answers(a), a.x + torch.tensor([1.0, 2.0]))


def test_a_product_of_nothing_is_refused():
    with pytest.raises(ValueError, match="at least one copy"):
        Replicated(Noise(2), 0)
