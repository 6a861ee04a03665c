"""This file holds erasures over HTTP."""

from typing import Any
from uuid import UUID

from rest_framework import serializers
from rest_framework.response import Response

from core.errors import NotVisible
from core.http.bodies import checked
from core.http.permissions import SIGNED_IN
from core.http.resource import ResourceViewSet, Verb
from core.http.views import ActingRequest, Endpoint
from core.personal.oneself import OWN, as_oneself
from core.tenancy.scope import reading
from users.erasures import rules
from users.erasures.models import ErasureRequest


class ErasureSerializer(serializers.ModelSerializer):
    """One person to be erased, and how that stands."""

    class Meta:
        model = ErasureRequest
        fields = [
            "id", "institution", "person_id", "requested_by", "reason", "status", "decided_by", "decided_at", "answer",
            "created_at", "updated_at",
        ]  # fmt: skip
        read_only_fields = ["requested_by", "decided_by", "person_id", "status", "decided_at", "answer", "institution"]


class ProposalSerializer(serializers.Serializer):
    """Who is to be erased, the id of an account or of a student, and why."""

    person = serializers.UUIDField()
    reason = serializers.CharField(max_length=1000)


class OwnProposalSerializer(serializers.Serializer):
    """Why, if one wants to say."""

    reason = serializers.CharField(max_length=1000, required=False, allow_blank=True)


class WhyNotErasedSerializer(serializers.Serializer):
    """Why the person is not erased."""

    answer = serializers.CharField(max_length=1000)


class EffectSerializer(serializers.Serializer):
    """What happens to the rows of one table."""

    table = serializers.CharField()
    name = serializers.CharField()
    rows = serializers.IntegerField()
    removed = serializers.BooleanField()
    blanked = serializers.ListField(child=serializers.CharField())
    kept_because = serializers.CharField()
    kept_until = serializers.DateField(allow_null=True)


class OutcomeSerializer(serializers.Serializer):
    """What erasing does or did, and until when backups hold what was erased."""

    effects = EffectSerializer(many=True)
    backups_until = serializers.DateField()


class ErasureInFullSerializer(ErasureSerializer):
    """One person to be erased, with what was done."""

    outcome = serializers.JSONField(read_only=True)

    class Meta(ErasureSerializer.Meta):
        fields = [*ErasureSerializer.Meta.fields, "outcome"]


class ErasureViewSet(ResourceViewSet):
    """People to be erased, for those who ask for it and those who confirm."""

    queryset = ErasureRequest.objects.all()
    serializer_class = ErasureSerializer
    detail_serializer_class = ErasureInFullSerializer
    view_permission = "users.view_erasure"
    filters = {"status": ["exact", "in"], "institution": ["exact"], "person_id": ["exact"]}
    verbs = {
        "confirm": Verb(rules.confirm_erasure),
        "refuse": Verb(rules.refuse_erasure, WhyNotErasedSerializer),
    }


class Proposals(Endpoint):
    """Ask for a person within reach to be erased."""

    needs = {"post": rules.ask_for_person.needs}
    serializer_class = ProposalSerializer
    answer_serializer_class = ErasureSerializer

    def post(self, request: ActingRequest) -> Response:
        form: Any = ProposalSerializer(data=request.data)
        asked = rules.ask_for_person(request.actor, **checked(form))
        return Response(ErasureSerializer(asked).data, status=202)


class Preview(Endpoint):
    """What confirming an erasure would do. Nothing happens."""

    needs = {"get": ErasureViewSet.view_permission}
    serializer_class = OutcomeSerializer

    def get(self, request: ActingRequest, pk: UUID) -> Response:
        needs = ErasureViewSet.view_permission
        with reading(request.actor, needs):
            row = ErasureRequest.objects.visible_to(request.actor, needs).filter(pk=pk).first()
        if row is None:
            raise NotVisible()
        return Response(rules.preview(row).as_json())


class OwnErasures(Endpoint):
    """Ask to be erased from the institution where one acts; and how that stands."""

    needs = {"get": SIGNED_IN, "post": SIGNED_IN}
    serializer_class = OwnProposalSerializer
    answer_serializer_class = ErasureInFullSerializer

    def get(self, request: ActingRequest) -> Response:
        mine = ErasureRequest.objects.visible_to(request.actor, OWN).order_by("pk")
        return Response(ErasureInFullSerializer(mine, many=True).data)

    def post(self, request: ActingRequest) -> Response:
        form: Any = OwnProposalSerializer(data=request.data)
        asked = rules.ask_for_own(as_oneself(request.actor), place=request.actor.home, **checked(form))
        return Response(ErasureInFullSerializer(asked).data, status=202)
