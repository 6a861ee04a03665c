"""This file holds what helps planners over HTTP: free rooms, free slots of a section, suggestions for a meeting."""

from datetime import date, datetime, time, timedelta
from typing import Any, TypeVar
from uuid import UUID

from rest_framework import serializers
from rest_framework.response import Response

from academic.calendar.models import Term
from academic.calendar.weeks import Week, days_of
from academic.meetings.models import MONDAY, SUNDAY, Meeting
from academic.meetings.rules import CHANGE
from academic.planning.rooms import busy, fitting
from academic.planning.slots import Proposal, proposals
from academic.planning.suggesting import suggestions
from academic.planning.wanted import Pattern, Wanted, wanted_by
from academic.programs.models import Program
from academic.sections.models import Section
from core.actor import Actor
from core.errors import Invalid, NotVisible, Problem
from core.http.bodies import checked
from core.http.views import ActingRequest, Endpoint
from core.tenancy.scope import reaching, reading
from faculties.institutions.days import zone_of
from faculties.rooms.models import Feature

MOST_SHOWN = 50
WORKWEEK, MORNING, EVENING = (1, 2, 3, 4, 5), time(8), time(18)
DAY_LONG = timedelta(days=1)
PATTERN = {"weekday", "from", "until"}
WHOSE_WEEKS = ({"term"}, {"term", "program"}, {"section"})
Kept = TypeVar("Kept", Section, Meeting)
Named = TypeVar("Named", Section, Term, Program)


class Listed(serializers.Field):
    """Several values in one parameter, parted by commas, each once."""

    def __init__(self, child: serializers.Field, **options: Any) -> None:
        super().__init__(**options)
        self.each = child

    def to_internal_value(self, data: Any) -> tuple:
        return tuple(sorted({self.each.run_validation(one) for one in str(data).split(",")}))


def weekday() -> serializers.IntegerField:
    return serializers.IntegerField(min_value=MONDAY, max_value=SUNDAY)


# --- What is asked ---
class WeeksSerializer(serializers.Serializer):
    """Some teaching weeks of a term."""

    rhythm = serializers.ChoiceField(Meeting.Rhythm.choices, required=False)
    weeks = Listed(serializers.IntegerField(min_value=1, max_value=60), required=False)
    first_week = serializers.IntegerField(required=False, min_value=1, max_value=60)
    last_week = serializers.IntegerField(required=False, min_value=1, max_value=60)

    def validate(self, given: dict[str, Any]) -> dict[str, Any]:
        if ("weeks" in given) != (given.get("rhythm") == Meeting.Rhythm.LISTED):
            message = 'Weeks are listed where the rhythm is "listed", and only there.'
            raise serializers.ValidationError({"weeks": message})
        return given


class HoursSerializer(WeeksSerializer):
    """Between which hours of which weekdays, by the clocks of the institution."""

    weekdays = Listed(weekday(), required=False)
    until = serializers.TimeField(required=False)

    def get_fields(self) -> dict[str, serializers.Field]:
        return {**super().get_fields(), "from": serializers.TimeField(required=False)}  # a word of Python's

    def validate(self, given: dict[str, Any]) -> dict[str, Any]:
        given = super().validate(given)
        if given.get("until", EVENING) <= given.get("from", MORNING):
            raise serializers.ValidationError({"until": "The hours of a day end after they start."})
        return given


class SlotsAskedSerializer(HoursSerializer):
    """A meeting to be found a place for."""

    minutes = serializers.IntegerField(min_value=15, max_value=720)
    kind = serializers.ChoiceField(Meeting.Kind.choices, required=False)
    features = Listed(serializers.ChoiceField(Feature.choices), required=False)
    campus = serializers.UUIDField(required=False)


class RoomsAskedSerializer(WeeksSerializer):
    """A time or a weekly pattern, and what the room has to be like."""

    starts_at = serializers.DateTimeField(required=False)
    ends_at = serializers.DateTimeField(required=False)
    term = serializers.UUIDField(required=False)
    program = serializers.UUIDField(required=False)
    section = serializers.UUIDField(required=False)
    weekday = serializers.IntegerField(required=False, min_value=MONDAY, max_value=SUNDAY)
    until = serializers.TimeField(required=False)
    seats = serializers.IntegerField(required=False, min_value=0, max_value=100_000)
    features = Listed(serializers.ChoiceField(Feature.choices), required=False)
    campus = serializers.UUIDField(required=False)
    near = serializers.UUIDField(required=False)
    exam = serializers.BooleanField(required=False)

    def get_fields(self) -> dict[str, serializers.Field]:
        return {**super().get_fields(), "from": serializers.TimeField(required=False)}  # a word of Python's

    def validate(self, given: dict[str, Any]) -> dict[str, Any]:
        given = super().validate(given)
        once, weekly = given.keys() & {"starts_at", "ends_at"}, given.keys() & PATTERN.union(*WHOSE_WEEKS)
        if len(once) == 2 and not weekly:
            if not timedelta(0) < given["ends_at"] - given["starts_at"] <= DAY_LONG:
                raise serializers.ValidationError({"ends_at": "It ends after it starts, at most a day later."})
        elif weekly >= PATTERN and weekly - PATTERN in WHOSE_WEEKS and not once:
            if given["until"] <= given["from"]:
                raise serializers.ValidationError({"until": "The hours of a day end after they start."})
        else:
            message = "Say starts_at and ends_at; or weekday, from and until, with a section, or a term (and program)."
            raise serializers.ValidationError({"starts_at": message})
        return given


# --- What is answered ---
class NearSerializer(serializers.Serializer):
    """The building or campus of a room."""

    id = serializers.UUIDField()
    code = serializers.CharField()
    name = serializers.CharField()


class FreeRoomSerializer(serializers.Serializer):
    """A room that is free."""

    id = serializers.UUIDField()
    code = serializers.CharField()
    name = serializers.CharField()
    capacity = serializers.IntegerField()
    exam_capacity = serializers.IntegerField(allow_null=True)
    features = serializers.ListField(child=serializers.ChoiceField(Feature.choices))
    building = NearSerializer()
    campus = NearSerializer(source="building.campus")


class RankedRoomSerializer(FreeRoomSerializer):
    """A room that is free at all times asked for, the best first: near, then with the fewest seats to spare."""

    seats_unused = serializers.IntegerField()


class ProposalSerializer(serializers.Serializer):
    """A weekday and hour at which all are free in all weeks, with the best room, and why."""

    weekday = serializers.IntegerField(source="slot.weekday")
    starts_at = serializers.TimeField(source="slot.starts")
    ends_at = serializers.TimeField(source="ends")
    room = FreeRoomSerializer()
    times = serializers.SerializerMethodField(help_text="How often it would meet.")
    reasons = serializers.ListField(child=serializers.CharField())

    def get_times(self, proposal: Proposal) -> int:
        return len(proposal.slot.starts_at)


class SuggestedChangeSerializer(serializers.Serializer):
    """What to send to change the meeting so: PATCH it, and schedule it if it is only planned."""

    weekday = serializers.IntegerField(required=False)
    on_date = serializers.DateField(required=False)
    starts_at = serializers.TimeField()
    ends_at = serializers.TimeField()
    room = serializers.UUIDField(source="room.id")


class SuggestionSerializer(ProposalSerializer):
    """A place for a meeting that the rules were asked about: taken at once, it is accepted."""

    change = SuggestedChangeSerializer()


# --- The calls ---
WEEKS = {
    "rhythm": "In which weeks: every (if not said), odd, even or listed.",
    "weeks": "The weeks, if they are listed: 1,2,5.",
    "first_week": "Not before this week of the term.",
    "last_week": "Not after this week.",
}
HOURS = {
    "weekdays": "1 is Monday: 1,3,5. Not said: Monday to Friday.",
    "from": "Not before this hour. Not said: 08:00.",
    "until": "Over by this hour. Not said: 18:00.",
}
ROOM = {"features": "What the room has to offer, parted by commas.", "campus": "Where it has to be."}


class FreeRooms(Endpoint):
    """Rooms that are free at a time, or in all weeks of a pattern, and could be booked; the best ones first."""

    needs = {"get": CHANGE}
    serializer_class = RankedRoomSerializer
    parameters = {
        "starts_at": "From this instant ...",
        "ends_at": "... to this one, at most a day later.",
        "term": "Or in the weeks of a term,",
        "program": "for a program that has its own days in it,",
        "section": "or of a section instead, as its meetings would take place,",
        "weekday": "on this weekday,",
        "from": "from this hour by the clocks of the institution",
        "until": "to this one.",
        **WEEKS,
        "seats": "For how many it has to have seats.",
        **ROOM,
        "near": "The building in which it had best be: its rooms come first, then those of its campus.",
        "exam": "true: seats as in an examination.",
    }

    def get(self, request: ActingRequest) -> Response:
        asked = checked(RoomsAskedSerializer(data=request.query_params))
        institution, actor = request.actor.at_home(), request.actor
        seats, near = asked.get("seats", 0), asked.get("near")
        fit = {name: asked[name] for name in ("seats", "features", "campus") if name in asked}
        rooms = list(fitting(actor, institution, **fit, is_exam=asked.get("exam", False)))
        taken = busy(institution, [room.pk for room in rooms], times_asked(actor, institution, asked))
        campus = next((room.building.campus_id for room in rooms if room.building_id == near), None)
        free = [room for room in rooms if room.pk not in taken]
        for room in free:
            room.seats_unused = room.holds - seats
        if near:
            free.sort(key=lambda room: (room.building_id != near, room.building.campus_id != campus))
        return Response(RankedRoomSerializer(free[:MOST_SHOWN], many=True).data)


class FreeSlots(Endpoint):
    """When a section could meet: its lecturers, its cohorts and a fitting room are free in all of the weeks."""

    needs = {"get": CHANGE}
    serializer_class = ProposalSerializer
    parameters = {
        "minutes": "How long it is to be.",
        **HOURS,
        **WEEKS,
        "kind": "lecture (if not said), exam, ...: in an exam people sit further apart.",
        **ROOM,
    }

    def get(self, request: ActingRequest, pk: UUID) -> Response:
        section = found(request.actor, Section, pk)
        asked = checked(SlotsAskedSerializer(data=request.query_params))
        with reaching(section.institution_id):
            host = host_of(section)
            weeks = pattern_of(asked).weeks_in(host.term, host.course.program_id)
            wanted = Wanted(
                section=host,
                seats=host.seats_needed,
                minutes=asked["minutes"],
                **hours_asked(asked),
                mondays=[week.starts_on for week in weeks],
                kind=asked.get("kind", Meeting.Kind.LECTURE),
                features=asked.get("features", ()),
                campus=asked.get("campus"),
            )
            best = proposals(request.actor.within(host.institution_id), wanted)
            return Response(ProposalSerializer(best[:MOST_SHOWN], many=True).data)


class MeetingSuggestions(Endpoint):
    """Where a meeting could be instead, the best first, with reasons. The rules are asked before anything is said."""

    needs = {"get": CHANGE}
    serializer_class = SuggestionSerializer
    parameters = HOURS

    def get(self, request: ActingRequest, pk: UUID) -> Response:
        meeting = found(request.actor, Meeting, pk)
        asked = checked(HoursSerializer(data=request.query_params))
        with reaching(meeting.institution_id):
            actor = request.actor.within(meeting.institution_id)
            best = suggestions(actor, wanted_by(meeting, **hours_asked(asked)))
            return Response([shown(proposal, change) for proposal, change in best])


def shown(proposal: Proposal, change: dict[str, Any]) -> dict[str, Any]:
    return {**ProposalSerializer(proposal).data, "change": SuggestedChangeSerializer(change).data}


def found(actor: Actor, model: type[Kept], pk: UUID) -> Kept:
    with reading(actor, CHANGE, model):
        row = model.objects.visible_to(actor, CHANGE).filter(pk=pk).first()
    if row is None:
        raise NotVisible()
    return row


def host_of(section: Section) -> Section:
    """The section with which it meets, whose weeks count: mostly itself."""
    return Section.objects.select_related("term", "course").get(pk=section.meets_as)


def hours_asked(asked: dict[str, Any]) -> dict[str, Any]:
    return {
        "weekdays": asked.get("weekdays", WORKWEEK),
        "earliest": asked.get("from", MORNING),
        "latest": asked.get("until", EVENING),
    }


def pattern_of(asked: dict[str, Any]) -> Pattern:
    return Pattern(**{name: asked[name] for name in WEEKS if name in asked})


def times_asked(actor: Actor, institution: UUID, asked: dict[str, Any]) -> list[tuple[datetime, datetime]]:
    """The instants at which a room has to be free: one time, or one for each week of the pattern, without holidays."""
    if "starts_at" in asked:
        return [(asked["starts_at"], asked["ends_at"])]
    weeks, first, last = weeks_asked(actor, institution, asked)
    zone = zone_of(institution)
    days = [(week.starts_on + timedelta(days=asked["weekday"] - 1), week.holidays) for week in weeks]
    return [
        (datetime.combine(day, asked["from"], zone), datetime.combine(day, asked["until"], zone))
        for day, holidays in days
        if first <= day <= last and not any(one.starts_on <= day <= one.ends_on for one in holidays)
    ]


def weeks_asked(actor: Actor, institution: UUID, asked: dict[str, Any]) -> tuple[list[Week], date, date]:
    """The teaching weeks that are asked for, with the first and the last day: those of a section, as its meetings are
    made, or of a term, in which a program may have its own.
    """
    pattern = pattern_of(asked)
    if "section" in asked:
        host = host_of(named(actor, institution, Section, CHANGE, "section", asked))
        return pattern.weeks_in(host.term, host.course.program_id), host.starts_on, host.ends_on
    term = named(actor, institution, Term, "academic.view_term", "term", asked)
    program = None
    if "program" in asked:
        program = named(actor, institution, Program, "academic.view_program", "program", asked).pk
    days = days_of(term, program)
    return pattern.weeks_in(term, program), days.starts_on, days.ends_on


def named(
    actor: Actor, institution: UUID, model: type[Named], permission: str, parameter: str, asked: dict[str, Any]
) -> Named:
    rows = model.objects.visible_to(actor, permission).filter(institution=institution)
    row = rows.filter(pk=asked[parameter]).first()
    if row is None:
        raise Invalid([Problem("does_not_exist", "There is no such row, or none that you may see.", parameter)])
    return row
