"""This file holds the tests of tokens in letters: good for one deed, once, and for a while."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from django.db import connection, transaction
from django.utils import timezone

from core.ids import uuid7
from instauth.models import Proof
from instauth.proofs.rules import ProofRefused, forget_expired, issue, spend, subject_of

HOUR = timedelta(hours=1)
RESET, SIGN_UP = Proof.Purpose.RESET, Proof.Purpose.SIGN_UP

pytestmark = pytest.mark.django_db


def test_a_token_says_what_it_is_about_and_is_spent_once():
    subject = uuid7()
    token = issue(RESET, subject, HOUR)
    assert subject_of(RESET, token) == subject
    assert spend(RESET, token) == subject
    for use in (spend, subject_of):
        with pytest.raises(ProofRefused):
            use(RESET, token)


def test_only_a_digest_is_kept():
    token = issue(RESET, uuid7(), HOUR)
    with connection.cursor() as cursor:
        cursor.execute("SELECT p::text FROM instauth_proof p")
        assert token not in cursor.fetchone()[0]
    assert len(bytes(Proof.objects.get().digest)) == 32


def test_a_token_is_good_for_nothing_else():
    token = issue(RESET, uuid7(), HOUR)
    with pytest.raises(ProofRefused):
        spend(SIGN_UP, token)
    spend(RESET, token)


def test_a_newer_token_takes_the_place_of_an_older_one():
    subject = uuid7()
    older, newer, other = issue(RESET, subject, HOUR), issue(RESET, subject, HOUR), issue(SIGN_UP, subject, HOUR)
    with pytest.raises(ProofRefused):
        spend(RESET, older)
    spend(RESET, newer)
    spend(SIGN_UP, other)


def test_a_token_runs_out_and_is_forgotten():
    with time_machine.travel(timezone.now(), tick=False) as clock:
        token = issue(RESET, uuid7(), HOUR)
        clock.shift(HOUR - timedelta(seconds=1))
        assert subject_of(RESET, token)
        assert forget_expired() == 0
        clock.shift(timedelta(seconds=1))
        with pytest.raises(ProofRefused):
            spend(RESET, token)
        clock.shift(timedelta(seconds=1))
        assert forget_expired() == 1


def test_a_deed_that_fails_does_not_spend_the_token():
    token = issue(RESET, uuid7(), HOUR)
    with transaction.atomic():
        spend(RESET, token)
        transaction.set_rollback(True)
    spend(RESET, token)


@pytest.mark.django_db(transaction=True)
def test_of_eight_at_once_one_spends_it():
    token = issue(RESET, uuid7(), HOUR)

    def try_once(_: int) -> bool:
        try:
            spend(RESET, token)
        except ProofRefused:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(try_once, range(8))) == 1
