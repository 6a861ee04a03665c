"""This file holds how a file is fetched by a link."""

from django.conf import settings
from django.http import FileResponse, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.utils.http import content_disposition_header

from core.actor import Actor
from core.audit.record import record
from core.errors import NotVisible
from core.files.links import NOBODY, opened, refuse_unfit
from core.files.models import StoredFile
from core.files.storing import store
from core.http.permissions import PUBLIC
from core.http.views import ActingRequest, Endpoint
from core.tenancy.scope import reaching

OPAQUE = "application/octet-stream"


class Download(Endpoint):
    """A file, by a signed link. It is sent to be saved, never to be shown by a browser."""

    needs = {"get": PUBLIC}
    serializer_class = None

    def get(self, request: ActingRequest, token: str) -> HttpResponseBase:
        link = opened(token)
        with reaching(link.institution):
            file = StoredFile.objects.filter(institution=link.institution, pk=link.file).first()
            if file is None:
                raise NotVisible()
            refuse_unfit(file)
            if not store().exists(file.storage_name):
                raise NotVisible()
            record(
                Actor("holder of a link", None if link.person == NOBODY else link.person), "core.file.downloaded", file
            )
        return sent(file)


def sent(file: StoredFile) -> HttpResponseBase:
    """By the store itself, by nginx, or in pieces: as the settings say. The type is told, and never guessed."""
    disposition = content_disposition_header(as_attachment=True, filename=file.name) or "attachment"
    headers = {
        "Content-Disposition": disposition,
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store",
        "Cross-Origin-Resource-Policy": "same-origin",
    }
    if settings.FILES_BUCKET:
        told = {"ResponseContentDisposition": disposition, "ResponseContentType": file.type}
        address = store().url(file.storage_name, parameters=told, expire=settings.FILES_LINK_SECONDS)  # type: ignore[call-arg]
        return HttpResponseRedirect(address, headers=headers)
    if settings.FILES_BY_NGINX:
        headers["X-Accel-Redirect"] = f"{settings.FILES_BY_NGINX}{file.storage_name}"
        return HttpResponse(content_type=file.type or OPAQUE, headers=headers)
    content = store().open(file.storage_name)
    kind = file.type or OPAQUE
    return FileResponse(content, as_attachment=True, filename=file.name, content_type=kind, headers=headers)
