"""The contrastive loss of patches against its closed forms."""

import math

import pytest
import torch
from torch.nn.functional import normalize

from udtlib.losses.contrast import patch_nce


def directions(*shape: int, seed: int = 0) -> torch.Tensor:
    return normalize(torch.randn(*shape, generator=torch.Generator().manual_seed(seed)), dim=-1)


def test_patches_that_look_alike_are_guessed():
    alike = directions(1, 1, 5).expand(3, 7, 5)
    assert patch_nce(alike, alike).item() == pytest.approx(math.log(7), rel=1e-6)


@pytest.mark.parametrize("temperature", [0.07, 0.5, 1])
def test_orthogonal_patches_are_told_apart_as_far_as_the_temperature_lets(temperature):
    apart = torch.eye(6, dtype=torch.float64).expand(2, 6, 6)
    expected = math.log1p(5 * math.exp(-1 / temperature))
    assert patch_nce(apart, apart, temperature=temperature).item() == pytest.approx(expected, rel=1e-5)


def test_it_is_the_mean_of_minus_log_shares():
    q, k = directions(2, 5, 4), directions(2, 5, 4, seed=1)
    shares = [
        torch.exp(q[b, i] @ k[b, i] / 0.2) / sum(torch.exp(q[b, i] @ k[b, j] / 0.2) for j in range(5))
        for b in range(2)
        for i in range(5)
    ]
    torch.testing.assert_close(patch_nce(q, k, temperature=0.2), -torch.stack(shares).log().mean())


def test_other_images_are_no_candidates():
    q, k = directions(3, 5, 4), directions(3, 5, 4, seed=1)
    alone = torch.stack([patch_nce(q[b : b + 1], k[b : b + 1]) for b in range(3)]).mean()
    torch.testing.assert_close(patch_nce(q, k), alone)


def test_the_order_of_patches_does_not_matter_but_their_pairing_does():
    q, k, turned = directions(2, 6, 4), directions(2, 6, 4, seed=1), torch.randperm(6)
    torch.testing.assert_close(patch_nce(q[:, turned], k[:, turned]), patch_nce(q, k))
    assert patch_nce(q, q) < patch_nce(q, q.roll(1, dims=1))


def test_gradients_reach_queries_and_keys():
    q, k = (directions(2, 4, 3, seed=seed).double().requires_grad_() for seed in (0, 1))
    assert torch.autograd.gradcheck(patch_nce, (q, k))


@pytest.mark.parametrize(
    ("queries", "keys", "temperature", "words"),
    [
        ((2, 5, 4), (2, 6, 4), 0.07, "take both at the same places"),
        ((5, 4), (5, 4), 0.07, r"\(batch, patch, feature\)"),
        ((2, 5, 4), (2, 5, 4), 0, "temperature must be positive"),
        ((2, 5, 4), (2, 5, 4), float("nan"), "temperature must be a finite number"),
    ],
)
def test_what_is_no_set_of_patches_is_refused(as_a_user, queries, keys, temperature, words):
    with pytest.raises(ValueError, match=words):
        patch_nce(torch.randn(queries), torch.randn(keys), temperature=temperature)
