"""Start a Python kernel that has limited itself first; Jupyter runs this file with a connection file.

PyTorch is imported before the first cell, so that the time limit of a cell measures the student's code and not
the disk of the teacher's machine.
"""

import contextlib
import os
import sys
import warnings
from pathlib import Path

HERE = Path(__file__).resolve().parent


def become_kernel(arguments: list[str]) -> None:
    """Apply the limits that stand in the environment, then be an ordinary kernel until it is ended."""
    from classroom.limits import restrict_this_process

    restrict_this_process(
        memory_mib=int(os.environ.pop("CLASSROOM_MEMORY_MIB")),
        cpu_seconds=int(os.environ.pop("CLASSROOM_CPU_SECONDS")),
        file_mib=int(os.environ.pop("CLASSROOM_FILE_MIB")),
    )
    # The graders' own modules are no part of a submission's world, nor is their folder.
    sys.path[:] = [entry for entry in sys.path if Path(entry).resolve() not in (HERE, HERE.parent)]
    for name in [name for name in sys.modules if name.partition(".")[0] == "classroom"]:
        del sys.modules[name]
    warnings.resetwarnings()  # a student's kernel warns as usual, however the batch was started
    with contextlib.suppress(ImportError):
        import torch
        import torch._dynamo  # imported by the first optimiser otherwise, within a student's cell

        torch.set_num_threads(1)

    from ipykernel.kernelapp import launch_new_instance

    launch_new_instance(arguments)


if __name__ == "__main__":
    sys.path.insert(0, str(HERE.parent))
    become_kernel(sys.argv[1:])
