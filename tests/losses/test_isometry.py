"""How much a decoder stretches: closed forms for linear ones, kinks, gradients, and orthogonal layers."""

import math

import pytest
import torch
from torch import Tensor, nn

from udtlib.losses.isometry import local_isometry, orthogonality


def codes(count: int = 64, d: int = 2, *, seed: int = 0) -> Tensor:
    return torch.randn(count, d, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def linear(*stretches: float) -> Tensor:
    """A map to twice as many numbers with these singular values, turned in both spaces."""
    d = len(stretches)
    generator = torch.Generator().manual_seed(1)
    U = torch.linalg.qr(torch.randn(2 * d, d, generator=generator, dtype=torch.float64))[0]
    V = torch.linalg.qr(torch.randn(d, d, generator=generator, dtype=torch.float64))[0]
    return U @ torch.diag(torch.tensor(stretches, dtype=torch.float64)) @ V.T


@pytest.mark.parametrize("scale", [1.0, 0.01, 300.0])
def test_an_isometry_costs_nothing_whatever_its_scale(scale: float) -> None:
    W = scale * linear(1.0, 1.0, 1.0)
    assert local_isometry(lambda z: z @ W.T + 5, codes(d=3)).item() == pytest.approx(0, abs=1e-12)


def test_unequal_stretches_by_quadrature() -> None:
    r"""For singular values 1 and 2, ‖Wv‖² = cos² t + 4 sin² t with t uniform on the circle."""
    t = (torch.arange(4096, dtype=torch.float64) + 0.5) * 2 * math.pi / 4096
    log = 0.5 * (t.cos().square() + 4 * t.sin().square()).log()
    # The mean of the logarithm is known: log((1 + 2) / 2).
    assert log.mean().item() == pytest.approx(math.log(1.5), abs=1e-9)
    W = linear(1.0, 2.0)
    measured = local_isometry(lambda z: z @ W.T, codes(40_000), generator=torch.Generator().manual_seed(2))
    assert measured.item() == pytest.approx(log.var(correction=0).item(), rel=0.02)


def test_a_stretch_that_differs_between_places_costs_too() -> None:
    """Along a line there is one direction, and Dec(z) = sinh(z) stretches by cosh(z)."""
    z = codes(40_000, 1)
    cost = local_isometry(torch.sinh, z, step=1e-4, generator=torch.Generator().manual_seed(2))
    generator = torch.Generator().manual_seed(3)
    share = 1.4 * torch.rand(len(z), 1, generator=generator, dtype=torch.float64) - 0.2
    place = share * z + (1 - share) * z[torch.randperm(len(z), generator=generator)]
    assert cost.item() == pytest.approx(place.cosh().log().var().item(), rel=0.05)


def test_the_quotient_of_a_linear_map_does_not_depend_on_the_step() -> None:
    W = linear(1.0, 2.0)
    values = [
        local_isometry(
            lambda z: z @ W.T, codes(), step=step, generator=torch.Generator().manual_seed(0)
        ).item()
        for step in (1e-3, 0.05, 3.0)
    ]
    assert values == pytest.approx([values[0]] * 3, rel=1e-6)


def test_places_are_mixtures_and_reach_a_little_beyond() -> None:
    """Of two codes 0 and 1 the mixtures lie in [-0.2, 1.2], and not only in the middle."""
    seen: list[Tensor] = []

    def decoder(z: Tensor) -> Tensor:
        seen.append(z.detach())
        return z

    z = torch.tensor([[0.0], [1.0]], dtype=torch.float64).repeat(500, 1)
    local_isometry(decoder, z, step=1e-6)
    places = seen[1]
    assert -0.2 <= places.min().item() < -0.15
    assert 1.15 < places.max().item() <= 1.2
    assert ((places > 0.3) & (places < 0.7)).double().mean().item() > 0.08


def test_images_are_seen_as_vectors_and_a_generator_decides_everything() -> None:
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(2, 8), nn.Unflatten(1, (2, 2, 2))).double()
    values = [
        local_isometry(decoder, codes(), generator=torch.Generator().manual_seed(seed)).item()
        for decoder, seed in ((net, 0), (net[0], 0), (net, 1))
    ]
    assert values[0] == pytest.approx(values[1])
    assert values[0] != values[2]


def test_descending_it_makes_a_linear_decoder_an_isometry() -> None:
    torch.manual_seed(0)
    W = nn.Parameter(linear(1.0, 3.0))
    optimiser = torch.optim.Adam([W], lr=0.03)
    for _ in range(300):
        optimiser.zero_grad()
        local_isometry(lambda z: z @ W.T, codes()).backward()
        optimiser.step()
    stretches = torch.linalg.svdvals(W.detach())
    assert (stretches[0] / stretches[1]).item() < 1.1


def test_its_gradient_reaches_the_decoder_and_the_codes() -> None:
    torch.manual_seed(0)
    net, z = nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 5)).double(), codes().requires_grad_()
    local_isometry(net, z).backward()
    assert all(p.grad is not None for p in net.parameters() if p.ndim == 2)
    assert z.grad.abs().sum() > 0


def test_a_decoder_that_is_constant_has_a_finite_loss_and_gradient() -> None:
    W = torch.zeros(2, 3, dtype=torch.float64, requires_grad=True)
    loss = local_isometry(lambda z: z @ W, codes())
    loss.backward()
    assert loss.item() == pytest.approx(0, abs=1e-12)
    assert bool(W.grad.isfinite().all())


def test_one_code_and_no_step_are_refused() -> None:
    with pytest.raises(ValueError, match="at least two codes, got 1; use a larger batch"):
        local_isometry(lambda z: z, codes(1))
    with pytest.raises(ValueError, match="step=0; use about"):
        local_isometry(lambda z: z, codes(), step=0)


def layer(weight: Tensor) -> nn.Linear:
    made = nn.Linear(weight.shape[1], weight.shape[0], dtype=weight.dtype)
    made.weight = nn.Parameter(weight)
    return made


def test_orthonormal_rows_or_columns_cost_nothing() -> None:
    W = linear(1.0, 1.0)
    assert orthogonality(nn.Sequential(layer(W), nn.ReLU(), layer(W.T))).item() == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("turned", [False, True])
def test_a_layer_costs_the_mean_of_its_squared_stretches_error(turned: bool) -> None:
    r"""With singular values s, the term is the mean of (s² − 1)²; layers add up."""
    W = linear(2.0, 0.5)
    W = W.T if turned else W
    one = ((4 - 1) ** 2 + (0.25 - 1) ** 2) / 2
    assert orthogonality(layer(W)).item() == pytest.approx(one)
    assert orthogonality(nn.Sequential(layer(W), layer(W))).item() == pytest.approx(2 * one)


def test_a_net_without_linear_layers_is_refused() -> None:
    with pytest.raises(ValueError, match="ReLU has no linear layer"):
        orthogonality(nn.ReLU())
