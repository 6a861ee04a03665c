"""This file holds corrections over HTTP."""

from typing import Any

from rest_framework import serializers
from rest_framework.response import Response

from core.http.bodies import checked
from core.http.permissions import SIGNED_IN
from core.http.resource import ResourceViewSet, Verb
from core.http.views import ActingRequest, Endpoint
from core.lists import Ref
from core.personal.oneself import OWN, as_oneself
from users.corrections import rules
from users.corrections.models import Correction
from users.names import PersonName


class CorrectionSerializer(serializers.ModelSerializer):
    """Something that a person says is wrong. What it should be is shown one by one."""

    account = Ref(PersonName, view_permission="users.view_user", cached=False, read_only=True)

    class Meta:
        model = Correction
        fields = [
            "id", "institution", "account", "subject", "subject_id", "field", "status", "decided_at", "change_id",
            "created_at", "updated_at",
        ]  # fmt: skip
        read_only_fields = ["institution", "status", "decided_at", "change_id"]


class CorrectionInFullSerializer(CorrectionSerializer):
    """Something that a person says is wrong, with their words and the answer."""

    should_be = serializers.CharField(max_length=1000, allow_blank=True, allow_null=True)
    explanation = serializers.CharField(max_length=1000, required=False, allow_blank=True)

    class Meta(CorrectionSerializer.Meta):
        fields = [*CorrectionSerializer.Meta.fields, "should_be", "explanation", "answer"]
        read_only_fields = [*CorrectionSerializer.Meta.read_only_fields, "answer"]
        validators: list = []  # the rule says "once at a time"


class WhyNotCorrectedSerializer(serializers.Serializer):
    """Why it stays as it is."""

    answer = serializers.CharField(max_length=1000)


class CorrectionNoteSerializer(serializers.Serializer):
    """A word to the person, if there is one."""

    answer = serializers.CharField(max_length=1000, required=False, allow_blank=True)


class CorrectionViewSet(ResourceViewSet):
    """Corrections that people asked for, for those who decide them."""

    queryset = Correction.objects.all()
    serializer_class = CorrectionSerializer
    detail_serializer_class = CorrectionInFullSerializer
    view_permission = "users.view_correction"
    filters = {"status": ["exact", "in"], "subject": ["exact"], "subject_id": ["exact"], "institution": ["exact"]}
    verbs = {
        "accept": Verb(rules.accept_correction, CorrectionNoteSerializer),
        "refuse": Verb(rules.refuse_correction, WhyNotCorrectedSerializer),
    }


class OwnCorrections(Endpoint):
    """What one said is wrong, and what became of it."""

    needs = {"get": SIGNED_IN, "post": SIGNED_IN}
    serializer_class = CorrectionInFullSerializer

    def get(self, request: ActingRequest) -> Response:
        mine = Correction.objects.visible_to(request.actor, OWN).order_by("pk")
        return Response(CorrectionInFullSerializer(mine, many=True, context=self.get_serializer_context()).data)

    def post(self, request: ActingRequest) -> Response:
        form: Any = CorrectionInFullSerializer(data=request.data, context=self.get_serializer_context())
        asked = rules.ask_for_correction(as_oneself(request.actor), place=request.actor.home, **checked(form))
        data = CorrectionInFullSerializer(asked, context=self.get_serializer_context()).data
        return Response(data, status=201)

    def get_serializer_context(self) -> dict[str, Any]:
        return {"actor": self.request.actor}
