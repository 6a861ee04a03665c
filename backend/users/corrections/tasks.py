"""This file holds what a worker does about corrections."""

from core.mail.posting import post
from core.outbox.events import hears
from users.accounts.models import User
from users.corrections.events import CorrectionDecided
from users.corrections.models import Correction


@hears(CorrectionDecided)
def tell(event: CorrectionDecided) -> None:
    """Write to the person what became of it."""
    correction = Correction.objects.filter(pk=event.correction_id).first()
    user = User.objects.filter(pk=event.account_id, is_active=True).first()
    if correction is not None and user is not None:
        accepted = event.status == Correction.Status.ACCEPTED
        post("correction-decided", user.email, name=user.name, accepted=accepted, answer=correction.answer)
