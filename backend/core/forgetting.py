"""This file holds how rows are forgotten that are of no more use: a batch at a time, so that nobody waits for long."""

from django.db.models import QuerySet

BATCH = 2000


def forget(rows: QuerySet) -> int:
    """Delete rows, each batch in a transaction of its own unless one is open; how many went, without what hung on them.

    Each batch is judged anew: what came to be of use meanwhile stays.
    """
    gone = 0
    while keys := list(rows.order_by("pk").values_list("pk", flat=True)[:BATCH]):
        went = rows.filter(pk__in=keys).delete()[1].get(rows.model._meta.label, 0)
        if not went:
            break
        gone += went
    return gone
