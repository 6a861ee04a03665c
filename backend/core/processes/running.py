"""This file holds how a program is run on what a stranger sent: in a process of its own, within limits."""

import json
import marshal
import struct
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

CONFINED = Path(__file__).with_name("confined.py")


class Refused(Exception):
    """The program said no: a code, and what the sentence about it names."""

    def __init__(self, code: str, named: list[str]) -> None:
        super().__init__(code, named)
        self.code, self.named = code, named


class Died(Exception):
    """The process ended before it was done: of its limits, or of what the file holds."""


@contextmanager
def confined(program: Path, *arguments: Any, memory: int, seconds: int) -> Iterator[Iterator[Any]]:
    """What the program yields as it goes, in a process with so many bytes of memory and seconds of computing.

    The arguments are such as JSON knows. Walking the values raises Refused or Died.
    """
    given = json.dumps([str(program), arguments, memory, seconds])
    command = [sys.executable, "-I", str(CONFINED), given]
    with subprocess.Popen(
        command, env={}, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        try:
            yield received(process.stdout)  # type: ignore[arg-type] # it is a pipe
        finally:
            process.kill()  # it is done, or nobody wants the rest


def received(pipe: IO[bytes]) -> Iterator[Any]:
    while True:
        length = pipe.read(4)
        packed = pipe.read(struct.unpack(">I", length)[0]) if len(length) == 4 else b""
        if not packed:
            raise Died()
        value = marshal.loads(packed)  # noqa: S302 (of our own program)
        if value is None:
            return
        if isinstance(value, dict) and "refused" in value:
            raise Refused(value["refused"], value["named"])
        yield value
