"""Training: the loop over players, its log and its checkpoints; the only room that knows Lightning Fabric."""

from udtlib.train.checkpoint import CheckpointError
from udtlib.train.graph import Always, Never, Rehearsed, WhereItFits
from udtlib.train.log import History, NonFiniteLossError
from udtlib.train.trainer import TrainConfig, fit

__all__ = [
    "Always",
    "CheckpointError",
    "History",
    "Never",
    "NonFiniteLossError",
    "Rehearsed",
    "TrainConfig",
    "WhereItFits",
    "fit",
]
