"""This file holds what a worker does about exports."""

from celery import shared_task

from core.outbox.events import hears
from users.exports import rules
from users.exports.events import ExportRequested
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
