"""This file holds proofs: tokens sent to an address, each good for one deed, once, and for a while."""

from django.db import models

from core.personal.declarations import Personal


class Proof(models.Model):
    """One token that somebody was sent, known only by its SHA-256. Whoever brings it reads that person's letters."""

    class Purpose(models.TextChoices):
        """What a token is good for, and for nothing else."""

        INVITATION = "invitation"
        RESET = "reset"
        OLD_ADDRESS = "old_address"
        NEW_ADDRESS = "new_address"
        SIGN_UP = "sign_up"
        RECOVERY = "recovery"
        KEEP_FACTOR = "keep_factor"

    personal = Personal(
        means="A link that was sent to you.",
        ids=("subject_id",),
        withheld={"digest": "The digest of a credential."},
        removed=True,
    )

    digest = models.BinaryField(primary_key=True, max_length=32)
    purpose = models.CharField(max_length=20, choices=Purpose)
    subject_id = models.UUIDField(help_text="The row that it is about: an invitation, an account, a change of address.")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(db_index=True)
    spent_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["subject_id", "purpose"], name="proof_by_subject")]

    def __str__(self) -> str:
        return f"{self.purpose} of {self.subject_id}"
