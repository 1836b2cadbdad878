"""Factors of cartoon faces: drawn as documented, and changed one at a time."""

from dataclasses import fields, replace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tests.properties import examples
from udtlib.data.faces.factors import (
    APPEARANCE,
    HAIR_KINDS,
    HAIR_STYLES,
    TRAITS,
    FaceFactors,
    Grain,
    change,
    repaint,
    sample_factors,
)
from udtlib.data.faces.palette import HAIR_TONES, eye_tone, hair_tone, hsv, ladder
from udtlib.data.faces.person import RANGES, check_ranges

NAMES = tuple(field.name for field in fields(FaceFactors))


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def people(count: int = 40, *, seed: int = 0, correlation: float = 0.8) -> FaceFactors:
    return sample_factors(count, generator=generator(seed), correlation=correlation)


def differing(a: FaceFactors, b: FaceFactors) -> set[str]:
    return {name for name in NAMES if not torch.equal(getattr(a, name), getattr(b, name))}


def typical(factors: FaceFactors) -> dict[str, torch.Tensor]:
    """Of which label each trait is typical: the interval of TRAITS that it lies in."""
    return {
        name: sum(k * ((v >= low) & (v <= high)) for k, (low, high) in enumerate(TRAITS[name]))
        for name in TRAITS
        for v in (getattr(factors, name),)
    }


@examples(20)
@given(seed=st.integers(0, 2**40), count=st.integers(1, 30), correlation=st.floats(0, 1))
def test_the_seed_decides_the_faces_and_every_factor_is_in_its_range(
    seed: int, count: int, correlation: float
) -> None:
    first = people(count, seed=seed, correlation=correlation)
    torch.rand(1)
    assert differing(first, people(count, seed=seed, correlation=correlation)) == set()
    assert len(first) == count
    check_ranges(first)


def test_another_seed_gives_other_faces_in_every_factor() -> None:
    assert differing(people(seed=1), people(seed=2)) == set(NAMES)


def test_sampling_leaves_the_global_random_state_alone() -> None:
    before = torch.get_rng_state()
    repaint(people(), generator=generator())
    assert torch.equal(before, torch.get_rng_state())


@pytest.mark.parametrize("correlation", [0.0, 0.5, 0.8, 1.0])
def test_the_correlation_of_each_trait_with_the_label_is_the_parameter(correlation: float) -> None:
    factors = people(20_000, correlation=correlation)
    for name, trait in typical(factors).items():
        measured = torch.corrcoef(torch.stack([trait.float(), factors.sex.float()]))[0, 1]
        assert measured == pytest.approx(correlation, abs=0.03), name
        assert trait.float().mean() == pytest.approx(0.5, abs=0.02), name


def test_full_correlation_determines_the_interval_and_leaves_its_inside_free() -> None:
    factors = people(2000, correlation=1)
    for name, trait in typical(factors).items():
        assert torch.equal(trait, factors.sex)
        assert getattr(factors, name)[factors.sex == 1].std() > 0.05
    assert not (factors.beard[factors.sex == 0] >= 0.45).any()


def test_traits_are_independent_of_each_other_given_the_label() -> None:
    factors = people(20_000, correlation=0.5)
    women = [trait[factors.sex == 0].float() for trait in typical(factors).values()]
    correlations = torch.corrcoef(torch.stack(women))
    assert (correlations - torch.eye(len(women))).abs().max() < 0.05


def test_shares_are_as_documented() -> None:
    factors = people(20_000)
    assert factors.sex.float().mean() == pytest.approx(0.5, abs=0.02)
    assert factors.glasses.float().mean() == pytest.approx(0.35, abs=0.02)
    styles = factors.hair_style.bincount(minlength=len(HAIR_STYLES)) / 20_000
    assert (styles - 1 / len(HAIR_STYLES)).abs().max() < 0.02
    assert (factors.hair_kind.bincount(minlength=len(HAIR_KINDS)) > 500).all()
    grey = factors.hair_kind == HAIR_KINDS.index("grey")
    assert grey[factors.age > 0.9].float().mean() > 0.6
    assert grey[factors.age < 0.6].float().mean() < 0.1


def test_repainting_changes_the_appearance_and_nothing_else() -> None:
    factors = people()
    other = repaint(factors, generator=generator(1))
    assert differing(factors, other) == set(APPEARANCE)
    assert differing(other, repaint(factors, generator=generator(1))) == set()


def test_repainting_draws_from_the_same_distribution() -> None:
    """Sampling a face and repainting it is sampling a face: means and deviations agree."""
    factors = people(20_000)
    other = repaint(factors, generator=generator(5))
    for name in ("hair_colour", "skin", "clothes", "background", "light", "texture"):
        a, b = getattr(factors, name), getattr(other, name)
        assert (a.mean(0) - b.mean(0)).abs().max() < 0.02
        assert (a.std(0) - b.std(0)).abs().max() < 0.02


@pytest.mark.parametrize(
    ("factor", "value", "changed"),
    [
        ("glasses", True, {"glasses"}),
        ("yaw", 0.5, {"yaw"}),
        ("hair_kind", 2, {"hair_kind", "hair_colour"}),
        ("sex", 1, {"sex", *TRAITS}),
    ],
)
def test_changing_one_factor_leaves_the_others(factor: str, value: float, changed: set[str]) -> None:
    factors = people()
    other = change(factors, **{factor: value}, generator=generator(3))
    assert differing(factors, other) == changed
    assert (getattr(other, factor) == value).all()
    assert getattr(other, factor).dtype == getattr(factors, factor).dtype


def test_changes_take_one_value_for_each_face() -> None:
    factors = people(6)
    other = change(factors, glasses=~factors.glasses, yaw=-factors.yaw)
    assert torch.equal(other.glasses, ~factors.glasses)
    assert torch.equal(other.yaw, -factors.yaw)
    assert differing(factors, change(other, glasses=factors.glasses, yaw=factors.yaw)) == set()


def test_hair_changed_and_changed_back_has_its_old_colour() -> None:
    factors = people()
    there = change(factors, hair_kind=HAIR_KINDS.index("black"))
    assert differing(factors, change(there, hair_kind=factors.hair_kind)) == set()


def test_changing_sex_follows_the_correlation() -> None:
    other = change(people(2000), sex=1, generator=generator(1), correlation=1.0)
    assert all((trait == 1).all() for trait in typical(other).values())


def test_rows_are_taken_in_order() -> None:
    factors = people(5)
    some = factors[[3, 1]]
    assert all(torch.equal(getattr(some, n), getattr(factors, n)[[3, 1]]) for n in NAMES)
    assert len(factors[factors.glasses]) == int(factors.glasses.sum())
    assert len(factors[1:2]) == 1


def test_moving_reaches_every_tensor() -> None:
    moved = people(2).to("meta")
    assert {getattr(moved, name).device.type for name in NAMES} == {"meta"}
    assert change(moved, glasses=True).glasses.device.type == "meta"


@pytest.mark.parametrize(
    ("message", "call"),
    [
        ("at least one face is needed, got count=0", lambda: people(0)),
        (r"lies in \[0, 1\], got 1.5", lambda: people(2, correlation=1.5)),
        (r"lies in \[0, 1\], got -0.1", lambda: people(2, correlation=-0.1)),
        (r"lies in \[0, 1\], got nan", lambda: people(2, correlation=float("nan"))),
        (r"yaw lies in \[-1, 1\]", lambda: change(people(2), yaw=1.2)),
        (r"hair_kind lies in \[0, 5\]", lambda: change(people(2), hair_kind=6)),
        (r"sex lies in \[0, 1\]", lambda: change(people(2), sex=2, generator=generator())),
        ("pass generator=", lambda: change(people(2), sex=1)),
    ],
)
def test_what_cannot_be_is_refused(message: str, call) -> None:
    with pytest.raises(ValueError, match=message):
        call()


def test_factors_of_unequal_counts_are_refused() -> None:
    """Without the shape annotations, which tests check first, the class itself says so."""
    unchecked = object.__new__(FaceFactors)
    for name in NAMES:
        object.__setattr__(unchecked, name, torch.zeros(3 if name == "glasses" else 2))
    with pytest.raises(ValueError, match=r"same number of faces each, got .*'glasses': 3"):
        unchecked.__post_init__()


@pytest.mark.parametrize("name", sorted(RANGES))
def test_a_factor_out_of_its_range_is_named(name: str) -> None:
    good = people(3)
    bad = getattr(good, name).clone()
    bad[1] = RANGES[name][1] + 1
    with pytest.raises(ValueError, match=rf"{name} lies in"):
        check_ranges(replace(good, **{name: bad}))


def test_nan_is_out_of_every_range() -> None:
    with pytest.raises(ValueError, match="smile lies in"):
        check_ranges(replace(people(1), smile=torch.tensor([float("nan")])))


def test_pure_hues() -> None:
    hue = torch.tensor([0.0, 1 / 3, 2 / 3, 0.5])
    one = torch.ones(4)
    wanted = torch.tensor([[1.0, 0, 0], [0, 1, 0], [0, 0, 1], [0, 1, 1]])
    assert torch.allclose(hsv(hue, one, one), wanted, atol=1e-5)
    assert torch.allclose(hsv(hue, 0 * one, 0.3 * one), torch.full((4, 3), 0.3))


def test_a_ladder_of_colours_meets_its_rungs() -> None:
    tones = ((0.0, 0.0, 0.0), (1.0, 0.0, 0.0), (1.0, 1.0, 0.0))
    place = torch.tensor([0.0, 0.25, 0.5, 1.0])
    wanted = torch.tensor([[0.0, 0, 0], [0.5, 0, 0], [1, 0, 0], [1, 1, 0]])
    assert torch.allclose(ladder(tones, place), wanted)


def test_hair_goes_from_its_darkest_to_its_lightest_tone() -> None:
    kind = torch.arange(5)
    for lightness, end in ((0.0, 0), (1.0, 1)):
        wanted = torch.tensor([tones[end] for tones in HAIR_TONES[:5]])
        assert torch.allclose(hair_tone(kind, torch.full((5,), lightness), torch.zeros(5)), wanted)
    dyed = hair_tone(torch.tensor([5, 5]), torch.full((2,), 0.5), torch.tensor([0.0, 2 / 3]))
    assert dyed[0].argmax() == 0
    assert dyed[1].argmax() == 2


def test_the_ends_of_the_eye_colours() -> None:
    assert not torch.equal(*eye_tone(torch.tensor([0.0, 1.0])).unbind())


def test_without_variety_colours_are_typical_and_patterns_free() -> None:
    tame, wild = (sample_factors(300, generator=generator(4), variety=v) for v in (0.0, 1.0))
    for name in ("skin", "clothes", "background"):
        assert float(getattr(tame, name).std(0).max()) < 1e-6, name
        assert float(getattr(wild, name).std(0).min()) > 0.05, name
    free = [Grain.WALL_KIND, Grain.WALL_PHASE, Grain.CLOTH_PHASE, Grain.HAIR_PHASE]
    assert torch.equal(tame.texture[:, free], wild.texture[:, free])


def test_variety_leaves_the_shapes_alone() -> None:
    tame, wild = (sample_factors(50, generator=generator(5), variety=v) for v in (0.2, 1.0))
    shapes = {f.name for f in fields(tame)} - set(APPEARANCE)
    assert all(torch.equal(getattr(tame, name), getattr(wild, name)) for name in shapes)


@pytest.mark.parametrize("variety", [-0.1, 1.1, float("nan")])
def test_a_variety_out_of_range_is_refused(variety: float) -> None:
    with pytest.raises(ValueError, match=f"variety of colours lies in \\[0, 1\\], got {variety}"):
        sample_factors(2, generator=generator(0), variety=variety)
