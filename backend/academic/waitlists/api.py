"""This file holds /academic/waitlist-policies/ over HTTP; entries are in academic/registrations."""

from rest_framework import serializers

from academic.waitlists import rules
from academic.waitlists.models import WaitlistPolicy
from core.http.resource import ResourceViewSet


class WaitlistPolicySerializer(serializers.ModelSerializer):
    """How waitlists of an institution are kept."""

    class Meta:
        model = WaitlistPolicy
        fields = ["id", "institution", "offer_hours", "most_waiting", "created_at", "updated_at"]
        read_only_fields = ["institution"]


class WaitlistPolicyViewSet(ResourceViewSet):
    """How long offers last, and how many may wait; one for an institution."""

    queryset = WaitlistPolicy.objects.all()
    serializer_class = WaitlistPolicySerializer
    view_permission = "academic.view_section"
    filters = {"institution": ["exact"]}
    rules = {"create": rules.set_waitlist_policy, "update": rules.change_waitlist_policy}
