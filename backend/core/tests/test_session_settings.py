"""This file holds the ban on settings that outlive a transaction: behind a pooler the next client would have them."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

BACKEND = Path(__file__).resolve().parents[2]

OUTLIVING = re.compile(
    r"""
      (?<!SECURITY\ DEFINER\ )  # a function's own setting ends with the function
      \bSET\s+(?:SESSION\b|(?:ROLE|tesc\.\w+|search_path|\w+_timeout|timezone|work_mem)\b)
    | \bset_config\s*\([^()]*,\s*(?:false|%s|%\(\w+\)s)\s*\)
    | \bRESET\s+(?:ROLE|ALL|SESSION|tesc\.)
    """,
    re.IGNORECASE | re.VERBOSE,
)


def outliving(text: str) -> list[str]:
    """Every place of a text that sets something for longer than a transaction."""
    return [match.group() for match in OUTLIVING.finditer(text)]


def our_files() -> Iterator[Path]:
    return (path for path in BACKEND.rglob("*.py") if "tests" not in path.parts)


def texts_of(path: Path) -> Iterator[str]:
    """The strings of a file, but not its docstrings, which may well speak of what is banned."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    spoken = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in spoken:
            yield node.value


def test_no_setting_of_ours_outlives_its_transaction():
    found = {str(path): banned for path in our_files() for text in texts_of(path) if (banned := outliving(text))}
    assert found == {}


@pytest.mark.parametrize(
    "statement",
    [
        "SET ROLE tesc_national",
        "set session role tesc_national",
        "SET SESSION AUTHORIZATION tesc_owner",
        "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY",
        "SET tesc.institutions = '1'",
        "SELECT set_config('tesc.institutions', %s, false)",
        "SELECT set_config('role', %s, %s)",
        "RESET ROLE",
        "SET statement_timeout = 0",
    ],
)
def test_the_ban_finds(statement):
    assert len(outliving(statement)) == 1


@pytest.mark.parametrize(
    "statement",
    [
        "SET LOCAL ROLE tesc_national",
        "SELECT set_config('tesc.institutions', %s, true)",
        "SET LOCAL lock_timeout TO DEFAULT",
        "UPDATE students_student SET status = 'deferred'",
        "ON CONFLICT (id) DO UPDATE SET name = excluded.name",
        "LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp",
    ],
)
def test_the_ban_leaves_alone(statement):
    assert outliving(statement) == []
