"""Couplings of batches: pairs drawn from a plan, and what a plan loses if only batches are ever seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import torch

from udtlib.numerics.signatures import checked_inputs
from udtlib.transport.costs import squared_euclidean
from udtlib.transport.exact import optimal_coupling
from udtlib.types import Float, Int, Tensor

__all__ = ["MinibatchCost", "minibatch_cost", "sample_coupling"]

#: A plan's mass may differ from one by this much.
SLACK = 1e-3


@checked_inputs(remedy="draw from one plan at a time")
def sample_coupling(
    plan: Float[Tensor, "n m"], *, generator: torch.Generator, count: int | None = None
) -> tuple[Int[Tensor, "count"], Int[Tensor, "count"]]:
    r"""Independent pairs, drawn from a plan with replacement: ``x[i], y[j]`` for ``i, j`` from here.

    .. math:: (i, j) \sim P, \qquad \Pr(i, j) = P_{ij}

    Args:
        plan: a coupling's plan; it sums to one.
        generator: on the plan's device.
        count: how many pairs; as many as there are sources by default.

    Raises:
        ValueError: a negative or non-finite entry, a mass other than one, or a negative count.

    Source: [tong2024].
    """
    plan = plan.detach()
    mass, least = (float(plan.sum()), float(plan.min())) if plan.numel() else (0.0, 0.0)
    if not least >= 0 or not abs(mass - 1) <= SLACK:
        raise ValueError(
            f"pairs are drawn from a plan of mass 1 without negative entries, got a mass of "
            f"{mass:g} and a smallest entry of {least:g}; give a coupling's plan"
        )
    if count is not None and count < 0:
        raise ValueError(f"the number of pairs is at least 0, got {count}")
    n, m = plan.shape
    # Not torch.multinomial, which takes no more than 2²⁴ entries.
    levels = plan.double().flatten().cumsum(0)
    drawn = torch.rand(
        n if count is None else count, generator=generator, device=plan.device, dtype=torch.float64
    )
    # right: a level that is hit exactly belongs to the next pair, so none without mass is ever drawn.
    pair = torch.searchsorted(levels, drawn * levels[-1], right=True).clamp(max=n * m - 1)
    return pair // m, pair % m


@final
@dataclass(frozen=True, kw_only=True)
class MinibatchCost:
    r"""What optimal transport between batches pays, against optimal transport between whole samples.

    Args:
        batch: samples per batch.
        whole: :math:`W_2^2` between the whole samples.
        batched: the mean cost of the plans that batches give, over the rounds.
        standard_error: of that mean, over the rounds.
        excess: ``batched / whole - 1``, never negative.
        agreement: the share of mass that batches pair as the whole plan does, from 0 to 1.
    """

    batch: int
    whole: float
    batched: float
    standard_error: float
    excess: float
    agreement: float


@checked_inputs()
def minibatch_cost(
    x: Float[Tensor, "n *shape"],
    y: Float[Tensor, "n *shape"],
    *,
    batch: int,
    generator: torch.Generator,
    rounds: int = 4,
) -> MinibatchCost:
    r"""How much dearer a plan is if it is put together from batches.

    Each round shuffles both samples, cuts them into :math:`B = n / \text{batch}` batches, and couples batch
    with batch. The batches' plans together are a plan between the whole samples, so that

    .. math:: \frac{1}{B} \sum_{b=1}^{B} W_2^2(x^{(b)}, y^{(b)}) \;\ge\; W_2^2(x, y),

    with equality for a single batch. The bias goes to zero as batches grow, slowly where the dimension is high,
    and training longer does not remove it.

    Args:
        x: as many samples as y.
        batch: samples per batch; a divisor of n.
        generator: on the CPU; shuffles the samples.
        rounds: how often all samples are cut anew.

    Raises:
        ValueError: unequal counts, a batch size that does not divide them, fewer than two rounds, or equal
            samples, for which there is no ratio.
        NotConvergedError: the solver stopped before an optimum.

    Source: [fatras2020].
    """
    if len(x) != len(y) or batch < 1 or len(x) % batch != 0:
        raise ValueError(
            f"a round cuts both samples into equal batches: needs equal counts that batch divides, got "
            f"{len(x)} and {len(y)} samples with batch={batch}"
        )
    if rounds < 2:
        raise ValueError(f"a standard error needs at least two rounds, got {rounds}")
    cost = squared_euclidean(x, y).detach().cpu().double()
    whole = optimal_coupling(cost).or_raise()
    best = float(whole.cost)
    if not best > 0:
        raise ValueError("the samples are equal: no cost can be compared with a distance of zero")
    plans = [batched_plan(cost, batch=batch, generator=generator) for _ in range(rounds)]
    paid = torch.stack([(plan * cost).sum() for plan in plans])
    shared = torch.stack([torch.minimum(plan, whole.plan).sum() for plan in plans])
    return MinibatchCost(
        batch=batch,
        whole=best,
        batched=float(paid.mean()),
        standard_error=float(paid.std() / rounds**0.5),
        # Rounding may leave a single batch below the optimum.
        excess=max(0.0, float(paid.mean()) / best - 1),
        agreement=float(shared.mean()),
    )


def batched_plan(cost: Tensor, *, batch: int, generator: torch.Generator) -> Tensor:
    """A plan between the whole samples, put together from optimal plans between random batches."""
    n = len(cost)
    rows = torch.randperm(n, generator=generator).split(batch)
    columns = torch.randperm(n, generator=generator).split(batch)
    plan = torch.zeros_like(cost)
    for i, j in zip(rows, columns, strict=True):
        block = cost[i[:, None], j]
        plan[i[:, None], j] = optimal_coupling(block).or_raise().plan * (batch / n)
    return plan
