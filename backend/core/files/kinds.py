"""This file holds what an app may keep: kinds of files, each with the types it takes and how large one may be.

A kind stands in code: `LOGO = FileKind("logo", types=IMAGES, largest=2 * MIB)`.
"""

from dataclasses import dataclass

from django.db import models

MIB = 1024 * 1024


class FileType(models.TextChoices):
    PNG = "image/png", "PNG"
    JPEG = "image/jpeg", "JPEG"
    WEBP = "image/webp", "WebP"
    GIF = "image/gif", "GIF"
    PDF = "application/pdf", "PDF"
    XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "XLSX"
    DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "DOCX"
    ODS = "application/vnd.oasis.opendocument.spreadsheet", "ODS"
    ZIP = "application/zip", "ZIP"
    XLS = "application/vnd.ms-excel", "XLS"
    CSV = "text/csv", "CSV"
    TEXT = "text/plain", "plain text"


ENDINGS = {
    FileType.PNG: "png", FileType.JPEG: "jpg", FileType.WEBP: "webp", FileType.GIF: "gif", FileType.PDF: "pdf",
    FileType.XLSX: "xlsx", FileType.DOCX: "docx", FileType.ODS: "ods", FileType.ZIP: "zip", FileType.XLS: "xls",
    FileType.CSV: "csv", FileType.TEXT: "txt",
}  # fmt: skip
IMAGES = frozenset({FileType.PNG, FileType.JPEG, FileType.WEBP, FileType.GIF})
PAPERS = IMAGES | {FileType.PDF}
ALL_KINDS: dict[str, "FileKind"] = {}


@dataclass(frozen=True)
class FileKind:
    """One kind of file: its stable name, the types it takes, and the bytes that one may have."""

    name: str
    types: frozenset[FileType]
    largest: int

    def __post_init__(self) -> None:
        if ALL_KINDS.setdefault(self.name, self) != self:
            raise ValueError(f"Two kinds of files are named {self.name}.")

    @property
    def taken(self) -> str:
        """The types it takes, for people."""
        return ", ".join(sorted(str(one.label) for one in self.types))
