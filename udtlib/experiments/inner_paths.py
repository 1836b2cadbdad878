"""Where samples are after each block of a residual net, beside the optimal way."""

from __future__ import annotations

from collections.abc import Mapping

import torch

from udtlib.data.pair import IndependentPair
from udtlib.evaluate.scores import Scores
from udtlib.nets.residual import ResidualNet
from udtlib.show.figure import Picture, panels
from udtlib.show.paths1d import draw_ridges, draw_ways
from udtlib.types import Float, Tensor


def optimal_path(
    x: Float[Tensor, "batch dim"], y: Float[Tensor, "batch dim"], *, blocks: int
) -> Float[Tensor, "time batch dim"]:
    r"""Straight lines at constant speed to the optimal map's answer: :math:`x_t = (1 - t)\,x + t\,T^\star(x)`.

    These paths minimise the energy :math:`\int_0^1 \mathbb{E}\|\dot x_t\|^2 dt` among all that carry
    :math:`\alpha` to :math:`\beta`, where :math:`y = T^\star(x)` is the optimal map's.
    """
    t = torch.linspace(0, 1, blocks + 1)[:, None, None]
    return (1 - t) * x + t * y


def energy(path: Float[Tensor, "time batch dim"]) -> float:
    r"""The energy of a path in :math:`K` equal steps: :math:`K \sum_k \mathbb{E}\|z_{k+1} - z_k\|^2`."""
    return float((len(path) - 1) * path.diff(dim=0).square().sum(2).mean(1).sum())


def order_kept(x: Float[Tensor, "batch 1"], made: Float[Tensor, "batch 1"]) -> float:
    """The share of pairs of samples that the map leaves in order; 1 for the optimal map on the line."""
    before, after = (torch.sign(v - v.T) for v in (x, made))
    return float((before * after > 0).sum() / (before != 0).sum())


@torch.no_grad()
def path_scores(net: ResidualNet, pair: IndependentPair, *, count: int = 1_000) -> Scores:
    """How a net's inner path compares with the optimal one."""
    batch = pair.batch(0, size=count, seed=0, split="test")
    path, right = net.path(batch.x), pair.answers(batch)
    assert right is not None, "the optimal map is known"
    best = optimal_path(batch.x, right, blocks=len(path) - 1)
    # Sorted samples are quantiles: on the line their mean distance is the distance of the distributions.
    between = (path.sort(dim=1).values - best.sort(dim=1).values).abs().mean((1, 2))
    return Scores(
        fit={"W₁ of T#α to β": between[-1].item()},
        alignment={
            "mean |T(x) − T*(x)|": (path[-1] - best[-1]).abs().mean().item(),
            "pairs left in order": order_kept(batch.x, path[-1]),
        },
        effort={"energy of the path over the least": energy(path) / energy(best)},
        other={"W₁ of the hidden states to the optimal ones": between[1:-1].mean().item()},
    )


def states_picture(paths: Mapping[str, tuple[Tensor, Tensor]]) -> Picture:
    """The density of each block's output, with the optimal one in outline, and the way of single samples.

    Args:
        paths: by name, the states after each block, and the optimal map's answers to the same samples.
    """
    with panels(2 * len(paths), size=(2.9, 3.3)) as board:
        for k, (name, (path, right)) in enumerate(paths.items()):
            best = optimal_path(path[0], right, blocks=len(path) - 1)
            draw_ridges(board[2 * k], path[:, :, 0], best[:, :, 0])
            board[2 * k].set_title(name)
            some = path[0, :300, 0].argsort()[5::10]
            draw_ways(board[2 * k + 1], path[:, some, 0])
            board[2 * k + 1].set_title(f"{name}: single samples")
    return board.picture(
        alt="Densities of the states after each residual block, from the source at the bottom to the target at "
        f"the top, with the optimal displacement in outline, and ways of single samples; {', '.join(paths)}.",
        caption="Filled: what the net's blocks make of α, from the bottom (α) to the top (T#α). Outlined: the "
        "optimal displacement. Beside it, the ways of thirty samples through the blocks, coloured by where they "
        "start.",
    )
