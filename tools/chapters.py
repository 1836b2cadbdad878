"""The chapters as the front page, the README and "next" show them: a picture, a short title, one line each."""

from __future__ import annotations

from html import escape
from typing import NamedTuple

THUMBS = "_static/thumbs"


class Chapter(NamedTuple):
    """A page of the course: its file without the ending, its number, a title and what it is about."""

    page: str
    number: str
    title: str
    line: str

    @property
    def thumb(self) -> str:
        """Its picture within the book's folder."""
        return f"{THUMBS}/{self.page.rsplit('/', 1)[-1]}.webp"


CHAPTERS = (
    Chapter(
        "notebooks/00_maps",
        "00",
        "Maps between distributions",
        "Infinitely many maps fit. One of them is right.",
    ),
    Chapter("notebooks/01_gans", "01", "GANs", "A game whose judge only ever asks whether it fits."),
    Chapter("notebooks/02_pix2pix", "02", "pix2pix", "With pairs: why the mean of good answers is blur."),
    Chapter(
        "notebooks/03_bicyclegan", "03", "BicycleGAN", "One drawing, many good answers, and a code to choose."
    ),
    Chapter("notebooks/04_cyclegan", "04", "CycleGAN", "A way back, and what it hides in the picture."),
    Chapter(
        "notebooks/05_shared_latents",
        "05",
        "Shared latents",
        "Two views of one code, and cycles that close exactly.",
    ),
    Chapter("notebooks/06_distance", "06", "DistanceGAN", "Keep the distances; no way back is needed."),
    Chapter(
        "notebooks/07_optimal_transport", "07", "Optimal transport", "Of all maps that fit, the cheapest."
    ),
    Chapter("notebooks/08_dont", "08", "DONT", "The least effort on the way, one small step at a time."),
    Chapter("notebooks/09a_autoencoders", "09a", "Autoencoders", "Spaces of codes, and what they promise."),
    Chapter(
        "notebooks/09b_gromov_wasserstein", "09b", "Gromov–Wasserstein", "Two spaces without a common ruler."
    ),
    Chapter(
        "notebooks/10_hamiltonian", "10", "Hamiltonian flows", "Train one direction, run the other for free."
    ),
    Chapter("book/which_bias", "", "Which bias?", "All methods, five tasks. Guess before you look."),
)


def gallery() -> str:
    """The front page's gallery as Markdown."""
    items = []
    for chapter in CHAPTERS:
        number = f"<span>{chapter.number}</span>" if chapter.number else ""
        image = f'<img src="../{chapter.thumb}" alt="A figure of {escape(chapter.title)}">'
        words = f"<b>{number}{escape(chapter.title)}</b><small>{escape(chapter.line)}</small>"
        items.append(f'<li><a href="../{chapter.page}.html">{image}{words}</a></li>')
    return "\n".join(["```{raw} html", '<ul class="udt-gallery">', *items, "</ul>", "```", ""])


def readme_table() -> str:
    """The README's table of chapters: two to a row, each with its picture."""
    cells = []
    for chapter in CHAPTERS:
        image = f'<img src="book/{chapter.thumb}" width="110" alt="A figure of {escape(chapter.title)}">'
        file = f"{chapter.page}.{'ipynb' if chapter.number else 'md'}"
        name = " · ".join(part for part in (chapter.number, escape(chapter.title)) if part)
        cells.append(f'<td>{image}</td><td><a href="{file}">{name}</a><br>{escape(chapter.line)}</td>')
    rows = ["".join(cells[k : k + 2]) for k in range(0, len(cells), 2)]
    return "\n".join(["<table>", *(f"<tr>{row}</tr>" for row in rows), "</table>"])


def thumb_of(address: str) -> str | None:
    """The picture of the page that an address within the site leads to, if it is a chapter's."""
    for chapter in CHAPTERS:
        if address.endswith(f"{chapter.page.rsplit('/', 1)[-1]}.html"):
            return chapter.thumb
    return None
