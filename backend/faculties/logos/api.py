"""This file holds /institutions/{id}/logo/ over HTTP."""

from uuid import UUID

from rest_framework.response import Response

from core.errors import NotVisible
from core.files.bodies import FileBody, LinkSerializer, TakesFiles
from core.files.links import link_to
from core.http.bodies import checked
from core.http.views import ActingRequest, Endpoint
from core.tenancy.scope import reaching
from faculties.institutions.models import Institution
from faculties.logos import rules
from faculties.logos.models import InstitutionLogo

VIEW = "faculties.view_institution"


class Logo(TakesFiles, Endpoint):
    """The logo of an institution: a link to it, another one in its place, or none. Without a logo the url is null."""

    needs = {"get": VIEW, "post": rules.CHANGE, "delete": rules.CHANGE}
    file_kind = rules.LOGO
    serializer_class = FileBody
    answer_serializer_class = LinkSerializer

    def get(self, request: ActingRequest, pk: UUID) -> Response:
        institution = found(request, pk, VIEW)
        with reaching(institution.pk):
            return linked(request, institution)

    def post(self, request: ActingRequest, pk: UUID) -> Response:
        institution = found(request, pk, rules.CHANGE)
        file = checked(FileBody(data=request.data))["file"]
        with reaching(institution.pk):
            rules.set_logo(request.actor.within(institution.pk), institution, file=file)
            return linked(request, institution)

    def delete(self, request: ActingRequest, pk: UUID) -> Response:
        institution = found(request, pk, rules.CHANGE)
        with reaching(institution.pk):
            if InstitutionLogo.objects.filter(institution=institution.pk).exists():
                rules.remove_logo(request.actor.within(institution.pk), institution)
        return Response(status=204)


def found(request: ActingRequest, pk: UUID, permission: str) -> Institution:
    institution = Institution.objects.visible_to(request.actor, permission).filter(pk=pk).first()
    if institution is None:
        raise NotVisible()
    return institution


def linked(request: ActingRequest, institution: Institution) -> Response:
    logo = InstitutionLogo.objects.filter(institution=institution.pk).select_related("file").first()
    if logo is None:
        return Response({"url": None})
    told = {name: getattr(logo.file, name) for name in ("name", "type", "size", "verdict")}
    return Response({"url": link_to(request.actor, logo.file), **told}, headers={"Cache-Control": "no-store"})
