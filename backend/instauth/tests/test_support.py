"""This file holds the tests of staff acting as a person: with a reason, told, for a while, gaining nothing by it."""

from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.utils import timezone
from rest_framework.test import APIClient

from core.audit.models import AuditEntry
from core.freshness.watch import watch
from core.http.permissions import SIGNED_IN
from core.http.routes import all_routes
from core.testing.fixtures import client_of
from faculties.models import Institution
from instauth.models import Session, SupportAccess
from instauth.support import rules
from users.accounts.rules import deactivate_user
from users.exports.models import DataExport
from users.factories import make_grant, make_person, make_role
from users.models import User
from users.roles.models import RolePermission
from users.roles.rules import end_grant

SUPPORT, ME, SIGN_OUT = "/api/v1/auth/support/", "/api/v1/auth/me/", "/api/v1/auth/sign-out/"
REASON = {"reason": "She can't find her marks.", "minutes": 10}

pytestmark = pytest.mark.django_db


@pytest.fixture
def helper(harare: Institution) -> User:
    return make_person(name="Farai Helper", grants=[("institution-administrator", harare)])


@pytest.fixture
def rudo(harare: Institution) -> User:
    return make_person(name="Rudo Ncube", email="rudo@tesc.test", grants=[("student", harare)])


def begin(helper: User, person: User, **body):
    return client_of(helper.actor).post(SUPPORT, {"person": str(person.pk), **REASON, **body})


def acting(helper: User, person: User) -> APIClient:
    token = begin(helper, person).json()["data"]["access_token"]
    watch.looked_at = float("-inf")
    return APIClient(headers={"Authorization": f"Bearer {token}"})


def look_again() -> None:
    watch.looked_at = float("-inf")


def test_staff_sees_what_the_person_sees(helper: User, rudo: User, harare: Institution):
    answer = acting(helper, rudo).get(ME)
    assert answer.status_code == 200
    assert answer.json()["data"]["id"] == str(rudo.pk)
    assert [place["id"] for place in answer.json()["data"]["institutions"]] == [str(harare.pk)]


def test_the_person_is_told_who_why_and_how_to_end_it(helper: User, rudo: User, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        assert begin(helper, rudo).status_code == 201
    (letter,) = mail.outbox
    assert letter.to == ["rudo@tesc.test"]
    assert letter.subject == "Farai Helper is acting in your account"
    assert REASON["reason"] in letter.body
    assert "/account/devices/" in letter.body


def test_both_names_are_on_record(helper: User, rudo: User):
    client = acting(helper, rudo)
    client.get("/api/v1/audit/")
    session = SupportAccess.objects.get().session_id
    refused = AuditEntry.objects.get(session_id=session)
    assert (refused.actor_id, refused.actor_name) == (rudo.pk, "Farai Helper for Rudo Ncube")
    begun = AuditEntry.objects.get(rule="instauth.support.begun")
    assert (begun.actor_id, begun.decision) == (helper.pk, "done")


def test_no_operation_that_needs_a_second_factor_is_done(helper: User, harare: Institution):
    boss = make_person(grants=[("institution-administrator", harare)])
    other = make_person(grants=[("student", harare)])
    answer = acting(helper, boss).post(SUPPORT, {"person": str(other.pk), **REASON})
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (401, "step_up_needed")
    assert SupportAccess.objects.count() == 1


def test_what_is_a_persons_own_is_not_changed(helper: User, rudo: User):
    client = acting(helper, rudo)
    for method, address in own_changes():
        answer = client.generic(method, address, data="{}", content_type="application/json")
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (403, "not_allowed"), address
    assert client.post(SIGN_OUT).status_code == 204


def own_changes() -> list[tuple[str, str]]:
    """Every operation that anybody who is signed in may do and that changes something, but signing out."""
    filler = "019a0000-0000-7000-8000-000000000000"
    return [
        (method, "/" + route.path.replace("<uuid:pk>", filler))
        for route in all_routes()
        if route.path.startswith("api/v1/") and "<str" not in route.path and route.path != SIGN_OUT.lstrip("/")
        for method, need in (route.needs or {}).items()
        if need == SIGNED_IN and method not in ("GET", "HEAD", "OPTIONS")
    ]


def test_it_ends_by_itself(helper: User, rudo: User):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        client = acting(helper, rudo)
        clock.shift(timedelta(minutes=9))
        assert client.get(ME).status_code == 200
        clock.shift(timedelta(minutes=1, seconds=1))
        assert client.get(ME).status_code == 401


def test_a_renewal_goes_no_further_than_its_end(helper: User, rudo: User):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        refresh = begin(helper, rudo).json()["data"]["refresh_token"]
        clock.shift(timedelta(minutes=10, seconds=1))
        assert APIClient().post("/api/v1/auth/refresh/", {"refresh_token": refresh}).status_code == 401


def test_whoever_began_it_ends_it(helper: User, rudo: User, harare: Institution):
    client = acting(helper, rudo)
    access = SupportAccess.objects.get()
    another = make_person(grants=[("institution-administrator", harare)])
    assert client_of(another.actor).post(f"{SUPPORT}{access.pk}/end/").status_code == 403
    assert client.get(ME).status_code == 200
    assert client_of(helper.actor).post(f"{SUPPORT}{access.pk}/end/").status_code == 200
    look_again()
    assert client.get(ME).status_code == 401


def test_it_ends_with_the_right_to_give_it(helper: User, rudo: User):
    client = acting(helper, rudo)
    assert client.get(ME).status_code == 200
    admin = make_person(grants=[("national-administrator", None)])
    end_grant(admin.actor, helper.grants.get())
    look_again()
    assert client.get(ME).status_code == 401


def test_it_ends_with_the_account_of_the_staff(helper: User, rudo: User):
    client = acting(helper, rudo)
    assert client.get(ME).status_code == 200
    deactivate_user(make_person(grants=[("national-administrator", None)]).actor, helper)
    look_again()
    assert client.get(ME).status_code == 401


def test_it_reaches_one_institution_only(helper: User, rudo: User, harare: Institution, mutare: Institution):
    make_grant(rudo, "student", mutare)
    places = acting(helper, rudo).get(ME).json()["data"]["institutions"]
    assert [place["id"] for place in places] == [str(harare.pk)]


@pytest.mark.parametrize(
    ("body", "code"),
    [({"reason": ""}, "blank"), ({"minutes": 61}, "max_value"), ({"minutes": 0}, "min_value")],
)
def test_a_reason_and_a_short_time_are_asked_for(helper: User, rudo: User, body: dict, code: str):
    answer = begin(helper, rudo, **body)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, code)
    assert Session.objects.count() == 0


def test_nobody_supports_themselves(helper: User):
    answer = begin(helper, helper)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "own_account")


def test_nobody_gains_by_it(helper: User, harare: Institution):
    role = make_role("academic.view_mark", "reports.no_such_right")
    powerful = make_person(grants=[(role, harare)])
    answer = begin(helper, powerful)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "lacks_permission")
    assert "reports.no_such_right" in answer.json()["errors"][0]["message"]
    assert SupportAccess.objects.count() == 0


def test_a_shut_account_is_not_supported(helper: User, rudo: User):
    deactivate_user(make_person(grants=[("national-administrator", None)]).actor, rudo)
    assert begin(helper, rudo).status_code == 422


def test_a_person_elsewhere_looks_like_nobody(helper: User, mutare: Institution):
    stranger = make_person(grants=[("student", mutare)])
    answer = begin(helper, stranger)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "does_not_exist")


def test_it_needs_the_right(rudo: User, harare: Institution):
    registrar = make_person(grants=[("registrar", harare)])
    assert begin(registrar, rudo).status_code == 403
    assert SupportAccess.objects.count() == 0


def test_the_person_and_the_institution_see_who_did_and_others_do_not(
    helper: User, rudo: User, harare: Institution, mutare: Institution
):
    begin(helper, rudo)
    rudo_sees = client_of(rudo.actor).get(SUPPORT).json()["data"]
    assert [row["reason"] for row in rudo_sees] == [REASON["reason"]]
    assert len(client_of(helper.actor).get(SUPPORT).json()["data"]) == 1
    other = make_person(grants=[("institution-administrator", mutare)])
    assert client_of(other.actor).get(SUPPORT).json()["data"] == []
    key = SupportAccess.objects.get().pk
    assert client_of(other.actor).get(f"{SUPPORT}{key}/").status_code == 404
    assert client_of(helper.actor).get(f"{SUPPORT}{key}/").json()["data"]["access_token"] is None


def test_related_rights_of_the_person_are_theirs_alone(helper: User, rudo: User, harare: Institution):
    make_grant(rudo, make_role("students.view_student", over=RolePermission.Over.RELATED), harare)
    assert rules.covers(helper.actor.reach("no.such"), rudo.actor.reach("no.such"))
    assert begin(helper, rudo).status_code == 201


def test_staff_gets_no_copy_of_all_that_is_held_on_the_person(helper: User, rudo: User):
    """A copy spans institutions that the staff knows nothing of."""
    export = DataExport(person_id=rudo.pk, account=rudo, requested_by=rudo, status="ready").save_checked()
    answer = acting(helper, rudo).get(f"/api/v1/users/me/data-exports/{export.pk}/json/")
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (403, "not_allowed")
