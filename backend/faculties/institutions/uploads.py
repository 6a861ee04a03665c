"""This file holds what a file of the nation's institutions looks like, and what it becomes."""

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from core.bulk.columns import Choice, Column, Email, Misread, Number, Phone, Whole, Year, as_number, as_text
from core.bulk.contracts import Check, Contract, Derived, Load, declare
from core.errors import RuleBroken
from core.texts import folded
from faculties.institutions.models import EARLIEST_YEAR, Institution

MISSING = (".", "-2", "-3")  # how registers of other countries write that nobody said, or that it does not apply
ADDRESS_OF_SITE = re.compile(r"https?://[^\s/?#]+\.[^\s/?#]+\S*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Degrees(Number):
    """A latitude or longitude, rounded here to a millionth of a degree: a tenth of a meter."""

    decimals: int = 6

    @property
    def allowed(self) -> str:
        return f"degrees from {self.lowest} to {self.highest}"

    def read(self, cell: Any) -> Decimal:
        degrees = round(as_number(cell, self.allowed), self.decimals)
        if not self.lowest <= degrees <= self.highest:
            raise Misread("not_allowed_here", self.allowed)
        return degrees


@dataclass(frozen=True, slots=True, kw_only=True)
class Site(Column):
    """The address of a site, as people write it: without https, and with blanks in it."""

    @property
    def allowed(self) -> str:
        return "the address of a site, such as www.uz.ac.zw"

    def read(self, cell: Any) -> str:
        text = as_text(cell).replace(" ", "%20")
        site = text if "://" in text else f"https://{text}"
        if len(site) > self.longest or not ADDRESS_OF_SITE.fullmatch(site):
            raise Misread("not_allowed_here", self.allowed)
        return site


def office_of_the_regulator() -> UUID:
    """The institution in which files of the whole register lie."""
    office = Institution.objects.filter(type=Institution.Type.REGULATOR).values_list("pk", flat=True).first()
    if office is None:
        message = "Files of the register lie at the regulator: enter it first, as an institution of type regulator."
        raise RuleBroken("no_regulator", message, field="set")
    return office


KEPT = ("type", "sector", "province", "email", "phone", "address", "city", "postal_code", "website", "established")

declare(
    Contract(
        name="institutions",
        title="Institutions",
        means="One row for each institution of the country.",
        needs=("faculties.add_institution", "faculties.change_institution"),
        main=Institution,
        key=("code",),
        lies_at=office_of_the_regulator,
        columns=(
            Column(
                name="code",
                means="The short name or number by which the register knows the institution.",
                aliases=("institution_id", "institution_code", "unitid"),
                required=True,
                longest=20,
                pattern=r"[A-Z0-9][A-Z0-9-]*",
                pattern_means="at most 20 capitals, digits and hyphens",
                examples=("UZ", "100654"),
            ),
            Column(
                name="name",
                means="The name of the institution.",
                aliases=("institution", "institution_name", "instnm"),
                required=True,
                sticky=True,
                examples=("University of Zimbabwe",),
            ),
            Choice(
                name="type",
                means="What kind of institution it is; of files of the United States, by the length of its programs.",
                aliases=("institution_type", "int_level", "iclevel"),
                required=True,
                values=[one for one in Institution.Type.values if one != Institution.Type.REGULATOR],
                also={"university": ("1",), "polytechnic": ("2",), "vocational": ("3",)},
                examples=("university",),
            ),
            Choice(
                name="sector",
                means="Who owns it.",
                aliases=("ownership", "int_control", "control"),
                values=Institution.Sector.values,
                also={"state": ("1", "public"), "private": ("2", "3", "for profit", "not for profit")},
                blanks=MISSING,
                examples=("state",),
            ),
            Column(
                name="province",
                means="The province or state, as ISO 3166-2 or the country has it.",
                aliases=("state", "stabbr", "region"),
                longest=10,
                blanks=MISSING,
                examples=("ZW-HA",),
            ),
            Email(name="email", means="Its general address.", blanks=MISSING),
            Phone(name="phone", means="Its general telephone.", aliases=("telephone", "gentele"), blanks=MISSING),
            Column(name="address", means="Street and number.", aliases=("addr", "street"), longest=300, blanks=MISSING),
            Column(name="city", means="The town.", aliases=("town",), longest=100, blanks=MISSING),
            Column(name="postal_code", means="The postal code.", aliases=("zip",), longest=20, blanks=MISSING),
            Site(name="website", means="Its site.", aliases=("webaddr", "url"), blanks=MISSING),
            Year(
                name="established",
                means="The year in which it was founded.",
                aliases=("founded", "year_established"),
                lowest=EARLIEST_YEAR,
                blanks=MISSING,
            ),
            Whole(name="capacity", means="Students that it can hold.", highest=10**6, blanks=(".",)),
            Degrees(
                name="latitude",
                means="Degrees north (WGS 84).",
                aliases=("lat",),
                lowest=Decimal(-90),
                highest=Decimal(90),
                blanks=(".",),
                examples=("-17.784",),
            ),
            Degrees(
                name="longitude",
                means="Degrees east (WGS 84).",
                aliases=("longitud", "lon"),
                lowest=Decimal(-180),
                highest=Decimal(180),
                blanks=(".",),
                examples=("31.053",),
            ),
        ),
        derived=(Derived(name="search_text", work=lambda row, _: folded(f"{row['name']} {row['code']}")),),
        loads=(
            Load(
                model=Institution,
                wanted="SELECT * FROM staged",
                key=("code",),
                stated={
                    "name": "name",
                    "search_text": "name",
                    **{name: name for name in (*KEPT, "capacity", "latitude", "longitude")},
                },
            ),
        ),
        checks=(
            Check(
                column="code",
                code="stays_as_it_is",
                found="""
                SELECT number, staged.code FROM staged JOIN faculties_institution own USING (code)
                WHERE own.status = 'closed' OR own.type = 'regulator'""",
                words="an institution that is not closed, nor the regulator, or a new one: those stay as they are",
            ),
            Check(
                column="latitude",
                code="half_a_place",
                found="SELECT number, latitude FROM staged WHERE (latitude IS NULL) <> (longitude IS NULL)",
                words="a latitude with a longitude, or neither",
            ),
            Check(
                column="name",
                code="same_name",
                found="""
                SELECT number, name FROM (
                  SELECT number, name, count(*) OVER (PARTITION BY lower(name)) AS times FROM staged
                ) named WHERE times > 1 ORDER BY number""",
                words="Several institutions of this file have the same name: the code tells them apart.",
                is_warning=True,
            ),
        ),
    )
)
