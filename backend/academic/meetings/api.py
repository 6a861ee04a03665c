"""This file holds /academic/meetings/, /academic/meeting-waivers/ and /academic/occurrences/ over HTTP."""

from rest_framework import serializers

from academic.calendar.bounds import AN_INSTANT
from academic.meetings import occurring, rules
from academic.meetings.models import Meeting, MeetingWaiver
from academic.names import MeetingName, OccurrenceName, SectionName
from academic.occurrences.models import Occurrence
from core.http.resource import ResourceViewSet, Verb
from core.lists import Ref
from faculties.names import CampusName, RoomName

VIEW_SECTION, VIEW_DRAFT = "academic.view_section", "academic.view_timetable_draft"


class MeetingChangeSerializer(serializers.ModelSerializer):
    """What may be changed of a meeting: not its section."""

    section = Ref(SectionName, view_permission=VIEW_SECTION, cached=False, read_only=True)
    room = Ref(RoomName, view_permission="faculties.view_room", required=False, allow_null=True)
    campus = Ref(CampusName, view_permission="faculties.view_campus", required=False, allow_null=True)

    class Meta:
        model = Meeting
        fields = [
            "id", "institution", "section", "kind", "weekday", "on_date", "starts_at", "ends_at", "rhythm", "weeks",
            "first_week", "last_week", "room", "campus", "features", "status", "created_at", "updated_at",
        ]  # fmt: skip
        read_only_fields = ["institution", "status"]


class MeetingSerializer(MeetingChangeSerializer):
    """When and where a section meets, by the clocks of its institution."""

    section = Ref(SectionName, view_permission=VIEW_SECTION, cached=False)
    is_planned = serializers.BooleanField(
        write_only=True, required=False, help_text="Only planned: it takes no room and nobody's time yet."
    )

    class Meta(MeetingChangeSerializer.Meta):
        fields = [*MeetingChangeSerializer.Meta.fields, "is_planned"]


class SwapSerializer(serializers.Serializer):
    """The meeting with which this one exchanges hour and room."""

    other = Ref(MeetingName, view_permission=VIEW_DRAFT, cached=False)


class MeetingViewSet(ResourceViewSet):
    """Meetings of sections: weekly patterns, and single events."""

    queryset = Meeting.objects.all()
    serializer_class = MeetingSerializer
    change_serializer_class = MeetingChangeSerializer
    view_permission = VIEW_DRAFT
    filters = {
        "institution": ["exact"],
        "section": ["exact", "in"],
        "section__term": ["exact", "in"],
        "kind": ["exact", "in"],
        "weekday": ["exact", "in"],
        "room": ["exact", "in", "isnull"],
        "status": ["exact", "in"],
    }
    verbs = {
        "schedule": Verb(rules.schedule_meeting),
        "swap": Verb(rules.swap_meetings, SwapSerializer),
        "cancel": Verb(rules.cancel_meeting),
    }
    rules = {"create": rules.add_meeting, "update": rules.change_meeting}


class MeetingWaiverSerializer(serializers.ModelSerializer):
    """Leave for one meeting not to keep one of the limits."""

    meeting = Ref(MeetingName, view_permission=VIEW_DRAFT, cached=False)

    class Meta:
        model = MeetingWaiver
        fields = ["id", "institution", "meeting", "waives", "reason", "granted_by", "created_at"]
        read_only_fields = ["institution", "granted_by"]


class MeetingWaiverViewSet(ResourceViewSet):
    """Which clashes of a timetable are allowed, by whom and why."""

    queryset = MeetingWaiver.objects.all()
    serializer_class = MeetingWaiverSerializer
    view_permission = "academic.view_meeting_waiver"
    filters = {"institution": ["exact"], "meeting": ["exact", "in"], "waives": ["exact", "in"]}
    rules = {"create": rules.waive_limit, "remove": rules.end_waiver}


class OccurrenceSerializer(serializers.ModelSerializer):
    """One time that a meeting takes place."""

    meeting = Ref(MeetingName, view_permission=VIEW_DRAFT, cached=False, read_only=True)
    section = Ref(SectionName, view_permission=VIEW_SECTION, cached=False, read_only=True)
    room = Ref(RoomName, view_permission="faculties.view_room", read_only=True)

    class Meta:
        model = Occurrence
        fields = [
            "id", "institution", "meeting", "section", "planned_on", "starts_at", "ends_at", "room", "status",
            "changed_by_hand", "created_at", "updated_at",
        ]  # fmt: skip
        read_only_fields = fields


class OccurrenceMoveSerializer(serializers.Serializer):
    """The time to which an occurrence moves, and the room if it is another."""

    starts_at = serializers.DateTimeField(validators=AN_INSTANT)
    ends_at = serializers.DateTimeField(validators=AN_INSTANT)
    room = Ref(RoomName, view_permission="faculties.view_room", required=False)


class OccurrenceSwapSerializer(serializers.Serializer):
    """The occurrence with which this one exchanges hour and room."""

    other = Ref(OccurrenceName, view_permission=VIEW_DRAFT, cached=False)


class OccurrenceViewSet(ResourceViewSet):
    """When and where sections meet, each time. Meetings make them; one alone is moved, exchanged or canceled."""

    queryset = Occurrence.objects.all()
    serializer_class = OccurrenceSerializer
    view_permission = VIEW_DRAFT
    filters = {
        "institution": ["exact"],
        "meeting": ["exact", "in"],
        "section": ["exact", "in"],
        "section__term": ["exact"],
        "room": ["exact", "in", "isnull"],
        "status": ["exact", "in"],
        "starts_at": ["gte", "lt"],
        "ends_at": ["gt", "lte"],
    }
    orders = {"id": "id", "starts_at": "starts_at"}
    verbs = {
        "move": Verb(occurring.move_occurrence, OccurrenceMoveSerializer),
        "swap": Verb(occurring.swap_occurrences, OccurrenceSwapSerializer),
        "cancel": Verb(occurring.cancel_occurrence),
    }
