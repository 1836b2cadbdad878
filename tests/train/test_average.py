"""The running average of a run's weights: its formula, what sees it, and that a run goes on as without it."""

import pytest
import torch

from tests.train.test_trainer import config, game, points
from udtlib.experiments.trained import read_part
from udtlib.train import TrainConfig, fit
from udtlib.train.average import WeightAverage
from udtlib.train.settings import describe


def weights_of(module):
    return {name: value.detach().clone() for name, value in module.named_parameters()}


def test_the_average_is_the_formula():
    torch.manual_seed(0)
    net = torch.nn.Linear(3, 2).double()
    average, wanted = WeightAverage(net, 0.9), weights_of(net)
    for t in range(1, 800):
        m = min(0.9, t / (t + 50))
        with torch.no_grad():
            for parameter in net.parameters():
                parameter.normal_()
        wanted = {k: m * v + (1 - m) * net.get_parameter(k).detach() for k, v in wanted.items()}
        average.follow(t)
    for name, value in average.state().items():
        torch.testing.assert_close(value, wanted[name])


def test_frozen_parameters_are_left_alone():
    net = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.Linear(2, 2).requires_grad_(False))
    assert set(WeightAverage(net, 0.5).state()) == {"0.weight", "0.bias"}


def test_while_it_is_shown_the_module_has_the_average_and_afterwards_its_own_weights():
    net = torch.nn.Linear(2, 2)
    average, own = WeightAverage(net, 0.9), weights_of(net)
    with torch.no_grad():
        net.weight.add_(1)

    def broken_off():
        with average.shown():
            assert torch.equal(net.weight, own["weight"])
            raise RuntimeError("seen")

    with pytest.raises(RuntimeError, match="seen"):
        broken_off()
    torch.testing.assert_close(net.weight.detach(), own["weight"] + 1)


def test_a_run_with_an_average_plays_the_same_game_and_ends_with_the_average():
    plain, averaged, seen = game(), game(), []
    history = fit(plain, points(), config=config())
    with_average = fit(
        averaged, points(), config=config(average=0.9), watch=lambda done: seen.append(weights_of(averaged))
    )
    assert with_average.rows == history.rows
    last, ended = weights_of(plain), weights_of(averaged)
    assert any(not torch.equal(last[k], ended[k]) for k in last)
    assert all(torch.equal(seen[-1][k], ended[k]) for k in last)


def test_interrupted_and_resumed_equals_uninterrupted_with_its_average(tmp_path):
    whole = game()
    expected = fit(whole, points(), config=config(checkpoint_every=4, average=0.9))

    def stop(done):
        if done == 10:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        fit(game(), points(), config=config(checkpoint_every=4, average=0.9), folder=tmp_path, watch=stop)
    resumed, again = game(seed=5), game(seed=6)
    for each in (resumed, again):  # the second one reads a run that is finished
        history = fit(each, points(), config=config(checkpoint_every=4, average=0.9), folder=tmp_path)
        assert history.rows == expected.rows
        assert all(torch.equal(v, whole.state_dict()[k]) for k, v in each.state_dict().items())


def test_what_is_read_from_a_checkpoint_is_the_average(tmp_path):
    played = game()
    fit(played, points(), config=config(average=0.9), folder=tmp_path)
    part, _, name = next(iter(weights_of(played))).partition(".")
    stored = read_part(tmp_path / "checkpoint.pt", part, name="a game")
    assert torch.equal(stored[name], played.get_parameter(f"{part}.{name}"))


@pytest.mark.parametrize("decay", [1.0, -0.1, float("nan")])
def test_a_decay_that_is_none_is_refused(decay):
    with pytest.raises(ValueError, match=r"decay lies in \[0, 1\), got|finite number, got average=nan"):
        config(average=decay)


def test_averages_of_other_parameters_are_refused():
    first, second = (WeightAverage(torch.nn.Linear(2, n), 0.5) for n in (2, 3))
    with pytest.raises(ValueError, match="of other parameters"):
        first.load(second.state())


def test_a_run_without_an_average_is_declared_as_before_averages_were_known():
    assert "average" not in describe(TrainConfig(steps=1))
    assert describe(TrainConfig(steps=1, average=0.5))["average"] == 0.5
