"""What a page says about itself to those who link to it, and the list of pages for those who search them."""

from __future__ import annotations

from html import escape
from typing import Any

from chapters import CHAPTERS, THUMBS
from docutils import nodes

#: Letters of a description; a search engine shows no more.
LONGEST = 200
#: The front page's own picture, within the book's folder.
COVER = f"{THUMBS}/cover.webp"
ROOT_TITLE = "Unsupervised domain translation"


def description(doctree: Any) -> str:
    """The first paragraph of a page that is prose, cut between words."""
    for paragraph in doctree.findall(nodes.paragraph):
        if isinstance(paragraph.parent, nodes.section) or "udt-lede" in paragraph.parent.get("classes", ()):
            text = " ".join(paragraph.astext().split())
            if len(text) > 40 and "\\" not in text:
                return text if len(text) <= LONGEST else text[: LONGEST - 1].rsplit(" ", 1)[0] + "…"
    return (
        "An executable course on unsupervised domain translation: maps between two collections without pairs."
    )


def say_what_it_is(app: Any, page: str, template: str, context: dict[str, Any], doctree: Any) -> None:
    """Add a description, and what a preview of a link shows."""
    context["root_title"] = ROOT_TITLE
    if doctree is None:
        return
    thumbs = {chapter.page: chapter.thumb for chapter in CHAPTERS}
    about = description(doctree)
    title = context.get("title", ROOT_TITLE)
    base = app.config.html_baseurl
    tags = {
        "og:title": title,
        "og:type": "website" if page == app.config.root_doc else "article",
        "og:site_name": app.config.project or ROOT_TITLE,
        "og:url": f"{base}{page}.html",
        "og:description": about,
        "og:image": f"{base}{thumbs.get(page, COVER)}",
        "og:image:alt": f"A figure of {title}",
    }
    lines = [f'<meta name="description" content="{escape(about)}">']
    lines += [f'<meta property="{name}" content="{escape(str(text))}">' for name, text in tags.items()]
    lines.append('<meta name="twitter:card" content="summary_large_image">')
    context["metatags"] = context.get("metatags", "") + "\n    ".join(["", *lines]) + "\n"


def sitemap(base: str, pages: list[str]) -> str:
    """The pages' addresses as sitemaps.org wants them."""
    lines = [f"  <url><loc>{escape(base)}{escape(page)}</loc></url>" for page in pages]
    head = '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">'
    return "\n".join(['<?xml version="1.0" encoding="utf-8"?>', head, *lines, "</urlset>", ""])
