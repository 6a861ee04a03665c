"""This file holds what processes cost: CPU seconds and resident memory, as the kernel counts them."""

import os
from collections import defaultdict
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
PARENT, CPU_TIMES = 1, slice(11, 15)  # places in /proc/<pid>/stat after the name of the program


def family(root: int) -> set[int]:
    """A process and all below it."""
    children: dict[int, list[int]] = defaultdict(list)
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal() and (found := stat(int(folder.name))):
            children[int(found[PARENT])].append(int(folder.name))
    members, waiting = set(), [root]
    while waiting:
        member = waiting.pop()
        members.add(member)
        waiting += children[member]
    return members


def cpu_seconds(roots: Iterable[int]) -> float:
    """What these processes and all below them used, those that ended and were waited for included."""
    ticks = 0
    for root in roots:
        for member in family(root):
            if found := stat(member):
                ticks += sum(map(int, found[CPU_TIMES]))
    return ticks / TICKS


def peak_memory(root: int) -> int:
    """The most bytes that one of a family ever held in memory."""
    return max(_peak(member) for member in family(root))


def stat(pid: int) -> list[str] | None:
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return text.rpartition(")")[2].split()


def pin(root: int, core: int) -> None:
    """Keep a process, and all that it starts from now on, on one core."""
    for member in family(root):
        with suppress(FileNotFoundError, ProcessLookupError):  # it ended meanwhile
            for thread in Path(f"/proc/{member}/task").iterdir():
                os.sched_setaffinity(int(thread.name), {core})


def _peak(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    found = next((line for line in lines if line.startswith("VmHWM:")), "VmHWM: 0 kB")
    return int(found.split()[1]) * 1024
