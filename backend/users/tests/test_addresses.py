"""This file holds the tests of addresses that look like another one."""

import pytest
from django.db import IntegrityError, transaction

from core.errors import Invalid
from users.accounts.addresses import as_login, could_be_confused, is_deceptive, shape_of
from users.accounts.rules import add_user
from users.factories import make_person, make_user
from users.models import User


@pytest.mark.parametrize(
    "address",
    [
        "rud\u043e@tesc.test",  # one Cyrillic letter
        "rudo@t\u0435sc.test",
        "\u0441\u043e\u0440\u0435@tesc.test",  # Cyrillic alone, and reads as Latin
        "rudo@\u0440\u0430\u0443.test",
        "rudo@xn--80a0ab.test",  # that, as a server writes it
        "r\u03c5do@tesc.test",  # Greek
        "ru\u200bdo@tesc.test",  # no width
        "ru\u00addo@tesc.test",  # a soft hyphen
        "rudo\u202e@tesc.test",  # from right to left
        "rudo@tesc\u3164.test",  # a filler
        "rudo\u0661@tesc.test",  # a digit of another script
        "rudo@te\u2044sc.test",  # a slash that is none
        "rudo@\u65e5\u0430.test",  # Chinese and Cyrillic
        "rudo@xn--a.test",  # encodes a control
        "rudo@xn--\u20ac.test",  # encodes nothing
    ],
    ids=ascii,
)
def test_an_address_that_passes_for_another_is_deceptive(address):
    assert is_deceptive(address)


@pytest.mark.parametrize(
    "address",
    [
        "rudo.ncube+mail@cs.uz.test",
        "jos\u00e9@tesc.test",
        "rudo@m\u00fcnchen.test",
        "rudo@xn--mnchen-3ya.test",
        "\u0434\u043e\u0436\u0434\u044c@\u043f\u043e\u0447\u0442\u0430\u044e.test",
        "rudo@\u65e5\u672c\u306e\u30c6\u30b9\u30c8.test",
    ],
    ids=ascii,
)
def test_an_address_in_one_alphabet_is_what_it_seems(address):
    assert not is_deceptive(address)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("rudo@tesc.test", "rud\u043e@tesc.test"),
        ("mike@example.org", "m\u0131ke@example.org"),  # CVE-2019-19844
        ("mike@example.org", "mike@ex\u0251mple.org"),
        ("jose@tesc.test", "jos\u00e9@tesc.test"),
        ("rudo@tesc.test", "ru\u200bdo@tesc.test"),
        ("rudo@munchen.test", "rudo@xn--mnchen-3ya.test"),
    ],
    ids=ascii,
)
def test_lookalikes_could_be_confused(one, other):
    assert could_be_confused(one, other)
    assert could_be_confused(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [("rudo@tesc.test", "Rudo@tesc.test"), ("ru1@tesc.test", "rul@tesc.test"), ("a@b.test", "a@c.test")],
)
def test_the_same_address_and_plain_ones_are_not_confused(one, other):
    assert not could_be_confused(one, other)


def test_a_plain_address_is_its_own_shape():
    plain = "abcdefghijklmnopqrstuvwxyz.0123456789-_+'@tesc.test"
    assert shape_of(plain) == plain == as_login(plain)


def refused(email: str) -> list[tuple[str, str | None]]:
    admin = make_person(grants=[("national-administrator", None)])
    with pytest.raises(Invalid) as refusal:
        add_user(admin.actor, email=email, name="Another")
    assert not User.objects.filter(name="Another").exists()
    return [(problem.code, problem.field) for problem in refusal.value.problems]


@pytest.mark.django_db
def test_no_account_has_a_deceptive_address():
    assert refused("rudo@t\u0435sc.test") == [("deceptive_address", "email")]


@pytest.mark.django_db
@pytest.mark.parametrize("email", ["m\u0131ke@tesc.test", "mike@t\u00e9sc.test"], ids=ascii)
def test_no_account_has_an_address_that_looks_like_that_of_another(email):
    make_user(email="mike@tesc.test")
    assert [code for code, _ in refused(email)] == ["confusable_address"]


@pytest.mark.django_db
def test_the_database_refuses_two_addresses_that_look_alike():
    make_user(email="mike@tesc.test")
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create(email="m\u0131ke@tesc.test", name="Another")


@pytest.mark.django_db
def test_a_lookalike_signs_in_as_nobody():
    """CVE-2019-19844: an account is found by the whole address, never by one that folds to it."""
    make_user(email="mike@tesc.test")
    assert not User.objects.filter(email=as_login("m\u0131ke@tesc.test")).exists()
    with pytest.raises(User.DoesNotExist):
        User.objects.get_by_natural_key("m\u0131ke@tesc.test")
