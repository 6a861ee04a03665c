"""This file holds the changes that caches must hear of."""

from django.db import models
from django.db.models import Func


class CurrentTransaction(Func):
    """The id of the transaction that writes, as 64 bits that never wrap."""

    template = "((pg_current_xact_id())::text::bigint)"
    output_field = models.BigIntegerField()


class Change(models.Model):
    """One thing that changed, named by a key such as `person:<id>`, and the transaction that changed it."""

    no_person = "Ids of what changed, kept for a day."
    read_nationally = True  # whoever reads the nation must hear, too, that a key was destroyed

    key = models.CharField(max_length=100)
    transaction = models.BigIntegerField(db_default=CurrentTransaction(), db_index=True, editable=False)
    at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.key
