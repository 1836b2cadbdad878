"""A page for each student: points, and what the tests that failed have to say; no code of a test, and no output.

Everything that a hand-in can have a say in is text here: a browser finds no markup in it, and a policy in the page
forbids scripts and anything from elsewhere besides.
"""

from __future__ import annotations

import html
from collections.abc import Sequence
from pathlib import Path

from classroom.notebook import Graded
from classroom.report import tasks
from classroom.submission import Result, visible
from udtlib.data.places import whole_file

LONGEST = 700
POLICY = "default-src 'none'; style-src 'unsafe-inline'"
STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:46rem;margin:2rem auto;padding:0 1rem;"
    "color:#222;background:#fff}"
    "table{border-collapse:collapse;width:100%}td,th{border-bottom:1px solid #ccc;padding:.3rem .6rem;"
    "text-align:left;vertical-align:top}td.n{white-space:nowrap}"
    ".look{border-left:4px solid #b60;padding:.2rem 1rem}"
)


def message(text: str) -> str:
    """What a test or an error says, as text of a page, not too long, and without the name of the assertion."""
    text = visible(text).removeprefix("AssertionError: ").strip()
    return html.escape(text if len(text) <= LONGEST else f"{text[:LONGEST]} …")


def page(result: Result, *, student: str, assignment: str, graded: Sequence[Graded]) -> str:
    """The page."""
    full = sum(cell.points for cell in graded)
    points = {cell.name: cell.points for cell in graded}
    total = f"{result.total:g} of {full:g} points" if result.counts else "not graded yet"
    parts = [
        "<!doctype html>",
        '<html lang="en"><head><meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">',
        f"<title>{html.escape(assignment)}: {html.escape(visible(student))}</title>",
        f"<style>{STYLE}</style></head><body>",
        f"<h1>{html.escape(assignment)}</h1>",
        f"<p>{html.escape(visible(student))}: <strong>{total}</strong></p>",
    ]
    if result.status != "graded":
        reason = message(result.stopped) if result.unread else ""
        parts.append(
            '<p class="look">Your hand-in <strong>needs a look</strong> by your teacher before the points count. '
            f"Nothing is lost. {reason}</p>"
        )
    if result.stopped and not result.unread:
        parts.append(f"<p>The grader stopped your code: {message(result.stopped)}</p>")
    if result.notes:
        parts.append("<p>Put right, at no cost:</p><ul>")
        parts += [f"<li>{message(note)}</li>" for note in result.notes]
        parts.append("</ul>")
    if not result.unread:
        for task, names in tasks(graded).items():
            parts.append(
                f"<h2>{html.escape(task)}</h2><table><tr><th>Test</th><th>Points</th><th>What it says</th></tr>"
            )
            for name in names:
                said = message(result.errors[name]) if name in result.errors else "passed"
                got = f"{result.scores.get(name, 0.0):g} of {points[name]:g}"
                parts.append(f'<tr><td>{html.escape(name)}</td><td class="n">{got}</td><td>{said}</td></tr>')
            parts.append("</table>")
    if result.answers:
        parts.append("<h2>Cells of yours that failed</h2><ul>")
        parts += [f"<li>{html.escape(name)}: {message(text)}</li>" for name, text in result.answers.items()]
        parts.append("</ul>")
    parts.append("</body></html>")
    return "\n".join(parts) + "\n"


def write_page(
    result: Result, path: Path, *, student: str, assignment: str, graded: Sequence[Graded]
) -> None:
    """Write the page, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with whole_file(path) as scratch:
        scratch.write_text(
            page(result, student=student, assignment=assignment, graded=graded), encoding="utf-8"
        )
