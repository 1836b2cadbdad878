"""Odd samples for translators: whole numbers are not cut off, and what does not fit is said."""

import numpy as np
import pytest
import torch

from udtlib.numerics.mixture import isotropic_mixture
from udtlib.translators.affine import Affine, gaussian_monge_map
from udtlib.translators.residual_flow import residual_flow
from udtlib.translators.rotated import Gaussianisation, RotatedRearrangement

MIXTURE = isotropic_mixture([[0.0, 1.0], [2.0, 0.0]], deviation=0.5)
X = torch.tensor([[0, 1], [2, 3]])
EXACT = [
    Affine(torch.tensor([[0.5, 0.1], [0.0, 0.3]]), torch.tensor([0.25, 0.5])),
    Gaussianisation(MIXTURE),
    RotatedRearrangement(MIXTURE, MIXTURE, torch.tensor([[0.0, -1], [1, 0]])),
]


@pytest.mark.parametrize("translator", EXACT, ids=lambda translator: type(translator).__name__)
@pytest.mark.parametrize("way", ["forward", "inverse"])
def test_whole_numbers_are_translated_as_floats_are(translator, way, as_a_user):
    function = translator if way == "forward" else translator.inverse
    right = function(X.float())
    torch.testing.assert_close(function(X), right)
    torch.testing.assert_close(function(X.float().numpy()), right)


def test_an_affine_map_takes_arrays_and_refuses_what_is_none(as_a_user):
    torch.testing.assert_close(Affine(np.eye(2), np.ones(2))(X.float()), X + 1.0)
    found = gaussian_monge_map(np.zeros(2), np.eye(2), np.ones(2), 4 * np.eye(2))
    torch.testing.assert_close(found.matrix, 2 * torch.eye(2, dtype=torch.float64))
    for matrix, shift in (
        (torch.eye(2), torch.ones(3)),
        (torch.ones(2, 3), torch.ones(2)),
        (torch.ones(2), X[0]),
    ):
        with pytest.raises(ValueError, match="square matrix and a shift of its side"):
            Affine(matrix, shift)
    with pytest.raises(ValueError, match="NaN or infinite"):
        Affine(torch.eye(2) * torch.nan, torch.ones(2))
    for function in (EXACT[0], EXACT[0].inverse):
        with pytest.raises(ValueError, match="must have 2 coordinates, as the map"):
            function(torch.ones(4, 3))
        with pytest.raises(TypeError, match="must be a tensor"):
            function([[1.0, 2.0]])


def test_a_flow_says_which_types_do_not_go_together_both_ways(as_a_user):
    flow = residual_flow(2, steps=2, hidden=4)
    for function in (flow, flow.inverse):
        with pytest.raises(ValueError, match=r"is float64 and the weights .* are float32; convert"):
            function(X.double())
