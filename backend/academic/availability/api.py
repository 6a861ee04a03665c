"""This file holds /academic/lecturer-availability/ over HTTP."""

from rest_framework import serializers

from academic.availability import rules
from academic.availability.models import LecturerAvailability
from academic.names import TermName
from core.http.resource import ResourceViewSet
from core.lists import Ref
from users.names import PersonName


class AvailabilitySerializer(serializers.ModelSerializer):
    """What a lecturer says of some hours; of one's own if no account is named."""

    account = Ref(PersonName, view_permission="staff.view_member", cached=False, required=False)
    term = Ref(TermName, view_permission="academic.view_term", required=False, allow_null=True)

    class Meta:
        model = LecturerAvailability
        fields = [
            "id", "institution", "account", "kind", "term", "weekday", "starts_on", "ends_on", "starts_at", "ends_at",
            "created_at", "updated_at",
        ]  # fmt: skip
        read_only_fields = ["institution"]


class AvailabilityChangeSerializer(AvailabilitySerializer):
    """What may be changed of it: not whose it is."""

    account = Ref(PersonName, view_permission="staff.view_member", cached=False, read_only=True)


class LecturerAvailabilityViewSet(ResourceViewSet):
    """When lecturers can teach, when they would rather or rather not, and when they can't.

    No meeting takes the hours of somebody who is `unavailable` then, unless that is waived. The others are wishes.
    """

    queryset = LecturerAvailability.objects.all()
    serializer_class = AvailabilitySerializer
    change_serializer_class = AvailabilityChangeSerializer
    view_permission = "academic.view_availability"
    filters = {
        "institution": ["exact"],
        "account": ["exact", "in"],
        "kind": ["exact", "in"],
        "term": ["exact", "isnull"],
        "weekday": ["exact", "in", "isnull"],
    }
    rules = {
        "create": rules.say_availability,
        "update": rules.change_availability,
        "remove": rules.take_back_availability,
    }
