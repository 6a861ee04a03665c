"""This file holds uploads over HTTP: the sets one may load, their templates, and an upload from sending to undoing."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from rest_framework import serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.response import Response

from core.audit.record import record
from core.bulk import rules, waiting
from core.bulk.contracts import CONTRACTS, Contract
from core.bulk.models import StagedRow, Upload
from core.bulk.progress import rows_read
from core.bulk.waiting import Waiting
from core.bulk.workbooks import marked, template
from core.errors import Invalid, NotVisible, Problem, RuleBroken
from core.http.bodies import checked
from core.http.envelope import success
from core.http.parsing import StrictJSONParser
from core.http.resource import ResourceViewSet
from core.http.views import ActingRequest, Endpoint
from core.tenancy.scope import reaching, reading

LARGEST = 20 * 1024 * 1024
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_ROWS = 200


class FileTooLarge(RuleBroken):
    """The file is larger than an upload may be."""

    status = 413

    def __init__(self) -> None:
        message = f"The file is too large: send at most {LARGEST // 1024**2} MiB, or divide it."
        super().__init__("too_large", message, field="file")


class UploadSerializer(serializers.ModelSerializer):
    """One upload: what was sent, what would become of it, or did."""

    file = serializers.FileField(write_only=True, help_text="XLSX, XLSM, XLS, ODS, CSV or TSV.")
    rows_read = serializers.SerializerMethodField(help_text="How far a worker is, while it reads.")

    class Meta:
        model = Upload
        fields = [
            "id", "institution", "set", "file", "file_name", "sheet", "state", "mode", "overwrites", "is_complete",
            "may_end_many", "rows_read", "rows_count", "error_rows_count", "errors_count", "columns", "plan", "notes",
            "failure", "created_at", "committed_at", "undone_at",
        ]  # fmt: skip
        read_only_fields = ["institution", "file_name", "state"]

    def get_rows_read(self, upload: Upload) -> int | None:
        return rows_read(upload.pk) if upload.state in (Upload.State.CHECKING, Upload.State.COMMITTING) else None


class UploadListSerializer(serializers.ModelSerializer):
    """One upload in a list."""

    class Meta:
        model = Upload
        fields = [
            "id", "institution", "set", "file_name", "state", "mode", "rows_count", "error_rows_count", "created_at",
            "committed_at",
        ]  # fmt: skip


class CommitSerializer(serializers.Serializer):
    """How it is to be committed; what is left out stays as it was sent."""

    mode = serializers.ChoiceField(Upload.Mode.choices, required=False)
    overwrites = serializers.BooleanField(required=False)
    may_end_many = serializers.BooleanField(required=False)


class CorrectionSerializer(serializers.Serializer):
    """New values for cells of one row, by column; null empties one."""

    cells = serializers.DictField(child=serializers.JSONField(allow_null=True), allow_empty=False)


class UploadViewSet(ResourceViewSet):
    """Uploads: files of rows on their way into the register."""

    queryset = Upload.objects.all()
    serializer_class = UploadListSerializer
    detail_serializer_class = UploadSerializer
    parser_classes = [StrictJSONParser, MultiPartParser]
    view_permission = rules.VIEW
    filters = {"institution": ["exact"], "set": ["exact"]}
    orders = {"id": "id"}
    verbs = {
        "check": (rules.check_again,),
        "commit": (rules.ask_commit, CommitSerializer),
        "cancel": (rules.cancel,),
        "undo": (rules.undo,),
    }
    rules = {"create": rules.send}

    def check_parameters(self, request: ActingRequest) -> None:
        if int(request.META.get("CONTENT_LENGTH") or 0) > LARGEST:
            raise FileTooLarge()
        super().check_parameters(request)

    def body(self, data: Any, row: Any = None, *, partial: bool = False) -> serializers.Serializer:
        return UploadSerializer(row, data=data, partial=partial, context=self.get_serializer_context())

    def create(self, request: ActingRequest) -> Response:
        response = super().create(request)
        response.status_code = 202  # a worker reads it
        return response

    @contextmanager
    def born(self, items: list[dict[str, Any]]) -> Iterator[None]:
        contract = CONTRACTS.get(items[0]["set"])
        if contract is None or contract.lies_at is None:
            with super().born(items):
                yield
            return
        with reaching(contract.lies_at()):
            yield

    @contextmanager
    def at(self, institution: UUID | None) -> Iterator[None]:
        """Whoever reaches the nation keeps that reach, which a set of its register asks for."""
        if institution is None or not self.actor.is_national:
            with super().at(institution):
                yield
            return
        with reaching(institution):
            yield

    @classmethod
    def takes_bulk(cls) -> bool:
        return False


@contextmanager
def found(request: ActingRequest, pk: UUID, permission: str = rules.VIEW) -> Iterator[Upload]:
    """An upload whose rows one may see, being of a set whose rows one may enter; in its institution."""
    with reading(request.actor, permission, Upload):
        upload = Upload.objects.visible_to(request.actor, permission).filter(pk=pk).first()
    if upload is None:
        raise NotVisible()
    rules.admit(request.actor, upload)
    with reaching(upload.institution_id):
        yield upload


class StagedRowSerializer(serializers.Serializer):
    """One row that waits: its cells as they were sent, and what is wrong with them."""

    number = serializers.IntegerField()
    state = serializers.ChoiceField(StagedRow.State.choices)
    cells = serializers.DictField()
    errors: Any = serializers.ListField(child=serializers.DictField())


class UploadRows(Endpoint):
    """The rows of an upload that wait. Each look is on the audit log: they hold what people are known by."""

    needs = {"get": rules.VIEW}
    parameters = {
        "state": "good or error; all without it",
        "after": "the number after which to go on",
        "limit": f"how many, at most {MOST_ROWS}",
    }
    serializer_class = None
    answer_serializer_class = StagedRowSerializer

    def get(self, request: ActingRequest, pk: UUID) -> Response:
        state = request.query_params.get("state")
        if state not in (None, *StagedRow.State.values):
            raise Invalid([Problem("invalid_choice", "state is good or error.", "state")])
        after, limit = number_in(request, "after", 0, 10**9), number_in(request, "limit", 50, MOST_ROWS)
        with found(request, pk) as upload:
            page = waiting.page(upload, after, limit + 1, **({"state": state} if state else {}))
            data = [shown(row) for row in page[:limit]]
            record(request.actor, "core.upload.read", upload, changes={"rows": [after, len(data)]})
        following = page[limit - 1].number if len(page) > limit else None
        return Response(success(data, after=following, limit=limit))


class UploadRow(Endpoint):
    """Correct one row."""

    needs = {"patch": rules.CHANGE}
    serializer_class = CorrectionSerializer
    answer_serializer_class = StagedRowSerializer

    def patch(self, request: ActingRequest, pk: UUID, number: int) -> Response:
        with found(request, pk, rules.CHANGE) as upload:
            cells = checked(CorrectionSerializer(data=request.data))["cells"]
            rules.correct_row(request.actor, upload, number=number, cells=cells)
            return Response(shown(waiting.page(upload, number - 1, 1)[0]))


class MarkedWorkbook(Endpoint):
    """The rows that wait as a workbook, with the wrong cells marked: mend it, and send it again."""

    needs = {"get": rules.VIEW}
    serializer_class = None

    def get(self, request: ActingRequest, pk: UUID) -> HttpResponse:
        with found(request, pk) as upload:
            record(request.actor, "core.upload.read", upload, changes={"rows": [0, upload.rows_count]})
            return as_file(marked(upload), f"{upload.set}-marked.xlsx")


class SetSerializer(serializers.Serializer):
    """One data set that may be uploaded."""

    name = serializers.CharField()
    title = serializers.CharField()
    means = serializers.CharField()
    version = serializers.CharField()
    key = serializers.ListField(child=serializers.CharField())
    columns = serializers.ListField(child=serializers.DictField())


class UploadSets(Endpoint):
    """The data sets that one may upload, with their columns."""

    needs = {"get": rules.ADD}
    serializer_class = None
    answer_serializer_class = SetSerializer

    def get(self, request: ActingRequest) -> Response:
        sets = [one for one in CONTRACTS.values() if rules.may_load(request.actor, one)]
        return Response([described(one) for one in sorted(sets, key=lambda one: one.name)])


class Template(Endpoint):
    """An empty workbook to fill in, with drop-downs and notes; or its header as CSV."""

    needs = {"get": rules.ADD}
    parameters = {"as": "xlsx, or csv"}
    serializer_class = None

    def get(self, request: ActingRequest, name: str) -> HttpResponse:
        contract = rules.contract_of(name)
        form = request.query_params.get("as", "xlsx")
        if form not in ("xlsx", "csv"):
            raise Invalid([Problem("invalid_choice", "as is xlsx or csv.", "as")])
        if form == "csv":
            header = ",".join(column.name for column in contract.columns)
            return as_file(("\ufeff" + header + "\r\n").encode(), f"{name}.csv", "text/csv; charset=utf-8")
        return as_file(template(contract), f"{name}.xlsx")


def as_file(content: bytes, name: str, media_type: str = XLSX) -> HttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return HttpResponse(content, content_type=media_type, headers=headers)


def shown(row: Waiting) -> dict[str, Any]:
    state = StagedRow.State.ERROR if row.errors else StagedRow.State.GOOD
    return {"number": row.number, "state": state, "cells": row.cells, "errors": row.errors}


def described(contract: Contract) -> dict[str, Any]:
    columns = [
        {
            "name": column.name, "means": column.means, "kind": column.kind, "required": column.required,
            "allowed": column.allowed, "examples": list(column.examples), "aliases": list(column.aliases),
            "sticky": column.sticky,
        }
        for column in contract.columns
    ]  # fmt: skip
    return {
        "name": contract.name, "title": contract.title, "means": contract.means, "version": contract.version,
        "key": list(contract.key), "columns": columns,
    }  # fmt: skip


def number_in(request: ActingRequest, name: str, default: int, most: int) -> int:
    text = request.query_params.get(name, str(default))
    if not text.isascii() or not text.isdigit() or int(text) > most:
        raise Invalid([Problem("invalid", f"{name} is a whole number from 0 to {most}.", name)])
    return int(text)
