"""The process that a hand-in runs in, and the grader's side of it: orders go in, replies come out, by pipes.

For each cell the grader sends its code and a fresh key, and believes a reply only if it carries this key. The
tests of a cell are not in the process before it is their turn. What the cells print goes through a pipe as
well, and nothing that a hand-in writes to a file is read."""

from __future__ import annotations

import builtins
import contextlib
import json
import os
import random
import secrets
import select
import signal
import sys
import time
import warnings
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from classroom import sandbox
from classroom.limits import MIB, STOPPED, Limits, environment
from classroom.worlds import Failure, Step, World

#: Seconds that a cell has to end after it was interrupted.
GRACE = 3.0
#: Seconds that a process may take to be ready, which is work of the machine and not of the hand-in.
READY = 120.0
#: What is kept of what a cell prints, for the graded notebook.
KEPT_OUTPUT = 20_000
LONGEST_REPLY = 4 * MIB


@dataclass
class Said:
    """What became of a step."""

    failure: Failure
    printed: str = ""
    flags: list[str] = field(default_factory=list)


class MachineError(RuntimeError):
    """The machine, and nothing that was handed in, is to blame."""


class Inside:
    """A running hand-in, seen from outside."""

    def __init__(self, *, limits: Limits, room: str, asked: Sequence[str], scratch: Path) -> None:
        self.limits = limits
        self.reason = ""
        self.busy_machine = False
        self._room = room
        self._replies = b""
        self._printed = 0
        self._text = bytearray()
        self._looked = 0.0
        orders, self._orders = os.pipe()
        self._from, replies = os.pipe()
        self._out, out = os.pipe()
        sys.stdout.flush()
        sys.stderr.flush()
        self._child = os.fork()
        if self._child == 0:
            enter(
                limits=limits,
                room=room,
                asked=asked,
                scratch=scratch,
                orders=orders,
                replies=replies,
                out=out,
            )
        for end in (orders, replies, out):
            os.close(end)
        self._pid = self._child
        first = self._line(until=time.monotonic() + READY, ready=True)
        if first is not None and "pid" in first:
            self._pid = int(first["pid"])
            first = self._line(until=time.monotonic() + READY, ready=True)
        if first is None or not first.get("ready"):
            why = first.get("error", "") if first else self.reason
            self.end()
            raise MachineError(f"its process could not be started: {why or 'no answer'}")
        self._deadline = time.monotonic() + limits.total_seconds
        self._base = sandbox.filled_mib([self._pid])

    def run(self, step: Step) -> Said:
        """Let the hand-in's process run a step."""
        left = self._deadline - time.monotonic()
        if left <= 0 and not self.reason:
            self._stop(f"time: the whole notebook ran longer than {self.limits.total_seconds} s")
            return Said((STOPPED, self.reason))
        if self.reason:
            return Said((STOPPED, f"not run, because the process was ended before ({self.reason})"))
        key = secrets.token_hex(16)
        self._text.clear()
        waited = self._waited()
        seconds = min(float(self.limits.cell_seconds), left)
        with contextlib.suppress(BrokenPipeError):
            self._send({**asdict(step), "key": key})
        reply = self._line(until=time.monotonic() + seconds)
        late = ""
        if reply is None and not self.reason:
            late = f"time: this cell ran longer than {min(self.limits.cell_seconds, max(1, round(left)))} s"
            self.busy_machine = self.busy_machine or self._waited() - waited > 0.3 * seconds
            with contextlib.suppress(OSError):
                os.kill(self._pid, signal.SIGINT)
            reply = self._line(until=time.monotonic() + GRACE)
            if reply is None and not self.reason:
                self._stop(late)
        if reply is None:
            self.reason = self.reason or "kernel: the code ended its own process"
            return Said((STOPPED, self.reason), printed=self._shown())
        if not secrets.compare_digest(str(reply.get("key", "")), key):
            self._stop("tampering: a result was forged")
            return Said((STOPPED, self.reason), printed=self._shown())
        failure = reply.get("failure")
        flags = [str(flag)[:200] for flag in reply.get("flags", [])][:20]
        if late:
            return Said((STOPPED, late), printed=self._shown(), flags=flags)
        return Said((str(failure[0]), str(failure[1])) if failure else None, self._shown(), flags)

    def end(self) -> None:
        """End it, and everything that it started."""
        for process in {self._pid, self._child}:
            with contextlib.suppress(OSError):
                os.kill(process, signal.SIGKILL)
        with contextlib.suppress(ChildProcessError):
            os.waitpid(self._child, 0)
        sandbox.end_all(os.getpid())
        for pipe in (self._orders, self._from, self._out):
            with contextlib.suppress(OSError):
                os.close(pipe)

    def _stop(self, reason: str) -> None:
        self.reason = reason
        for process in {self._pid, self._child}:
            with contextlib.suppress(OSError):
                os.kill(process, signal.SIGKILL)
        sandbox.end_all(os.getpid())

    def _send(self, order: dict[str, Any]) -> None:
        data = json.dumps(order).encode() + b"\n"
        while data:
            data = data[os.write(self._orders, data) :]

    def _shown(self) -> str:
        return bytes(self._text).decode("utf-8", errors="replace")

    def _line(self, *, until: float, ready: bool = False) -> dict[str, Any] | None:
        """The next reply; None if time is up or the process ended, which it then says in ``reason``."""
        sources = [self._from, self._out]
        while True:
            line, found, rest = self._replies.partition(b"\n")
            if found:
                self._replies = rest
                try:
                    reply = json.loads(line)
                    assert isinstance(reply, dict)
                except (ValueError, AssertionError):
                    reply = {"key": "no reply at all"}
                return reply
            left = until - time.monotonic()
            if left <= 0 or self.reason:
                return None
            there, _, _ = select.select(sources, [], [], min(left, 0.2))
            if self._out in there:
                data = os.read(self._out, 65536)
                if not data:
                    sources.remove(self._out)
                self._printed += len(data)
                self._text += data[: max(0, KEPT_OUTPUT - len(self._text))]
                if self._printed > self.limits.output_mib * MIB:
                    self._stop(f"output: more than {self.limits.output_mib} MiB was printed")
                    return None
            if self._from in there:
                data = os.read(self._from, 65536)
                if not data:
                    if not ready:
                        self.reason = "kernel: the code ended its own process"
                    return None
                self._replies += data
                if len(self._replies) > LONGEST_REPLY:
                    self._stop("tampering: a result was forged")
                    return None
            if not ready:
                self._look_at_memory()

    def _look_at_memory(self) -> None:
        """End it where all its processes together fill too much; each by itself is held by the system."""
        if sys.platform != "linux" or time.monotonic() - self._looked < 0.25:
            return
        self._looked = time.monotonic()
        below = sandbox.descendants(os.getpid())
        spare = self._base * max(1, len(below))
        if sandbox.filled_mib(below) - spare > self.limits.memory_mib:
            self._stop(f"memory: its processes together filled more than {self.limits.memory_mib} MiB")

    def _waited(self) -> float:
        """Seconds that the process waited for a processor so far (Linux)."""
        try:
            return int(Path(f"/proc/{self._pid}/schedstat").read_text().split()[1]) / 1e9
        except (OSError, IndexError, ValueError):
            return 0.0


def enter(
    *, limits: Limits, room: str, asked: Sequence[str], scratch: Path, orders: int, replies: int, out: int
) -> None:
    """Become the process of a hand-in; never returns."""
    status = 1
    try:
        os.setsid()
        sandbox.die_with_parent()
        if room == "namespaces":
            sandbox.leave_the_world()
            inner = os.fork()
            if inner:
                tell(replies, {"pid": inner})
                close_others(())
                _, ended = os.waitpid(inner, 0)
                os._exit(os.waitstatus_to_exitcode(ended) & 0xFF)
        orders, replies = keep_only(orders, replies, out)
        settle(limits=limits, room=room, scratch=scratch)
        serve(orders, replies, asked=asked)
        status = 0
    except BaseException as error:
        with contextlib.suppress(BaseException):
            tell(replies, {"error": f"{type(error).__name__}: {error}"})
    finally:
        os._exit(status)


def tell(pipe: int, reply: dict[str, Any]) -> None:
    """Write a reply."""
    data = json.dumps(reply).encode() + b"\n"
    while data:
        data = data[os.write(pipe, data) :]


def close_others(keep: Sequence[int]) -> None:
    """Close every file but these and the first three."""
    top = os.sysconf("SC_OPEN_MAX") if hasattr(os, "sysconf") else 1024
    for number in (
        (int(name) for name in os.listdir("/dev/fd")) if os.path.isdir("/dev/fd") else range(min(top, 4096))
    ):
        if number > 2 and number not in keep:
            with contextlib.suppress(OSError):
                os.close(number)


def keep_only(orders: int, replies: int, out: int) -> tuple[int, int]:
    """Leave this process no file but its pipes and what it prints into; the pipes' new numbers."""
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.dup2(out, 1)
    os.dup2(out, 2)
    close_others((orders, replies))
    return orders, replies


def settle(*, limits: Limits, room: str, scratch: Path) -> None:
    """Go into the room, with limits, an environment and nothing of the grader."""
    sandbox.restrict(limits, processes=room in ("namespaces", "account"))
    if room == "namespaces":
        sandbox.furnish(limits=limits)
        home = Path("/student")
    else:
        home = scratch
    account = sandbox.FIRST_ACCOUNT + os.getppid() % 2**22 if os.geteuid() == 0 and room != "limits" else None
    if room == "namespaces" and account is not None:
        account = sandbox.FIRST_ACCOUNT + random.SystemRandom().randrange(2**24)
    if account is not None:
        os.chown(home, account, account)
    os.chdir(home)
    if room in ("namespaces", "account"):
        sandbox.give_up_powers(account=account)
    # Once more: the system forgets it when a process is forked, or becomes somebody else.
    sandbox.die_with_parent()
    variables = environment(home=home)
    os.environ.clear()
    os.environ.update(variables)
    warnings.resetwarnings()
    with contextlib.suppress(ImportError):
        import torch

        torch.set_num_threads(1)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)


class NotHere:
    """Says why the course's library cannot be imported."""

    @staticmethod
    def find_spec(name: str, path: object = None, target: object = None) -> None:
        if name.partition(".")[0] == "udtlib":
            raise ModuleNotFoundError("udtlib is not there while grading: the task is to write this yourself")
        return None


def forget_the_grader() -> None:
    """Take the grader's own modules, its folders and the course's library out of what can be imported."""
    ours = Path(__file__).resolve().parents[2]
    sys.path[:] = [
        entry
        for entry in sys.path
        if entry and (sys.prefix in entry or not Path(entry).resolve().is_relative_to(ours))
    ]
    for name in list(sys.modules):
        if name.partition(".")[0] in (
            "classroom",
            "udtlib",
            "assignments",
            "nbgrader",
            "__mp_main__",
            "conftest",
        ):
            del sys.modules[name]
    sys.meta_path.insert(0, NotHere)  # type: ignore[arg-type]
    sys.argv[:] = [""]


def serve(orders: int, replies: int, *, asked: Sequence[str]) -> None:
    """Run what is ordered, cell by cell, until no more orders come."""
    world = World(asked=frozenset(asked))
    guard, run, send, read, loads = world.guard, world.run, tell, os.read, json.loads
    interrupt, handler, set_signal = signal.SIGINT, signal.default_int_handler, signal.signal
    out, error = sys.stdout, sys.stderr
    forget_the_grader()
    guard.stand()
    tell(replies, {"ready": True})
    waiting = b""
    while True:
        while b"\n" not in waiting:
            data = read(orders, 65536)
            if not data:
                return
            waiting += data
        line, _, waiting = waiting.partition(b"\n")
        order = loads(line)
        set_signal(interrupt, handler)
        sys.stdout, sys.stderr = out, error
        try:
            failure = run(Step(**{key: order[key] for key in ("name", "kind", "source", "points")}))
            set_signal(interrupt, signal.SIG_IGN)
            flush(out)
        except KeyboardInterrupt:
            failure = ("KeyboardInterrupt", "")
        flags, guard.flags[:] = list(guard.flags), []
        send(replies, {"key": order["key"], "failure": failure, "flags": flags})


def flush(stream: Any) -> None:
    """Write what is left; an error of it is no error of the cell."""
    with contextlib.suppress(Exception):
        stream.flush()


def works(room: str) -> str:
    """Why this room is not to be had here, or nothing; the target of a process."""
    import tempfile

    limits = Limits()
    with tempfile.TemporaryDirectory() as folder:
        try:
            inside = Inside(limits=limits, room=room, asked=(), scratch=Path(folder))
        except (MachineError, OSError) as error:
            return str(error)
        try:
            said = inside.run(Step(name="probe", kind="own", source="assert 1 + 1 == 2"))
            return "" if said.failure is None else ": ".join(said.failure)
        finally:
            inside.end()


# What this module calls is Python's own, whatever a hand-in puts in its place later.
globals().update({name: value for name, value in vars(builtins).items() if name not in globals()})
