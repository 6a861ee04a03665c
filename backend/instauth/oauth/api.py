"""This file holds clients over HTTP, for the staff that registers them, and consents, for the people who gave them."""

from uuid import UUID

from rest_framework import serializers
from rest_framework.response import Response

from core.http.bodies import NoFields, checked
from core.http.permissions import SIGNED_IN
from core.http.resource import ResourceViewSet, Verb
from core.http.views import ActingRequest, Endpoint
from core.lists import Ref
from faculties.names import InstitutionName
from instauth.oauth import rules
from instauth.oauth.models import Client, Consent
from instauth.oauth.queries import consents_of
from instauth.oauth.redirects import is_registrable
from instauth.oauth.scopes import meanings_of


class ClientSerializer(serializers.ModelSerializer):
    """One program of a third party; its `id` is its client_id."""

    institution = Ref(InstitutionName, view_permission="faculties.view_institution", read_only=True)
    redirect_uris = serializers.ListField(
        child=serializers.CharField(max_length=500), max_length=20, required=False, help_text="None for a system."
    )
    scopes = serializers.ListField(child=serializers.CharField(max_length=60), min_length=1, max_length=100)

    examples = {"redirect_uris": ["https://app.example.org/callback"], "scopes": ["openid", "students.view_student"]}

    class Meta:
        model = Client
        fields = [
            "id", "institution", "name", "kind", "redirect_uris", "scopes", "status", "approved_at", "created_at",
            "updated_at",
        ]  # fmt: skip
        read_only_fields = ["status", "approved_at"]

    def validate_redirect_uris(self, addresses: list[str]) -> list[str]:
        if any(not is_registrable(address) for address in addresses):
            raise serializers.ValidationError(
                "Give https addresses in full, without a fragment; or http://127.0.0.1/... for an app on a device."
            )
        return addresses


class ClientDetailSerializer(ClientSerializer):
    """One client; the answer that makes its secret holds it, and no other does."""

    secret = serializers.CharField(read_only=True, allow_null=True)

    class Meta(ClientSerializer.Meta):
        fields = [*ClientSerializer.Meta.fields, "secret"]


class ClientChangeSerializer(ClientSerializer):
    """What may be changed of a client; its kind stays."""

    class Meta(ClientSerializer.Meta):
        read_only_fields = [*ClientSerializer.Meta.read_only_fields, "kind"]


class ClientViewSet(ResourceViewSet):
    """Programs of third parties. Name the institution in X-Institution where you reach several."""

    queryset = Client.objects.all()
    serializer_class = ClientSerializer
    detail_serializer_class = ClientDetailSerializer
    change_serializer_class = ClientChangeSerializer
    view_permission = "instauth.view_client"
    filters = {"institution": ["exact"], "status": ["exact"], "kind": ["exact"]}
    orders = {"id": "id"}
    verbs = {
        "approve": Verb(rules.approve_client),
        "suspend": Verb(rules.suspend_client),
        "replace-secret": Verb(rules.replace_secret),
    }
    rules = {"create": rules.register_client, "update": rules.change_client}
    stores_answers = False

    @classmethod
    def takes_bulk(cls) -> bool:
        return False

    def act(self, request: ActingRequest, pk: UUID) -> Response:
        """As elsewhere, but with the row that the rule made: only that knows the new secret."""
        if self.verb != "replace-secret":
            return super().act(request, pk)
        with self.locked(pk) as row:
            checked(NoFields(data=request.data, context=self.get_serializer_context()))
            return self.answered(self.rule(self.actor, row))

    def answered(self, row: Client, *, status: int = 200, headers: dict[str, str] | None = None) -> Response:  # type: ignore[override]
        response = super().answered(row, status=status, headers=headers)
        if row.secret:
            response.data |= {"secret": row.secret}
        return response


class ConsentSerializer(serializers.ModelSerializer):
    """What you let one program do."""

    client = serializers.UUIDField(source="client_id")
    name = serializers.CharField(source="client.name")
    may = serializers.SerializerMethodField()

    class Meta:
        model = Consent
        fields = ["id", "client", "name", "scopes", "may", "created_at", "updated_at"]

    def get_may(self, consent: Consent) -> list[str]:
        return meanings_of(consent.scopes)


class Consents(Endpoint):
    """The programs that act in your name."""

    needs = {"get": SIGNED_IN}
    answer_serializer_class = ConsentSerializer

    def get(self, request: ActingRequest) -> Response:
        return Response(ConsentSerializer(consents_of(request.actor), many=True).data)


class OneConsent(Endpoint):
    """Take a consent back: all that the program was given ends within a second."""

    needs = {"delete": SIGNED_IN}
    serializer_class = None

    def delete(self, request: ActingRequest, pk: UUID) -> Response:
        rules.revoke_consent(request.actor, pk)
        return Response(status=204)
