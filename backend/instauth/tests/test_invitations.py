"""This file holds the tests of invitations: who may send them, and who gets in by one."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone
from rest_framework.test import APIClient

from core.audit.models import AuditEntry
from core.testing.fixtures import client_of
from core.testing.letters import posted, token_in
from core.testing.promises import ResourcePromises
from faculties.models import Institution
from instauth.models import Invitation, Policy, Proof
from users.accounts.rules import deactivate_user
from users.factories import make_grant, make_person, make_role
from users.models import Grant, Role, User

INVITATIONS = "/api/v1/auth/invitations/"
PASSWORD = "a long walk over Nyanga"

pytestmark = pytest.mark.django_db


class TestInvitations(ResourcePromises):
    url = INVITATIONS
    view = "instauth.view_invitation"
    create = "users.add_grant"
    also = ("users.view_role", "faculties.view_institution")
    references = ("institution",)

    def make(self, institution):
        host = make_person()
        role = make_role("users.view_role")
        return Invitation(
            email="rudo@tesc.test",
            name="Rudo Ncube",
            role=role,
            institution=institution,
            invited_by=host,
            expires_at=timezone.now(),
        ).save_checked()

    def body(self, institution):
        role = make_role("users.view_role")
        return {
            "email": "rudo@tesc.test",
            "name": "Rudo Ncube",
            "role": str(role.pk),
            "institution": str(institution.pk),
        }

    def writer(self, institution):
        return make_person(grants=[(make_role(self.view, self.create, *self.also), institution)])


@pytest.fixture
def host(harare: Institution) -> User:
    return make_person(name="Farai Host", grants=[("institution-administrator", harare)])


@pytest.fixture
def student() -> Role:
    return Role.objects.get(code="student")


def invite(host: User, institution: Institution | None, role: Role, **body):
    where = {"institution": str(institution.pk)} if institution else {}
    fields = {"email": "rudo@tesc.test", "name": "Rudo Ncube", "role": str(role.pk), **where, **body}
    return client_of(host.actor).post(INVITATIONS, fields)


def accept(token: str, **body):
    return APIClient().post(f"{INVITATIONS}accept/", {"token": token, "name": "Rudo", "password": PASSWORD, **body})


def code_of(answer) -> tuple[int, str]:
    return answer.status_code, answer.json()["errors"][0]["code"]


@pytest.fixture
def token(host: User, harare: Institution, student: Role) -> str:
    with posted() as letters:
        assert invite(host, harare, student).status_code == 201
    assert letters[0].to == ["rudo@tesc.test"]
    assert "Harare University" in letters[0].body
    return token_in(letters[0])


def test_the_letter_shows_what_one_is_invited_to(token: str):
    for _ in range(2):
        shown = APIClient().post(f"{INVITATIONS}open/", {"token": token}).json()["data"]
        assert (shown["email"], shown["role"], shown["institution"]) == (
            "rudo@tesc.test",
            "Student",
            "Harare University",
        )
        assert (shown["invited_by"], shown["has_account"]) == ("Farai Host", False)


def test_accepting_makes_the_account_and_gives_the_role(token: str, host: User, harare: Institution, student: Role):
    answer = accept(token)
    assert answer.status_code == 201, answer.content
    user = User.objects.get(email="rudo@tesc.test")
    assert (user.name, user.check_password(PASSWORD)) == ("Rudo", True)
    grant = Grant.objects.get(user=user)
    assert (grant.role, grant.institution) == (student, harare)
    given = AuditEntry.objects.get(rule="users.grant.given")
    assert given.actor_id == host.pk
    assert AuditEntry.objects.get(rule="instauth.invitation.accepted").actor_id == user.pk
    assert Invitation.objects.get().status == "accepted"
    assert code_of(accept(token)) == (422, "link_not_valid")
    assert AuditEntry.objects.get(rule="instauth.proof.spent").decision == "refused"


def test_a_weak_password_is_refused_and_the_letter_stays_good(token: str):
    answer = accept(token, password="12345678")
    assert [error["code"] for error in answer.json()["errors"]] == ["password_too_short", "password_too_common"]
    assert answer.status_code == 400
    assert not User.objects.filter(email="rudo@tesc.test").exists()
    assert accept(token).status_code == 201


def test_an_invitation_is_good_for_72_hours_and_can_be_sent_again(host: User, harare: Institution, student: Role):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        with posted() as letters:
            invitation = invite(host, harare, student).json()["data"]["id"]
        clock.shift(timedelta(hours=72))
        assert code_of(accept(token_in(letters[0]))) == (422, "link_not_valid")
        with posted() as again:
            assert client_of(host.actor).post(f"{INVITATIONS}{invitation}/resend/").status_code == 200
        clock.shift(timedelta(hours=71))
        assert accept(token_in(again[0])).status_code == 201


def test_a_withdrawn_invitation_lets_nobody_in(host: User, token: str):
    address = f"{INVITATIONS}{Invitation.objects.get().pk}/"
    assert client_of(host.actor).post(f"{address}withdraw/").status_code == 200
    assert code_of(accept(token)) == (422, "link_not_valid")
    for verb in ("withdraw", "resend"):
        assert code_of(client_of(host.actor).post(f"{address}{verb}/")) == (422, "not_open")


def test_nobody_invites_to_what_they_lack(host: User, harare: Institution, mutare: Institution, student: Role):
    nation = Role.objects.get(code="national-administrator")
    assert code_of(invite(host, None, nation))[0] in (403, 422)
    assert code_of(invite(host, harare, nation)) == (422, "lacks_permission")
    assert code_of(invite(host, mutare, student)) == (400, "does_not_exist")
    weak = make_person(grants=[(make_role("users.add_grant", "users.view_role", "faculties.view_institution"), harare)])
    assert code_of(invite(weak, harare, student)) == (422, "lacks_permission")
    assert not Invitation.objects.exists()
    assert not Proof.objects.exists()


def test_an_invitation_of_somebody_who_left_gives_nothing(host: User, token: str):
    boss = make_person(grants=[("national-administrator", None)])
    deactivate_user(boss.actor, host)
    assert accept(token).status_code == 422
    assert not User.objects.filter(email="rudo@tesc.test").exists()


def test_whoever_has_an_account_signs_in_first(token: str, harare: Institution, student: Role):
    rudo = make_person(name="Rudo Ncube", email="rudo@tesc.test", password=PASSWORD)
    assert APIClient().post(f"{INVITATIONS}open/", {"token": token}).json()["data"]["has_account"] is True
    assert code_of(accept(token)) == (422, "sign_in_first")
    other = make_person()
    assert code_of(client_of(other.actor).post(f"{INVITATIONS}join/", {"token": token})) == (422, "another_account")
    assert client_of(rudo.actor).post(f"{INVITATIONS}join/", {"token": token}).status_code == 200
    assert Grant.objects.filter(user=rudo, role=student, institution=harare).exists()
    assert client_of(rudo.actor).post(f"{INVITATIONS}join/", {"token": token}).status_code == 422


def test_a_role_that_is_held_already_is_not_given_twice(token: str, harare: Institution):
    rudo = make_person(email="rudo@tesc.test", grants=[("student", harare)])
    assert code_of(client_of(rudo.actor).post(f"{INVITATIONS}join/", {"token": token})) == (400, "already_granted")
    assert Grant.objects.filter(user=rudo).count() == 1


def test_only_addresses_that_the_institution_takes_are_invited(host: User, harare: Institution, student: Role):
    Policy(institution=harare, email_domains=["harare.test"]).save_checked()
    assert code_of(invite(host, harare, student)) == (422, "foreign_domain")
    assert invite(host, harare, student, email="rudo@harare.test").status_code == 201


def test_one_person_is_invited_to_one_role_once(host: User, harare: Institution, student: Role):
    assert invite(host, harare, student).status_code == 201
    assert code_of(invite(host, harare, student, email="RUDO@tesc.test"))[1] == "already_invited"


@pytest.mark.parametrize("forged", ["", "x" * 43, "x" * 101, "ü" * 43, "a\x00b"])
def test_a_forged_token_opens_nothing(token: str, forged: str):
    for address, more in (("open/", {}), ("accept/", {"name": "Rudo", "password": PASSWORD})):
        assert APIClient().post(f"{INVITATIONS}{address}", {"token": forged, **more}).status_code in (400, 422)


def test_the_role_is_held_between_the_dates(host: User, harare: Institution, student: Role):
    dates = {"valid_from": "2099-01-01", "valid_until": "2099-12-31"}
    with posted() as letters:
        assert invite(host, harare, student, **dates).status_code == 201
    assert accept(token_in(letters[0])).status_code == 201
    grant = Grant.objects.get(user__email="rudo@tesc.test")
    assert (str(grant.valid_from), str(grant.valid_until)) == ("2099-01-01", "2099-12-31")
    assert make_grant(make_person(), "student", harare).valid_until is None
