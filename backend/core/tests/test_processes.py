"""This file holds the tests of processes that open what strangers sent: their limits, and how their end is told."""

from pathlib import Path
from typing import Any

import pytest

from core.processes.running import Died, Refused, confined

PROGRAM = """
import os, resource, sys

class Refused(Exception):
    pass

def main(deed):
    if deed == "surroundings":
        yield dict(os.environ)
        yield [resource.getrlimit(kind) for kind in (resource.RLIMIT_AS, resource.RLIMIT_CPU, resource.RLIMIT_CORE)]
        yield "django" in sys.modules
    if deed == "refuse":
        yield "a piece"
        raise Refused("broken", 7)
    if deed == "fill":
        yield len(b"x" * 2**30)
    if deed == "turn":
        while True:
            pass
    if deed == "fall":
        raise KeyError(deed)
"""


def values(tmp_path: Path, deed: str) -> list[Any]:
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)
    found: list[Any] = []
    with confined(program, deed, memory=256 * 2**20, seconds=1) as told:
        found.extend(told)
    return found


def test_it_has_limits_and_nothing_of_ours(tmp_path, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgresql://tesc_app:secret@db.test/tesc")
    surroundings, limits, knows_django = values(tmp_path, "surroundings")
    assert "DATABASE_URL" not in surroundings
    assert limits == [(256 * 2**20, 256 * 2**20), (1, 1), (0, 0)]
    assert not knows_django


def test_a_no_is_told_with_what_it_names(tmp_path):
    with pytest.raises(Refused) as refused:
        values(tmp_path, "refuse")
    assert (refused.value.code, refused.value.named) == ("broken", ["7"])


def test_one_that_needs_more_memory_is_refused(tmp_path):
    with pytest.raises(Refused) as refused:
        values(tmp_path, "fill")
    assert refused.value.code == "too_large_unpacked"


@pytest.mark.parametrize("deed", ["turn", "fall"])
def test_one_that_does_not_end_or_breaks_is_dead(tmp_path, deed):
    with pytest.raises(Died):
        values(tmp_path, deed)
