"""This file holds how a file is recognized: by what is in it, never by its name or by what the sender called it."""

import codecs
import re
import zipfile
from typing import IO

from core.errors import RuleBroken
from core.files.archives import LOCAL, refuse_bombs
from core.files.kinds import FileKind, FileType

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
OLE_ORDER = b"\xfe\xff"
BOOKS = ("Workbook".encode("utf-16-le"), "Book".encode("utf-16-le"))
MARKUP = re.compile(rb"<\s*(!doctype|html|svg|script|\?xml|head|body|iframe|math)", re.IGNORECASE)
CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
HEAD, TAIL, CHUNK = 4096, 1024, 64 * 1024
OPEN_DOCUMENT_SHEET = FileType.ODS.value.encode()
MACROS = ("vbaproject.bin", "basic/")


class TypeRefused(RuleBroken):
    """The file is of no type that may be sent here."""

    def __init__(self, kind: FileKind, why: str = "The content is of no type that is taken here.") -> None:
        super().__init__("type_not_taken", f"{why} Send one of: {kind.taken}.", field="file")


def type_of(file: IO[bytes], name: str, kind: FileKind) -> FileType:
    """What the file is; refused where the kind does not take that, or where it is broken or two things at once."""
    found = recognized(file, name, kind)
    if found not in kind.types:
        raise TypeRefused(kind, f"The file is {found.label}.")
    return found


def recognized(file: IO[bytes], name: str, kind: FileKind) -> FileType:
    file.seek(0)
    head = file.read(HEAD)
    if not head:
        raise RuleBroken("empty_file", "The file is empty. Choose another one.", field="file")
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return FileType.PNG
    if head.startswith(b"\xff\xd8\xff"):
        return FileType.JPEG
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return FileType.WEBP
    if head.startswith((b"GIF87a", b"GIF89a")):
        return FileType.GIF
    if head.startswith(b"%PDF-"):
        return pdf(file, kind)
    if head.startswith(LOCAL):
        return archive(file, kind)
    if head.startswith(OLE):
        return old_workbook(file, head, kind)
    return text(file, head, name, kind)


def pdf(file: IO[bytes], kind: FileKind) -> FileType:
    """A PDF from its first byte to its last, that is no archive as well."""
    size = file.seek(0, 2)
    file.seek(max(0, size - TAIL))
    tail = file.read().rstrip(b"\r\n\t \x00")
    if not tail.endswith(b"%%EOF") or b"startxref" not in tail:
        raise TypeRefused(kind, "The PDF is damaged or incomplete.")
    if zipfile.is_zipfile(file):
        raise TypeRefused(kind, "The file is a PDF and an archive at once.")
    return FileType.PDF


def archive(file: IO[bytes], kind: FileKind) -> FileType:
    members = refuse_bombs(file)
    names = {member.filename for member in members}
    if any(part in name.lower() for name in names for part in MACROS):
        raise TypeRefused(kind, "The document holds macros.")
    if "[Content_Types].xml" in names and "xl/workbook.xml" in names:
        return FileType.XLSX
    if "[Content_Types].xml" in names and "word/document.xml" in names:
        return FileType.DOCX
    if members and members[0].filename == "mimetype":
        file.seek(0)
        with zipfile.ZipFile(file) as opened, opened.open("mimetype") as stream:
            if stream.read(200).strip() == OPEN_DOCUMENT_SHEET:
                return FileType.ODS
        raise TypeRefused(kind)
    return FileType.ZIP


def old_workbook(file: IO[bytes], head: bytes, kind: FileKind) -> FileType:
    """An OLE file with the stream of a workbook: not a program installer, which is one as well."""
    if head[28:30] == OLE_ORDER:
        file.seek(0)
        kept = b""
        while chunk := file.read(CHUNK):
            if any(book in kept + chunk for book in BOOKS):
                return FileType.XLS
            kept = chunk[-32:]
    raise TypeRefused(kind, "The file is of an old office format that is no workbook, or damaged.")


def text(file: IO[bytes], head: bytes, name: str, kind: FileKind) -> FileType:
    """Plain text without control characters; never markup, which a browser would run."""
    if MARKUP.search(head):
        raise TypeRefused(kind, "The file is markup, such as HTML or SVG.")
    file.seek(0)
    decoder = codecs.getincrementaldecoder("utf-8-sig")()
    try:
        while chunk := file.read(CHUNK):
            if CONTROLS.search(decoder.decode(chunk)):
                raise TypeRefused(kind)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        raise TypeRefused(kind) from error
    return FileType.CSV if name.lower().endswith((".csv", ".tsv")) else FileType.TEXT
