"""This file holds how an endpoint takes a file: a form, streamed to disk, and refused early if too large."""

from collections.abc import Mapping
from typing import IO, Any

from rest_framework import serializers
from rest_framework.parsers import MultiPartParser

from core.errors import Invalid, Problem
from core.files.keeping import FileTooLarge
from core.files.kinds import FileKind
from core.http.parsing import StrictJSONParser, cleaned, unique_keys

FORM_BYTES = 64 * 1024  # what stands round a file in a form


class FileParser(MultiPartParser):
    """A form with files: each name once, texts as strictly as in JSON. Files above 2.5 MB go to disk at once."""

    def parse(
        self, stream: IO[bytes], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        parsed: Any = super().parse(stream, media_type, parser_context)
        pairs = [(name, value) for part in (parsed.data, parsed.files) for name in part for value in part.getlist(name)]
        problems: list[Problem] = []
        body = unique_keys([(name, cleaned(value, (name,), problems)) for name, value in pairs])
        if problems:
            raise Invalid(problems)
        return body


class TakesFiles:
    """For an endpoint or a viewset that takes a file of a kind: `file_kind = LOGO`."""

    file_kind: FileKind
    parser_classes: Any = [StrictJSONParser, FileParser]

    def check_parameters(self, request: Any) -> None:
        if int(request.META.get("CONTENT_LENGTH") or 0) > self.file_kind.largest + FORM_BYTES:
            raise FileTooLarge(self.file_kind)
        super().check_parameters(request)  # type: ignore[misc]


class FileBody(serializers.Serializer):
    """A file, as a form sends it."""

    file = serializers.FileField()


class LinkSerializer(serializers.Serializer):
    """Where the file can be fetched for a minute, without signing in."""

    url = serializers.URLField()
    name = serializers.CharField()
    type = serializers.CharField()
    size = serializers.IntegerField()
    verdict = serializers.CharField()
