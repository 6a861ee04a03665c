"""This file holds exports of a person's data over HTTP."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from rest_framework import serializers
from rest_framework.renderers import BaseRenderer
from rest_framework.response import Response

from core.errors import NotVisible
from core.http.bodies import NoFields, checked
from core.http.permissions import SIGNED_IN
from core.http.rendering import EnvelopeRenderer
from core.http.views import ActingRequest, Endpoint
from core.personal.oneself import OWN, as_oneself
from users.exports import rules
from users.exports.models import DataExport, ExportFile

MEDIA_TYPES = {ExportFile.Form.JSON: "application/json", ExportFile.Form.PDF: "application/pdf"}


class DataExportSerializer(serializers.ModelSerializer):
    """One copy of what is held on a person, and until when it can be fetched."""

    class Meta:
        model = DataExport
        fields = ["id", "person_id", "institution", "status", "created_at", "made_at", "expires_at"]


class PersonSerializer(serializers.Serializer):
    """The person: the id of an account or of a student."""

    person = serializers.UUIDField()


class PdfRenderer(BaseRenderer):
    """Says that this address also answers with a PDF; the view writes it."""

    media_type = "application/pdf"
    format = "pdf"
    charset = None
    render = EnvelopeRenderer.render


class OwnExports(Endpoint):
    """Copies of what is held on oneself, and those one asked for."""

    needs = {"get": SIGNED_IN, "post": SIGNED_IN}
    serializer_class = NoFields
    answer_serializer_class = DataExportSerializer

    def get(self, request: ActingRequest) -> Response:
        mine = DataExport.objects.visible_to(request.actor, OWN)
        return Response(DataExportSerializer(mine, many=True).data)

    def post(self, request: ActingRequest) -> Response:
        checked(NoFields(data=request.data))
        export = rules.ask_for_own(as_oneself(request.actor))
        return Response(DataExportSerializer(export).data, status=202)


class OwnExport(Endpoint):
    """How one copy stands."""

    needs = {"get": SIGNED_IN}
    serializer_class = DataExportSerializer

    def get(self, request: ActingRequest, pk: UUID) -> Response:
        return Response(DataExportSerializer(found(request, pk)).data)


class ExportContent(Endpoint):
    """The copy itself, as JSON or PDF. Each time is on the audit log."""

    needs = {"get": SIGNED_IN}
    serializer_class = None
    renderer_classes = [EnvelopeRenderer, PdfRenderer]

    def get(self, request: ActingRequest, pk: UUID, form: str) -> HttpResponse:
        export = rules.fetch_export(as_oneself(request.actor), found(request, pk))
        headers = {
            "Content-Disposition": f'attachment; filename="tesc-{export.pk}.{form}"',
            "Cache-Control": "no-store",
        }
        return HttpResponse(rules.content_of(export, form), content_type=MEDIA_TYPES[form], headers=headers)  # type: ignore[index]


class PersonExports(Endpoint):
    """Ask for a copy of what one's institution holds on a person there."""

    needs = {"post": rules.ask_for_person.needs}
    step_up = ("post",)
    serializer_class = PersonSerializer
    answer_serializer_class = DataExportSerializer

    def post(self, request: ActingRequest) -> Response:
        form: Any = PersonSerializer(data=request.data)
        export = rules.ask_for_person(request.actor, **checked(form))
        return Response(DataExportSerializer(export).data, status=202)


def found(request: ActingRequest, pk: UUID) -> DataExport:
    export = DataExport.objects.visible_to(request.actor, OWN).filter(pk=pk).first()
    if export is None:
        raise NotVisible()
    return export
