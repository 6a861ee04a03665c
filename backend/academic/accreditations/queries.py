"""This file holds reads of the accreditations of programs: which programs have had theirs."""

# ruff: noqa: S608  What is pasted into the SQL are names of ours.

from datetime import date

from academic.programs.models import Program


def lapsed_by(program: Program, day: date) -> date | None:
    """The day from which no accreditation of a program holds any more, if that is not after a day. One that holds or
    is to come, or a program of which none was ever recorded, is none.
    """
    accreditations = program.accreditations.filter(institution=program.institution_id)
    ends: list[date | None] = list(accreditations.values_list("ends_on", flat=True))
    ended = [one for one in ends if one is not None and one <= day]
    return max(ended) if ended and len(ended) == len(ends) else None


def into_lapsed(asked: str) -> str:
    """SQL that selects those of new enrollments whose program has no accreditation any more, as `lapsed_by` says.

    `asked` is SQL too: it selects number, program, program_id and enrolled_on of each.
    """
    return f"""
    SELECT number, program FROM ({asked}) asked JOIN LATERAL (
      SELECT bool_and(coalesce(own.ends_on <= asked.enrolled_on, false)) AS is_lapsed
      FROM academic_programaccreditation own
      WHERE own.institution_id = %(institution)s AND own.program_id = asked.program_id
    ) accredited ON is_lapsed ORDER BY number"""


LAPSED_WORDS = (
    "a program whose accreditation has not lapsed by the day of enrolling: record its renewal, or prolong it to a later"
    " day"
)
