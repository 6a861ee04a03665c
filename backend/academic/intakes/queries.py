"""This file holds reads of planned intakes: which one a day falls into, and how many of its places are taken."""

# ruff: noqa: S608  What is pasted into the SQL are names of ours.

from datetime import date

from academic.intakes.models import ProgramIntake
from academic.programs.models import Program, ProgramVersion

TAKING_A_PLACE = ("active", "deferred", "suspended", "excluded", "completed")


def held_intake(program: Program, day: date) -> ProgramIntake | None:
    """The intake of a day, locked: of two who want the last place one after the other is told."""
    intakes = ProgramIntake.objects.filter(institution=program.institution_id, program=program)
    return intakes.filter(starts_on__lte=day, ends_on__gte=day).select_for_update(no_key=True).first()


def enrolled_in(intake: ProgramIntake) -> int:
    """How many were enrolled in its days, in any version; a place of whoever withdrew is free again."""
    return ProgramVersion.objects.filter(
        institution=intake.institution_id,
        program=intake.program_id,
        enrollments__enrolled_on__range=(intake.starts_on, intake.ends_on),
        enrollments__status__in=TAKING_A_PLACE,
    ).count()


def beyond_places(asked: str) -> str:
    """SQL that selects those of new enrollments for which their intake has no place, in the order of the file.

    `asked` is SQL too: it selects number, program, program_id and enrolled_on of each.
    """
    return f"""
    WITH intake AS MATERIALIZED (
      SELECT id, program_id, starts_on, ends_on, places, (
        SELECT count(*) FROM academic_enrollment enrollment
        JOIN academic_programversion version
          ON version.institution_id = enrollment.institution_id AND version.id = enrollment.program_version_id
        WHERE enrollment.institution_id = %(institution)s AND version.program_id = own.program_id
          AND enrollment.enrolled_on BETWEEN own.starts_on AND own.ends_on AND enrollment.status <> 'withdrawn'
      ) AS taken
      FROM academic_programintake own WHERE institution_id = %(institution)s
    )
    SELECT number, program FROM (
      SELECT number, program,
        row_number() OVER (PARTITION BY intake.id ORDER BY number) + taken > places AS is_beyond
      FROM ({asked}) asked JOIN intake
        ON intake.program_id = asked.program_id AND asked.enrolled_on BETWEEN intake.starts_on AND intake.ends_on
    ) seated WHERE is_beyond ORDER BY number"""


BEYOND_WORDS = "a program with a place left in its intake; more students are enrolled by hand, with a reason"
