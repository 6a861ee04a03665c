"""This file holds the tests of the Open University import: what it refuses, and what it finds odd and keeps."""

import json
import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from types import MappingProxyType

import pytest
from django.core.management import CommandError

from academic.factories import make_course
from academic.models import Course, Enrollment, Program, Term
from academic.oulad.rules import NEEDS, import_oulad
from academic.tests.oulad_lab import FILES, as_published, open_university, pack, run, stored
from core.actor import Actor
from core.audit.models import AuditEntry
from core.tenancy.scope import reaching
from faculties.models import Department, Faculty
from students.factories import make_student
from students.models import Student

pytestmark = pytest.mark.django_db
# What is odd in the small archive already.
USUAL_ODDITIES = {"mark_banked", "banked_before_start"}


@pytest.fixture
def packed(tmp_path: Path) -> Callable[..., Path]:
    """`packed({"courses.csv": ("268", "300")})` is the small archive with another length."""
    return lambda changes=MappingProxyType({}): pack(tmp_path / "small.zip", changes)


# --- What is refused, with nothing changed ---------------------------------------------------------------------------
FAULTS = [
    # Wrong columns
    ("courses.csv", ("module_presentation_length", "length"), 1, r"module_presentation_length is missing; length is"),
    ("courses.csv", ("code_module,", ""), 1, r"code_module is missing"),
    ("assessments.csv", ("weight", "weight,note"), 1, r"note is one too many"),
    ("assessments.csv", ("weight", "weight,weight"), 1, r"weight is one too many"),
    ("studentInfo.csv", b"\n", 1, r"code_module is missing"),
    ("studentInfo.csv", b"", 1, r"the file ends within this line"),
    # Wrong number of fields
    ("assessments.csv", ("1,TMA,19,100", "1,TMA,19"), 2, r"missing data for column .weight"),
    ("assessments.csv", ("2,Exam,230,100", "2,Exam,230,100,7"), 3, r"extra data"),
    ("assessments.csv", ("AAA,2013B,2,Exam,230,100", ""), 3, r"missing data"),
    # Bad values
    ("studentAssessment.csv", ("0,30", "0,thirty"), 2, r"score must be a number from 0 to 100 .*not .thirty"),
    ("studentAssessment.csv", ("0,35.5", "0,101"), 3, r"score must be a number from 0 to 100"),
    ("studentAssessment.csv", ("0,35.5", "0,-1"), 3, r"score must be"),
    ("studentAssessment.csv", ("0,35.5", "0,NaN"), 3, r"score must be"),
    ("studentAssessment.csv", ("0,35.5", "0,35.555"), 3, r"score must be .*2 decimals"),
    ("studentAssessment.csv", ("0,35.5", "2,35.5"), 3, r"is_banked must be 0 or 1"),
    ("studentAssessment.csv", ("1,11,18", "1,11,18.5"), 2, r"date_submitted must be a whole number"),
    ("studentAssessment.csv", ("1,11,18", "1,11,99999"), 2, r"date_submitted must be"),
    ("studentAssessment.csv", ("1,11,18", "1,11,99999999999999999999"), 2, r"date_submitted must be"),
    ("studentAssessment.csv", ("1,11,18", "1,,18"), 2, r"id_student must be a whole number"),
    ("studentRegistration.csv", ("12,-20", "12,soon"), 4, r"date_registration must be"),
    ("courses.csv", ("268", "0"), 3, r"module_presentation_length must be"),
    ("courses.csv", ("268", ""), 3, r"module_presentation_length must be"),
    ("courses.csv", ("2013J", "2013K"), 3, r"code_presentation must be a year, then B"),
    ("assessments.csv", ("100", "100.5"), 2, r"weight must be a number from 0 to 100"),
    # Bad choices
    ("assessments.csv", ("CMA", "Quiz"), 4, r"assessment_type must be one of TMA, CMA, Exam"),
    ("studentInfo.csv", ("12,M", "12,X"), 4, r"gender must be one of F, M"),
    ("studentInfo.csv", ("55<=", "60+"), 4, r"age_band must be one of 0-35, 35-55, 55<="),
    ("studentInfo.csv", ("90-100%", "poor"), 4, r"imd_band must be a band such as 20-30%"),
    ("studentInfo.csv", ("Y,Withdrawn", "Y,Left"), 4, r"final_result must be one of Distinction"),
    ("studentInfo.csv", ("Y,Withdrawn", "?,Withdrawn"), 4, r"disability must be one of Y, N"),
    ("studentInfo.csv", ("Scotland", "S" * 61), 4, r"region must be a text of 1 to 60 characters"),
    # Keys that lead nowhere
    ("assessments.csv", ("AAA,2013J,3", "BBB,2013J,3"), 4, r"courses.csv has no such presentation: BBB 2013J"),
    ("studentInfo.csv", ("AAA,2013J,12", "AAA,2014J,12"), 4, r"courses.csv has no such presentation: AAA 2014J"),
    ("studentRegistration.csv", ("AAA,2013J,12", "AAA,2013J,13"), 4, r"studentInfo.csv has no such .*AAA 2013J 13"),
    ("studentRegistration.csv", ("AAA,2013J,12,-20,50", "AAA,2013B,12,-20,50"), 4, r"studentInfo.csv has no such"),
    ("studentAssessment.csv", ("4,11", "9,11"), 6, r"assessments.csv has no such assessment: 9"),
    ("studentAssessment.csv", ("2,11", "2,12"), 3, r"studentRegistration.csv has no such student .*12 in AAA 2013B"),
    # Keys that stand there twice
    ("courses.csv", ("AAA,2013J", "AAA,2013B"), 3, r"the same code_module, code_presentation stands on an earlier"),
    ("assessments.csv", ("2013B,2", "2013B,1"), 3, r"the same id_assessment stands"),
    ("studentInfo.csv", ("2013J,11", "2013B,11"), 3, r"the same .*id_student stands"),
    ("studentAssessment.csv", ("3,12", "3,11"), 5, r"the same id_assessment, id_student stands"),
]  # fmt: skip


@pytest.mark.parametrize(("file", "change", "line", "said"), FAULTS)
def test_a_fault_in_a_file_is_named_with_its_line_and_changes_nothing(packed, file, change, line, said):
    refused(packed({file: change}), rf"^{file}, line {line}: {said}")


def refused(path: Path, said: str) -> None:
    before, entries = stored(), AuditEntry.objects.count()
    with pytest.raises(CommandError) as refusal:
        run(path)
    assert re.search(said, str(refusal.value)), refusal.value
    assert str(refusal.value).endswith("Nothing was imported.")
    assert stored() == before
    assert AuditEntry.objects.count() == entries


def test_a_fault_in_a_second_run_changes_nothing_either(packed):
    run(packed())
    changed = as_published(FILES["studentInfo.csv"].replace("Scotland", "Ireland"))
    path = packed({"studentInfo.csv": changed, "studentAssessment.csv": ("4,11", "9,11")})
    refused(path, "studentAssessment.csv, line 6: assessments.csv has no such assessment: 9")


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda text: text[:-9], r"line 6: (unterminated|missing|the file ends within this line)"),
        (lambda text: text[:-2], r"line 6: the file ends within this line: it was cut short"),
        (lambda text: text.replace(b"78", b"7\xff8"), r"line 4: this is not UTF-8"),
        (lambda text: text.replace(b"78", b"7\x008"), r"line 4: "),
        (lambda text: b"\xff" + text, r"line 1: this is not UTF-8"),
        (lambda text: text.replace(b'"78"', b'"7\n8"'), r"line [45]: score must be"),
        (lambda text: text.replace(b'"78"', b'"78'), r"line 4: a quotation mark is not closed"),
    ],
)
def test_a_damaged_file_is_refused(packed, damage, said):
    text = as_published(FILES["studentAssessment.csv"])
    refused(packed({"studentAssessment.csv": damage(text)}), rf"studentAssessment.csv, {said}")


@pytest.mark.parametrize("file", list(FILES))
def test_a_missing_file_is_named(packed, file):
    refused(packed({file: None}), rf"small.zip: {file} is missing")


def test_a_file_without_rows_leaves_nothing_to_import(packed):
    headers = {name: as_published(text.strip().splitlines()[0]) for name, text in FILES.items()}
    refused(packed(headers), "courses.csv has no rows")


def test_what_is_no_archive_is_refused(packed, tmp_path):
    refused(tmp_path / "absent.zip", "absent.zip: No such file")
    whole = packed().read_bytes()
    (tmp_path / "cut.zip").write_bytes(whole[: len(whole) // 2])
    refused(tmp_path / "cut.zip", "cut.zip: this is no zip archive, or one that was cut short")
    (tmp_path / "damaged.zip").write_bytes(whole.replace(b'"0","35.5"', b'"0","45.5"', 1))
    refused(tmp_path / "damaged.zip", "studentAssessment.csv: .* the archive is damaged")


def test_a_file_that_stands_twice_in_the_archive_is_refused(packed):
    refused(packed({"copy/courses.csv": as_published(FILES["courses.csv"])}), "it holds courses.csv twice")


def test_a_course_of_another_program_is_not_taken_over(packed, harare):
    make_course(harare, code="AAA")
    with pytest.raises(
        CommandError, match=r"courses.csv, line 2: another program of this institution has a course AAA"
    ):
        run(packed(), "--institution", "HARARE")
    with reaching(harare.pk):
        assert (Course.objects.count(), Term.objects.count()) == (1, 0)


def test_a_student_who_has_died_is_not_enrolled(packed, harare):
    make_student(harare, number="12", status="deceased")
    with pytest.raises(CommandError, match=r"studentInfo.csv, line 4: student 12 has died here"):
        run(packed(), "--institution", "HARARE")
    with reaching(harare.pk):
        assert (Student.objects.count(), Faculty.objects.count(), Department.objects.count()) == (1, 0, 0)


def test_a_program_of_another_kind_is_not_taken_over(packed):
    run(packed())
    with reaching(open_university().pk):
        Program.objects.update(status="closed")
    refused(packed(), "The program MODULES of The Open University is not an active one")


def test_who_left_does_not_register_again(packed):
    run(packed({"studentInfo.csv": ("AAA,2013J,11,F,Wales,HE Qualification,20-30%,35-55,1,90,N,Pass\n", ""),
                "studentRegistration.csv": ("AAA,2013J,11,-10,\n", ""),
                "studentAssessment.csv": as_published("""
                    id_assessment,id_student,date_submitted,is_banked,score
                    1,11,18,0,30""")}))  # fmt: skip
    with reaching(open_university().pk):
        Enrollment.objects.filter(student__number="11").update(status="withdrawn", ended_on=date(2014, 7, 1))
    refused(packed(), "studentInfo.csv, line 3: student 11 has left module study here")


# --- What is odd, and kept -------------------------------------------------------------------------------------------
NEW_TMA, NEW_EXAM = "AAA,2013B,5,TMA,9,0\nAAA,2013J,4", "AAA,2013B,5,Exam,9,100\nAAA,2013J,4"
ODD = [
    ("studentInfo.csv", ("90-100%", ""), "deprivation_band_missing", 4, "AAA 2013J 12"),
    ("studentInfo.csv", ("90-100%", "10-20"), "deprivation_band_without_percent", 4, "AAA 2013J 12"),
    ("studentInfo.csv", ("Wales", "Ireland"), "differs_from_latest_presentation", 2, "AAA 2013B 11"),
    ("studentRegistration.csv", ("11,-30", "11,"), "registration_date_missing", 2, "AAA 2013B 11"),
    ("studentRegistration.csv", ("11,-30", "11,5"), "registered_after_start", 2, "AAA 2013B 11"),
    ("studentRegistration.csv", ("-20,50", "-20,"), "withdrawal_date_missing", 4, "AAA 2013J 12"),
    ("studentRegistration.csv", ("11,-30,", "11,-30,250"), "fail_with_withdrawal_date", 2, "AAA 2013B 11"),
    ("studentRegistration.csv", ("11,-10,", "11,-10,265"), "pass_with_withdrawal_date", 3, "AAA 2013J 11"),
    ("studentRegistration.csv", ("-20,50", "-20,-30"), "left_before_registering", 4, "AAA 2013J 12"),
    ("studentRegistration.csv", ("-20,50", "-20,0"), "left_by_day_0", 4, "AAA 2013J 12"),
    ("studentRegistration.csv", ("-20,50", "-20,269"), "left_after_end", 4, "AAA 2013J 12"),
    ("assessments.csv", ("Exam,230", "Exam,"), "exam_date_missing", 3, "AAA 2013B 2"),
    ("assessments.csv", ("TMA,19", "TMA,"), "due_date_missing", 2, "AAA 2013B 1"),
    ("assessments.csv", ("Exam,230", "Exam,241"), "due_after_end", 3, "AAA 2013B 2"),
    ("assessments.csv", ("AAA,2013J,4", NEW_TMA), "assessment_without_marks", 5, "AAA 2013B 5"),
    ("assessments.csv", ("TMA,19,100", "TMA,19,0"), "coursework_weights_not_100", 2, "AAA 2013B sum 0"),
    ("assessments.csv", ("AAA,2013J,4", NEW_EXAM), "exam_weights_not_100", 3, "AAA 2013B sum 200"),
    ("studentAssessment.csv", ("0,30", "0,"), "score_missing", 2, "1 11"),
    ("studentAssessment.csv", ("11,18", "11,"), "submission_date_missing", 2, "1 11"),
    ("studentAssessment.csv", ("11,18", "11,-2"), "submitted_before_start", 2, "1 11"),
    ("studentAssessment.csv", ("11,18", "11,241"), "submitted_after_end", 2, "1 11"),
    ("studentAssessment.csv", ("12,19", "12,51"), "submitted_after_leaving", 5, "3 12"),
]  # fmt: skip


@pytest.mark.parametrize(("file", "change", "kind", "line", "key"), ODD)
def test_what_is_odd_is_kept_and_told_by_kind(packed, tmp_path, file, change, kind, line, key):
    told = run(packed({file: change}), "--report", str(tmp_path / "report.json"))
    report = json.loads((tmp_path / "report.json").read_text())
    odd = {one["kind"]: one for one in report["oddities"]}
    assert odd.keys() >= USUAL_ODDITIES | {kind}
    assert (odd[kind]["count"], odd[kind]["examples"]) == (1, [{"file": file, "line": line, "key": key}])
    assert f"({kind})" in told


def test_nothing_else_is_odd_in_a_plain_archive(packed):
    report = import_oulad(Actor.system("import_oulad", *NEEDS), packed())
    assert {oddity.kind for oddity in report.oddities} == USUAL_ODDITIES


def test_what_has_no_room_here_is_counted_and_told(packed):
    clicks = """
        code_module,code_presentation,id_student,id_site,date,sum_click
        AAA,2013J,11,546943,1,4
        AAA,2013J,11,546943,2,1"""
    told = run(packed({"studentVle.csv": as_published(clicks)}))
    assert re.search(r"vle.csv +1  not used", told)
    assert re.search(r"studentVle.csv +2  not used", told)


def test_the_authors_are_named(packed):
    assert "Kuzilek J., Hlosta M., Zdrahal Z. (2017)" in run(packed())


def test_no_progress_is_shown_where_nobody_watches(packed, capsys):
    run(packed())
    assert capsys.readouterr().err == ""
