"""Two flows with one latent space: exact cycles, densities, and the turns that nobody sees."""

import math

import pytest
import torch

from udtlib.nets.flows import image_flow, point_flow, random_rotation
from udtlib.nets.invertible import ActNorm, Chain, Mix
from udtlib.translators.coupling_flow import SharedLatentFlow, log_likelihood


def stirred(flow: Chain, seed: int, *, deviation: float = 0.3) -> Chain:
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in flow.parameters():
            parameter.add_(deviation * torch.randn(parameter.shape, generator=generator))
    return flow


def plane() -> SharedLatentFlow:
    torch.manual_seed(0)
    return SharedLatentFlow(*(stirred(point_flow(2, couplings=6, width=16), seed) for seed in (1, 2)))


def images() -> SharedLatentFlow:
    torch.manual_seed(0)
    flows = (stirred(image_flow(1, checkers=2, mixed=2, width=4), s, deviation=0.1) for s in (1, 2))
    return SharedLatentFlow(*flows)


@pytest.mark.parametrize(("make", "shape"), [(plane, (2,)), (images, (1, 8, 8))])
def test_the_cycle_closes_in_both_directions_in_single_precision(make, shape):
    T, x = make(), torch.randn(128, *shape, generator=torch.Generator().manual_seed(0))
    assert T.exact
    with torch.no_grad():
        assert float((T(x) - x).norm() / x.norm()) >= 0.1
        assert float((T.inverse(T(x)) - x).norm() / x.norm()) <= 1e-5
        assert float((T(T.inverse(x)) - x).norm() / x.norm()) <= 1e-5


def test_equal_flows_translate_nothing():
    flow, x = stirred(point_flow(2), 1), torch.randn(20, 2)
    torch.testing.assert_close(SharedLatentFlow(flow, flow)(x), x, atol=1e-5, rtol=1e-5)


def test_the_translation_meets_in_the_latent_space():
    T, x = plane(), torch.randn(20, 2)
    torch.testing.assert_close(T.flow_y(T(x)).z, T.flow_x(x).z, atol=1e-4, rtol=1e-4)


def test_the_likelihood_of_a_gaussian_is_known():
    mean, deviation = torch.tensor([1.0, -2.0]), torch.tensor([0.5, 3.0])
    flow = ActNorm(mean, deviation)
    x = torch.randn(7, 2)
    wanted = torch.distributions.Normal(mean, deviation).log_prob(x).sum(1)
    torch.testing.assert_close(log_likelihood(flow, x), wanted)
    T = SharedLatentFlow(flow, ActNorm(torch.zeros(2), torch.ones(2)))
    torch.testing.assert_close(T.log_likelihood_x(x), wanted)
    standard = torch.distributions.Normal(0.0, 1.0).log_prob(x).sum(1)
    torch.testing.assert_close(T.log_likelihood_y(x), standard)


def test_a_flow_s_density_integrates_to_one():
    T = plane()
    side = torch.linspace(-14, 14, 701)
    grid = torch.cartesian_prod(side, side)
    with torch.no_grad():
        mass = T.log_likelihood_x(grid).exp().sum() * (28 / 700) ** 2
    assert mass.item() == pytest.approx(1, abs=5e-3)


def test_a_turn_of_the_latent_space_changes_the_map_and_no_likelihood():
    T, x = plane(), torch.randn(50, 2, generator=torch.Generator().manual_seed(3))
    turn = Mix(random_rotation(2, generator=torch.Generator().manual_seed(4)), learned=False)
    turned = SharedLatentFlow(Chain([T.flow_x, turn]), T.flow_y)
    with torch.no_grad():
        torch.testing.assert_close(turned.log_likelihood_x(x), T.log_likelihood_x(x), atol=1e-4, rtol=1e-4)
        assert torch.equal(turned.log_likelihood_y(x), T.log_likelihood_y(x))
        assert float((turned(x) - T(x)).norm(dim=1).mean()) >= 0.3
        assert float((turned.inverse(turned(x)) - x).norm() / x.norm()) <= 1e-5


def test_the_change_of_variables_holds_for_the_translation_itself():
    """p_X(x) = p_Y(T(x)) |det ∂T(x)|: where both flows fit, T pushes one domain onto the other."""
    T = plane().double()
    x = torch.randn(5, 2, dtype=torch.float64)
    for one in x:
        jacobian = torch.func.jacrev(lambda v: T(v[None])[0])(one)
        right = T.log_likelihood_y(T(one[None])) + torch.linalg.slogdet(jacobian).logabsdet
        assert T.log_likelihood_x(one[None]).item() == pytest.approx(right.item(), abs=1e-9)


def test_the_entries_of_an_image_are_all_counted():
    flow = image_flow(1)
    value = log_likelihood(flow, torch.zeros(1, 1, 8, 8)).item()
    assert value == pytest.approx(-32 * math.log(2 * math.pi), rel=1e-6)
