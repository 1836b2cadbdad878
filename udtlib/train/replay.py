"""How a function that reads and writes tensors which stay where they are is played again as a whole."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import final

import torch

from udtlib.train.tape import Tape
from udtlib.types import Batch

__all__ = ["CaptureError", "CudaGraphs", "Replayer", "Tapes"]


class CaptureError(RuntimeError):
    """A round could not be captured; nothing of it was computed, and the loop can play it."""


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
        """Play it once, and return what plays it again.

        Raises:
            CaptureError: it does what cannot be captured; then it was not played.
        """


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
        """Capture it, which computes nothing, and launch it for the first time."""
        graph, generator = torch.cuda.CUDAGraph(), torch.cuda.default_generators[self.device.index or 0]
        before = generator.clone_state()
        try:
            with torch.cuda.graph(graph, pool=self.pool, stream=self.stream):
                function()
        except RuntimeError as error:
            # A capture that was broken off leaves the device's generator as a part of it: a copy takes its place.
            generator.graphsafe_set_state(before)
            raise CaptureError(f"PyTorch could not capture it: {error}") from error
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
