"""This file holds the tests of delegations: what is lent is never more, and never longer, than its lender holds it."""

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import IntegrityError, transaction

from core.errors import NotVisible, RuleBroken
from core.freshness.models import Change
from core.tenancy.scope import reaching
from core.testing.fixtures import client_of
from core.testing.letters import posted
from faculties.factories import make_department, make_faculty, make_institution, today_there
from faculties.models import Institution
from users.accounts.rules import deactivate_user, person_key, reactivate_user
from users.delegations.rules import NEVER_LENT, delegate, end_delegation
from users.factories import make_grant, make_person, make_role
from users.groups.rules import add_group, add_member
from users.models import Delegation, Grant, User
from users.roles.actors import actor_of
from users.roles.rules import end_grant, give_grant
from users.roles.shipped import all_permissions

pytestmark = pytest.mark.django_db
URL = "/api/v1/users/delegations/"
VIEW, ADD = "students.view_student", "students.add_student"
TODAY, DAY = today_there, timedelta(days=1)


@pytest.fixture
def harare() -> Institution:
    return make_institution("HIT")


@pytest.fixture
def registrar(harare: Institution) -> User:
    return make_person(name="Chipo Dube", grants=[("registrar", harare)])


@pytest.fixture
def clerk(harare: Institution) -> User:
    return make_person(name="Rudo Ncube", email="rudo@tesc.test", grants=[("lecturer", harare)])


def lend(lender: User, borrower: User, *permissions: str, **fields: Any) -> Delegation:
    fields = {"reason": "I am away.", "valid_until": TODAY() + 7 * DAY, **fields}
    return delegate(actor_of(lender), to=borrower.email, permissions=permissions or [VIEW], **fields)


def refused(deed: Any, *arguments: Any, **fields: Any) -> str:
    with pytest.raises(RuleBroken) as refusal:
        deed(*arguments, **fields)
    return refusal.value.code


def test_whoever_borrows_holds_it_where_the_lender_does(registrar: User, clerk: User, harare: Institution):
    assert not actor_of(clerk).may(ADD)
    lend(registrar, clerk, ADD)
    assert actor_of(clerk).reach(ADD).institutions == {harare.pk}
    assert actor_of(registrar).may(ADD)


def test_a_dean_lends_the_faculty_and_no_more(clerk: User, harare: Institution):
    faculty = make_faculty(harare)
    below = make_department(harare, faculty=faculty)
    dean = make_person(grants=[("dean", faculty)])
    lend(dean, clerk, VIEW)
    reach = actor_of(clerk).reach(VIEW)
    assert (reach.units, reach.institutions) == ({faculty.pk, below.pk}, frozenset())


def test_without_names_all_that_can_be_lent_is_lent(registrar: User, clerk: User):
    delegation = delegate(
        registrar.actor, to=clerk.email, reason="I am away.", valid_until=TODAY() + DAY, permissions=None
    )
    assert {VIEW, ADD, "academic.view_mark"} <= set(delegation.permissions)
    assert not set(delegation.permissions) & NEVER_LENT


@pytest.mark.parametrize(("begins", "ends", "holds"), [(0, 0, True), (1, 2, False), (-3, 3, True)])
def test_it_holds_from_the_first_to_the_last_day(registrar: User, clerk: User, begins: int, ends: int, holds: bool):
    lend(registrar, clerk, ADD, valid_from=TODAY() + begins * DAY, valid_until=TODAY() + ends * DAY)
    assert actor_of(clerk).may(ADD) is holds


def test_it_is_over_after_its_last_day(registrar: User, clerk: User):
    delegation = lend(registrar, clerk, ADD)
    Delegation.objects.filter(pk=delegation.pk).update(valid_from=TODAY() - 3 * DAY, valid_until=TODAY() - DAY)
    assert not actor_of(clerk).may(ADD)


def test_it_ends_with_the_right_it_was_lent_from(registrar: User, clerk: User, harare: Institution):
    lend(registrar, clerk, ADD, VIEW)
    make_grant(registrar, make_role(VIEW), harare)
    admin = make_person(grants=[("institution-administrator", harare)])
    end_grant(admin.actor, registrar.grants.get(role__code="registrar"))
    assert not actor_of(clerk).may(ADD)
    assert actor_of(clerk).may(VIEW)


def test_it_ends_when_the_lender_is_shut_out(registrar: User, clerk: User, harare: Institution):
    lend(registrar, clerk, ADD)
    admin = make_person(grants=[("institution-administrator", harare)])
    deactivate_user(admin.actor, registrar)
    assert not actor_of(clerk).may(ADD)


def test_every_worker_hears_when_the_lender_loses_a_right(registrar: User, clerk: User, harare: Institution):
    lend(registrar, clerk, ADD)
    Change.objects.all().delete()
    admin = make_person(grants=[("institution-administrator", harare)])
    end_grant(admin.actor, registrar.grants.get())
    heard = set(Change.objects.values_list("key", flat=True))
    assert {person_key(registrar.pk), person_key(clerk.pk)} <= heard


def test_nothing_of_a_suspended_institution_is_lent(registrar: User, clerk: User, harare: Institution):
    lend(registrar, clerk, ADD)
    Institution.objects.filter(pk=harare.pk).update(status="suspended")
    assert not actor_of(clerk).reaches


def test_what_was_borrowed_is_not_lent_on(registrar: User, clerk: User, harare: Institution):
    lend(registrar, clerk, ADD)
    third = make_person(grants=[("lecturer", harare)])
    assert refused(lend, clerk, third, ADD) == "not_lendable"
    # Not even where both lend to each other.
    lend(registrar, third, ADD)
    Delegation.objects.create(
        institution=harare, delegator=clerk, delegate=third, permissions=[ADD], reason="x", valid_until=TODAY()
    )
    end_delegation(registrar.actor, Delegation.objects.get(delegator=registrar, delegate=third))
    assert not actor_of(third).may(ADD)


def test_what_was_borrowed_grants_nothing_to_others(registrar: User, harare: Institution):
    borrower = make_person(grants=[(make_role("users.add_grant", "users.change_group"), harare)])
    lend(registrar, borrower, ADD)
    role = make_role(ADD)
    actor = actor_of(borrower)
    assert actor.may(ADD)
    assert refused(give_grant, actor, user=borrower, role=role, institution=harare) == "lacks_permission"
    assert Grant.objects.filter(role=role).count() == 0


@pytest.mark.parametrize("permission", sorted(NEVER_LENT))
def test_what_gives_rights_is_never_lent(clerk: User, harare: Institution, permission: str):
    lender = make_person(grants=[(make_role(*{permission, "users.add_delegation"}), harare)])
    assert refused(lend, lender, clerk, permission) == "not_lendable"
    assert Delegation.objects.count() == 0


def test_codes_that_are_never_lent_exist():
    assert set(all_permissions()) >= NEVER_LENT


def test_nobody_lends_what_they_lack_or_hold_only_over_their_own_rows(clerk: User, registrar: User):
    for permission in (ADD, "academic.change_mark", "no.such_code"):
        assert refused(lend, clerk, registrar, permission) == "not_lendable"
    assert Delegation.objects.count() == 0


def test_what_is_held_by_a_group_may_be_lent(clerk: User, harare: Institution):
    admin = make_person(grants=[("institution-administrator", harare)])
    member = make_person()
    with reaching(harare.pk):
        group = add_group(admin.actor, name="Office")
        give_grant(admin.actor, group=group, role=make_role(ADD, "users.add_delegation"), institution=harare)
        add_member(admin.actor, group=group, user=member)
    lend(member, clerk, ADD)
    assert actor_of(clerk).may(ADD)


def test_only_colleagues_borrow(registrar: User):
    stranger = make_person()
    elsewhere = make_person(grants=[("registrar", make_institution())])
    nobody = User(email="nobody@tesc.test")
    assert {refused(lend, registrar, one) for one in (stranger, elsewhere, nobody)} == {"no_colleague"}
    assert refused(lend, registrar, registrar) == "own_account"
    assert Delegation.objects.count() == 0


@pytest.mark.parametrize(
    ("days", "code"),
    [({"valid_until": -1}, "in_the_past"), ({"valid_from": 3, "valid_until": 2}, "ends_before_it_begins")],
)
def test_days_that_make_no_sense_are_refused(registrar: User, clerk: User, days: dict[str, int], code: str):
    assert refused(lend, registrar, clerk, **{name: TODAY() + day * DAY for name, day in days.items()}) == code
    assert Delegation.objects.count() == 0


@pytest.mark.parametrize(
    ("wrong", "constraint"),
    [
        ({"valid_until": None}, "delegation_has_an_end"),
        ({"permissions": []}, "delegation_of_something"),
        ({"delegate": "delegator"}, "delegation_to_another"),
    ],
)
def test_the_database_refuses_what_is_no_delegation(registrar: User, clerk: User, wrong: dict, constraint: str):
    delegation = lend(registrar, clerk)
    values = {name: registrar if value == "delegator" else value for name, value in wrong.items()}
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Delegation.objects.filter(pk=delegation.pk).update(**values)


def test_the_colleague_is_told_by_letter(registrar: User, clerk: User, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        end_delegation(registrar.actor, lend(registrar, clerk, ADD))
    begun, ended = mail.outbox
    assert begun.to == ended.to == ["rudo@tesc.test"]
    assert begun.subject == "Chipo Dube lends you rights at University HIT"
    assert "I am away." in begun.body
    assert ended.subject == "Chipo Dube no longer lends rights to Rudo Ncube"


def test_both_are_told_when_somebody_else_ends_it(
    registrar: User, clerk: User, harare: Institution, django_capture_on_commit_callbacks
):
    admin = make_person(grants=[("institution-administrator", harare)])
    with django_capture_on_commit_callbacks(execute=True):
        end_delegation(admin.actor, lend(registrar, clerk))
    _, *ended = mail.outbox
    assert {letter.to[0] for letter in ended} == {registrar.email, clerk.email}


@pytest.mark.parametrize("who", ["lender", "borrower"])
def test_either_ends_it_at_once_and_once(registrar: User, clerk: User, who: str):
    delegation = lend(registrar, clerk, ADD)
    person = registrar if who == "lender" else clerk
    end_delegation(actor_of(person), delegation)
    assert not actor_of(clerk).may(ADD)
    delegation.refresh_from_db()
    assert refused(end_delegation, actor_of(registrar), delegation) == "already_ended"


def test_a_third_person_neither_sees_nor_ends_it(registrar: User, clerk: User, harare: Institution):
    delegation = lend(registrar, clerk)
    third = make_person(grants=[("lecturer", harare)])
    other = make_person(grants=[("institution-administrator", make_institution())])
    for person in (third, other):
        assert client_of(person.actor).get(f"{URL}{delegation.pk}/").status_code == 404
        with pytest.raises(NotVisible):
            end_delegation(person.actor, delegation)
    assert Delegation.objects.in_force().count() == 1


def test_a_delegation_over_http_is_seen_by_both(registrar: User, clerk: User, harare: Institution):
    body = {
        "to": clerk.email.upper(), "permissions": [ADD], "reason": "I am away.", "valid_until": str(TODAY() + DAY),
    }  # fmt: skip
    made = client_of(registrar.actor).post(URL, body)
    assert made.status_code == 201, made.json()
    shown = made.json()["data"]
    assert (shown["delegator"], shown["delegate"]) == (str(registrar.pk), str(clerk.pk))
    for person in (registrar, clerk):
        client = client_of(actor_of(person))
        assert [row["id"] for row in client.get(URL).json()["data"]] == [shown["id"]]
        assert client.get(f"{URL}{shown['id']}/").json()["data"]["reason"] == "I am away."
    assert client_of(registrar.actor).post(f"{URL}{shown['id']}/end/").status_code == 200


def test_somebody_whose_role_does_not_show_delegations_sees_what_they_borrowed(registrar: User, harare: Institution):
    poor = make_person(grants=[(make_role("academic.view_term"), harare)])
    delegation = lend(registrar, poor)
    assert client_of(actor_of(poor)).get(f"{URL}{delegation.pk}/").status_code == 200


@pytest.mark.parametrize(
    "wrong", [{"to": "no address"}, {"permissions": []}, {"permissions": "all"}, {"reason": ""}, {"valid_until": None}]
)
def test_wrong_bodies_are_refused(registrar: User, clerk: User, wrong: dict[str, Any]):
    body = {"to": clerk.email, "permissions": [VIEW], "reason": "Away.", "valid_until": str(TODAY() + DAY), **wrong}
    assert client_of(registrar.actor).post(URL, body).status_code == 400
    assert Delegation.objects.count() == 0


@pytest.mark.parametrize("leaver", ["registrar", "clerk"])
def test_what_was_lent_does_not_come_back_with_an_account_that_was_shut(registrar: User, clerk: User, leaver: str):
    delegation = lend(registrar, clerk, ADD)
    boss = make_person(grants=[("national-administrator", None)])
    person = {"registrar": registrar, "clerk": clerk}[leaver]
    with posted():
        deactivate_user(boss.actor, person)
    reactivate_user(boss.actor, person)
    assert not actor_of(clerk).may(ADD)
    delegation.refresh_from_db()
    assert delegation.is_revoked
