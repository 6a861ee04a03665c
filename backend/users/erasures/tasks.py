"""This file holds what a worker does about erasures."""

from core.mail.posting import post
from core.outbox.events import hears
from users.accounts.models import User
from users.erasures.events import ErasureProposed, ErasureRefused
from users.erasures.models import ErasureRequest


@hears(ErasureProposed)
def tell_asked(event: ErasureProposed) -> None:
    """Write to the person while it can still be stopped; also where their account is shut."""
    request = ErasureRequest.objects.select_related("account", "institution").filter(pk=event.erasure_id).first()
    if request is None or request.account is None or request.account.erased_at:
        return
    user, by_themselves = request.account, request.account_id == event.requested_by_id
    post("erasure-asked", user.email, name=user.name, place=request.institution.name, by_themselves=by_themselves)


@hears(ErasureRefused)
def tell(event: ErasureRefused) -> None:
    """Write to the person why. Whoever was erased has no address any more, and is told nothing."""
    request = ErasureRequest.objects.filter(pk=event.erasure_id).first()
    user = User.objects.filter(pk=event.account_id, is_active=True).first() if event.account_id else None
    if request is not None and user is not None:
        post("erasure-refused", user.email, name=user.name, answer=request.answer)
