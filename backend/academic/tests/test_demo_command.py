"""This file holds tests of the command that makes the demo country, and of its being the same each time."""

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction

from academic.demo import loading
from academic.demo.country import registered, settle
from academic.demo.names import FAMILIES, MEN, WOMEN
from academic.demo.register import REGISTER, shares
from academic.models import Mark, Registration
from core.tenancy.scope import reaching
from faculties.models import Institution
from students.models import Student
from users.models import User

SMALL = next(entry for entry in REGISTER if entry.code == "HIT")


@pytest.fixture(autouse=True)
def var(settings: Any, tmp_path: Path) -> Path:
    settings.VAR_DIR = tmp_path
    return tmp_path


def seed_demo(*arguments: str) -> str:
    out = StringIO()
    call_command("seed_demo", *arguments, stdout=out)
    return out.getvalue()


def one_institution(seed: int, one_course_in: int = 1) -> dict[str, list]:
    """The names, results and marks of an institution with 60 students, made and rolled back."""
    with transaction.atomic():
        institution = registered(SMALL, 60)
        institution.save()
        with reaching(institution.pk):
            loading.prepare()
            settle(institution, SMALL, 60, seed=seed, one_course_in=one_course_in, told=lambda _: None)
            told = {
                "people": list(
                    Student.objects.order_by("number").values_list(
                        "number", "family_name", "given_names", "sex", "birth_year", "region", "entry_year", "status"
                    )
                ),
                "national ids": [student.national_id for student in Student.objects.order_by("number")],
                "results": list(
                    Registration.objects.order_by("student__number", "section__course__code", "attempt").values_list(
                        "student__number", "section__course__code", "attempt", "result", "result_mark"
                    )
                ),
                "marks": list(
                    Mark.objects.order_by(
                        "registration__student__number", "assessment__section__course__code", "assessment__code"
                    ).values_list("registration__student__number", "assessment__code", "state", "mark")
                ),
            }
        transaction.set_rollback(True)
    return told


def test_the_same_seed_makes_the_same_people_and_results(db: None) -> None:
    first = one_institution(seed=3)
    assert len(first["people"]) == len(set(first["national ids"])) == 60
    assert one_institution(seed=3) == first
    other = one_institution(seed=4)
    assert all(other[what] != first[what] for what in first if what != "national ids")


def test_a_large_country_keeps_marks_of_some_courses_only(db: None) -> None:
    whole, part = one_institution(seed=3), one_institution(seed=3, one_course_in=4)
    assert part["results"] == whole["results"]
    assert 0 < len(part["marks"]) < len(whole["marks"]) / 2


def test_students_are_divided_by_size_to_the_last_one() -> None:
    divided = shares(20_000)
    assert sum(divided.values()) == 20_000
    assert divided["UZ"] > divided["HIT"] > divided["PAUMP"] > 1


def test_there_are_names_enough_and_none_twice() -> None:
    for names, least in ((WOMEN, 150), (MEN, 150), (FAMILIES, 250)):
        assert len(names) == len(set(names)) >= least


def test_the_command_tells_what_it_made_and_where_the_accounts_are(db: None, var: Path) -> None:
    told = seed_demo("--students", "500")
    assert "Institutions            43\n" in told
    assert "Students               500\n" in told
    assert f"Accounts and their password: {var / 'demo-accounts.txt'}\n" in told
    assert "password" not in told.replace("their password", "")


def test_a_database_with_institutions_is_refused_or_left_alone(harare: Institution, var: Path) -> None:
    with pytest.raises(CommandError, match="fills only an empty one"):
        seed_demo("--students", "500")
    assert seed_demo("--students", "500", "--if-empty") == "There are institutions already; nothing to do.\n"
    assert list(Institution.objects.all()) == [harare]
    assert list(var.iterdir()) == []


def test_too_small_a_country_is_refused(db: None) -> None:
    with pytest.raises(CommandError, match="smallest country has 500 students"):
        seed_demo("--students", "499")
    assert not Institution.objects.exists()


def test_a_failure_on_the_way_leaves_nothing_behind(db: None, var: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("academic.demo.country.REGISTER", REGISTER[-2:])
    monkeypatch.setattr("academic.demo.country.write_accounts", lambda *_: (var / "absent" / "file").write_text(""))
    with pytest.raises(FileNotFoundError):
        seed_demo("--students", "500")
    assert not Institution.objects.exists()
    assert not User.objects.exists()
