"""This file holds the tests of people who sign up by themselves: allowed, proved, approved, and then invited."""

from datetime import timedelta

import pytest
import time_machine
from django.core.cache import cache
from django.utils import timezone
from rest_framework.test import APIClient

from core.ids import uuid7
from core.testing.fixtures import client_of
from core.testing.letters import posted, token_in
from core.testing.promises import ResourcePromises
from faculties.models import Institution
from instauth.models import Invitation, Policy, SignUp
from instauth.signups.rules import forget_stale
from users.factories import make_grant, make_person, make_role
from users.models import Grant, Role, User

SIGN_UPS, INVITATIONS = "/api/v1/auth/sign-ups/", "/api/v1/auth/invitations/"
EMAIL, PASSWORD = "rudo@harare.test", "a long walk over Nyanga"

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nothing_counted() -> None:
    cache.clear()


def make_policy(institution: Institution, **fields) -> Policy:
    student = Role.objects.get(code="student")
    return Policy(
        institution=institution, **{"sign_up_role": student, "email_domains": ["harare.test"], **fields}
    ).save_checked()


class TestSignUps(ResourcePromises):
    url = SIGN_UPS
    view = "instauth.view_sign_up"

    def make(self, institution):
        return SignUp(
            email=f"{uuid7()}@harare.test",
            name="Rudo Ncube",
            institution=institution,
            role=Role.objects.get(code="student"),
            status="waiting",
            expires_at=timezone.now() + timedelta(days=1),
        ).save_checked()


@pytest.fixture
def policy(harare: Institution) -> Policy:
    return make_policy(harare)


@pytest.fixture
def boss(harare: Institution) -> User:
    return make_person(grants=[("institution-administrator", harare)])


def ask(institution: Institution, email: str = EMAIL):
    return APIClient().post(f"{SIGN_UPS}ask/", {"institution": str(institution.pk), "email": email, "name": "Rudo"})


def prove(token: str):
    return APIClient().post(f"{SIGN_UPS}prove/", {"token": token})


def proof_of(institution: Institution, email: str = EMAIL) -> str:
    with posted() as letters:
        assert ask(institution, email).status_code == 202
    return token_in(letters[0])


def proved(institution: Institution, email: str = EMAIL) -> str:
    """The address of a sign-up that waits for a decision."""
    assert prove(proof_of(institution, email)).status_code == 200
    return f"{SIGN_UPS}{SignUp.objects.get(email=email).pk}/"


def code_of(answer) -> tuple[int, str]:
    return answer.status_code, answer.json()["errors"][0]["code"]


def seen(answer) -> tuple:
    body = answer.json()
    return answer.status_code, body["data"], body["errors"]


def test_institutions_that_allow_it_are_listed(policy: Policy, mutare: Institution):
    Policy(institution=mutare).save_checked()
    answer = APIClient().get(f"{SIGN_UPS}offers/").json()["data"]
    assert [(one["name"], one["role"], one["email_domains"]) for one in answer] == [
        ("Harare University", "Student", ["harare.test"])
    ]


def test_a_person_signs_up_is_approved_and_chooses_a_password(policy: Policy, boss: User, harare: Institution):
    sign_up = proved(harare)
    assert not User.objects.filter(email=EMAIL).exists()
    with posted() as letters:
        answer = client_of(boss.actor).post(f"{sign_up}approve/")
    assert answer.status_code == 200, answer.content
    assert answer.json()["data"]["status"] == "approved"
    body = {"token": token_in(letters[0]), "name": "Rudo", "password": PASSWORD}
    assert APIClient().post(f"{INVITATIONS}accept/", body).status_code == 201
    grant = Grant.objects.get(user__email=EMAIL)
    assert (grant.role.code, grant.institution) == ("student", harare)
    assert code_of(client_of(boss.actor).post(f"{sign_up}approve/")) == (422, "not_waiting")


def test_a_person_is_declined_with_a_reason(policy: Policy, boss: User, harare: Institution):
    sign_up = proved(harare)
    with posted() as letters:
        assert client_of(boss.actor).post(f"{sign_up}decline/", {"reason": "You are no student."}).status_code == 200
    assert (letters[0].to, "You are no student." in letters[0].body) == ([EMAIL], True)
    assert not Invitation.objects.exists()
    assert code_of(client_of(boss.actor).post(f"{sign_up}approve/")) == (422, "not_waiting")
    assert code_of(client_of(boss.actor).post(f"{SIGN_UPS}{uuid7()}/decline/", {"reason": "x"})) == (404, "not_found")


def test_nobody_approves_to_what_they_lack(harare: Institution):
    make_policy(harare, sign_up_role=Role.objects.get(code="registrar"))
    sign_up = proved(harare)
    weak = make_person(grants=[(make_role("instauth.view_sign_up", "users.add_grant"), harare)])
    assert code_of(client_of(weak.actor).post(f"{sign_up}approve/")) == (422, "lacks_permission")
    reader = make_person(grants=[("registrar", harare)])
    assert client_of(reader.actor).post(f"{sign_up}approve/").status_code == 403
    assert not Invitation.objects.exists()


def test_an_unproved_address_is_shown_to_nobody(policy: Policy, boss: User, harare: Institution):
    token = proof_of(harare)
    assert client_of(boss.actor).get(SIGN_UPS).json()["data"] == []
    assert prove(token).status_code == 200
    assert len(client_of(boss.actor).get(SIGN_UPS).json()["data"]) == 1
    assert code_of(prove(token)) == (422, "link_not_valid")


def test_the_answer_is_the_same_for_everybody(policy: Policy, harare: Institution):
    make_person(email="known@harare.test", grants=[("student", harare)])
    with posted() as letters:
        known, unknown = ask(harare, "known@harare.test"), ask(harare, "unknown@harare.test")
    assert seen(known) == seen(unknown) == (202, None, [])
    assert {letter.subject for letter in letters} == {"Confirm your address for Harare University"}
    assert len(letters) == 2


@pytest.mark.parametrize(
    ("email", "code"),
    [
        ("rudo@elsewhere.test", "foreign_domain"),
        ("rudo@harare.test.elsewhere.test", "foreign_domain"),
        ("rudo@h\N{CYRILLIC SMALL LETTER A}rare.test", "deceptive_address"),
    ],
)
def test_an_address_that_is_not_taken_is_refused(policy: Policy, harare: Institution, email: str, code: str):
    assert code_of(ask(harare, email)) == (422, code)


def test_nobody_signs_up_where_it_is_not_allowed(harare: Institution, mutare: Institution):
    Policy(institution=harare).save_checked()
    for institution in (harare, mutare):
        assert code_of(ask(institution)) == (422, "no_sign_up")


def test_a_policy_that_changes_meanwhile_counts(policy: Policy, harare: Institution):
    ask(harare)
    Policy.objects.update(sign_up_role=None)
    with posted() as letters:
        pass
    assert letters == []
    assert not SignUp.objects.exists()


def test_letters_are_not_sent_one_after_the_other(policy: Policy, harare: Institution):
    with posted() as letters:
        ask(harare)
    with posted() as more:
        ask(harare)
    assert (len(letters), len(more)) == (1, 0)
    with time_machine.travel(timezone.now() + timedelta(minutes=2)), posted() as later:
        ask(harare)
    assert len(later) == 1
    assert SignUp.objects.count() == 1


def test_what_nobody_confirms_or_decides_is_forgotten(policy: Policy, boss: User, harare: Institution):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        waiting, token = proved(harare), proof_of(harare, "other@harare.test")
        clock.shift(timedelta(hours=24, seconds=1))
        assert code_of(prove(token)) == (422, "link_not_valid")
        assert forget_stale() == 1
        clock.shift(timedelta(days=29))
        assert code_of(client_of(boss.actor).post(f"{waiting}approve/")) == (422, "not_waiting")
        assert forget_stale() == 1


def test_whoever_has_an_account_joins_by_it(policy: Policy, boss: User, harare: Institution, mutare: Institution):
    rudo = make_person(email=EMAIL, grants=[("student", mutare)])
    sign_up = proved(harare)
    with posted() as letters:
        assert client_of(boss.actor).post(f"{sign_up}approve/").status_code == 200
    assert client_of(rudo.actor).post(f"{INVITATIONS}join/", {"token": token_in(letters[0])}).status_code == 200
    assert set(rudo.grants.values_list("institution", flat=True)) == {harare.pk, mutare.pk}
    assert make_grant(rudo, "lecturer", harare).pk
