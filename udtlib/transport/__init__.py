r"""Couplings and distances between samples: how much mass goes from where to where, and what it costs.

Everything is a function of tensors; a solver returns an immutable result that says whether it converged.
NumPy arrays and lists are taken too. Whole numbers and booleans are promoted to the default precision, or to
double beside double data and where single precision would round them; half precision is computed and returned in
single, or refused where a solver cannot meet its marginals in it. What is left, such as a wrong number of axes,
is an error that names the argument.

========================================  ==============================================================
question                                  functions
========================================  ==============================================================
the cheapest plan, exactly                :func:`optimal_coupling`, :func:`wasserstein2`,
                                          :func:`squared_wasserstein2`
with entropy, one problem or many         :func:`entropic_coupling`, :func:`batched_sinkhorn`
a loss between samples                    :func:`sinkhorn_divergence`
plans between small batches of many       :func:`sample_coupling`, :func:`minibatch_cost`
what a move costs                         :func:`squared_euclidean`, :class:`SemanticCost` and the rules
                                          that find one: :func:`parallel_sum`, :func:`shared_spread`,
                                          :func:`mean_difference`, :func:`sparse_mask`
answers in closed form                    :func:`quantile_coupling`, :func:`wasserstein_on_the_line`,
                                          :func:`gaussian_squared_wasserstein2`,
                                          :func:`translation_wasserstein`
paths of samples                          :func:`transport_energy`, :func:`displacement_interpolation`,
                                          :func:`path_energy_gap`
a rotation between two clouds             :func:`wasserstein_procrustes`, :func:`nearest_rotation`
spaces with no common distance            the subpackage :mod:`udtlib.transport.gromov`
========================================  ==============================================================

.. code-block:: python

    from udtlib.transport import optimal_coupling, squared_euclidean

    coupling = optimal_coupling(squared_euclidean(x, y)).or_raise()
    coupling.cost, coupling.permutation, coupling.barycentric(y)
"""

from udtlib.transport.closed_forms import (
    gaussian_squared_wasserstein2,
    quantile_coupling,
    translation_wasserstein,
    wasserstein_on_the_line,
)
from udtlib.transport.costs import squared_euclidean
from udtlib.transport.divergence import sinkhorn_divergence
from udtlib.transport.dynamic import displacement_interpolation, path_energy_gap, transport_energy
from udtlib.transport.exact import optimal_coupling, squared_wasserstein2, wasserstein2
from udtlib.transport.minibatch import MinibatchCost, minibatch_cost, sample_coupling
from udtlib.transport.procrustes import (
    Alignment,
    ProcrustesSearch,
    RigidMap,
    nearest_rotation,
    wasserstein_procrustes,
)
from udtlib.transport.result import BatchedCoupling, Coupling, NotConvergedError
from udtlib.transport.semantic import (
    SemanticCost,
    mean_difference,
    parallel_sum,
    shared_spread,
    sparse_mask,
)
from udtlib.transport.sinkhorn import batched_sinkhorn, entropic_coupling

__all__ = [
    "Alignment",
    "BatchedCoupling",
    "Coupling",
    "MinibatchCost",
    "NotConvergedError",
    "ProcrustesSearch",
    "RigidMap",
    "SemanticCost",
    "batched_sinkhorn",
    "displacement_interpolation",
    "entropic_coupling",
    "gaussian_squared_wasserstein2",
    "mean_difference",
    "minibatch_cost",
    "nearest_rotation",
    "optimal_coupling",
    "parallel_sum",
    "path_energy_gap",
    "quantile_coupling",
    "sample_coupling",
    "shared_spread",
    "sinkhorn_divergence",
    "sparse_mask",
    "squared_euclidean",
    "squared_wasserstein2",
    "translation_wasserstein",
    "transport_energy",
    "wasserstein2",
    "wasserstein_on_the_line",
    "wasserstein_procrustes",
]
