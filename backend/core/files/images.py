"""This file holds how an image is made anew from its pixels: what else was in the file does not survive that."""

from tempfile import SpooledTemporaryFile
from typing import IO, Any

from PIL import Image, ImageOps, UnidentifiedImageError

from core.errors import RuleBroken
from core.files.kinds import FileType

MOST_PIXELS = 40_000_000
FORMATS = {FileType.PNG: "PNG", FileType.JPEG: "JPEG", FileType.WEBP: "WEBP", FileType.GIF: "GIF"}
IN_MEMORY = 1024 * 1024
Image.MAX_IMAGE_PIXELS = MOST_PIXELS
BROKEN = (
    UnidentifiedImageError, Image.DecompressionBombError, Image.DecompressionBombWarning, OSError, ValueError,
    SyntaxError, EOFError, IndexError,
)  # fmt: skip


def made_anew(file: IO[bytes], kind: FileType) -> tuple[IO[bytes], FileType]:
    """The picture alone, upright, without what a camera or an editor wrote beside it. A GIF becomes a PNG.

    It has at most forty million pixels, judged before they are unpacked, and does not move.
    """
    file.seek(0)
    into = FileType.PNG if kind == FileType.GIF else kind
    try:
        with Image.open(file, formats=[FORMATS[kind]]) as image:
            refuse_huge(image)
            if getattr(image, "n_frames", 1) > 1:
                raise RuleBroken("animated", "The image moves. Send a picture that stands still.", field="file")
            picture: Any = ImageOps.exif_transpose(image)
            has_alpha = "A" in picture.getbands() or "transparency" in picture.info
            picture = picture.convert("RGBA" if has_alpha and into != FileType.JPEG else "RGB")
            picture.info = {}
            copy: Any = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 (the caller reads and closes it)
            picture.save(copy, format=FORMATS[into])
    except BROKEN as error:
        message = "The image is damaged or too large. Save it again, with at most 40 million pixels."
        raise RuleBroken("broken_image", message, field="file") from error
    copy.seek(0)
    return copy, into


def refuse_huge(image: Any) -> None:
    if image.width * image.height > MOST_PIXELS:
        message = "The image has too many pixels: at most 40 million. Make it smaller."
        raise RuleBroken("too_many_pixels", message, field="file")
