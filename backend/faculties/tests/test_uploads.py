"""This file holds the tests of uploads, by the sets of this app."""

from datetime import timedelta
from io import BytesIO

import openpyxl
import pytest
from django.db import connection
from django.utils import timezone

from core.audit.models import AuditEntry
from core.bulk import api, tasks
from core.bulk.contracts import CONTRACTS
from core.bulk.events import UploadToCommit
from core.bulk.models import StagedRow, Upload, UploadEffect
from core.bulk.rules import ADD, CHANGE, VIEW, send, undo
from core.errors import Conflict, NotAllowed, RuleBroken
from core.tenancy.scope import reaching
from core.testing.fixtures import client_of, person_at
from core.tests.uploads_lab import UPLOADS, as_file, checked, committed, uploader, workbook, worked
from faculties.factories import make_department
from faculties.faculties.rules import change_faculty
from faculties.models import Faculty, Institution

pytestmark = pytest.mark.django_db
HEADER = ("Code", "Faculty name")


@pytest.fixture
def person(harare: Institution):
    with reaching(harare.pk):
        yield uploader(harare, "faculties", "departments")


def test_a_file_is_planned_and_changes_nothing(person):
    upload = checked(person, "faculties", workbook(HEADER, ("SCI", "Faculty of Science"), ("ART", "Faculty of Arts")))
    assert upload.failure is None
    assert (upload.state, upload.rows_count, upload.error_rows_count) == (Upload.State.PLANNED, 2, 0)
    assert {name: upload.plan[name] for name in ("create", "change", "unchanged", "end")} == {
        "create": 2, "change": 0, "unchanged": 0, "end": 0,
    }  # fmt: skip
    assert not Faculty.objects.exists()


def test_a_commit_does_what_was_planned(person):
    upload = checked(person, "faculties", workbook(HEADER, ("SCI", "Faculty of Science")))
    assert committed(person, upload).state == Upload.State.COMMITTED
    assert list(Faculty.objects.values_list("code", "name", "search_text")) == [
        ("SCI", "Faculty of Science", "faculty of science sci")
    ]
    assert not StagedRow.objects.exists()


def test_the_same_file_twice_changes_nothing(person):
    content = workbook(HEADER, ("SCI", "Faculty of Science"))
    committed(person, checked(person, "faculties", content))
    before = Faculty.objects.get()
    again = checked(person, "faculties", content)
    assert (again.plan["create"], again.plan["change"], again.plan["unchanged"]) == (0, 0, 1)
    assert committed(person, again).state == Upload.State.COMMITTED
    assert Faculty.objects.get().version == before.version


def test_departments_find_their_faculty_by_code_or_name_and_errors_tell_the_nearest(person):
    committed(person, checked(person, "faculties", workbook(HEADER, ("SCI", "Faculty of Science"))))
    upload = checked(
        person, "departments",
        workbook(
            ("code", "name", "faculty"),
            ("CS", "Computing", "sci"),
            ("PH", "Physics", "Faculty of Science"),
            ("X", "X", "Faculty of Sience"),
        ),
    )  # fmt: skip
    assert (upload.plan["create"], upload.error_rows_count) == (1, 2)


# --- Correcting ---
def test_a_wrong_cell_tells_what_was_found_what_is_allowed_and_the_nearest(person):
    committed(person, checked(person, "faculties", workbook(HEADER, ("SCI", "Faculty of Science"))))
    upload = checked(
        person, "departments", workbook(("code", "name", "faculty"), ("PH", "Physics", "Faculty of Sience"))
    )
    (row,) = client_of(person).get(f"{UPLOADS}{upload.pk}/rows/", {"state": "error"}).json()["data"]
    assert row["errors"] == [
        {
            "column": "faculty",
            "code": "not_known",
            "found": "Faculty of Sience",
            "allowed": "the code or the name of an open faculty of this institution",
            "nearest": "Faculty of Science",
        }
    ]


def test_corrected_rows_are_checked_again_and_committed(person):
    upload = checked(person, "faculties", workbook(HEADER, ("SCI", "Faculty of Science"), (None, "Faculty of Arts")))
    with pytest.raises(RuleBroken, match="1 row has errors"):
        committed(person, upload)
    answer = client_of(person).patch(f"{UPLOADS}{upload.pk}/rows/3/", {"cells": {"code": "ART"}})
    assert (answer.status_code, answer.json()["data"]["errors"]) == (200, [])
    with pytest.raises(RuleBroken, match="Check it again"):
        committed(person, Upload.objects.get())
    assert client_of(person).post(f"{UPLOADS}{upload.pk}/check/").status_code == 200
    assert committed(person, worked(upload)).state == Upload.State.COMMITTED
    assert set(Faculty.objects.values_list("code", flat=True)) == {"SCI", "ART"}


def test_the_good_rows_alone_are_committed_on_request_and_the_rest_is_kept(person):
    upload = checked(person, "faculties", workbook(HEADER, ("SCI", "Faculty of Science"), (None, "Faculty of Arts")))
    assert committed(person, upload, mode="good_rows").state == Upload.State.COMMITTED
    assert Faculty.objects.get().code == "SCI"
    assert [row.number for row in StagedRow.objects.all()] == [3]


def test_the_rows_come_in_pages_in_the_order_of_the_file(person):
    rows = [(None if number % 3 == 0 else f"F{number}", f"Faculty {number}") for number in range(30)]
    upload = checked(person, "faculties", workbook(HEADER, *rows))
    numbers, after = [], 0
    while after is not None:
        body = client_of(person).get(f"{UPLOADS}{upload.pk}/rows/", {"after": after, "limit": 7}).json()
        numbers += [row["number"] for row in body["data"]]
        after = body["meta"]["after"]
    assert numbers == list(range(2, 32))


def test_a_row_that_repeats_another_one_is_wrong(person):
    upload = checked(person, "faculties", workbook(HEADER, ("SCI", "Science"), ("SCI", "Science again")))
    (row,) = client_of(person).get(f"{UPLOADS}{upload.pk}/rows/?state=error").json()["data"]
    assert (row["number"], row["errors"][0]["code"]) == (3, "twice_in_file")


def test_the_marked_workbook_can_be_mended_and_sent_again(person):
    upload = checked(person, "faculties", workbook(HEADER, ("SCI", "Science"), (None, "Arts")))
    answer = client_of(person).get(f"{UPLOADS}{upload.pk}/marked/")
    made = openpyxl.load_workbook(BytesIO(answer.content))
    assert "Found: nothing." in made["Faculties"]["A3"].comment.text
    made["Faculties"]["A3"] = "ART"
    mended = BytesIO()
    made.save(mended)
    assert checked(person, "faculties", mended.getvalue()).plan["create"] == 2


# --- Files that can't be taken ---
@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty_file"),
        (b"code,name\n", "empty_file"),
        (b"%PDF-1.7 " + bytes(range(256)) * 8, "not_a_spreadsheet"),
        (b"this,that\n1,2\n", "header_missing"),
        (b"code,title\nSCI,Science\n", "header_missing"),
        (b"code,opened_on,nam\nSCI,,Science\n", "columns_missing"),
        (b"code,name,faculty_name\nSCI,Science,Science\n", "column_twice"),
    ],
)
def test_a_file_that_can_not_be_read_fails_and_says_why(person, content, code):
    upload = checked(person, "faculties", content)
    assert (upload.state, upload.failure["code"]) == (Upload.State.FAILED, code)
    assert not StagedRow.objects.exists()


def test_columns_that_are_none_of_the_set_are_left_aside_and_told(person):
    upload = checked(person, "faculties", workbook((*HEADER, "Remarks"), ("SCI", "Science", "old")))
    assert [(note["code"], "Remarks" in note["message"]) for note in upload.notes] == [("columns_left_aside", True)]


def test_a_title_above_the_header_does_no_harm(person):
    assert checked(person, "faculties", workbook(("Our faculties",), HEADER, ("SCI", "Science"))).plan["create"] == 1


def test_a_file_of_more_than_twenty_mebibytes_is_refused_at_once(person, monkeypatch):
    monkeypatch.setattr(api, "LARGEST", 100)
    answer = client_of(person).post(UPLOADS, {"set": "faculties", "file": as_file(b"x" * 200)}, format="multipart")
    assert (answer.status_code, Upload.objects.count()) == (413, 0)


# --- Who may ---
def test_whoever_may_not_enter_such_rows_may_not_upload_them(harare):
    with reaching(harare.pk):
        clerk = person_at(harare, VIEW, ADD, CHANGE)
        with pytest.raises(NotAllowed, match=r"faculties\.add_faculty"):
            checked(clerk, "faculties", workbook(HEADER, ("SCI", "Science")))
        assert not Upload.objects.exists()


def test_a_head_of_one_unit_uploads_nothing_of_the_institution(harare, person):
    department = make_department(harare)
    with pytest.raises(NotAllowed):
        send(
            person_at(department, ADD, *CONTRACTS["faculties"].needs).actor,
            set="faculties",
            file=as_file(b"code,name\nA,B\n"),
        )


def test_rows_are_seen_only_with_the_right_to_enter_such_rows(person, harare):
    upload = checked(person, "faculties", workbook(HEADER, ("SCI", "Science")))
    assert client_of(person_at(harare, VIEW)).get(f"{UPLOADS}{upload.pk}/rows/").status_code == 403
    assert AuditEntry.objects.filter(rule="core.upload.read").count() == 0
    client_of(person).get(f"{UPLOADS}{upload.pk}/rows/")
    assert AuditEntry.objects.filter(rule="core.upload.read").count() == 1


def test_nothing_of_a_waiting_row_lies_in_clear(person):
    checked(person, "faculties", workbook(HEADER, ("SCI", "Faculty of Secrets")))
    with connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(row::text, '') FROM core_stagedrow row")
        assert "Secrets" not in cursor.fetchone()[0]


# --- The register is the truth ---
def test_what_changed_since_the_plan_is_planned_anew_and_nothing_is_done(person, harare):
    upload = checked(person, "faculties", workbook(HEADER, ("SCI", "Science"), ("ART", "Arts")))
    Faculty(institution=harare, code="ART", name="Fine Arts").save_checked()
    upload = committed(person, upload)
    assert (upload.state, upload.failure["code"], upload.plan["change"]) == (Upload.State.PLANNED, "plan_changed", 1)
    assert Faculty.objects.get().name == "Fine Arts"
    assert committed(person, upload).state == Upload.State.COMMITTED


def test_a_commit_that_is_told_twice_is_done_once(person):
    upload = committed(person, checked(person, "faculties", workbook(HEADER, ("SCI", "Science"))))
    tasks.commit(UploadToCommit(upload.pk, upload.institution_id, None, "again"))
    assert Faculty.objects.count() == 1
    assert AuditEntry.objects.filter(rule="core.upload.committed").count() == 1


def test_a_cancelled_upload_leaves_nothing(person):
    upload = checked(person, "faculties", workbook(HEADER, ("SCI", "Science")))
    assert client_of(person).post(f"{UPLOADS}{upload.pk}/cancel/").json()["data"]["state"] == "cancelled"
    assert not StagedRow.objects.exists()
    with pytest.raises(RuleBroken, match="cancelled"):
        committed(person, upload)


# --- Ending, sticking, undoing ---
def test_a_complete_file_ends_what_it_lacks(person, harare):
    for number in range(10):
        Faculty(institution=harare, code=f"F{number}", name=f"Faculty {number}").save_checked()
    rows = [(f"F{number}", f"Faculty {number}") for number in range(9)]
    upload = checked(person, "faculties", workbook(HEADER, *rows), is_complete=True)
    assert (upload.plan["end"], upload.plan["unchanged"]) == (1, 9)
    committed(person, upload)
    assert [one.code for one in Faculty.objects.filter(closed_on__isnull=False)] == ["F9"]


def test_a_file_that_would_end_more_than_a_tenth_is_refused_unless_it_is_meant(person, harare):
    for number in range(10):
        Faculty(institution=harare, code=f"F{number}", name=f"Faculty {number}").save_checked()
    upload = checked(person, "faculties", workbook(HEADER, ("F0", "Faculty 0")), is_complete=True)
    upload = committed(person, upload)
    assert (upload.state, upload.failure["code"]) == (Upload.State.PLANNED, "would_end_many")
    assert not Faculty.objects.filter(closed_on__isnull=False).exists()
    committed(person, upload, may_end_many=True)
    assert Faculty.objects.filter(closed_on__isnull=False).count() == 9


def test_what_was_changed_by_hand_is_kept_unless_the_upload_asks_otherwise(person):
    content = workbook(HEADER, ("SCI", "Science"))
    committed(person, checked(person, "faculties", content))
    change_faculty(person.actor, Faculty.objects.get(), name="Faculty of Natural Science")
    kept = checked(person, "faculties", workbook(HEADER, ("SCI", "Sciences")))
    assert kept.plan["unchanged"] == 1
    overwritten = checked(person, "faculties", workbook(HEADER, ("SCI", "Sciences")), overwrites=True)
    committed(person, overwritten)
    assert Faculty.objects.get().name == "Sciences"
    following = checked(person, "faculties", workbook(HEADER, ("SCI", "Science and more")))
    assert following.plan["change"] == 1


def test_a_blank_cell_takes_nothing_away(person):
    header = (*HEADER, "opened_on")
    committed(person, checked(person, "faculties", workbook(header, ("SCI", "Science", "1990-01-01"))))
    assert checked(person, "faculties", workbook(header, ("SCI", "Science", None))).plan["unchanged"] == 1


def test_an_upload_is_undone_as_a_whole(person):
    committed(person, checked(person, "faculties", workbook(HEADER, ("SCI", "Science"))))
    upload = committed(person, checked(person, "faculties", workbook(HEADER, ("SCI", "Sciences"), ("ART", "Arts"))))
    undone = undo(person.actor, upload)
    assert undone.state == Upload.State.UNDONE
    assert list(Faculty.objects.values_list("code", "name", "search_text")) == [("SCI", "Science", "science sci")]


def test_what_somebody_touched_since_is_not_undone(person):
    upload = committed(person, checked(person, "faculties", workbook(HEADER, ("SCI", "Science"), ("ART", "Arts"))))
    change_faculty(person.actor, Faculty.objects.get(code="ART"), name="Fine Arts")
    with pytest.raises(Conflict) as refusal:
        undo(person.actor, upload)
    assert (refusal.value.code, Faculty.objects.count()) == ("changed_since", 2)


def test_what_others_hang_on_is_not_undone(person, harare):
    upload = committed(person, checked(person, "faculties", workbook(HEADER, ("SCI", "Science"))))
    make_department(harare, faculty=Faculty.objects.get())
    with pytest.raises(Conflict) as refusal:
        undo(person.actor, upload)
    assert (refusal.value.code, Faculty.objects.count()) == ("still_in_use", 1)


# --- Templates ---
@pytest.mark.parametrize("form", ["xlsx", "csv"])
def test_a_template_comes_back_as_a_file_that_is_understood(person, form):
    content = client_of(person).get(f"{UPLOADS}sets/faculties/template/", {"as": form}).content
    upload = checked(person, "faculties", content)
    assert upload.failure["code"] == "empty_file"


def test_the_sets_are_those_one_may_load(person, harare):
    names = [one["name"] for one in client_of(person).get(f"{UPLOADS}sets/").json()["data"]]
    assert names == ["departments", "faculties"]
    assert client_of(person_at(harare, ADD)).get(f"{UPLOADS}sets/").json()["data"] == []


# --- Forgetting ---
def test_rows_that_nobody_went_on_with_are_forgotten_after_two_weeks(person):
    checked(person, "faculties", workbook(HEADER, ("SCI", "Science")))
    assert (tasks.forget_old(), StagedRow.objects.count()) == (0, 1)
    Upload.objects.update(updated_at=timezone.now() - timedelta(days=15))
    assert (tasks.forget_old(), StagedRow.objects.count()) == (1, 0)


def test_what_would_undo_an_upload_is_forgotten_when_it_can_not_be_undone_any_more(person):
    upload = committed(person, checked(person, "faculties", workbook(HEADER, ("SCI", "Science"))))
    Upload.objects.update(committed_at=timezone.now() - timedelta(days=31))
    assert (tasks.forget_old(), UploadEffect.objects.count()) == (1, 0)
    with pytest.raises(RuleBroken, match="30 days"):
        undo(person.actor, upload)
