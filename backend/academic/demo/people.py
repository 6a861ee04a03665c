"""This file holds the students of the demo country, as lines of COPY: nobody real, and never many in memory."""

from bisect import bisect
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import accumulate
from random import Random
from uuid import UUID

from academic.demo.catalog import Level
from academic.demo.names import FAMILIES, FREQUENT, MEN, WOMEN
from academic.demo.register import Entry
from academic.demo.structure import Offer, Structure
from academic.demo.terms import CURRENT, FIRST_YEAR, TERMS
from academic.enrollments.models import Status
from core.ids import uuid7
from core.secrets.digests import blind_index
from core.secrets.sealing import new_person_sealer
from core.texts import folded
from students.models import Student
from students.statuses.moves import Status as Standing

NULL = "\\N"
# As in national ids: I, O and U are left out.
LETTERS = "ABCDEFGHJKLMNPQRSTVWXYZ"
DISTRICTS, IDS_IN_DISTRICT = tuple(f"{district:02}" for district in range(2, 87)), 1_000_000
SCATTER = 48271  # a prime that shares no factor with the number of ids: no two people get one
# Provinces with their part of the people in percent, and how many more come from where they study.
PROVINCES = {
    "ZW-HA": 16, "ZW-MA": 13, "ZW-MW": 13, "ZW-MI": 12, "ZW-MV": 11,
    "ZW-ME": 11, "ZW-MC": 9, "ZW-MN": 6, "ZW-MS": 5, "ZW-BU": 4,
}  # fmt: skip
FROM_HERE = 60
NEIGHBORS = ("ZM", "MZ", "BW", "ZA", "MW", "NA")
PRIOR = {
    Level.BACHELOR: ("A level", "A level", "A level", "A level", "National diploma"),
    Level.DIPLOMA: ("O level", "O level", "A level"),
    Level.CERTIFICATE: ("O level",),
}
PRIOR_OF_GRADUATES = ("Bachelor's degree",)
ENTRANTS = {2023: 15, 2024: 20, 2025: 28, 2026: 37}
STUDENTS_PER_SECTION = 60
STANDING = {
    Status.ACTIVE: Standing.ACTIVE,
    Status.DEFERRED: Standing.DEFERRED,
    Status.WITHDRAWN: Standing.DROPPED_OUT,
    Status.EXCLUDED: Standing.DROPPED_OUT,
    Status.COMPLETED: Standing.GRADUATED,
}
LEAVES, IS_EXCLUDED, DEFERS = 0.10, 0.2, 0.015


@dataclass(frozen=True, slots=True)
class Studies:
    """How far somebody came: the first and last term by their places, and how the enrollment stands."""

    first: int
    last: int
    status: Status = Status.ACTIVE
    changed_on: date | None = None

    @property
    def ended_on(self) -> date | None:
        return None if self.status in (Status.ACTIVE, Status.DEFERRED) else self.changed_on

    @property
    def standing(self) -> Standing:
        return STANDING[self.status]


class Draw:
    """Picks with weights that are added up once."""

    def __init__(self, weights: dict, chance: Random) -> None:
        self.options, self.sums, self.random = list(weights), list(accumulate(weights.values())), chance.random

    def __call__(self):
        return self.options[bisect(self.sums, self.random() * self.sums[-1])]


class Population:
    """The students of one institution, in the order of their numbers. `others` live elsewhere in the country."""

    def __init__(self, entry: Entry, structure: Structure, others: int) -> None:
        self.entry, self.others, self.chance = entry, others, structure.chance
        self.cohorts: Counter[tuple[UUID, int]] = Counter()
        self.offer = Draw({number: one.share for number, one in enumerate(structure.offers)}, self.chance)
        self.offers = structure.offers
        self.entry_year = Draw(ENTRANTS, self.chance)
        self.region = Draw({**PROVINCES, entry.province: PROVINCES[entry.province] + FROM_HERE}, self.chance)
        self.families = (*FAMILIES, *FREQUENT * 12)
        self.plain = {name: folded(name) for name in {*self.families, *WOMEN, *MEN}}
        self.institution = structure.institution.pk
        self.seal = new_person_sealer((address_of("national_id"), address_of("date_of_birth")), self.institution)

    def rows(self, count: int) -> Iterator[dict[str, str]]:
        """So many students, each as the text of its columns."""
        for place in range(1, count + 1):
            yield self.person(place)

    def person(self, place: int) -> dict[str, str]:
        random, offer = self.chance.random, self.offers[self.offer()]
        year = self.entry_year()
        is_woman = random() * 100 < self.entry.women_percent
        given, family = self.given_names(WOMEN if is_woman else MEN), self.chance.choice(self.families)
        number = f"R{year % 100}{place:06}{LETTERS[place % len(LETTERS)]}"
        born = date(year - self.age_at_entry(offer), 1, 1) + timedelta(days=int(random() * 365))
        return {
            "place": str(place),
            **self.identity(place, born),
            "number": number,
            "given_names": given,
            "family_name": family,
            "search_text": " ".join(self.plain[name] for name in (family, *given.split(" "))),
            "sex": "female" if is_woman else "male",
            "region": self.region(),
            "nationality": "ZW" if random() < 0.98 else self.chance.choice(NEIGHBORS),
            "prior_education": self.chance.choice(PRIOR.get(offer.award.level, PRIOR_OF_GRADUATES)),
            "department_id": str(offer.program.department_id),
            "email": f"{number.lower()}@students.{self.entry.domain}",
            **self.enrollment(offer, year),
        }

    def given_names(self, names: Sequence[str]) -> str:
        first, second = self.chance.choice(names), self.chance.choice(names)
        return first if first == second or self.chance.random() < 0.6 else f"{first} {second}"

    def age_at_entry(self, offer: Offer) -> int:
        """Most come from school; graduates and those who study at a distance are older."""
        is_later = offer.award.level in (Level.MASTER, Level.POSTGRADUATE_DIPLOMA) or self.entry.code == "ZOU"
        return min(60, int((24 if is_later else 18) + self.chance.expovariate(0.15 if is_later else 0.6)))

    def identity(self, place: int, born: date) -> dict[str, str]:
        """What is encrypted. The letter is not the check letter of the number, so the id is nobody's."""
        key = uuid7()
        scattered = (self.others + place) * SCATTER % (len(DISTRICTS) * IDS_IN_DISTRICT)
        district, digits = DISTRICTS[scattered // IDS_IN_DISTRICT], f"{scattered % IDS_IN_DISTRICT:06}"
        letter = LETTERS[int(district + digits) % len(LETTERS)]
        national_id = f"{district}-{digits}{letter}{self.chance.choice(DISTRICTS)}"
        salt, (sealed_id, sealed_birth) = self.seal(key, (national_id.encode(), born.isoformat().encode()))
        return {
            "id": str(key),
            "salt": as_bytea(salt),
            "enrollment_id": str(uuid7()),
            "birth_year": str(born.year),
            "national_id": as_bytea(sealed_id),
            "national_id_index": as_bytea(blind_index(address_of("national_id"), None, national_id)),
            "date_of_birth": as_bytea(sealed_birth),
        }

    def enrollment(self, offer: Offer, year: int) -> dict[str, str]:
        version, random = offer.version_in(year), self.chance.random
        self.cohorts[version, year] += 1
        studies = self.studies(year, offer.award.years)
        return {
            "entry_year": str(year),
            "status": studies.standing,
            "version_id": str(version),
            "enrollment_status": studies.status,
            "year_of_study": str((studies.last - studies.first) // 2 + 1),
            "enrolled_on": (TERMS[studies.first].starts_on - timedelta(days=int(random() * 14))).isoformat(),
            "changed_on": studies.changed_on.isoformat() if studies.changed_on else NULL,
            "ended_on": studies.ended_on.isoformat() if studies.ended_on else NULL,
            "disability": "none" if random() < 0.94 else "declared" if random() < 0.3 else "",
            "first_term": str(studies.first),
            "last_term": str(studies.last),
            "part": str((self.cohorts[version, year] - 1) // STUDENTS_PER_SECTION + 1),
            "ability": str(round(self.chance.gauss(0, 6))),
        }

    def studies(self, year: int, years: int) -> Studies:
        """Until the end or today, unless somebody leaves between two terms, or stays away from the one that runs."""
        random, first = self.chance.random, 2 * (year - FIRST_YEAR)
        end = first + 2 * years - 1
        last = min(end, CURRENT.place)
        if random() < LEAVES and last > first:
            left = self.chance.randrange(first, last)
            status = Status.EXCLUDED if random() < IS_EXCLUDED else Status.WITHDRAWN
            return Studies(first, left, status, TERMS[left].ends_on + timedelta(days=14))
        if end < CURRENT.place:
            return Studies(first, end, Status.COMPLETED, TERMS[end].ends_on + timedelta(days=30))
        if random() < DEFERS and first < CURRENT.place:
            return Studies(first, CURRENT.place - 1, Status.DEFERRED, CURRENT.starts_on)
        return Studies(first, last)


def address_of(column: str) -> str:
    """What a sealed value and a blind index are bound to."""
    return f"{Student._meta.db_table}.{column}"


def as_bytea(value: bytes) -> str:
    return "\\\\x" + value.hex()
