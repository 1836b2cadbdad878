"""Pixels as bytes that travel inside a page."""

from __future__ import annotations

import base64
from io import BytesIO

from PIL import Image

__all__ = ["data_uri", "encode", "webp"]


def encode(image: Image.Image, *, quality: int = 88) -> bytes:
    """The image as WebP: exact where that is the smaller file (flat drawings), lossy elsewhere."""
    exact = webp(image, lossless=True)
    lossy = webp(image, quality=quality)
    # A little larger is worth it: exact pixels have no halo around thin lines and letters.
    return exact if len(exact) <= 1.25 * len(lossy) else lossy


def webp(image: Image.Image, *, quality: int = 88, lossless: bool = False) -> bytes:
    """The image as WebP bytes."""
    buffer = BytesIO()
    image.save(buffer, format="WEBP", quality=50 if lossless else quality, lossless=lossless, method=2)
    return buffer.getvalue()


def data_uri(data: bytes) -> str:
    """WebP bytes as an address that needs no request."""
    return "data:image/webp;base64," + base64.b64encode(data).decode()
