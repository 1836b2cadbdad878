"""Chapter 08: the paper's own rule for the cost, with the strength of its penalty swept."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from udtlib.evaluate.report import ReportRow
from udtlib.evaluate.scores import Scores
from udtlib.experiments.coded_pairs import CodedPair, code_training
from udtlib.experiments.declare import Experiment, Setting, System
from udtlib.experiments.digit_swap import dont_scores, priced_dont, swap, what_a_rule_sees
from udtlib.experiments.pictures import Drawn
from udtlib.show.figure import Picture, panels
from udtlib.translators.residual_flow import ResidualFlow
from udtlib.transport.semantic import sparse_mask

#: Weights of the sum of absolute values in the classifier's loss; the first is the library's default.
PENALTIES = (1e-2, 1e-3, 5e-4, 3e-4, 2e-4, 1e-4)
LEFT_OUT = "coordinates that the mask leaves out"


def masked(setting: Setting, *, penalty: float) -> CodedPair:
    """The codes of the seed's autoencoder, and the paper's cost at this penalty."""
    pair = swap(setting)
    return pair.seen_from(sparse_mask(*what_a_rule_sees(pair)[:2], penalty=penalty))


def mask_scores(flow: ResidualFlow, pair: CodedPair) -> Scores:
    """Those of every DONT, and how much the mask leaves out."""
    assert pair.cost is not None, "the pair is seen from a mask"
    left_out = int((pair.cost.weight < 1).sum())
    return dont_scores(flow, pair) | Scores(other={LEFT_OUT: left_out})


def name_of(penalty: float) -> str:
    """A system's name."""
    return f"penalty {penalty:g}"


def values_of(row: ReportRow, measure: str) -> list[float]:
    """One number for each seed."""
    return list((dict(row.fit) | dict(row.alignment) | dict(row.other))[measure])


def sweep_picture(rows: Mapping[str, ReportRow]) -> Picture:
    """Both tasks, coherence and the size of the mask against the penalty, one dot for each seed."""
    with panels(2, size=(4.0, 2.8)) as board:
        for axes, measures in (
            (board[0], ("task 1", "task 2", "coherence", "task 2 in the exact plan")),
            (board[1], (LEFT_OUT,)),
        ):
            for k, measure in enumerate(measures):
                values = [values_of(rows[name_of(p)], measure) for p in PENALTIES]
                middle = [sum(each) / len(each) for each in values]
                dashed = "--" if "plan" in measure else "-"
                axes.plot(PENALTIES, middle, dashed, color=f"C{k}", label=measure)
                for p, each in zip(PENALTIES, values, strict=True):
                    axes.plot([p] * len(each), each, ".", color=f"C{k}", markersize=5)
            axes.set(xscale="log", xlabel="penalty of the sparse classifier")
        board[0].set(ylabel="%", ylim=(-3, 103))
        board[0].legend(fontsize="x-small")
        board[1].set(ylabel="of 128 coordinates", title="left out by the mask")
    return board.picture(
        alt="Left: against the penalty, task 1 falls and task 2 rises as the penalty becomes smaller. Right: the "
        "number of coordinates that the mask leaves out, which grows as the penalty falls.",
        caption="Dots are seeds, each with an autoencoder and a flow of its own; lines run through their means.",
    )


MASK = Experiment(
    name="digit-swap-mask",
    title="The paper's own rule for the cost, with its penalty swept",
    source="[debezenac2019], table 1, last row",
    pair=swap,
    systems={
        name_of(penalty): System(
            priced_dont,
            training=code_training,
            part="flow",
            pair=partial(masked, penalty=penalty),
        )
        for penalty in PENALTIES
    },
    scores=mask_scores,
    paper={
        (name_of(PENALTIES[0]), "coherence"): 99.0,
        (name_of(PENALTIES[0]), "task 1"): 15.42,
        (name_of(PENALTIES[0]), "task 2"): 83.4,
    },
    pictures={"sweep": Drawn(picture=sweep_picture, of_rows=True)},
)
