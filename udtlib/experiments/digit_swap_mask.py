"""Chapter 08: the paper's own rule for the cost, with its penalty swept, on the digits of the chapter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from statistics import fmean

import torch

from udtlib.data.digit_swap import digit_swap
from udtlib.evaluate.report import ReportRow
from udtlib.evaluate.scores import Scores
from udtlib.experiments.coded_pairs import CodedPair, balanced_dont, code_digits, code_training
from udtlib.experiments.declare import Experiment, Measured, Setting
from udtlib.experiments.digit_swap import plan_score, read_scores, what_a_rule_sees
from udtlib.experiments.pictures import Drawn
from udtlib.show.figure import Picture, panels
from udtlib.train.randomness import random_run
from udtlib.train.trainer import fit
from udtlib.transport.semantic import sparse_mask

#: Weights of the sum of absolute values in the classifier's loss; the first is the library's default.
PENALTIES = (1e-2, 1e-3, 5e-4, 3e-4, 2e-4, 1e-4)
LEFT_OUT = "coordinates that the mask leaves out"
PLAN = "task 2 in the exact plan"


def planned(pair: CodedPair, setting: Setting) -> Scores:
    """How much the mask leaves out, and what the exact plan for its cost does."""
    assert pair.cost is not None, "the pair is seen from a mask"
    with random_run(setting.seed):
        share = plan_score(pair)
    return Scores(other={PLAN: share, LEFT_OUT: int((pair.cost.weight < 1).sum())})


def trained(pair: CodedPair, setting: Setting, *, steps: int | None = None) -> Scores:
    """Both tasks by a flow that is trained under the pair's cost."""
    config = replace(code_training(setting.profile), seed=setting.seed, progress=False)
    with random_run(setting.seed):
        game = balanced_dont(pair, setting)
    fit(game, pair, config=config if steps is None else replace(config, steps=steps))
    with torch.no_grad():
        made = pair.space.decode(game.flow.cpu().eval()(pair.codes.source.test))
    scores = read_scores(made, pair)
    return Scores(
        fit={"coherence": scores.fit["coherence"]},
        alignment={name: scores.alignment[name] for name in ("task 1", "task 2")},
    )


def name_of(penalty: float) -> str:
    """A row's name."""
    return f"penalty {penalty:g}"


def sweep(
    setting: Setting,
    *,
    penalties: tuple[float, ...] = PENALTIES,
    coder_steps: int | None = None,
    steps: int | None = None,
) -> Measured:
    """One autoencoder; a mask, a plan and a flow for each penalty."""
    pair = code_digits(digit_swap(size=32, source="embedded", seed=setting.seed), setting, steps=coder_steps)
    z, side, _ = what_a_rule_sees(pair)
    scores = {}
    for penalty in penalties:
        # A mask keeps the autoencoder's axes, so that nothing has to be coded again.
        seen = replace(pair, cost=sparse_mask(z, side, penalty=penalty))
        scores[name_of(penalty)] = planned(seen, setting) | trained(seen, setting, steps=steps)
    return Measured(scores)


def values_of(row: ReportRow, measure: str) -> list[float]:
    """One number for each seed."""
    return list((dict(row.fit) | dict(row.alignment) | dict(row.other)).get(measure, ()))


def sweep_picture(rows: Mapping[str, ReportRow]) -> Picture:
    """Both tasks, coherence and the size of the mask against the penalty, one dot for each seed."""
    with panels(2, size=(4.0, 3.0)) as board:
        for axes, measures in (
            (board[0], ("task 1", "task 2", "coherence", PLAN)),
            (board[1], (LEFT_OUT,)),
        ):
            for k, measure in enumerate(measures):
                found = {p: values_of(rows[name_of(p)], measure) for p in PENALTIES if name_of(p) in rows}
                found = {p: each for p, each in found.items() if each}
                dashed = "--" if measure == PLAN else "-"
                axes.plot([*found], [fmean(e) for e in found.values()], dashed, color=f"C{k}", label=measure)
                for p, each in found.items():
                    axes.plot([p] * len(each), each, ".", color=f"C{k}", markersize=5)
            axes.set(xscale="log", xlabel="penalty of the sparse classifier")
        board[0].set(ylabel="%", ylim=(-3, 103))
        board[0].legend(fontsize="x-small")
        board[1].set(title="left out by the mask, of 128", ylim=(0, 128))
    return board.picture(
        alt="Left: both tasks, the coherence and task 2 in the exact plan against the penalty. Right: the number "
        "of coordinates that the mask leaves out, which grows as the penalty falls.",
        caption="Dots are seeds, each with an autoencoder and flows of its own; lines run through their means.",
    )


MASK = Experiment(
    name="digit-swap-mask",
    title="The paper's own rule for the cost, with its penalty swept",
    source="[debezenac2019], table 1, last row",
    measure=sweep,
    pictures={"sweep": Drawn(picture=sweep_picture, of_rows=True)},
)
