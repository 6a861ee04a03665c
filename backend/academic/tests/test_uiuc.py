"""This file holds the tests of the Illinois import: what it makes of a small catalog, and of the real one."""

import json
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.management import CommandError

from academic.factories import make_course, make_enrollment
from academic.models import Course, Prerequisite, Program, Requisite, RequisiteCourse
from academic.permissions import PERMISSIONS
from academic.requisites.rules import add_prerequisite, change_requisite
from academic.tests.uiuc_lab import CATALOG, catalog, counts, course, illinois, imported, needs, run, stored
from academic.uiuc.rules import NEEDS, import_uiuc
from core.actor import Actor
from core.audit.models import AuditEntry
from core.errors import NotAllowed
from core.tenancy.scope import reaching
from core.testing.fixtures import client_of, person_at
from faculties.models import Institution

pytestmark = pytest.mark.django_db
CATALOG_FILE, SECTIONS_FILE = "catalogue_2019-fa.csv.xz", "sections_2025-su.csv.xz"
REAL = Path(__file__).resolve().parents[4] / "shared" / "data" / "uiuc"
ABSENT = f"the published files of Illinois are not there: {REAL.name}/ of the shared data"


# --- What becomes of a catalog ---------------------------------------------------------------------------------------
def test_a_course_keeps_what_the_catalog_says_of_it_and_lies_in_the_program_of_its_subject(tmp_path):
    imported(catalog(tmp_path))
    with reaching(illinois().pk):
        shown = ("code", "title", "credits", "credits_up_to", "level", "program__code", "program__department__code")
        assert list(Course.objects.order_by("code").values_list(*shown)) == [
            ("CS 125", "Intro to & into CS", 3, None, 1, "CS", "CS"),
            ("CS 173", "Discrete Structures", 3, None, 1, "CS", "CS"),
            ("CS 225", "Data Structures", 4, None, 2, "CS", "CS"),
            ("CS 374", "Algorithms", 3, 4, 3, "CS", "CS"),
            ("CS 591", "Seminar", 0, 4, 5, "CS", "CS"),
            ("MATH 2", "Algebra", Decimal("1.5"), None, 1, "MATH", "MATH"),
            ("MATH 213", "Discrete Math", 3, None, 2, "MATH", "MATH"),
        ]
        one = Course.objects.get(code="CS 591")
        assert one.description == "About things. Prerequisite: CS 225 or equivalent."
        assert (one.prerequisite_text, one.search_text) == ("CS 225 or equivalent.", "seminar cs 591")
        assert Program.objects.get(code="CS").level == Program.Level.MODULE_STUDY


def test_an_understood_sentence_is_a_tree_with_its_names_and_edges(tmp_path):
    report = imported(catalog(tmp_path))
    assert (report.sentences, report.trees) == ({CATALOG_FILE: 5}, {CATALOG_FILE: 4})
    with reaching(illinois().pk):
        ids = {code: str(key) for code, key in Course.objects.values_list("code", "pk")}
        one = Requisite.objects.get(course__code="CS 225")
        either = [{"is": "passed", "course": ids[code]} for code in ("CS 173", "MATH 213")]
        assert (one.kind, one.text) == ("prerequisite", "CS 125; one of CS 173 or MATH 213.")
        assert one.tree == {
            "is": "all_of",
            "of": [{"is": "passed", "course": ids["CS 125"]}, {"is": "any_of", "of": either}],
        }
        named = RequisiteCourse.objects.filter(requisite=one).values_list("course__code", flat=True)
        assert sorted(named) == ["CS 125", "CS 173", "MATH 213"]
        edges = Prerequisite.objects.order_by("course__code").values_list("course__code", "requires__code")
        assert list(edges) == [("CS 173", "CS 125"), ("CS 225", "CS 125"), ("CS 374", "CS 225")]
        # What may all be taken together with the course is a corequisite.
        assert Requisite.objects.get(course__code="MATH 213").kind == "corequisite"


def test_every_sentence_is_a_tree_or_is_counted_under_its_reason(tmp_path):
    report = imported(
        catalog(
            tmp_path,
            [
                *CATALOG,
                course("CS 401", says=needs("CS 999.")),
                course("CS 402", says=needs("CS 225 and CS 402.")),
                course("CS 403", says=needs("CS 125 and CS 173 or CS 225.")),
                course("CS 404", says="Prerequisites for each activity are told elsewhere."),
            ],
        )
    )
    found = counts(report)
    texts = {kind: count for kind, count in found.items() if kind.startswith("text_")}
    assert texts == {"text_or_equivalent": 1, "text_unknown_course": 1, "text_names_itself": 1, "text_and_or": 1}
    assert report.sentences[CATALOG_FILE] == report.trees[CATALOG_FILE] + sum(texts.values())
    assert (found["prerequisite_without_label"], found["credits_vary"], found["number_below_100"]) == (1, 2, 1)


def test_a_tree_that_would_close_a_circle_stays_text_with_the_circle_shown(tmp_path):
    rows = [
        course("CS 101", says=needs("CS 103.")),
        course("CS 102", says=needs("CS 101.")),
        course("CS 103", says=needs("CS 102 and CS 104.")),
        course("CS 104"),
        course("CS 105", says=needs("CS 106 or CS 107.")),
        course("CS 106", says=needs("CS 105.")),
        course("CS 107", says=needs("CS 105.")),
    ]
    report = imported(catalog(tmp_path, rows))
    (circle,) = [oddity for oddity in report.oddities if oddity.kind == "text_circle"]
    assert (report.trees[CATALOG_FILE], circle.count) == (4, 2)
    assert [example.key for example in circle.examples] == [
        "CS 103: CS 103 requires CS 102 requires CS 101 requires CS 103",
        "CS 107: CS 107 requires CS 105 requires CS 107",
    ]
    before = stored()
    assert counts(imported(tmp_path))["text_circle"] == 2
    assert stored() == before


def test_an_edge_that_was_entered_by_hand_closes_circles_too(tmp_path):
    rows = [course("CS 101"), course("CS 102")]
    imported(catalog(tmp_path, rows))
    with reaching(illinois().pk):
        actor = person_at(illinois(), *PERMISSIONS).actor
        add_prerequisite(actor, course=Course.objects.get(code="CS 101"), requires=Course.objects.get(code="CS 102"))
    report = imported(catalog(tmp_path, [rows[0], course("CS 102", says=needs("CS 101."))]))
    assert (report.trees, counts(report)) == ({}, {"text_circle": 1})


# --- Again -----------------------------------------------------------------------------------------------------------
def test_a_second_run_changes_nothing_and_a_changed_file_what_differs(tmp_path):
    first = imported(catalog(tmp_path))
    before = stored()
    again = imported(tmp_path)
    assert (again.inserted, again.updated, stored()) == (0, 0, before)
    changed = imported(catalog(tmp_path, [*CATALOG[:-1], course("MATH 213", "Discrete Mathematics")]))
    assert {name: merged.updated for name, merged in changed.tables.items() if merged.updated} == {"courses": 1}
    entries = AuditEntry.objects.filter(rule="academic.uiuc.imported").order_by("pk")
    assert list(entries.values_list("count", flat=True)) == [first.inserted, 0, 1]


def test_a_tree_that_was_changed_here_is_left_as_it_is_and_told(tmp_path):
    imported(catalog(tmp_path))
    with reaching(illinois().pk):
        tree = {"is": "level_at_least", "level": 2}
        actor = person_at(illinois(), *PERMISSIONS).actor
        change_requisite(actor, Requisite.objects.get(course__code="CS 173"), tree=tree)
        before = stored()
        report = imported(tmp_path)
        (told,) = [oddity for oddity in report.oddities if oddity.kind == "another_tree"]
        assert (told.count, told.examples[0].key, stored()) == (1, "CS 173: CS 125.", before)


# --- What is refused -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        (course("cs 225"), "line 3: Subject is 2 to 4 capitals, not “cs”"),
        (course("CS 22A"), "line 3: Number is a number of 1 to 3 digits above 0, not “22A”"),
        (course("CS 225", "x" * 201), "line 3: Name is a text of 1 to 200 characters"),
        (course("CS 225", hours="some"), "line 3: Credit Hours is hours such as .*, not “some”"),
        (course("CS 225", hours="4 TO 3 hours."), "line 3: Credit Hours is hours such as .*, not “4 TO 3 hours.”"),
    ],
)
def test_a_row_that_can_not_be_read_is_named_and_nothing_is_imported(tmp_path, row, sentence):
    with pytest.raises(CommandError, match=sentence):
        run(catalog(tmp_path, [CATALOG[0], row]))
    assert not Institution.objects.filter(code="UIUC").exists()


def test_a_folder_holds_one_catalog_that_is_whole(tmp_path):
    with pytest.raises(CommandError, match="there is no file catalogue_"):
        run(tmp_path)
    catalog(tmp_path, [])
    with pytest.raises(CommandError, match="has no rows"):
        run(tmp_path)
    (tmp_path / "catalogue_2019-fa.csv.xz").write_bytes(b"no archive")
    with pytest.raises(CommandError, match="the file is damaged"):
        run(tmp_path)
    (tmp_path / "catalogue_2020-fa.csv.xz").touch()
    with pytest.raises(CommandError, match="there are 2 files"):
        run(tmp_path)


def test_a_course_of_another_program_is_not_taken_over(tmp_path, harare):
    with reaching(harare.pk):
        other = make_course(harare, code="CS 125")
    with pytest.raises(CommandError, match="line 2: another program of this institution has this course"):
        run(catalog(tmp_path), "--institution", harare.code)
    with pytest.raises(CommandError, match="no institution with the code NONE"):
        run(tmp_path, "--institution", "NONE")
    with reaching(harare.pk):
        assert list(Course.objects.filter(institution=harare)) == [other]


def test_it_takes_every_permission(tmp_path):
    with pytest.raises(NotAllowed):
        import_uiuc(Actor.system("import_uiuc", *NEEDS[1:]), catalog(tmp_path))


# --- What people get of it -------------------------------------------------------------------------------------------
def test_the_command_tells_what_it_did_and_writes_the_report(tmp_path):
    told = run(catalog(tmp_path), "--report", str(tmp_path / "report.json"))
    assert [CATALOG_FILE, "5", "4"] in [line.split() for line in told.splitlines()]
    assert "CS 591: CS 225 or equivalent." in told
    report = json.loads((tmp_path / "report.json").read_text())
    assert (report["institution"], report["trees"], report["tables"]["courses"]["inserted"]) == (
        "UIUC",
        {CATALOG_FILE: 4},
        7,
    )


@pytest.mark.skipif(not REAL.exists(), reason=ABSENT)
def test_the_real_files_are_whole_and_each_row_and_sentence_of_them_accounted_for():
    report = imported(REAL)
    found = counts(report)
    texts = sum(count for kind, count in found.items() if kind.startswith("text_"))
    assert report.files == {CATALOG_FILE: 8_589, SECTIONS_FILE: 1_686}
    assert report.tables["courses"].inserted == 8_589 + found["course_not_in_catalog"] == 8_790
    # 4,893 descriptions hold the word; of these 6 say only that prerequisites are told elsewhere.
    assert (report.sentences[CATALOG_FILE], found["prerequisite_without_label"]) == (4_887, 6)
    assert report.trees[CATALOG_FILE] == 2_037
    doubtful = ("concurrent_only", "prior_registration", "scope_of_lead", "scope_of_consent", "scope_of_quantity")
    assert [found[f"text_{reason}"] for reason in doubtful] == [45, 9, 7, 5, 3]
    assert sum(report.sentences.values()) == sum(report.trees.values()) + texts
    assert report.rows_of_sections == {"meets": 306, "meets_with": 71, "arranged": 1_306, "no_day": 1, "said_before": 2}
    assert (report.tables["sections"].inserted, report.tables["meetings"].inserted) == (1_638, 749)
    assert (found["lecturer_taken"], found["room_taken"], found["cross_listed"]) == (125, 8, 65)
    with reaching(illinois().pk):
        actor = person_at(illinois(), *PERMISSIONS).actor
        tree = Requisite.objects.get(course__code="CS 357")
        shown = client_of(actor).get(f"/api/v1/academic/requisites/{tree.pk}/").json()["data"]
        assert shown["sentence"] == (
            "(CS 101 passed or CS 105 passed or CS 125 passed) and MATH 241 passed and"
            " (MATH 225 passed or MATH 415 passed or MATH 416 passed or ASRM 406 passed)"
        )
        enrollment = make_enrollment(illinois())
        course = Course.objects.get(code="CS 225")
        url = f"/api/v1/academic/enrollments/{enrollment.pk}/requisites/"
        (standing,) = client_of(actor).get(url, {"courses": str(course.pk)}).json()["data"]
        assert (standing["outcome"], [finding["message"] for finding in standing["findings"]]) == (
            "not_met",
            [f"{code} was not passed." for code in ("CS 125", "ECE 220", "CS 173", "MATH 213")],
        )
