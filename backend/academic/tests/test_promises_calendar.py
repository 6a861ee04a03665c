"""This file holds the promises of the calendar, feeds of it and published timetables."""

from dataclasses import replace

from django.utils import timezone

from academic.factories import (
    make_feed,
    make_holiday,
    make_meeting,
    make_program,
    make_section,
    make_term,
    make_term_exception,
    make_window,
)
from academic.models import (
    Feed,
    TimetablePublication,
)
from core.audit.models import AuditEntry
from core.testing.fixtures import Person, client_of, person_at
from core.testing.promises import ResourcePromises
from faculties.factories import saved
from users.factories import make_user
from users.models import User


class TestTerms(ResourcePromises):
    url = "/api/v1/academic/terms/"
    view, create, update = "academic.view_term", "academic.add_term", "academic.change_term"
    changes = {"name": "Renamed"}

    def make(self, institution):
        return make_term(institution)

    def body(self, institution):
        days = {"starts_on": "2027-02-08", "ends_on": "2027-06-18"}
        return {"code": "2027-1", "name": "First semester", "academic_year": 2027, **days}


class TestTermExceptions(ResourcePromises):
    url = "/api/v1/academic/term-exceptions/"
    view, create, update, remove = "academic.view_term", *["academic.change_term"] * 3
    also = ("academic.view_program",)
    references = ("term", "program")
    changes = {"reason": "Industrial attachment first"}

    def make(self, institution):
        return make_term_exception(institution)

    def body(self, institution):
        term, program = make_term(institution), make_program(institution)
        days = {"starts_on": "2026-02-16", "ends_on": "2026-06-26", "census_on": "2026-04-01"}
        return {"term": str(term.pk), "program": str(program.pk), "reason": "Attachment", **days}


class TestHolidays(ResourcePromises):
    url = "/api/v1/academic/holidays/"
    view, create, update = "academic.view_term", "academic.change_term", "academic.change_term"
    changes = {"is_break": True}

    def make(self, institution):
        return make_holiday(institution)

    def body(self, institution):
        return {"name": "Independence Day", "starts_on": "2026-04-18", "ends_on": "2026-04-18"}


class TestWindows(ResourcePromises):
    url = "/api/v1/academic/windows/"
    view, create, update, remove = "academic.view_term", *["academic.change_term"] * 3
    also = ("academic.view_section", "academic.view_program")
    references = ("term", "section")
    changes = {"closes_after": 21}

    def make(self, institution):
        return make_window(institution)

    def body(self, institution):
        section = make_section(institution)
        of = {"term": str(section.term_id), "section": str(section.pk)}
        return {**of, "kind": "drop", "opens_after": 0, "closes_after": 28}


class TestFeeds(ResourcePromises):
    """Feeds show to one subscriber alone, who owns them all; all but one are revoked."""

    url = "/api/v1/academic/feeds/"
    view, create = "academic.view_term", "academic.view_term"

    def subscriber(self):
        return User.objects.filter(email="subscriber@tesc.test").first() or make_user(email="subscriber@tesc.test")

    def reader(self, institution):
        return Person(replace(super().reader(institution).actor, id=self.subscriber().pk))

    def writer(self, institution):
        return Person(replace(super().writer(institution).actor, id=self.subscriber().pk))

    def make(self, institution):
        return make_feed(institution, account=self.subscriber(), revoked_at=timezone.now())

    def body(self, institution):
        return {"kind": "calendar"}

    def test_creating_needs_the_permission(self, harare):
        answer = client_of(person_at(harare)).post(self.url, self.body_for(harare))
        assert (answer.status_code, Feed.objects.count()) == (403, 0)
        assert AuditEntry.objects.filter(decision="refused").count() == 1


class TestTimetablePublications(ResourcePromises):
    url = "/api/v1/academic/timetable-publications/"
    view, create = "academic.view_section", "academic.publish_timetable"
    also = ("academic.view_term",)
    references = ("term",)

    def make(self, institution):
        counts = ("hours_new", "hours_moved", "hours_room_changed", "hours_canceled", "people_told")
        fields = {"term": make_term(institution), "number": 1, "published_at": timezone.now()}
        return saved(TimetablePublication(institution=institution, **fields, **dict.fromkeys(counts, 1)))

    def body(self, institution):
        return {"term": str(make_meeting(institution).section.term_id), "note": "For the first week"}
