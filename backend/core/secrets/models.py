"""This file holds data keys: what encrypts columns, itself encrypted by a key that is not in the database."""

from django.db import models


class DataKey(models.Model):
    """One AES-256 key of one institution (or of the nation), wrapped by the key-encryption key `wrapped_by`."""

    outside_the_walls = "A key is needed before the row it opens can be read; wrapped, it tells nothing."
    # A lost key is lost data, so only the owner may change or remove one.
    database_privileges = "SELECT, INSERT"
    read_nationally = True

    institution_id = models.UUIDField(null=True)
    wrapped = models.BinaryField()
    wrapped_by = models.CharField(max_length=16)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["institution_id"], nulls_distinct=False, name="data_key_once"),
        ]

    def __str__(self) -> str:
        return f"data key {self.pk}"
