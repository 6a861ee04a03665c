"""This file holds the proofs of the audit log over HTTP: checkpoints, the public key, and the proof of one entry."""

from uuid import UUID

from rest_framework import serializers
from rest_framework.response import Response

from core.audit.models import AuditEntry
from core.errors import NotVisible
from core.http.resource import ResourceViewSet
from core.http.views import ActingRequest, Endpoint
from core.ledger.checkpoints import as_pem, key_id, trusted_keys
from core.ledger.models import Block
from core.ledger.proofs import prove

VIEW_AUDIT = "core.view_audit"


class CheckpointSerializer(serializers.ModelSerializer):
    """The signed end of one block of the audit log."""

    class Meta:
        model = Block
        fields = ["id", "since", "until", "count", "root", "previous", "sealed_at", "hash", "key", "signature"]


class CheckpointViewSet(ResourceViewSet):
    """Checkpoints of the audit log, for whoever keeps them elsewhere."""

    queryset = Block.objects.all()
    serializer_class = CheckpointSerializer
    view_permission = VIEW_AUDIT
    filters = {"id": ["exact", "gte", "lt"]}


class NoteSerializer(serializers.Serializer):
    """What was signed for a block."""

    block = serializers.IntegerField()
    since = serializers.IntegerField()
    until = serializers.IntegerField()
    count = serializers.IntegerField()
    root = serializers.CharField()  # type: ignore[assignment]  # DRF takes declared fields out of the class
    previous = serializers.CharField()
    sealed_at = serializers.CharField()


class ProofSerializer(serializers.Serializer):
    """The proof that an entry is in the log; docs/decisions/0006 says how it is checked."""

    entry = serializers.CharField(help_text="The very text that was hashed.")
    position = serializers.IntegerField()
    path = serializers.ListField(child=serializers.CharField())
    note = NoteSerializer()
    hash = serializers.CharField()
    key = serializers.CharField()
    signature = serializers.CharField()


class EntryProof(Endpoint):
    """The proof that one entry of the audit log is in it. 409 for the seconds until it is sealed."""

    needs = {"get": VIEW_AUDIT}
    serializer_class = ProofSerializer

    def get(self, request: ActingRequest, pk: UUID) -> Response:
        entry = AuditEntry.objects.visible_to(request.actor, VIEW_AUDIT).filter(pk=pk).first()
        if entry is None:
            raise NotVisible()
        return Response(prove(entry))


class PublicKeySerializer(serializers.Serializer):
    """The public half of a key that signs, or signed, checkpoints."""

    id = serializers.CharField()
    pem = serializers.CharField()


class PublicKeys(Endpoint):
    """The public keys by which checkpoints and proofs are checked: today's, and those before it."""

    needs = {"get": VIEW_AUDIT}
    serializer_class = PublicKeySerializer(many=True)

    def get(self, request: ActingRequest) -> Response:
        return Response([{"id": key_id(key), "pem": as_pem(key)} for key in trusted_keys().values()])
