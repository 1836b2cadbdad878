r"""Which one of many is the partner: the contrastive loss of patches [park2020].

.. math::

    \mathcal{L}_\mathrm{NCE}(q, k) = -\frac1n \sum_{i=1}^n
        \log \frac{\exp(\langle q_i, k_i \rangle / \tau)}{\sum_{j=1}^n \exp(\langle q_i, k_j \rangle / \tau)}

with :math:`q` and :math:`k` of length one. It is the cross-entropy of a guess which of the :math:`n` keys belongs
to query :math:`i`, and :math:`\log n` minus it is a lower bound of the mutual information of the two
[oord2018, section 2.3]. Half precision is answered in single precision.
"""

from __future__ import annotations

import torch
from torch.nn.functional import cross_entropy

from udtlib.numerics.inputs import alike, check_axes, check_filled, full_precision
from udtlib.numerics.options import number
from udtlib.types import Float, Shaped, Tensor

__all__ = ["patch_nce"]


def patch_nce(
    queries: Shaped[Tensor, "batch patch feature"],
    keys: Shaped[Tensor, "batch patch feature"],
    *,
    temperature: float | int = 0.07,
) -> Float[Tensor, ""]:
    r"""The mean cross-entropy, in nats, of finding each query's key among those of the same image.

    Patches of other images are no candidates: an image's own patches look most alike, and telling them apart is
    what the features are for [park2020, section 3 and equation 4].

    Args:
        queries: :math:`q`, features of the translation's patches, of length one.
        keys: :math:`k`, features of the source's patches at the same places, of length one.
        temperature: :math:`\tau`; smaller ones ask for a larger lead of the partner.

    Raises:
        ValueError: other than three axes, different shapes, or a temperature that is not positive and finite.
    """
    if not number(temperature, name="temperature") > 0:
        raise ValueError(f"temperature must be positive, got {temperature}; 0.07 is the paper's")
    q, k = (full_precision(each, name=name) for each, name in ((queries, "queries"), (keys, "keys")))
    q, k = alike(queries=q, keys=k)
    for name, value in (("queries", q), ("keys", k)):
        check_axes(value, name=name, count=3, words="(batch, patch, feature)")
        check_filled(value, name=name)
    if q.shape != k.shape:
        raise ValueError(
            f"queries have shape {tuple(q.shape)} and keys {tuple(k.shape)}; take both at the same places"
        )
    logits = torch.einsum("bif,bjf->bij", q, k) / temperature
    partner = torch.arange(q.shape[1], device=q.device).expand(len(q), -1)
    return cross_entropy(logits.flatten(0, 1), partner.flatten())
