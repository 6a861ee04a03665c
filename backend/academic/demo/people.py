"""This file holds the students of the demo country, as lines of COPY: nobody real, and never many in memory."""

from bisect import bisect
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from itertools import accumulate
from random import Random
from typing import Any
from uuid import UUID

from academic.demo.catalog import Level
from academic.demo.names import FAMILIES, FREQUENT, MEN, WOMEN
from academic.demo.register import Entry
from academic.demo.structure import Offer, Structure
from academic.demo.terms import CURRENT, FIRST_YEAR, TERMS
from academic.enrollments.models import Status as Enrolled
from core.ids import uuid7
from core.secrets.digests import blind_index
from core.secrets.sealing import sealer
from core.texts import folded
from students.models import Student

COLUMNS = (
    "place", "id", "enrollment_id", "number", "given_names", "family_name", "sex", "birth_year", "region", "nationality",
    "prior_education", "entry_year", "status", "department_id", "email", "national_id", "national_id_index",
    "date_of_birth", "search_text", "version_id", "enrollment_status", "year_of_study", "enrolled_on", "ended_on",
    "disability", "first_term", "last_term", "part", "ability",
)  # fmt: skip
NULL = "\\N"
# The letters that end numbers; I, O and U are left out as in national ids.
LETTERS = "ABCDEFGHJKLMNPQRSTVWXYZ"
DISTRICTS = tuple(f"{district:02}" for district in range(2, 87))
# Provinces by their part of the people, in percent.
PROVINCES = {
    "ZW-HA": 16, "ZW-MA": 13, "ZW-MW": 13, "ZW-MI": 12, "ZW-MV": 11, "ZW-ME": 11, "ZW-MC": 9, "ZW-MN": 6,
    "ZW-MS": 5, "ZW-BU": 4,
}  # fmt: skip
NEIGHBORS = ("ZM", "MZ", "BW", "ZA", "MW", "NA")
PRIOR = {
    Level.BACHELOR: ("A level", "A level", "A level", "A level", "National diploma"),
    Level.DIPLOMA: ("O level", "O level", "A level"),
    Level.CERTIFICATE: ("O level",),
}
PRIOR_OF_GRADUATES = ("Bachelor's degree",)
# More enter each year, and the later ones are all still here.
ENTRANTS = {2023: 15, 2024: 20, 2025: 28, 2026: 37}
STUDENTS_PER_SECTION = 60
LEAVE, EXCLUDED_OF_THEM, DEFER = 0.10, 0.2, 0.015


@dataclass(frozen=True, slots=True)
class Studies:
    """How far somebody came: the terms by their places, and how the enrollment stands."""

    first: int
    last: int
    status: str
    ended_on: date | None


class Population:
    """The students of one institution, in the order of their numbers."""

    def __init__(self, entry: Entry, structure: Structure, chance: Random) -> None:
        self.entry, self.structure, self.chance = entry, structure, chance
        self.cohorts: Counter[tuple[UUID, int]] = Counter()
        self.year_weights = list(accumulate(ENTRANTS.values()))
        self.offer_weights = list(accumulate(offer.share for offer in structure.offers))
        self.families = (*FAMILIES, *FREQUENT * 12)
        self.plain = {name: folded(name) for name in {*self.families, *WOMEN, *MEN}}
        self.regions = (*PROVINCES, entry.province)
        self.region_weights = list(accumulate((*PROVINCES.values(), 60)))

    @cached_property
    def seals(self) -> tuple[Any, Any]:
        """What encrypts a national id, and a date of birth."""
        institution = self.structure.institution.pk
        fields = (Student._meta.get_field(name) for name in ("national_id", "date_of_birth"))
        return tuple(sealer(field.address, institution) for field in fields)

    def lines(self, count: int) -> Iterator[str]:
        """So many students, each as one line of COPY."""
        for place in range(1, count + 1):
            yield "\t".join(self.student(place)) + "\n"

    def student(self, place: int) -> tuple[str, ...]:
        chance, random = self.chance, self.chance.random
        offer = self.structure.offers[bisect(self.offer_weights, random() * self.offer_weights[-1])]
        year = FIRST_YEAR + bisect(self.year_weights, random() * self.year_weights[-1])
        version = offer.version_in(year)
        self.cohorts[version, year] += 1
        studies = self.studies(year, offer)
        is_woman = random() * 100 < self.entry.women_percent
        given, family = self.name(WOMEN if is_woman else MEN)
        born = date(year - self.age(offer), 1, 1) + timedelta(days=int(random() * 365))
        number = f"R{year % 100}{place:06}{LETTERS[place % 23]}"
        return (
            str(place), *self.identity(place, born), number, given, family,
            "female" if is_woman else "male", str(born.year),
            self.regions[bisect(self.region_weights, random() * self.region_weights[-1])],
            "ZW" if random() < 0.98 else chance.choice(NEIGHBORS),
            chance.choice(PRIOR.get(offer.award.level, PRIOR_OF_GRADUATES)),
            str(year), standing(studies), str(offer.program.department_id),
            f"{number.lower()}@students.{self.entry.domain}",
        )  # fmt: skip
