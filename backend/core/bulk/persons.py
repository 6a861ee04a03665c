"""This file holds what files of staff and of students have in common: what people are called, known and reached by."""

# ruff: noqa: S608  What is pasted into the SQL are names of ours.

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from core.bulk.columns import Choice, Column, Day, Email, Phone
from core.bulk.contracts import Check, Derived
from core.records import Row
from core.texts import folded

GIVEN_NAMES = Column(
    name="given_names",
    means="Given names, all of them.",
    aliases=("first_name", "first_names", "forenames", "given_name"),
    longest=100,
    sticky=True,
    examples=("Rudo",),
)
FAMILY_NAME = Column(
    name="family_name",
    means="The family name.",
    aliases=("last_name", "surname"),
    required=True,
    longest=100,
    sticky=True,
    examples=("Ncube",),
)
NATIONAL_ID = Column(
    name="national_id",
    means="The national id, however it is spaced.",
    aliases=("national_id_number", "id_number", "nid"),
    longest=30,
    examples=("63-123456A42",),
)
DATE_OF_BIRTH = Day(
    name="date_of_birth", means="The date of birth.", aliases=("dob", "birth_date"), examples=("1996-05-17",)
)
EMAIL = Email(name="email", means="The e-mail address.", aliases=("email_address",), sticky=True)
PHONE = Phone(name="phone", means="The telephone number.", aliases=("mobile", "cell", "phone_number"), sticky=True)
ADDRESS = Column(name="address", means="The home address.", aliases=("home_address",), longest=300, sticky=True)
NATIONALITY = Column(
    name="nationality",
    means="The nationality, as two letters of ISO 3166-1.",
    longest=2,
    pattern="[A-Z]{2}",
    pattern_means="two capitals, such as ZW",
    examples=("ZW",),
)


def sex(values: Iterable[str]) -> Choice:
    """The column of the sex, of these values."""
    return Choice(
        name="sex",
        means="Female or male, as the person states it.",
        aliases=("gender",),
        values=tuple(values),
        also={"female": ("f", "woman", "girl"), "male": ("m", "man", "boy"), "not_stated": ("unknown", "not stated")},
        examples=("female",),
    )


def derived_of(model: Any) -> tuple[Derived, ...]:
    """What is worked out from these columns for rows of a model of people."""
    index = model._meta.get_field("national_id_index")

    def year_of_birth(row: Mapping[str, Any], _: UUID) -> int | None:
        return row["date_of_birth"].year if row.get("date_of_birth") else None

    return (
        Derived(
            name="national_id_index",
            work=lambda row, institution: index.digest(row.get("national_id"), institution),
            sql="bytea",
        ),
        Derived(name="birth_year", work=year_of_birth, sql="smallint"),
        Derived(name="search_text", work=lambda row, _: folded(f"{row['family_name']} {row.get('given_names') or ''}")),
    )


def checks_of(model: type[Row], key: str) -> tuple[Check, ...]:
    """What may not be said of people, whom the column `key` of a file names by their number."""
    own = f"JOIN {model._meta.db_table} own ON own.institution_id = %(institution)s"
    return (
        Check(
            column=key,
            code="person_erased",
            found=f"""
            SELECT staged.number, {key} FROM staged {own} AND own.number = {key}
            WHERE own.erased_at IS NOT NULL ORDER BY staged.number""",
            words="somebody who was not erased: nothing is entered about them again",
        ),
        Check(
            column="national_id",
            code="twice_in_file",
            found="""
            SELECT number, national_id FROM (
              SELECT number, national_id, row_number() OVER (PARTITION BY national_id_index ORDER BY number) AS place
              FROM staged WHERE national_id_index IS NOT NULL
            ) counted WHERE place > 1 ORDER BY number""",
            words="a national id that no row above has: two rows are two people",
        ),
        Check(
            column="national_id",
            code="person_known",
            found=f"""
            SELECT staged.number, staged.national_id FROM staged {own}
              AND own.national_id_index = staged.national_id_index
            WHERE own.number <> {key} ORDER BY staged.number""",
            words="the national id of this person: another number of this institution has it",
        ),
        Check(
            column="family_name",
            code="other_name",
            found=f"""
            SELECT staged.number, staged.family_name FROM staged {own} AND own.number = {key}
            WHERE (lower(own.family_name), lower(own.given_names)) IS DISTINCT FROM
              (lower(staged.family_name), lower(coalesce(staged.given_names, own.given_names)))
            ORDER BY staged.number""",
            words="These numbers belong to people of other names here, who would be renamed. Correct who is not.",
            is_warning=True,
        ),
    )
