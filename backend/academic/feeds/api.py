"""This file holds feeds over HTTP: one's own links, and what a calendar program fetches by one."""

from django.http import HttpResponse
from rest_framework import serializers
from rest_framework.renderers import BaseRenderer
from rest_framework.response import Response

from academic.feeds import rules
from academic.feeds.entries import entries_of, title_of
from academic.feeds.icalendar import written
from academic.feeds.links import institution_of
from academic.feeds.models import VIEW, Feed
from academic.feeds.queries import live_feed
from core.http.etags import digest, is_known
from core.http.permissions import PUBLIC
from core.http.rendering import EnvelopeRenderer
from core.http.resource import ResourceViewSet, Verb
from core.http.views import ActingRequest, Endpoint
from core.tenancy.scope import reaching


class FeedSerializer(serializers.ModelSerializer):
    """One link to a calendar."""

    class Meta:
        model = Feed
        fields = ["id", "institution", "kind", "revoked_at", "created_at", "updated_at"]
        read_only_fields = ["institution", "revoked_at"]


class FeedDetailSerializer(FeedSerializer):
    """One link; the answer that makes it holds its address, and no other does."""

    url = serializers.CharField(read_only=True, allow_null=True)

    class Meta(FeedSerializer.Meta):
        fields = [*FeedSerializer.Meta.fields, "url"]


class FeedViewSet(ResourceViewSet):
    """Your secret links, by which a calendar program fetches without signing in."""

    queryset = Feed.objects.all()
    serializer_class = FeedSerializer
    detail_serializer_class = FeedDetailSerializer
    view_permission = VIEW
    filters = {"institution": ["exact"], "kind": ["exact"], "revoked_at": ["isnull"]}
    verbs = {"revoke": Verb(rules.revoke_feed)}
    rules = {"create": rules.make_feed}
    stores_answers = False
    hidden_from_support = True

    @classmethod
    def takes_bulk(cls) -> bool:
        return False

    def answered(self, row: Feed, *, status: int = 200, headers: dict[str, str] | None = None) -> Response:  # type: ignore[override]
        response = super().answered(row, status=status, headers=headers)
        if row.url:
            response.data |= {"url": row.url}
        return response


class CalendarRenderer(BaseRenderer):
    """Says that this address answers with a calendar; the view writes it."""

    media_type = "text/calendar"
    format = "ics"
    charset = None
    render = EnvelopeRenderer.render


class FeedCalendar(Endpoint):
    """What a feed tells now, as iCalendar (RFC 5545). The secret in the address is the credential."""

    needs = {"get": PUBLIC}
    serializer_class = None
    renderer_classes = [EnvelopeRenderer, CalendarRenderer]

    def get(self, request: ActingRequest, token: str) -> HttpResponse:
        with reaching(institution_of(token)):
            feed = live_feed(token)
            content = written(title_of(feed), entries_of(feed))
        headers = {"ETag": f'"{digest(content.decode())}"', "Cache-Control": "private, no-cache"}
        if is_known(headers["ETag"], request.headers.get("If-None-Match", "")):
            return HttpResponse(status=304, headers=headers)
        return HttpResponse(content, content_type="text/calendar; charset=utf-8", headers=headers)
