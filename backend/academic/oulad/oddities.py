"""This file holds what is odd in the dataset: kept as it is, counted by kind, and shown by examples."""

# ruff: noqa: S608  What is pasted into the SQL are names of ours.

from dataclasses import dataclass

from django.db import connection

from academic.imports.oddities import EXAMPLES, Example, Oddity
from academic.oulad.files import ASSESSMENTS, INFO, MARKS, REGISTRATIONS, SourceFile


@dataclass(frozen=True, slots=True)
class Rows:
    """Where the lines of a file are looked for: staged rows, the line in the file, and the key that it is known by."""

    file: SourceFile
    source: str
    line: str
    key: str


STUDY_KEY = "concat_ws(' ', code_module, code_presentation, id_student)"
PEOPLE = Rows(INFO, "oulad_study study", "study.line", STUDY_KEY)
PEOPLE_AT_LAST = Rows(
    INFO,
    "oulad_study study JOIN wanted_student latest USING (id_student) JOIN oulad_info kept ON kept.line = latest.line",
    "study.line",
    "concat_ws(' ', study.code_module, study.code_presentation, study.id_student)",
)
STAYS = Rows(REGISTRATIONS, "oulad_study", "registration_line", STUDY_KEY)
WORK = Rows(
    ASSESSMENTS,
    "oulad_assessments work JOIN oulad_courses course USING (code_module, code_presentation)",
    "work.line",
    "concat_ws(' ', code_module, code_presentation, id_assessment)",
)
UNMARKED = Rows(
    ASSESSMENTS,
    "oulad_assessments work LEFT JOIN (SELECT DISTINCT id_assessment FROM oulad_marks) marked USING (id_assessment)",
    "work.line",
    "concat_ws(' ', code_module, code_presentation, work.id_assessment)",
)
MARKED = Rows(MARKS, "oulad_marks", "line", "concat_ws(' ', id_assessment, id_student)")
HANDED_IN = Rows(
    MARKS,
    "wanted_mark wanted JOIN oulad_marks USING (line)",
    "line",
    "concat_ws(' ', id_assessment, id_student)",
)


def weights(types: str) -> Rows:
    """The weights of one component of each presentation, at its first line."""
    summed = f"""(SELECT min(line) AS line, code_module, code_presentation, sum(weight) AS total
      FROM oulad_assessments WHERE assessment_type IN ({types}) GROUP BY code_module, code_presentation) component"""
    return Rows(ASSESSMENTS, summed, "line", "concat_ws(' ', code_module, code_presentation, 'sum', trim_scale(total))")


COURSEWORK, EXAM = weights("'TMA', 'CMA'"), weights("'Exam'")

# kind, what it means, where it is looked for, and what makes a line one of it.
KINDS: tuple[tuple[str, str, Rows, str], ...] = (
    ("deprivation_band_missing", "no deprivation band: not stated", PEOPLE, "imd_band IS NULL"),
    (
        "deprivation_band_without_percent",
        "band without a percent sign: read as one",
        PEOPLE,
        "imd_band NOT LIKE '%\\%'",
    ),
    (
        "differs_from_latest_presentation",
        "sex, region, education, band or disability differs from the student's latest presentation: the latest is kept",
        PEOPLE_AT_LAST,
        "(study.gender, study.region, study.highest_education, study.imd_band, study.disability) IS DISTINCT FROM"
        " (kept.gender, kept.region, kept.highest_education, kept.imd_band, kept.disability)",
    ),
    ("registration_date_missing", "no date of registration: left empty", STAYS, "date_registration IS NULL"),
    ("registered_after_start", "registered after the start", STAYS, "date_registration > 0"),
    (
        "withdrawal_date_missing",
        "withdrawn without a date: left empty",
        STAYS,
        "final_result = 'Withdrawn' AND date_unregistration IS NULL",
    ),
    (
        "fail_with_withdrawal_date",
        "failed, with a date of withdrawal: both are kept",
        STAYS,
        "final_result = 'Fail' AND date_unregistration IS NOT NULL",
    ),
    (
        "pass_with_withdrawal_date",
        "passed, with a date of withdrawal: both are kept",
        STAYS,
        "final_result IN ('Pass', 'Distinction') AND date_unregistration IS NOT NULL",
    ),
    (
        "left_before_registering",
        "left before the day of registration",
        STAYS,
        "date_unregistration < date_registration",
    ),
    ("left_by_day_0", "left on or before day 0", STAYS, "date_unregistration <= 0"),
    ("left_after_end", "left after the end", STAYS, "date_unregistration > module_presentation_length"),
    (
        "exam_date_missing",
        "exam without a date: left empty; its authors say it is in the last week",
        WORK,
        "date IS NULL AND assessment_type = 'Exam'",
    ),
    ("due_date_missing", "coursework without a date", WORK, "date IS NULL AND assessment_type <> 'Exam'"),
    ("due_after_end", "due after the end", WORK, "date > module_presentation_length"),
    ("assessment_without_marks", "nobody handed anything in", UNMARKED, "marked.id_assessment IS NULL"),
    (
        "coursework_weights_not_100",
        "weights of coursework do not sum to 100: kept as stated",
        COURSEWORK,
        "total <> 100",
    ),
    ("exam_weights_not_100", "weights of exams do not sum to 100: kept as stated", EXAM, "total <> 100"),
    ("score_missing", "handed in and without a score: state submitted", MARKED, "score IS NULL"),
    ("mark_banked", "banked: carried over from an earlier attempt", MARKED, "is_banked"),
    ("submission_date_missing", "no date of submission: left empty", MARKED, "date_submitted IS NULL"),
    (
        "submitted_before_start",
        "handed in before the start, and not banked",
        MARKED,
        "date_submitted < 0 AND NOT is_banked",
    ),
    ("banked_before_start", "banked, with a date before the start", MARKED, "date_submitted < 0 AND is_banked"),
    ("submitted_after_end", "handed in after the end", HANDED_IN, "wanted.submitted_on > ends_on"),
    ("submitted_after_leaving", "handed in after leaving", HANDED_IN, "wanted.submitted_on > withdrawn_on"),
)


def all_oddities() -> list[Oddity]:
    """Every kind that occurs, with its first lines."""
    return [oddity for kind in KINDS if (oddity := looked_for(*kind))]


def looked_for(kind: str, meaning: str, rows: Rows, condition: str) -> Oddity | None:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {rows.line}, {rows.key}, count(*) OVER () FROM {rows.source} WHERE {condition}"
            f" ORDER BY {rows.line} LIMIT {EXAMPLES}"
        )
        found = cursor.fetchall()
    if not found:
        return None
    return Oddity(kind, meaning, found[0][2], tuple(Example(rows.file.name, line, key) for line, key, _ in found))
