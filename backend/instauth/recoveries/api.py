"""This file holds recoveries over HTTP: for those who lost their factor, and for the staff who decide."""

from rest_framework import serializers
from rest_framework.response import Response

from core.http.bodies import NoFields, checked
from core.http.permissions import PUBLIC, SIGNED_IN
from core.http.resource import ResourceViewSet, Verb
from core.http.views import ActingRequest, Endpoint
from core.lists import Ref
from faculties.names import InstitutionName
from instauth.permissions import RECOVER
from instauth.rates.throttles import PerNetwork
from instauth.recoveries import rules
from instauth.recoveries.models import Recovery
from users.names import PersonName


class RecoverySerializer(serializers.ModelSerializer):
    """One person whose second factor is said to be lost."""

    institution = Ref(InstitutionName, view_permission="faculties.view_institution", read_only=True)
    user = Ref(PersonName, view_permission="users.view_user", cached=False)
    opened_by = Ref(PersonName, view_permission="users.view_user", cached=False, read_only=True)
    first_by = Ref(PersonName, view_permission="users.view_user", cached=False, read_only=True)
    second_by = Ref(PersonName, view_permission="users.view_user", cached=False, read_only=True)
    reason = serializers.CharField(max_length=500, help_text="How they showed at the desk who they are.")

    class Meta:
        model = Recovery
        fields = [
            "id", "institution", "user", "reason", "status", "opened_by", "first_by", "second_by", "due_at",
            "created_at", "updated_at",
        ]  # fmt: skip
        read_only_fields = ["status", "due_at"]


class RecoveryViewSet(ResourceViewSet):
    """Recoveries, for the staff who decide. Creating one is for people who stand at the desk."""

    queryset = Recovery.objects.all()
    serializer_class = RecoverySerializer
    view_permission = RECOVER
    filters = {"institution": ["exact"], "user": ["exact"], "status": ["exact", "in"]}
    orders = {"id": "id"}
    verbs = {"approve": Verb(rules.approve_recovery), "refuse": Verb(rules.refuse_recovery)}
    rules = {"create": rules.open_at_desk}

    @classmethod
    def takes_bulk(cls) -> bool:
        return False


class AskSerializer(serializers.Serializer):
    """The challenge of a sign-in whose second step can't be taken."""

    challenge = serializers.CharField(max_length=200)
    institution = serializers.UUIDField(required=False, help_text="Where you belong to several: at which one.")


class RecoveryLetterSerializer(serializers.Serializer):
    """The token of a letter's link."""

    token = serializers.CharField(max_length=100)


class OwnRecoverySerializer(serializers.ModelSerializer):
    """A recovery as its person sees it."""

    class Meta:
        model = Recovery
        fields = ["id", "status", "due_at", "created_at"]


class AskForRecovery(Endpoint):
    """Say that the second factor is lost, after the password; a letter follows."""

    needs = {"post": PUBLIC}
    throttle_classes = [PerNetwork]
    stores_answers = False
    serializer_class = AskSerializer

    def post(self, request: ActingRequest) -> Response:
        rules.ask(**checked(AskSerializer(data=request.data)), device=request.headers.get("User-Agent", ""))
        return Response(None, status=202)


class ProveRecovery(Endpoint):
    """Answer the letter: the request lies before the staff from then on."""

    needs = {"post": PUBLIC}
    throttle_classes = [PerNetwork]
    stores_answers = False
    serializer_class = RecoveryLetterSerializer
    answer_serializer_class = OwnRecoverySerializer

    def post(self, request: ActingRequest) -> Response:
        recovery = rules.prove(checked(RecoveryLetterSerializer(data=request.data))["token"])
        return Response(OwnRecoverySerializer(recovery).data)


class CancelRecovery(Endpoint):
    """Say by the link of a letter that the factor is not lost."""

    needs = {"post": PUBLIC}
    throttle_classes = [PerNetwork]
    stores_answers = False
    serializer_class = RecoveryLetterSerializer
    answer_serializer_class = OwnRecoverySerializer

    def post(self, request: ActingRequest) -> Response:
        recovery = rules.cancel_by_letter(checked(RecoveryLetterSerializer(data=request.data))["token"])
        return Response(OwnRecoverySerializer(recovery).data)


class OwnRecoveries(Endpoint):
    """What goes on about one's own second factor: shown on each device where one is signed in."""

    needs = {"get": SIGNED_IN}
    hidden_from_support = True
    open_without_factor = True
    serializer_class = OwnRecoverySerializer

    def get(self, request: ActingRequest) -> Response:
        mine = Recovery.objects.filter(user=request.actor.id).order_by("-id")
        return Response(OwnRecoverySerializer(mine, many=True).data)


class CancelOwnRecovery(Endpoint):
    """Say in a session that the factor is not lost."""

    needs = {"post": SIGNED_IN}
    open_without_factor = True
    serializer_class = NoFields
    answer_serializer_class = OwnRecoverySerializer

    def post(self, request: ActingRequest) -> Response:
        checked(NoFields(data=request.data))
        return Response(OwnRecoverySerializer(rules.cancel_own(request.actor)).data)
