"""This file holds what a student is warned of who registers or leaves a section; it refuses nothing."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from django.db import connection

from academic.loads.queries import Asked, loads_of
from academic.registrations.models import Registration
from academic.registrations.verdicts import Verdict
from academic.registrations.ways import short_ways
from core.http.etags import tag_of

# Most institutions ask for neither: what would tell of it isn't asked then.
KINDS = """
SELECT EXISTS (SELECT FROM faculties_traveltime WHERE institution_id = %(institution)s),
  EXISTS (SELECT FROM academic_loadlimit WHERE institution_id = %(institution)s AND least_credits IS NOT NULL)"""
Warnings = dict[UUID, list[str]]  # by the key of a registration


def warned(institution: UUID, verdicts: Sequence[Verdict]) -> list[Verdict]:
    """The verdicts, each with what its student is warned of."""
    refused = {one.attempt.pk for one in verdicts if one.failed}
    told = warnings_on(institution, [one.attempt for one in verdicts], refused)
    return [one._replace(warnings=told[one.attempt.pk]) for one in verdicts]


def warnings_on(institution: UUID, registrations: Sequence[Registration], refused: Collection[UUID] = ()) -> Warnings:
    """What the student of each is warned of, in at most three statements for all; who is refused, of ways alone."""
    told: Warnings = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(KINDS, {"institution": institution})
        knows_ways, asks_for_loads = cursor.fetchone()
    if knows_ways:
        ways = short_ways(institution, [(one.student_id, one.section_id) for one in registrations])
        for one in registrations:
            told[one.pk] += ways[one.student_id, one.section_id]
    if asks_for_loads:
        stand = [one for one in registrations if one.pk not in refused]
        loads = loads_of(institution, [asked_of(one) for one in stand])
        short = {(one.enrollment, one.section): one.words for one in loads if one.is_short}
        for one in stand:
            told[one.pk] += filter(None, [short.get((one.enrollment_id, one.section_id))])
    return told


def asked_of(registration: Registration) -> Asked:
    """Its term. In a dry run it is not there, and counts all the same."""
    is_in = registration.status == Registration.Status.REGISTERED
    return Asked(registration.enrollment_id, registration.section_id, comes=is_in)


def tag_without_warnings(row: Registration, data: dict[str, Any]) -> str:
    """The tag of a registration: what its student is warned of is no part of it."""
    return tag_of(row, {name: value for name, value in data.items() if name != "warnings"})
