"""This file holds how a copy of what is held on a person comes about, is fetched, and goes."""

import base64
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from core.actor import Actor
from core.errors import NotVisible, RuleBroken
from core.outbox.events import announce
from core.personal.document import as_json, as_pdf, document_of
from core.personal.oneself import OWN
from core.personal.walk import found_person, persons_of
from core.rules import rule
from core.secrets.persons import is_erased
from users.accounts.models import User
from users.exports.events import ExportReady, ExportRequested
from users.exports.models import DataExport, ExportFile

MAKES = "users.make_export"
MAKER = Actor.system("users.exports", MAKES)


@rule("users.own_export.asked", needs=OWN)
def ask_for_own(actor: Actor) -> DataExport:
    """Ask for a copy of all that is held on oneself, in every institution. Asked twice, it is made once."""
    user = User.objects.get(pk=str(actor.id))
    return asked(DataExport(person_id=user.pk, account=user, requested_by=user))


@rule("users.export.asked", needs="users.export_person", step_up=True)
def ask_for_person(actor: Actor, *, person: UUID) -> DataExport:
    """Ask for a copy of what one's institution holds on a person within reach, to hand it to that person."""
    found = found_person(actor, "users.export_person", person)
    if found is None:
        raise NotVisible()
    account = found if isinstance(found, User) else None
    if account is None:
        account = next((one for one in persons_of(found) if isinstance(one, User)), None)
    institution = getattr(found, "institution_id", None) or actor.at_home()
    asking = User.objects.get(pk=str(actor.id))
    return asked(
        DataExport(
            person_id=found.pk,
            account=account,
            requested_by=asking,
            institution_id=institution,
        )
    )


def asked(export: DataExport) -> DataExport:
    """The same export where one is waiting. Of a person who was erased there is nothing to copy."""
    if is_erased(export.person_id):
        raise RuleBroken("person_erased", "This person was erased: there is nothing left to copy.")
    waiting = DataExport.objects.filter(
        person_id=export.person_id, requested_by=export.requested_by_id, status=DataExport.Status.WAITING
    ).first()
    if waiting is not None:
        return waiting
    announce(ExportRequested(export.pk))
    return export.save_checked()


@rule("users.export.made", needs=MAKES)
def make_export(actor: Actor, export: DataExport) -> DataExport:
    """Write the copy, in both forms. It can be fetched for some days. Made twice, it is made once."""
    if export.status == DataExport.Status.READY:
        return export
    now = timezone.now().replace(microsecond=0)
    document = document_of(everything_of(export), export.institution_id, now)
    for form, content in ((ExportFile.Form.JSON, as_json(document)), (ExportFile.Form.PDF, as_pdf(document))):
        text = base64.b64encode(content).decode()
        ExportFile(export=export, person_id=export.person_id, form=form, content=text).save()
    announce(ExportReady(export.pk, export.account_id, export.requested_by_id))
    ends = now + timedelta(days=settings.DATA_EXPORT_DAYS)
    return export.change(status=DataExport.Status.READY, made_at=now, expires_at=ends)


def everything_of(export: DataExport) -> list[Any]:
    """All rows that are the person. Where an institution asked, only what lies there: not where else they sign in."""
    start = found_person(MAKER, MAKES, export.person_id)
    if start is None:
        raise NotVisible()
    if export.institution_id is None:
        return persons_of(start)
    here = export.institution_id
    return [one for one in persons_of(start) if one.pk == start.pk or getattr(one, "institution_id", None) == here]


@rule("users.export.fetched", needs=OWN)
def fetch_export(actor: Actor, export: DataExport) -> DataExport:
    """Fetch a copy. It changes nothing; it is a rule so that each time is on the audit log. It must be ready and not
    expired.
    """
    if export.status != DataExport.Status.READY or export.expires_at is None:
        raise RuleBroken("not_ready", "This copy is still being made. Ask again in a moment.")
    if export.expires_at <= timezone.now():
        raise RuleBroken("expired", "This copy could be fetched until a while ago. Ask for a new one.")
    return export


def content_of(export: DataExport, form: str) -> bytes:
    """One form of a copy, opened. Where the person was erased there is none."""
    file = export.files.filter(form=form).first()
    if file is None or file.content is None:
        raise NotVisible()
    return base64.b64decode(file.content)


def forget_expired() -> int:
    """Delete the copies whose days are over; how many. One that was never made goes after the same time."""
    now = timezone.now()
    waited = Q(expires_at=None, created_at__lt=now - timedelta(days=settings.DATA_EXPORT_DAYS))
    over = DataExport.objects.filter(Q(expires_at__lte=now) | waited)
    return over.delete()[1].get(DataExport._meta.label, 0)
