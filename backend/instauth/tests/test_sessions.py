"""This file holds the tests of signing in, staying signed in, and signing out."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, time, timedelta
from threading import Barrier

import jwt
import pytest
import time_machine
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from core.audit.models import AuditEntry
from core.freshness.watch import watch
from faculties.factories import make_faculty, make_institution
from faculties.models import Institution
from instauth.models import RefreshToken, Session
from instauth.tokens.keys import EDDSA, ring
from instauth.tokens.refresh import digest_of, open_under
from users.accounts.rules import deactivate_user
from users.factories import make_grant, make_person, make_role
from users.models import User
from users.roles.rules import end_grant

PASSWORD = "correct horse battery staple"
SIGN_IN, REFRESH, SIGN_OUT, ME = (f"/api/v1/auth/{name}/" for name in ("sign-in", "refresh", "sign-out", "me"))

pytestmark = pytest.mark.django_db


@pytest.fixture
def rudo() -> User:
    return make_person(name="Rudo Ncube", email="rudo@tesc.test", password=PASSWORD)


def sign_in(email: str = "rudo@tesc.test", password: str = PASSWORD):
    return APIClient().post(SIGN_IN, {"email": email, "password": password})


def signed_in(email: str = "rudo@tesc.test") -> APIClient:
    return bearer(sign_in(email).json()["data"]["access_token"])


def bearer(token: str) -> APIClient:
    return APIClient(headers={"Authorization": f"Bearer {token}"})


def look_again() -> None:
    """As if half a second had passed: the process asks what changed."""
    watch.looked_at = float("-inf")


def test_a_person_signs_in_and_sees_who_they_are(rudo: User):
    answer = signed_in().get(ME)
    assert answer.status_code == 200
    assert (answer.json()["data"]["name"], answer.json()["data"]["email"]) == ("Rudo Ncube", "rudo@tesc.test")


def test_the_address_may_be_typed_in_capitals(rudo: User):
    assert sign_in(" Rudo@TESC.test").status_code == 200


@pytest.mark.parametrize(
    ("email", "password"), [("rudo@tesc.test", "wrong"), ("nobody@tesc.test", PASSWORD), ("shut@tesc.test", PASSWORD)]
)
def test_a_wrong_password_an_unknown_address_and_a_shut_account_look_alike(rudo: User, email: str, password: str):
    make_person(email="shut@tesc.test", password=PASSWORD, is_active=False)
    answer = sign_in(email, password)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="tesc"'
    assert answer.json()["errors"] == [
        {"code": "bad_credentials", "message": "The e-mail address or the password is wrong.", "field": None}
    ]
    assert Session.objects.count() == 0


def test_a_failed_attempt_is_on_the_audit_log_without_what_was_typed(rudo: User):
    sign_in(password="tell-nobody")
    entry = AuditEntry.objects.get(decision="refused")
    assert (entry.rule, entry.code, entry.actor_id) == ("instauth.session.begun", "bad_credentials", rudo.pk)
    assert "tell-nobody" not in str(entry.__dict__)


def test_signing_in_is_on_the_audit_log(rudo: User):
    sign_in()
    assert AuditEntry.objects.get(rule="instauth.session.begun", decision="done").actor_id == rudo.pk


def test_every_problem_of_a_sign_in_is_told_at_once():
    errors = APIClient().post(SIGN_IN, {"email": "no address"}).json()["errors"]
    assert [(error["code"], error["field"]) for error in errors] == [("invalid", "email"), ("required", "password")]


def test_nothing_is_read_without_a_token():
    answer = APIClient().get(ME)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (401, "not_authenticated")


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "eyJhbGciOiJub25lIiwidHlwIjoiYXQrand0In0.e30."])
def test_a_token_that_we_did_not_sign_is_refused(token: str):
    assert bearer(token).get(ME).status_code == 401


def test_a_token_of_another_key_is_refused(rudo: User):
    genuine = sign_in().json()["data"]["access_token"]
    claims = jwt.decode(genuine, options={"verify_signature": False})
    key_id = ring.keys().signers[EDDSA].kid
    forged = jwt.encode(
        claims, Ed25519PrivateKey.generate(), algorithm="EdDSA", headers={"kid": key_id, "typ": "at+jwt"}
    )
    assert (bearer(genuine).get(ME).status_code, bearer(forged).get(ME).status_code) == (200, 401)


def test_a_token_carries_no_name_and_no_right(rudo: User):
    claims = jwt.decode(sign_in().json()["data"]["access_token"], options={"verify_signature": False})
    assert set(claims) == {"iss", "aud", "sub", "sid", "jti", "iat", "exp"}


def test_a_token_runs_out(rudo: User):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        client = signed_in()
        clock.shift(timedelta(minutes=settings.ACCESS_TOKEN_MINUTES, seconds=-1))
        assert client.get(ME).status_code == 200
        clock.shift(timedelta(seconds=2))
        assert client.get(ME).status_code == 401


def test_a_refresh_token_is_good_once(rudo: User):
    first = sign_in().json()["data"]
    second = APIClient().post(REFRESH, {"refresh_token": first["refresh_token"]})
    assert second.status_code == 200
    assert bearer(second.json()["data"]["access_token"]).get(ME).status_code == 200


def renew(token: str):
    return APIClient().post(REFRESH, {"refresh_token": token})


def test_a_refresh_token_used_again_at_once_gives_the_same_successor(rudo: User):
    first = sign_in().json()["data"]["refresh_token"]
    answers = [renew(first), renew(first)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert len({answer.json()["data"]["refresh_token"] for answer in answers}) == 1
    assert RefreshToken.objects.count() == 2


def test_the_successor_is_kept_unreadable_and_only_until_it_is_used(rudo: User):
    first = sign_in().json()["data"]["refresh_token"]
    second = renew(first).json()["data"]["refresh_token"]
    link = RefreshToken.objects.get(generation=1)
    assert second.encode() not in bytes(link.successor)
    with pytest.raises(InvalidTag):
        open_under(second, bytes(link.successor))
    renew(second)
    link.refresh_from_db()
    assert link.successor is None


@pytest.mark.parametrize("seconds", [11, 300])
def test_using_a_refresh_token_later_on_ends_the_session(rudo: User, seconds: int):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        first = sign_in().json()["data"]["refresh_token"]
        second = renew(first).json()["data"]
        access = bearer(second["access_token"])
        clock.shift(timedelta(seconds=seconds))
        again = renew(first)
        assert (again.status_code, again.json()["errors"][0]["code"]) == (401, "bad_refresh_token")
        assert Session.objects.get().revoked_because == "token_reused"
        look_again()
        assert access.get(ME).status_code == 401
        assert renew(second["refresh_token"]).status_code == 401


def test_a_refresh_token_whose_successor_was_used_ends_the_session_at_once(rudo: User):
    first = sign_in().json()["data"]["refresh_token"]
    third = renew(renew(first).json()["data"]["refresh_token"]).json()["data"]["refresh_token"]
    assert renew(first).status_code == 401
    assert Session.objects.get().revoked_because == "token_reused"
    assert renew(third).status_code == 401


def test_whose_token_was_copied_is_told_once(rudo: User, django_capture_on_commit_callbacks):
    first = sign_in().json()["data"]["refresh_token"]
    renew(renew(first).json()["data"]["refresh_token"])
    with django_capture_on_commit_callbacks(execute=True):
        renew(first)
        renew(first)
    (letter,) = mail.outbox
    assert letter.to == ["rudo@tesc.test"]
    assert "used from two places at once" in letter.body
    assert AuditEntry.objects.filter(rule="instauth.session.ended").count() == 1


def test_refresh_tokens_are_known_only_by_their_digest(rudo: User):
    token = sign_in().json()["data"]["refresh_token"]
    assert bytes(RefreshToken.objects.get().digest) == digest_of(token)
    assert re.fullmatch(r"[\w-]{43}", token)


def test_an_idle_session_is_not_renewed(rudo: User):
    token = sign_in().json()["data"]["refresh_token"]
    with time_machine.travel(timezone.now() + timedelta(hours=settings.SESSION_IDLE_HOURS, seconds=1)):
        assert APIClient().post(REFRESH, {"refresh_token": token}).status_code == 401


def test_signing_out_ends_the_session(rudo: User):
    client = signed_in()
    assert client.get(ME).status_code == 200
    assert client.post(SIGN_OUT).status_code == 204
    look_again()
    assert client.get(ME).status_code == 401


def test_the_oldest_session_goes_when_there_are_too_many(rudo: User, settings):
    settings.SESSIONS_PER_PERSON = 2
    for _ in range(3):
        sign_in()
    assert [session.revoked_because for session in Session.objects.order_by("id")] == ["too_many", "", ""]


def test_a_deactivated_person_is_out_at_once(rudo: User):
    admin = make_person(grants=[("national-administrator", None)])
    client = signed_in()
    assert client.get(ME).status_code == 200
    deactivate_user(admin.actor, rudo)
    look_again()
    assert client.get(ME).status_code == 401


def test_me_lists_permissions_and_places(rudo: User):
    harare = make_institution("HIT", name="Harare Institute of Technology")
    faculty = make_faculty(harare, code="ENG", name="Engineering")
    make_grant(rudo, make_role("students.view_student"), harare)
    make_grant(rudo, make_role("academic.view_course"), faculty)
    data = signed_in().get(ME).json()["data"]
    assert data["institutions"] == [{"id": str(harare.pk), "code": "HIT", "name": "Harare Institute of Technology"}]
    assert data["units"] == [{"id": str(faculty.pk), "code": "ENG", "name": "Engineering"}]
    assert data["permissions"]["students.view_student"]["institutions"] == [str(harare.pk)]
    assert data["permissions"]["academic.view_course"]["units"] == [str(faculty.pk)]


def test_a_grant_that_ends_signs_its_holder_out_with_the_next_request(rudo: User):
    admin = make_person(grants=[("national-administrator", None)])
    grant = make_grant(rudo, make_role("students.view_student"), make_institution())
    client = signed_in()
    assert client.get("/api/v1/students/").status_code == 200
    end_grant(admin.actor, grant)
    look_again()
    assert client.get("/api/v1/students/").status_code == 401
    assert signed_in().get("/api/v1/students/").status_code == 403


def test_a_failed_sign_in_costs_the_same_queries_for_known_and_unknown_addresses(rudo: User):
    with CaptureQueriesContext(connection) as known:
        sign_in(password="wrong")
    with CaptureQueriesContext(connection) as unknown:
        sign_in(email="nobody@tesc.test")
    assert len(known) == len(unknown) > 0


@pytest.mark.django_db(transaction=True)
def test_eight_renewals_at_once_make_one_branch(rudo: User):
    token = sign_in().json()["data"]["refresh_token"]
    together = Barrier(8)

    def race(_: int) -> tuple[int, str | None]:
        try:
            together.wait(10)
            answer = renew(token)
            return answer.status_code, (answer.json()["data"] or {}).get("refresh_token")
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        answers = set(pool.map(race, range(8)))
    successors = {successor for status, successor in answers if status == 200}
    assert {status for status, _ in answers} <= {200, 401}
    assert len(successors) == 1
    assert list(RefreshToken.objects.order_by("generation").values_list("generation", flat=True)) == [1, 2]
    assert renew(successors.pop()).status_code == 200


def test_a_right_is_believed_no_longer_than_the_day_of_its_institution(harare: Institution, rudo: User):
    grant = make_grant(rudo, make_role("students.view_student"), harare)
    before_midnight = datetime.combine(timezone.now(), time(21, 55), UTC)  # five to twelve in Harare
    with time_machine.travel(before_midnight, tick=False) as clock:
        client = signed_in()
        assert client.get("/api/v1/students/").status_code == 200
        type(grant).objects.filter(pk=grant.pk).update(valid_from=date(2020, 1, 1), valid_until=date(2020, 1, 1))
        answers = []
        for seconds in (299, 1):
            clock.shift(seconds)
            answers.append(client.get("/api/v1/students/").status_code)
    assert answers == [200, 403]
