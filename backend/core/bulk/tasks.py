"""This file holds what a worker does about uploads. Killed in the middle, it did nothing, and is asked again."""

from datetime import timedelta
from uuid import UUID

from celery import shared_task
from django.apps import apps
from django.conf import settings
from django.utils import timezone

from core.actor import Actor
from core.bulk import checking, committing
from core.bulk.events import UploadToCheck, UploadToCommit
from core.bulk.models import StagedRow, Upload, UploadContent, UploadEffect
from core.bulk.rules import UNDO_WITHIN
from core.forgetting import forget
from core.outbox.events import hears
from core.tenancy.scope import reaching

ROWS_KEPT = timedelta(days=14)


@hears(UploadToCheck)
def check(event: UploadToCheck) -> None:
    """Read, judge and plan, unless it was cancelled meanwhile."""
    upload = Upload.objects.filter(pk=event.upload_id, state=Upload.State.CHECKING).first()
    if upload is not None:
        checking.check(upload)


@hears(UploadToCommit)
def commit(event: UploadToCommit) -> None:
    """Commit, once: one that is committed already is left alone."""
    waiting = Upload.objects.filter(pk=event.upload_id, state=Upload.State.COMMITTING)
    upload = waiting.select_for_update(no_key=True).first()
    if upload is not None:
        committing.commit(Actor(event.person_name, event.person_id), upload)


@shared_task
def forget_old() -> int:
    """Forget the rows of uploads that nobody went on with, and what would undo those that can't be undone any more."""
    institutions = apps.get_model(settings.TENANT_MODEL)._default_manager.values_list("pk", flat=True)
    return sum(forget_at(institution) for institution in institutions)


def forget_at(institution: UUID) -> int:
    now = timezone.now()
    with reaching(institution):
        left = Upload.objects.filter(institution=institution, updated_at__lt=now - ROWS_KEPT)
        gone = forget(StagedRow.objects.filter(institution=institution, upload__in=left))
        gone += forget(UploadContent.objects.filter(institution=institution, upload__in=left))
        undoable = Upload.objects.filter(institution=institution, committed_at__lt=now - UNDO_WITHIN)
        return gone + forget(UploadEffect.objects.filter(institution=institution, upload__in=undoable))
