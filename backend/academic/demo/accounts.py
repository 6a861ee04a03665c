"""This file holds the accounts of the demo country: each shipped role at a place where there is something to see."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import QuerySet

from academic.demo.register import Entry
from academic.demo.structure import Structure
from academic.demo.terms import LAST_YEAR
from academic.models import Registration, Section
from academic.sections.rules import give_teaching
from core.actor import Actor
from faculties.models import Department
from students.models import Student
from students.students.rules import change_student
from users.accounts.rules import add_user
from users.models import Role, User
from users.roles.rules import give_grant
from users.roles.shipped import permissions_of

MINISTRY = "ministry.demo.test"
# Two, so that one can be seen not to see the other.
AT = ("UZ", "NUST")
SECTIONS_TAUGHT = 6
LOCAL_ROLES = {
    "institution-administrator": ("administrator", "Nyasha Gumbo"),
    "registrar": ("registrar", "Chipo Moyo"),
    "human-resources": ("hr", "Rumbidzai Chirwa"),
    "dean": ("dean", "Tapiwa Sibanda"),
    "head-of-department": ("head", "Nomsa Khumalo"),
    "lecturer": ("lecturer", "Farai Dube"),
    "innovation-manager": ("innovation", "Kudzai Mlambo"),
    "student": ("student", ""),
}
NATIONAL_ROLES = {"national-analyst": ("analyst", "Ruvimbo Ncube"), "auditor": ("auditor", "Themba Nyathi")}
NEEDED = {"users.add_user", "users.add_grant", "academic.change_section", "students.change_student"}


@dataclass(frozen=True, slots=True)
class Account:
    """What is told about one account."""

    email: str
    role: str
    place: str


def seeder() -> Actor:
    """Who makes the accounts. Nobody grants what they lack, so it holds what the granted roles hold."""
    held = (permissions_of(role) for role in (*LOCAL_ROLES, *NATIONAL_ROLES))
    return Actor.system("seed_demo", *NEEDED.union(*held))


def add_national_accounts(password: str) -> list[Account]:
    """Those who see the nation and change nothing."""
    return [
        add_account(role, f"{box}@{MINISTRY}", name, password, "the nation")[0]
        for role, (box, name) in NATIONAL_ROLES.items()
    ]


def add_local_accounts(entry: Entry, structure: Structure, password: str) -> list[Account]:
    """One person for each role of an institution: the dean and the head at the home of its first program."""
    home = structure.offers[0].program.department
    places: dict[str, dict[str, Any]] = {"dean": {"faculty": home.faculty}, "head-of-department": {"department": home}}
    accounts = []
    for role, (box, name) in LOCAL_ROLES.items():
        student = someone_studying() if role == "student" else None
        name = f"{student.given_names} {student.family_name}" if student else name
        place = places.get(role, {})
        told = ", ".join([*(unit.name for unit in place.values()), entry.name])
        at = {"institution": structure.institution, **place}
        account, user = add_account(role, f"{box}@{entry.domain}", name, password, told, **at)
        accounts.append(account)
        if student:
            change_student(seeder(), student, account=user)
        if role == "lecturer":
            for section in sections_to_teach(home):
                give_teaching(seeder(), section=section, account=user)
    return accounts


def add_account(role: str, email: str, name: str, password: str, told: str, **place: Any) -> tuple[Account, User]:
    user = add_user(seeder(), email=email, name=name, password=password, is_demo=True)
    give_grant(seeder(), user=user, role=Role.objects.shipped(role), **place)
    return Account(user.email, role, told), user


def someone_studying() -> Student:
    """The first student, by number, with a registration whose result is still open."""
    pending = Registration.objects.filter(result=Registration.Result.PENDING)
    return pending.select_related("student").order_by("student__number")[0].student


def sections_to_teach(home: Department) -> QuerySet[Section]:
    """Sections of this year in a department, the running ones first."""
    taught = Section.objects.filter(course__program__department=home, term__academic_year=LAST_YEAR)
    return taught.order_by("-starts_on", "course__code", "code")[:SECTIONS_TAUGHT]


def write_accounts(accounts: list[Account], password: str) -> Path:
    """Tell the accounts and their password in a file that only its owner reads."""
    path = settings.VAR_DIR / "demo-accounts.txt"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write("# The accounts of the demo country, and the password of all of them, made for this installation.\n")
        file.write(f"password {password}\n")
        file.writelines(f"{one.email} {one.role} {one.place}\n" for one in accounts)
    return path
