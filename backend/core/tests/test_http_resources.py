"""This file holds the tests of a resource over HTTP, on the faculties and departments of two institutions."""

from datetime import date
from uuid import uuid4

import pytest

from core.audit.models import AuditEntry
from core.tenancy.scope import reaching
from core.testing.fixtures import client_of, person_at, person_of_nation
from faculties.factories import make_booking
from faculties.models import Department, Faculty, Institution

pytestmark = pytest.mark.django_db

VIEW, ADD, CHANGE = "faculties.view_faculty", "faculties.add_faculty", "faculties.change_faculty"
DEPARTMENTS = ("faculties.view_department", "faculties.add_department", "faculties.change_department")
URL, DEPARTMENT_URL = "/api/v1/faculties/", "/api/v1/departments/"


def make_faculty(institution, code="SCI"):
    with reaching(institution.pk):
        return Faculty.objects.create(institution=institution, code=code, name=f"Faculty {code}")


def url_of(row, url=URL):
    return f"{url}{row.pk}/"


def fresh(row):
    with reaching(row.institution_id):
        return type(row).objects.get(pk=row.pk)


def count_in(institution, model=Faculty):
    with reaching(institution.pk):
        return model.objects.filter(institution=institution).count()


def codes(answer):
    return [(problem["code"], problem["field"]) for problem in answer.json()["errors"]]


# --- Reading ---
def test_one_object_is_shown_in_the_envelope(harare):
    faculty = make_faculty(harare)
    answer = client_of(person_at(harare, VIEW)).get(url_of(faculty), headers={"X-Request-ID": "request-0001"})
    assert answer.status_code == 200
    body = answer.json()
    assert (body["status"], body["errors"], body["meta"]) == ("success", [], {"request_id": "request-0001"})
    assert body["data"]["code"] == "SCI"
    assert answer["ETag"].startswith('"1-')
    assert answer["API-Version"] == "1.0.0"
    assert answer["Cache-Control"] == "no-store"
    assert answer["X-Content-Type-Options"] == "nosniff"


def test_the_unversioned_address_is_the_current_version(harare):
    faculty, client = make_faculty(harare), client_of(person_at(harare, VIEW))
    answer = client.get(f"/api/faculties/{faculty.pk}/")
    assert (answer.status_code, answer["API-Version"]) == (200, "1.0.0")
    assert answer.json()["data"] == client.get(url_of(faculty)).json()["data"]


def test_absent_and_out_of_reach_are_answered_alike(harare, mutare):
    theirs, client = make_faculty(mutare), client_of(person_at(harare, VIEW), **{"X-Request-ID": "request-0001"})
    hidden, absent = client.get(url_of(theirs)), client.get(f"{URL}{uuid4()}/")
    assert hidden.status_code == absent.status_code == 404
    assert hidden.content == absent.content


def test_fields_and_references_are_shown_as_asked(harare):
    faculty = make_faculty(harare)
    with reaching(harare.pk):
        department = Department.objects.create(institution=harare, faculty=faculty, code="BIO", name="Biology")
    client = client_of(person_at(harare, VIEW, *DEPARTMENTS))
    answer = client.get(url_of(department, DEPARTMENT_URL) + "?fields=code,faculty&expand=faculty")
    assert answer.json()["data"] == {
        "code": "BIO",
        "faculty": {"id": str(faculty.pk), "code": "SCI", "name": "Faculty SCI"},
    }
    plain = client.get(url_of(department, DEPARTMENT_URL) + "?fields=faculty")
    assert plain.json()["data"] == {"faculty": str(faculty.pk)}


def test_unknown_parameters_and_fields_of_one_object_are_refused(harare):
    client, faculty = client_of(person_at(harare, VIEW)), make_faculty(harare)
    answer = client.get(url_of(faculty) + "?colour=red")
    assert (answer.status_code, codes(answer)) == (400, [("unknown_parameter", "colour")])
    answer = client.get(url_of(faculty) + "?fields=code,colour&expand=code")
    assert (answer.status_code, codes(answer)) == (400, [("invalid_choice", "fields"), ("invalid_choice", "expand")])


def test_an_answer_that_is_known_is_not_sent_again(harare):
    client, faculty = client_of(person_at(harare, VIEW)), make_faculty(harare)
    tag = client.get(url_of(faculty))["ETag"]
    again = client.get(url_of(faculty), headers={"If-None-Match": f'"other", W/{tag}'})
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", tag)
    narrower = client.get(url_of(faculty) + "?fields=code", headers={"If-None-Match": tag})
    assert narrower.status_code == 200


def test_head_is_get_without_the_body(harare):
    answer = client_of(person_at(harare, VIEW)).head(url_of(make_faculty(harare)))
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer["ETag"].startswith('"1-')


def test_the_nation_is_read_through_its_role(harare, mutare):
    client = client_of(person_of_nation(VIEW))
    assert client.get(url_of(make_faculty(mutare))).status_code == 200


# --- Permission before anything else ---
def test_the_permission_is_judged_before_the_body(harare):
    answer = client_of(person_at(harare, VIEW)).post(URL, {"nonsense": True})
    assert (answer.status_code, codes(answer)) == (403, [("not_allowed", None)])
    entry = AuditEntry.objects.get()
    assert (entry.rule, entry.decision, entry.code) == ("faculties.faculty.opened", "refused", "not_allowed")
    assert count_in(harare) == 0


def test_reading_without_the_permission_is_refused_and_audited(harare):
    person = person_at(harare, ADD)
    answer = client_of(person).get(url_of(make_faculty(harare)))
    assert (answer.status_code, codes(answer)) == (403, [("not_allowed", None)])
    entry = AuditEntry.objects.get()
    assert (entry.rule, entry.decision, entry.actor_id) == (VIEW, "refused", person.pk)


def test_a_row_that_is_seen_and_may_not_be_changed_is_a_403(harare):
    science, arts = make_faculty(harare), make_faculty(harare, "ART")
    everywhere, here = person_at(harare, VIEW).actor, person_at(science, CHANGE).actor
    client = client_of(type(here)("Dean", here.id, {**everywhere.reaches, **here.reaches}))
    assert client.patch(url_of(science), {"name": "Science"}).status_code == 200
    answer = client.patch(url_of(arts), {"nonsense": 1})
    assert (answer.status_code, codes(answer)) == (403, [("not_allowed", None)])
    assert AuditEntry.objects.get(decision="refused").subject_id == str(arts.pk)
    assert fresh(arts).name == "Faculty ART"


def test_a_row_out_of_reach_is_a_404_for_every_change(harare, mutare):
    theirs = make_faculty(mutare)
    client = client_of(person_at(harare, VIEW, CHANGE))
    assert client.patch(url_of(theirs), {"name": "Ours"}).status_code == 404
    assert client.put(url_of(theirs), {"name": "Ours"}).status_code == 404
    assert client.post(url_of(theirs) + "close/", {"closed_on": "2026-01-01"}).status_code == 404
    assert fresh(theirs).name == "Faculty SCI"


# --- Creating ---
def test_creating_gives_201_with_its_address(harare):
    person = person_at(harare, VIEW, ADD)
    answer = client_of(person).post(URL, {"code": "ART", "name": "Arts"})
    assert answer.status_code == 201
    assert answer["Location"] == f"{URL}{answer.json()['data']['id']}/"
    assert answer["ETag"].startswith('"1-')
    entry = AuditEntry.objects.get()
    assert (entry.rule, entry.actor_id, entry.request_id) == (
        "faculties.faculty.opened",
        person.pk,
        answer["X-Request-ID"],
    )


def test_creating_without_the_right_to_see_shows_the_id_alone(harare):
    data = client_of(person_at(harare, ADD)).post(URL, {"code": "ART", "name": "Arts"}).json()["data"]
    assert set(data) == {"id"}


def test_all_problems_of_a_body_come_in_one_answer(harare):
    body = {"code": "", "colour": "red", "id": str(uuid4()), "opened_on": "tomorrow"}
    answer = client_of(person_at(harare, VIEW, ADD)).post(URL, body)
    assert answer.status_code == 400
    assert sorted(codes(answer)) == [
        ("blank", "code"),
        ("invalid", "opened_on"),
        ("read_only", "id"),
        ("required", "name"),
        ("unknown_field", "colour"),
    ]
    assert count_in(harare) == 0


@pytest.mark.parametrize("body", [[], "text", 7, None])
def test_a_body_that_is_no_object_is_refused(harare, body):
    answer = client_of(person_at(harare, VIEW, ADD)).post(URL, body, format="json")
    assert answer.status_code == 400


def test_a_code_that_is_taken_is_told(harare):
    make_faculty(harare)
    answer = client_of(person_at(harare, VIEW, ADD)).post(URL, {"code": "SCI", "name": "Again"})
    assert answer.status_code == 400
    assert [problem["code"] for problem in answer.json()["errors"]] == ["code_taken"]


def test_a_reference_out_of_reach_is_refused_like_an_absent_one(harare, mutare):
    theirs, client = make_faculty(mutare), client_of(person_at(harare, VIEW, *DEPARTMENTS))
    bodies = [{"faculty": key, "code": "BIO", "name": "Biology"} for key in (str(theirs.pk), str(uuid4()), "x", 7, {})]
    answers = [client.post(DEPARTMENT_URL, body) for body in bodies]
    assert [answer.status_code for answer in answers] == [400] * 5
    assert {tuple(answer.json()["errors"][0].items()) for answer in answers} == {
        tuple(answers[0].json()["errors"][0].items())
    }
    assert codes(answers[0]) == [("does_not_exist", "faculty")]


# --- The nation, and one institution of it ---
def test_a_national_actor_says_in_which_institution_to_create(harare, mutare):
    client = client_of(person_of_nation(VIEW, ADD))
    answer = client.post(URL, {"code": "ART", "name": "Arts"})
    assert (answer.status_code, codes(answer)) == (400, [("institution_needed", None)])
    for named in ("HARARE", str(mutare.pk)):
        answer = client.post(URL, {"code": "ART", "name": "Arts"}, headers={"X-Institution": named})
        assert answer.status_code == 201
    assert (count_in(harare), count_in(mutare)) == (1, 1)


def test_a_national_actor_creates_where_the_parent_lies(harare):
    body = {"faculty": str(make_faculty(harare).pk), "code": "BIO", "name": "Biology"}
    answer = client_of(person_of_nation(VIEW, *DEPARTMENTS)).post(DEPARTMENT_URL, body)
    assert (answer.status_code, answer.json()["data"]["institution"]) == (201, str(harare.pk))


def test_a_national_actor_changes_a_row_where_it_lies(harare):
    faculty = make_faculty(harare)
    answer = client_of(person_of_nation(VIEW, CHANGE)).patch(url_of(faculty), {"name": "Science"})
    assert (answer.status_code, fresh(faculty).name) == (200, "Science")


def test_a_national_actor_enters_an_institution():
    client = client_of(person_of_nation("faculties.view_institution", "faculties.add_institution"))
    answer = client.post("/api/v1/institutions/", {"code": "GWERU", "name": "Gweru College", "type": "vocational"})
    assert answer.status_code == 201
    assert Institution.objects.get().code == "GWERU"


def test_the_header_narrows_reading(harare, mutare):
    ours, theirs = make_faculty(harare), make_faculty(mutare)
    client = client_of(person_of_nation(VIEW), **{"X-Institution": "HARARE"})
    assert client.get(url_of(ours)).status_code == 200
    assert client.get(url_of(theirs)).status_code == 404


def test_an_institution_out_of_reach_and_an_unknown_one_are_refused_alike(harare, mutare):
    client = client_of(person_at(harare, VIEW), **{"X-Request-ID": "request-0001"})
    answers = [client.get(URL, headers={"X-Institution": named}) for named in ("MUTARE", "NOWHERE", str(uuid4()), "")]
    assert [answer.status_code for answer in answers] == [400] * 4
    assert len({answer.content for answer in answers}) == 1
    assert codes(answers[0]) == [("unknown_institution", None)]


# --- Changing ---
def test_patch_changes_what_it_names(harare):
    faculty = make_faculty(harare)
    answer = client_of(person_at(harare, VIEW, CHANGE)).patch(url_of(faculty), {"name": "Science"})
    assert (answer.status_code, answer.json()["data"]["name"]) == (200, "Science")
    assert answer["ETag"].startswith('"2-')
    assert AuditEntry.objects.get().changes == {"name": ["Faculty SCI", "Science"]}


def test_put_names_every_writable_field(harare):
    faculty, client = make_faculty(harare), client_of(person_at(harare, VIEW, CHANGE))
    answer = client.put(url_of(faculty), {"name": "Science"})
    assert (answer.status_code, sorted(codes(answer))) == (400, [("required", "code"), ("required", "opened_on")])
    answer = client.put(url_of(faculty), {"name": "Science", "code": "SC", "opened_on": "2001-01-01"})
    assert (answer.status_code, fresh(faculty).code) == (200, "SC")


def test_a_change_that_builds_on_an_old_state_is_refused(harare):
    faculty, client = make_faculty(harare), client_of(person_at(harare, VIEW, CHANGE))
    old = client.get(url_of(faculty))["ETag"]
    narrow = client.get(url_of(faculty) + "?fields=code")["ETag"]
    first = client.patch(url_of(faculty), {"name": "First"}, headers={"If-Match": narrow})
    assert first.status_code == 200
    second = client.patch(url_of(faculty), {"name": "Second"}, headers={"If-Match": old})
    assert (second.status_code, codes(second)) == (412, [("changed_meanwhile", None)])
    assert fresh(faculty).name == "First"
    third = client.patch(url_of(faculty), {"name": "Third"}, headers={"If-Match": f"W/{first['ETag']}"})
    assert third.status_code == 200
    assert client.patch(url_of(faculty), {"name": "Fourth"}, headers={"If-Match": "*"}).status_code == 200


def test_a_resource_may_ask_for_the_state_a_change_builds_on(harare, monkeypatch):
    from faculties.faculties.api import FacultyViewSet

    monkeypatch.setattr(FacultyViewSet, "if_match_required", True)
    faculty, client = make_faculty(harare), client_of(person_at(harare, VIEW, CHANGE))
    answer = client.patch(url_of(faculty), {"name": "Science"})
    assert (answer.status_code, codes(answer)) == (428, [("if_match_required", None)])
    assert fresh(faculty).name == "Faculty SCI"


def test_a_wrong_choice_tells_what_may_be_chosen(harare):
    client = client_of(person_at(harare, "faculties.view_booking", "faculties.change_booking"))
    answer = client.patch(url_of(make_booking(harare), "/api/v1/bookings/"), {"purpose": "nap"})
    (problem,) = answer.json()["errors"]
    assert (answer.status_code, problem["field"]) == (400, "purpose")
    assert problem["message"].endswith("Choose from: class, exam, event, maintenance, innovation.")


def test_a_method_without_a_rule_answers_405(harare):
    person = person_at(harare, "faculties.view_institution", "faculties.change_institution")
    answer = client_of(person).delete(f"/api/v1/institutions/{harare.pk}/")
    assert (answer.status_code, answer["Allow"]) == (405, "GET, PUT, PATCH, HEAD, OPTIONS")
    assert codes(answer) == [("method_not_allowed", None)]


# --- Verbs ---
def test_a_verb_changes_the_state_and_shows_the_row(harare):
    faculty = make_faculty(harare)
    client = client_of(person_at(harare, VIEW, CHANGE))
    answer = client.post(url_of(faculty) + "close/", {"closed_on": "2026-01-01"})
    assert (answer.status_code, answer.json()["data"]["closed_on"]) == (200, "2026-01-01")
    assert fresh(faculty).closed_on == date(2026, 1, 1)
    again = client.post(url_of(faculty) + "close/", {"closed_on": "2026-01-01"})
    assert (again.status_code, codes(again)) == (422, [("unit_closed", None)])
    assert AuditEntry.objects.filter(decision="refused").get().code == "unit_closed"


def test_a_verb_takes_what_its_serializer_names(harare):
    faculty, client = make_faculty(harare), client_of(person_at(harare, VIEW, CHANGE))
    answer = client.post(url_of(faculty) + "close/", {"reason": "none"})
    assert (answer.status_code, sorted(codes(answer))) == (
        400,
        [("required", "closed_on"), ("unknown_field", "reason")],
    )


def test_a_verb_without_a_body_takes_none(harare):
    client = client_of(person_at(harare, "faculties.view_institution", "faculties.change_institution"))
    url = f"/api/v1/institutions/{harare.pk}/suspend/"
    assert codes(client.post(url, {"reason": "none"})) == [("unknown_field", "reason")]
    answer = client.post(url)
    assert (answer.status_code, answer.json()["data"]["status"]) == (200, "suspended")


def test_a_verb_is_posted(harare):
    answer = client_of(person_at(harare, VIEW, CHANGE)).get(url_of(make_faculty(harare)) + "close/")
    assert (answer.status_code, answer["Allow"]) == (405, "POST, OPTIONS")


# --- Many at once ---
def test_many_are_created_in_order(harare):
    items = [{"code": f"F{number}", "name": f"Faculty {number}"} for number in range(3)]
    answer = client_of(person_at(harare, VIEW, ADD)).post(f"{URL}bulk/", items, format="json")
    assert answer.status_code == 201
    assert [row["code"] for row in answer.json()["data"]] == ["F0", "F1", "F2"]
    assert count_in(harare) == 3


def test_many_are_created_all_or_none(harare):
    make_faculty(harare, "F1")
    items = [{"code": f"F{number}", "name": f"Faculty {number}"} for number in range(3)]
    answer = client_of(person_at(harare, VIEW, ADD)).post(f"{URL}bulk/", items, format="json")
    assert answer.status_code == 400
    assert [problem["code"] for problem in answer.json()["errors"]] == ["code_taken"]
    assert answer.json()["errors"][0]["field"].startswith("1")
    assert count_in(harare) == 1


def test_problems_of_many_are_told_by_position(harare):
    items = [{"code": "A", "name": "A"}, {"code": "B"}, 7, {"code": "C", "name": "C", "colour": "red"}]
    answer = client_of(person_at(harare, VIEW, ADD)).post(f"{URL}bulk/", items, format="json")
    assert (answer.status_code, codes(answer)) == (
        400,
        [("required", "1/name"), ("invalid", "2"), ("unknown_field", "3/colour")],
    )
    assert count_in(harare) == 0


@pytest.mark.parametrize("items", [[], {}, [{}] * 1001])
def test_many_are_at_least_one_and_at_most_a_thousand(harare, items):
    answer = client_of(person_at(harare, VIEW, ADD)).post(f"{URL}bulk/", items, format="json")
    assert (answer.status_code, codes(answer)) == (400, [("not_a_list", None)])
