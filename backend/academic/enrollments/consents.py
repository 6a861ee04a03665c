"""This file holds how a student comes under a later version of a program: never without having agreed to it."""

from datetime import date
from pathlib import Path

from django.db.models import Max

from academic.enrollments.models import CARRIED_OUT, CARRIED_OUT_WORDS, Enrollment, VersionConsent
from academic.programs.models import ProgramVersion
from academic.programs.moves import VersionStatus, named
from core.actor import Actor
from core.errors import RuleBroken
from core.rules import rule
from faculties.institutions.days import today_at

# That the database changes no version without consent, whoever writes.
TEXT = Path(__file__).with_name("consents.sql")
How = VersionConsent.How


@rule("academic.version.consented", needs="academic.consent_to_version")
def agree(
    actor: Actor,
    *,
    enrollment: Enrollment,
    to_version: ProgramVersion,
    agreed_on: date | None = None,
    document: str = "",
) -> VersionConsent:
    """Agree to a later version: the student, signed in, today; or whoever keeps what the student signed."""
    if not is_the_student(actor, enrollment):
        return written(enrollment, to_version, agreed_on, document)
    if agreed_on or document:
        field = "document" if document else "agreed_on"
        raise RuleBroken("agreed_here", "You agree here and today: leave out the day and the document.", field=field)
    return consent(enrollment, to_version, how=How.IN_SYSTEM, agreed_on=today_at(enrollment.institution_id))


@rule("academic.enrollment.version_changed", needs="academic.change_enrollment")
def change_version(
    actor: Actor,
    enrollment: Enrollment,
    *,
    to_version: ProgramVersion,
    changed_on: date | None = None,
    agreed_on: date | None = None,
    document: str = "",
) -> Enrollment:
    """Bring a student under a later version that they agreed to before, or do by the document that is named here."""
    today = today_at(enrollment.institution_id)
    if changed_on and changed_on > today:
        raise RuleBroken("not_yet", "A version changes when that holds: give a day that has come.", field="changed_on")
    refuse_as_later(enrollment, to_version)
    refuse_before_the_present(enrollment, changed_on or today)
    standing = VersionConsent.objects.filter(enrollment=enrollment, changed_on=None, revoked_on=None)
    step = {"from_version": enrollment.program_version_id, "to_version": to_version}
    # Locked: it may be revoked at the same moment.
    agreed = standing.select_for_update(of=("self",)).filter(institution=enrollment.institution_id, **step).first()
    if agreed is None and not document:
        year = to_version.catalog_year
        words = f"This student has not agreed to the version of {year}: let them agree, or name what they signed."
        raise RuleBroken("no_consent", words, field="document")
    agreed = agreed or written(enrollment, to_version, agreed_on, document)
    agreed.change(changed_on=changed_on or today)
    return enrollment.change(program_version=to_version)


@rule("academic.version.consent_revoked", needs="academic.consent_to_version")
def revoke(actor: Actor, consent: VersionConsent, *, reason: str) -> VersionConsent:
    """Take a consent back, as the student or as whoever keeps what the student signed, before it is carried out. It
    stays, with the day and the reason; the student may agree anew.
    """
    if consent.revoked_on:
        raise RuleBroken("already_revoked", f"This consent was revoked on {consent.revoked_on:%Y-%m-%d}.")
    if consent.changed_on:
        raise RuleBroken(CARRIED_OUT, CARRIED_OUT_WORDS)
    return consent.change(revoked_on=today_at(consent.institution_id), revoked_because=reason)


def refuse_before_the_present(enrollment: Enrollment, changed_on: date) -> None:
    """A version changes while the present one holds; the database says so too."""
    last = enrollment.consents.filter(institution=enrollment.institution_id).aggregate(last=Max("changed_on"))["last"]
    since = max(enrollment.enrolled_on, last or enrollment.enrolled_on)
    if changed_on < since:
        words = f"The student is under the present version since {since:%Y-%m-%d}: give that day or a later one."
        raise RuleBroken("before_the_present", words, field="changed_on")


def is_the_student(actor: Actor, enrollment: Enrollment) -> bool:
    return bool(actor.id) and enrollment.student.account_id == actor.id


def written(
    enrollment: Enrollment, to_version: ProgramVersion, agreed_on: date | None, document: str
) -> VersionConsent:
    """What the student signed, as whoever keeps it says."""
    if not document:
        words = "Name the document in which the student agreed; the student alone agrees without one."
        raise RuleBroken("document_needed", words, field="document")
    today = today_at(enrollment.institution_id)
    day = agreed_on or today
    if day > today:
        raise RuleBroken("not_yet", "The student agreed on a day that has come: give that day.", field="agreed_on")
    return consent(enrollment, to_version, how=How.IN_WRITING, agreed_on=day, document=document)


def consent(
    enrollment: Enrollment, to_version: ProgramVersion, *, how: str, agreed_on: date, document: str = ""
) -> VersionConsent:
    refuse_as_later(enrollment, to_version)
    return VersionConsent(
        institution_id=enrollment.institution_id,
        enrollment=enrollment,
        from_version_id=enrollment.program_version_id,
        to_version=to_version,
        how=how,
        agreed_on=agreed_on,
        document=document,
    ).save_checked()


def refuse_as_later(enrollment: Enrollment, to_version: ProgramVersion) -> None:
    """A student who is enrolled goes on under a later, active version of the same program."""
    present = enrollment.program_version
    if enrollment.ended_on is not None:
        raise RuleBroken("enrollment_ended", f"This enrollment ended on {enrollment.ended_on:%Y-%m-%d}.")
    if to_version.program_id != present.program_id:
        words = "This is a version of another program: enroll the student there instead."
        raise RuleBroken("another_program", words, field="to_version")
    if to_version.catalog_year <= present.catalog_year:
        words = f"The student is under the version of {present.catalog_year}: choose a later one."
        raise RuleBroken("not_later", words, field="to_version")
    if to_version.status != VersionStatus.ACTIVE:
        words = f"This version is {named(to_version.status)}: choose one that is active."
        raise RuleBroken("version_not_active", words, field="to_version")
