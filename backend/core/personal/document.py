"""This file holds what a person gets of what is held on them: as JSON for machines, and as a PDF to read."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import typst
from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Model

from core.personal.walk import Holding, holdings
from core.secrets.fields import BlindIndex

TEMPLATE = Path(__file__).with_name("document.typ")
# Tagged for screen readers; typst refuses to compile what breaks the standard.
STANDARD = "ua-1"
READABLE_ROWS = 500  # of one table; somebody who works here has a log of a hundred thousand

Document = dict[str, Any]


def document_of(persons: list[Any], institution: UUID | None, made_at: datetime) -> Document:
    """Every table, every row, every column that is held on the persons, with what each means."""
    return {
        "made_at": made_at.isoformat(timespec="seconds"),
        "about": [{"table": person._meta.label, "id": str(person.pk), "is": str(person)} for person in persons],
        "institution": str(institution) if institution else None,
        "tables": [described(held) for held in holdings(persons, institution)],
    }


def described(held: Holding) -> Document:
    meta = held.model._meta
    columns = [one for one in meta.concrete_fields if not is_hidden(one, held)]
    return {
        "table": meta.label,
        "name": str(meta.verbose_name_plural),
        "means": held.said.means,
        "kept": held.said.kept.reason if held.said.kept else None,
        "fields": [
            {"name": one.name, "label": str(one.verbose_name), "meaning": str(one.help_text)} for one in columns
        ],
        "withheld": [{"name": name, "reason": reason} for name, reason in sorted(held.said.withheld.items())],
        "rows": [{one.name: plain(one.value_from_object(row)) for one in columns} for row in held.rows],
        "you_appear_in": [{"id": plain(row.pk), "as": roles_in(row, held)} for row in held.named],
    }


def is_hidden(one: Any, held: Holding) -> bool:
    return one.name in held.said.withheld or isinstance(one, BlindIndex) or getattr(one, "derived", False)


def roles_in(row: Model, held: Holding) -> list[str]:
    return [path.split("__")[0] for path in held.said.named if getattr(row, f"{path.split('__')[0]}_id", None)]


def plain(value: Any) -> Any:
    """The value as JSON can hold it."""
    return None if value is None else json.loads(json.dumps(value, cls=DjangoJSONEncoder, default=str))


def as_json(document: Document) -> bytes:
    return json.dumps(document, ensure_ascii=False, indent=1).encode()


def as_pdf(document: Document) -> bytes:
    """The document as a tagged PDF. What is in it reaches the template as data, never as markup."""
    content = {**document, "tables": [for_reading(table) for table in document["tables"]]}
    try:
        return compiled(content, STANDARD)
    except typst.TypstError as error:
        if "could not be displayed" not in str(error):
            raise
        # A letter that the fonts at hand lack, such as of another script: the standard forbids that, a person's name
        # does not. It is tagged all the same, and the JSON has the letter.
        return compiled(content, [])


def compiled(content: Document, standards: Any) -> bytes:
    made = typst.compile(
        str(TEMPLATE),
        root=str(TEMPLATE.parent),
        ignore_system_fonts=True,
        sys_inputs={"content": json.dumps(content), "site": settings.PUBLIC_URL},
        pdf_standards=standards,
        timestamp=datetime.fromisoformat(content["made_at"]),
    )
    return bytes(made)


def for_reading(table: Document) -> Document:
    """A table with its values as text, and without the columns that are empty in a row."""
    labels = {one["name"]: one["label"] for one in table["fields"]}
    rows = [
        [[labels[name], as_text(value)] for name, value in row.items() if value not in (None, "", [], {})]
        for row in table["rows"]
    ]
    return {**table, "rows": rows[:READABLE_ROWS], "left_out": max(0, len(rows) - READABLE_ROWS)}


def as_text(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
