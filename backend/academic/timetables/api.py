"""This file holds timetables over HTTP: a timetable as it is read, what was published, and publishing."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import orjson
from django.http import HttpResponse
from rest_framework import serializers
from rest_framework.response import Response

from academic.calendar.bounds import A_DAY
from academic.calendar.weeks import monday_of
from academic.meetings.models import Meeting
from academic.names import TermName
from academic.timetables import rules
from academic.timetables.comparing import compared
from academic.timetables.models import PublishedHour, TimetablePublication
from academic.timetables.publishing import COUNTS
from academic.timetables.reading import DAY, SUBJECTS, VIEW, VIEW_DRAFT, Asked, Hour, published, refuse_many
from core.errors import Invalid, NotAllowed, Problem
from core.http.bodies import checked
from core.http.envelope import OPTIONS
from core.http.refusals import flattened
from core.http.resource import ResourceViewSet
from core.http.views import ActingRequest, Endpoint
from core.lists import Ref
from core.lists.listing import answered
from core.tenancy.scope import reaching, reading
from faculties.institutions.days import today_at
from faculties.names import DepartmentName, FacultyName

MOST_DAYS = 200
WEEK = timedelta(days=7)


# --- Publications ---
class ExtentSerializer(serializers.ModelSerializer):
    """What is to be published: a term, of the whole institution or of one unit."""

    term = Ref(TermName, view_permission="academic.view_term")
    faculty = Ref(FacultyName, view_permission="faculties.view_faculty", required=False, allow_null=True)
    department = Ref(DepartmentName, view_permission="faculties.view_department", required=False, allow_null=True)

    class Meta:
        model = TimetablePublication
        fields = ["term", "faculty", "department"]


class TimetablePublicationSerializer(ExtentSerializer):
    """A numbered version of a term's timetable, and what it changed."""

    class Meta(ExtentSerializer.Meta):
        fields = [
            "id", "institution", "term", "faculty", "department", "number", "note", "hours_new", "hours_moved",
            "hours_room_changed", "hours_lecturer_changed", "hours_canceled", "people_told", "published_at",
            "published_by", "created_at",
        ]  # fmt: skip
        read_only_fields = [
            "institution", "number", *COUNTS, "people_told", "published_at", "published_by",
        ]  # fmt: skip


class TimetablePublicationViewSet(ResourceViewSet):
    """Published timetables. Creating one publishes the draft as it is, and tells those whose classes changed."""

    queryset = TimetablePublication.objects.all()
    serializer_class = TimetablePublicationSerializer
    view_permission = VIEW
    filters = {
        "institution": ["exact"],
        "term": ["exact", "in"],
        "faculty": ["exact", "in", "isnull"],
        "department": ["exact", "in", "isnull"],
    }
    rules = {"create": rules.publish_timetable}

    @classmethod
    def takes_bulk(cls) -> bool:
        return False


class WarningSerializer(serializers.Serializer):
    """A section at which somebody should look before its timetable is published."""

    code = serializers.ChoiceField(["no_meeting", "no_room", "no_lecturer", "students_clash"])
    section = serializers.UUIDField()
    name = serializers.CharField()
    other = serializers.UUIDField(allow_null=True, help_text="Of students_clash: the section that meets at once.")
    other_name = serializers.CharField(allow_null=True)
    students = serializers.IntegerField(
        allow_null=True, help_text="Of students_clash: how many are registered for both, without a waiver of that."
    )


class PublicationCheckSerializer(serializers.Serializer):
    """What publishing would change, how many people would be told, and where to look first."""

    hours_new = serializers.IntegerField()
    hours_moved = serializers.IntegerField()
    hours_room_changed = serializers.IntegerField()
    hours_lecturer_changed = serializers.IntegerField()
    hours_canceled = serializers.IntegerField()
    people = serializers.IntegerField()
    warnings = WarningSerializer(many=True, help_text="The first of them, by the names of the sections.")
    warnings_count = serializers.IntegerField(help_text="How many there are.")


class PublicationCheck(Endpoint):
    """What publishing this would do at this moment; nothing is changed and nobody is told."""

    needs = {"post": rules.PUBLISH}
    serializer_class = ExtentSerializer
    answer_serializer_class = PublicationCheckSerializer
    stores_answers = False

    def post(self, request: ActingRequest) -> Response:
        context = {"request": request, "view": self, "actor": request.actor}
        asked = checked(ExtentSerializer(data=request.data, context=context))
        with reaching(asked["term"].institution_id):
            found, warned, count = rules.check_publication(request.actor, **asked)
        shown = {name: getattr(found, name) for name in (*COUNTS, "people")}
        shown |= {"warnings": warned, "warnings_count": count}
        return Response(PublicationCheckSerializer(shown).data)


# --- Timetables ---
class NamedPlaceSerializer(serializers.Serializer):
    """A place, and what it is called."""

    id = serializers.UUIDField()
    code = serializers.CharField()
    name = serializers.CharField()


class HourCourseSerializer(serializers.Serializer):
    """The course of an hour."""

    id = serializers.UUIDField()
    code = serializers.CharField()
    title = serializers.CharField()


class HourTermSerializer(serializers.Serializer):
    """The term of an hour."""

    id = serializers.UUIDField()
    code = serializers.CharField()


class HourSectionSerializer(serializers.Serializer):
    """The section that meets."""

    id = serializers.UUIDField()
    code = serializers.CharField()
    course = HourCourseSerializer()
    term = HourTermSerializer()


class HourRoomSerializer(NamedPlaceSerializer):
    """The room of an hour, with its building and campus."""

    building = NamedPlaceSerializer()
    campus = NamedPlaceSerializer()


class LecturerSerializer(serializers.Serializer):
    """Somebody who teaches, by the account."""

    id = serializers.UUIDField()
    name = serializers.CharField(allow_null=True, help_text="Null to whoever reads the whole nation.")


class WhenSerializer(serializers.Serializer):
    """When and where an hour is: as instants, and by the clocks of the institution."""

    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    date = serializers.DateField(help_text="The day on which it starts, by the clocks of the institution.")
    starts_by_the_clock = serializers.CharField(help_text='As "08:00".')
    ends_by_the_clock = serializers.CharField()
    time_zone = serializers.CharField()
    week = serializers.IntegerField(allow_null=True, help_text="The teaching week of the term; null in a break.")
    room = HourRoomSerializer(allow_null=True)


class LastPublishedSerializer(WhenSerializer):
    """An hour as it was published last."""

    is_canceled = serializers.BooleanField()


class HourSerializer(WhenSerializer):
    """One hour of a timetable."""

    id = serializers.UUIDField(help_text="The occurrence; it stays the same when the hour moves.")
    section = HourSectionSerializer()
    kind = serializers.ChoiceField(Meeting.Kind.choices)
    lecturers = LecturerSerializer(many=True)
    is_canceled = serializers.BooleanField()
    version = serializers.IntegerField(allow_null=True, help_text="The publication that changed it last.")
    sequence = serializers.IntegerField(allow_null=True, help_text="How often it changed since it was first published.")
    change = serializers.ChoiceField(
        PublishedHour.Change.choices,
        allow_null=True,
        help_text="What that publication changed. In a draft: what publishing would change.",
    )
    published = LastPublishedSerializer(
        allow_null=True, required=False, help_text="In a draft alone: how it was published last."
    )


class Timetable(Endpoint):
    """The timetable of one student, lecturer, room, section or program version, as it was published.

    Students see their own. With `draft=true` planners see what is planned, each hour beside what is published of it.
    """

    needs = {"get": VIEW}
    serializer_class = HourSerializer
    parameters = {
        "student": "Whose timetable: the id of a student.",
        "lecturer": "Or the account of somebody who teaches.",
        "room": "Or a room.",
        "section": "Or a section.",
        "program_version": "Or who studies by a version of a program.",
        "year_of_study": "Of a program version: only this year.",
        "group": "Of a program version: only this group, with what all groups share.",
        "from": "The first day. Not said: the Monday of this week.",
        "until": f"The last day, at most {MOST_DAYS} days. Not said: the sixth after the first.",
        "draft": "true: what is planned, for those who may see that.",
    }

    def initial(self, request: Any, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        # What is published is one statement, which declares its own reach.
        self.opens_transaction = "draft" in request.query_params

    def get(self, request: ActingRequest) -> HttpResponse:
        asked = asked_by(request.query_params, request.actor.home)
        if not asked.is_draft:
            hours = [shown(hour) for hour in refuse_many(published(request.actor, asked))]
        elif not request.actor.may(VIEW_DRAFT):
            raise NotAllowed(VIEW_DRAFT)
        else:
            with reading(request.actor, VIEW_DRAFT, PublishedHour):
                hours = [
                    {**shown(hour), "published": before and last_published(before)}
                    for hour, before in compared(request.actor, asked)
                ]
        count = orjson.dumps({"count": len(hours)})
        return answered(orjson.dumps(hours, option=OPTIONS), count, request.META.get("HTTP_IF_NONE_MATCH"))


# --- How an hour is shown ---
def shown(hour: Hour) -> dict[str, Any]:
    course = {"id": hour.course, "code": hour.course_code, "title": hour.course_title}
    term = {"id": hour.term, "code": hour.term_code}
    return {
        "id": hour.id,
        "section": {"id": hour.section, "code": hour.section_code, "course": course, "term": term},
        "kind": hour.kind,
        **when_and_where(hour),
        "lecturers": orjson.Fragment(hour.lecturers),
        "is_canceled": hour.change == PublishedHour.Change.CANCELED,
        "version": hour.version,
        "sequence": hour.sequence,
        "change": hour.change,
    }


def last_published(hour: Hour) -> dict[str, Any]:
    return {**when_and_where(hour), "is_canceled": hour.change == PublishedHour.Change.CANCELED}


def when_and_where(hour: Hour) -> dict[str, Any]:
    building = {"id": hour.building, "code": hour.building_code, "name": hour.building_name}
    campus = {"id": hour.campus, "code": hour.campus_code, "name": hour.campus_name}
    room = {"id": hour.room, "code": hour.room_code, "name": hour.room_name, "building": building, "campus": campus}
    return {
        "starts_at": hour.starts_at,
        "ends_at": hour.ends_at,
        "date": hour.starts.date(),
        "starts_by_the_clock": f"{hour.starts:%H:%M}",
        "ends_by_the_clock": f"{hour.ends:%H:%M}",
        "time_zone": hour.time_zone,
        "week": hour.week,
        "room": room if hour.room else None,
    }


# --- What was asked ---
# One field for each of Timetable.parameters. Exactly one of SUBJECTS is named.
QUESTION: Mapping[str, serializers.Field] = {
    **{name: serializers.UUIDField() for name in SUBJECTS},
    "year_of_study": serializers.IntegerField(min_value=1, max_value=10),
    "group": serializers.IntegerField(min_value=1, max_value=99),
    "from": serializers.DateField(validators=A_DAY),
    "until": serializers.DateField(validators=A_DAY),
    "draft": serializers.BooleanField(),
}


def asked_by(query: Mapping[str, str], home: UUID | None) -> Asked:
    """The question of somebody at home in an institution, or what is wrong with it."""
    given = judged(query)
    named = [name for name in SUBJECTS if name in given]
    starts_on: date = given.get("from") or monday_of(today_at(home))
    ends_on: date = given.get("until") or starts_on + WEEK - DAY
    problems = []
    if len(named) != 1:
        message = f"Say whose timetable, by exactly one of: {', '.join(SUBJECTS)}."
        problems.append(Problem("subject_needed", message, named[-1] if named else "student"))
    for name in ("year_of_study", "group"):
        if name in given and "program_version" not in given:
            problems.append(Problem("of_program_version", "This is asked of a program version alone.", name))
    if not 0 <= (ends_on - starts_on).days < MOST_DAYS:
        message = f"The last day is the first or a later one, and they are at most {MOST_DAYS} days."
        problems.append(Problem("days_out_of_order", message, "until"))
    if problems:
        raise Invalid(problems)
    said = {"year_of_study": given.get("year_of_study"), "group": given.get("group")}
    return Asked(named[0], given[named[0]], starts_on, ends_on, **said, is_draft=given.get("draft", False))


def judged(query: Mapping[str, str]) -> dict[str, Any]:
    given: dict[str, Any] = {}
    problems: list[Problem] = []
    for name, text in query.items():
        try:
            given[name] = QUESTION[name].run_validation(text)
        except serializers.ValidationError as error:
            problems += flattened({name: error.detail})
    if problems:
        raise Invalid(problems)
    return given
