"""This file holds what is strange in the source and yet imported: counted by kind, with examples, never dropped silently."""

from dataclasses import dataclass

from django.db import connection

from academic.oulad.source import (
    ASSESSMENTS,
    SITES,
    STUDENT_ASSESSMENT,
    STUDENT_INFO,
    STUDENT_REGISTRATION,
    Source,
    SourceFile,
)

MOST_EXAMPLES = 3


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of oddity: the rows of a file for which it holds, and what was made of them."""

    name: str
    file: SourceFile
    where: str
    made: str
    joined: str = ""


@dataclass(frozen=True, slots=True)
class Oddity:
    """How often one kind was met, what was made of it, and its first places."""

    kind: str
    file: str
    count: int
    made: str
    examples: list[str]


INFO_OF_REGISTRATION = f"JOIN {STUDENT_INFO.table} info USING (code_module, code_presentation, id_student)"
COURSEWORK_SUM = (
    "(SELECT sum(weight) FROM {0} other WHERE other.code_module = {0}.code_module"
    " AND other.code_presentation = {0}.code_presentation AND (other.assessment_type = 'Exam') = {1})"
).format

KINDS = (
    Kind("assessment without a date", ASSESSMENTS, "date IS NULL AND assessment_type <> 'Exam'", "kept without a date"),
    Kind(
        "exam without a date",
        ASSESSMENTS,
        "date IS NULL AND assessment_type = 'Exam'",
        "kept without a date; the publishers say the last week of the presentation",
    ),
    Kind(
        "coursework weights that sum to 0",
        ASSESSMENTS,
        f"assessment_type <> 'Exam' AND {COURSEWORK_SUM(ASSESSMENTS.table, 'false')} = 0",
        "kept as stated",
    ),
    Kind(
        "coursework weights that sum to neither 0 nor 100",
        ASSESSMENTS,
        f"assessment_type <> 'Exam' AND {COURSEWORK_SUM(ASSESSMENTS.table, 'false')} NOT IN (0, 100)",
        "kept as stated",
    ),
    Kind(
        "exam weights that do not sum to 100",
        ASSESSMENTS,
        f"assessment_type = 'Exam' AND {COURSEWORK_SUM(ASSESSMENTS.table, 'true')} <> 100",
        "kept as stated: two exams of 100 are two exams",
    ),
    Kind("deprivation band missing", STUDENT_INFO, "imd_band IS NULL", "not stated"),
    Kind("deprivation band without a percent sign", STUDENT_INFO, "imd_band NOT LIKE '%\\%'", "read as the same band"),
    Kind(
        "age band that changes between presentations",
        STUDENT_INFO,
        f"EXISTS (SELECT FROM {STUDENT_INFO.table} other WHERE other.id_student = {STUDENT_INFO.table}.id_student"
        f" AND other.age_band <> {STUDENT_INFO.table}.age_band)",
        "kept with each registration",
    ),
    Kind(
        "sex, region, education, deprivation or disability that changes between presentations",
        STUDENT_INFO,
        f"EXISTS (SELECT FROM {STUDENT_INFO.table} other WHERE other.id_student = {STUDENT_INFO.table}.id_student"
        " AND (other.gender, other.region, other.highest_education, other.imd_band, other.disability) IS DISTINCT FROM"
        " ({0}.gender, {0}.region, {0}.highest_education, {0}.imd_band, {0}.disability))".format(STUDENT_INFO.table),
        "the latest presentation counts",
    ),
    Kind("registration without a date", STUDENT_REGISTRATION, "date_registration IS NULL", "kept without a date"),
    Kind(
        "withdrawn without a date",
        STUDENT_REGISTRATION,
        "final_result = 'Withdrawn' AND date_unregistration IS NULL",
        "withdrawn, on a day not stated",
        INFO_OF_REGISTRATION,
    ),
    Kind(
        "a date of withdrawal, and the result fail",
        STUDENT_REGISTRATION,
        "final_result = 'Fail' AND date_unregistration IS NOT NULL",
        "failed, with the date kept",
        INFO_OF_REGISTRATION,
    ),
    Kind(
        "a date of withdrawal, and a pass",
        STUDENT_REGISTRATION,
        "final_result IN ('Pass', 'Distinction') AND date_unregistration IS NOT NULL",
        "passed, with the date kept",
        INFO_OF_REGISTRATION,
    ),
    Kind("left on or before the first day", STUDENT_REGISTRATION, "date_unregistration <= 0", "kept"),
    Kind(
        "left before registering",
        STUDENT_REGISTRATION,
        "date_unregistration < date_registration",
        "both dates kept as stated",
    ),
    Kind("submission without a score", STUDENT_ASSESSMENT, "score IS NULL", "handed in, not marked"),
    Kind("mark banked from an earlier attempt", STUDENT_ASSESSMENT, "is_banked = 1", "kept as banked"),
    Kind(
        "submitted before the first day, and not banked",
        STUDENT_ASSESSMENT,
        "date_submitted < 0 AND is_banked = 0",
        "kept with its date",
    ),
)


def list_oddities(source: Source) -> list[Oddity]:
    """What is strange in the staged files, and what of the zip has no room here."""
    with connection.cursor() as cursor:
        found = [oddity for kind in KINDS if (oddity := looked_for(cursor, kind))]
    unused = f"{source.count_rows(SITES)} rows not used: TESC has no room for sites of a learning environment"
    found.append(Oddity("file not used", SITES.name, 1, unused, []))
    if clicks := source.members.get("studentVle.csv"):
        found.append(Oddity("file not used", clicks.filename, 1, "the click log has no room here", []))
    return found + [Oddity("file not known", name, 1, "not read", []) for name in source.unknown]


def looked_for(cursor, kind: Kind) -> Oddity | None:
    table = kind.file.table
    key = " || ', ' || ".join(f"{table}.{column}" for column in kind.file.key)
    cursor.execute(
        f"SELECT count(*) OVER (), {table}.line, {key} FROM {table} {kind.joined} WHERE {kind.where}"
        f" ORDER BY {table}.line LIMIT {MOST_EXAMPLES}".replace("%", "%%"),
        [],
    )
    rows = cursor.fetchall()
    if not rows:
        return None
    examples = [f"line {line}: {', '.join(kind.file.key)} = {key}" for _, line, key in rows]
    return Oddity(kind.name, kind.file.name, rows[0][0], kind.made, examples)
