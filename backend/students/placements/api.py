"""This file holds placements, visits and logbooks over HTTP."""

from rest_framework import serializers

from core.http.resource import ResourceViewSet, Verb
from core.lists import Ref
from students.names import EmployerName, PlacementName, StudentName
from students.placements import rules
from students.placements.models import LogbookEntry, Placement, PlacementVisit
from users.names import PersonName

VIEW, CONTACT = "students.view_placement", "students.view_placement_contact"


class PlacementSerializer(serializers.ModelSerializer):
    """One placement as entered and listed. How the host supervisor is reached is taken, and not shown."""

    student = Ref(StudentName, view_permission="students.view_student", cached=False)
    employer = Ref(EmployerName, view_permission="students.view_employer", cached=False)
    academic_supervisor = Ref(
        PersonName, view_permission="users.view_user", cached=False, required=False, allow_null=True
    )
    host_supervisor_contact = serializers.CharField(
        max_length=120, write_only=True, required=False, allow_null=True, help_text="A telephone number or an address."
    )

    class Meta:
        model = Placement
        fields = [
            "id", "institution", "student", "employer", "kind", "host_supervisor", "host_supervisor_contact",
            "academic_supervisor", "starts_on", "ends_on", "status", "broken_off_on", "reason", "created_at",
            "updated_at",
        ]  # fmt: skip
        read_only_fields = ["institution", "status", "broken_off_on", "reason"]


class PlacementDetailSerializer(PlacementSerializer):
    """One placement in full, for those who may see how the host supervisor is reached."""

    host_supervisor_contact = serializers.CharField(required=False, allow_null=True)


class PlacementChangeSerializer(PlacementSerializer):
    """What may be changed of a placement: not who is placed, nor where."""

    student = Ref(StudentName, view_permission="students.view_student", cached=False, read_only=True)
    employer = Ref(EmployerName, view_permission="students.view_employer", cached=False, read_only=True)


class BreakOffSerializer(serializers.Serializer):
    """On which day a placement was broken off, and why."""

    broken_off_on = serializers.DateField()
    reason = serializers.CharField(max_length=300)


class PlacementViewSet(ResourceViewSet):
    """Placements: students who learn at work."""

    queryset = Placement.objects.all()
    serializer_class = PlacementSerializer
    detail_serializer_class = PlacementDetailSerializer
    change_serializer_class = PlacementChangeSerializer
    field_permissions = {"host_supervisor_contact": CONTACT}
    view_permission = VIEW
    filters = {
        "institution": ["exact"],
        "student": ["exact", "in"],
        "employer": ["exact", "in"],
        "academic_supervisor": ["exact", "isnull"],
        "kind": ["exact", "in"],
        "status": ["exact", "in"],
        "starts_on": ["gte", "lt"],
        "ends_on": ["gte", "lt"],
    }
    orders = {"id": "id", "starts_on": "starts_on"}
    verbs = {
        "start": Verb(rules.start_placement),
        "complete": Verb(rules.complete_placement),
        "break-off": Verb(rules.break_off_placement, BreakOffSerializer),
    }
    rules = {"create": rules.open_placement, "update": rules.change_placement}


class VisitSerializer(serializers.ModelSerializer):
    """One visit to a student at work."""

    placement = Ref(PlacementName, view_permission=VIEW, cached=False)
    visitor = Ref(PersonName, view_permission="users.view_user", cached=False, required=False, allow_null=True)

    class Meta:
        model = PlacementVisit
        fields = [
            "id", "institution", "placement", "visited_on", "visitor", "findings", "grade", "created_at", "updated_at",
        ]  # fmt: skip
        read_only_fields = ["institution"]


class VisitChangeSerializer(serializers.ModelSerializer):
    """What may be corrected of a visit."""

    class Meta:
        model = PlacementVisit
        fields = ["findings", "grade"]


class VisitViewSet(ResourceViewSet):
    """Visits to students at work."""

    queryset = PlacementVisit.objects.all()
    serializer_class = VisitSerializer
    change_serializer_class = VisitChangeSerializer
    view_permission = VIEW
    filters = {
        "institution": ["exact"],
        "placement": ["exact", "in"],
        "visitor": ["exact"],
        "visited_on": ["gte", "lt"],
    }
    rules = {"create": rules.record_visit, "update": rules.correct_visit}


class LogbookEntrySerializer(serializers.ModelSerializer):
    """One week of a logbook."""

    placement = Ref(PlacementName, view_permission=VIEW, cached=False)

    class Meta:
        model = LogbookEntry
        fields = [
            "id", "institution", "placement", "week_starts_on", "hours", "done", "signed_at", "created_at",
            "updated_at",
        ]  # fmt: skip
        read_only_fields = ["institution", "signed_at"]


class LogbookEntryChangeSerializer(serializers.ModelSerializer):
    """What may be changed of an entry that nobody signed."""

    class Meta:
        model = LogbookEntry
        fields = ["hours", "done"]


class LogbookEntryViewSet(ResourceViewSet):
    """Logbooks: what students did at work, week by week."""

    queryset = LogbookEntry.objects.all()
    serializer_class = LogbookEntrySerializer
    change_serializer_class = LogbookEntryChangeSerializer
    view_permission = VIEW
    filters = {
        "institution": ["exact"],
        "placement": ["exact", "in"],
        "week_starts_on": ["exact", "gte", "lt"],
        "signed_at": ["isnull"],
    }
    verbs = {"sign": Verb(rules.sign_entry)}
    rules = {"create": rules.write_entry, "update": rules.change_entry}
