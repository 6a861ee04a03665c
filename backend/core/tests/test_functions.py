"""This file holds the tests of the functions of the database, which are what their files say."""

import re

import pytest
from django.core.management import call_command
from django.db import connection

from core.functions import files_of_functions
from core.tenancy.roles import as_owner
from core.testing import templates

OUTDATED = """
DROP FUNCTION academic_is_frozen(uuid, uuid);
CREATE FUNCTION academic_is_frozen(place uuid, {name} uuid) RETURNS {answers} LANGUAGE sql AS 'SELECT true'
"""


def body() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT prosrc FROM pg_proc WHERE proname = 'academic_is_frozen'")
        (text,) = cursor.fetchone()
    return text


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("name", "answers"), [("held", "boolean"), ("held", "TABLE (is_frozen boolean)"), ("kept", "boolean")]
)
def test_migrating_makes_a_function_what_its_file_says_without_a_migration_for_it(name, answers):
    said = body()
    with as_owner(), connection.cursor() as cursor:
        cursor.execute(OUTDATED.format(name=name, answers=answers))
    assert body() == "SELECT true"
    call_command("migrate", verbosity=0)
    assert body() == said


def test_files_define_functions_and_nothing_that_locks_a_table():
    """They are loaded while requests are served. Triggers are what migrations add."""
    for file in files_of_functions():
        made = re.findall(r"^(?:CREATE|ALTER|DROP)\b.*", file.read_text(), re.MULTILINE)
        assert [line for line in made if not line.startswith("CREATE OR REPLACE FUNCTION")] == [], file.name


def test_a_changed_function_makes_the_template_of_test_databases_anew(tmp_path, monkeypatch):
    monkeypatch.setattr(templates, "BACKEND", tmp_path)
    room = tmp_path / "academic" / "sections"
    room.mkdir(parents=True)
    (room / "seats.sql").write_text("SELECT 1")
    before = templates.digest_of_migrations()
    (room / "rules.py").write_text("")
    assert templates.digest_of_migrations() == before
    (room / "seats.sql").write_text("SELECT 2")
    assert templates.digest_of_migrations() != before
