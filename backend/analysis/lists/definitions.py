"""This file holds what each derived list is: who is on it, by which rules, and the sentence that each rule gives.

A list proposes and never decides: people look at it, and act by the rules of the rooms that own the rows.
"""

# ruff: noqa: S608  What is pasted into the SQL are names of ours.

from collections.abc import Mapping
from dataclasses import dataclass

# Those who study: enrollments without an end, of students who live, with what their program asks.
STUDYING = """
SELECT enrollment.id, enrollment.student_id, enrollment.status, enrollment.enrolled_on, enrollment.year_of_study,
  version.credits_required, program.id AS program_id, program.field_of_study, program.duration_years
FROM academic_enrollment enrollment
JOIN academic_programversion version
  ON version.institution_id = enrollment.institution_id AND version.id = enrollment.program_version_id
JOIN academic_program program ON program.institution_id = enrollment.institution_id AND program.id = version.program_id
WHERE enrollment.institution_id = %(institution)s AND enrollment.ended_on IS NULL"""
# Credits are earned once, however often a course was passed: those of the section that was passed last. An exemption
# counts where the course was not passed.
EARNED = """
SELECT enrollment_id, sum(credits) FILTER (WHERE passed) AS earned, sum(credits) AS in_sight
FROM (
  SELECT enrollment_id, course_id, bool_or(rank < 3) AS passed,
    (array_agg(credits ORDER BY rank, day DESC))[1] AS credits
  FROM (
    SELECT registration.enrollment_id, section.course_id, section.credits, section.ends_on AS day,
      CASE registration.result WHEN 'pending' THEN 3 ELSE 1 END AS rank
    FROM academic_registration registration
    JOIN academic_section section
      ON section.institution_id = registration.institution_id AND section.id = registration.section_id
    WHERE registration.institution_id = %(institution)s
      AND registration.result IN ('pass', 'distinction', 'pending') AND registration.status = 'registered'
      AND section.whole_id IS NULL AND (registration.result <> 'pending' OR section.status <> 'canceled')
    UNION ALL
    SELECT enrollment_id, course_id, credits, granted_on, 2 FROM academic_exemption
    WHERE institution_id = %(institution)s AND withdrawn_on IS NULL
  ) counting GROUP BY enrollment_id, course_id
) taken GROUP BY enrollment_id"""
LATEST_RESULTS = """
SELECT DISTINCT ON (enrollment_id) enrollment_id, results, lost FROM (
  SELECT registration.enrollment_id, section.term_id, max(section.starts_on) AS began, count(*) AS results,
    count(*) FILTER (WHERE registration.result IN ('fail', 'withdrawn')) AS lost
  FROM academic_registration registration
  JOIN academic_section section
    ON section.institution_id = registration.institution_id AND section.id = registration.section_id
  WHERE registration.institution_id = %(institution)s AND registration.result <> 'pending'
  GROUP BY registration.enrollment_id, section.term_id
) terms ORDER BY enrollment_id, began DESC, term_id"""
INTERRUPTED = """
SELECT enrollment_id, max(starts_on) AS since FROM academic_enrollmentstatus
WHERE institution_id = %(institution)s GROUP BY enrollment_id"""
YEARS = "((%(today)s::date - studying.enrolled_on) / 365.25)"


@dataclass(frozen=True, slots=True)
class Rule:
    """One reason to be on a list.

    means   the rule, in words
    found   SQL over `studying` and `earned` that selects `enrollment_id` and `reason`, a sentence with the figures
    """

    code: str
    means: str
    found: str


@dataclass(frozen=True, slots=True)
class Definition:
    """One derived list. Whoever meets one of the rules is on it, with the reasons of all that are met."""

    name: str
    title: str
    means: str
    rules: tuple[Rule, ...]


def has_credits(column: str, sentence: str) -> str:
    return f"""
    SELECT studying.id AS enrollment_id, format('{sentence}', {column}, studying.credits_required) AS reason
    FROM studying JOIN earned ON earned.enrollment_id = studying.id WHERE {column} >= studying.credits_required"""


DEFINITIONS: Mapping[str, Definition] = {
    one.name: one
    for one in (
        Definition(
            "stem",
            "Students of science, technology, engineering and mathematics",
            "Enrollments without an end in programs of the broad fields 05, 06 and 07 of ISCED-F 2013.",
            (
                Rule(
                    "field",
                    "The program lies in the broad field 05, 06 or 07.",
                    """
                    SELECT id AS enrollment_id, format('The program is of the field %%s.', field_of_study) AS reason
                    FROM studying WHERE left(field_of_study, 2) IN ('05', '06', '07')""",
                ),
            ),
        ),
        Definition(
            "critical_skills",
            "Students of critical skills",
            "Enrollments without an end in programs of a field, or within one, that the country calls critical today.",
            (
                Rule(
                    "critical_field",
                    "The field of the program, or one that it lies within, is declared critical.",
                    """
                    SELECT id AS enrollment_id, reason FROM studying JOIN LATERAL (
                      SELECT format('%%s %%s is critical since %%s: %%s.', code, name, critical_since, critical_source)
                        AS reason
                      FROM academic_fieldofstudy field
                      WHERE starts_with(studying.field_of_study, field.code) AND critical_since <= %(today)s
                        AND (critical_until IS NULL OR critical_until > %(today)s)
                      ORDER BY code DESC LIMIT 1
                    ) critical ON true""",
                ),
            ),
        ),
        Definition(
            "possible_graduates",
            "Possible graduates",
            "Enrollments without an end whose credits reach what their version of the program requires, now or with"
            " the courses that are under way. The board decides who graduates.",
            (
                Rule(
                    "credits_earned",
                    "The credits of courses passed or exempt reach those required.",
                    has_credits("earned.earned", "Earned %%s credits of the %%s required."),
                ),
                Rule(
                    "credits_in_sight",
                    "The credits of courses passed, exempt and under way reach those required.",
                    has_credits("earned.in_sight", "With the courses under way: %%s credits of the %%s required.")
                    + " AND coalesce(earned.earned, 0) < studying.credits_required",
                ),
            ),
        ),
        Definition(
            "below_least_load",
            "Registered for less than the least load",
            "Active enrollments that are registered in a term that is not over, for fewer credits than it asks for at"
            " least.",
            (
                Rule(
                    "below_least",
                    "The sections that are taken in a term earn fewer credits than its least load.",
                    """
                    SELECT studying.id AS enrollment_id, format('%%s credits are taken in %%s, of at least %%s.',
                      taken.credits, taken.code, own.least_credits) AS reason
                    FROM (
                      SELECT registration.enrollment_id, term.code, sum(section.credits) AS credits
                      FROM academic_term term
                      JOIN academic_term part ON part.institution_id = term.institution_id
                        AND (part.id = term.id OR part.parent_id = term.id AND term.kind = 'term')
                      JOIN academic_section section ON section.institution_id = term.institution_id
                        AND section.term_id = part.id AND section.status <> 'canceled'
                      JOIN academic_registration registration
                        ON registration.institution_id = section.institution_id
                          AND registration.section_id = section.id
                      LEFT JOIN academic_term whole ON whole.institution_id = term.institution_id
                        AND whole.id = term.parent_id AND whole.kind = 'term'
                      WHERE term.institution_id = %(institution)s AND term.ends_on >= %(today)s
                        AND whole.id IS NULL AND registration.status = 'registered'
                      GROUP BY registration.enrollment_id, term.id, term.code
                    ) taken
                    JOIN studying ON studying.id = taken.enrollment_id AND studying.status = 'active'
                    JOIN academic_enrollment enrollment
                      ON enrollment.institution_id = %(institution)s AND enrollment.id = studying.id
                    CROSS JOIN LATERAL (
                      SELECT least_credits FROM academic_loadlimit
                      WHERE institution_id = %(institution)s AND (
                        program_version_id = enrollment.program_version_id OR program_version_id IS NULL)
                      ORDER BY program_version_id NULLS LAST LIMIT 1
                    ) own
                    WHERE taken.credits < own.least_credits""",
                ),
            ),
        ),
        Definition(
            "at_risk",
            "At risk of dropping out",
            "Enrollments without an end that meet one of the rules. It says who should be asked how they are, and"
            " decides nothing.",
            (
                Rule(
                    "results_lost",
                    "Half or more of at least two results of the latest term are fails or withdrawals.",
                    f"""
                    SELECT studying.id AS enrollment_id,
                      format('%%s of %%s results of the latest term are fails or withdrawals.', lost, results) AS reason
                    FROM studying JOIN ({LATEST_RESULTS}) latest ON latest.enrollment_id = studying.id
                    WHERE results >= 2 AND lost * 2 >= results""",
                ),
                Rule(
                    "behind",
                    "After a year or more, under three quarters of the credits of the years so far are earned.",
                    f"""
                    SELECT studying.id AS enrollment_id,
                      format('Earned %%s credits in %%s years; a normal load is %%s.', coalesce(earned, 0),
                        floor({YEARS}), round(credits_required / duration_years * floor({YEARS}), 1)) AS reason
                    FROM studying LEFT JOIN earned ON earned.enrollment_id = studying.id
                    WHERE status = 'active' AND duration_years > 0 AND {YEARS} >= 1
                      AND coalesce(earned, 0)
                        < 0.75 * credits_required / duration_years * least(floor({YEARS}), duration_years)""",
                ),
                Rule(
                    "not_registered",
                    "A term of the institution runs since four weeks, and there is no registration in any that runs.",
                    """
                    SELECT studying.id AS enrollment_id,
                      format('No registration since the term began on %%s.', running.starts_on) AS reason
                    FROM studying CROSS JOIN (
                      SELECT max(starts_on) AS starts_on FROM academic_term term
                      WHERE institution_id = %(institution)s AND ends_on >= %(today)s
                        AND starts_on <= %(today)s::date - 28 AND EXISTS (
                          SELECT FROM academic_section section JOIN academic_registration registration
                            ON registration.institution_id = section.institution_id
                              AND registration.section_id = section.id
                          WHERE section.institution_id = term.institution_id AND section.term_id = term.id)
                    ) running
                    WHERE status = 'active' AND enrolled_on <= running.starts_on AND NOT EXISTS (
                      SELECT FROM academic_registration registration JOIN academic_section section
                        ON section.institution_id = registration.institution_id
                          AND section.id = registration.section_id
                      WHERE registration.institution_id = %(institution)s
                        AND registration.enrollment_id = studying.id AND registration.status = 'registered'
                        AND section.ends_on >= %(today)s)""",
                ),
                Rule(
                    "long_interrupted",
                    "Deferred or suspended for more than a year.",
                    f"""
                    SELECT studying.id AS enrollment_id, format('%%s since %%s.', initcap(status), since) AS reason
                    FROM studying JOIN ({INTERRUPTED}) latest ON latest.enrollment_id = studying.id
                    WHERE status IN ('deferred', 'suspended') AND since < %(today)s::date - 365""",
                ),
                Rule(
                    "overdue",
                    "Enrolled for more than one and a half times the duration of the program.",
                    f"""
                    SELECT studying.id AS enrollment_id, format('Enrolled for %%s years in a program of %%s.',
                      round({YEARS}, 1), duration_years) AS reason
                    FROM studying WHERE duration_years > 0 AND {YEARS} > 1.5 * duration_years""",
                ),
            ),
        ),
    )
}
