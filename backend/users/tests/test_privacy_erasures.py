"""This file holds the tests of erasure."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone

from academic.factories import make_registration
from academic.models import Registration
from core.audit.models import AuditEntry
from core.errors import RuleBroken
from core.freshness.models import Change
from core.secrets.persons import is_erased
from core.tenancy.scope import reaching
from core.testing.fixtures import client_of
from faculties.factories import make_institution
from instauth.models import Session
from students.factories import make_student
from students.models import Student
from students.students.rules import change_student
from users.accounts.rules import change_user, reactivate_user
from users.erasures.models import ErasureRequest
from users.exports.models import DataExport
from users.factories import make_person
from users.models import Grant, User

pytestmark = pytest.mark.django_db
MINE = "/api/v1/users/me/erasures/"
ALL = "/api/v1/users/erasures/"
PROPOSE = "/api/v1/users/erasure-proposals/"


@pytest.fixture
def harare():
    return make_institution("HIT")


@pytest.fixture
def rudo(harare):
    person = make_person(name="Rudo Ncube", email="rudo@tesc.test", grants=[("student", harare)])
    with reaching(harare.pk):
        person.student = make_student(harare, account=person, phone="+263 77 1", national_id="63-1", email="r@x.test")
        person.registration = make_registration(harare, student=person.student, result="pass", result_mark=61)
    later = timezone.now() + timedelta(days=1)
    Session.objects.create(user=person, idle_until=later, absolute_until=later)
    return person


@pytest.fixture
def registrars(harare):
    return [make_person(name=name, grants=[("registrar", harare)]) for name in ("Chipo", "Farai")]


def proposed(registrars, person) -> dict:
    answer = client_of(registrars[0].actor).post(PROPOSE, {"person": str(person), "reason": "Asked by letter."})
    assert answer.status_code == 202, answer.json()
    return answer.json()["data"]


def confirm(person, request):
    return client_of(person.actor).post(f"{ALL}{request['id']}/confirm/")


def code(answer) -> tuple[int, str]:
    return answer.status_code, answer.json()["errors"][0]["code"]


def test_one_asks_another_confirms_and_the_person_is_gone(rudo, registrars, harare):
    client_of(rudo.actor).post("/api/v1/users/me/data-exports/", {})
    answer = confirm(registrars[1], proposed(registrars, rudo.student.pk))
    assert (answer.status_code, answer.json()["data"]["status"]) == (200, "done")
    with reaching(harare.pk):
        student = Student.objects.get(pk=rudo.student.pk)
        assert (student.given_names, student.family_name, student.email) == ("", "Erased person", "")
        assert (student.phone, student.national_id, student.national_id_index) == (None, None, None)
        assert (student.search_text, student.account_id) == ("erased person", None)
        assert student.erased_at is not None
        assert Registration.objects.get(pk=rudo.registration.pk).result_mark == 61
    user = User.objects.get(pk=rudo.pk)
    assert (user.name, user.is_active, user.has_usable_password()) == ("Erased person", False, False)
    assert user.email == f"erased-{rudo.pk}@erased.invalid"
    assert "rudo" not in user.search_text
    assert is_erased(rudo.student.pk)
    assert is_erased(rudo.pk)
    assert (Session.objects.count(), DataExport.objects.count()) == (0, 0)
    assert not Grant.objects.in_force().filter(user=rudo, is_revoked=False).exists()
    assert Change.objects.filter(key=f"person:{rudo.pk}").exists()


def test_an_erasure_is_confirmed_only_after_a_second_factor(rudo, registrars):
    request = proposed(registrars, rudo.student.pk)
    weak = replace(registrars[1].actor, strong_at=None)
    assert code(client_of(weak).post(f"{ALL}{request['id']}/confirm/")) == (401, "step_up_needed")
    assert not is_erased(rudo.student.pk)


def test_what_the_law_keeps_is_told_with_reasons_and_backups(rudo, registrars, settings):
    request = proposed(registrars, rudo.student.pk)
    outcome = confirm(registrars[1], request).json()["data"]["outcome"]
    effects = {effect["table"]: effect for effect in outcome["effects"]}
    assert effects["academic.Registration"]["kept_because"].startswith("Results are kept by law")
    assert effects["users.Grant"]["kept_until"] is not None
    assert effects["instauth.Session"]["removed"] is True
    assert "national_id" in effects["students.Student"]["blanked"]
    until = timezone.localdate() + timedelta(days=settings.BACKUP_RETENTION_DAYS)
    assert outcome["backups_until"] == until.isoformat()


def test_a_dry_run_says_the_same_and_does_nothing(rudo, registrars, harare):
    request = proposed(registrars, rudo.student.pk)
    shown = client_of(registrars[1].actor).get(f"{ALL}{request['id']}/preview/").json()["data"]
    with reaching(harare.pk):
        assert Student.objects.get(pk=rudo.student.pk).phone == "+263 77 1"
    assert User.objects.get(pk=rudo.pk).is_active
    assert not is_erased(rudo.student.pk)
    done = confirm(registrars[1], request).json()["data"]["outcome"]
    told = {effect["table"]: effect["blanked"] for effect in shown["effects"]}
    assert told == {effect["table"]: effect["blanked"] for effect in done["effects"]}


def test_who_asks_does_not_confirm(rudo, registrars, harare):
    request = proposed(registrars, rudo.student.pk)
    assert code(confirm(registrars[0], request)) == (422, "own_request")
    with reaching(harare.pk):
        assert Student.objects.get(pk=rudo.student.pk).erased_at is None
        assert ErasureRequest.objects.get(pk=request["id"]).status == "proposed"


def test_nobody_confirms_their_own_erasure(harare, registrars):
    answer = client_of(registrars[0].actor).post(PROPOSE, {"person": str(registrars[1].pk), "reason": "Left."})
    assert code(confirm(registrars[1], answer.json()["data"])) == (422, "own_request")
    assert User.objects.get(pk=registrars[1].pk).erased_at is None


def test_a_person_asks_for_the_own_erasure_and_another_confirms(rudo, registrars, harare):
    first, second = (client_of(rudo.actor).post(MINE, {}).json()["data"] for _ in range(2))
    assert first["id"] == second["id"]
    assert code(client_of(rudo.actor).post(f"{ALL}{first['id']}/confirm/")) == (403, "not_allowed")
    assert confirm(registrars[0], first).status_code == 200
    with reaching(harare.pk):
        assert Student.objects.get(pk=rudo.student.pk).erased_at is not None


def test_confirming_twice_is_refused_and_asking_again_too(rudo, registrars, harare):
    request = proposed(registrars, rudo.student.pk)
    confirm(registrars[1], request)
    assert code(confirm(registrars[1], request)) == (422, "already_decided")
    again = client_of(registrars[0].actor).post(PROPOSE, {"person": str(rudo.student.pk), "reason": "Again."})
    assert code(again) == (422, "person_erased")
    with reaching(harare.pk):
        assert ErasureRequest.objects.count() == 1


def test_asking_twice_is_one_request(rudo, registrars):
    assert proposed(registrars, rudo.student.pk)["id"] == proposed(registrars, rudo.student.pk)["id"]


def test_a_refusal_needs_a_reason_and_erases_nothing(rudo, registrars, harare):
    request = proposed(registrars, rudo.student.pk)
    client = client_of(registrars[1].actor)
    assert client.post(f"{ALL}{request['id']}/refuse/", {}).status_code == 400
    answer = client.post(f"{ALL}{request['id']}/refuse/", {"answer": "A case is open."})
    assert answer.json()["data"]["status"] == "refused"
    with reaching(harare.pk):
        assert Student.objects.get(pk=rudo.student.pk).phone == "+263 77 1"
    assert code(confirm(registrars[1], request)) == (422, "already_decided")


def test_an_erased_person_is_not_entered_again(rudo, registrars, harare):
    confirm(registrars[1], proposed(registrars, rudo.student.pk))
    admin = make_person(grants=[("national-administrator", None)]).actor
    with reaching(harare.pk):
        student = Student.objects.get(pk=rudo.student.pk)
        with pytest.raises(RuleBroken) as refusal:
            change_student(registrars[0].actor, student, phone="1")
    assert refusal.value.code == "person_erased"
    for change in (lambda user: change_user(admin, user, name="Rudo"), lambda user: reactivate_user(admin, user)):
        with pytest.raises(RuleBroken) as refusal:
            change(User.objects.get(pk=rudo.pk))
        assert refusal.value.code == "person_erased"
    assert not User.objects.get(pk=rudo.pk).is_active


def test_an_account_that_another_institution_needs_stays(rudo, registrars, harare):
    mutare = make_institution("MUT")
    with reaching(mutare.pk):
        there = make_student(mutare, account=rudo, phone="2")
    confirm(registrars[1], proposed(registrars, rudo.student.pk))
    user = User.objects.get(pk=rudo.pk)
    assert (user.name, user.is_active, Session.objects.count()) == ("Rudo Ncube", True, 1)
    with reaching(mutare.pk):
        assert Student.objects.get(pk=there.pk).phone == "2"
    with reaching(harare.pk):
        assert Student.objects.get(pk=rudo.student.pk).account_id is None


def test_an_account_with_nothing_here_but_roles_is_not_erased_from_here(harare, registrars):
    lecturer = make_person(grants=[("lecturer", harare), ("lecturer", make_institution("MUT"))])
    request = proposed(registrars, lecturer.pk)
    assert code(confirm(registrars[1], request)) == (422, "needed_elsewhere")
    assert User.objects.get(pk=lecturer.pk).is_active


def test_nobody_else_is_touched(rudo, registrars, harare):
    with reaching(harare.pk):
        other = make_student(harare, phone="9", account=make_person(grants=[("student", harare)]))
    confirm(registrars[1], proposed(registrars, rudo.student.pk))
    with reaching(harare.pk):
        kept = Student.objects.get(pk=other.pk)
        assert (kept.phone, kept.erased_at, kept.version) == ("9", None, 1)
    assert User.objects.get(pk=other.account_id).is_active


def test_another_institution_sees_and_does_nothing(rudo, registrars):
    request = proposed(registrars, rudo.student.pk)
    stranger = client_of(make_person(grants=[("registrar", make_institution("MUT"))]).actor)
    assert stranger.get(ALL).json()["data"] == []
    for call in (stranger.get(f"{ALL}{request['id']}/"), stranger.get(f"{ALL}{request['id']}/preview/")):
        assert call.status_code == 404
    assert stranger.post(f"{ALL}{request['id']}/confirm/").status_code == 404
    assert stranger.post(PROPOSE, {"person": str(rudo.student.pk), "reason": "x"}).status_code == 404


def test_asking_for_another_person_needs_the_permission(rudo, harare):
    lecturer = client_of(make_person(grants=[("lecturer", harare)]).actor)
    assert lecturer.post(PROPOSE, {"person": str(rudo.student.pk), "reason": "x"}).status_code == 403
    with reaching(harare.pk):
        assert ErasureRequest.objects.count() == 0


def test_who_erased_whom_is_on_the_audit_log_by_id(rudo, registrars):
    request = proposed(registrars, rudo.student.pk)
    confirm(registrars[1], request)
    entry = AuditEntry.objects.get(rule="users.erasure.confirmed")
    assert (entry.actor_id, entry.subject_id) == (registrars[1].pk, request["id"])
    assert "Rudo" not in str(entry.changes)


def test_who_acts_in_several_institutions_says_where(rudo, harare):
    both = make_person(grants=[("student", harare), ("student", make_institution("MUT"))])
    assert code(client_of(both.actor).post(MINE, {})) == (422, "institution_needed")
    assert client_of(both.actor, **{"X-Institution": "HIT"}).get(MINE).status_code == 200
