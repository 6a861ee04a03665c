"""This file holds identity providers over HTTP: their care by staff, and sign-in by them."""

from rest_framework import serializers
from rest_framework.response import Response

from core.http.permissions import PUBLIC
from core.http.resource import ResourceViewSet, Verb
from core.http.views import ActingRequest, Endpoint
from core.lists import Ref
from faculties.names import InstitutionName
from instauth.policies.domains import DOMAIN
from instauth.providers import rules
from instauth.providers.exchange import is_outside
from instauth.providers.models import IdentityProvider
from instauth.providers.queries import offered_providers
from instauth.rates.throttles import PerNetwork
from instauth.sessions.answers import GivesTokens
from instauth.signin.answers import SignedInSerializer, answered


class IdentityProviderSerializer(serializers.ModelSerializer):
    """One identity provider of one institution. Its secret is written, and never shown."""

    institution = Ref(InstitutionName, view_permission="faculties.view_institution", read_only=True)
    email_domains = serializers.ListField(
        child=serializers.CharField(validators=[DOMAIN]), min_length=1, max_length=20, help_text="example.ac.zw"
    )
    client_secret = serializers.CharField(write_only=True, required=False, max_length=500)

    examples = {"email_domains": ["example.ac.zw"]}

    class Meta:
        model = IdentityProvider
        fields = [
            "id", "institution", "name", "issuer", "client_id", "client_secret", "email_domains", "trusts_factors",
            "status", "created_at", "updated_at",
        ]  # fmt: skip
        read_only_fields = ["status"]

    def validate_issuer(self, issuer: str) -> str:
        if not is_outside(issuer):
            raise serializers.ValidationError("Give the https address of a provider that the open network reaches.")
        return issuer


class IdentityProviderViewSet(ResourceViewSet):
    """Identity providers of institutions. Name the institution in X-Institution where you reach several."""

    queryset = IdentityProvider.objects.all()
    serializer_class = IdentityProviderSerializer
    view_permission = "instauth.view_provider"
    filters = {"institution": ["exact"], "status": ["exact"]}
    orders = {"id": "id"}
    verbs = {"approve": Verb(rules.approve_provider), "suspend": Verb(rules.suspend_provider)}
    rules = {"create": rules.propose_provider, "update": rules.change_provider}
    stores_answers = False

    @classmethod
    def takes_bulk(cls) -> bool:
        return False


class OfferedSerializer(serializers.Serializer):
    """A provider as a sign-in page offers it."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    institution = serializers.CharField(source="institution.name")


class Offered(Endpoint):
    """The identity providers by which people sign in."""

    needs = {"get": PUBLIC}
    answer_serializer_class = OfferedSerializer

    def get(self, request: ActingRequest) -> Response:
        return Response(OfferedSerializer(offered_providers(), many=True).data)


class DepartSerializer(serializers.Serializer):
    """By which provider to sign in."""

    provider = serializers.UUIDField()


class SentAwaySerializer(serializers.Serializer):
    """Where to send the person, and what to give back when they return."""

    url = serializers.URLField()
    binding = serializers.CharField(help_text="Keep it on this device; the return must bring it.")


class Depart(Endpoint):
    """Begin to sign in by an identity provider: send the person to `url`, keep `binding`."""

    needs = {"post": PUBLIC}
    throttle_classes = [PerNetwork]
    stores_answers = False
    opens_transaction = False
    serializer_class = DepartSerializer
    answer_serializer_class = SentAwaySerializer

    def post(self, request: ActingRequest) -> Response:
        form = DepartSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        away = rules.depart(form.validated_data["provider"])
        return Response({"url": away.url, "binding": away.binding})


class ReturnSerializer(serializers.Serializer):
    """What the provider sent the person back with, and the binding of their departure."""

    state = serializers.CharField(max_length=200)
    code = serializers.CharField(max_length=2000)
    binding = serializers.CharField(max_length=200)
    iss = serializers.CharField(max_length=300, required=False, default="", allow_blank=True)


class Return(GivesTokens):
    """Complete a sign-in by an identity provider."""

    needs = {"post": PUBLIC}
    stores_answers = False
    opens_transaction = False  # the provider is asked before anything is locked
    serializer_class = ReturnSerializer
    answer_serializer_class = SignedInSerializer

    def post(self, request: ActingRequest) -> Response:
        form = ReturnSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        back = form.validated_data
        device = request.headers.get("User-Agent", "")
        return Response(answered(rules.come_back(back["state"], back["code"], back["binding"], back["iss"], device)))
