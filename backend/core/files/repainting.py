"""This file holds the program that makes an image anew, in a process of its own (`core/processes/confined.py`).

It is given a path, the format that the image has, the one that it shall get, and how many pixels it may have; it yields
the content of the new image in pieces.
"""

from collections.abc import Iterator
from io import BytesIO
from typing import Any

from PIL import Image, ImageOps, UnidentifiedImageError

PIECE = 256 * 1024
BROKEN = (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError, IndexError, KeyError, TypeError)


class Refused(Exception):
    """What a person can mend: a code."""


def main(path: str, form: str, into: str, most_pixels: int) -> Iterator[bytes]:
    Image.MAX_IMAGE_PIXELS = most_pixels
    copy = BytesIO()
    try:
        with Image.open(path, formats=[form]) as image:
            if image.width * image.height > most_pixels:
                raise Refused("too_many_pixels")
            if getattr(image, "n_frames", 1) > 1:
                raise Refused("animated")
            repainted(image, into).save(copy, format=into)
    except Image.DecompressionBombError as error:
        raise Refused("too_many_pixels") from error
    except BROKEN as error:
        raise Refused("broken_image") from error
    copy.seek(0)
    while piece := copy.read(PIECE):
        yield piece


def repainted(image: Any, into: str) -> Any:
    """The picture alone, upright."""
    picture: Any = ImageOps.exif_transpose(image)
    has_alpha = "A" in picture.getbands() or "transparency" in picture.info
    picture = picture.convert("RGBA" if has_alpha and into != "JPEG" else "RGB")
    picture.info = {}
    return picture
