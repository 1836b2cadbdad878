"""The scratch course: the release of an assignment, the gradebook that knows its tests, and the ready zip."""

from __future__ import annotations

import logging
import os
import shutil
import zipfile
from dataclasses import dataclass
from pathlib import Path

import nbformat

from classroom.batch import environment_ready, processes
from classroom.notebook import SETUP_TAG, Graded, graded_cells, read

#: A fixed date in archives, so that the same notebook makes the same file.
EPOCH = (2026, 1, 1, 0, 0, 0)
GO_ON = "udtlib could not be installed. Go on: this assignment needs only torch."


@dataclass(frozen=True, kw_only=True)
class Course:
    """One assignment, generated.

    Args:
        assignment: its name.
        source: the notebook with solutions and hidden tests.
        release: the student's version.
        gradebook: nbgrader's database, for those who grade with nbgrader itself.
        archive: the student's version as a zip, ready to hand out.
    """

    assignment: str
    source: Path
    release: Path
    gradebook: Path
    archive: Path

    @property
    def graded(self) -> list[Graded]:
        return graded_cells(read(self.source))


def assignments(root: Path) -> list[str]:
    """The assignments that have a source, in order."""
    return sorted(path.parent.name for path in (root / "assignments" / "source").glob("*/*.ipynb"))


def generate(assignment: str, *, root: Path, build: Path) -> Course:
    """Make the student version of an assignment, from scratch.

    Raises:
        ValueError: there is no such assignment.
        RuntimeError: nbgrader refused the source.
    """
    source = root / "assignments" / "source" / assignment / f"{assignment}.ipynb"
    if not source.is_file():
        there = ", ".join(assignments(root)) or "none"
        raise ValueError(f"there is no assignment {assignment!r}; there are: {there}")
    scratch = build / assignment / "course"
    shutil.rmtree(build / assignment, ignore_errors=True)
    (scratch / "source").mkdir(parents=True)
    leave = shutil.ignore_patterns(".ipynb_checkpoints")
    shutil.copytree(source.parent, scratch / "source" / assignment, ignore=leave)
    environment_ready()
    process = processes().Process(target=nbgrader_release, args=(assignment, scratch))
    process.start()
    process.join()
    made = scratch / "release" / assignment / source.name
    if process.exitcode or not made.exists():
        log = (scratch / "nbgrader.log").read_text(encoding="utf-8").strip()
        raise RuntimeError(f"nbgrader could not release {assignment}:\n{log}")
    release = build / "release" / assignment / source.name
    shutil.rmtree(release.parent, ignore_errors=True)
    shutil.copytree(made.parent, release.parent)
    survive_without_library(release)
    return Course(
        assignment=assignment,
        source=source,
        release=release,
        gradebook=scratch / "gradebook.db",
        archive=zipped(release.parent, to=build / "release" / f"{assignment}.zip"),
    )


def survive_without_library(release: Path) -> None:
    """Let the first cell go on where the library cannot be installed: the tasks need PyTorch alone."""
    notebook = read(release)
    for cell in notebook.cells:
        if SETUP_TAG in cell.metadata.get("tags", []) and "udtlib" in cell.source:
            lines = "\n".join(f"    {line}" if line else "" for line in cell.source.split("\n"))
            cell.source = f"try:\n{lines}\nexcept Exception as error:\n    print({GO_ON!r}, f'({{error}})')"
    nbformat.write(notebook, release)


def nbgrader_release(assignment: str, scratch: Path) -> None:
    """nbgrader's converter; the target of a process."""
    from nbgrader.converters import GenerateAssignment
    from nbgrader.coursedir import CourseDirectory
    from traitlets.config import Config

    with (scratch / "nbgrader.log").open("w", encoding="utf-8") as log:
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)
        logging.basicConfig(level=logging.WARNING)
        config = Config()
        config.CourseDirectory.root = str(scratch)
        config.CourseDirectory.course_id = ""
        config.CourseDirectory.assignment_id = assignment
        GenerateAssignment(coursedir=CourseDirectory(config=config), config=config).start()


def zipped(folder: Path, *, to: Path) -> Path:
    """Put ``folder`` into a zip; the same content makes the same bytes."""
    with zipfile.ZipFile(to, "w", compression=zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                entry = zipfile.ZipInfo(
                    f"{folder.name}/{path.relative_to(folder).as_posix()}", date_time=EPOCH
                )
                entry.compress_type = zipfile.ZIP_DEFLATED
                archive.writestr(entry, path.read_bytes())
    return to
