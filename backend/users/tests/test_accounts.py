"""This file holds the tests of accounts."""

from io import StringIO

import pytest
from django.contrib.auth.hashers import check_password, identify_hasher
from django.core.management import call_command
from django.db import IntegrityError, transaction

from core.audit.models import AuditEntry
from core.errors import Invalid, RuleBroken
from core.testing.fixtures import client_of
from faculties.factories import make_institution
from users.accounts.rules import add_user, deactivate_user, reactivate_user
from users.factories import make_grant, make_person, make_user
from users.models import Grant, User

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin() -> User:
    return make_person(grants=[("national-administrator", None)])


def test_an_address_is_one_account_however_it_is_typed(admin: User):
    add_user(admin.actor, email="Rudo@Tesc.TEST", name="Rudo")
    with pytest.raises(Invalid) as refusal:
        add_user(admin.actor, email="rudo@tesc.test", name="Another")
    assert [(problem.code, problem.field) for problem in refusal.value.problems] == [("unique", "email")]
    assert User.objects.filter(name="Another").count() == 0


def test_the_database_refuses_an_address_that_is_not_folded():
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create(email="Rudo@tesc.test", name="Rudo")


def test_a_password_is_kept_as_peppered_argon2(admin: User, settings):
    user = add_user(admin.actor, email="rudo@tesc.test", name="Rudo", password="correct horse battery")
    assert user.password.startswith("peppered_argon2$argon2id$")
    assert identify_hasher(user.password).memory_cost == settings.ARGON2_MEMORY_KIB
    assert check_password("correct horse battery", user.password)
    settings.PASSWORD_PEPPER = b"another pepper"
    assert not check_password("correct horse battery", user.password)


def test_a_password_never_reaches_the_audit_log(admin: User):
    user = add_user(admin.actor, email="rudo@tesc.test", name="Rudo", password="correct horse battery")
    changes = AuditEntry.objects.get(rule="users.user.added").changes
    assert changes["password"][1].startswith("digest:")
    assert user.password not in str(changes)


def test_nobody_shuts_their_own_account(admin: User):
    with pytest.raises(RuleBroken) as refusal:
        deactivate_user(admin.actor, admin)
    assert refusal.value.code == "own_account"
    assert User.objects.get(pk=admin.pk).is_active


def test_a_shut_account_opens_again(admin: User):
    user = make_user()
    assert not deactivate_user(admin.actor, user).is_active
    assert reactivate_user(admin.actor, user).is_active


def test_an_address_is_not_changed_with_a_name(admin: User):
    user = make_user(email="rudo@tesc.test")
    answer = client_of(admin.actor).patch(f"/api/v1/users/{user.pk}/", {"email": "other@tesc.test", "name": "Rudo N."})
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "read_only")
    user.refresh_from_db()
    assert (user.email, user.name) == ("rudo@tesc.test", "Tendai Moyo")


def test_people_of_another_institution_are_not_there():
    harare, mutare = make_institution(), make_institution()
    admin = make_person(grants=[("institution-administrator", harare)])
    stranger = make_person(grants=[("registrar", mutare)])
    assert client_of(admin.actor).get(f"/api/v1/users/{stranger.pk}/").status_code == 404
    make_grant(stranger, "lecturer", harare)
    assert client_of(admin.actor).get(f"/api/v1/users/{stranger.pk}/").status_code == 200


def test_the_first_administrator_is_made_once_with_a_password_nobody_chose():
    def seed() -> str:
        call_command("seed_admin", stdout=(out := StringIO()))
        return out.getvalue()

    first, again = seed(), seed()
    password = first.splitlines()[1].removeprefix("Password:").strip()
    user = Grant.objects.get(role__code="national-administrator").user
    assert len(password) == 24
    assert check_password(password, user.password)
    assert again == "There is an administrator already; nothing to do.\n"
    assert not user.is_demo


def test_the_administrator_of_a_demo_is_a_demo_account():
    call_command("seed_admin", demo=True, stdout=StringIO())
    assert User.objects.get().is_demo
