"""Affine and rotated translators: exact maps, checked against densities, samples and closed forms."""

from __future__ import annotations

import math

import pytest
import torch

from udtlib.data.pair import Domain
from udtlib.data.toy2d import gaussian, gaussian_pair, mixture, ring, translated_mixture
from udtlib.numerics.gaussian import bures_squared, reflection, rotation
from udtlib.numerics.mixture import isotropic_mixture
from udtlib.translators.affine import Affine, gaussian_monge_map
from udtlib.translators.rotated import Gaussianisation, RotatedRearrangement

SOURCE = mixture([(-1.0, 0.0), (1.0, 0.3), (0.0, 1.5)], deviation=0.3, weights=[0.2, 0.5, 0.3])
TARGET = mixture([(3.0, 0.0), (4.0, 1.0)], deviation=0.4, weights=[0.6, 0.4])
ANGLES = [0.0, 0.7, math.pi / 2, math.pi, 4.0]
ORTHOGONALS = [rotation(a) for a in ANGLES] + [reflection(a) for a in (0.0, 1.0)]
NAMES = [f"rotation {a:.2f}" for a in ANGLES] + ["reflection 0", "reflection 1"]


def sample(domain: Domain, count: int, *, seed: int = 0) -> torch.Tensor:
    return domain.draw(count, generator=torch.Generator().manual_seed(seed)).value.double()


def energy(x: torch.Tensor, y: torch.Tensor) -> float:
    """The energy distance between two samples, without bias: its mean is zero if the distributions agree."""
    n, m = len(x), len(y)
    within = torch.cdist(x, x).sum() / (n * (n - 1)) + torch.cdist(y, y).sum() / (m * (m - 1))
    return float(2 * torch.cdist(x, y).mean() - within)


@pytest.mark.parametrize("orthogonal", ORTHOGONALS, ids=NAMES)
def test_it_carries_the_density_of_the_source_onto_that_of_the_target(orthogonal):
    translator = RotatedRearrangement(SOURCE.law, TARGET.law, orthogonal)
    x = sample(SOURCE, 12)
    jacobian = torch.stack(
        [torch.autograd.functional.jacobian(lambda v: translator(v[None])[0], p) for p in x]
    )
    log_det = torch.linalg.slogdet(jacobian).logabsdet
    torch.testing.assert_close(
        TARGET.log_density(translator(x)) + log_det, SOURCE.log_density(x), rtol=1e-7, atol=1e-7
    )


@pytest.mark.parametrize("orthogonal", ORTHOGONALS, ids=NAMES)
def test_its_samples_are_not_told_from_the_target_s(orthogonal):
    translator = RotatedRearrangement(SOURCE.law, TARGET.law, orthogonal)
    count = 1000
    y = sample(TARGET, count, seed=7)
    fit = energy(translator(sample(SOURCE, count, seed=8)), y)
    # The same statistic between fresh samples of the target: large values are rare, but not very rare.
    null = max(
        energy(sample(TARGET, count, seed=100 + k), sample(TARGET, count, seed=200 + k)) for k in range(9)
    )
    assert fit < 4 * null
    assert energy(sample(SOURCE, count, seed=8) + torch.tensor([3.5, 0.0]), y) > 8 * null


@pytest.mark.parametrize("orthogonal", ORTHOGONALS, ids=NAMES)
def test_the_inverse_undoes_it_and_translates_back(orthogonal):
    translator = RotatedRearrangement(SOURCE.law, TARGET.law, orthogonal)
    x, y = sample(SOURCE, 300), sample(TARGET, 300)
    assert float((translator.inverse(translator(x)) - x).abs().max()) <= 1e-6
    assert float((translator(translator.inverse(y)) - y).abs().max()) <= 1e-6
    # The inverse is the same construction the other way, with the transpose.
    back = RotatedRearrangement(TARGET.law, SOURCE.law, orthogonal.T)
    torch.testing.assert_close(back(y), translator.inverse(y))


def test_different_angles_are_different_maps():
    x = sample(SOURCE, 50)
    maps = [
        RotatedRearrangement(SOURCE.law, TARGET.law, rotation(a))(x)
        for a in (0.0, 1.0, 2.0, 1.0 + 2 * math.pi)
    ]
    assert float((maps[0] - maps[1]).norm(dim=1).mean()) > 0.1
    assert float((maps[1] - maps[2]).norm(dim=1).mean()) > 0.1
    torch.testing.assert_close(maps[1], maps[3])


def test_at_angle_zero_a_translated_copy_is_translated():
    pair = translated_mixture(shift=(4.0, -1.0))
    translator = RotatedRearrangement(pair.source.law, pair.target.law, rotation(0.0))
    x = sample(pair.source, 100)
    torch.testing.assert_close(translator(x), pair.truth(x), rtol=1e-9, atol=1e-9)


def test_between_gaussians_it_is_affine_and_one_angle_is_optimal():
    pair = gaussian_pair()
    source, target = pair.source.law, pair.target.law
    x = sample(pair.source, 50)
    la, lb, r = source.cholesky[0], target.cholesky[0], rotation(0.4)
    expected = target.mean + (x - source.mean) @ (lb @ r @ torch.linalg.inv(la)).T
    torch.testing.assert_close(RotatedRearrangement(source, target, r)(x), expected)
    # The rotation of the polar decomposition of Laᵀ Lb gives the symmetric map, which is Monge's.
    u, _, vh = torch.linalg.svd(la.T @ lb)
    best = RotatedRearrangement(source, target, (u @ vh).T)
    torch.testing.assert_close(best(x), pair.truth(x))


def test_it_works_in_three_dimensions():
    source = isotropic_mixture([(0.0, 0.0, 0.0), (2.0, 0.0, 1.0)], deviation=0.5)
    target = gaussian((1.0, 1.0, 1.0), torch.diag(torch.tensor([1.0, 2.0, 0.5]))).law
    orthogonal, _ = torch.linalg.qr(torch.randn(3, 3, generator=torch.Generator().manual_seed(0)).double())
    translator = RotatedRearrangement(source, target, orthogonal)
    x = sample(mixture([(0.0, 0.0, 0.0), (2.0, 0.0, 1.0)], deviation=0.5), 50)
    torch.testing.assert_close(translator.inverse(translator(x)), x, rtol=1e-9, atol=1e-9)


def test_what_does_not_fit_together_is_refused():
    with pytest.raises(ValueError, match="make them equal"):
        RotatedRearrangement(SOURCE.law, isotropic_mixture([[0.0]], deviation=1.0), rotation(0.0))
    with pytest.raises(ValueError, match="not orthogonal"):
        RotatedRearrangement(SOURCE.law, TARGET.law, 2 * rotation(0.0))


def test_gaussianisation_of_a_ring_gives_standard_normal_samples():
    domain = ring(deviation=0.2)
    z = Gaussianisation(domain.law)(sample(domain, 10_000))
    torch.testing.assert_close(torch.cov(z.T), torch.eye(2).double(), rtol=0, atol=0.05)
    assert (
        abs(energy(z[:1000], torch.randn(1000, 2, generator=torch.Generator().manual_seed(5)).double()))
        < 0.02
    )


def test_loading_a_state_does_not_change_the_mixture_it_was_built_from():
    law = isotropic_mixture([(0.0, 0.0)], deviation=1.0)
    translator = Gaussianisation(law)
    translator.load_state_dict(Gaussianisation(isotropic_mixture([(5.0, 5.0)], deviation=1.0)).state_dict())
    assert float(translator.mixture.mean.max()) == 5
    assert float(law.mean.max()) == 0


def test_the_gaussian_monge_map_is_the_true_one_and_costs_the_closed_form():
    pair = gaussian_pair()
    source, target = pair.source.law, pair.target.law
    sa, sb = (law.cholesky[0] @ law.cholesky[0].T for law in (source, target))
    translator = gaussian_monge_map(source.mean[0], sa, target.mean[0], sb)
    x = sample(pair.source, 40_000)
    torch.testing.assert_close(translator(x), pair.truth(x))
    cost = (translator(x) - x).square().sum(dim=1).mean()
    expected = (source.mean - target.mean).square().sum() + bures_squared(sa, sb)
    assert float(cost) == pytest.approx(float(expected), rel=0.02)


def test_a_singular_affine_map_is_refused():
    with pytest.raises(ValueError, match="singular"):
        Affine(torch.ones(2, 2), torch.zeros(2))
