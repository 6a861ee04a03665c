"""This file holds the tests of cases: who sees them, who does not, and that nothing of them lies anywhere in clear."""

import json
from dataclasses import replace

import pytest
from django.db import ProgrammingError, connection, transaction
from django.utils import timezone

from core.actor import Actor, Reach
from core.audit.models import AuditEntry
from core.errors import NotVisible, RuleBroken
from core.personal.document import document_of
from core.personal.erasing import erase
from core.personal.walk import persons_of
from core.secrets.persons import salts
from core.tenancy.scope import reaching
from core.testing.fixtures import client_of
from faculties.factories import make_department, today_there
from faculties.models import Institution
from students.cases import rules
from students.factories import make_case, make_student
from students.models import Case, CaseNote
from students.permissions import IN_CASES, PERMISSIONS
from users.factories import make_person, make_role, make_user

pytestmark = pytest.mark.django_db
URL, NOTES = "/api/v1/students/cases/", "/api/v1/students/case-notes/"
SECRET = "She sleeps badly since the fire"
ALL = {*IN_CASES, "students.add_case", "students.view_student", "users.view_user"}


@pytest.fixture
def counselor(harare: Institution):
    with reaching(harare.pk):
        yield make_person(grants=[(make_role(*ALL), harare)])


@pytest.fixture
def case(counselor, harare: Institution):
    return rules.open_case(counselor.actor, student=make_student(harare), kind="wellbeing", summary=SECRET)


def colleague_of(institution: Institution):
    return make_person(grants=[(make_role(*ALL), institution)])


# --- Who sees a case ---
def test_whoever_opens_a_case_owns_and_reads_it(counselor, harare: Institution):
    body = {"student": str(make_student(harare).pk), "kind": "health", "summary": SECRET}
    answer = client_of(counselor.actor).post(URL, body)
    assert answer.status_code == 201, answer.content
    shown = client_of(counselor.actor).get(f"{URL}{answer.json()['data']['id']}/").json()["data"]
    assert (shown["owner"], shown["summary"], shown["members"]) == (str(counselor.pk), SECRET, [])


@pytest.mark.parametrize(
    "who",
    [
        lambda here: make_person(grants=[(make_role(*PERMISSIONS), here)]),
        lambda here: make_person(grants=[("institution-administrator", here)]),
        lambda here: make_person(grants=[("registrar", here)]),
        lambda here: make_person(grants=[("national-administrator", None)]),
        lambda here: make_person(grants=[(make_role(*PERMISSIONS), None)]),
    ],
    ids=["another counselor", "administrator", "registrar", "national administrator", "regulator"],
)
def test_nobody_else_sees_a_case_whatever_their_place(case, counselor, harare: Institution, who):
    rules.note_in_case(counselor.actor, case, text=SECRET)
    note = CaseNote.objects.get()
    client = client_of(who(harare).actor)
    for url, row in ((URL, case), (NOTES, note)):
        assert client.get(url).json()["data"] == []
        assert client.get(url, {"institution": str(harare.pk)}).json()["data"] == []
        assert client.get(f"{url}{row.pk}/").status_code == 404
    assert client.get(URL, {"student": str(case.student_id)}).json()["data"] == []
    assert client.patch(f"{URL}{case.pk}/", {"kind": "other"}).status_code == 404
    for verb in ("note", "close", "hand-over", "add-member", "remove-member"):
        assert client.post(f"{URL}{case.pk}/{verb}/", {}).status_code == 404
    assert Case.objects.get().kind == "wellbeing"


def test_a_rule_does_not_find_anothers_case(case, harare: Institution):
    with pytest.raises(NotVisible):
        rules.close_case(colleague_of(harare).actor, case)
    assert Case.objects.get().status == "open"


def test_a_program_without_a_person_sees_no_case(case, harare: Institution):
    program = Actor("Timetable", reaches={"students.view_case": Reach(institutions=frozenset([harare.pk]))})
    assert client_of(program).get(URL).json()["data"] == []
    assert client_of(program).get(f"{URL}{case.pk}/").status_code == 404
    may_open = Actor("Timetable", reaches={"students.add_case": Reach(institutions=frozenset([harare.pk]))})
    with pytest.raises(RuleBroken) as refusal:
        rules.open_case(may_open, student=case.student, kind="other")
    assert (refusal.value.code, Case.objects.count()) == ("account_needed", 1)


def test_whoever_acts_as_the_counselor_to_support_them_sees_no_case(case, counselor):
    supporter = replace(counselor.actor, behind=make_user().pk)
    for url in (URL, f"{URL}{case.pk}/", NOTES):
        assert client_of(supporter).get(url).status_code == 403
    assert client_of(supporter).get("/api/v1/students/").status_code == 200


def test_a_student_sees_the_own_case_as_a_member_only(counselor, harare: Institution):
    person = make_person(grants=[("student", harare)])
    case = make_case(harare, owner=counselor, student=make_student(harare, account=person), summary=SECRET)
    client = client_of(person.actor)
    assert client.get(URL).json()["data"] == []
    assert client.get(f"{URL}{case.pk}/").status_code == 404
    rules.add_member(counselor.actor, case, account=person)
    assert client.get(f"{URL}{case.pk}/").json()["data"]["summary"] == SECRET
    assert client.post(f"{URL}{case.pk}/note/", {"text": "x"}).status_code == 403


def test_a_lecturer_who_is_let_in_reads_and_writes_until_let_out(case, counselor, harare: Institution):
    lecturer = make_person(grants=[("lecturer", harare)])
    rules.add_member(counselor.actor, case, account=lecturer)
    assert client_of(lecturer.actor).post(f"{URL}{case.pk}/note/", {"text": SECRET}).status_code == 200
    (row,) = client_of(lecturer.actor).get(NOTES, {"case": str(case.pk)}).json()["data"]
    assert row["author"] == str(lecturer.pk)
    assert client_of(lecturer.actor).get(f"{NOTES}{row['id']}/").json()["data"]["text"] == SECRET
    rules.remove_member(counselor.actor, case, account=lecturer)
    assert client_of(lecturer.actor).get(NOTES).json()["data"] == []


# --- What may happen ---
def test_a_case_is_opened_at_ones_place_only(harare: Institution):
    mine, theirs = make_department(harare), make_department(harare)
    person = make_person(grants=[(make_role(*ALL), mine)])
    with reaching(harare.pk):
        rules.open_case(person.actor, student=make_student(harare, department=mine), kind="academic")
        with pytest.raises(RuleBroken) as refusal:
            rules.open_case(person.actor, student=make_student(harare, department=theirs), kind="academic")
        assert (refusal.value.code, Case.objects.count()) == ("not_allowed", 1)


def test_a_case_handed_over_is_the_new_owners_alone(case, counselor, harare: Institution):
    colleague = colleague_of(harare)
    answer = client_of(counselor.actor).post(f"{URL}{case.pk}/hand-over/", {"owner": str(colleague.pk)})
    assert (answer.status_code, answer.json()["data"]) == (200, {"id": str(case.pk)})
    assert client_of(counselor.actor).get(f"{URL}{case.pk}/").status_code == 404
    assert client_of(colleague.actor).get(f"{URL}{case.pk}/").json()["data"]["summary"] == SECRET


def test_only_the_owner_hands_over_and_lets_people_in(case, counselor, harare: Institution):
    member, other = colleague_of(harare), colleague_of(harare)
    rules.add_member(counselor.actor, case, account=member)
    for rule, body in (
        (rules.hand_over, {"owner": other}), (rules.add_member, {"account": other}),
        (rules.remove_member, {"account": other}),
    ):  # fmt: skip
        with pytest.raises(RuleBroken) as refusal:
            rule(member.actor, case, **body)
        assert refusal.value.code == "not_the_owner"
    assert (Case.objects.get().owner_id, case.memberships.get().account_id) == (counselor.pk, member.pk)


def test_a_case_goes_to_nobody_who_would_not_see_it(case, counselor, harare: Institution, mutare: Institution):
    strangers = [make_user(), colleague_of(mutare), make_person(grants=[(make_role(*ALL), harare)], is_active=False)]
    for stranger in strangers:
        for rule, name in ((rules.hand_over, "owner"), (rules.add_member, "account")):
            with pytest.raises(RuleBroken) as refusal:
                rule(counselor.actor, case, **{name: stranger})
            assert (refusal.value.code, refusal.value.problems[0].field) == ("sees_no_case", name)
    assert (Case.objects.get().owner_id, case.memberships.count()) == (counselor.pk, 0)


def test_nobody_owns_a_case_about_themselves(counselor, harare: Institution):
    colleague = colleague_of(harare)
    case = make_case(harare, owner=counselor, student=make_student(harare, account=colleague))
    with pytest.raises(RuleBroken) as refusal:
        rules.hand_over(counselor.actor, case, owner=colleague)
    assert (refusal.value.code, Case.objects.get().owner_id) == ("own_case", counselor.pk)


def test_an_owner_is_neither_owner_again_nor_member(case, counselor):
    for rule, name in ((rules.hand_over, "owner"), (rules.add_member, "account")):
        with pytest.raises(RuleBroken) as refusal:
            rule(counselor.actor, case, **{name: counselor})
        assert refusal.value.code == "already_owner"
    assert not case.memberships.exists()


def test_a_member_is_let_in_once_and_leaves_alone(case, counselor, harare: Institution):
    member = colleague_of(harare)
    rules.add_member(counselor.actor, case, account=member)
    with pytest.raises(RuleBroken) as refusal:
        rules.add_member(counselor.actor, case, account=member)
    assert (refusal.value.code, case.memberships.count()) == ("already_member", 1)
    rules.remove_member(member.actor, case, account=member)
    assert case.memberships.count() == 0
    with pytest.raises(RuleBroken) as refusal:
        rules.remove_member(counselor.actor, case, account=member)
    assert refusal.value.code == "no_member"


@pytest.mark.parametrize(
    ("status", "moves"),
    [
        ("open", {"await_others": "waiting", "close_case": "closed"}),
        ("waiting", {"resume_case": "open", "close_case": "closed"}),
        ("closed", {"reopen_case": "open"}),
    ],
)
@pytest.mark.parametrize("move", ["await_others", "resume_case", "close_case", "reopen_case"])
def test_a_case_makes_allowed_moves_only(counselor, harare: Institution, status: str, moves: dict, move: str):
    closed_on = today_there() if status == "closed" else None
    case = make_case(harare, owner=counselor, status=status, closed_on=closed_on)
    if move in moves:
        moved = getattr(rules, move)(counselor.actor, case)
        assert (moved.status, bool(moved.closed_on)) == (moves[move], moves[move] == "closed")
        return
    with pytest.raises(RuleBroken) as refusal:
        getattr(rules, move)(counselor.actor, case)
    assert (refusal.value.code, Case.objects.get().status) == ("wrong_status", status)


def test_nothing_is_written_in_a_closed_case(case, counselor):
    rules.close_case(counselor.actor, case)
    with pytest.raises(RuleBroken, match="open or waiting"):
        rules.note_in_case(counselor.actor, case, text=SECRET)
    with pytest.raises(RuleBroken, match="open or waiting"):
        rules.change_case(counselor.actor, case, kind="other")
    assert (CaseNote.objects.count(), Case.objects.get().kind) == (0, "wellbeing")


def test_no_case_is_opened_of_somebody_who_was_erased(counselor, harare: Institution):
    with pytest.raises(RuleBroken) as refusal:
        rules.open_case(counselor.actor, student=make_student(harare, erased_at=timezone.now()), kind="other")
    assert (refusal.value.code, Case.objects.count()) == ("person_erased", 0)


@pytest.mark.parametrize("sql", ["UPDATE students_casenote SET author_id = author_id", "DELETE FROM students_casenote"])
def test_the_database_lets_nobody_change_a_note(case, counselor, sql: str):
    rules.note_in_case(counselor.actor, case, text=SECRET)
    with (
        pytest.raises(ProgrammingError, match="permission denied"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(sql)
    assert CaseNote.objects.get().text == SECRET


# --- Nothing in clear, and nothing told elsewhere ---
def test_what_is_written_is_in_no_table_in_clear(case, counselor):
    rules.note_in_case(counselor.actor, case, text=SECRET)
    with connection.cursor() as cursor:
        for table in ("students_case", "students_casenote", "core_auditentry"):
            cursor.execute(f"SELECT coalesce(string_agg(to_jsonb(t)::text, ''), '') FROM {table} t")  # noqa: S608
            (text,) = cursor.fetchone()
            assert text
            assert SECRET not in text
            assert SECRET.encode().hex() not in text


def test_the_audit_log_tells_neither_text_nor_student_nor_kind(case, counselor):
    rules.note_in_case(counselor.actor, case, text=SECRET)
    rules.change_case(counselor.actor, case, kind="health", summary="Better")
    entries = AuditEntry.objects.filter(rule__startswith="students.case.")
    told = json.dumps(list(entries.values_list("changes", "person_id")), default=str)
    assert entries.count() == 3
    for word in (SECRET, "Better", "wellbeing", "health", str(case.student_id)):
        assert word not in told
    assert entries.get(rule="students.case.changed").changes["kind"][0].startswith("digest:")


def test_each_look_at_what_is_written_is_on_the_audit_log(case, counselor):
    client_of(counselor.actor).get(f"{URL}{case.pk}/")
    assert AuditEntry.objects.get(rule="students.case.read").changes == {"fields": ["summary"]}


def test_members_who_come_and_go_are_on_the_audit_log(case, counselor, harare: Institution):
    member = colleague_of(harare)
    rules.add_member(counselor.actor, case, account=member)
    rules.remove_member(counselor.actor, case, account=member)
    added, removed = AuditEntry.objects.filter(rule__startswith="students.case.member").order_by("pk")
    nobody, (let_in,) = added.changes["members"]
    assert (nobody, let_in.startswith("digest:")) == ([], True)
    assert removed.changes["members"] == [[let_in], []]
    assert str(member.pk) not in json.dumps([added.changes, removed.changes])


def test_who_sees_a_case_is_explained_to_nobody(case, counselor, harare: Institution):
    administrator = make_person(grants=[("institution-administrator", harare)])
    asked = {"permission": "students.view_case", "object": f"students.case:{case.pk}", "user": str(counselor.pk)}
    answer = client_of(administrator.actor).get("/api/v1/users/explain/", asked)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "unknown_object")


def test_a_copy_of_what_is_held_on_a_person_tells_nothing_of_what_was_confided(case, counselor, harare: Institution):
    rules.note_in_case(counselor.actor, case, text=SECRET)
    for start in (case.student, counselor):
        told = json.dumps(document_of(persons_of(start), harare.pk, timezone.now()))
        assert SECRET not in told
        assert '"wellbeing"' not in told
        assert (str(case.student_id) in told) == (start == case.student)
    told = json.dumps(document_of(persons_of(case.student), harare.pk, timezone.now()))
    assert str(counselor.pk) not in told
    assert counselor.name not in told


def test_erasing_a_student_makes_what_was_written_unreadable(case, counselor, harare: Institution):
    rules.note_in_case(counselor.actor, case, text=SECRET)
    erase([case.student], harare.pk)
    salts.forget()  # as every process does once it hears of the commit
    assert (Case.objects.get().summary, CaseNote.objects.get().text) == (None, None)
