"""This package holds lists: from one declaration to bytes, in one statement, without model instances.

The serializer says what a row is, the viewset says what may be asked. The ORM compiles a statement with holes the first
time a shape of request is seen (filters present, order, direction, kind of reach); later requests only fill the holes.

A request passes the modules in this order: `listing` (the view), `declarations` and `questions` (what may be asked,
what was asked), `places` (reach), `plans` and `statements` (SQL), `fetching` (the driver), `columns` and `references`
(rows to JSON), `cursors` (links to the pages beside this one).
"""

from core.lists.references import Ref

__all__ = ["Ref"]
