"""This file holds the tests of feeds: who has a link, what it tells, and that it is iCalendar as RFC 5545 says."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import icalendar
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from academic.calendar.rules import cancel_holiday, change_holiday, change_term, remove_exception
from academic.factories import (
    make_course,
    make_enrollment,
    make_feed,
    make_holiday,
    make_program,
    make_program_version,
    make_registration,
    make_section,
    make_term,
    make_term_exception,
    make_window,
)
from academic.feeds.entries import Entry
from academic.feeds.icalendar import written
from academic.feeds.links import digest_of
from academic.feeds.rules import make_feed as make_own_feed
from academic.feeds.rules import revoke_feed
from academic.models import Feed, Registration, Teaching
from academic.permissions import PERMISSIONS
from core.actor import Actor
from core.audit.models import AuditEntry
from core.errors import Invalid, RuleBroken
from core.tenancy.scope import reaching
from core.testing.fixtures import Person, client_of, person_at
from faculties.factories import saved
from faculties.institutions.days import today_at
from faculties.models import Institution
from students.factories import make_student
from users.factories import make_grant, make_user
from users.models import User

pytestmark = pytest.mark.django_db
URL = "/api/v1/academic/feeds/"
DAYS = {"starts_on": date(2026, 8, 3), "ends_on": date(2026, 11, 27)}


@pytest.fixture
def subscriber(harare: Institution) -> Actor:
    user = make_user()
    make_grant(user, "registrar", harare)
    return replace(person_at(harare, *PERMISSIONS).actor, id=user.pk)


def path_of(feed: Feed) -> str:
    assert feed.url
    return feed.url.partition("testserver")[2] or "/api/" + feed.url.partition("/api/")[2]


def fetched(feed: Feed, **headers: str):
    return client_of().get(path_of(feed), headers=headers)


def parsed(content: bytes) -> dict[str, dict[str, str]]:
    """The events by UID, each a dictionary of its properties, of what keeps to RFC 5545: by our reading of it, and by
    somebody else's.
    """
    read = icalendar.Calendar.from_ical(content)
    assert [error for component in read.walk() for error in component.errors] == []
    assert content.endswith(b"END:VCALENDAR\r\n")
    assert b"\n" not in content.replace(b"\r\n", b"")
    assert all(len(line) <= 75 for line in content.split(b"\r\n"))  # 3.1
    [first, *lines] = content.decode().replace("\r\n ", "").split("\r\n")[:-1]
    assert (first, lines.pop()) == ("BEGIN:VCALENDAR", "END:VCALENDAR")
    calendar: dict[str, str] = {}
    events: dict[str, dict[str, str]] = {}
    event: dict[str, str] | None = None
    for line in lines:
        name, _, value = line.partition(":")
        if line == "BEGIN:VEVENT":
            assert event is None
            event = {}
        elif line == "END:VEVENT":
            assert event is not None
            assert {"UID", "DTSTAMP", "SEQUENCE", "SUMMARY"} <= event.keys()  # 3.6.1
            assert event["UID"] not in events
            events[event.pop("UID")] = event
            event = None
        else:
            into = calendar if event is None else event
            assert name not in into
            into[name] = value
    assert (event, calendar["VERSION"], bool(calendar["PRODID"])) == (None, "2.0", True)
    assert "METHOD" not in calendar  # it would ask each event for an ORGANIZER (RFC 5546, 3.2.1)
    assert events.keys() == {str(one["UID"]) for one in read.events}
    return events


def events_of(feed: Feed) -> dict[str, dict[str, str]]:
    """The events by the first part of their id and the summary."""
    return {
        f"{uid.partition('-')[0]} {event['SUMMARY']}": event for uid, event in parsed(fetched(feed).content).items()
    }


# --- Who has a link --------------------------------------------------------------------------------------------------
def test_a_link_is_shown_once_and_kept_as_a_digest(subscriber: Actor, harare: Institution):
    client = client_of(Person(subscriber))
    made = client.post(URL, {"kind": "calendar"}).json()["data"]
    token = made["url"].rstrip("/").rpartition("/")[2]
    with reaching(harare.pk):
        assert bytes(Feed.objects.get().digest) == digest_of(token)
    assert client.get(f"{URL}{made['id']}/").json()["data"]["url"] is None
    assert "url" not in client.get(URL).json()["data"][0]
    assert token not in str(AuditEntry.objects.values_list("changes", flat=True).get())
    assert client_of().get("/api/" + made["url"].partition("/api/")[2]).status_code == 200


def test_there_is_one_live_link_for_each_person(subscriber: Actor, harare: Institution):
    with reaching(harare.pk):
        feed = make_own_feed(subscriber)
        with pytest.raises(Invalid) as refusal:
            make_own_feed(subscriber)
        assert (refusal.value.code, Feed.objects.count()) == ("feed_there", 1)
        revoke_feed(subscriber, feed)
        assert make_own_feed(subscriber).revoked_at is None


def test_nobody_sees_or_revokes_the_link_of_another(subscriber: Actor, harare: Institution):
    feed, client = make_feed(harare), client_of(Person(subscriber))
    assert client.get(URL).json()["data"] == []
    assert client.get(f"{URL}{feed.pk}/").status_code == 404
    assert client.post(f"{URL}{feed.pk}/revoke/").status_code == 404
    assert fetched(feed).status_code == 200


def test_a_link_is_made_by_a_person(subscriber: Actor, harare: Institution):
    for actor in (replace(subscriber, id=None), replace(subscriber, client="timetable")):
        with reaching(harare.pk), pytest.raises(RuleBroken) as refusal:
            make_own_feed(actor)
        assert refusal.value.code == "account_needed"


def test_a_revoked_link_reads_nothing_and_is_not_revoked_twice(subscriber: Actor, harare: Institution):
    with reaching(harare.pk):
        feed = make_own_feed(subscriber)
    client, verb = client_of(Person(subscriber)), f"{URL}{feed.pk}/revoke/"
    assert fetched(feed).status_code == 200
    assert client.post(verb).status_code == 200
    assert fetched(feed).status_code == 404
    assert client.post(verb).json()["errors"][0]["code"] == "already_revoked"


def test_a_link_reads_no_more_than_its_person_may(harare: Institution):
    feed = make_feed(harare)
    assert fetched(feed).status_code == 200
    User.objects.filter(pk=feed.account_id).update(is_active=False)
    assert fetched(feed).status_code == 404
    User.objects.filter(pk=feed.account_id).update(is_active=True)
    assert fetched(feed).status_code == 200
    feed.account.grants.update(valid_until=timezone.localdate() - timedelta(days=1), valid_from=date(2020, 1, 1))
    assert fetched(feed).status_code == 404


def test_the_links_of_an_institution_that_is_suspended_read_nothing(harare: Institution):
    feed = make_feed(harare)
    Institution.objects.filter(pk=harare.pk).update(status="suspended")
    assert fetched(feed).status_code == 404


@pytest.mark.parametrize("token", ["x", "a" * 64, "é" * 64, "A" * 68])
def test_a_token_that_is_not_ours_reads_nothing(harare: Institution, token: str):
    make_feed(harare)
    answer = client_of().get(f"{URL}fetch/{token}/")
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (404, "not_found")


# --- What it tells ---------------------------------------------------------------------------------------------------
@pytest.mark.time_machine(datetime(2026, 8, 1, tzinfo=UTC))
def test_a_feed_tells_the_calendar_of_its_institution_alone(harare: Institution, mutare: Institution):
    feed = make_feed(harare)
    with reaching(mutare.pk):
        make_term(mutare, name="Theirs", **DAYS)
    with reaching(harare.pk):
        term = make_term(harare, name="Second semester", census_on=date(2026, 9, 14), **DAYS)
        make_term(harare, name="Long ago", starts_on=date(2024, 2, 1), ends_on=date(2024, 6, 1))
        make_holiday(harare, name="Heroes' Day", starts_on=date(2026, 8, 10), ends_on=date(2026, 8, 11))
        make_window(harare, term=term, opens_after=-7, closes_after=13)
        make_window(harare, term=term, program=make_program(harare, code="BSC"), kind="drop")
        section = make_section(harare, term=term)
        make_window(harare, term=term, section=section, kind="withdraw")
    found = {
        name: (event.get("DTSTART;VALUE=DATE") or event["DTSTART"], event.get("DTEND;VALUE=DATE") or event["DTEND"])
        for name, event in events_of(feed).items()
    }
    assert found == {
        "term Second semester": ("20260803", "20261128"),
        "census Census: Second semester": ("20260914", "20260915"),
        "holiday Heroes' Day": ("20260810", "20260812"),
        "window Add: Second semester": ("20260726T220000Z", "20260816T220000Z"),
        "window Drop: Second semester (BSC)": ("20260802T220000Z", "20260817T220000Z"),
    }


@pytest.mark.time_machine(datetime(2026, 8, 1, tzinfo=UTC))
def test_a_window_of_a_program_counts_from_the_first_day_of_its_exception(harare: Institution):
    feed, registrar = make_feed(harare), person_at(harare, *PERMISSIONS).actor
    with reaching(harare.pk):
        term = make_term(harare, name="Second semester", **DAYS)
        program = make_program(harare, code="BSC")
        make_window(harare, term=term, program=program)

    def told() -> tuple[str, int]:
        event = events_of(feed)["window Add: Second semester (BSC)"]
        return event["DTSTART"], int(event["SEQUENCE"])

    as_its_term = told()
    with reaching(harare.pk):
        exception = make_term_exception(harare, term=term, program=program)
    excepted = told()
    with reaching(harare.pk):
        remove_exception(registrar, exception)
    again = told()
    assert [start for start, _ in (as_its_term, excepted, again)] == [
        "20260802T220000Z",
        "20260809T220000Z",
        "20260802T220000Z",
    ]
    assert as_its_term[1] < excepted[1] < again[1]


@pytest.mark.time_machine(datetime(2026, 8, 1, tzinfo=UTC))
def test_a_feed_tells_what_is_otherwise_for_its_reader(harare: Institution):
    feed = make_feed(harare)
    with reaching(harare.pk):
        term = make_term(harare, name="Second semester", **DAYS)
        version, other = make_program_version(harare), make_program_version(harare)
        account = User.objects.get(pk=feed.account_id)
        enrollment = make_enrollment(harare, student=make_student(harare, account=account), program_version=version)
        taken, taught, neither = [
            make_section(harare, term=term, course=make_course(harare, code=code)) for code in ("PHY", "ALG", "LAW")
        ]
        registration = make_registration(harare, enrollment=enrollment, section=taken)
        saved(Teaching(institution=harare, section=taught, account=account))
        for section in (taken, taught, neither):
            make_window(harare, term=term, section=section)
        own = {"starts_on": date(2026, 8, 10), "ends_on": date(2026, 12, 4), "census_on": date(2026, 9, 21)}
        for one in (version, other):
            make_term_exception(harare, term=term, program=one.program, **own)
    code = version.program.code
    told = {
        "term Second semester",
        f"exception Second semester ({code})",
        f"census Census: Second semester ({code})",
        "window Add: PHY 1",
        "window Add: ALG 1",
    }
    assert events_of(feed).keys() == told
    with reaching(harare.pk):
        Registration.objects.filter(pk=registration.pk).update(status="withdrawn", result="withdrawn")
    assert events_of(feed).keys() == told - {"window Add: PHY 1"}


def test_the_feed_of_an_empty_calendar_has_the_component_that_every_calendar_needs(harare: Institution):
    answer = fetched(make_feed(harare))
    calendar = icalendar.Calendar.from_ical(answer.content)
    assert (answer.status_code, [one.name for one in calendar.subcomponents]) == (200, ["VTIMEZONE"])  # 3.6


@pytest.mark.time_machine(datetime(2026, 8, 1, tzinfo=UTC))
def test_an_entry_that_changes_keeps_its_id_and_gets_the_next_sequence(subscriber: Actor, harare: Institution):
    feed = make_feed(harare)
    with reaching(harare.pk):
        term = make_term(harare, **DAYS)
        make_window(harare, term=term)
        holiday = make_holiday(harare, starts_on=date(2026, 8, 10), ends_on=date(2026, 8, 10))
        first = parsed(fetched(feed).content)
        change_term(subscriber, term, starts_on=date(2026, 8, 10))
        holiday = change_holiday(subscriber, holiday, name="Another name")
        second = parsed(fetched(feed).content)
        cancel_holiday(subscriber, holiday)
        third = parsed(fetched(feed).content)
    assert first.keys() == second.keys() == third.keys()
    sequences = [sorted(event["SEQUENCE"] for event in events.values()) for events in (first, second, third)]
    assert sequences == [["0", "0", "0"], ["1", "1", "1"], ["1", "1", "2"]]
    uid = next(uid for uid in third if uid.startswith("holiday-"))
    assert [events[uid]["STATUS"] for events in (first, second, third)] == ["CONFIRMED", "CONFIRMED", "CANCELLED"]


def test_a_known_answer_is_not_sent_again(harare: Institution):
    feed = make_feed(harare)
    answer = fetched(feed)
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    assert (fetched(feed, **{"If-None-Match": answer["ETag"]}).status_code) == 304
    with reaching(harare.pk):
        make_term(harare, starts_on=timezone.localdate(), ends_on=timezone.localdate() + timedelta(days=700))
    assert fetched(feed, **{"If-None-Match": answer["ETag"]}).status_code == 200


@pytest.mark.parametrize("accepts", ["text/calendar", "text/calendar, */*;q=0.1", "*/*"])
def test_a_calendar_program_is_answered_whatever_it_accepts(harare: Institution, accepts: str):
    assert fetched(make_feed(harare), Accept=accepts).status_code == 200


def test_texts_are_escaped_and_long_lines_folded_between_characters():
    name = "Break; of \\ a, kind\nwith \r control " + "é€😀" * 40
    entry = Entry("one", 3, datetime(2026, 8, 1, 12, tzinfo=UTC), name, date(2026, 8, 3), date(2026, 8, 4))
    [event] = parsed(written("A; B", [entry])).values()
    assert event["SUMMARY"] == "Break\\; of \\\\ a\\, kind\\nwith  control " + "é€😀" * 40
    assert (event["SEQUENCE"], event["DTSTAMP"]) == ("3", "20260801T120000Z")


@pytest.mark.time_machine(datetime(2026, 8, 1, tzinfo=UTC))
def test_more_entries_cost_no_more_queries(harare: Institution):
    feed, costs = make_feed(harare), []
    today_at(harare.pk)  # is asked for once a minute
    for _ in range(2):
        with reaching(harare.pk):
            make_holiday(harare, **DAYS)
            make_window(harare, term=make_term(harare, **DAYS), program=make_program(harare))
        with CaptureQueriesContext(connection) as queries:
            assert len(parsed(fetched(feed).content)) == 3 * (len(costs) + 1)
        costs.append(len(queries))
    assert costs[0] == costs[1] > 0
