"""This file holds the tests of what slows guessing down, and of whom it must not keep out."""

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta

import pytest
import time_machine
from django.core import signing
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from core.audit.models import AuditEntry
from instauth.attempts import counting, devices
from instauth.attempts.counting import Limit, State, Tally, counted, counts
from instauth.attempts.rules import TooManyAttempts, admit, network_of
from instauth.models import AttemptCount, Session
from instauth.signin import rules as signin
from users.accounts import capacity
from users.accounts.hasher import CORES, turn
from users.factories import make_person
from users.models import User

PASSWORD = "correct horse battery staple"
SIGN_IN = "/api/v1/auth/sign-in/"
HOME, ABROAD = "192.0.2.7", "203.0.113.9"

pytestmark = pytest.mark.django_db


@pytest.fixture
def rudo() -> User:
    return make_person(name="Rudo Ncube", email="rudo@tesc.test", password=PASSWORD)


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        yield clock


@pytest.fixture
def no_valkey(settings) -> None:
    settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": "unix:///nowhere/valkey.sock?db=0"}}


@pytest.fixture(params=["valkey", "database"])
def either(request) -> None:
    """Once with Valkey, once without one."""
    if request.param == "database":
        request.getfixturevalue("no_valkey")


def sign_in(email: str = "rudo@tesc.test", password: str = PASSWORD, address: str = HOME, client=None):
    return (client or APIClient()).post(SIGN_IN, {"email": email, "password": password}, REMOTE_ADDR=address)


def fail(times: int, login: str = "rudo@tesc.test", address: str = HOME, device: str | None = None) -> None:
    for _ in range(times):
        with admit(login, address, device) as attempt:
            attempt.failed()


def wait_for(login: str = "rudo@tesc.test", address: str = HOME, device: str | None = None) -> int:
    """The seconds that an attempt is told to wait; 0 where it is let in."""
    try:
        with admit(login, address, device):
            return 0
    except TooManyAttempts as refusal:
        return int(refusal.headers["Retry-After"])


def test_from_the_fifth_failure_the_wait_doubles_up_to_a_quarter_of_an_hour(clock, either):
    waits = []
    for _ in range(16):
        fail(1)
        waits.append(wait_for())
        clock.shift(timedelta(seconds=waits[-1]))
    assert waits == [0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]


def test_a_day_without_attempts_forgets_the_failures(clock, either):
    fail(5)
    clock.shift(timedelta(days=1))
    fail(4)
    assert wait_for() == 0


def test_signing_in_forgets_the_failures(rudo, either):
    for _ in range(4):
        sign_in(password="wrong")
    assert sign_in().status_code == 200
    assert [sign_in(password="wrong").status_code for _ in range(5)] == [401] * 5
    assert sign_in().status_code == 429


@pytest.mark.parametrize("email", ["rudo@tesc.test", "nobody@tesc.test"])
def test_known_and_unknown_accounts_are_refused_alike_with_the_seconds_to_wait(rudo, clock, email, either):
    assert [sign_in(email, "wrong").status_code for _ in range(5)] == [401] * 5
    answer = sign_in(email)
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "1")
    assert answer.json()["errors"] == [
        {"code": "too_many_attempts", "message": "There were too many attempts. Try again in 1 s.", "field": None}
    ]
    assert Session.objects.count() == 0


def test_an_attempt_is_refused_before_anything_is_hashed_or_looked_up(rudo, clock):
    fail(5)
    assert sign_in().status_code == 429  # the first is told to the audit log
    with CaptureQueriesContext(connection) as queries:
        assert sign_in().status_code == 429
    assert len(queries) == 0


def test_many_attempts_at_once_are_counted_before_they_fail(either):
    def begun(number: int) -> int:
        if number == 8:
            return 0
        with admit("rudo@tesc.test", HOME):
            return 1 + begun(number + 1)

    with pytest.raises(TooManyAttempts):
        begun(0)


def test_an_attempt_that_tried_nothing_is_given_back(either):
    for _ in range(10):
        with pytest.raises(ZeroDivisionError), admit("rudo@tesc.test", HOME):
            raise ZeroDivisionError
    assert wait_for() == 0


def test_every_failure_is_audited_and_a_refused_attempt_changes_nothing(rudo):
    for _ in range(5):
        sign_in(password="wrong")
    assert AuditEntry.objects.filter(code="bad_credentials", actor_id=rudo.pk).count() == 5
    sign_in()
    assert AuditEntry.objects.filter(decision="done").count() == 0


@pytest.mark.parametrize("email", ["rudo@tesc.test", "nobody@tesc.test"])
def test_a_flood_of_refused_attempts_leaves_one_entry_in_a_minute(rudo, clock, either, email):
    for _ in range(11):
        fail(1, email)
        clock.shift(timedelta(minutes=2))
    fail(1, email)  # closed for more than two minutes
    refused = AuditEntry.objects.filter(code="too_many_attempts")
    assert [sign_in(email).status_code for _ in range(5)] == [429] * 5
    entry = refused.get()
    known = email == rudo.email
    assert (entry.decision, entry.rule) == ("refused", "instauth.attempt.admitted")
    assert (entry.actor_id, entry.person_id) == ((rudo.pk, rudo.pk) if known else (None, None))
    assert entry.changes == {"gauges": ["sign-in guesses"]}
    assert (entry.address, email in str(vars(entry))) == (HOME, False)
    clock.shift(timedelta(seconds=60))
    assert sign_in(email).status_code == 429
    assert refused.count() == 2


def test_a_flood_over_many_accounts_is_one_closed_gauge(rudo, clock):
    for number in range(30):
        fail(1, f"{number}@tesc.test")
    assert [sign_in(f"{number}@tesc.test").status_code for number in range(100, 110)] == [429] * 10
    assert AuditEntry.objects.get(code="too_many_attempts").changes == {"gauges": ["sign-in names"]}


@pytest.mark.parametrize("email", ["rudo@tesc.test", "nobody@tesc.test"])
def test_a_failure_takes_as_many_statements_whoever_is_named(rudo, email):
    with CaptureQueriesContext(connection) as queries:
        sign_in(email, "wrong")
    assert [query["sql"].split()[0] for query in queries if "SAVEPOINT" not in query["sql"]] == [
        "SELECT",
        "INSERT",
        "INSERT",
    ]


def test_a_stranger_elsewhere_does_not_lock_the_owner_out(rudo, either):
    fail(5, address=ABROAD)
    assert wait_for(address=ABROAD) > 0
    assert sign_in(address=HOME).status_code == 200


def test_a_known_device_keeps_working_beside_a_stranger_on_its_network(rudo, either):
    client = APIClient()
    assert sign_in(client=client).status_code == 200
    fail(5)
    assert sign_in().status_code == 429
    assert sign_in(client=client).status_code == 200


def test_a_known_device_that_guesses_is_slowed_too(rudo, either):
    client = APIClient()
    sign_in(client=client)
    assert [sign_in(password="wrong", client=client).status_code for _ in range(5)] == [401] * 5
    assert sign_in(client=client).status_code == 429
    assert sign_in().status_code == 200


def test_a_device_is_known_only_for_the_account_that_signed_in_there(rudo):
    client = APIClient()
    sign_in(client=client)
    cookie = client.cookies[devices.COOKIE]
    assert devices.known_device(cookie.value, "Rudo@tesc.test") is not None
    assert devices.known_device(cookie.value, "tendai@tesc.test") is None
    assert (cookie["httponly"], cookie["samesite"], cookie["max-age"]) == (True, "Strict", 90 * 86400)
    assert "rudo" not in str(signing.loads(cookie.value, salt=devices.SALT))


def test_a_failed_attempt_makes_no_device_known(rudo):
    client = APIClient()
    sign_in(password="wrong", client=client)
    assert devices.COOKIE not in client.cookies


@pytest.mark.parametrize(
    "cookie",
    [None, "", "x", "a:b:c", signing.dumps({"x": "y"}, salt="another"), "e30:1tGAAA:AAAA" * 1000],
    ids=["none", "empty", "short", "shaped", "other salt", "long"],
)
def test_a_cookie_that_we_did_not_sign_makes_no_device_known(cookie):
    assert devices.known_device(cookie, "rudo@tesc.test") is None


def test_a_device_is_known_for_ninety_days(rudo, clock):
    client = APIClient()
    sign_in(client=client)
    cookie = client.cookies[devices.COOKIE].value
    clock.shift(devices.KNOWN_FOR - timedelta(seconds=1))
    assert devices.known_device(cookie, "rudo@tesc.test")
    clock.shift(timedelta(seconds=2))
    assert devices.known_device(cookie, "rudo@tesc.test") is None


def test_a_device_remembers_the_five_accounts_that_signed_in_last(rudo):
    client = APIClient()
    people = [make_person(email=f"person{number}@tesc.test", password=PASSWORD) for number in range(6)]
    for person in people:
        assert sign_in(person.email, client=client).status_code == 200
    cookie = client.cookies[devices.COOKIE].value
    assert [devices.known_device(cookie, person.email) is not None for person in people] == [False] + [True] * 5


def test_fifty_failures_in_an_hour_close_an_account_only_for_networks_it_never_used(rudo, clock, either):
    sign_in(address=HOME)
    for number in range(50):
        fail(1, address=f"198.51.{number}.1")
    assert wait_for(address=ABROAD) == 3600
    assert wait_for(address="192.0.2.200") == 0  # the owner's network
    assert wait_for(login="nobody@tesc.test", address=ABROAD) == 0
    clock.shift(timedelta(hours=1))
    assert wait_for(address=ABROAD) == 0


def test_an_unknown_account_is_closed_after_as_many_failures(clock):
    for number in range(50):
        fail(1, login="nobody@tesc.test", address=f"198.51.{number}.1")
    assert wait_for(login="nobody@tesc.test", address=ABROAD) == 3600


def test_a_network_may_fail_thirty_names_in_five_minutes(clock, either):
    for number in range(29):
        fail(2, login=f"guess{number}@tesc.test")
    assert wait_for() == 0
    fail(1, login="guess29@tesc.test")
    assert wait_for() == 300
    assert wait_for(address=ABROAD) == 0
    assert wait_for(device="known") == 0
    clock.shift(timedelta(minutes=5))
    assert wait_for() == 0


def test_a_campus_signs_in_three_hundred_times_in_five_minutes(clock):
    for number in range(300):
        with admit(f"student{number}@tesc.test", HOME) as attempt:
            attempt.succeeded()
    assert wait_for() == 300
    clock.shift(timedelta(minutes=5))
    assert wait_for() == 0


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.0/24"),
        ("::ffff:192.0.2.7", "192.0.2.0/24"),
        ("2001:db8:1:2ff:3::4", "2001:db8:1:200::/56"),
        (None, "unknown"),
    ],
)
def test_the_network_of_an_address(address, network):
    assert network_of(address) == network


def test_a_header_that_anybody_can_send_changes_no_network(rudo):
    for number in range(5):
        spoof = {"HTTP_X_FORWARDED_FOR": f"10.{number}.0.1", "HTTP_X_REAL_IP": f"10.{number}.0.1"}
        APIClient().post(SIGN_IN, {"email": "rudo@tesc.test", "password": "wrong"}, REMOTE_ADDR=HOME, **spoof)
    assert sign_in().status_code == 429


def test_capitals_in_an_address_are_no_new_account():
    fail(5)
    assert wait_for(login=" RUDO@tesc.test") > 0


def test_what_valkey_counted_stands_in_the_database_too(request):
    fail(5)
    request.getfixturevalue("no_valkey")
    assert wait_for() > 0


def test_a_valkey_that_was_emptied_is_filled_before_it_is_believed():
    fail(5)
    counts.valkey.delete(*counts.valkey.scan_iter(f"{counts.prefix}*"))
    assert wait_for() > 0


def test_a_valkey_that_was_away_is_filled_before_it_is_believed(settings):
    here = settings.CACHES
    settings.CACHES = {"default": {**here["default"], "LOCATION": "unix:///nowhere/valkey.sock?db=0"}}
    fail(5)
    settings.CACHES = here
    assert wait_for() > 0


def test_what_is_stored_names_nobody():
    fail(1)
    assert AttemptCount.objects.count() == 3
    assert not any("rudo@" in key or HOME in key for key in AttemptCount.objects.values_list("key", flat=True))


def test_counts_that_ended_are_forgotten(clock):
    fail(1)
    clock.shift(timedelta(hours=1, seconds=1))
    assert counting.forget_ended() == 2
    clock.shift(timedelta(days=1))
    assert counting.forget_ended() == 1


def test_a_machine_that_is_busy_says_so_and_counts_no_failure(rudo, settings, tmp_path, monkeypatch):
    settings.VAR_DIR = tmp_path
    monkeypatch.setattr(capacity, "WAIT_SECONDS", 0.01)
    with ExitStack() as stack:
        for _ in range(CORES):
            stack.enter_context(turn(tmp_path / "hashing", 0.01))
        answers = [sign_in(email) for email in ["rudo@tesc.test", "nobody@tesc.test"] * 6]
    assert {(answer.status_code, answer.headers["Retry-After"]) for answer in answers} == {(503, "2")}
    assert {answer.json()["errors"][0]["code"] for answer in answers} == {"busy_signing_in"}
    assert sign_in().status_code == 200


@pytest.mark.parametrize("email", ["rudo@tesc.test", "nobody@tesc.test"])
def test_a_password_of_ten_thousand_characters_is_just_wrong(rudo, email):
    answer = sign_in(email, "x" * 10_000)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (401, "bad_credentials")


def test_no_transaction_is_open_while_a_password_is_hashed(rudo, monkeypatch, transactional_db):
    open_ones = []

    def checked(*arguments, **named):
        open_ones.append(connection.in_atomic_block)
        return True

    monkeypatch.setattr(signin, "is_password_of", checked)
    assert sign_in().status_code == 200
    assert open_ones == [False]


@pytest.mark.parametrize("limit", [Limit(5, 86400, longest=900), Limit(3, 60)], ids=["growing", "window"])
def test_valkey_counts_as_the_database_does(limit, clock):
    tally, state = Tally("same", limit), State()
    for _ in range(12):
        state = counted(state, tally, timezone.now().timestamp())
        (other,) = counts.count([tally])
        assert other.count == state.count
        assert (other.open_at, other.ends_at) == pytest.approx((state.open_at, state.ends_at), abs=0.001)
        clock.shift(timedelta(seconds=7))


def test_purposes_are_counted_apart():
    fail(5)
    with pytest.raises(TooManyAttempts), admit("rudo@tesc.test", HOME):
        pass
    with admit("rudo@tesc.test", HOME, purpose="reset") as attempt:
        assert attempt.is_open
