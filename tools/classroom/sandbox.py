"""A room of its own for a hand-in, as far as the system has one.

On Linux a hand-in runs in new namespaces: it sees no process but its own, no network, and none of the teacher's
files. Its root folder is made of memory and holds Python and its packages, read only, an empty folder to work
in and nothing else: no ``assignments``, no ``udtlib``, no table of points. When its first process ends, the
kernel ends all others, detached ones too. An ordinary user's hand-ins run so as well where the kernel lets
users make namespaces; root gives them an account that nobody has.

=============  =====================================  ========================================================
room           where                                  what is contained
=============  =====================================  ========================================================
namespaces     Linux that allows them                 files, processes, network, memory, shared memory
account        Linux, as root, without namespaces     files that only their owner may write; processes; memory
limits         Linux without either                   processes, which are ended; memory
clock          macOS, Windows                         time and output
=============  =====================================  ========================================================
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import platform
import signal
import sys
import time
from pathlib import Path

from classroom.limits import MIB, Limits

if sys.platform != "win32":
    import resource

NS, UTS, IPC, USER, PID, NET = 0x20000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000
RDONLY, NOSUID, NODEV, REMOUNT, BIND, REC, PRIVATE = 1, 2, 4, 32, 4096, 16384, 0x40000
DETACH = 2
PR_SET_PDEATHSIG, PR_SET_NO_NEW_PRIVS, PR_SET_CHILD_SUBREAPER, PR_SET_DUMPABLE = 1, 38, 36, 4
PIVOT_ROOT = {"x86_64": 155, "aarch64": 41}
CAPSET = {"x86_64": 126, "aarch64": 91}
#: Accounts of hand-ins begin here when root grades, far above those of people.
FIRST_ACCOUNT = 2_000_000_000 - 2**25
SYSTEM = ("/usr", "/bin", "/lib", "/lib64", "/lib32", "/sbin", "/opt/homebrew")
FILES = ("/etc/ld.so.cache", "/etc/localtime", "/etc/fonts", "/etc/alternatives", "/etc/ld.so.conf")
DEVICES = ("null", "zero", "full", "random", "urandom")
ROOMS = ("namespaces", "account", "limits", "clock")
#: Processes and threads that a hand-in may have at a time.
PROCESSES = 64
#: Address space that a process may reserve beside what it may fill: threads reserve, and do not use.
RESERVED_MIB = 768


class NoRoom(OSError):
    """The system refused a part of the room."""


def rooms() -> tuple[str, ...]:
    """The rooms to try here, the best first."""
    if sys.platform != "linux":
        return ("clock",)
    return tuple(
        room
        for room in ("namespaces", "account", "limits")
        if (room != "namespaces" or platform.machine() in PIVOT_ROOT)
        and (room != "account" or os.geteuid() == 0)
    )


def libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def checked(status: int, what: str) -> None:
    """Raise the error of a system call that failed."""
    if status != 0:
        number = ctypes.get_errno()
        raise NoRoom(number, f"{what}: {os.strerror(number)}")


def seen() -> list[str]:
    """The folders that a hand-in sees, read only: Python, its packages, and what they need of the system."""
    packages = [entry for entry in sys.path if entry.endswith(("site-packages", "dist-packages"))]
    wanted = [*SYSTEM, sys.base_prefix, sys.prefix, *packages]
    return list(dict.fromkeys(each for each in wanted if os.path.isdir(each)))


def private_python() -> bool:
    """Whether Python lies where other accounts than this one cannot read it, as in the home folder of root."""
    places = [Path(each).resolve() for each in (sys.prefix, sys.base_prefix)]
    return os.name == "posix" and any(
        not folder.stat().st_mode & 0o001 for place in places for folder in (place, *place.parents)
    )


def leave_the_world() -> None:
    """Take new namespaces; the next process that is forked lives in them. An ordinary user becomes root there."""
    if os.geteuid() != 0:
        user, group = os.geteuid(), os.getegid()
        checked(libc().unshare(USER), "a namespace of users")
        for name, text in (
            ("setgroups", "deny"),
            ("uid_map", f"65534 {user} 1"),
            ("gid_map", f"65534 {group} 1"),
        ):
            Path(f"/proc/self/{name}").write_text(text)
    checked(libc().unshare(NS | UTS | IPC | PID | NET), "namespaces")


def furnish(*, limits: Limits) -> None:
    """Make the root folder, with all that the hand-in may see, and go there for good."""
    mount = libc().mount
    checked(mount(b"none", b"/", None, REC | PRIVATE, None), "private mounts")
    # Any folder will do to mount on: nobody outside sees it.
    root = Path("/tmp") if Path("/tmp").is_dir() else Path("/")
    size = f"size={limits.file_mib}m,mode=755,nr_inodes=20000".encode()
    stage = root / f".classroom-{os.getpid()}-{time.monotonic_ns()}"
    stage.mkdir()
    try:
        checked(mount(b"tmpfs", os.fsencode(stage), b"tmpfs", NOSUID | NODEV, size), "a folder of memory")
        for place in (*seen(), *FILES, *(f"/dev/{name}" for name in DEVICES)):
            show(place, root=stage, device=place.startswith("/dev/"))
        # An installed udtlib is the solution of many a task.
        for packages in sys.path:
            hidden = Path(f"{stage}{packages}") / "udtlib"
            if packages and hidden.is_dir():
                checked(
                    mount(b"tmpfs", os.fsencode(hidden), b"tmpfs", RDONLY, b"size=4k"), "nothing over udtlib"
                )
        for name in ("tmp", "dev/shm", "student", "old"):
            (stage / name).mkdir(parents=True, exist_ok=True)
            (stage / name).chmod(0o1777)
        os.chdir(stage)
        checked(libc().syscall(PIVOT_ROOT[platform.machine()], b".", b"old"), "another root")
    finally:
        # Seen from the teacher's side this is an empty folder.
        with contextlib.suppress(OSError):
            os.rmdir(f"/old{stage}" if os.path.isdir(f"/old{stage}") else stage)
    os.chdir("/")
    checked(libc().umount2(b"/old", DETACH), "leaving the old root")
    os.rmdir("/old")


def show(place: str, *, root: Path, device: bool) -> None:
    """Bind a folder or a file of the system into the new root, read only unless it is a device."""
    if not os.path.exists(place):
        return
    target = Path(f"{root}{place}")
    if os.path.lexists(target):
        return  # inside a folder that is there already
    if os.path.islink(place) and not device:
        target.parent.mkdir(parents=True, exist_ok=True)
        os.symlink(os.readlink(place), target)
        return
    if os.path.isdir(place):
        target.mkdir(parents=True)
    else:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.touch()
    mount = libc().mount
    checked(mount(os.fsencode(place), os.fsencode(target), None, BIND | REC, None), place)
    if not device:
        # Flags that the system set on the original cannot be taken off by an ordinary user; they are kept.
        kept = os.statvfs(target).f_flag & (NOSUID | NODEV | 8 | 1024 | 2048)
        flags = REMOUNT | BIND | RDONLY | NOSUID | kept
        checked(mount(None, os.fsencode(target), None, flags, None), f"{place}, read only")


def give_up_powers(*, account: int | None) -> None:
    """Be nobody, with no way back; what this process starts cannot become anybody either."""
    if account is not None:
        os.setgroups([])
        os.setresgid(account, account, account)
        os.setresuid(account, account, account)
    system = libc()
    system.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    if account is None and platform.machine() in CAPSET:

        class Header(ctypes.Structure):
            _fields_ = [("version", ctypes.c_uint32), ("pid", ctypes.c_int)]

        nothing = (ctypes.c_uint32 * 6)()
        checked(
            system.syscall(
                CAPSET[platform.machine()], ctypes.byref(Header(0x20080522, 0)), ctypes.byref(nothing)
            ),
            "giving up powers",
        )


def restrict(limits: Limits, *, processes: bool) -> None:
    """Lower this process's limits, shared memory and address space among them; they hold for its children."""
    from classroom.limits import restrict_this_process

    restrict_this_process(
        memory_mib=limits.memory_mib, cpu_seconds=limits.total_seconds + 60, file_mib=limits.file_mib
    )
    if sys.platform == "linux":
        pages = int(Path("/proc/self/statm").read_text().split()[0])
        space = pages * resource.getpagesize() + (limits.memory_mib + RESERVED_MIB) * MIB
        lower(resource.RLIMIT_AS, space)
        lower(resource.RLIMIT_NOFILE, 256)
        if processes:
            lower(resource.RLIMIT_NPROC, PROCESSES)


def lower(kind: int, value: int) -> None:
    """Set a limit that cannot be raised again."""
    _, hard = resource.getrlimit(kind)
    allowed = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(kind, (allowed, allowed))


def adopt_orphans() -> None:
    """From now on what a child leaves behind becomes this process's own child (Linux)."""
    if sys.platform == "linux":
        libc().prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def die_with_parent() -> None:
    """End when the process that started this one ends (Linux)."""
    if sys.platform == "linux":
        libc().prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def descendants(root: int) -> list[int]:
    """All processes below ``root`` (Linux)."""
    found, at = [], 0
    waiting = [root]
    while at < len(waiting):
        with contextlib.suppress(OSError):
            for thread in os.listdir(f"/proc/{waiting[at]}/task"):
                with contextlib.suppress(OSError):
                    text = Path(f"/proc/{waiting[at]}/task/{thread}/children").read_text()
                    below = [int(word) for word in text.split()]
                    waiting += below
                    found += below
        at += 1
    return found


def filled_mib(processes: list[int]) -> float:
    """The memory that processes fill, shared memory too, what they map of files not; in MiB (Linux)."""
    total = 0
    for process in processes:
        with contextlib.suppress(OSError, ValueError):
            for line in Path(f"/proc/{process}/status").read_text().splitlines():
                if line.startswith(("RssAnon", "RssShmem")):
                    total += int(line.split()[1])
    return total / 1024


def end_all(root: int) -> None:
    """End every process below ``root``, also those that start others while this goes on (Linux)."""
    if sys.platform != "linux":
        return
    for _ in range(200):
        there = descendants(root)
        if not there:
            return
        for process in there:
            with contextlib.suppress(OSError):
                os.kill(process, signal.SIGKILL)
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        time.sleep(0.005)
