"""What an outside user imports: one line each from the two packages, and a map of them that misses nothing."""

import importlib
import pkgutil
import re

import pytest
import torch

import udtlib.transport
import udtlib.transport.gromov

PACKAGES = [udtlib.transport, udtlib.transport.gromov]


@pytest.mark.parametrize("package", PACKAGES, ids=lambda p: p.__name__)
def test_everything_exported_is_there_and_on_the_map(package):
    assert len(set(package.__all__)) == len(package.__all__)
    assert all(hasattr(package, name) for name in package.__all__)
    functions = {name for name in package.__all__ if not name[0].isupper()}
    on_the_map = set(re.findall(r":func:`(\w+)`", package.__doc__))
    assert on_the_map <= set(package.__all__)
    assert functions - on_the_map == set(), "the docstring is a map: name these where a user looks for them"


@pytest.mark.parametrize("package", PACKAGES, ids=lambda p: p.__name__)
def test_what_the_modules_say_is_public_is_exported_or_is_a_solver_s_inside(package):
    inside = {
        "balance",
        "checks",
        "descent",
        "factors",
        "kernel",
        "large",
        "newton",
        "scaling",
        "semidual",
        "state",
    }
    public = set()
    for module in pkgutil.iter_modules(package.__path__):
        if not module.ispkg and module.name not in inside:
            public |= set(importlib.import_module(f"{package.__name__}.{module.name}").__all__)
    assert public - set(package.__all__) - {"check_distances", "solved", "vertex"} == set()


def test_the_first_lines_of_a_user_who_brings_two_clouds():
    from udtlib.transport import optimal_coupling, squared_euclidean
    from udtlib.transport.gromov import distance_matrix, entropic_gromov, gromov_coupling

    x = torch.randn(6, 2, generator=torch.Generator().manual_seed(0))
    y = x.flip(0)
    assert optimal_coupling(squared_euclidean(x, y)).permutation.tolist() == [5, 4, 3, 2, 1, 0]
    dx, dy = distance_matrix(x), distance_matrix(3 * y)
    assert gromov_coupling(dx, dy).greedy().tolist() == [5, 4, 3, 2, 1, 0]
    assert entropic_gromov(dx, dy, epsilon=1.0).plan.shape == (6, 6)
