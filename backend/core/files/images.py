"""This file holds how an image is made anew from its pixels: what else was in the file does not survive that."""

from pathlib import Path
from shutil import copyfileobj
from tempfile import NamedTemporaryFile, SpooledTemporaryFile
from threading import BoundedSemaphore
from typing import IO, Any

from core.errors import RuleBroken
from core.files.kinds import MIB, FileType
from core.processes.running import Died, Refused, confined

PROGRAM = Path(__file__).with_name("repainting.py")
MOST_PIXELS = 40_000_000
MEMORY, SECONDS = 1280 * MIB, 30  # a WebP of forty million pixels needs most of it
FORMATS = {FileType.PNG: "PNG", FileType.JPEG: "JPEG", FileType.WEBP: "WEBP", FileType.GIF: "GIF"}
REFUSALS = {
    "broken_image": "The image is damaged or too large. Save it again, with at most 40 million pixels.",
    "animated": "The image moves. Send a picture that stands still.",
    "too_many_pixels": "The image has too many pixels: at most 40 million. Make it smaller.",
}
at_once = BoundedSemaphore(2)  # in one web server; more would only share the processors, and need the memory


def made_anew(file: IO[bytes], kind: FileType) -> tuple[IO[bytes], FileType]:
    """The picture alone, upright, without what a camera or an editor wrote beside it. A GIF becomes a PNG.

    It has at most forty million pixels, judged before they are unpacked, and does not move. Another process unpacks
    them, which has limits on memory and time.
    """
    into = FileType.PNG if kind == FileType.GIF else kind
    copy: Any = SpooledTemporaryFile(max_size=MIB)  # noqa: SIM115 (the caller reads and closes it)
    try:
        with at_once, NamedTemporaryFile() as sent:
            file.seek(0)
            copyfileobj(file, sent)
            sent.flush()
            given = sent.name, FORMATS[kind], FORMATS[into], MOST_PIXELS
            with confined(PROGRAM, *given, memory=MEMORY, seconds=SECONDS) as pieces:
                copy.writelines(pieces)
    except (Refused, Died) as error:
        copy.close()
        code = error.code if isinstance(error, Refused) and error.code in REFUSALS else "broken_image"
        raise RuleBroken(code, REFUSALS[code], field="file") from error
    copy.seek(0)
    return copy, into
