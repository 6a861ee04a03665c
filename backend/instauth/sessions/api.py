"""This file holds sign-in, renewal, sign-out and `me` over HTTP."""

from typing import Any
from uuid import UUID

from rest_framework import serializers
from rest_framework.response import Response

from core.actor import Actor, Reach
from core.errors import Invalid, Problem, RuleBroken
from core.http.bodies import checked
from core.http.permissions import PUBLIC, SIGNED_IN
from core.http.views import ActingRequest, Endpoint
from core.personal.oneself import as_oneself
from faculties.faculties.models import Unit
from faculties.models import Department, Faculty, Institution
from instauth.rates.throttles import RENEWALS
from instauth.sessions import rules
from instauth.sessions.answers import GivesTokens, TokensSerializer, shown
from instauth.sessions.models import Session
from instauth.sessions.queries import devices_of
from instauth.tokens.cookies import refresh_name, take_back
from users.accounts.rules import change_profile
from users.models import User


class RefreshSerializer(serializers.Serializer):
    """The refresh token a device holds; it is spent by this. A browser that holds it in a cookie sends none."""

    refresh_token = serializers.CharField(max_length=200, required=False)


class PlacesSerializer(serializers.Serializer):
    """Where one permission holds."""

    nation = serializers.BooleanField()
    institutions = serializers.ListField(child=serializers.UUIDField())
    units = serializers.ListField(child=serializers.UUIDField(), help_text="Faculties and departments.")
    related = serializers.ListField(
        child=serializers.UUIDField(), help_text="Institutions where it holds over rows about yourself."
    )


class PlaceNameSerializer(serializers.Serializer):
    """The name of a place."""

    id = serializers.UUIDField()
    code = serializers.CharField()
    name = serializers.CharField()


class MeSerializer(serializers.Serializer):
    """Who is signed in, and what they may do where."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    email = serializers.EmailField()
    session = serializers.UUIDField(allow_null=True)
    institutions = PlaceNameSerializer(many=True)
    units = PlaceNameSerializer(many=True)
    permissions = serializers.DictField(child=PlacesSerializer())


class Refresh(GivesTokens):
    """Trade a refresh token for a new pair of tokens. Using one twice ends the session."""

    needs = {"post": PUBLIC}
    rate = RENEWALS
    stores_answers = False
    serializer_class = RefreshSerializer
    answer_serializer_class = TokensSerializer

    def post(self, request: ActingRequest) -> Response:
        form = RefreshSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        token = form.validated_data.get("refresh_token") or request.COOKIES.get(refresh_name())
        if not token:
            raise Invalid([Problem("required", "Send the refresh token.", "refresh_token")])
        return Response(shown(rules.renew(token)))

    def has_token_in_cookie(self, request: ActingRequest) -> bool:
        return refresh_name() in request.COOKIES and "refresh_token" not in request.data


class SignOut(Endpoint):
    """End the session of this request. Every worker refuses its tokens within a second."""

    needs = {"post": SIGNED_IN}
    open_to_support = True
    open_without_factor = True
    stores_answers = False
    serializer_class = None

    def post(self, request: ActingRequest) -> Response:
        if request.actor.session is None:
            raise RuleBroken("no_session", "You are not signed in by a session: there is nothing to end.")
        rules.end_session(Session.objects.select_related("user").get(pk=request.actor.session))
        response = Response(status=204)
        take_back(response)
        return response


class SessionSerializer(serializers.Serializer):
    """A device on which you are signed in."""

    id = serializers.UUIDField()
    device = serializers.CharField(help_text="In plain words, from what the device says of itself.")
    address = serializers.IPAddressField(allow_null=True, help_text="The network address it signed in from.")
    methods = serializers.ListField(child=serializers.CharField(), help_text="How, in the words of RFC 8176.")
    created_at = serializers.DateTimeField()
    last_seen_at = serializers.DateTimeField(help_text="To about a minute.")
    ends_at = serializers.DateTimeField(help_text="When it ends if it is not used again.")
    is_current = serializers.BooleanField(help_text="Whether this request is made by it.")


class EndedSerializer(serializers.Serializer):
    """How many sessions were ended."""

    ended = serializers.IntegerField()


class Sessions(Endpoint):
    """The devices on which you are signed in, the latest first."""

    needs = {"get": SIGNED_IN}
    answer_serializer_class = SessionSerializer

    def get(self, request: ActingRequest) -> Response:
        return Response(SessionSerializer(devices_of(request.actor), many=True).data)


class RevokeSession(Endpoint):
    """End one of your sessions. Every worker refuses its tokens within a second."""

    needs = {"post": SIGNED_IN}
    serializer_class = None

    def post(self, request: ActingRequest, pk: UUID) -> Response:
        rules.end_own_session(request.actor, pk)
        return Response(status=204)


class RevokeOthers(Endpoint):
    """End all your sessions but this one."""

    needs = {"post": SIGNED_IN}
    serializer_class = None
    answer_serializer_class = EndedSerializer

    def post(self, request: ActingRequest) -> Response:
        return Response({"ended": rules.end_other_sessions(request.actor)})


class ProfileSerializer(serializers.Serializer):
    """What everybody may change of their own account."""

    name = serializers.CharField(max_length=200)


class Me(Endpoint):
    """Who is signed in, with permissions and places."""

    needs = {"get": SIGNED_IN, "patch": SIGNED_IN}
    open_to_clients = True
    open_without_factor = True
    serializer_class = ProfileSerializer
    answer_serializer_class = MeSerializer

    def patch(self, request: ActingRequest) -> Response:
        """Change one's own name."""
        profile = checked(ProfileSerializer(data=request.data))
        change_profile(as_oneself(request.actor), User.objects.get(pk=str(request.actor.id)), **profile)
        return self.get(request)

    def get(self, request: ActingRequest) -> Response:
        actor: Actor = request.actor
        user = User.objects.get(pk=str(actor.id))
        units = frozenset[Any]().union(*(reach.units for reach in actor.reaches.values()))
        places = [*Faculty.objects.filter(pk__in=units), *Department.objects.filter(pk__in=units)]
        return Response(
            {
                "id": user.pk,
                "name": user.name,
                "email": user.email,
                "session": actor.session,
                "institutions": [named(place) for place in Institution.objects.filter(pk__in=actor.institutions)],
                "units": [named(place) for place in places],
                "permissions": {code: places_of(reach) for code, reach in sorted(actor.reaches.items())},
            }
        )


def named(place: Institution | Unit) -> dict[str, Any]:
    return {"id": place.pk, "code": place.code, "name": place.name}


def places_of(reach: Reach) -> dict[str, Any]:
    return {
        "nation": reach.nation,
        "institutions": sorted(reach.institutions),
        "units": sorted(reach.units),
        "related": sorted(reach.related),
    }
