"""This file holds what tests of files begin with: contents of every kind, a store of their own, a stub of a scanner."""

import socket
import struct
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from core.files.kinds import IMAGES, MIB, FileKind, FileType
from core.files.taking import TakenFile, take_in

ANYTHING = FileKind("lab-anything", frozenset(FileType), MIB)
PICTURES = FileKind("lab-pictures", IMAGES, MIB)
PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\nstartxref\n9\n%%EOF\n"
# In pieces, so that no scanner takes this file for the thing itself.
EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-" + b"ANTIVIRUS-TEST-FILE!$H+H*"

PUZZLING = b"larger than the scanner takes"  # the stub of a scanner says so


def image(form: str = "PNG", size: tuple[int, int] = (8, 6), **options: Any) -> bytes:
    content = BytesIO()
    Image.new("RGB", size, "teal").save(content, form, **options)
    return content.getvalue()


def archive(*members: tuple[str | zipfile.ZipInfo, bytes]) -> bytes:
    content = BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as made:
        for name, inside in members:
            made.writestr(name, inside)
    return content.getvalue()


def sent(content: bytes, name: str = "sent.bin", declared: str = "image/png") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, declared)


def answer_to(content: bytes) -> bytes:
    if content == PUZZLING:
        return b"INSTREAM size limit exceeded. ERROR\0"
    return b"stream: Eicar-Test FOUND\0" if EICAR in content else b"stream: OK\0"


def taken(kind: FileKind, content: bytes, name: str = "sent.bin") -> TakenFile:
    return take_in(kind, sent(content, name))


@contextmanager
def scanner(at: str = "") -> Iterator[str]:
    """A server that speaks INSTREAM on this machine, and knows one virus; at a path, or at a port that is free."""
    server = listening(at) if at else socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                line, _ = server.accept()
            except OSError:
                return
            with line, line.makefile("rb") as stream:
                assert stream.read(10) == b"zINSTREAM\0"
                content = b""
                while length := struct.unpack("!L", stream.read(4))[0]:
                    content += stream.read(length)
                line.sendall(answer_to(content))

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"unix://{at}" if at else f"tcp://127.0.0.1:{server.getsockname()[1]}"
    finally:
        server.shutdown(socket.SHUT_RDWR)
        server.close()
        thread.join(5)


def listening(at: str) -> socket.socket:
    server = socket.socket(socket.AF_UNIX)
    server.bind(at)
    server.listen()
    return server


class Bucket(BaseHTTPRequestHandler):
    """As much of S3 as the store asks for: one bucket of objects, in memory."""

    objects: ClassVar[dict[str, bytes]]

    @property
    def name(self) -> str:
        return urlsplit(self.path).path.removeprefix("/lab/")

    def do_PUT(self) -> None:
        self.objects[self.name] = self.rfile.read(int(self.headers["Content-Length"]))
        self.answer(200)

    def do_GET(self) -> None:
        if self.name in ("", "/lab"):
            prefix = parse_qs(urlsplit(self.path).query)["prefix"][0]
            found = "".join(f"<Contents><Key>{one}</Key></Contents>" for one in self.objects if one.startswith(prefix))
            self.answer(200, f"<ListBucketResult><IsTruncated>false</IsTruncated>{found}</ListBucketResult>".encode())
        elif self.name in self.objects:
            self.answer(200, self.objects[self.name])
        else:
            self.answer(404)

    do_HEAD = do_GET  # noqa: N815 (its name for http.server)

    def do_DELETE(self) -> None:
        self.objects.pop(self.name, None)
        self.answer(204)

    def answer(self, status: int, content: bytes = b"") -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Last-Modified", formatdate(usegmt=True))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def log_message(self, *args: Any) -> None:
        """Nothing."""


@contextmanager
def bucket() -> Iterator[tuple[str, dict[str, bytes]]]:
    """A bucket on this machine: its address, and what lies in it."""
    objects: dict[str, bytes] = {}
    with ThreadingHTTPServer(("127.0.0.1", 0), type("Lab", (Bucket,), {"objects": objects})) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", objects
        finally:
            server.shutdown()
            thread.join(5)
