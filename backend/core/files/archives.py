"""This file holds how a ZIP archive is judged before anything in it is trusted: XLSX, ODS and DOCX are archives too.

The directory at its end is read first. What it says is held against the archive again while members are read, because
a directory can lie.
"""

import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PureWindowsPath
from tempfile import TemporaryFile
from typing import IO, NoReturn

from core.errors import RuleBroken

MOST_ENTRIES = 500
MOST_UNPACKED = 50 * 1024 * 1024
MOST_RATIO = 100
DEEPEST = 2  # an archive in an archive, as offices embed documents; not a third one
CHUNK = 64 * 1024
LOCAL, END, LOCATOR = b"PK\x03\x04", b"PK\x05\x06", b"PK\x06\x07"
END_SIZE, LONGEST_COMMENT = 22, 65535
DIRECTORY_BYTES_OF_ENTRY = 1024
ENCRYPTED = 1


class ArchiveRefused(RuleBroken):
    """An archive that would do harm when it is opened, or is none."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code, message, field="file")


def refuse(code: str, message: str) -> NoReturn:
    raise ArchiveRefused(code, message)


class Budget:
    """How much may still be unpacked; archives in archives share it."""

    def __init__(self, entries: int, total: int, ratio: int) -> None:
        self.entries, self.total, self.ratio = entries, total, ratio
        self.limits = entries, total

    def take_entries(self, count: int) -> None:
        self.entries -= count
        if self.entries < 0:
            refuse("too_many_entries", f"The archive holds too many files: at most {self.limits[0]}. Divide it.")

    def take(self, size: int) -> None:
        self.total -= size
        if self.total < 0:
            most = self.limits[1] // 1024**2
            refuse("too_large_unpacked", f"The archive is too large once unpacked: at most {most} MiB. Divide it.")


def refuse_bombs(
    source: str | Path | IO[bytes],
    *,
    entries: int = MOST_ENTRIES,
    total: int = MOST_UNPACKED,
    ratio: int = MOST_RATIO,
) -> list[zipfile.ZipInfo]:
    """The members of an archive that may be opened; anything else is refused, with what a person can do about it.

    Refused are: too many entries, too much or too densely packed, links, names that lead out of a folder, passwords,
    entries that are more than the directory says, and archives nested too deeply.
    """
    budget = Budget(entries, total, ratio)
    with opened(source) as file:
        return judged(file, budget, 1)


@contextmanager
def opened(source: str | Path | IO[bytes]) -> Iterator[IO[bytes]]:
    if isinstance(source, str | Path):
        with Path(source).open("rb") as file:
            yield file
        return
    source.seek(0)
    yield source
    source.seek(0)


def judged(file: IO[bytes], budget: Budget, depth: int) -> list[zipfile.ZipInfo]:
    refuse_long_directory(file, budget)
    try:
        with zipfile.ZipFile(file) as archive:
            members = archive.infolist()
            refuse_by_directory(members, budget)
            for member in members:
                refuse_by_content(archive, member, budget, depth)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, OSError) as error:
        raise ArchiveRefused("broken_archive", "The archive is damaged. Make it again, and send that.") from error
    return members


def refuse_long_directory(file: IO[bytes], budget: Budget) -> None:
    """Before the directory itself is read: half a million entries fit into twenty megabytes."""
    size = file.seek(0, 2)
    begin = max(0, size - END_SIZE - LONGEST_COMMENT - 20)
    file.seek(begin)
    tail = file.read()
    at = tail.rfind(END)
    if at < 0 or len(tail) - at < END_SIZE:
        refuse("broken_archive", "The archive is damaged or incomplete. Make it again, and send that.")
    count, length = struct.unpack("<HL", tail[at + 10 : at + 16])
    if tail[max(0, at - 20) : at].startswith(LOCATOR) or count > budget.entries:
        budget.take_entries(budget.entries + 1)
    if length > budget.entries * DIRECTORY_BYTES_OF_ENTRY:
        budget.take_entries(budget.entries + 1)
    file.seek(0)


def refuse_by_directory(members: list[zipfile.ZipInfo], budget: Budget) -> None:
    budget.take_entries(len(members))
    packed, unpacked = 0, 0
    names = set[str]()
    for member in members:
        refuse_name(member)
        if member.filename in names:
            refuse("duplicate_entry", "The archive holds two files of one name. Make it again, and send that.")
        names.add(member.filename)
        if member.flag_bits & ENCRYPTED:
            refuse("password_protected", "The file is protected by a password. Save it without one.")
        packed, unpacked = packed + member.compress_size, unpacked + member.file_size
    if unpacked > budget.total:
        budget.take(unpacked)
    if unpacked > max(1, packed) * budget.ratio:
        refuse("packed_too_densely", f"The archive is packed over {budget.ratio} times. Send what is in it instead.")


def refuse_name(member: zipfile.ZipInfo) -> None:
    mode = member.external_attr >> 16
    if mode and stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
        refuse("link_in_archive", "The archive holds a link or a device. Put the file itself into it.")
    name = member.orig_filename.replace("\\", "/")
    windows = PureWindowsPath(name)
    if not name or name.startswith("/") or windows.drive or ".." in windows.parts or "\x00" in name:
        refuse("path_in_archive", "The archive holds a file whose name leads out of its folder. Make it again.")


def refuse_by_content(archive: zipfile.ZipFile, member: zipfile.ZipInfo, budget: Budget, depth: int) -> None:
    """Read a member to its end, counting; one that is an archive itself is judged as such."""
    with archive.open(member) as stream:
        first = stream.read(CHUNK)
        if not first.startswith(LOCAL):
            measure(first, stream, member, budget)
            return
        if depth >= DEEPEST:
            refuse("nested_too_deeply", "The archive holds archives in archives. Send what is in them instead.")
        with TemporaryFile() as inner:
            measure(first, stream, member, budget, inner)
            judged(inner, budget, depth + 1)


def measure(
    first: bytes, stream: IO[bytes], member: zipfile.ZipInfo, budget: Budget, copy: IO[bytes] | None = None
) -> None:
    size, chunk = 0, first
    while chunk:
        size += len(chunk)
        budget.take(len(chunk))
        if size > member.file_size:
            refuse("broken_archive", "The archive holds more than it says. Make it again, and send that.")
        if copy is not None:
            copy.write(chunk)
        chunk = stream.read(CHUNK)
