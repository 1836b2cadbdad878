"""What one submission may use, and how it is held to it.

=====================  ==========================================  =====================
limit                  enforced by                                 platforms
=====================  ==========================================  =====================
seconds per cell       the grader interrupts the cell              all
seconds in all         the grader ends its processes               all
output                 the grader ends its processes               all
memory of a process    ``RLIMIT_DATA``, ``RLIMIT_AS``              Linux
memory of all          the grader looks, and ends them             Linux
processes              ``RLIMIT_NPROC``                            Linux, with namespaces
processor time         ``RLIMIT_CPU``                              Linux, macOS
size of a file         ``RLIMIT_FSIZE``                            Linux, macOS
=====================  ==========================================  =====================

What a submission can see and reach is a matter of its room (``classroom/sandbox.py``).
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path

MIB = 2**20
#: What a cell's error is called when the grader, and not the code, ended it.
STOPPED = "Stopped"
#: What a submission sees of the grader's environment.
PASSED_ON = (
    "PATH",
    "LANG",
    "LC_ALL",
    "LD_LIBRARY_PATH",
)


@dataclass(frozen=True, kw_only=True)
class Limits:
    """The budget of one submission.

    Args:
        cell_seconds: wall-clock seconds that one cell may run.
        total_seconds: wall-clock seconds that all cells of one submission may run together.
        memory_mib: private memory of the kernel, in MiB; PyTorch itself takes about 200.
        output_mib: what all cells may print together, in MiB.
        file_mib: the largest file that may be written, in MiB.
    """

    cell_seconds: int = 30
    total_seconds: int = 180
    memory_mib: int = 2048
    output_mib: int = 4
    file_mib: int = 256

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if value < 1:
                raise ValueError(f"{name} is {value}; a submission needs at least 1")
        if self.memory_mib < 512:
            raise ValueError(f"memory_mib is {self.memory_mib}; PyTorch needs at least 512 to start")


def environment(*, home: Path) -> dict[str, str]:
    """The variables that a submission sees: what Python needs of the grader's, and a home of its own."""
    kept = {key: value for key, value in os.environ.items() if key in PASSED_ON}
    return {
        **kept,
        "HOME": str(home),
        "IPYTHONDIR": str(home / "ipython"),
        "MPLCONFIGDIR": str(home / "matplotlib"),
        "OMP_NUM_THREADS": "1",
        "MKL_NUM_THREADS": "1",
        "CUDA_VISIBLE_DEVICES": "",
        "MPLBACKEND": "agg",
        "UDT_PROFILE": "quick",
        "USER": "student",
    }


def restrict_this_process(*, memory_mib: int, cpu_seconds: int, file_mib: int) -> None:
    """Lower this process's own resource limits; they hold for its children and cannot be raised again."""
    if sys.platform == "win32":
        return  # no resource limits there; the grader's clock and its count of output still hold
    import resource

    wanted = {
        resource.RLIMIT_CPU: cpu_seconds,
        resource.RLIMIT_FSIZE: file_mib * MIB,
        resource.RLIMIT_CORE: 0,
    }
    if sys.platform == "linux":
        # Not RLIMIT_AS: libraries reserve address space that they never touch.
        wanted[resource.RLIMIT_DATA] = memory_mib * MIB
    for kind, value in wanted.items():
        _, hard = resource.getrlimit(kind)
        allowed = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(kind, (allowed, allowed))


def end(process: BaseProcess) -> None:
    """End a process and its group, if it still runs."""
    if process.is_alive() and process.pid is not None:
        if hasattr(os, "killpg"):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
        process.kill()
    process.join()
