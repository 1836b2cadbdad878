"""DONT: both terms by hand, the schedule, the closed form of a translation, and no dependence on K."""

import pytest
import torch
from torch import nn

from udtlib.data.pair import IndependentPair, Samples
from udtlib.losses.energy import energy_distance_unbiased
from udtlib.nets.mlp import mlp
from udtlib.objectives.base import AdamConfig, Clock
from udtlib.objectives.discrepancy import Adversarial, Between, Multiplier
from udtlib.objectives.dont import DONT, DONTConfig
from udtlib.objectives.gan import GANConfig
from udtlib.train import TrainConfig, fit
from udtlib.translators.residual_flow import ResidualFlow, residual_flow
from udtlib.types import Batch, Tensor

START = Clock(0, 10)
X = torch.tensor([[1.0, -2.0], [3.0, 0.0]])
Y = torch.tensor([[0.0, 4.0], [-2.0, 2.0], [6.0, 0.0]])


class Constant(nn.Module):
    """v(x) = b."""

    def __init__(self, *b: float) -> None:
        super().__init__()
        self.b = nn.Parameter(torch.tensor(b))

    def forward(self, x: Tensor) -> Tensor:
        return self.b.expand_as(x)


def means(made: Tensor, real: Tensor) -> Tensor:
    """The squared difference of means: zero for a translation, if it is the right one."""
    return (made.mean(0) - real.mean(0)).square().sum()


def game(
    *b: tuple[float, float], cost: Tensor | None = None, fit_weight: float = 1.0, **settings: object
) -> DONT:
    """One constant velocity for each step."""
    flow = ResidualFlow([Constant(*each) for each in b])
    return DONT(flow, Between(means, weight=fit_weight), cost_weight=cost, config=DONTConfig(**settings))


def terms(objective: DONT, clock: Clock = START) -> dict[str, float]:
    return {k: v.item() for k, v in objective("flow", Batch(X, Y), clock).items()}


def test_both_terms_by_hand() -> None:
    """Velocities (2, 0) and (0, 4) for half the time each: effort ½·4 + ½·16, and T(x) = x + (1, 2)."""
    values = terms(game((2.0, 0.0), (0.0, 4.0), effort_weight=3.0, fit_weight=5.0))
    # Means: (2, -1) + (1, 2) against (4/3, 2).
    assert values == pytest.approx({"fit": 5 * ((3 - 4 / 3) ** 2 + 1), "effort": 3 * (2 + 8)})


@pytest.mark.parametrize("power", [1.5, 2.0, 3.0])
def test_the_cost_has_an_exponent(power: float) -> None:
    values = terms(game((2.0, 0.0), (1.0, -3.0), power=power))
    assert values["effort"] == pytest.approx(0.5 * 2**power + 0.5 * (1 + 3**power))


def test_the_cost_s_weights_count_entries() -> None:
    values = terms(game((2.0, 0.0), (1.0, -3.0), cost=torch.tensor([1.0, 0.1])))
    assert values["effort"] == pytest.approx(0.5 * 4 + 0.5 * (1 + 0.1 * 9))


@pytest.mark.parametrize("K", [1, 3, 20])
def test_equal_velocities_have_equal_terms_for_every_number_of_steps(K: int) -> None:
    assert terms(game(*[(1.0, -3.0)] * K)) == pytest.approx(terms(game((1.0, -3.0))), rel=1e-5)


@pytest.mark.parametrize(
    ("until", "end", "step", "weight"),
    [
        (1.0, 0.0, 0, 6.0),
        (1.0, 0.0, 5, 3.0),
        (1.0, 0.0, 9, 0.6),
        (0.5, 0.0, 2, 3.6),
        (0.5, 0.0, 5, 0.0),
        (0.5, 0.0, 9, 0.0),
        (0.5, 2.0, 0, 6.0),
        (0.5, 2.0, 2, 4.4),
        (0.5, 2.0, 5, 2.0),
        (0.5, 2.0, 9, 2.0),
        (1.0, 6.0, 7, 6.0),
    ],
)
def test_effort_falls_linearly_to_its_end(until: float, end: float, step: int, weight: float) -> None:
    settings = {"effort_weight": 6.0, "effort_until": until, "effort_end": end}
    assert DONTConfig(**settings).effort_at(Clock(step, 10)) == pytest.approx(weight)
    values = terms(game((1.0, 2.0), **settings), Clock(step, 10))
    assert ("effort" in values) == (weight > 0)
    assert values.get("effort", 0.0) == pytest.approx(5 * weight)


def test_without_effort_only_the_fit_is_left() -> None:
    assert set(terms(game((1.0, 2.0), effort_weight=0.0))) == {"fit"}


def trained(cost: Tensor | None = None, *, K: int = 3, steps: int = 250, **settings: object) -> ResidualFlow:
    """One point and its translation by (2, -1), so that batches do not differ."""
    x, b = torch.tensor([[0.3, 0.7]]), torch.tensor([2.0, -1.0])
    objective = game(
        *[(0.1 * k, 0.0) for k in range(K)], cost=cost, optimiser=AdamConfig(rate=0.1), **settings
    )
    pair = IndependentPair(Samples(x, x), Samples(x + b, x + b))
    fit(objective, pair, config=TrainConfig(steps=steps, batch_size=2, decay_from=0.3, progress=False))
    return objective.flow


@pytest.mark.parametrize("lam", [0.25, 1.0])
@pytest.mark.parametrize("K", [1, 4])
def test_a_translation_stops_short_by_the_effort_s_weight(lam: float, K: int) -> None:
    """min λ ‖u‖² + ‖u − b‖² has u = b / (1 + λ), at every step alike."""
    flow = trained(K=K, effort_weight=lam, effort_end=lam)
    for v in flow.velocities:
        torch.testing.assert_close(v.b.detach(), torch.tensor([2.0, -1.0]) / (1 + lam), atol=2e-3, rtol=0)


def test_each_entry_stops_short_by_what_it_costs() -> None:
    """u_i = b_i / (1 + λ c_i)."""
    flow = trained(torch.tensor([1.0, 0.01]), effort_weight=0.5, effort_end=0.5)
    expected = torch.tensor([2 / 1.5, -1 / 1.005])
    for v in flow.velocities:
        torch.testing.assert_close(v.b.detach(), expected, atol=2e-3, rtol=0)


def test_another_exponent_stops_elsewhere() -> None:
    """min λ |u|³ + (u − b)² in each entry: 3 λ u² = 2 (b − u)."""
    flow = trained(effort_weight=0.5, effort_end=0.5, power=3.0)
    for v in flow.velocities:
        u = v.b.detach().abs()
        torch.testing.assert_close(1.5 * u.square(), 2 * (torch.tensor([2.0, 1.0]) - u), atol=1e-2, rtol=0)


def test_an_effort_that_ends_leaves_nothing_undone() -> None:
    flow = trained(effort_weight=1.0, effort_until=0.5)
    x = torch.tensor([[0.3, 0.7]])
    torch.testing.assert_close(flow(x).detach(), x + torch.tensor([2.0, -1.0]), atol=2e-3, rtol=0)


def test_the_players_and_the_order_in_which_they_move() -> None:
    torch.manual_seed(0)
    flow = residual_flow(2, steps=2, hidden=4)
    D = Adversarial(mlp([2, 4, 1]), game=GANConfig(discriminator_moves=2))
    players = DONT(flow, D, config=DONTConfig(optimiser=AdamConfig(rate=0.3))).players()
    assert list(players) == ["discriminator", "flow"]
    assert players["flow"].module is flow
    assert players["flow"].optimiser.rate == 0.3
    assert players["discriminator"].moves == 2
    assert list(DONT(flow, Between(energy_distance_unbiased)).players()) == ["flow"]


def anchored(flow: ResidualFlow, *anchors: Tensor, **settings: object) -> DONT:
    config = DONTConfig(effort_weight=0.0, **settings)
    return DONT(flow, Between(means), anchors=anchors or None, config=config)


def test_known_answers_by_hand() -> None:
    """T adds (1, 2): off by (1, 0) at the first anchor and by (0, 3) at the second."""
    flow = ResidualFlow([Constant(1.0, 2.0)] * 3)
    x = torch.tensor([[0.0, 0.0], [5.0, 5.0]])
    values = terms(anchored(flow, x, torch.tensor([[2.0, 2.0], [6.0, 4.0]]), anchor_weight=3.0))
    assert set(values) == {"fit", "anchors"}
    assert values["anchors"] == pytest.approx(3 * (1 + 9) / 2)
    assert set(terms(anchored(flow))) == {"fit"}


def test_a_few_anchors_are_drawn_in_every_step() -> None:
    """One of two, whose errors are 1 and 9: both come up, and no other value."""
    torch.manual_seed(0)
    flow = ResidualFlow([Constant(1.0, 2.0)])
    x = torch.tensor([[0.0, 0.0], [5.0, 5.0]])
    objective = anchored(flow, x, torch.tensor([[2.0, 2.0], [6.0, 4.0]]), anchor_weight=1.0, anchor_batch=1)
    assert {round(terms(objective)["anchors"], 4) for _ in range(20)} == {1, 9}
    assert all("anchor" not in key for key in objective.state_dict())


def test_anchors_that_are_no_pairs_are_refused() -> None:
    flow = ResidualFlow([Constant(1.0, 2.0)])
    for count, other in ((2, 3), (0, 0)):
        with pytest.raises(ValueError, match=f"are pairs, got {count} samples and {other} translations"):
            anchored(flow, torch.zeros(count, 2), torch.zeros(other, 2))


def test_fakes_are_detached() -> None:
    torch.manual_seed(0)
    flow = residual_flow(2, steps=2, hidden=4)
    objective = DONT(flow, Adversarial(mlp([2, 4, 1]), game=GANConfig()))
    objective("discriminator", Batch(X, Y), START)["judge"].backward()
    assert all(p.grad is None for p in flow.parameters())
    objective("flow", Batch(X, Y), START)["fit"].backward()
    assert all(p.grad is not None for p in flow.parameters())


def test_the_cost_is_no_part_of_what_is_learnt_or_stored() -> None:
    objective = game((1.0, 2.0), cost=torch.tensor([1.0, 0.1]))
    assert all("cost_weight" not in key for key in objective.state_dict())
    assert all("cost_weight" not in key for key, _ in objective.named_parameters())
    # It moves with the objective all the same.
    assert objective.double().cost_weight.dtype == torch.float64


def test_the_paper_s_settings() -> None:
    config = DONTConfig()
    assert (config.effort_until, config.effort_end, config.power) == (1, 0, 2)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"effort_weight": -1.0}, "got -1.0 and 0.0"),
        ({"effort_weight": 1.0, "effort_end": 2.0}, "got 1.0 and 2.0"),
        ({"effort_end": -0.1}, "effort_end ≥ 0, got 1.0 and -0.1"),
        ({"effort_until": 0.0}, "above 0 and at most 1, got 0"),
        ({"effort_until": 1.5}, "above 0 and at most 1, got 1.5"),
        ({"anchor_weight": 0.0}, "anchor_weight=0.0, anchor_batch=64; give no anchors"),
        ({"anchor_batch": 0}, "anchor_batch=0"),
        ({"power": 1.0}, "strictly convex only for p > 1, got power=1.0"),
        ({"power": 0.5}, "got power=0.5"),
        ({"power": float("nan")}, "got power=nan"),
    ],
)
def test_impossible_settings_are_refused(settings: dict[str, float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        DONTConfig(**settings)


@pytest.mark.parametrize("weight", [0.0, -1.0, float("nan")])
def test_a_cost_weight_that_is_not_positive_is_refused(weight: float) -> None:
    with pytest.raises(
        ValueError, match=f"must be positive, the smallest is {weight:g}; use a small positive"
    ):
        game((1.0, 2.0), cost=torch.tensor([1.0, weight]))


CONSTANT = {"effort_weight": 0.5, "effort_end": 0.5}


def test_a_multiplier_is_held_to_this_objective_s_effort() -> None:
    """Another λ, one that falls, another power or other weights would balance another effort."""
    flow, critic, weights = residual_flow(2, steps=2, hidden=4), mlp([2, 4, 1]), torch.tensor([1.0, 2.0])

    def build(own: Tensor | None = None, its: Tensor | None = None, **settings: float) -> DONT:
        multiplier = Multiplier(critic, effort_weight=0.5, cost_weight=its)
        return DONT(flow, multiplier, cost_weight=own, config=DONTConfig(**CONSTANT | settings))

    build()
    build(weights, weights.clone())
    for settings in ({"effort_weight": 1.0}, {"effort_end": 0.0}, {"power": 1.5}):
        with pytest.raises(ValueError, match="one constant effort"):
            build(**settings)
    for own, its in ((weights, None), (None, weights), (weights, 2 * weights)):
        with pytest.raises(ValueError, match="same cost_weight"):
            build(own, its)
