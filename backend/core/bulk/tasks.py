"""This file holds what a worker does about uploads. Killed in the middle, it did nothing, and is asked again."""

from core.actor import Actor
from core.bulk import checking, committing
from core.bulk.events import UploadToCheck, UploadToCommit
from core.bulk.models import Upload
from core.outbox.events import hears


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
