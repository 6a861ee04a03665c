"""This file holds invitations over HTTP: their care by staff, and how the person who was invited accepts."""

from rest_framework import serializers
from rest_framework.response import Response

from core.http.bodies import checked
from core.http.permissions import PUBLIC, SIGNED_IN
from core.http.resource import ResourceViewSet, Verb
from core.http.views import ActingRequest, Endpoint
from core.lists import Ref
from faculties.names import DepartmentName, FacultyName, InstitutionName
from instauth.credentials.passwords import LONGEST_PASSWORD
from instauth.invitations import rules
from instauth.invitations.models import Invitation
from instauth.proofs.rules import LONGEST_TOKEN
from instauth.rates.throttles import PerNetwork
from users.models import User
from users.names import PersonName, RoleName


class InvitationSerializer(serializers.ModelSerializer):
    """One person asked to hold one role at one place. Without an institution the place is the nation."""

    role = Ref(RoleName, view_permission="users.view_role")
    institution = Ref(InstitutionName, view_permission="faculties.view_institution", required=False, allow_null=True)
    faculty = Ref(FacultyName, view_permission="faculties.view_faculty", required=False, allow_null=True)
    department = Ref(DepartmentName, view_permission="faculties.view_department", required=False, allow_null=True)
    invited_by = Ref(PersonName, view_permission="users.view_user", cached=False, read_only=True)
    user = Ref(PersonName, view_permission="users.view_user", cached=False, read_only=True)

    class Meta:
        model = Invitation
        fields = [
            "id", "email", "name", "role", "institution", "faculty", "department", "valid_from", "valid_until",
            "invited_by", "status", "expires_at", "user", "created_at",
        ]  # fmt: skip
        read_only_fields = ["status", "expires_at"]
        validators: list = []  # the database says "invited once", and knows that no unit is one too


class InvitationViewSet(ResourceViewSet):
    """Invitations: who was asked to come, as what, where. The letter is good for 72 hours and can be sent again."""

    queryset = Invitation.objects.all()
    serializer_class = InvitationSerializer
    view_permission = "instauth.view_invitation"
    filters = {"institution": ["exact", "isnull"], "role": ["exact"], "status": ["exact"], "email": ["exact"]}
    orders = {"id": "id"}
    verbs = {"resend": Verb(rules.resend), "withdraw": Verb(rules.withdraw_invitation)}
    rules = {"create": rules.invite}


class TokenSerializer(serializers.Serializer):
    """The token of a letter."""

    token = serializers.CharField(max_length=LONGEST_TOKEN, write_only=True)


class OpenedSerializer(serializers.Serializer):
    """What the person is invited to, and whether they have an account to sign in with."""

    email = serializers.EmailField()
    name = serializers.CharField()
    role = serializers.CharField(source="role.name")
    institution = serializers.CharField(source="institution.name", allow_null=True, default=None)
    invited_by = serializers.CharField(source="invited_by.name")
    expires_at = serializers.DateTimeField()
    has_account = serializers.SerializerMethodField()

    def get_has_account(self, invitation: Invitation) -> bool:
        return User.objects.filter(email=invitation.email).exists()


class Open(Endpoint):
    """Look at an invitation, with the token of its letter. It stays open."""

    needs = {"post": PUBLIC}
    throttle_classes = [PerNetwork]
    stores_answers = False
    serializer_class = TokenSerializer
    answer_serializer_class = OpenedSerializer

    def post(self, request: ActingRequest) -> Response:
        return Response(OpenedSerializer(rules.opened(**checked(TokenSerializer(data=request.data)))).data)


class AcceptSerializer(TokenSerializer):
    """How the person is called, and the password they choose."""

    name = serializers.CharField(max_length=200)
    password = serializers.CharField(max_length=LONGEST_PASSWORD, trim_whitespace=False, write_only=True)


class AcceptedSerializer(serializers.Serializer):
    """The account that may sign in now."""

    email = serializers.EmailField()
    name = serializers.CharField()


class Accept(Endpoint):
    """Accept an invitation and make an account. Sign in with it afterwards."""

    needs = {"post": PUBLIC}
    throttle_classes = [PerNetwork]
    stores_answers = False
    opens_transaction = False  # the password is hashed before anything is locked
    serializer_class = AcceptSerializer
    answer_serializer_class = AcceptedSerializer

    def post(self, request: ActingRequest) -> Response:
        user = rules.accept(**checked(AcceptSerializer(data=request.data)))
        return Response(AcceptedSerializer(user).data, status=201)


class Join(Endpoint):
    """Accept an invitation with the account one is signed in by."""

    needs = {"post": SIGNED_IN}
    stores_answers = False
    serializer_class = TokenSerializer
    answer_serializer_class = AcceptedSerializer

    def post(self, request: ActingRequest) -> Response:
        user = User.objects.get(pk=str(request.actor.id))
        rules.join(user, **checked(TokenSerializer(data=request.data)))
        return Response(AcceptedSerializer(user).data)
