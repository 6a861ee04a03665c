"""This file holds the one permission that nobody is granted: over oneself everybody has it."""

from dataclasses import replace

from django.db.models import Q

from core.actor import Actor, Reach
from core.errors import NotAllowed

OWN = "own_data"
# It is over no place: whoever reads by it looks at whom a row is about, and at nothing else.
OVER_ONESELF = Reach(nation=True)


def as_oneself(actor: Actor) -> Actor:
    """The actor with the rights that everybody has over their own data; not whoever supports a person."""
    if actor.id is None or actor.behind:
        raise NotAllowed(OWN)
    return replace(actor, reaches={**actor.reaches, OWN: OVER_ONESELF})


def own(actor: Actor, *paths: str) -> Q:
    """Rows in which one of the paths leads to the actor."""
    mine = Q(pk__in=())
    for path in paths if actor.id else ():
        mine |= Q(**{path: actor.id})
    return mine
