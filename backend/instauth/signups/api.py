"""This file holds sign-ups over HTTP: asked for by anybody, decided by staff."""

from rest_framework import serializers
from rest_framework.response import Response

from core.http.bodies import checked
from core.http.permissions import PUBLIC
from core.http.resource import ResourceViewSet, Verb
from core.http.views import ActingRequest, Endpoint
from core.lists import Ref
from faculties.names import DepartmentName, FacultyName, InstitutionName
from instauth.proofs.rules import LONGEST_TOKEN
from instauth.rates.throttles import PerNetwork
from instauth.signups import rules
from instauth.signups.models import SignUp
from users.names import PersonName, RoleName


class SignUpSerializer(serializers.ModelSerializer):
    """One person who asks to be let in, with an address that they proved."""

    institution = Ref(InstitutionName, view_permission="faculties.view_institution", read_only=True)
    role = Ref(RoleName, view_permission="users.view_role", read_only=True)
    faculty = Ref(FacultyName, view_permission="faculties.view_faculty", read_only=True)
    department = Ref(DepartmentName, view_permission="faculties.view_department", read_only=True)
    decided_by = Ref(PersonName, view_permission="users.view_user", cached=False, read_only=True)

    class Meta:
        model = SignUp
        fields = [
            "id", "email", "name", "institution", "role", "faculty", "department", "status", "expires_at",
            "decided_by", "reason", "created_at",
        ]  # fmt: skip


class SignUpDeclineSerializer(serializers.Serializer):
    """Why, as the person reads it."""

    reason = serializers.CharField(max_length=500)


class SignUpViewSet(ResourceViewSet):
    """Sign-ups whose address was proved. Somebody who may grant the role there approves or declines them."""

    queryset = SignUp.objects.proved()
    serializer_class = SignUpSerializer
    view_permission = "instauth.view_sign_up"
    filters = {"institution": ["exact"], "status": ["exact"], "email": ["exact"]}
    orders = {"id": "id"}
    verbs = {"approve": Verb(rules.approve), "decline": Verb(rules.decline, SignUpDeclineSerializer)}


class SignUpOfferSerializer(serializers.Serializer):
    """An institution where people sign up by themselves."""

    institution = serializers.UUIDField(source="institution_id")
    name = serializers.CharField(source="institution.name")
    role = serializers.CharField(source="sign_up_role.name")
    email_domains = serializers.ListField(child=serializers.CharField(), help_text="None means any.")


class Offers(Endpoint):
    """The institutions where people sign up by themselves."""

    needs = {"get": PUBLIC}
    throttle_classes = [PerNetwork]
    answer_serializer_class = SignUpOfferSerializer

    def get(self, request: ActingRequest) -> Response:
        return Response(SignUpOfferSerializer(rules.offered(), many=True).data)


class SignUpAskedSerializer(serializers.Serializer):
    """Where somebody wants to be let in, and how they are called."""

    institution = serializers.UUIDField()
    email = serializers.EmailField(max_length=254)
    name = serializers.CharField(max_length=200)


class Ask(Endpoint):
    """Sign up. The answer is the same whether the address is known; a letter asks to prove it."""

    needs = {"post": PUBLIC}
    throttle_classes = [PerNetwork]
    stores_answers = False
    opens_transaction = False  # what counts the attempts stands outside
    serializer_class = SignUpAskedSerializer
    answer_serializer_class = None

    def post(self, request: ActingRequest) -> Response:
        rules.ask_to_sign_up(**checked(SignUpAskedSerializer(data=request.data)))
        return Response(status=202)


class SignUpTokenSerializer(serializers.Serializer):
    """The token of the letter."""

    token = serializers.CharField(max_length=LONGEST_TOKEN, write_only=True)


class SignUpProvedSerializer(serializers.Serializer):
    """Where the sign-up waits for a decision, and until when."""

    institution = serializers.CharField(source="institution.name")
    expires_at = serializers.DateTimeField()


class Prove(Endpoint):
    """Prove the address one signed up with, by the token of the letter."""

    needs = {"post": PUBLIC}
    throttle_classes = [PerNetwork]
    stores_answers = False
    serializer_class = SignUpTokenSerializer
    answer_serializer_class = SignUpProvedSerializer

    def post(self, request: ActingRequest) -> Response:
        return Response(SignUpProvedSerializer(rules.prove(**checked(SignUpTokenSerializer(data=request.data)))).data)
