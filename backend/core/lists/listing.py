"""This file holds the view of a list: question, statement, rows, bytes."""

import hashlib
from collections.abc import Mapping
from typing import Any, ClassVar

import orjson
from django.db.models import QuerySet
from django.db.models.expressions import Expression
from django.http import HttpResponse
from rest_framework.request import Request
from rest_framework.serializers import ModelSerializer

from core.audit.origin import origin
from core.http.envelope import OPTIONS
from core.http.etags import is_known
from core.lists.access import Access
from core.lists.cursors import NEXT, PREVIOUS, write_cursor
from core.lists.declarations import Declaration, declaration_of
from core.lists.plans import build_of, count_of, estimate_of, plan_of
from core.lists.questions import Question, question_of, subject_of
from core.lists.references import KEEPER, table_at, table_of


class ListMixin:
    """GET of a resource, many rows at once.

    The viewset says what may be asked: `filters` (path -> lookups), `search_fields` (folded columns that a text may
    begin with) and `orders` (name -> column or expression, never empty, each with an index). `serializer_class` says
    what a row is.
    """

    queryset: QuerySet
    serializer_class: type[ModelSerializer]
    view_permission: str
    filters: ClassVar[Mapping[str, list[str]]] = {}
    search_fields: ClassVar[list[str]] = []
    orders: ClassVar[Mapping[str, str | Expression]] = {}
    field_permissions: ClassVar[Mapping[str, str]] = {}

    def list(self, request: Request, *args: Any, **placed: Any) -> HttpResponse:
        """One page. What stands in the address is a filter, and must be declared as one."""
        access = Access(request.actor, self.view_permission)  # type: ignore[attr-defined]
        page = Page(type(self), access, request.query_params, placed)
        return page.answer(request.META.get("HTTP_IF_NONE_MATCH"))


class Page:
    """One page of one list, for one caller."""

    def __init__(self, view: type, access: Access, query: Any, placed: Mapping[str, Any]) -> None:
        self.view, self.access = view, access
        self.declared: Declaration = declaration_of(view)
        self.question: Question = question_of(self.declared, query, placed)
        self.plan = plan_of(view, access.place, self.question)

    def answer(self, known: str | None) -> HttpResponse:
        question = self.question
        rows = self.access.rows(self.plan.statement, self.declared.model, question.values)
        links = self.links(rows)
        del rows[question.limit :]
        if question.way == PREVIOUS:
            rows.reverse()
        if question.counted:
            links["count"] = self.count()
        return answered(orjson.dumps(self.shown(rows), option=OPTIONS), orjson.dumps(links), known)

    def links(self, rows: list[tuple]) -> dict[str, Any]:
        """Cursors of the pages beside this one; `rows` are as read, one more than the page where there are more."""
        question, there_is_more = self.question, len(rows) > self.question.limit
        links: dict[str, Any] = {"next": None, "previous": None, "limit": question.limit}
        if rows:
            ahead, back = (PREVIOUS, NEXT) if question.way == PREVIOUS else (NEXT, PREVIOUS)
            if there_is_more:
                links[ahead] = self.cursor(ahead, rows[question.limit - 1])
            if question.way:
                links[back] = self.cursor(back, rows[0])
        return links

    def cursor(self, way: str, row: tuple) -> str:
        subject = subject_of(self.declared, self.question.ordering)
        return write_cursor(subject, way, [row[slot] for slot in self.plan.keys])

    def count(self) -> int:
        question, model = self.question, self.declared.model
        narrowed = (self.view, self.access.place, question.given, question.searched)
        if question.counted == "exact":
            rows = self.access.rows(count_of(*narrowed), model, question.values)
            return rows[0][0] if rows else 0
        # No row is read. Under row security the planner would guess too low.
        rows = KEEPER.rows(estimate_of(*narrowed), model, {**self.access.values, **question.values})
        return int(rows[0][0][0]["Plan"]["Plan Rows"]) if rows else 0

    def shown(self, rows: list[tuple]) -> list[dict[str, Any]]:
        question = self.question
        build = build_of(self.view, question.fields, question.expand, self.plan.width)
        if not question.expand or not rows:
            return build(rows, ())
        try:
            return build(rows, self.tables(rows, kept=True))
        except KeyError:
            # A row may point to a reference that came after the version read with it.
            return build(rows, self.tables(rows, kept=False))

    def tables(self, rows: list[tuple], *, kept: bool) -> list[Mapping]:
        declared = self.declared
        tables: list[Mapping] = []
        for name in self.question.expand:
            reference = declared.references[name]
            table: Mapping | None = None
            if kept and reference.is_cached:
                version = rows[0][declared.watched.index(reference.table) - len(declared.watched)]
                table = table_at(reference, version)
            if table is None:
                slot = declared.fields.index(name)
                table = table_of(reference, {row[slot] for row in rows}, self.access)
            tables.append(table)
        return tables


def answered(data: bytes, links: bytes, known: str | None) -> HttpResponse:
    """The envelope round the rows; 304 to a caller who holds them. The request's id is no part of the tag."""
    tag = f'"{hashlib.sha256(data + links).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": "no-store"}
    if known and is_known(tag, known):
        return HttpResponse(status=304, headers=headers)
    meta = b'{"request_id":%b,%b' % (orjson.dumps(origin.get().request_id), links[1:])
    body = b'{"status":"success","data":%b,"meta":%b,"errors":[]}' % (data, meta)
    return HttpResponse(body, content_type="application/json", headers=headers)
