"""Install the course into the environment of the Python that runs this, at the exact versions of constraints.txt.

Usage: python tools/install.py EXTRA [PIP_OPTION ...]       (EXTRA: book or dev, as in pyproject.toml)

Everything that pip says goes into install.log in the environment's folder. Where pip fails, the last lines say
which package it was, why, and what to do.
"""

from __future__ import annotations

import platform
import re
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CPU_INDEX = "https://download.pytorch.org/whl/cpu"
#: What is worth showing while it goes on: the large downloads, what is compiled, and the last step.
NEWS = re.compile(
    r"\s*(Downloading .*\(\d{2,}(\.\d+)? MB\)|Building wheel for|Installing collected packages)"
)
ERROR_LINES = re.compile(r"^\s*ERROR: (.+)$", re.MULTILINE)
OTHER_PYTHON = "take Python 3.11, 3.12 or 3.13: make clean, then make book PYTHON=python3.12"


@dataclass(frozen=True, kw_only=True)
class Symptom:
    """How pip words one kind of failure, what that means, and the remedy; ``package`` finds which one it was."""

    signs: str
    package: str
    reason: str
    remedy: str


#: In the order in which one explains the next: without a network, nothing matches either.
SYMPTOMS = (
    Symptom(
        signs=r"No space left on device",
        package=r"No space left on device: '([^']+)'",
        reason="the disk is full",
        remedy="free some gigabytes; without an NVIDIA card, PyTorch's CPU build is far smaller:\n"
        f'  make book PIP_ARGS="--extra-index-url {CPU_INDEX}"',
    ),
    Symptom(
        signs=r"ERROR: .*Permission denied",
        package=r"Permission denied: '([^']+)'",
        reason="this account may not write there",
        remedy="clone the repository into a folder of your own, and run make without sudo",
    ),
    Symptom(
        signs=r"DO NOT MATCH THE HASHES|has an invalid wheel|BadZipFile",
        package=r"(\S+) from (?:http|file)",
        reason="what arrived is not the published file",
        remedy='run it again without the cache: make book PIP_ARGS="--no-cache-dir"',
    ),
    Symptom(
        signs=r"ResolutionImpossible",
        package=r"The user requested \(constraint\) (\S+)",
        reason="its version in constraints.txt does not go with this Python, or with another package",
        remedy=f"{OTHER_PYTHON}; where constraints.txt was edited, take that back",
    ),
    Symptom(
        signs=r"connection broken by|NewConnectionError|ReadTimeoutError|Read timed out|SSLError|ProxyError",
        package=r"No matching distribution found for (\S+)",
        reason="the package index could not be reached",
        remedy="check the connection, the proxy (HTTPS_PROXY) and the certificates (PIP_CERT), and run make again:"
        " what has arrived is kept",
    ),
    Symptom(
        signs=r"No matching distribution found",
        package=r"No matching distribution found for (\S+)",
        reason="no index has a file of it for this Python on this system",
        remedy=f"{OTHER_PYTHON}; or name an index that has such a file in PIP_ARGS",
    ),
    Symptom(
        signs=r"Failed building wheel|subprocess-exited-with-error|metadata-generation-failed",
        package=r"Failed building wheel for (\S+)",
        reason="there is no ready-made file of it for this Python on this system, and compiling it failed",
        remedy=f"{OTHER_PYTHON}; or install a C compiler and Python's headers (build-essential, python3-dev)",
    ),
)


def diagnose(log: str) -> str:
    """Which package an installation failed at, why, and what to do, from everything that pip said."""
    symptom = next((each for each in SYMPTOMS if re.search(each.signs, log)), None)
    errors = ERROR_LINES.findall(log)
    collected = re.findall(r"^\s*(?:Collecting|Processing) (\S+)", log, re.MULTILINE)
    found = re.search(symptom.package, log) if symptom else None
    package = found.group(1) if found else (collected or ["pip itself"])[-1]
    reason = symptom.reason if symptom else (errors or log.strip().splitlines() or ["pip said nothing"])[-1]
    remedy = symptom.remedy if symptom else "see the log; make clean and make book start from nothing"
    here = f"Python {platform.python_version()}, {platform.system()} {platform.machine()}"
    return f"The installation failed at: {package}\nWhy: {reason} ({here})\nWhat to do: {remedy}"


def install(project: Path, extra: str, options: list[str], *, log: Path) -> int:
    """Run pip with its output in ``log``; prints the large steps, and the diagnosis if it fails."""
    command = [sys.executable, "-m", "pip", "install", "--disable-pip-version-check", "--progress-bar", "off"]
    command += [*options, "-c", "constraints.txt", "-e", f".[{extra}]"]
    print(
        f"installing the course into {sys.prefix}; this takes some minutes, and {log} says how far it is",
        flush=True,
    )
    start = time.perf_counter()
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "errors": "replace"}
    with (
        log.open("w", encoding="utf-8") as file,
        subprocess.Popen(command, cwd=project, text=True, **pipes) as process,
    ):
        assert process.stdout is not None
        for line in process.stdout:
            file.write(line)
            file.flush()
            if NEWS.match(line):
                print(line.strip()[:100], flush=True)
    if process.returncode:
        said = log.read_text(encoding="utf-8")
        print(
            *said.splitlines()[-20:],
            "",
            diagnose(said),
            f"All that pip said: {log}",
            sep="\n",
            file=sys.stderr,
        )
    else:
        print(f"installed in {time.perf_counter() - start:.0f} s")
    return process.returncode


def main() -> int:
    """Install what was asked for."""
    if len(sys.argv) < 2 or sys.argv[1].startswith("-"):
        print(__doc__, file=sys.stderr)
        return 2
    if sys.prefix == sys.base_prefix:
        print("this is no virtual environment; run make book, which makes one", file=sys.stderr)
        return 2
    return install(ROOT, sys.argv[1], sys.argv[2:], log=Path(sys.prefix) / "install.log")


if __name__ == "__main__":
    sys.exit(main())
