"""This file holds how a process begins that opens what a stranger sent, and that may die without harm.

It limits its memory and time, and then runs one program: a file with a generator `main` and an exception `Refused`. It
writes marshalled values, each after its length: what `main` yields, or `{"refused": code, "named": [...]}`, and None at
the end. It knows nothing of Django, and holds no key, no connection and no environment.
"""

import json
import marshal
import resource
import struct
import sys
from importlib.util import module_from_spec, spec_from_file_location
from typing import Any


def run(program: str, arguments: list[Any], memory: int, seconds: int) -> None:
    for kind, most in ((resource.RLIMIT_AS, memory), (resource.RLIMIT_CPU, seconds), (resource.RLIMIT_CORE, 0)):
        resource.setrlimit(kind, (most, most))
    try:
        told(loaded(program), arguments)
    except MemoryError:
        send({"refused": "too_large_unpacked", "named": []})
    send(None)


def told(program: Any, arguments: list[Any]) -> None:
    try:
        for one in program.main(*arguments):
            send(one)
    except program.Refused as refusal:
        code, *named = refusal.args
        send({"refused": code, "named": [str(name)[:200] for name in named]})


def loaded(path: str) -> Any:
    spec: Any = spec_from_file_location("program", path)
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def send(value: Any) -> None:
    packed = marshal.dumps(value)
    sys.stdout.buffer.write(struct.pack(">I", len(packed)) + packed)
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    run(*json.loads(sys.argv[1]))
