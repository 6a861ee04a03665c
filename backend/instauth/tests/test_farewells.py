"""This file holds the tests of what ends when an account is shut or a person is erased: everything, at once."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.utils import timezone
from rest_framework.test import APIClient

from core.freshness.watch import watch
from core.tenancy.scope import reaching
from core.testing.fixtures import client_of
from core.testing.letters import posted
from faculties.models import Institution
from instauth.models import AddressChange, Invitation, Proof, Session, SignUp
from instauth.proofs.rules import issue
from instauth.sessions.rules import begin_session
from users.accounts.rules import add_user, deactivate_user, reactivate_user
from users.erasures.rules import ask_for_person, confirm_erasure
from users.factories import make_person
from users.models import Role, User

ADDRESS = "rudo@tesc.test"

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nothing_counted() -> None:
    cache.clear()


@pytest.fixture
def boss() -> User:
    return make_person(grants=[("national-administrator", None)])


@pytest.fixture
def rudo(harare: Institution) -> User:
    return make_person(name="Rudo Ncube", email=ADDRESS, grants=[("institution-administrator", harare)])


def invitation_of(host: User, institution: Institution, email: str, **fields) -> Invitation:
    return Invitation(
        email=email,
        name="Somebody",
        role=Role.objects.get(code="student"),
        institution=institution,
        invited_by=host,
        expires_at=timezone.now() + timedelta(days=1),
        **fields,
    ).save_checked()


@pytest.fixture
def everything(rudo: User, boss: User, harare: Institution) -> str:
    """All that a person may have under way; answers an access token."""
    by_them = invitation_of(rudo, harare, "new@tesc.test")
    to_them = invitation_of(boss, harare, ADDRESS, account=rudo)
    change = AddressChange(user=rudo, email="other@tesc.test", expires_at=timezone.now()).save_checked()
    lasts = timedelta(hours=1)
    for purpose, row in (("invitation", by_them), ("invitation", to_them), ("old_address", change), ("reset", rudo)):
        issue(Proof.Purpose(purpose), row.pk, lasts)
    SignUp(email=ADDRESS, name="Rudo", institution=harare, role=by_them.role, expires_at=timezone.now()).save_checked()
    return begin_session(rudo, "").access


def test_shutting_an_account_ends_everything_and_is_told(everything: str, rudo: User, boss: User, harare: Institution):
    untouched = invitation_of(boss, harare, "third@tesc.test")
    client = APIClient(headers={"Authorization": f"Bearer {everything}"})
    with posted() as letters:
        deactivate_user(boss.actor, rudo)
        watch.looked_at = float("-inf")
        assert client.get("/api/v1/auth/me/").status_code == 401, "before any worker has heard of it"
    assert list(Invitation.objects.open()) == [untouched]
    assert not AddressChange.objects.exists()
    assert not SignUp.objects.exists()
    assert not Proof.objects.exists()
    assert [(letter.to, letter.subject) for letter in letters] == [([ADDRESS], "Your account at TESC was shut")]


def test_what_was_ended_stays_ended_when_the_account_opens_again(everything: str, rudo: User, boss: User):
    with posted():
        deactivate_user(boss.actor, rudo)
    reactivate_user(boss.actor, rudo)
    assert not Proof.objects.exists()
    watch.looked_at = float("-inf")
    client = APIClient(headers={"Authorization": f"Bearer {everything}"})
    assert client.get("/api/v1/auth/me/").status_code == 401


def test_erasing_a_person_ends_everything(everything: str, rudo: User, boss: User, harare: Institution):
    at_harare = boss.actor.within(harare.pk)
    other = make_person(grants=[("national-administrator", None)])
    with posted() as letters, reaching(harare.pk):
        request = ask_for_person(at_harare, person=rudo.pk, reason="They asked.")
        confirm_erasure(other.actor.within(harare.pk), request)
    assert not Invitation.objects.open().exists()
    assert not AddressChange.objects.exists()
    assert not Session.objects.filter(user=rudo).exists()
    assert not Proof.objects.filter(subject_id=rudo.pk).exists()
    rows = Invitation.objects.filter(account=rudo).values_list("email", "name")
    assert all(email.endswith("@erased.invalid") and name == "Erased person" for email, name in rows)
    assert all(ADDRESS not in letter.to for letter in letters)


def test_a_person_changes_their_own_name_and_nothing_else(rudo: User):
    client = client_of(rudo.actor)
    assert client.patch("/api/v1/auth/me/", {"name": "Rudo Moyo"}).json()["data"]["name"] == "Rudo Moyo"
    for body in ({"name": ""}, {"name": "x" * 201}, {"email": "x@tesc.test"}, {"is_active": False}):
        assert client.patch("/api/v1/auth/me/", body).status_code == 400
    rudo.refresh_from_db()
    assert (rudo.name, rudo.email) == ("Rudo Moyo", ADDRESS)


def test_an_account_with_a_password_gets_no_letter(boss: User):
    with posted() as letters:
        add_user(boss.actor, email="new@tesc.test", name="New", password="a long walk over Nyanga")
    assert letters == []
