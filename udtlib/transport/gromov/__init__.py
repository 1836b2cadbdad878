r"""Gromov-Wasserstein: plans between two spaces of which only the distances within each are known.

.. math:: \min_{P \in \Pi(a, b)} \sum_{ijkl} \bigl(d_{ik} - d'_{jl}\bigr)^2 P_{ij} P_{kl}

The problem is not convex: every solver returns a stationary plan, and which one depends on where it starts.

========================================  ==============================================================
question                                  functions
========================================  ==============================================================
the best plan, from many starts           :func:`gromov_coupling` with a :class:`GromovSearch`: normalises the
                                          distances by itself, ends without entropy
one plan with entropy, one problem        :func:`entropic_gromov`
the same for a batch of problems          :func:`batched_gromov`
one plan without entropy                  :func:`frank_wolfe`
a loss for two encoders                   :func:`gromov_loss` with a :class:`GromovForm`
distances, and their unit                 :func:`distance_matrix`, :func:`mean_normalised`
what a plan costs                         :func:`gromov_energy`, :func:`plan_entropy`
plans to start from                       :func:`independent_start`, :func:`profile_starts`,
                                          :func:`soft_profile_start`, :func:`shuffled_starts`; the bound
                                          :func:`profile_cost`
========================================  ==============================================================

.. code-block:: python

    from udtlib.transport.gromov import distance_matrix, gromov_coupling

    coupling = gromov_coupling(distance_matrix(x), distance_matrix(y)).or_raise()
    coupling.energy, coupling.energies, coupling.greedy(), coupling.barycentric(y)
"""

from udtlib.transport.gromov.energy import (
    Normalised,
    distance_matrix,
    gromov_energy,
    mean_normalised,
    plan_entropy,
)
from udtlib.transport.gromov.entropic import batched_gromov, entropic_gromov
from udtlib.transport.gromov.loss import GromovForm, GromovLoss, gromov_loss
from udtlib.transport.gromov.polish import frank_wolfe
from udtlib.transport.gromov.result import BatchedGromov, GromovCoupling
from udtlib.transport.gromov.search import GromovSearch, gromov_coupling
from udtlib.transport.gromov.starts import (
    independent_start,
    profile_cost,
    profile_starts,
    shuffled_starts,
    soft_profile_start,
)

__all__ = [
    "BatchedGromov",
    "GromovCoupling",
    "GromovForm",
    "GromovLoss",
    "GromovSearch",
    "Normalised",
    "batched_gromov",
    "distance_matrix",
    "entropic_gromov",
    "frank_wolfe",
    "gromov_coupling",
    "gromov_energy",
    "gromov_loss",
    "independent_start",
    "mean_normalised",
    "plan_entropy",
    "profile_cost",
    "profile_starts",
    "shuffled_starts",
    "soft_profile_start",
]
