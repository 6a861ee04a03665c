"""This file holds short-lived links to files: signed, for one person, for about a minute."""

import base64
import binascii
import hmac
import struct
import time
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings

from core.actor import Actor
from core.audit.record import record
from core.errors import NotVisible, RuleBroken
from core.files.models import StoredFile
from core.files.scanning import Verdict
from core.secrets.digests import keyed_digest

NOBODY = UUID(int=0)
PACKED = struct.Struct("!16s16s16sQ")


@dataclass(frozen=True, slots=True)
class Link:
    """What a link says: which file of which institution, for whom, until when in seconds since the epoch."""

    file: UUID
    institution: UUID
    person: UUID
    until: int


def refuse_unfit(file: StoredFile) -> None:
    """An infected file is for nobody; an unscanned one for those only whose site allows it."""
    if file.verdict == Verdict.INFECTED:
        raise RuleBroken("infected", "The virus scanner found something in this file. Send a clean one in its place.")
    if file.verdict == Verdict.UNSCANNED and settings.FILES_UNSCANNED == "refuse":
        raise RuleBroken("unscanned", "This file was not checked for viruses yet. Ask again later.")


def link_to(actor: Actor, file: StoredFile) -> str:
    """The address at which whoever asked may fetch a file; the caller judged that they may. Asking is on the log."""
    refuse_unfit(file)
    until = int(time.time()) + settings.FILES_LINK_SECONDS
    packed = PACKED.pack(file.pk.bytes, file.institution_id.bytes, (actor.id or NOBODY).bytes, until)
    record(actor, "core.file.read", file)
    return f"{settings.PUBLIC_URL}/api/v1/files/{encoded(packed + signature(packed))}/"


def opened(token: str) -> Link:
    """What a link says, if it is ours and its time is not over; else there is nothing here."""
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise NotVisible() from error
    packed, given = raw[: PACKED.size], raw[PACKED.size :]
    if len(packed) < PACKED.size or not hmac.compare_digest(given, signature(packed)) or encoded(raw) != token:
        raise NotVisible()
    file, institution, person, until = PACKED.unpack(packed)
    if until < time.time():
        raise NotVisible()
    return Link(UUID(bytes=file), UUID(bytes=institution), UUID(bytes=person), until)


def signature(packed: bytes) -> bytes:
    return keyed_digest("file-link", packed.hex())


def encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
