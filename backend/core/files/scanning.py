"""This file holds how a file is shown to a virus scanner: ClamAV, over its INSTREAM protocol."""

import socket
import struct
from typing import IO
from urllib.parse import urlsplit

from django.conf import settings
from django.db import models

from core.errors import RuleBroken

CHUNK = 64 * 1024
SECONDS = 10
LONGEST_ANSWER = 4096


class Verdict(models.TextChoices):
    UNSCANNED = "unscanned"
    CLEAN = "clean"
    INFECTED = "infected"


class ScannerDown(RuleBroken):
    """A scanner is set and does not answer: nothing is taken in meanwhile."""

    status = 503
    headers = {"Retry-After": "30"}

    def __init__(self) -> None:
        super().__init__("scanner_down", "Files can't be checked for viruses just now. Send it again in a moment.")


class NotJudged(ScannerDown):
    """The scanner is there, and says nothing of this one file: not known is not clean."""


def verdict_on(file: IO[bytes]) -> Verdict:
    """What the scanner says of a file; `unscanned` where none is set."""
    if not settings.FILES_SCANNER:
        return Verdict.UNSCANNED
    file.seek(0)
    try:
        line = connected()
    except OSError as error:
        raise ScannerDown() from error
    try:
        answer = asked(line, file)
    except TimeoutError as error:
        raise ScannerDown() from error
    except OSError as error:  # it hangs up where a file is larger than it takes
        raise NotJudged() from error
    if answer.endswith(b" OK"):
        return Verdict.CLEAN
    if answer.endswith(b" FOUND"):
        return Verdict.INFECTED
    raise NotJudged()


def asked(line: socket.socket, file: IO[bytes]) -> bytes:
    with line:
        line.sendall(b"zINSTREAM\0")
        while chunk := file.read(CHUNK):
            line.sendall(struct.pack("!L", len(chunk)) + chunk)
        line.sendall(struct.pack("!L", 0))
        answer = b""
        while not answer.endswith(b"\0") and len(answer) < LONGEST_ANSWER:
            part = line.recv(LONGEST_ANSWER)
            if not part:
                break
            answer += part
    return answer.rstrip(b"\0\n ")


def connected() -> socket.socket:
    parts = urlsplit(settings.FILES_SCANNER)
    if parts.scheme == "unix":
        line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        line.settimeout(SECONDS)
        try:
            line.connect(parts.path)
        except OSError:
            line.close()
            raise
        return line
    return socket.create_connection((parts.hostname or "", parts.port or 3310), timeout=SECONDS)
