"""Halves of two sets of samples, to learn from and to judge: copies of one sample may not stand in both.

A judge who has learned from a copy of what it is shown knows it again. Where a generator has copied true samples,
every copy that is judged would be taken for true by its twin: two equal sets, which nobody can tell apart, would
differ significantly. So the two of a pair of equal samples stand in one half, whichever sets they come from. What
occurs more than twice comes from a law with few values, whose draws are equal by chance; such samples go where the
draw puts them, as all others do, for a value that is judged must have been learned.
"""

from __future__ import annotations

from collections import Counter, defaultdict

import torch

from udtlib.numerics.options import check_generator
from udtlib.types import Float, Int, Tensor

__all__ = ["halves"]

#: A sample by its set, 0 or 1, and its row.
Place = tuple[int, int]


def halves(
    rows_x: Float[Tensor, "n d"], rows_y: Float[Tensor, "m d"], *, generator: torch.Generator
) -> tuple[Float[Tensor, "learned d"], Float[Tensor, "judged d"], Int[Tensor, "count"]]:
    """Two halves with equally many samples of either set, and the set, 0 or 1, of each row in a half.

    Args:
        rows_x: one set.
        rows_y: the other.
        generator: draws the halves, on the CPU.
    """
    check_generator(generator)
    both = (rows_x, rows_y)
    half = min(map(len, both)) // 2
    orders = [torch.randperm(len(rows), generator=generator).tolist() for rows in both]
    keys = [row_keys(rows) for rows in both]
    if Counter(keys[0]) == Counter(keys[1]):
        parts = alike_parts(orders, keys, half=half)
    else:
        parts = parts_with_twins(orders, keys, half=half)
    learned, judged = (
        torch.cat(
            [rows[torch.tensor(chosen, device=rows.device)] for rows, chosen in zip(both, part, strict=True)]
        )
        for part in parts
    )
    label = torch.arange(2, device=rows_x.device).repeat_interleave(half)
    return learned, judged, label


def alike_parts(orders: list[list[int]], keys: list[list[bytes]], *, half: int) -> list[list[list[int]]]:
    """The halves of two equal sets: the same samples of both."""
    copies = defaultdict(list)
    for row in orders[1]:
        copies[keys[1][row]].append(row)
    second = [copies[keys[0][row]].pop() for row in orders[0]]
    return [[order[start : start + half] for order in (orders[0], second)] for start in (0, half)]


def parts_with_twins(orders: list[list[int]], keys: list[list[bytes]], *, half: int) -> list[list[list[int]]]:
    """The halves as they were drawn, but for twins, which go together where the first of them is."""
    parts: list[list[list[int]]] = [[[], []], [[], []]]
    placed: set[Place] = set()
    for start, twins in twins_in(orders, keys):
        wanted = int(start >= half)
        for part in (parts[wanted], parts[1 - wanted]):
            needed = Counter(side for side, _ in twins)
            if all(len(part[side]) + count <= half for side, count in needed.items()):
                for side, row in twins:
                    part[side].append(row)
                placed |= set(twins)
                break
    for side, order in enumerate(orders):
        single = [row for row in order if (side, row) not in placed]
        lacking = half - len(parts[0][side])
        parts[0][side] += single[:lacking]
        parts[1][side] += single[lacking : lacking + half - len(parts[1][side])]
    return parts


def twins_in(orders: list[list[int]], keys: list[list[bytes]]) -> list[tuple[int, tuple[Place, Place]]]:
    """Samples that equal exactly one other, behind the place of the first in its set's order; in that order."""
    places: dict[bytes, list[tuple[int, Place]]] = defaultdict(list)
    for side, order in enumerate(orders):
        for start, row in enumerate(order):
            places[keys[side][row]].append((start, (side, row)))
    pairs = [found for found in places.values() if len(found) == 2]
    return sorted((first[0], (first[1], second[1])) for first, second in pairs)


def row_keys(rows: Float[Tensor, "n d"]) -> list[bytes]:
    """Equal keys for equal rows."""
    # + 0.0 makes zero of minus zero, which equals it.
    return [row.tobytes() for row in (rows + 0.0).cpu().numpy()]
