"""Fetch the runtime of the living figures and pack what a page needs of it into ``book/live``.

Usage: python tools/fetch_ort.py 1.30.0

Run by hand when the version changes; building the book needs neither npm nor a network. The runtime is ONNX
Runtime Web, by the npm package of that name. That package has no licence file, so the licence and the notices of
what is compiled into it come from the Python package ``onnxruntime`` of the same version.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import lzma
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

PLACE = Path(__file__).resolve().parent.parent / "book" / "live"
#: The script that a page loads, the module that it loads in turn, and the machine code; all others are for
#: graphics processors or bundlers.
PARTS = ("ort.wasm.min.js", "ort-wasm-simd-threaded.mjs", "ort-wasm-simd-threaded.wasm")
NOTICES = ("LICENSE", "ThirdPartyNotices.txt")


def fetched(version: str, folder: Path) -> dict[str, bytes]:
    """The files of both packages by name, downloaded by the registries' ordinary clients."""
    subprocess.run(["npm", "pack", "--silent", f"onnxruntime-web@{version}"], cwd=folder, check=True)
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", f"onnxruntime=={version}"]
    subprocess.run(pip, cwd=folder, check=True)
    found = {}
    with tarfile.open(next(folder.glob("*.tgz"))) as archive:
        for name in PARTS:
            member = archive.extractfile(f"package/dist/{name}")
            assert member is not None, f"the package has no {name}"
            found[name] = member.read()
    with zipfile.ZipFile(next(folder.glob("*.whl"))) as wheel:
        for name in NOTICES:
            found[name] = wheel.read(f"onnxruntime/{name}")
    return found


def pack(files: dict[str, bytes]) -> bytes:
    """A tar.xz that is the same for the same files."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        for name, content in sorted(files.items()):
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return lzma.compress(stream.getvalue(), preset=9 | lzma.PRESET_EXTREME)


def main() -> None:
    """Fetch one version, pack it, and write where it came from."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("version")
    version = parser.parse_args().version
    with tempfile.TemporaryDirectory() as folder:
        files = fetched(version, Path(folder))
    PLACE.mkdir(parents=True, exist_ok=True)
    (PLACE / "onnxruntime-web.tar.xz").write_bytes(pack(files))
    card = {
        "name": "ONNX Runtime Web",
        "version": version,
        "source": "npm package onnxruntime-web, folder dist; LICENSE and notices: Python package onnxruntime",
        "licence": "MIT; notices of the parts compiled into it: ThirdPartyNotices.txt in the archive",
        "sha256": {name: hashlib.sha256(content).hexdigest() for name, content in sorted(files.items())},
    }
    (PLACE / "onnxruntime-web.json").write_text(json.dumps(card, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
