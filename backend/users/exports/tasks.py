"""This file holds what a worker does about exports."""

from celery import shared_task
from django.conf import settings

from core.mail.posting import post
from core.outbox.events import hears
from users.accounts.models import User
from users.exports import rules
from users.exports.events import ExportReady, ExportRequested
from users.exports.models import DataExport


@hears(ExportRequested)
def make(event: ExportRequested) -> None:
    """Make the copy. One that is gone, because its person was erased meanwhile, is not made."""
    export = DataExport.objects.filter(pk=event.export_id).first()
    if export is not None:
        rules.make_export(rules.MAKER, export)


@shared_task
def forget_expired() -> int:
    """Delete copies whose days are over."""
    return rules.forget_expired()


@hears(ExportReady)
def tell(event: ExportReady) -> None:
    """Write to whoever asked for the copy, and to the person it is about. What it holds is fetched, and never sent."""
    for user in User.objects.filter(pk__in=filter(None, [event.requested_by_id, event.account_id]), is_active=True):
        letter = "export-ready" if user.pk == event.requested_by_id else "export-about-you"
        link, days = f"{settings.PUBLIC_URL}/account/", settings.DATA_EXPORT_DAYS
        post(letter, user.email, name=user.name, days=days, link=link)
