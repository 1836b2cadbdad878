"""Emoji by every method alike: systems differ in what their names say, and in nothing else."""

from dataclasses import replace

import pytest
import torch

from tests.experiments.tiny import QUICK, SETTING, carried_out, tiny, untrained
from udtlib.experiments.calligraphy import BRUSH
from udtlib.experiments.emoji_hands import HANDS as COLOURED
from udtlib.experiments.emoji_paired import LINES, SHADES
from udtlib.experiments.emoji_unpaired import EMOJI
from udtlib.objectives.base import Clock
from udtlib.objectives.discogan import discogan
from udtlib.objectives.gan import LEAST_SQUARES

#: Methods that are nets as well.
OWN_NETS = ("UNIT", "AlignFlow")
#: Beside both games' terms.
TERMS = {
    "game alone": set(),
    "CycleGAN": {"cycle"},
    "CycleGAN + identity": {"cycle", "identity"},
    "DiscoGAN": {"cycle"},
    "UNIT": {"reconstruct", "kl", "cycle", "kl_cycle"},
    "AlignFlow": {"surprise"},
    "DistanceGAN": {"distance"},
    "DistanceGAN + cycle": {"distance", "cycle"},
    "self-distance": {"self"},
    "CUT": {"patches", "identity"},
}


@pytest.fixture(scope="module")
def hands():
    return EMOJI.pair(SETTING)


@pytest.mark.parametrize("name", EMOJI.systems)
def test_a_method_has_its_terms_both_ways(name, hands):
    objective, batch = untrained(EMOJI, name, pair=hands), hands.batch(0, size=2, seed=0)
    expected = {f"{term}_{side}" for term in {"fool", *TERMS[name]} for side in "xy"}
    assert set(objective("translator", batch, Clock(0, 1))) == expected


def test_methods_share_nets_judges_budget_and_step_sizes(hands):
    made = {name: untrained(EMOJI, name, pair=hands) for name in EMOJI.systems}
    judges = {name: each.discriminators.state_dict() for name, each in made.items()}
    nets = {name: each.translator.state_dict() for name, each in made.items() if name not in OWN_NETS}
    for states in (judges, nets):
        shapes = [{k: v.shape for k, v in state.items()} for state in states.values()]
        assert all(each == shapes[0] for each in shapes)
    losses = {each: getattr(LEAST_SQUARES, each) for each in ("discriminator_loss", "generator_loss")}
    assert len({replace(each.game, **losses) for each in made.values()}) == 1
    assert len({system.training(QUICK) for system in EMOJI.systems.values()}) == 1
    pools = {name: each.pools["x"].size for name, each in made.items()}
    # It is part of what DiscoGAN is that it has none.
    assert {name for name, size in pools.items() if size != 50} == {"DiscoGAN"}
    assert (
        discogan(*(made["DiscoGAN"].translator, *made["DiscoGAN"].discriminators.values())).pools["x"].size
        == 0
    )


@pytest.mark.parametrize(("table", "channels"), [(LINES, 1), (SHADES, 3)])
def test_losses_of_paired_drawings_differ_in_their_terms(table, channels):
    pair = table.pair(SETTING)
    assert pair.batch(0, size=2, seed=0).x.shape == (2, channels, 64, 64)
    batch = pair.batch(0, size=2, seed=0)
    terms = {
        name: set(untrained(table, name, pair=pair)("generator", batch, Clock(0, 1)))
        for name in table.systems
    }
    assert terms == {
        "L1": {"l1"},
        "cGAN": {"fool"},
        "L1 + GAN": {"fool", "l1"},
        "L1 + cGAN": {"fool", "l1"},
    }
    assert not untrained(table, "L1 + GAN", pair=pair).config.conditional
    assert len({system.training(QUICK) for system in table.systems.values()}) == 1


def test_characters_by_two_losses_share_net_and_budget():
    pair = BRUSH.pair(SETTING)
    batch = pair.batch(0, size=2, seed=0)
    plain, both = (untrained(BRUSH, name, pair=pair) for name in ("L1", "L1 + cGAN"))
    assert set(plain("generator", batch, Clock(0, 1))) == {"l1"}
    assert set(both("generator", batch, Clock(0, 1))) == {"fool", "l1"}
    assert both.config.conditional
    assert plain.generator(batch.x).shape == batch.y.shape
    shapes = [[p.shape for p in each.generator.parameters()] for each in (plain, both)]
    assert shapes[0] == shapes[1]
    assert len({system.training(QUICK) for system in BRUSH.systems.values()}) == 1


@pytest.mark.slow
@pytest.mark.parametrize(("experiment", "only"), [(EMOJI, ("CUT",)), (LINES, ("L1 + cGAN",))])
def test_a_table_has_every_row_a_picture_and_curves(experiment, only, tmp_path):
    small = tiny(experiment, only=only, steps=4)
    curves = replace(small.pictures["curves"], times=2)
    small = replace(small, pictures={**small.pictures, "curves": curves})
    training = replace(small.systems[only[0]].training(QUICK), log_every=2)
    small = replace(
        small, systems={only[0]: replace(small.systems[only[0]], training=lambda profile: training)}
    )
    report = carried_out(small, tmp_path)
    assert [row.system for row in report.rows] == [*only, "the truth", "x itself"]
    truth = report.rows[1]
    assert truth.alignment["partner found"] == (100.0,)
    assert report.rows[2].effort["mean |T(x) − x|"] == (0.0,)
    assert "samples" in report.pictures
    assert "taken" in report.pictures["curves"].alt or "glimpse" in report.pictures["curves"].alt


def test_curves_are_of_measures_that_the_scores_have():
    for experiment in (EMOJI, LINES, BRUSH):
        scores = experiment.scores(experiment.references["the truth"], experiment.pair(SETTING))
        assert set(experiment.pictures["curves"].measures) <= {name for _, name, _ in scores}


def test_the_four_ways_to_use_a_code_share_net_judge_and_budget():
    pair = COLOURED.pair(SETTING)
    batch = pair.batch(0, size=2, seed=0)
    made = {name: untrained(COLOURED, name, pair=pair) for name in COLOURED.systems}
    terms = {name: set(each("generator", batch, Clock(0, 1))) for name, each in made.items()}
    encoded, prior = {"fool_encoded", "l1", "kl"}, {"fool_prior", "latent"}
    assert terms == {
        "pix2pix + noise": {"fool", "l1"},
        "cVAE-GAN": encoded,
        "cLR-GAN": prior,
        "BicycleGAN": encoded | prior,
    }
    shapes = [
        {k: v.shape for k, v in each.get_submodule(COLOURED.systems[name].part).state_dict().items()}
        for name, each in made.items()
    ]
    assert all(each == shapes[0] for each in shapes)
    assert len({each.config.game for each in made.values()}) == 1
    assert len({each.config.l1_weight for each in made.values()}) == 1
    assert len({system.training(QUICK) for system in COLOURED.systems.values()}) == 1


def test_every_start_stands_beside_the_others():
    """A column for each of a few emoji and each start, a row for each system between x and the right answers."""
    few, starts = 3, 2
    shown = {
        name: {row: torch.full((starts, few, 3, 8, 8), value) for row, value in (("x", 0.0), ("T(x)", tone))}
        | {"right y": torch.ones(starts, few, 3, 8, 8)}
        for name, tone in (("CUT", -1.0), ("UNIT", 0.5))
    }
    picture = EMOJI.pictures["starts"].draw(shown)
    assert EMOJI.pictures["starts"].every_seed
    assert "each of CUT, UNIT" in picture.alt
    assert f"from {starts} starts" in picture.caption


def test_what_a_start_shows_is_every_fourth_of_the_samples(hands):
    translator = untrained(EMOJI, "game alone", pair=hands).translator
    shown = EMOJI.pictures["starts"].look(translator, hands)
    ten = hands.batch(0, size=10, seed=0, split="test")
    assert torch.equal(shown["x"], ten.x[::4])
    assert torch.equal(shown["right y"], hands.answers(ten)[::4])
    assert shown["T(x)"].shape == (3, 3, 64, 64)
