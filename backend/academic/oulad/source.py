"""This file holds how the archive is read: its members, their headers, their bytes, and what is wrong with them."""

import csv
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from zipfile import BadZipFile, LargeZipFile, ZipFile, ZipInfo

from academic.imports.loads import BadSource
from academic.oulad.files import LOADED, MATERIALS, SourceFile

AT_ONCE = 1 << 20
LONGEST_HEADER = 4096
ENCRYPTED = 1
ANEW = "Take the file anew from its source."


class Archive:
    """The files of the dataset in a zip, in whatever folder of it they lie."""

    def __init__(self, path: Path, content: ZipFile) -> None:
        self.path, self.content = path, content
        self.members: dict[str, ZipInfo] = {}
        for member in content.infolist():
            name = PurePosixPath(member.filename).name
            if name in self.members:
                raise BadSource(f"{path.name}: it holds {name} twice. Keep the one that is meant.")
            if member.flag_bits & ENCRYPTED:
                raise BadSource(f"{path.name}: {name} is locked by a password. Pack it without one.")
            self.members[name] = member
        for name in (*(file.name for file in LOADED), MATERIALS):
            if name not in self.members:
                raise BadSource(f"{path.name}: {name} is missing. Add it to the archive.")

    def chunks(self, name: str) -> Iterator[bytes]:
        """The bytes of a file. A file that ends within a line was cut short."""
        breaks, last = 0, b""
        try:
            with self.content.open(self.members[name]) as stream:
                while chunk := stream.read(AT_ONCE):
                    breaks, last = breaks + chunk.count(b"\n"), chunk
                    yield chunk
        except (BadZipFile, EOFError, OSError, zlib.error, NotImplementedError) as error:
            raise BadSource(f"{name}: after line {breaks} the archive is damaged ({error}). {ANEW}") from error
        if not last.endswith(b"\n"):
            raise BadSource(f"{name}, line {breaks + 1}: the file ends within this line: it was cut short. {ANEW}")

    def header(self, file: SourceFile) -> list[str]:
        """The names of the columns as the file orders them: those that it must have, and no others."""
        names = header_of(file.name, next(self.chunks(file.name), b""))
        wanted = [column.name for column in file.columns]
        missing = [name for name in wanted if name not in names]
        extra = [name for place, name in enumerate(names) if name not in wanted or name in names[:place]]
        if missing or extra:
            found = [f"{name or 'a column without a name'} is missing" for name in missing]
            found += [f"{name or 'a column without a name'} is one too many" for name in extra]
            raise BadSource(f"{file.name}, line 1: {'; '.join(found)}. The columns are {', '.join(wanted)}.")
        return names

    def open_quote(self, name: str) -> int | None:
        """The first line with a quotation mark that it does not close; no field goes on in the next line."""
        with self.content.open(self.members[name]) as stream:
            return next((place for place, line in enumerate(stream, 1) if line.count(b'"') % 2), None)

    def lines(self, name: str) -> int:
        """The rows of a file that is only counted; each stands on one line below the header."""
        return sum(chunk.count(b"\n") for chunk in self.chunks(name)) - 1


def header_of(name: str, beginning: bytes) -> list[str]:
    first = beginning[:LONGEST_HEADER].split(b"\n", 1)[0].removesuffix(b"\r")
    try:
        return next(csv.reader([first.decode("utf-8-sig")]), [])
    except UnicodeDecodeError as error:
        raise BadSource(f"{name}, line 1: this is not UTF-8. Save the file as UTF-8.") from error


@contextmanager
def opened(path: Path) -> Iterator[Archive]:
    """The archive, while it is open."""
    try:
        content = ZipFile(path)
    except OSError as error:
        raise BadSource(f"{path}: {error.strerror}. Give the path of the zip.") from error
    except (BadZipFile, LargeZipFile) as error:
        raise BadSource(f"{path.name}: this is no zip archive, or one that was cut short ({error}). {ANEW}") from error
    with content:
        yield Archive(path, content)
