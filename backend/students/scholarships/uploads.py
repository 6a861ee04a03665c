"""This file holds what a file of scholarships looks like: who was awarded which, and what it becomes."""

# ruff: noqa: S608  What is pasted into the SQL are names of ours.

from decimal import Decimal

from core.bulk.columns import Column, Day, Listed, Number
from core.bulk.contracts import Check, Contract, Derived, Load, declare
from core.currencies import CURRENCIES
from core.texts import folded
from faculties.institutions.days import TODAY
from students.scholarships.models import Award, Scholarship, Sponsor
from students.students.columns import KNOWN_STUDENT, STUDENT_CHECKS, STUDENT_NUMBER

ALSO_CALLED = {"USD": ("us$", "us dollars"), "ZWG": ("zig",), "ZAR": ("south african rand",), "EUR": ("€",)}
KNOWN_SPONSOR = """
students_sponsor sponsor ON sponsor.institution_id = %(institution)s AND sponsor.search_text = staged.sponsor_search"""
KNOWN_SCHOLARSHIP = f"""
{KNOWN_SPONSOR} LEFT JOIN students_scholarship scholarship ON scholarship.institution_id = %(institution)s
  AND scholarship.sponsor_id = sponsor.id AND scholarship.search_text = staged.title_search"""
# An award is known by its student, its scholarship and its first day; of several, by the one that has not ended.
KNOWN_AWARD = """
SELECT DISTINCT ON (student_id, scholarship_id, starts_on) * FROM students_award
WHERE institution_id = %(institution)s ORDER BY student_id, scholarship_id, starts_on, status = 'ended', id DESC"""
SAME_AWARD = f"""
FROM staged JOIN {KNOWN_STUDENT} JOIN {KNOWN_SCHOLARSHIP} JOIN ({KNOWN_AWARD}) own
  ON own.student_id = student.id AND own.scholarship_id = scholarship.id AND own.starts_on = staged.starts_on"""
SAME_TITLE = "above.sponsor_search = staged.sponsor_search AND above.title_search = staged.title_search"

declare(
    Contract(
        name="scholarships",
        title="Scholarships",
        means="One row for each award of a scholarship. Sponsors and scholarships that are not known are added.",
        needs=("students.add_scholarship", "students.add_award", "students.accept_award", "students.change_award"),
        main=Award,
        key=("student_number", "sponsor", "scholarship", "starts_on"),
        columns=(
            STUDENT_NUMBER,
            Column(
                name="sponsor",
                means="The name of who pays.",
                aliases=("sponsor_name", "donor", "funder", "funded_by"),
                required=True,
                examples=("Joshua Nkomo Fund",),
            ),
            Column(
                name="scholarship",
                means="The title of the scholarship.",
                aliases=("scholarship_name", "scholarship_title", "award", "bursary", "title"),
                required=True,
                examples=("Merit scholarship",),
            ),
            Number(
                name="amount",
                means="What the student is awarded in all.",
                aliases=("total", "total_amount", "award_amount", "value"),
                required=True,
                lowest=Decimal("0.01"),
                highest=Decimal("999999999999.99"),
                examples=("2500.00",),
            ),
            Listed(
                name="currency",
                means="The currency, which is one for each scholarship.",
                told="a currency by its name or its three letters of ISO 4217, such as US dollar or USD",
                aliases=("currency_code", "ccy"),
                required=True,
                values=tuple(CURRENCIES),
                also={code: (name, *ALSO_CALLED.get(code, ())) for code, name in CURRENCIES.items()},
                examples=("USD",),
            ),
            Day(
                name="starts_on",
                means="The first day for which it is awarded.",
                aliases=("start_date", "from", "starts", "start"),
                required=True,
                examples=("2026-01-01",),
            ),
            Day(
                name="ends_on",
                means="The last day for which it is awarded.",
                aliases=("end_date", "to", "until", "ends", "end"),
                required=True,
                examples=("2029-12-31",),
            ),
        ),
        derived=(
            Derived(name="sponsor_search", work=lambda row, _: folded(row["sponsor"])),
            Derived(name="title_search", work=lambda row, _: folded(row["scholarship"])),
        ),
        loads=(
            Load(
                model=Sponsor,
                wanted="""
                SELECT DISTINCT ON (sponsor_search) number, sponsor AS name, sponsor_search AS search_text
                FROM staged ORDER BY sponsor_search, number""",
                key=("search_text",),
                given={"name": "wanted.name"},
            ),
            Load(
                model=Scholarship,
                wanted="""
                SELECT DISTINCT ON (sponsor_search, title_search) staged.number, scholarship AS title,
                  title_search AS search_text, sponsor.id AS sponsor_id, currency AS currency_of_new
                FROM staged JOIN wanted_sponsor sponsor ON sponsor.search_text = staged.sponsor_search
                ORDER BY sponsor_search, title_search, staged.number""",
                key=("sponsor_id", "search_text"),
                given={"title": "wanted.title", "currency": "wanted.currency_of_new"},
            ),
            Load(
                model=Award,
                wanted=f"""
                SELECT staged.number, student.id AS student_id, scholarship.id AS scholarship_id, staged.amount,
                  staged.currency, staged.starts_on, staged.ends_on,
                  CASE WHEN ends_on < {TODAY} THEN 'ended' ELSE 'active' END AS status_of_new,
                  CASE WHEN ends_on < {TODAY} THEN ends_on END AS ended_on_of_new
                FROM staged JOIN {KNOWN_STUDENT}
                JOIN wanted_sponsor sponsor ON sponsor.search_text = staged.sponsor_search
                JOIN wanted_scholarship scholarship
                  ON scholarship.sponsor_id = sponsor.id AND scholarship.search_text = staged.title_search""",
                key=(),
                match="own.student_id = wanted.student_id AND own.scholarship_id = wanted.scholarship_id"
                " AND own.starts_on = wanted.starts_on",
                known=KNOWN_AWARD,
                stated={"amount": "amount", "ends_on": "ends_on"},
                given={
                    "student_id": "wanted.student_id",
                    "scholarship_id": "wanted.scholarship_id",
                    "currency": "wanted.currency",
                    "starts_on": "wanted.starts_on",
                    "status": "wanted.status_of_new",
                    "ended_on": "wanted.ended_on_of_new",
                },
            ),
        ),
        checks=(
            *STUDENT_CHECKS,
            Check(
                column="ends_on",
                code="ends_before_it_starts",
                found="SELECT number, ends_on FROM staged WHERE ends_on < starts_on ORDER BY number",
                words="a day that is not before the first one",
            ),
            Check(
                column="currency",
                code="another_currency",
                found=f"""
                SELECT staged.number, staged.currency FROM staged LEFT JOIN {KNOWN_SCHOLARSHIP}
                WHERE staged.currency <> coalesce(scholarship.currency, (
                  SELECT currency FROM staged above WHERE {SAME_TITLE} ORDER BY above.number LIMIT 1))
                ORDER BY staged.number""",
                words="the currency of this scholarship in the register, or else in the first row that names it",
            ),
            Check(
                column="starts_on",
                code="awarded_already",
                found=f"""
                SELECT staged.number, staged.starts_on FROM staged
                LEFT JOIN {KNOWN_STUDENT} LEFT JOIN {KNOWN_SCHOLARSHIP}
                WHERE EXISTS (
                  SELECT FROM students_award other WHERE other.institution_id = %(institution)s
                    AND other.student_id = student.id AND other.scholarship_id = scholarship.id
                    AND other.status <> 'ended' AND other.starts_on <> staged.starts_on
                    AND other.starts_on <= staged.ends_on AND staged.starts_on <= other.ends_on
                ) OR EXISTS (
                  SELECT FROM staged above WHERE {SAME_TITLE} AND above.student_number = staged.student_number
                    AND above.number < staged.number
                    AND above.starts_on <= staged.ends_on AND staged.starts_on <= above.ends_on
                ) ORDER BY staged.number""",
                words="days in which neither the register nor a row above gives the student this scholarship",
            ),
            Check(
                column="scholarship",
                code="full",
                found=f"""
                SELECT number, title FROM (
                  SELECT staged.number, scholarship.title, scholarship.seats, count(*) OVER (
                    PARTITION BY scholarship.id ORDER BY staged.number) AS place, (
                    SELECT count(*) FROM students_award award WHERE award.institution_id = %(institution)s
                      AND award.scholarship_id = scholarship.id AND award.status <> 'ended') AS taken
                  FROM staged JOIN {KNOWN_STUDENT} JOIN {KNOWN_SCHOLARSHIP} LEFT JOIN ({KNOWN_AWARD}) own
                    ON own.student_id = student.id AND own.scholarship_id = scholarship.id
                      AND own.starts_on = staged.starts_on
                  WHERE own.id IS NULL AND staged.ends_on >= {TODAY} AND scholarship.seats IS NOT NULL
                ) counted WHERE taken + place > seats ORDER BY number""",
                words="a scholarship with a seat left; those above took the last ones",
            ),
            Check(
                column="amount",
                code="below_tranches",
                found=f"""
                SELECT staged.number, staged.amount {SAME_AWARD}
                WHERE staged.amount < (
                  SELECT sum(tranche.amount) FROM students_tranche tranche
                  WHERE tranche.institution_id = own.institution_id AND tranche.award_id = own.id)
                ORDER BY staged.number""",
                words="at least what the tranches of this award come to",
            ),
            Check(
                column="starts_on",
                code="award_ended",
                found=f"""
                SELECT staged.number, staged.starts_on {SAME_AWARD}
                WHERE own.status = 'ended'
                  AND (own.amount, own.ends_on) IS DISTINCT FROM (staged.amount, staged.ends_on)
                ORDER BY staged.number""",
                words="what the register says of this award: one that ended stays as it was",
            ),
            Check(
                column="sponsor",
                code="will_be_added",
                found=f"""
                SELECT min(staged.number), min(staged.sponsor) FROM staged LEFT JOIN {KNOWN_SPONSOR}
                WHERE sponsor.id IS NULL GROUP BY sponsor_search ORDER BY 1""",
                words="These sponsors are not known here, and are added. Correct the names that are another's.",
                is_warning=True,
            ),
            Check(
                column="scholarship",
                code="will_be_added",
                found=f"""
                SELECT min(staged.number), min(staged.scholarship) FROM staged LEFT JOIN {KNOWN_SCHOLARSHIP}
                WHERE scholarship.id IS NULL GROUP BY sponsor_search, title_search ORDER BY 1""",
                words="These scholarships are not known here, and are added. Correct the titles that are another's.",
                is_warning=True,
            ),
        ),
    )
)
