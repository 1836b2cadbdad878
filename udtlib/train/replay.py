"""How a function that reads and writes tensors which stay where they are is played again as a whole."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import final

import torch

from udtlib.train.tape import Tape
from udtlib.types import Batch

__all__ = ["CudaGraphs", "Replayer", "Tapes"]


class Replayer(ABC):
    """Plays a function, and captures it."""

    @abstractmethod
    def draw(self, batch: Callable[[], Batch]) -> Batch:
        """Draw a batch, while the round before may still be running."""

    @abstractmethod
    def warm_up(self, function: Callable[[], None]) -> None:
        """Call it where it will be captured."""

    @abstractmethod
    def capture(self, function: Callable[[], None]) -> Callable[[], None]:
        """Play it once, and return what plays it again."""


@final
class CudaGraphs(Replayer):
    """CUDA graphs, captured on a stream of their own.

    Args:
        device: the GPU.
    """

    def __init__(self, device: torch.device) -> None:
        self.device = device
        self.stream, self.loading = torch.cuda.Stream(device), torch.cuda.Stream(device)
        # What was there before is on its way to the device perhaps.
        self.loading.wait_stream(torch.cuda.current_stream(device))
        # Of one memory: no two graphs of a run are ever replayed at a time, and nothing in it outlives a round.
        self.pool = torch.cuda.graph_pool_handle()

    def draw(self, batch: Callable[[], Batch]) -> Batch:
        # On another stream: a copy from the CPU waits for what is launched before it on its own.
        current = torch.cuda.current_stream(self.device)
        with torch.cuda.stream(self.loading):
            drawn = batch()
        current.wait_stream(self.loading)
        for each in drawn:
            if each is not None and each.is_cuda:
                # Its memory must not be given away before the copy of it, which that stream knows nothing of.
                each.record_stream(current)
        return drawn

    def warm_up(self, function: Callable[[], None]) -> None:
        current = torch.cuda.current_stream(self.device)
        self.stream.wait_stream(current)
        with torch.cuda.stream(self.stream):
            function()
        current.wait_stream(self.stream)

    def capture(self, function: Callable[[], None]) -> Callable[[], None]:
        """Capture it, which computes nothing, and launch it for the first time.

        Raises:
            RuntimeError: it does what no graph can hold.
        """
        graph = torch.cuda.CUDAGraph()
        try:
            with torch.cuda.graph(graph, pool=self.pool, stream=self.stream):
                function()
        except RuntimeError as error:
            raise RuntimeError(
                "a round could not be captured in a CUDA graph, and the device's random numbers cannot go on "
                "after that; train with graph=Never(), from the last checkpoint if there is one"
            ) from error
        graph.replay()
        return graph.replay


@final
class Tapes(Replayer):
    """Tapes of operations, on any device."""

    def draw(self, batch: Callable[[], Batch]) -> Batch:
        return batch()

    def warm_up(self, function: Callable[[], None]) -> None:
        function()

    def capture(self, function: Callable[[], None]) -> Callable[[], None]:
        return Tape.of(function).replay
