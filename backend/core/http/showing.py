"""This file holds how one object is shown: whole, or the fields asked for, with references expanded where asked."""

from typing import TYPE_CHECKING, Any, NamedTuple

from django.db.models import Model
from django.http import QueryDict
from rest_framework.serializers import Serializer

from core.errors import Invalid, Problem
from core.http.field_rights import hidden_fields
from core.http.views import refuse_unknown
from core.lists import Ref

if TYPE_CHECKING:
    from core.http.resource import ResourceViewSet


class Shape(NamedTuple):
    """What a caller asked to see; no fields named means all of them."""

    fields: frozenset[str] = frozenset()
    expand: frozenset[str] = frozenset()


WHOLE = Shape()


def shape_of(asked: QueryDict, shown_by: type[Serializer]) -> Shape:
    """The `?fields=` and `?expand=` of a request for one object; anything else is refused with what is allowed."""
    if not asked:
        return WHOLE
    readable = {name: field for name, field in shown_by().fields.items() if not field.write_only}
    allowed = {"fields": set(readable), "expand": {name for name, field in readable.items() if isinstance(field, Ref)}}
    refuse_unknown(asked, allowed)
    chosen = {parameter: frozenset(str(asked[parameter]).split(",")) for parameter in asked}
    problems = []
    for parameter, names in chosen.items():
        if unknown := sorted(names - allowed[parameter]):
            known = ", ".join(sorted(allowed[parameter])) or "none"
            message = f"There is no such field here: {', '.join(unknown)}. Allowed are: {known}."
            problems.append(Problem("invalid_choice", message, parameter))
    if problems:
        raise Invalid(problems)
    return Shape(**chosen)


def represented(view: "ResourceViewSet", row: Model, shape: Shape = WHOLE) -> dict[str, Any]:
    context = view.get_serializer_context()
    serializer = view.shown_by()(row, context=context)
    left_out = set(serializer.fields) - shape.fields if shape.fields else set()
    for name in left_out | (hidden_fields(view, row) & serializer.fields.keys() if view.field_permissions else set()):
        serializer.fields.pop(name)
    data = serializer.data
    for name in shape.expand & data.keys():
        reference: Any = serializer.fields[name]
        related = getattr(row, reference.source)
        data[name] = related and reference.serializer(related, context=context).data
    return data
