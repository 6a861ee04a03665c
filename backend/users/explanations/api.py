"""This file holds the answer to "why may I, why may I not?" over HTTP."""

from typing import Any

from django.apps import apps
from django.conf import settings
from django.db.models import Model
from rest_framework import serializers
from rest_framework.response import Response

from core.actor import Actor
from core.errors import Invalid, NotVisible, Problem
from core.http.parameters import id_of
from core.http.permissions import SIGNED_IN
from core.http.resource import institution_of
from core.http.views import ActingRequest, Endpoint
from core.tenancy.scope import reaching, reading
from faculties.models import Institution
from users.explanations.queries import SENTENCES, Question, explained
from users.models import User
from users.roles.models import Grant
from users.roles.shipped import all_permissions


class SourceSerializer(serializers.Serializer):
    """One right that has to do with the permission, and what it lacks here."""

    kind = serializers.ChoiceField(["grant", "group", "delegation"])
    id = serializers.UUIDField(help_text="Of the grant, or of the delegation.")
    role = serializers.CharField(allow_null=True)
    group = serializers.UUIDField(allow_null=True)
    lender = serializers.CharField(allow_null=True, help_text="Who lent it.")
    institution = serializers.UUIDField(allow_null=True, help_text="None is the nation.")
    faculty = serializers.UUIDField(allow_null=True)
    department = serializers.UUIDField(allow_null=True)
    over = serializers.ChoiceField(["place", "related"])
    valid_from = serializers.DateField()
    valid_until = serializers.DateField(allow_null=True)
    why = serializers.ChoiceField(list(SENTENCES))


class ExplanationSerializer(serializers.Serializer):
    """Whether somebody may, and why."""

    may = serializers.BooleanField()
    why = serializers.ChoiceField(list(SENTENCES))
    message = serializers.CharField()
    sources = SourceSerializer(many=True)


class Explain(Endpoint):
    """Why somebody may or may not do something: the rights that give it, or what each of them lacks.

    `object` is a row by its table and id, `students.student:0190...`, of an institution that you reach; without it the
    question is whether the permission is held anywhere. `user` is somebody else, for those who see their grants; then
    only the rights that you may see count.
    """

    needs = {"get": SIGNED_IN}
    parameters = {
        "permission": "A permission code, as docs/permissions.md lists them.",
        "object": "The row it is about: `students.student:<id>`. Without it: anywhere.",
        "user": "The id of the person; without it yourself.",
    }
    answer_serializer_class = ExplanationSerializer

    def get(self, request: ActingRequest) -> Response:
        asked = request.query_params
        permission = asked.get("permission", "")
        if permission not in all_permissions():
            raise Invalid([Problem("unknown_permission", "There is no such permission.", "permission")])
        person = person_of(request.actor, asked.get("user"))
        row = row_of(request.actor, asked["object"]) if "object" in asked else None
        place = institution_of(row) if row else None
        answer = explained(Question(person, permission, row, place, request.actor))
        return Response(ExplanationSerializer(answer).data)


def person_of(reader: Actor, said: str | None) -> User:
    """The reader, or somebody whose grants the reader may see."""
    if said is None:
        return User.objects.get(pk=str(reader.id))
    key = id_of(said, "user")
    if key == reader.id:
        return User.objects.get(pk=key)
    user = User.objects.visible_to(reader, "users.view_grant").filter(pk=key).first()
    if user is None:
        raise NotVisible()
    return user


def row_of(reader: Actor, said: str) -> Model:
    """The row that `app.model:id` names, in an institution where the reader holds something. Any other is not there."""
    label, _, key = said.partition(":")
    model = kinds().get(label.lower())
    if model is None:
        message = f"Write it as table and id. The tables are {', '.join(sorted(kinds()))}."
        raise Invalid([Problem("unknown_object", message, "object")])
    own = Grant.objects.held_by(reader.id).values_list("institution", flat=True) if reader.id else ()
    reached = reader.institutions | {one for one in own if one}
    rows = model._default_manager.filter(pk=id_of(key, "object"))
    national = next((code for code, reach in reader.reaches.items() if reach.nation), None)
    if national:
        with reading(reader, national, model):
            row = rows.first()
    else:
        with reaching(*reached):
            row = rows.first()
    if row is None or not (national or institution_of(row) in reached):
        raise NotVisible()
    return row


def kinds() -> dict[str, Any]:
    """The tables of which a row lies in an institution, and has a reach. Who sees what was confided is told nobody."""
    return {
        model._meta.label_lower: model
        for model in apps.get_models()
        if model._meta.app_label in settings.OUR_APPS
        and hasattr(model._default_manager, "visible_to")
        and not getattr(model, "is_confided", False)
        and (model is Institution or any(field.name == "institution" for field in model._meta.fields))
    }
