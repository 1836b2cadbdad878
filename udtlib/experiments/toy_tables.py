"""Tables of the toys: what a start decides, where samples are within a net, and what CycleGAN's effort is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import torch

from udtlib.data.pair import IndependentPair
from udtlib.data.toy2d import mixture, translated_mixture, translated_rotated_mixture
from udtlib.evaluate.distances import energy_distance_biased
from udtlib.evaluate.effort import distance_to_optimal_partners, effort_over_least
from udtlib.evaluate.scores import Scores
from udtlib.experiments.declare import Experiment, Measured, Setting, Shown
from udtlib.experiments.inner_paths import path_scores, states_picture
from udtlib.experiments.pictures import Drawn
from udtlib.experiments.toy_cycles import (
    SHIFT,
    ToyGame,
    everywhere,
    four_modes,
    line_pair,
    map_scores,
    maps_picture,
    member_nets,
    starts_of,
    toy_cyclegan,
    toy_maps,
    toy_training,
    train_toys,
)
from udtlib.show.figure import Picture, panels
from udtlib.show.style import CYCLE, INK
from udtlib.train.trainer import TrainConfig
from udtlib.transport.exact import squared_wasserstein2
from udtlib.types import Tensor

GAINS = (0.01, 0.1, 0.5, 1.0, 1.5)
#: Weight of the explicit effort at the start of a run.
EFFORT = 0.3
#: The start of CycleGAN's own nets is as small as this [zhu2017cycle, appendix].
SMALL = 0.02
PAIRING, FIT = "mean ‖T(x) − T*(x)‖", "energy distance of T#α to β"
#: Starts of every gain, for each seed of the table; the larger of the two gains whose maps are drawn.
STARTS, LARGE = 10, 1.0
#: So many of the smallest gains are not drawn against their fit: all of their runs fit and are right.
SMALL_ALIKE = 2
#: A map fits up to this energy distance, several times that of two samples of the target.
FITS = 0.03
#: It is right up to this error; blobs are at least 1.4 apart.
RIGHT = 0.3
#: The runs without and with the effort, and how their names end.
SERIES = {"CycleGAN": "", "with the effort": f", effort {EFFORT}"}
#: Smaller judges and larger steps than in the other tables, so that so many runs are affordable.
GAIN_GAME = ToyGame(rate=4e-3, judge_hidden=32)


def init_gain(setting: Setting, *, config: TrainConfig | None = None) -> Measured:
    """Every gain with and without an explicit preference for small changes, many starts each.

    A map that misses the target says nothing about a bias: right and wrong are counted among those that fit.
    """
    pair, scores, runs, shown = four_modes(), {}, {}, {}
    starts = starts_of(GAINS, range(STARTS * setting.seed, STARTS * (setting.seed + 1)))
    batch = pair.batch(0, size=500, seed=0, split="test")
    for words, weight in (("", 0.0), (f", effort {EFFORT}", EFFORT)):
        game = toy_cyclegan(starts, game=replace(GAIN_GAME, effort_weight=weight))
        before = (everywhere(member_nets(game)[0], batch.x) - batch.x[:, None]).square().sum(2).mean(0)
        train_toys(game, pair, config=config or toy_training(setting.profile, seed=setting.seed))
        maps, made = toy_maps(game, pair), everywhere(member_nets(game)[0], batch.x[:120])
        for k, gain in enumerate(GAINS):
            name, own = f"gain {gain:g}{words}", range(STARTS * k, STARTS * (k + 1))
            runs[name] = fits_and_errors([map_scores(maps, pair, run) for run in own])
            start = Scores(effort={"mean ‖T(x) − x‖² before training": before[list(own)].median().item()})
            scores[name] = counted(runs[name]) | start
            if gain in (GAINS[0], LARGE):
                few = {"x": batch.x[:120], "label": batch.x_label[:120]}
                shown[name] = few | {"T(x)": made[:, STARTS * k].clone()}
    return Measured(scores, {"errors": runs, "scatter": runs, "maps": shown})


def fits_and_errors(scores: Sequence[Scores]) -> dict[str, Tensor]:
    """The fit and the pairing error of several runs."""
    return {
        "fit": torch.tensor([each.fit[FIT] for each in scores]),
        "error": torch.tensor([each.alignment[PAIRING] for each in scores]),
    }


def counted(runs: Mapping[str, Tensor]) -> Scores:
    """The shares of runs that fit, and of those that fit and are right or wrong."""
    fits, right = runs["fit"] <= FITS, runs["error"] <= RIGHT
    shares = {"right": fits & right, "wrong": fits & ~right}
    return Scores(
        fit={f"share of runs that fit ({FIT} ≤ {FITS})": fits.double().mean().item()},
        alignment={
            f"share of runs that fit and are {word}": which.double().mean().item()
            for word, which in shares.items()
        },
    )


def errors_of(shown: Mapping[str, Shown]) -> Picture:
    """The pairing errors of all runs over the gain."""
    return errors_picture({words: by_gain(shown, "error", end=end) for words, end in SERIES.items()}, GAINS)


def scatter_of(shown: Mapping[str, Shown]) -> Picture:
    """Fit against pairing error, one dot for each run, a panel for each of the larger gains."""
    return scatter_picture(
        {
            words: {key: by_gain(shown, key, end=end)[SMALL_ALIKE:] for key in ("fit", "error")}
            for words, end in SERIES.items()
        },
        GAINS[SMALL_ALIKE:],
    )


def by_gain(shown: Mapping[str, Shown], key: str, *, end: str) -> Tensor:
    """All runs of a series, one row for each gain."""
    return torch.stack([shown[f"gain {gain:g}{end}"][key].flatten() for gain in GAINS])


def scatter_picture(runs: Mapping[str, Mapping[str, Tensor]], gains: Sequence[float]) -> Picture:
    """Fit against pairing error of every run, a panel for each gain; left of the line are the runs that fit."""
    shift = torch.tensor(SHIFT).norm().item()
    with panels(len(gains), size=(2.5, 2.7)) as board:
        for k, (axes, gain) in enumerate(zip(board, gains, strict=True)):
            for series, (name, each) in enumerate(runs.items()):
                colour = CYCLE[series]
                axes.scatter(
                    each["fit"][k], each["error"][k], s=17, alpha=0.6, linewidths=0, color=colour, label=name
                )
            axes.axvline(FITS, color=INK, linewidth=0.8, linestyle=(0, (4, 3)))
            axes.axhline(shift, color=INK, linewidth=0.5, linestyle=":")
            axes.set_xscale("log")
            axes.set_yscale("log")
            axes.set_xlim(2e-3, 4)
            axes.set_ylim(8e-3, 4)
            axes.set_title(f"gain {gain:g}", loc="left")
            axes.set_xlabel("energy distance to β")
            if k == 0:
                axes.set_ylabel(PAIRING)
                axes.legend(loc="upper right", fontsize=7)
    return board.picture(
        alt=f"{len(gains)} scatter plots of pairing error against fit, one for each gain "
        f"({', '.join(f'{gain:g}' for gain in gains)}), one dot for each run. {where_dots_lie(runs, gains)}",
        caption="One dot for each run. Left of the dashed line a map fits; with an error below 0.3 it is right. "
        "Dotted: the error of doing nothing. Both axes are logarithmic.",
    )


def where_dots_lie(runs: Mapping[str, Mapping[str, Tensor]], gains: Sequence[float]) -> str:
    """How many dots of each panel lie left of the line, and how many of those lie low."""
    parts = []
    for k, gain in enumerate(gains):
        for name, each in runs.items():
            fit, error = each["fit"][k], each["error"][k]
            left = fit <= FITS
            low = left & (error <= RIGHT)
            parts.append(
                f"At gain {gain:g}, {name}: {int(left.sum())} of {len(fit)} lie left of the line, "
                f"{int(low.sum())} of them low."
            )
    return " ".join(parts)


def errors_picture(errors: Mapping[str, Tensor], gains: Sequence[float]) -> Picture:
    """The pairing error of every run over the gain, one dot each; errors by gain and by run."""
    with panels(1, size=(5.6, 3.4)) as board:
        axes = board[0]
        draw_by_gain(axes, errors, gains)
        axes.axhline(torch.tensor(SHIFT).norm().item(), color=INK, linewidth=0.8, linestyle=(0, (4, 3)))
        axes.annotate("doing nothing", (0, torch.tensor(SHIFT).norm().item()), va="bottom")
        axes.set_ylabel("mean ‖T(x) − T*(x)‖")
    return board.picture(
        alt="The pairing error of each run over the gain: small and alike up to a gain of one half, large and "
        "scattered above; with the effort term it stays small longer.",
        caption="One dot for each run, lines through the medians. The vertical axis is logarithmic.",
    )


def draw_by_gain(axes, values: Mapping[str, Tensor], gains: Sequence[float]) -> None:
    """Dots for each run over the gain, side by side so that none hides another, and lines through the medians."""
    for k, (name, each) in enumerate(values.items()):
        at = torch.arange(len(gains)) + 0.14 * (k - (len(values) - 1) / 2)
        axes.plot(at, each.median(1).values, color=CYCLE[k], linewidth=1.2, label=name)
        places = at[:, None].expand(each.shape)
        axes.scatter(places.flatten(), each.flatten(), color=CYCLE[k], s=17, alpha=0.7, linewidths=0)
    axes.set_yscale("log")
    axes.set_xticks(range(len(gains)), [f"{gain:g}" for gain in gains])
    axes.set_xlabel("deviation of the initial weights (gain)")
    axes.legend()


def maps_of(shown: Mapping[str, Shown]) -> Picture:
    """The maps of several systems, on samples that they share."""
    first = next(iter(shown.values()))
    return maps_picture(first["x"], first["label"], {name: each["T(x)"] for name, each in shown.items()})


INIT_GAIN = Experiment(
    name="init-gain",
    title="Initial weights choose the map: fit and pairing error over the gain",
    source="[debezenac2019], figures 5 and 6, which state no numbers",
    measure=init_gain,
    pictures={
        "errors": Drawn(picture=errors_of, every_seed=True),
        "scatter": Drawn(picture=scatter_of, every_seed=True),
        "maps": Drawn(picture=maps_of),
    },
)

TOY_SHIFT = (1.5, 1.0)
TOY_TASKS: dict[str, IndependentPair] = {
    "moved": translated_mixture(shift=TOY_SHIFT),
    "moved and turned by 120°": translated_rotated_mixture(shift=TOY_SHIFT),
}


def cyclegan_toy(setting: Setting, *, config: TrainConfig | None = None) -> Measured:
    """A translated copy and a turned one, by CycleGANs with a small start."""
    scores, shown = {}, {}
    for name, pair in TOY_TASKS.items():
        game = toy_cyclegan(starts_of([SMALL], (setting.seed,)))
        train_toys(game, pair, config=config or toy_training(setting.profile, seed=setting.seed))
        batch = pair.batch(0, size=600, seed=0, split="test")
        least, right = float(squared_wasserstein2(batch.x, batch.y)), pair.answers(batch)
        measured = map_scores(toy_maps(game, pair), pair, 0)
        over = {
            "over the least, W₂²": measured.effort["mean ‖T(x) − x‖²"] / least,
            "of the truth over the least": (right - batch.x).square().sum(1).mean().item() / least,
        }
        scores[name] = measured | Scores(effort=over)
        made = everywhere(member_nets(game)[0], batch.x[:120])[:, 0]
        # Both tasks draw their samples from the same source by the same seed.
        shown[name] = {"x": batch.x[:120], "label": batch.x_label[:120], "T(x)": made}
    return Measured(scores, {"maps": shown})


TOY = Experiment(
    name="cyclegan-toy",
    title="CycleGAN on a moved and on a turned copy",
    source="[debezenac2019], figure 1, which states no numbers",
    measure=cyclegan_toy,
    pictures={"maps": Drawn(picture=maps_of)},
)

#: On the line nothing forces a discriminator's slope up: a lighter cycle lets the map move in time.
LINE_GAME = ToyGame(cycle_weight=0.3, judge_hidden=32, rate=4e-3)
#: A small start and a large one, as in the paper's figure.
LINE_GAINS = (0.01, 1.5)
#: Samples whose states are shown.
SHOWN = 3_000


def hidden_dynamics(setting: Setting, *, config: TrainConfig | None = None) -> Measured:
    """The hidden states of CycleGAN's net on the line, for a small and for a large start."""
    pair = line_pair()
    game = toy_cyclegan(starts_of(LINE_GAINS, (setting.seed,)), dimension=1, game=LINE_GAME)
    train_toys(game, pair, config=config or toy_training(setting.profile, seed=setting.seed))
    nets = {f"gain {gain:g}": member_nets(game)[0].member(k).cpu() for k, gain in enumerate(LINE_GAINS)}
    batch = pair.batch(0, size=SHOWN, seed=0, split="test")
    with torch.no_grad():
        shown = {
            name: {"path": net.path(batch.x), "right y": pair.answers(batch)} for name, net in nets.items()
        }
    return Measured({name: path_scores(net, pair) for name, net in nets.items()}, {"states": shown})


HIDDEN = Experiment(
    name="hidden-dynamics",
    title="The path inside CycleGAN's net beside the optimal one",
    source="[debezenac2019], figure 7, which states no numbers",
    measure=hidden_dynamics,
    pictures={
        "states": Drawn(
            picture=lambda shown: states_picture({k: (v["path"], v["right y"]) for k, v in shown.items()})
        )
    },
)

DEPTHS = (1, 3, 5, 9)
#: Four clusters whose best partners lie in different directions: no translation carries them over.
SOURCE = ((-1.0, -0.8), (-0.6, 1.0), (0.9, -0.5), (0.7, 0.9))
TARGET = ((-0.2, -1.2), (0.2, 1.6), (2.0, -0.2), (1.3, 0.8))
DEVIATION = 0.15
RATIO = "E‖T(x) − x‖² over W₂²"


def moved_apart() -> IndependentPair:
    """Clusters that no translation carries over."""
    return IndependentPair(mixture(SOURCE, deviation=DEVIATION), mixture(TARGET, deviation=DEVIATION))


def transport_scores(made: Tensor, x: Tensor, y: Tensor) -> Scores:
    """A map's fit, its effort over that of the best plan, and how far T(x) is from its optimal partner.

    The least effort is that between the samples and *the map's own* translations, so that a map that misses the
    target is not praised for saving the way.
    """
    return Scores(
        fit={"energy distance of T#α to β": energy_distance_biased(made, y)},
        alignment={"mean ‖T(x) − optimal partner‖": distance_to_optimal_partners(made, x, y)},
        effort={RATIO: effort_over_least(made, x, made)},
    )


def cyclegan_effort(setting: Setting, *, config: TrainConfig | None = None) -> Measured:
    """Every gain with every depth."""
    pair, scores = moved_apart(), {}
    batch = pair.batch(0, size=600, seed=0, split="test")
    for depth in DEPTHS:
        game = toy_cyclegan(starts_of(GAINS, (setting.seed,)), game=ToyGame(blocks=depth))
        train_toys(game, pair, config=config or toy_training(setting.profile, seed=setting.seed))
        made = everywhere(member_nets(game)[0], batch.x)
        for k, gain in enumerate(GAINS):
            scores[f"{depth} blocks, gain {gain:g}"] = transport_scores(made[:, k], batch.x, batch.y)
    shown = {name: {"ratio": torch.tensor(each.effort[RATIO])} for name, each in scores.items()}
    return Measured(scores, {"ratios": shown})


def ratios_picture(shown: Mapping[str, Shown]) -> Picture:
    """Efforts over the least, one dot for each run."""
    depths = dict.fromkeys(name.split(",")[0] for name in shown)
    ratios = {
        depth: torch.stack([shown[f"{depth}, gain {gain:g}"]["ratio"] for gain in GAINS]) for depth in depths
    }
    with panels(1, size=(5.6, 3.4)) as board:
        draw_by_gain(board[0], ratios, GAINS)
        board[0].axhline(1.0, color=INK, linewidth=0.8, linestyle=(0, (4, 3)))
        board[0].set_ylabel("effort over the least possible")
    return board.picture(
        alt="The effort of trained CycleGANs over that of optimal transport, one curve for each depth, over "
        "the deviation of the initial weights.",
        caption="One dot for each run, lines through the medians; the dashed line is optimal transport. "
        "The vertical axis is logarithmic.",
    )


CYCLEGAN_EFFORT = Experiment(
    name="cyclegan-effort",
    title="Does CycleGAN approximate optimal transport? Effort over the least, by gain and depth",
    source="[debezenac2019], appendix B and the slides' open question, which state no numbers",
    measure=cyclegan_effort,
    pictures={"ratios": Drawn(picture=ratios_picture, every_seed=True)},
)
