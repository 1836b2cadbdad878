"""Kernels that are forked from a process that has PyTorch already (Linux).

Importing PyTorch takes longer than grading a notebook. The fork server of a batch imports it once; each
submission's process forks its kernel from there, before it does anything else, and tells it later what Jupyter
wants.
"""

from __future__ import annotations

import contextlib
import functools
import json
import os
import signal
import sys
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jupyter_client.provisioning import KernelProvisionerFactory, LocalProvisioner
from traitlets import Any as AnyTrait

from classroom.kernel import become_kernel

NAME = "classroom-fork"


class ForkedKernel:
    """A forked process that waits for Jupyter's orders, with as much of Popen's face as Jupyter needs."""

    stdin = stdout = stderr = None

    def __init__(self) -> None:
        orders, self._orders = os.pipe()
        self.returncode: int | None = None
        self.pid = os.fork()
        if self.pid == 0:
            os.close(self._orders)
            obey(orders)
        os.close(orders)

    def start(self, *, arguments: list[str], environment: dict[str, str], folder: str) -> None:
        """Let it become the kernel."""
        with os.fdopen(self._orders, "w") as pipe:
            json.dump({"arguments": arguments, "environment": environment, "folder": folder}, pipe)

    def poll(self) -> int | None:
        if self.returncode is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.returncode = os.waitstatus_to_exitcode(status)
        return self.returncode

    def wait(self) -> int:
        if self.returncode is None:
            self.returncode = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        return self.returncode

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)


def obey(orders: int) -> None:
    """The forked process: wait for orders, carry them out, and never return."""
    status = 1
    try:
        os.setsid()
        with os.fdopen(orders) as pipe:
            text = pipe.read()
        if text:  # nothing comes where the grader refused the submission before it ran anything
            order = json.loads(text)
            os.chdir(order["folder"])
            os.environ.clear()
            os.environ.update(order["environment"])
            become_kernel(order["arguments"])
        status = 0
    except BaseException:
        traceback.print_exc()
    finally:
        with contextlib.suppress(Exception):
            sys.stderr.flush()
        os._exit(status)


class ForkedProvisioner(LocalProvisioner):
    """Hands Jupyter the kernel that waits, instead of starting a program."""

    waiting = AnyTrait(help="the ForkedKernel")

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> Any:
        folder = str(kwargs.get("cwd") or Path.cwd())
        arguments = [*cmd[cmd.index("-f") :], f"--IPKernelApp.parent_handle={os.getpid()}"]
        self.waiting.start(arguments=arguments, environment=dict(kwargs["env"]), folder=folder)
        self.process = self.waiting
        self.pid = self.pgid = self.waiting.pid
        self.cwd = Path(folder)
        return self.connection_info


@dataclass(frozen=True)
class Entry:
    """What Jupyter expects of an installed provisioner: something to load."""

    kernel: ForkedKernel
    value: str = f"{__name__}:ForkedProvisioner"

    def load(self) -> Any:
        return functools.partial(ForkedProvisioner, waiting=self.kernel)


def offer(kernel: ForkedKernel) -> str:
    """Make ``kernel`` known to Jupyter; returns the provisioner's name for a kernel specification."""
    KernelProvisionerFactory.instance().provisioners[NAME] = Entry(kernel)
    return NAME
