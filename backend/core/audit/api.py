"""This file holds the audit log over HTTP: read only, as far as one's place reaches."""

from rest_framework import serializers

from core.audit.models import AuditEntry
from core.http.resource import ResourceViewSet


class AuditEntrySerializer(serializers.ModelSerializer):
    """One thing done, or refused."""

    class Meta:
        model = AuditEntry
        fields = [
            "id", "at", "rule", "decision", "code", "actor_id", "actor_name", "institution_id", "subject", "subject_id",
            "count", "request_id",
        ]  # fmt: skip


class AuditDetailSerializer(AuditEntrySerializer):
    """One thing done with what it changed: field -> [before, after]. Sensitive values are digests."""

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
        "rule": ["exact", "in"],
        "decision": ["exact"],
        "actor_id": ["exact"],
        "institution_id": ["exact"],
        "subject": ["exact"],
        "subject_id": ["exact"],
        "request_id": ["exact"],
        "at": ["gte", "lt"],
    }
