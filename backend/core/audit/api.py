"""This file holds the audit log over HTTP: read only, as far as one's place reaches, or about oneself."""

from typing import Any

from django.http import HttpResponse
from rest_framework import serializers

from core.actor import Actor, Reach
from core.audit.models import AuditEntry
from core.http.permissions import SIGNED_IN
from core.http.resource import ResourceViewSet
from core.http.views import ActingRequest
from core.lists.access import Access
from core.lists.listing import Page


class AuditEntrySerializer(serializers.ModelSerializer):
    """One thing done, or refused."""

    class Meta:
        model = AuditEntry
        fields = [
            "id", "at", "rule", "decision", "code", "actor_id", "actor_name", "institution_id", "person_id", "subject",
            "subject_id", "count", "request_id",
        ]  # fmt: skip


class AuditDetailSerializer(AuditEntrySerializer):
    """One thing done with what it changed: field -> [before, after]. Sensitive values are digests.

    Of a read of sensitive fields, their names.
    """

    changes = serializers.JSONField()

    class Meta(AuditEntrySerializer.Meta):
        fields = [*AuditEntrySerializer.Meta.fields, "session_id", "address", "changes"]


class AuditViewSet(ResourceViewSet):
    """The audit log: what was done, by whom, and what was refused."""

    queryset = AuditEntry.objects.all()
    serializer_class = AuditEntrySerializer
    detail_serializer_class = AuditDetailSerializer
    view_permission = "core.view_audit"
    filters = {
        "id": ["gte", "lt"],
        "at": ["gte", "lt"],
        "rule": ["exact", "in", "startswith"],
        "decision": ["exact"],
        "code": ["exact", "in"],
        "actor_id": ["exact", "isnull"],
        "person_id": ["exact"],
        "institution_id": ["exact", "in", "isnull"],
        "subject": ["exact"],
        "subject_id": ["exact"],
        "session_id": ["exact"],
        "address": ["exact"],
        "request_id": ["exact"],
    }
    search_fields = ["actor_text"]
    orders = {"at": "at"}


class OwnEntrySerializer(serializers.ModelSerializer):
    """Something that was done with what is known of oneself: who, from which place, what, when. Never the address."""

    class Meta:
        model = AuditEntry
        fields = ["id", "at", "rule", "decision", "actor_name", "institution_id", "subject", "subject_id"]


class OwnEntriesViewSet(ResourceViewSet):
    """Who looked at my record, and who changed it: the entries about whoever is signed in."""

    queryset = AuditEntry.own.all()
    serializer_class = OwnEntrySerializer
    view_permission = SIGNED_IN
    filters = {"at": ["gte", "lt"], "rule": ["exact", "startswith"], "decision": ["exact"]}

    def list(self, request: ActingRequest, *args: Any, **placed: Any) -> HttpResponse:  # type: ignore[override]
        """It needs no grant, and so no place: the rows are few, and one's own."""
        myself = Actor(request.actor.name, request.actor.id, {SIGNED_IN: Reach(nation=True)})
        page = Page(type(self), Access(myself, SIGNED_IN), request.query_params, placed)
        return page.answer(request.META.get("HTTP_IF_NONE_MATCH"))
