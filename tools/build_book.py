"""Build the site into book/_build/html: stored outputs, warnings as errors, nothing fetched.

Afterwards the models of the living figures are written beside it, from the weights that ship.

Usage: python tools/build_book.py
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

from live_models import write_all

ROOT = Path(__file__).resolve().parent.parent
SITE = ROOT / "book" / "_build"


def build() -> int:
    """Run Jupyter Book; returns its exit status."""
    # From nothing, every time: a renamed page must not stay behind, and a build takes seconds.
    shutil.rmtree(SITE, ignore_errors=True)
    command = [
        str(Path(sys.executable).with_name("jupyter-book")),
        "build",
        str(ROOT),
        "--path-output",
        str(ROOT / "book"),
        "--all",
        "-W",
        "-n",
        "--keep-going",
        "--quiet",
    ]
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONWARNINGS": "ignore"}
    return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode


def main() -> int:
    """Build and say which page to open."""
    start = time.perf_counter()
    status = build()
    index = SITE / "html" / "index.html"
    if status != 0 or not index.is_file():
        print(f"The book did not build (exit status {status}); the first warning or error above says why.")
        return status or 1
    write_all(SITE / "html" / "_static" / "live")
    print(f"Built in {time.perf_counter() - start:.0f} s. Open this page in a browser:\n  {index}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
