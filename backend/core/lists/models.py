"""This file holds the versions of reference tables, by which each process knows that its copy is old."""

from django.db import models


class ReferenceVersion(models.Model):
    """A part of the version of one reference table; the version is the XOR of its parts.

    Only the trigger of `core.lists.triggers` writes here, in the transaction of the change. It takes any part that
    no other transaction holds, and adds one where all are taken: writers never wait for each other.
    """

    database_privileges = "SELECT"
    read_nationally = True

    reference = models.CharField(max_length=63)
    version = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.reference} {self.version}"
