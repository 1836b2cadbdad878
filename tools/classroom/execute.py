"""nbgrader's executor with a budget for the whole submission, and with an answer to a kernel that dies."""

from __future__ import annotations

import contextlib
import json
import math
import os
import signal
import time
from typing import Any

from nbclient.exceptions import DeadKernelError
from nbformat import NotebookNode
from nbgrader.preprocessors import Execute
from traitlets import Float, Integer

from classroom.limits import MIB, STOPPED
from classroom.notebook import must_run


class BoundedExecute(Execute):
    """Runs a submission's cells until its budget is spent; a cell that did not run says why as its error.

    nbgrader gives full marks to a graded cell without an error, so a cell that did not run must have one.
    """

    total_seconds = Float(180.0, help="wall-clock budget of all cells together").tag(config=True)
    output_mib = Integer(4, help="what all cells may print together, in MiB").tag(config=True)

    def preprocess(self, nb: Any, resources: Any = None, km: Any = None) -> tuple[Any, dict[str, Any]]:
        self._reason, self._printed, self._group = "", 0, 0
        self._deadline = time.monotonic() + self.total_seconds
        self._full_timeout = self.timeout
        try:
            return super().preprocess(nb, resources, km)
        finally:
            self._end_kernel()

    def preprocess_cell(self, cell: Any, resources: Any, index: int) -> tuple[Any, Any]:
        if cell.cell_type != "code" or not must_run(cell):
            return cell, resources
        left = self._deadline - time.monotonic()
        if left <= 0:
            self._stop(f"time: the whole notebook ran longer than {self.total_seconds:g} s")
        if self._reason:
            cell.outputs = [stopped_output(f"not run, because the kernel was ended before ({self._reason})")]
            return cell, resources
        self._limit_this_cell(left)
        try:
            return super().preprocess_cell(cell, resources, index)
        except DeadKernelError:
            self._reason = self._reason or "kernel: the code ended its own process"
            cell.outputs = [*cell.get("outputs", []), stopped_output(self._reason)]
            return cell, resources

    def process_message(self, msg: dict[str, Any], cell: Any, cell_index: int) -> Any:
        if self._reason:
            return None  # the kernel is being ended: what it still has to say would only fill the memory
        self._printed += len(json.dumps(msg["content"], default=str))
        if self._printed > self.output_mib * MIB:
            self._stop(f"output: more than {self.output_mib} MiB was printed")
            return None
        return super().process_message(msg, cell, cell_index)

    def _limit_this_cell(self, left: float) -> None:
        """Let the next cell run for its own limit, or for what is left of the budget."""
        self._group = self._group or getattr(self.km.provisioner, "pid", 0) or 0
        self.timeout = max(1, min(self._full_timeout, math.ceil(left)))
        self.error_on_timeout = stopped_reply(f"time: this cell ran longer than {self.timeout} s")

    def _stop(self, reason: str) -> None:
        """End the kernel; nbclient then finds it dead."""
        self._reason = reason
        self._end_kernel()

    def _end_kernel(self) -> None:
        """Kill the kernel and every process that it started."""
        if self._group:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._group, signal.SIGKILL)


def stopped_reply(reason: str) -> dict[str, Any]:
    """The error of a cell that the grader ended, as a kernel would report it."""
    return {"ename": STOPPED, "evalue": reason, "traceback": [f"{STOPPED}: {reason}"]}


def stopped_output(reason: str) -> NotebookNode:
    """The same as an output of the cell."""
    return NotebookNode(output_type="error", **stopped_reply(reason))
