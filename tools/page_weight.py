"""Makes the built pages light: what a reader does not see yet is not loaded yet.

After Sphinx has written the site, every page is gone through once. Pictures that notebooks store inside the page
become files, which the browser fetches when they come near; so do the frames of the players. Of the icon fonts,
only the icons that the site shows are kept, and the script that draws the same icons a second time goes.
"""

from __future__ import annotations

import base64
import hashlib
import io
import posixpath
import re
import shutil
from pathlib import Path

import numpy as np
from chapters import thumb_of
from fontTools import subset
from fontTools.ttLib import TTFont
from PIL import Image
from sheets_on_phones import PAPER, on_phone

#: Smaller ones cost more as a file than in the page.
SMALLEST = 1500
STORED = re.compile(r"data:image/(webp|png|jpeg|gif);base64,([A-Za-z0-9+/=]+)")
PLAYER = re.compile(r"<script>(?=\(function\(\)\{function start\(name, facts\))")
IMAGE = re.compile(r"<img\b[^>]*>")
ICONS = "_static/vendor/fontawesome/*"
ICON_SCRIPT = re.compile(r'\s*<script src="[^"]*/vendor/fontawesome/[^"]*/js/all\.min\.js[^"]*"></script>')
ICON_PRELOAD = re.compile(r'\s*<link rel="preload" as="font"[^>]*/vendor/fontawesome/[^>]*>')
#: The buttons that open a chapter elsewhere take the version for running, from the branch that the site stands on.
LAUNCH = re.compile(r"(colab\.research\.google\.com/github/[^\"]*?/blob/)[^/\"]+/notebooks/")
RUN = r"\1gh-pages/run/"
SOURCE = re.compile(r"(href=\"\.\.)/_sources/notebooks/([^\"/]+\.ipynb)(?=\")")
SEARCH_FIELD = 'id="search-input"'
#: The links to the page before and after.
NEIGHBOUR = re.compile(r'(<a class="(?:left-prev|right-next)"\s+href="([^"]+)"[^>]*>)')
#: What stands in a living figure's place until it is opened, and where its two renders come from.
POSTER = re.compile(
    r'<img (?P<before>[^>]*)src="(?P<folder>[^"]*_images/)(?P<name>[\w-]+)\.webp"(?P<after>[^>]*?)\s*/?>'
)
LIVE = re.compile(r"<udt-live\b.*?</udt-live>", re.DOTALL)
POSTERS = Path(__file__).resolve().parent.parent / "book" / "figures" / "live"
#: Classes that are no icon of their own.
ICON_STYLES = {"fa-solid", "fa-brands", "fa-regular", "fa-lg", "fa-fw", "fa-2x", "fa-spin"}


def lighten(site: Path) -> None:
    """Go through every page of the built site."""
    pages = [path for path in sorted(site.rglob("*.html")) if "_static" not in path.parts]
    shown: set[str] = set()
    for path in pages:
        text = path.read_text(encoding="utf-8")
        light = lighter(text, page=path.relative_to(site).as_posix(), site=site)
        shown |= set(re.findall(r"\bfa-[a-z0-9-]+", light)) - ICON_STYLES
        if light != text:
            path.write_text(light, encoding="utf-8")
    for script in (site / "_static" / "scripts").glob("*.js"):
        shown |= set(re.findall(r"\bfa-[a-z0-9-]+", script.read_text(encoding="utf-8")))
    for folder in site.glob(ICONS):
        keep_icons(folder, shown)


def lighter(text: str, *, page: str, site: Path) -> str:
    """One page with its stored pictures as files and its players asleep."""
    up = posixpath.relpath(".", posixpath.dirname(page) or ".")
    text = STORED.sub(lambda found: stored_file(found[1], found[2], up=up, site=site), text)
    text = PLAYER.sub('<script type="text/plain" class="udt-asleep">', text)
    text = text.replace('<div role="list" class="citation-list">', '<div class="citation-list">')
    # the search page has the theme's field twice
    first, found, rest = text.partition(SEARCH_FIELD)
    text = first + found + rest.replace(SEARCH_FIELD, 'id="search-page-input"')
    text = LAUNCH.sub(RUN, SOURCE.sub(r"\1/run/\2", text))
    text = NEIGHBOUR.sub(lambda found: with_thumb(found, up=up), text)
    text = ICON_SCRIPT.sub("", ICON_PRELOAD.sub("", text))
    text = LIVE.sub(lambda found: POSTER.sub(lambda image: both_renders(image, site=site), found[0]), text)
    return IMAGE.sub(lambda tag: later(tag[0], folder=posixpath.dirname(page), site=site), text)


def stored_file(kind: str, data: str, *, up: str, site: Path) -> str:
    """The address of a file with a picture's bytes, named by its content; a small one stays where it is."""
    if len(data) < SMALLEST:
        return f"data:image/{kind};base64,{data}"
    content = base64.b64decode(data)
    name = f"{hashlib.sha256(content).hexdigest()[:16]}.{kind}"
    target = site / "_images" / "stored" / name
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    return f"{up}/_images/stored/{name}"


def with_thumb(found: re.Match[str], *, up: str) -> str:
    """A link to a neighbouring page with its picture, if it is a chapter."""
    thumb = thumb_of(found[2])
    if thumb is None:
        return found[1]
    return f'{found[1]}<span class="udt-thumb" style="background-image:url({up}/{thumb})"></span>'


def both_renders(image: re.Match[str], *, site: Path) -> str:
    """A poster for the light and one for the dark; the browser loads the one that is shown."""
    dark = POSTERS / f"{image['name']}-dark.webp"
    if not dark.exists() or "only-" in image[0]:
        return image[0]
    shutil.copy2(dark, site / "_images" / dark.name)
    light, other = (
        add_class(f'<img {image["before"]}src="{image["folder"]}{name}.webp"{image["after"]}>', shown)
        for name, shown in ((image["name"], "only-light"), (f"{image['name']}-dark", "only-dark"))
    )
    return light + other


def later(tag: str, *, folder: str, site: Path) -> str:
    """An image's tag that waits until the reader comes near, with the room that it will take and what it shows."""
    source = re.search(r'\bsrc="([^"]+)"', tag)
    if source is None or "loading=" in tag or "logo" in tag:
        return tag
    extra = ' loading="lazy" decoding="async"'
    if (image := opened(source[1], folder=folder, site=site)) is not None:
        width = re.search(r'\bwidth="(\d+)"', tag)
        if "height=" not in tag and width is None:
            extra += f' width="{image.width}" height="{image.height}"'
        elif "height=" not in tag:
            extra += f' height="{round(int(width[1]) * image.height / image.width)}"'
        if is_plot(image):
            tag = add_class(tag, "udt-plot")
        elif (sheet := on_phone(image)) is not None:
            tag = add_class(tag, "udt-sheet")
            extra += f' data-sheet="{sheet[0]} {sheet[1]}"'
    return re.sub(r"\s*/?>$", f"{extra}>", tag)


def add_class(tag: str, name: str) -> str:
    """A tag with one more class."""
    return (
        re.sub(r'\bclass="', f'class="{name} ', tag)
        if "class=" in tag
        else tag.replace(" ", f' class="{name}" ', 1)
    )


def opened(source: str, *, folder: str, site: Path) -> Image.Image | None:
    """A picture of the page; None for a drawing or what cannot be read."""
    try:
        if source.startswith("data:image/"):
            return Image.open(io.BytesIO(base64.b64decode(source.split(",", 1)[1])))
        return Image.open(site / posixpath.normpath(posixpath.join(folder, source)))
    except (OSError, ValueError, IndexError):
        return None


def is_plot(image: Image.Image) -> bool:
    """Whether a picture is ink on the library's paper, which may change its colours in the dark, or an image."""
    small = image.convert("RGB")
    small.thumbnail((160, 160))
    pixels = np.asarray(small).astype(int)
    ground = np.abs(pixels - PAPER).max(axis=-1) < 10
    return bool(ground.mean() > 0.7 and (pixels.max(axis=-1) < 50).mean() < 0.02)


def keep_icons(folder: Path, shown: set[str]) -> None:
    """The style sheet and the fonts with the icons of these classes alone."""
    sheet = folder / "css" / "all.min.css"
    text = sheet.read_text(encoding="utf-8")
    codes: set[int] = set()

    def kept(rule: re.Match[str]) -> str:
        if not set(re.findall(r"fa-[a-z0-9-]+", rule[1])) & shown:
            return ""
        codes.add(int(rule[2], 16))
        return rule[0]

    text = re.sub(r'((?:\.fa-[a-z0-9-]+:before,?)+)\{content:"\\([0-9a-f]+)"\}', kept, text)
    # the newer container needs a compressor that Python lacks, and a few icons need none
    text = re.sub(r'url\([^)]*\.woff2\) format\("woff2"\),', "", text)
    sheet.write_text(text, encoding="utf-8")
    for path in sorted((folder / "webfonts").iterdir()):
        if path.suffix != ".ttf":
            path.unlink()
            continue
        font = TTFont(path)
        if have := codes & set(font.getBestCmap()):
            cutter = subset.Subsetter(subset.Options(layout_features=[], notdef_outline=False))
            cutter.populate(unicodes=have)
            cutter.subset(font)
            font.save(path)
    shutil.rmtree(folder / "js", ignore_errors=True)
