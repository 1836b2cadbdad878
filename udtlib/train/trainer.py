"""The training loop: it knows players and terms, not papers."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import closing, nullcontext
from dataclasses import asdict, dataclass, field
from pathlib import Path

from lightning_fabric import Fabric
from lightning_fabric.strategies import DDPStrategy
from torch import nn

from udtlib.data.pair import DomainPair
from udtlib.data.places import check_file_place
from udtlib.nets.rows import ByRows
from udtlib.numerics.options import whole
from udtlib.numerics.signatures import check_fields
from udtlib.objectives.base import Clock, Objective, Player
from udtlib.train.average import WeightAverage, check_decay
from udtlib.train.checkpoint import RunState, load_checkpoint, load_weights, save_checkpoint
from udtlib.train.graph import Graph, WhereItFits
from udtlib.train.identity import run_identity
from udtlib.train.log import History, LogFile, Row
from udtlib.train.progress import progress_for
from udtlib.train.randomness import kept_random_states, seed_random
from udtlib.train.round import frozen_except
from udtlib.train.table import put_channels_last, table_of

#: The files of a run's folder.
CHECKPOINT, LOG = "checkpoint.pt", "log.jsonl"


@dataclass(frozen=True, kw_only=True)
class TrainConfig:
    """How long and on what a game is played; what is played is the objective's business."""

    #: rounds of the game: in each, every player makes its moves
    steps: int
    #: samples of each domain per move and per device
    batch_size: int = 64
    #: names the sequence of batches and every random draw of the run
    seed: int = 0
    #: share of the run after which all step sizes fall linearly to zero; 1 keeps them constant
    decay_from: float = 1.0
    #: decay of the running average of all weights, which the run ends with and ``watch`` sees; 0 for the last ones
    average: float = field(default=0.0, metadata={"added": True})
    #: steps between two rows of the log
    log_every: int = 50
    #: steps between two checkpoints, a multiple of ``log_every``; 0 saves only at the end
    checkpoint_every: int = 0
    #: Fabric's name for the hardware: "cpu", "cuda", "mps" or "auto"
    accelerator: str = "cpu"
    #: how many of them
    devices: int = 1
    #: Fabric's name for the arithmetic: "32-true", "bf16-mixed", "64-true"
    precision: str = "32-true"
    #: keep images and weights of convolutions with their channels last in memory, in all nets or in those of the
    #: player of this name: True suits GPUs with "bf16-mixed". It changes rounding only, as the next option does
    channels_last: bool | str = field(default=False, metadata={"added": True})
    #: compute convolutions of few outputs and large kernels row by row, which a CPU does faster
    by_rows: bool = field(default=False, metadata={"added": True})
    #: whether the rounds are replayed from a CUDA graph, which takes Python out of a small net's round
    graph: Graph = field(default=WhereItFits(), metadata={"added": True})
    #: show a progress bar
    progress: bool = True

    def __post_init__(self) -> None:
        check_fields(self)
        for name in ("steps", "batch_size", "log_every", "devices"):
            whole(getattr(self, name), name=name)
        if not 0 <= self.decay_from <= 1:
            raise ValueError(f"decay_from is a share of the run between 0 and 1, got {self.decay_from}")
        check_decay(self.average)
        if self.checkpoint_every < 0 or self.checkpoint_every % self.log_every:
            raise ValueError(
                f"checkpoint_every={self.checkpoint_every} must be a multiple of log_every={self.log_every}, "
                "so that a resumed log equals an uninterrupted one"
            )

    def rate_factor(self, clock: Clock) -> float:
        """What every step size is multiplied by at this time."""
        if clock.progress <= self.decay_from:
            return 1.0
        return (1 - clock.progress) / (1 - self.decay_from)


def fit(
    objective: Objective,
    pair: DomainPair,
    *,
    config: TrainConfig,
    folder: Path | None = None,
    resume: bool | str = True,
    watch: Callable[[int], None] | None = None,
) -> History:
    """Play the objective's game on the pair; the objective's modules are trained in place.

    Args:
        objective: the game; it is moved to the configured device and stays there.
        pair: where samples come from; small data, moved to the device once.
        config: sizes, seed and hardware.
        folder: where to keep ``log.jsonl`` and ``checkpoint.pt``; None keeps nothing.
        resume: True goes on from the folder's checkpoint if there is one: of the same settings, game, nets and
            data, with as many steps or more. What falls over a run, such as step sizes, follows the new number
            from there. ``"weights"`` takes the checkpoint's weights alone, into the same nets: a new run, of any
            settings, that begins at step 0 with fresh optimisers. False begins anew.
        watch: called with the number of finished steps at every row of the log, to look at samples.

    Returns:
        The log. Same seed, same history; interrupted and resumed, the same as uninterrupted (on a CPU exactly).

    Raises:
        NonFiniteLossError: a term became infinite or not a number, by its player and step. Losses pass NaN on; it
            is looked for when the log is written, so that no step waits for it. Nothing broken is saved.
        CheckpointError: the folder holds a damaged checkpoint, or one of a run with other settings, another game,
            other nets or other data; says which. One of an earlier version, which does not note its game and its
            data, is refused too; its weights can be taken.
        ValueError: the players do not partition the objective's parameters, the folder cannot be written into, or
            ``resume`` is none of the three.
    """
    # Everything that may draw a random number happens inside, the launch of Fabric too.
    with kept_random_states():
        check_partition(objective, objective.players())
        if not isinstance(resume, bool) and resume != "weights":
            raise ValueError(f'resume is True, False or "weights", got {resume!r}')
        folder = None if folder is None else Path(folder)
        if folder is not None:
            for name in (CHECKPOINT, LOG, *(Path(name).with_suffix(".part") for name in (CHECKPOINT, LOG))):
                check_file_place(folder / name, later=True, fixed=True)
        elif resume == "weights":
            raise ValueError('resume="weights" needs the folder of a checkpoint; give folder=…')
        fabric = launch(config)
        seed_random(config.seed + 1_000_003 * fabric.global_rank)
        return play(fabric, objective, pair, config=config, folder=folder, resume=resume, watch=watch)


def play(
    fabric: Fabric,
    objective: Objective,
    pair: DomainPair,
    *,
    config: TrainConfig,
    folder: Path | None,
    resume: bool | str,
    watch: Callable[[int], None] | None,
) -> History:
    """The loop itself; :func:`fit` says what it takes and returns."""
    players, rank = objective.players(), fabric.global_rank
    # Told before anything is moved to a device or to another precision; without a folder nobody asks.
    identity = {} if folder is None else run_identity(objective, pair)
    put_channels_last(players, config.channels_last)
    table = table_of(
        fabric,
        objective,
        pair.to(fabric.device),
        steps=config.steps,
        batch_size=config.batch_size,
        seed=config.seed,
        # Nets convert what they are given: where only some of them want it, the batch stays as it is.
        channels_last=config.channels_last is True,
        rate_factor=config.rate_factor,
    )
    average = WeightAverage(objective, config.average) if config.average else None
    state = RunState(
        objective=objective,
        optimisers=table.optimisers,
        settings=settings_of(config, players),
        identity=identity,
        average=average,
    )
    path = None if folder is None else folder / CHECKPOINT
    start, rows, before = begin(path, state, steps=config.steps, resume=resume)
    log = LogFile(folder if rank == 0 else None, rows)
    progress = progress_for(config.steps, shown=config.progress and rank == 0)
    seconds, began = before, time.perf_counter() - before
    with ByRows() if config.by_rows else nullcontext(), closing(config.graph.rounds(table)) as rounds:
        for step in range(start, config.steps):
            rounds.play(step)
            done, row = step + 1, None
            if average is not None:
                average.follow(done)
            if done % config.log_every == 0 or done == config.steps:
                row = rounds.read(step=done)
                rows.append(row)
                log.append(row)
                if watch is not None:
                    with average.shown() if average is not None else nullcontext():
                        watch(done)
            if path and rank == 0 and is_due(done, config):
                seconds = time.perf_counter() - began
                save_checkpoint(path, state, step=done, rows=rows, seconds=seconds)
            progress.update(done, row)
    if average is not None:
        average.exchange()
    if path is None or rank:
        seconds = time.perf_counter() - began
    progress.close(seconds)
    return History(rows, seconds)


def begin(
    path: Path | None, state: RunState, *, steps: int, resume: bool | str
) -> tuple[int, list[Row], float]:
    """Where the run begins: the finished steps, their log and their seconds."""
    if path is not None and resume == "weights":
        load_weights(path, state.objective)
    elif path is not None and resume and path.exists():
        return load_checkpoint(path, state, steps=steps)
    return 0, [], 0.0


def launch(config: TrainConfig) -> Fabric:
    """Fabric on the configured hardware; with several devices, gradients are averaged over them."""
    # In a player's turn the other players' parameters get no gradient: DDP must expect unused parameters.
    strategy = "auto" if config.devices == 1 else DDPStrategy(find_unused_parameters=True)
    fabric = Fabric(
        accelerator=config.accelerator,
        devices=config.devices,
        precision=config.precision,
        strategy=strategy,
    )
    fabric.launch()
    return fabric


def check_partition(objective: nn.Module, players: dict[str, Player]) -> None:
    """Every trainable parameter must belong to exactly one player.

    Raises:
        ValueError: a parameter has no player or two.
    """
    owners: dict[int, list[str]] = {}
    for name, player in players.items():
        for parameter in player.module.parameters():
            owners.setdefault(id(parameter), []).append(name)
    for name, parameter in objective.named_parameters():
        who = owners.pop(id(parameter), [])
        if parameter.requires_grad and len(who) != 1:
            raise ValueError(
                f"the parameter {name} belongs to {who or 'no player'}; every trainable parameter needs "
                "exactly one player (freeze it with requires_grad_(False) if it must not move)"
            )
    if owners:
        raise ValueError(
            "a player moves parameters that the objective does not hold; assign its module in __init__"
        )


def is_due(done: int, config: TrainConfig) -> bool:
    """Whether a checkpoint is to be written after this many steps."""
    return done == config.steps or (bool(config.checkpoint_every) and done % config.checkpoint_every == 0)


def settings_of(config: TrainConfig, players: dict[str, Player]) -> dict[str, object]:
    """What must be equal for a checkpoint to be resumed, but for the steps.

    The progress bar does not matter, nor how often the run is saved.
    """
    free = ("progress", "accelerator", "checkpoint_every", "graph")
    settings: dict[str, object] = {k: v for k, v in asdict(config).items() if k not in free}
    for name in ("average", "channels_last", "by_rows"):
        if not settings[name]:
            # A run that was made before this was known is this run.
            del settings[name]
    settings |= {f"{name}.optimiser": str(player.optimiser) for name, player in players.items()}
    settings |= {f"{name}.moves": player.moves for name, player in players.items()}
    return settings


__all__ = ["History", "Row", "TrainConfig", "check_partition", "fit", "frozen_except"]
