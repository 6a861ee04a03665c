"""This file holds how an endpoint takes a file: a form, streamed to disk, and refused early if too large."""

from collections.abc import Mapping
from typing import IO, Any

from django.core.files.uploadedfile import UploadedFile
from django.http.response import HttpResponseBase
from rest_framework import serializers
from rest_framework.parsers import MultiPartParser

from core.errors import Invalid, Problem, RuleBroken
from core.files.kinds import FileKind
from core.files.storing import store
from core.files.taking import FileTooLarge, TakenFile, take_in
from core.http.parsing import StrictJSONParser, cleaned, unique_keys
from core.rules import Refusal

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
    """For an endpoint or a viewset that takes a file of a kind, in the field `file`: `file_kind = LOGO`.

    The file is taken in before the transaction begins, from whoever holds the permission somewhere; the rule gets a
    TakenFile. What the rule refuses is deleted again. Where it is unknown how the transaction ended, the sweep knows.
    """

    file_kind: FileKind
    parser_classes: Any = [StrictJSONParser, FileParser]
    taken: TakenFile | None = None

    def check_parameters(self, request: Any) -> None:
        if int(request.META.get("CONTENT_LENGTH") or 0) > self.file_kind.largest + FORM_BYTES:
            raise FileTooLarge(self.file_kind)
        super().check_parameters(request)  # type: ignore[misc]

    def initial(self, request: Any, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)  # type: ignore[misc]
        if (request.content_type or "").startswith("multipart/") and isinstance(request.data.get("file"), UploadedFile):
            self.take_file(request)

    def take_file(self, request: Any) -> None:
        """Put the taken file in the place of the one that was sent. A no is on the audit log, as that of a rule is."""
        try:
            self.taken = request.data["file"] = take_in(self.file_kind, request.data["file"])
        except RuleBroken as refusal:
            deed = self.deed_of(request.method)  # type: ignore[attr-defined]
            refusal.refusal = Refusal(request.actor, deed, None, refusal.code)
            raise

    def answer(self, request: Any) -> HttpResponseBase:
        try:
            response = super().answer(request)  # type: ignore[misc]
        except RuleBroken:
            self.drop_taken()
            raise
        if response.status_code >= 400 or (self.taken and not self.taken.is_kept):
            self.drop_taken()
        return response

    def drop_taken(self) -> None:
        if self.taken:
            store().delete(self.taken.storage_name)


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
