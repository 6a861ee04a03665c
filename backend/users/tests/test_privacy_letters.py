"""This file holds the tests of what people are told by letter about their data: that something was decided, no more."""

import pytest

from core.personal.oneself import as_oneself
from core.tenancy.scope import reaching
from core.testing.letters import posted
from faculties.models import Institution
from users.corrections.models import Correction
from users.corrections.rules import refuse_correction
from users.erasures.rules import ask_for_own as ask_for_own_erasure
from users.erasures.rules import ask_for_person, confirm_erasure, refuse_erasure
from users.exports.rules import ask_for_own
from users.exports.rules import ask_for_person as ask_for_copy
from users.factories import make_person
from users.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def rudo(harare: Institution) -> User:
    return make_person(name="Rudo Ncube", email="rudo@tesc.test", grants=[("student", harare)])


@pytest.fixture
def boss(harare: Institution) -> User:
    return make_person(grants=[("institution-administrator", harare)])


def test_a_copy_that_is_ready_is_told_and_not_sent(rudo: User):
    with posted() as letters:
        ask_for_own(as_oneself(rudo.actor))
    (letter,) = letters
    assert (letter.to, letter.attachments) == (["rudo@tesc.test"], [])
    assert "for 7 days" in letter.body


def test_a_decided_correction_is_told_with_its_answer(rudo: User, boss: User, harare: Institution):
    with reaching(harare.pk):
        correction = Correction(
            institution=harare,
            account=rudo,
            subject="users.User",
            subject_id=rudo.pk,
            field="name",
            should_be="Rudo Moyo",
        ).save_checked()
        with posted() as letters:
            refuse_correction(boss.actor, correction, answer="Bring your certificate.")
    (letter,) = letters
    assert letter.to == ["rudo@tesc.test"]
    assert "was not changed" in letter.body
    assert "Bring your certificate." in letter.body
    assert "Rudo Moyo" not in letter.body


def test_a_refused_erasure_is_told_with_its_answer(rudo: User, boss: User, harare: Institution):
    other = make_person(grants=[("institution-administrator", harare)])
    with reaching(harare.pk):
        with posted():
            request = ask_for_person(boss.actor, person=rudo.pk, reason="They asked.")
        with posted() as letters:
            refuse_erasure(other.actor, request, answer="You are enrolled.")
    (letter,) = letters
    assert letter.to == ["rudo@tesc.test"]
    assert "You are enrolled." in letter.body


def test_a_copy_that_staff_asked_for_is_told_to_the_person_too(rudo: User, boss: User, harare: Institution):
    with reaching(harare.pk), posted() as letters:
        ask_for_copy(boss.actor, person=rudo.pk)
    told = {letter.to[0]: letter for letter in letters}
    assert set(told) == {rudo.email, boss.email}
    assert "The staff of your institution asked" in told[rudo.email].body
    assert "that you asked for" in told[boss.email].body


def test_a_person_is_told_when_staff_asks_for_their_erasure(rudo: User, boss: User, harare: Institution):
    with reaching(harare.pk), posted() as letters:
        ask_for_person(boss.actor, person=rudo.pk, reason="Left in 2019.")
        ask_for_person(boss.actor, person=rudo.pk, reason="Asked again.")
    (letter,) = letters
    assert letter.to == ["rudo@tesc.test"]
    assert f"The staff of {harare.name} asked" in letter.body
    assert "Left in" not in letter.body


def test_a_person_is_told_that_they_asked_for_their_own_erasure(rudo: User, harare: Institution):
    with reaching(harare.pk), posted() as letters:
        ask_for_own_erasure(as_oneself(rudo.actor), place=harare.pk)
    (letter,) = letters
    assert letter.to == ["rudo@tesc.test"]
    assert "You asked that your data" in letter.body


def test_whoever_was_erased_meanwhile_gets_no_letter(rudo: User, boss: User, harare: Institution):
    other = make_person(grants=[("institution-administrator", harare)])
    with reaching(harare.pk), posted() as letters:
        confirm_erasure(other.actor, ask_for_person(boss.actor, person=rudo.pk, reason="They asked."))
    assert letters == []
