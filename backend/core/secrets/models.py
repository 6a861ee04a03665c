"""This file holds the keys that the database knows: data keys, wrapped, and what each person's own key is made of."""

from django.db import models
from django.db.models import Q


class DataKey(models.Model):
    """One AES-256 key of one institution (or of the nation), wrapped by the key-encryption key `wrapped_by`.

    The latest generation seals what is new; older ones still open what was sealed under them.
    """

    no_person = "A key of an institution."
    outside_the_walls = "A key is needed before the row it opens can be read; wrapped, it tells nothing."
    # A lost key is lost data, so only the owner may change or remove one.
    database_privileges = "SELECT, INSERT"
    read_nationally = True

    institution_id = models.UUIDField(null=True)
    generation = models.PositiveSmallIntegerField(default=1)
    wrapped = models.BinaryField()
    wrapped_by = models.CharField(max_length=16)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["institution_id", "generation"], nulls_distinct=False, name="data_key_generation_once"
            ),
        ]

    def __str__(self) -> str:
        return f"data key {self.pk}"


class PersonKey(models.Model):
    """What the key of one person is derived with, from a data key: without this salt there is no such key.

    `person` is the id of the row that is the person (an account, a student). Destroyed means that the salt is gone for
    good; the row stays, so that "erased" is not taken for "lost". A trigger allows no other change.
    """

    no_person = "An id and random bytes: it opens what is known of a person, and holds nothing of it."
    database_privileges = "SELECT, INSERT, UPDATE"
    read_nationally = True

    person = models.UUIDField(primary_key=True)
    salt = models.BinaryField(null=True, max_length=32)
    destroyed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(salt__isnull=False, destroyed_at__isnull=True)
                | Q(salt__isnull=True, destroyed_at__isnull=False),
                name="person_key_kept_or_destroyed",
            )
        ]

    def __str__(self) -> str:
        return f"key of {self.person}"
