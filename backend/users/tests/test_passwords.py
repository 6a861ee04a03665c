"""This file holds the tests of which passwords are taken."""

import pytest

from core.errors import Invalid
from faculties.factories import make_institution
from users.accounts.passwords import check_password_rules, common_passwords
from users.accounts.rules import add_user
from users.factories import make_person
from users.models import User

GOOD = "seven teal hammocks"


def codes(password: str, user: User | None = None, **options) -> list[str]:
    try:
        check_password_rules(password, user, **options)
    except Invalid as refusal:
        return [problem.code for problem in refusal.problems if problem.field == "password"]
    return []


@pytest.mark.parametrize(
    ("password", "needs_long", "expected"),
    [
        ("vexing-quills1", True, ["password_too_short"]),
        ("vexing-quills12", True, []),
        ("vexquil", False, ["password_too_short"]),
        ("vexquilt", False, []),
    ],
)
def test_fifteen_characters_alone_and_eight_beside_a_second_factor(password, needs_long, expected):
    assert codes(password, needs_long=needs_long) == expected


@pytest.mark.parametrize(
    "password", ["все вместе пешком", "密码又长又没有人知道的一句话而已", "        seven teal hammocks  "]
)
def test_any_characters_will_do_and_none_is_demanded(password):
    assert codes(password) == []


@pytest.mark.parametrize(
    ("password", "expected"),
    [
        ("vexing quills " * 9 + "ab", []),  # 128 characters
        ("vexing quills " * 9 + "abc", ["password_too_long"]),
        ("vexing quills " * 1000, ["password_too_long"]),
        ("😀🙈" * 64, ["password_too_common"]),  # 512 bytes, and a repetition
        ("😀🙈" * 64 + "a", ["password_too_long"]),
    ],
    ids=["128", "129", "14,000", "512 bytes", "513 bytes"],
)
def test_a_password_has_at_most_128_characters_and_512_bytes(password, expected):
    assert codes(password) == expected


@pytest.mark.parametrize(
    "password",
    [
        "Football",
        "sunshine2026!",
        "passwordpassword",
        "aaaaaaaaaaaaaaaa",
        "abcabcabcabcabcabc",
        "abcdefghijklmnopq",
        "9876543210",
        "iloveyouiloveyou",
    ],
)
def test_what_is_guessed_first_is_refused(password):
    assert codes(password, needs_long=False) == ["password_too_common"]


def test_the_list_of_what_is_guessed_first_is_there():
    assert len(common_passwords()) > 19_000


@pytest.mark.django_db
@pytest.mark.parametrize(
    "password",
    [
        "chipo.dube@nust.test",
        "Chipo-Dube-1998",
        "DubeChipo123456",
        "Bulawayo Polytechnic 1",
        "tesc-tesc-tesc-tesc-01",
        "Chípo Dubé 2026",
    ],
)
def test_a_name_an_address_or_an_institution_is_no_password(password):
    chipo = make_person(name="Chipo Dube", email="chipo.dube@nust.test")
    assert codes(password, chipo, words=["Bulawayo Polytechnic"]) == ["password_about_you"]


@pytest.mark.django_db
def test_the_institutions_where_somebody_holds_a_grant_are_no_password():
    chipo = make_person(grants=[("registrar", make_institution("BULPOLY", name="Bulawayo Polytechnic"))])
    assert codes("bulpoly-bulawayo", chipo) == ["password_about_you"]


@pytest.mark.django_db
def test_a_long_sentence_may_hold_a_name():
    assert codes("Chipo keeps nine ostriches", make_person(name="Chipo Dube")) == []


@pytest.mark.django_db
def test_no_account_begins_with_a_bad_password():
    admin = make_person(grants=[("national-administrator", None)])
    with pytest.raises(Invalid) as refusal:
        add_user(admin.actor, email="rudo@tesc.test", name="Rudo", password="sunshine2026!")
    assert [problem.code for problem in refusal.value.problems] == ["password_too_short", "password_too_common"]
    assert not User.objects.filter(email="rudo@tesc.test").exists()
    assert add_user(admin.actor, email="rudo@tesc.test", name="Rudo", password=GOOD).check_password(GOOD)
