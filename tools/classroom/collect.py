"""Hand-ins as they come: from nbgrader, from a learning management system, in folders, zips, under any name.

=======================================  ======================================================
what is there                            whose it is
=======================================  ======================================================
``STUDENT/ANY NAME.ipynb``               STUDENT's, the only notebook of the folder, or the one named as asked
``submitted/STUDENT/01_gans/…``          STUDENT's (nbgrader)
``Jane Doe_123_assignsubmission_file/…`` Jane Doe's (Moodle)
``doejane_LATE_123_456_any name.ipynb``  doejane's (Canvas)
``01_gans_jdoe_attempt_2026-…_x.ipynb``  jdoe's (Blackboard)
``Jane Doe.ipynb``, ``Jane Doe.zip``     Jane Doe's
=======================================  ======================================================

A zip counts as the folder that it holds. Of several notebooks of one student the newest counts, and the others are
named. ``__MACOSX``, checkpoints and hidden files belong to nobody.
"""

from __future__ import annotations

import csv
import re
import shutil
import unicodedata
import zipfile
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path, PurePosixPath

#: What a hand-in may hold, unpacked, so that a zip cannot fill the disk.
LARGEST = 50 * 2**20
MOST = 2_000
NOBODYS = ("__MACOSX", ".ipynb_checkpoints", "__pycache__", "node_modules", ".venv")
LIST = "collected.csv"
MOODLE = re.compile(r"^(?P<who>.+?)_\d+_assignsubmission_\w+_?$")
CANVAS = re.compile(r"^(?P<who>[^_]+?)(?:_LATE)?_\d+_\d+_(?P<name>.+)$", re.IGNORECASE)
BLACKBOARD = re.compile(r"^.+_(?P<who>[^_]+)_attempt_[\d-]+.*$")


@dataclass
class HandIn:
    """What one student handed in.

    Args:
        student: the name, as it came.
        folder: a name for it that any system takes for a folder.
        file: the notebook or script that counts; None where there is none.
        notes: what was chosen or put right.
        problem: why there is nothing to grade.
    """

    student: str
    folder: str
    file: Path | None
    notes: list[str] = field(default_factory=list)
    problem: str = ""


@dataclass
class Found:
    """A file that may be somebody's hand-in."""

    student: str
    file: Path
    time: float
    where: str


def collected(place: Path, *, assignment: str, scratch: Path) -> list[HandIn]:
    """The hand-ins in a folder or a zip, by student; zips are unpacked into ``scratch``."""
    known = earlier_names(place)
    files: dict[str, list[Found]] = defaultdict(list)
    notes: dict[str, list[str]] = defaultdict(list)
    for student in students(place, assignment=assignment):
        files[student] = []
    for found in look(place, assignment=assignment, scratch=scratch, notes=notes):
        files[found.student].append(found)
    for student in notes:
        files[student] += []  # a zip that could not be unpacked is a hand-in as well
    taken: set[str] = set()
    result = []
    for student in sorted(files):
        hand_in = chosen(student, files[student], assignment=assignment)
        hand_in.student = known.get(student, student)
        hand_in.notes += notes.get(student, [])
        hand_in.folder = unique(safe_name(hand_in.student), taken)
        result.append(hand_in)
    return result


def earlier_names(place: Path) -> dict[str, str]:
    """Students' names by folder, where an earlier ``collect`` has written them down."""
    path = place / LIST
    if not path.is_file():
        return {}
    with path.open(encoding="utf-8", newline="") as file:
        return {row["folder"]: row["student"] for row in csv.DictReader(file) if row.get("folder")}


def students(place: Path, *, assignment: str) -> set[str]:
    """Those who have a folder, whether there is anything in it or not."""
    top = top_of(place)
    if not top.is_dir():
        return set()
    return {owner(entry.name) for entry in top.iterdir() if entry.is_dir() and is_somebodys(entry.name)}


def top_of(place: Path) -> Path:
    """Where the students' folders lie: nbgrader has a folder ``submitted`` around them."""
    inner = place / "submitted"
    return inner if inner.is_dir() else place


def is_somebodys(name: str) -> bool:
    """Whether a file or folder of this name can be a student's."""
    return bool(name) and not name.startswith(".") and name not in NOBODYS


def look(place: Path, *, assignment: str, scratch: Path, notes: dict[str, list[str]]) -> Iterator[Found]:
    """All files that may be hand-ins."""
    if place.is_file() and place.suffix.lower() == ".zip":
        inner = unpacked(place, scratch / "whole")
        only = [entry for entry in inner.iterdir() if is_somebodys(entry.name)]
        place = only[0] if len(only) == 1 and only[0].is_dir() and holds_students(only[0]) else inner
    top = top_of(place)
    for number, entry in enumerate(sorted(top.iterdir())):
        if not is_somebodys(entry.name) or entry.is_symlink():
            continue
        student = owner(entry.stem if entry.is_file() else entry.name)
        if (entry.is_file() and (by := CANVAS.match(entry.name))) or (
            entry.is_file() and (by := BLACKBOARD.match(entry.stem))
        ):
            student = by["who"]
        if entry.is_file() and entry.suffix.lower() == ".zip" and entry.stem == assignment:
            continue  # the zip that was handed out
        yield from inside(entry, student, scratch=scratch / str(number), notes=notes)


def holds_students(folder: Path) -> bool:
    """Whether a zip's only folder is one of students rather than one student's."""
    return any(entry.is_dir() or entry.suffix.lower() == ".zip" for entry in folder.iterdir())


def owner(name: str) -> str:
    """Whose a folder or a file of this name is."""
    by = MOODLE.match(name)
    return by["who"].strip() if by else name


def inside(entry: Path, student: str, *, scratch: Path, notes: dict[str, list[str]]) -> Iterator[Found]:
    """The notebooks and scripts in an entry: itself, those of a folder, those of a zip."""
    if entry.is_file():
        if entry.suffix.lower() == ".zip":
            try:
                yield from inside(unpacked(entry, scratch), student, scratch=scratch / "more", notes=notes)
            except (zipfile.BadZipFile, OSError, ValueError, RuntimeError, NotImplementedError) as error:
                notes[student].append(f"{entry.name} could not be unpacked ({error})")
        elif entry.suffix.lower() in (".ipynb", ".py"):
            yield Found(student=student, file=entry, time=entry.stat().st_mtime, where=entry.name)
        return
    for number, path in enumerate(sorted(entry.rglob("*"))):
        parts = path.relative_to(entry).parts
        if path.is_symlink() or not path.is_file() or not all(map(is_somebodys, parts)):
            continue
        for found in inside(path, student, scratch=scratch / f"z{number}", notes=notes):
            found.where = "/".join(parts)
            yield found


def unpacked(archive: Path, to: Path) -> Path:
    """Unpack the notebooks, scripts and zips of an archive, and nothing that leaves its folder.

    Raises:
        ValueError: it holds more than a hand-in may.
    """
    to.mkdir(parents=True, exist_ok=True)
    total = 0
    with zipfile.ZipFile(archive) as file:
        entries = file.infolist()
        if len(entries) > MOST * 10:
            raise ValueError(f"it holds {len(entries)} files")
        for number, entry in enumerate(entries):
            path = PurePosixPath(entry.filename.replace("\\", "/"))
            parts = [part for part in path.parts if part not in ("/", "..", ".")]
            wanted = path.suffix.lower() in (".ipynb", ".py", ".zip")
            if entry.is_dir() or not parts or not all(map(is_somebodys, parts)):
                continue
            safe = [safe_part(part) for part in parts]
            target = to.joinpath(*safe)
            if not wanted:
                continue
            total += entry.file_size
            if total > LARGEST * 40 or entry.file_size > LARGEST * (
                40 if path.suffix.lower() == ".zip" else 1
            ):
                raise ValueError("it is too large unpacked")
            if target.exists():
                target = target.with_name(f"{target.stem} ({number}){target.suffix}")
            target.parent.mkdir(parents=True, exist_ok=True)
            with file.open(entry) as source, target.open("wb") as copy:
                shutil.copyfileobj(source, copy)
            set_time(target, entry)
    return to


def safe_part(part: str) -> str:
    """A name from a zip that stays a name here: a student's name, colons and brackets too, where they can stay."""
    return re.sub(r"[\x00-\x1f/\\]", "_", part)[:200]


def set_time(path: Path, entry: zipfile.ZipInfo) -> None:
    """Give a file the time that the zip says."""
    import os

    try:
        when = datetime(*entry.date_time).timestamp()
    except ValueError:
        return
    os.utime(path, (when, when))


def chosen(student: str, files: list[Found], *, assignment: str) -> HandIn:
    """Which of a student's files counts."""
    hand_in = HandIn(student=student, folder="", file=None)
    notebooks = [each for each in files if each.file.suffix.lower() == ".ipynb"]
    pool = notebooks or files
    named = [each for each in pool if is_named(each.where, assignment)]
    # A folder of several assignments: nbgrader's submitted/STUDENT/ASSIGNMENT/.
    below = [each for each in pool if assignment in each.where.split("/")[:-1]]
    pool = below or named or pool
    if not pool:
        hand_in.problem = "no notebook was handed in"
        return hand_in
    pool = sorted(pool, key=lambda each: (each.time, each.where))
    newest = pool[-1]
    hand_in.file = newest.file
    base = newest.where.rpartition("/")[2]
    if base != f"{assignment}.ipynb":
        hand_in.notes.append(f"taken from {newest.where}")
    if len(pool) > 1:
        others = ", ".join(each.where for each in pool[:-1][:5])
        hand_in.notes.append(f"the newest of {len(pool)} files counts, not: {others}")
    later = [each.where for each in files if each not in pool and each.time > newest.time]
    if later:
        hand_in.notes.append(
            f"newer, but of another name, elsewhere or no notebook, and left aside: {', '.join(later[:5])}"
        )
    return hand_in


def is_named(where: str, assignment: str) -> bool:
    """Whether a file has the assignment's name, or nearly: ``01_gans (1).ipynb``, ``Copy of 01_gans.ipynb``."""
    return assignment.lower() in where.rpartition("/")[2].lower()


def safe_name(student: str) -> str:
    """A folder's name that any system takes, and from which the student is still to be seen."""
    plain = unicodedata.normalize("NFKC", student)
    plain = "".join(letter if letter.isalnum() or letter in " .-_@+" else "_" for letter in plain)
    plain = re.sub(r"\s+", " ", plain).strip(" .")[:80].rstrip(" .")
    reserved = re.fullmatch(r"(?i)con|prn|aux|nul|com\d|lpt\d", plain)
    return f"_{plain}" if reserved else plain or "student"


def unique(name: str, taken: set[str]) -> str:
    """A name that nobody has, whatever their letters' case."""
    result, number = name, 2
    while result.casefold() in taken:
        result, number = f"{name} ({number})", number + 1
    taken.add(result.casefold())
    return result


def write_collected(hand_ins: list[HandIn], *, assignment: str, to: Path) -> None:
    """Copy what counts to ``to/FOLDER/ASSIGNMENT.ipynb``, and list who handed in what."""
    to.mkdir(parents=True, exist_ok=True)
    with (to / LIST).open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(["folder", "student", "file", "notes"])
        for each in hand_ins:
            folder = to / each.folder
            folder.mkdir(exist_ok=True)
            name = ""
            if each.file is not None:
                name = f"{assignment}{each.file.suffix.lower()}"
                shutil.copy2(each.file, folder / name)
            notes = "; ".join([*each.notes, *([each.problem] if each.problem else [])])
            table.writerow([each.folder, each.student, name, notes])
