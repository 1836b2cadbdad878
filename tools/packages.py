"""What the tools share that make drawings of npm packages: archives by their hashes, and sheets of tiles."""

from __future__ import annotations

import hashlib
import io
import json
import subprocess
import tarfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image


@dataclass(frozen=True, kw_only=True)
class Package:
    """One npm package: the SHA-256 is that of its archive."""

    package: str
    version: str
    sha256: str

    @property
    def file(self) -> str:
        """What `npm pack` calls the archive."""
        return f"{self.package.removeprefix('@').replace('/', '-')}-{self.version}.tgz"


def digest(content: bytes) -> str:
    """The SHA-256, in hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


def members(folder: Path, package: Package, *, used: tuple[str, ...]) -> dict[str, bytes]:
    """The files of a package that end like this, by their names; fetched where the folder has no archive."""
    archive = folder / package.file
    if not archive.exists():
        name = f"{package.package}@{package.version}"
        subprocess.run(["npm", "pack", name], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    found = digest(archive.read_bytes())
    if found != package.sha256:
        raise SystemExit(f"{archive} has SHA-256 {found}; expected {package.sha256}: delete it")
    with tarfile.open(archive) as opened:
        wanted = (m for m in opened if m.isfile() and m.name.endswith(used))
        return {m.name.removeprefix("package/"): opened.extractfile(m).read() for m in wanted}


def sheets(tiles: np.ndarray, *, side: int) -> Iterable[bytes]:
    """Lossless WebP files with ``side`` × ``side`` tiles each, white where the last one has none left."""
    size, channels = tiles.shape[1], tiles.shape[3:]
    for start in range(0, len(tiles), side**2):
        part = np.full((side**2, size, size, *channels), 255, np.uint8)
        rows = tiles[start : start + side**2]
        part[: len(rows)] = rows
        sheet = part.reshape(side, side, size, size, *channels).swapaxes(1, 2)
        image = Image.fromarray(sheet.reshape(side * size, side * size, *channels)).convert("RGB")
        buffer = io.BytesIO()
        # Quality 100 would take eight times as long for 1 % fewer bytes; nothing is lost at any.
        image.save(buffer, "WEBP", lossless=True, quality=90, method=6, exact=True)
        yield buffer.getvalue()


def drawn_sheets(
    name: str, tiles: np.ndarray, *, about: dict[str, Any], side: int
) -> tuple[dict[str, Any], dict[str, bytes]]:
    """What the manifest says of one hand, which is ``about`` and more, and the hand's sheets by their names."""
    files = {f"{name}/{number:02}.webp": content for number, content in enumerate(sheets(tiles, side=side))}
    print(f"{name}: {len(tiles)} drawings, {sum(map(len, files.values())):,} bytes", flush=True)
    return {**about, "pixels_sha256": digest(tiles.tobytes()), "sheets": list(files)}, files


def write_collection(folder: Path, files: Mapping[str, bytes], manifest: dict[str, Any]) -> None:
    """The files, and the manifest with their hashes beside them."""
    manifest = {**manifest, "sha256": {file: digest(content) for file, content in files.items()}}
    for file, content in files.items():
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).write_bytes(content)
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=1, ensure_ascii=False) + "\n", "utf-8")
    print(f"{len(files)} files, {sum(map(len, files.values())):,} bytes")
