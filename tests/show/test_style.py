"""The palette is legible on the card and stays apart for every kind of colour vision."""

import itertools

import numpy as np
import pytest
from matplotlib.colors import to_rgb

from udtlib.show.style import CARD, CYCLE, FAINT, INK, ROLES, SOURCE, TARGET, TRANSLATED, colour_of

#: Simulation of full colour-vision deficiency in linear RGB [machado2009].
DEFICIENCIES = {
    "none": np.eye(3),
    "protan": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deutan": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritan": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}


def linear(colour: str) -> np.ndarray:
    value = np.array(to_rgb(colour))
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)


def lab(rgb: np.ndarray) -> np.ndarray:
    """CIE L*a*b* of linear RGB, white point D65."""
    to_xyz = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    x, y, z = np.cbrt(np.clip(to_xyz @ rgb, 1e-6, None) / [0.9505, 1, 1.089])
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def contrast(first: str, second: str) -> float:
    """The contrast ratio of the Web Content Accessibility Guidelines."""
    low, high = sorted(float(np.dot([0.2126, 0.7152, 0.0722], linear(colour))) for colour in (first, second))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("deficiency", DEFICIENCIES)
def test_the_three_distributions_stay_apart(deficiency: str) -> None:
    seen = [lab(DEFICIENCIES[deficiency] @ linear(colour)) for colour in (SOURCE, TARGET, TRANSLATED)]
    assert min(np.linalg.norm(a - b) for a, b in itertools.combinations(seen, 2)) > 20


def test_inks_are_legible_on_the_card() -> None:
    assert contrast(INK, CARD) > 7
    assert contrast(FAINT, CARD) > 3
    assert min(contrast(colour, CARD) for colour in (SOURCE, TARGET, TRANSLATED)) > 3
    assert min(contrast(colour, CARD) for colour in CYCLE) > 2.4


def test_a_name_has_one_colour_in_the_whole_course() -> None:
    assert colour_of("α", 5) == colour_of("source", 0) == SOURCE
    assert colour_of("T#α at 90°", 0) == TRANSLATED
    assert colour_of("anything", 1) == CYCLE[1]
    assert colour_of("anything", len(CYCLE)) == CYCLE[0]
    assert set(ROLES.values()) <= {*CYCLE, SOURCE, TARGET, TRANSLATED}
