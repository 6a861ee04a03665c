"""This file holds /students/work-pledges/ and /students/work-entries/ over HTTP."""

from rest_framework import serializers

from core.http.resource import ResourceViewSet, Verb
from core.lists import Ref
from students.names import StudentName
from students.work import rules
from students.work.models import WorkEntry, WorkPledge
from users.names import PersonName

VIEW = "students.view_work"


class WorkPledgeSerializer(serializers.ModelSerializer):
    """What one student pledged to work, and how much of it was."""

    student = Ref(StudentName, view_permission="students.view_student", cached=False)

    class Meta:
        model = WorkPledge
        fields = [
            "id", "institution", "student", "area", "hours_pledged", "hours_worked", "rate", "currency", "starts_on",
            "ends_on", "status", "created_at", "updated_at",
        ]  # fmt: skip
        read_only_fields = ["institution", "hours_worked", "status"]


class WorkPledgeChangeSerializer(WorkPledgeSerializer):
    """What may be changed of a pledge: not whose it is."""

    student = Ref(StudentName, view_permission="students.view_student", cached=False, read_only=True)


class WorkPledgeViewSet(ResourceViewSet):
    """Work for fees: what students pledged."""

    queryset = WorkPledge.objects.all()
    serializer_class = WorkPledgeSerializer
    change_serializer_class = WorkPledgeChangeSerializer
    view_permission = VIEW
    filters = {
        "institution": ["exact"],
        "student": ["exact", "in"],
        "status": ["exact", "in"],
        "starts_on": ["gte", "lt"],
        "ends_on": ["gte", "lt"],
    }
    orders = {"id": "id", "starts_on": "starts_on"}
    verbs = {"fulfill": Verb(rules.fulfill_pledge), "end": Verb(rules.end_pledge)}
    rules = {"create": rules.make_pledge, "update": rules.change_pledge}


class WorkPledgeName(serializers.ModelSerializer):
    """The pledge that hours were worked for."""

    class Meta:
        model = WorkPledge
        fields = ["id", "student", "area"]


class WorkEntrySerializer(serializers.ModelSerializer):
    """Hours that were worked on one day."""

    pledge = Ref(WorkPledgeName, view_permission=VIEW, cached=False)
    approved_by = Ref(PersonName, view_permission="users.view_user", cached=False, read_only=True)
    reversed_by = Ref(PersonName, view_permission="users.view_user", cached=False, read_only=True)

    class Meta:
        model = WorkEntry
        fields = [
            "id", "institution", "pledge", "worked_on", "hours", "note", "status", "approved_by", "approved_at",
            "reversed_by", "reversed_at", "created_at", "updated_at",
        ]  # fmt: skip
        read_only_fields = ["institution", "status", "approved_at", "reversed_at"]
        validators: list = []  # the constraint says "once", and knows the institution


class WorkEntryChangeSerializer(WorkEntrySerializer):
    """What may be changed of hours that nobody approved yet."""

    pledge = Ref(WorkPledgeName, view_permission=VIEW, cached=False, read_only=True)


class WorkEntryViewSet(ResourceViewSet):
    """Work for fees: hours that were worked, by day."""

    queryset = WorkEntry.objects.all()
    serializer_class = WorkEntrySerializer
    change_serializer_class = WorkEntryChangeSerializer
    view_permission = VIEW
    filters = {
        "institution": ["exact"],
        "pledge": ["exact", "in"],
        "status": ["exact", "in"],
        "worked_on": ["gte", "lt"],
    }
    verbs = {"approve": Verb(rules.approve_entry), "reverse": Verb(rules.reverse_entry)}
    rules = {"create": rules.enter_work, "update": rules.change_entry, "remove": rules.remove_entry}
