"""This file holds how the demo country is made: institution by institution, in one transaction."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random

from django.db import transaction

from academic.demo.accounts import AT, Account, add_local_accounts, add_national_accounts, write_accounts
from academic.demo.loading import STUDENTS_WITH_ALL_MARKS, Loaded, load, prepare
from academic.demo.people import Population
from academic.demo.register import REGISTER, Entry, shares
from academic.demo.structure import Structure, build
from core.actor import Actor
from core.audit.record import record
from core.freshness.changes import changed
from core.tenancy.scope import reaching
from faculties.models import Institution
from users.accounts.rules import generated_password

FEWEST_STUDENTS = 500


@dataclass(frozen=True, slots=True)
class Country:
    """What was made."""

    institutions: int
    loaded: Loaded
    accounts: list[Account]
    accounts_file: Path


def make_country(students: int, seed: int, told: Callable[[int], object]) -> Country:
    """Make the country: the same number of students and the same seed give the same one, but for ids and secrets.

    One transaction, so an interrupted run leaves nothing behind and a second one begins anew. It holds for minutes at
    a million students; nobody waits for it, because nobody knows its institutions yet.
    """
    with transaction.atomic():
        counts, password = shares(students), generated_password()
        institutions = {entry.code: registered(entry, counts[entry.code]) for entry in REGISTER}
        Institution.objects.bulk_create(institutions.values())
        changed("tree")
        prepare()
        loaded, accounts = Loaded(), add_national_accounts(password)
        one_course_in = -(-students // STUDENTS_WITH_ALL_MARKS)
        for entry in REGISTER:
            with reaching(institutions[entry.code].pk):
                structure, here = settle(
                    institutions[entry.code],
                    entry,
                    counts[entry.code],
                    others=loaded.students,
                    seed=seed,
                    one_course_in=one_course_in,
                    told=told,
                )
                accounts += add_local_accounts(entry, structure, password) if entry.code in AT else []
            loaded += here
        return Country(len(institutions), loaded, accounts, write_accounts(accounts, password))


def settle(
    institution: Institution, entry: Entry, students: int, *, seed: int, told: Callable[[int], object],
    others: int = 0, one_course_in: int = 1,
) -> tuple[Structure, Loaded]:  # fmt: skip
    """Build one institution and fill it. `others` are the students of the country who were made before."""
    chance = Random(f"{seed}:{entry.code}")  # noqa: S311 it makes a demonstration, no secret
    structure = build(institution, entry, students, chance)
    people = Population(entry, structure, others)
    loaded = load(structure, people, students, seed=f"{seed}:{entry.code}", one_course_in=one_course_in, told=told)
    note(institution, loaded)
    return structure, loaded


def registered(entry: Entry, students: int) -> Institution:
    """The entry of the national register, with room for a fifth more than it has."""
    return Institution(
        code=entry.code,
        name=entry.name,
        type=entry.type,
        sector=entry.sector,
        province=entry.province,
        established=entry.established,
        email=f"info@{entry.domain}",
        capacity=-(-students * 6 // 5 // 10) * 10,
    )


def note(institution: Institution, loaded: Loaded) -> None:
    rows = {"students": loaded.students, "registrations": loaded.registrations, "marks": loaded.marks}
    changes = {name: [0, count] for name, count in rows.items()}
    record(Actor.system("seed_demo"), "academic.demo.seeded", institution, changes=changes, count=loaded.students)
