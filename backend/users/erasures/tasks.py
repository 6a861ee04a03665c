"""This file holds what a worker does about erasures."""

from core.mail.posting import post
from core.outbox.events import hears
from users.accounts.models import User
from users.erasures.events import ErasureRefused
from users.erasures.models import ErasureRequest


@hears(ErasureRefused)
def tell(event: ErasureRefused) -> None:
    """Write to the person why. Whoever was erased has no address any more, and is told nothing."""
    request = ErasureRequest.objects.filter(pk=event.erasure_id).first()
    user = User.objects.filter(pk=event.account_id, is_active=True).first() if event.account_id else None
    if request is not None and user is not None:
        post("erasure-refused", user.email, name=user.name, answer=request.answer)
