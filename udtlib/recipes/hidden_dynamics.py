"""Chapter 04: where samples are after each block of a residual net, beside the optimal way."""

from __future__ import annotations

from collections.abc import Mapping

import torch

from udtlib.data.pair import IndependentPair
from udtlib.nets.residual import ResidualNet
from udtlib.profiles import Profile
from udtlib.recipes.results import Findings, Row
from udtlib.recipes.toy_cycles import ToyGame, line_pair, member_nets, play_toys, runs_of, toy_cyclegan
from udtlib.show.figure import Picture, panels
from udtlib.show.paths1d import draw_ridges, draw_ways
from udtlib.types import Float, Tensor

#: A small start and a large one, as in the paper's figure.
GAINS = (0.01, 1.5)
#: On the line nothing forces a discriminator's slope up: a lighter cycle lets the map move in time.
GAME = ToyGame(cycle_weight=0.3, judge_hidden=32, rate=4e-3)


@torch.no_grad()
def optimal_path(
    pair: IndependentPair, x: Float[Tensor, "batch dim"], *, blocks: int
) -> Float[Tensor, "time batch dim"]:
    r"""Straight lines at constant speed to the optimal map's answer: :math:`x_t = (1 - t)\,x + t\,T^\star(x)`.

    These paths minimise the energy :math:`\int_0^1 \mathbb{E}\|\dot x_t\|^2 dt` among all that carry
    :math:`\alpha` to :math:`\beta`, where the pair's true map is the optimal one.
    """
    t = torch.linspace(0, 1, blocks + 1)[:, None, None]
    return (1 - t) * x + t * pair.truth(x)


def energy(path: Float[Tensor, "time batch dim"]) -> float:
    r"""The energy of a path in :math:`K` equal steps: :math:`K \sum_k \mathbb{E}\|z_{k+1} - z_k\|^2`."""
    return float((len(path) - 1) * path.diff(dim=0).square().sum(2).mean(1).sum())


def order_kept(x: Float[Tensor, "batch 1"], made: Float[Tensor, "batch 1"]) -> float:
    """The share of pairs of samples that the map leaves in order; 1 for the optimal map on the line."""
    before, after = (torch.sign(v - v.T) for v in (x, made))
    return float((before * after > 0).sum() / (before != 0).sum())


@torch.no_grad()
def path_scores(net: ResidualNet, pair: IndependentPair, *, count: int = 1_000) -> dict[str, float]:
    """How a net's inner path compares with the optimal one."""
    x = pair.batch(0, size=count, seed=0, split="test").x
    path = net.path(x)
    best = optimal_path(pair, x, blocks=len(path) - 1)
    # Sorted samples are quantiles: on the line their mean distance is the distance of the distributions.
    between = (path.sort(dim=1).values - best.sort(dim=1).values).abs().mean((1, 2))
    return {
        "fit: W₁ of T#α to β": between[-1].item(),
        "alignment: mean |T(x) − T*(x)|": (path[-1] - best[-1]).abs().mean().item(),
        "alignment: pairs left in order": order_kept(x, path[-1]),
        "effort: energy of the path over the least": energy(path) / energy(best),
        "W₁ of the hidden states to the optimal ones": between[1:-1].mean().item(),
    }


def hidden_dynamics(profile: Profile, *, seeds: tuple[int, ...]) -> Findings:
    """The hidden states of CycleGAN's net on the line, for a small and for a large start."""
    pair, runs = line_pair(), runs_of(GAINS, seeds)
    game = play_toys(toy_cyclegan(runs, dimension=1, game=GAME), pair, profile, seed=seeds[0])
    nets = [member_nets(game)[0].member(k).cpu() for k in range(len(runs))]
    scores = [path_scores(net, pair) for net in nets]
    rows = [
        Row(
            system=f"gain {gain:g}",
            metric=metric,
            values=tuple(score[metric] for run, score in zip(runs, scores, strict=True) if run.gain == gain),
        )
        for gain in GAINS
        for metric in scores[0]
    ]
    first = {f"gain {gain:g}": nets[k * len(seeds)] for k, gain in enumerate(GAINS)}
    return Findings(rows=rows, pictures={"states": states_picture(first, pair)})


@torch.no_grad()
def states_picture(nets: Mapping[str, ResidualNet], pair: IndependentPair) -> Picture:
    """The density of each block's output, with the optimal one in outline, and the way of single samples."""
    x = pair.batch(0, size=3_000, seed=0, split="test").x
    some = x[:300].sort(dim=0).values[5::10]
    with panels(2 * len(nets), size=(2.9, 3.3)) as board:
        for k, (name, net) in enumerate(nets.items()):
            path = net.path(x)
            best = optimal_path(pair, x, blocks=len(path) - 1)
            draw_ridges(board[2 * k], path[:, :, 0], best[:, :, 0])
            board[2 * k].set_title(name)
            draw_ways(board[2 * k + 1], net.path(some)[:, :, 0])
            board[2 * k + 1].set_title(f"{name}: single samples")
    return board.picture(
        alt="Densities of the states after each residual block, from the source at the bottom to the target at "
        f"the top, with the optimal displacement in outline, and ways of single samples; {', '.join(nets)}.",
        caption="Filled: what the net's blocks make of α, from the bottom (α) to the top (T#α). Outlined: the "
        "optimal displacement. Beside it, the ways of thirty samples through the blocks, coloured by where they "
        "start.",
    )
