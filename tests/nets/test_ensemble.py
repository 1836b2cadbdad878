"""Residual nets as small steps, and many nets trained at once as each would be alone."""

import copy
from dataclasses import dataclass, replace

import pytest
import torch
from torch import nn

from udtlib.data.pair import DomainPair
from udtlib.data.product import replicated_pair
from udtlib.data.toy2d import translated_mixture
from udtlib.nets.ensemble import Ensemble
from udtlib.nets.init import initialise_normal
from udtlib.nets.mlp import mlp
from udtlib.nets.residual import ResidualNet
from udtlib.objectives.base import AdamConfig
from udtlib.objectives.cyclegan import cyclegan
from udtlib.objectives.game import Game
from udtlib.objectives.gan import LEAST_SQUARES
from udtlib.train import TrainConfig, fit
from udtlib.translators.direct import Direct
from udtlib.translators.two_way import TwoWay


def net(seed: int, *, gain: float = 0.5) -> ResidualNet:
    torch.manual_seed(seed)
    return initialise_normal(ResidualNet(2, hidden=4, blocks=3), deviation=gain)


def samples(*shape: int, seed: int = 9) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


# --- the residual net ------------------------------------------------------------------------------------------


def test_the_path_starts_at_x_ends_at_the_answer_and_takes_the_euler_steps():
    f, x = net(0), samples(6, 2)
    path = f.path(x)
    assert path.shape == (4, 6, 2)
    assert torch.equal(path[0], x)
    assert torch.equal(path[-1], f(x))
    for k, block in enumerate(f.blocks):
        torch.testing.assert_close(path[k + 1] - path[k], block(path[k]) / 3)


@pytest.mark.parametrize("blocks", [1, 5, 20])
def test_a_constant_field_moves_by_the_same_whatever_the_number_of_steps(blocks):
    f = ResidualNet(2, blocks=blocks)
    for block in f.blocks:
        nn.init.zeros_(block[-1].weight)
        block[-1].bias.data = torch.tensor([1.0, -2.0])
    x = samples(5, 2)
    torch.testing.assert_close(f(x), x + torch.tensor([1.0, -2.0]))


def test_steps_of_a_linear_field_tend_to_the_exponential():
    # dz/dt = z has the solution e x at t = 1; Euler's method is of first order.
    errors = []
    for blocks in (50, 100):
        f = ResidualNet(1, hidden=2, blocks=blocks)
        for block in f.blocks:
            block[0].weight.data, block[2].weight.data = (
                torch.tensor([[1.0], [-1.0]]),
                torch.tensor([[1.0, -1.0]]),
            )
            nn.init.zeros_(block[0].bias), nn.init.zeros_(block[2].bias)
        errors.append((f(torch.tensor([[0.7]])) - 0.7 * torch.e).abs().item())
    assert errors[1] < 0.02
    assert errors[0] / errors[1] == pytest.approx(2, rel=0.1)


def test_a_small_start_is_nearly_the_identity_and_a_large_one_is_not():
    x = samples(200, 2)
    moved = [(net(0, gain=gain)(x) - x).square().sum(1).mean().item() for gain in (0.01, 0.1, 1.0)]
    # Two layers of deviation g: the displacement is of order g², its square of order g⁴.
    assert moved[1] / moved[0] == pytest.approx(1e4, rel=0.1)
    assert moved[2] > 0.1


@pytest.mark.parametrize("sizes", [(0, 4, 3), (2, 0, 3), (2, 4, 0)])
def test_a_residual_net_needs_positive_sizes(sizes):
    with pytest.raises(ValueError, match="positive"):
        ResidualNet(sizes[0], hidden=sizes[1], blocks=sizes[2])


# --- the ensemble ----------------------------------------------------------------------------------------------


def test_each_member_sees_only_its_own_samples():
    members = [net(seed) for seed in range(3)]
    both, x = Ensemble(members), samples(7, 3, 2)
    torch.testing.assert_close(both(x), torch.stack([f(x[:, r]) for r, f in enumerate(members)], dim=1))
    changed = x.clone()
    changed[:, 1] += 5
    assert torch.equal(both(x)[:, [0, 2]], both(changed)[:, [0, 2]])


def test_members_come_back_as_they_were_and_are_copies():
    f = net(3)
    both = Ensemble([net(0), f])
    member = both.member(1)
    assert all(torch.equal(a, b) for a, b in zip(f.parameters(), member.parameters(), strict=True))
    with torch.no_grad():
        both.rows.zero_()
    assert all(torch.equal(a, b) for a, b in zip(f.parameters(), member.parameters(), strict=True))
    x = samples(4, 2)
    assert torch.equal(f.path(x), member.path(x))


@pytest.mark.parametrize("clip", [None, 2.0])
def test_each_member_gets_the_gradient_that_it_would_get_alone(clip):
    members, x = [net(seed, gain=gain) for seed, gain in enumerate((0.1, 0.5, 1.0))], samples(16, 3, 2)
    both = Ensemble(members, clip=clip)
    # Used twice in one loss: what is clipped is the gradient of the whole loss.
    both(both(x)).square().mean().backward()
    norms = []
    for r, f in enumerate(members):
        f(f(x[:, r])).square().mean().backward()
        own = torch.cat([p.grad.flatten() for p in f.parameters()])
        norms.append(own.norm().item())
        if clip is not None:
            nn.utils.clip_grad_norm_(f.parameters(), clip)
            own = torch.cat([p.grad.flatten() for p in f.parameters()])
        torch.testing.assert_close(both.rows.grad[r], own, rtol=1e-4, atol=1e-7)
    if clip is not None:
        assert min(norms) < clip < max(norms), "the test needs members on both sides of the bound"


def test_a_player_that_was_frozen_for_a_turn_still_clips():
    both = Ensemble([net(0), net(1)], clip=1e-3)
    both.rows.requires_grad_(False)
    both.rows.requires_grad_(True)
    both(samples(8, 2, 2)).square().mean().backward()
    torch.testing.assert_close(both.rows.grad.norm(dim=1), torch.full((2,), 1e-3))


def test_a_copy_clips_too():
    x = samples(8, 2, 2)
    both = Ensemble([net(0), net(1)], clip=1e-3)
    twin = copy.deepcopy(both)
    for each in (both, twin):
        each(x).square().mean().backward()
    assert torch.equal(both.rows.grad, twin.rows.grad)
    assert both.rows is not twin.rows


@dataclass(frozen=True)
class OneRun(DomainPair):
    """The batches that one run of a product sees."""

    product: DomainPair
    run: int

    @property
    def paired(self):
        return False

    def batch(self, index, *, size, seed, split="train"):
        x, y, *_ = self.product.batch(index, size=size, seed=seed, split=split)
        part = slice(self.run, self.run + 1)
        return type(self.product.batch(0, size=1, seed=0))(x[:, part], y[:, part])

    def answers(self, batch):
        return None

    def to(self, device):
        return replace(self, product=self.product.to(device))


def game(seeds: tuple[int, ...], *, ensemble: bool, clip: float | None = None) -> Game:
    """CycleGANs whose nets start from the seeds: side by side, or a single one of ordinary nets."""

    def judge(seed: int) -> nn.Module:
        torch.manual_seed(seed)
        return mlp([2, 8, 1])

    def many(make, offset: int, clip: float | None = None) -> nn.Module:
        nets = [make(seed + offset) for seed in seeds]
        return Ensemble(nets, clip=clip) if ensemble else nets[0]

    step = AdamConfig(rate=1e-2)
    two_way = TwoWay(Direct(many(net, 0, clip)), Direct(many(net, 100, clip)))
    return cyclegan(
        two_way,
        many(judge, 200),
        many(judge, 300),
        cycle_weight=1.0,
        effort_weight=0.3,
        effort_until=0.7,
        pool=0,
        game=replace(LEAST_SQUARES, discriminator_optimiser=step, generator_optimiser=step),
    )


@pytest.mark.parametrize("clip", [None, 0.02])
def test_two_runs_at_once_take_the_steps_of_two_runs_alone(clip):
    product, config = (
        replicated_pair(translated_mixture(shift=(1.0, 0.0)), runs=2),
        TrainConfig(steps=20, batch_size=8, decay_from=0.5, progress=False),
    )
    together = game((0, 1), ensemble=True, clip=clip)
    fit(together, product, config=config)
    for run in range(2):
        alone = game((run,), ensemble=True, clip=clip)
        before = alone.translator.forth.net.rows.detach().clone()
        fit(alone, OneRun(product, run), config=config)
        row = alone.translator.forth.net.rows
        assert (row - before).abs().max() > 0.05, "nothing was trained"
        torch.testing.assert_close(together.translator.forth.net.rows[run], row[0], rtol=1e-3, atol=1e-4)
        torch.testing.assert_close(
            together.discriminators["x"].rows[run], alone.discriminators["x"].rows[0], rtol=1e-3, atol=1e-4
        )


def test_a_run_of_an_ensemble_is_a_run_of_ordinary_nets():
    product = replicated_pair(translated_mixture(shift=(1.0, 0.0)), runs=1)
    config = TrainConfig(steps=20, batch_size=8, progress=False)
    many, plain = game((4,), ensemble=True), game((4,), ensemble=False)
    fit(many, product, config=config)
    fit(plain, Squeezed(product), config=config)
    row = torch.cat([p.flatten() for p in plain.translator.forth.parameters()])
    torch.testing.assert_close(many.translator.forth.net.rows[0], row, rtol=1e-3, atol=1e-4)


@dataclass(frozen=True)
class Squeezed(OneRun):
    """The batches of a product of one, as ordinary vectors."""

    run: int = 0

    def batch(self, index, *, size, seed, split="train"):
        x, y, *_ = self.product.batch(index, size=size, seed=seed, split=split)
        return type(self.product.batch(0, size=1, seed=0))(x[:, 0], y[:, 0])


def test_a_run_that_breaks_leaves_the_others_alone():
    members = [net(0), net(1)]
    both, x = Ensemble(members, clip=1.0), samples(8, 2, 2)
    x[0, 0, 0] = torch.nan
    both(x).square().mean().backward()
    assert bool(both.rows.grad[0].isnan().any())
    alone = Ensemble(members[1:], clip=1.0)
    (alone(x[:, 1:]).square().mean()).backward()
    torch.testing.assert_close(both.rows.grad[1], alone.rows.grad[0])


def test_bad_members_are_refused():
    with pytest.raises(ValueError, match="at least one net"):
        Ensemble([])
    with pytest.raises(ValueError, match="one architecture"):
        Ensemble([mlp([2, 3, 1]), mlp([2, 4, 1])])
    with pytest.raises(ValueError, match="linear layers"):
        Ensemble([nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2))])
    with pytest.raises(ValueError, match="linear layers"):
        Ensemble([nn.Conv2d(1, 1, 3)])
    with pytest.raises(ValueError, match="linear layers"):
        Ensemble([nn.Linear(2, 2, bias=False)])
    shared = nn.Linear(2, 2)
    with pytest.raises(ValueError, match="two places"):
        Ensemble([nn.Sequential(shared, nn.ReLU(), shared)])
    with pytest.raises(ValueError, match="positive"):
        Ensemble([net(0)], clip=0.0)


def test_samples_for_another_number_of_runs_are_refused():
    with pytest.raises(ValueError, match=r"2 nets need samples for 2 runs .* Replicated"):
        Ensemble([net(0), net(1)])(samples(4, 3, 2))
