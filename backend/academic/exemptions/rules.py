"""This file holds how a course comes to count as earned that was not passed here, and how that is taken back."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.db.models import Sum

from academic.accounts import account_of
from academic.courses.models import Course
from academic.courses.versions.queries import course_on
from academic.enrollments.models import Enrollment
from academic.equivalences.queries import is_the_same
from academic.exemptions.models import Exemption
from academic.registrations.models import Registration
from academic.registrations.rechecks import recheck_requisites
from core.actor import Actor
from core.errors import RuleBroken
from core.rules import rule
from faculties.institutions.days import today_at
from students.models import Student

LIMIT = Path(__file__).with_name("limit.sql")
GRANT = "academic.grant_exemption"
PASSED = (Registration.Result.PASS, Registration.Result.DISTINCTION)


@rule("academic.exemption.granted", needs=GRANT)
def grant_exemption(actor: Actor, *, enrollment: Enrollment, course: Course, **fields: Any) -> Exemption:
    """Let a course count as earned under an open enrollment, for its credits or fewer. Nobody grants it to themselves.

    Whoever passed the course here, or takes it now, has its credits from that; and so it is with a course that counts
    as this one while this one counts as that. Who is exempt may still take it: then it counts once, as passed.
    """
    return granted(actor, enrollment, course, **fields)


@rule("academic.exemption.withdrawn", needs=GRANT)
def withdraw_exemption(actor: Actor, exemption: Exemption, *, reason: str) -> Exemption:
    """Let an exemption count no more. What it opened is judged anew: students hear of what they no longer meet."""
    if exemption.withdrawn_on:
        raise RuleBroken("already_withdrawn", f"This exemption was withdrawn on {exemption.withdrawn_on}.")
    refuse_own(actor, exemption.student)
    exemption.change(withdrawn_on=today_at(exemption.institution_id), withdrawal_reason=reason)
    recheck_requisites(actor, exemption.institution_id, [exemption.student_id])
    return exemption


def granted(
    actor: Actor,
    enrollment: Enrollment,
    course: Course,
    *,
    granted_on: date | None = None,
    credits: Decimal | None = None,  # noqa: A002 (as the column is called)
    **fields: Any,
) -> Exemption:
    """The exemption, if every limit lets it be. The student is locked, as the verdict of a registration does."""
    student = Student.objects.select_for_update(no_key=True).get(pk=enrollment.student_id)
    today = today_at(enrollment.institution_id)
    day = granted_on or today
    refuse_own(actor, student)
    if day > today:
        raise RuleBroken("not_yet", "An exemption is granted today or was before: give such a day.", field="granted_on")
    if enrollment.ended_on:
        raise RuleBroken("enrollment_ended", "This enrollment has ended: name one that is open.", field="enrollment")
    if (told := fields.get("transferred_credit")) and told.student_id != student.pk:
        raise RuleBroken("other_student", "This credit is another student's.", field="transferred_credit")
    refuse_taken(student, course, day)
    earned = credits_of(course, day, credits)
    refuse_over_limit(enrollment, earned)
    exemption = Exemption(
        institution_id=enrollment.institution_id,
        enrollment=enrollment,
        student=student,
        course=course,
        credits=earned,
        granted_on=day,
        granted_by_id=account_of(actor),
        **fields,
    ).save_checked()
    recheck_requisites(actor, enrollment.institution_id, [student.pk])
    return exemption


def refuse_own(actor: Actor, student: Student) -> None:
    if actor.id and student.account_id == actor.id:
        raise RuleBroken("own_exemption", "Somebody else decides on your exemptions.", field="enrollment")


def refuse_taken(student: Student, course: Course, day: date) -> None:
    """Whoever passed a course, takes it now or is exempt from it has it; the same goes for courses that count as each
    other.
    """
    own = {"institution": student.institution_id, "student": student}
    in_it = is_the_same(course, day, named="section__course", ended="section__ends_on")
    taken = Registration.objects.filter(in_it, **own).select_related("section__course")
    if passed := taken.filter(result__in=PASSED).first():
        words = f"This student passed {passed.section.course.code} here: its credits are earned once."
        raise RuleBroken("already_passed", words, field="course")
    if pending := taken.filter(status=Registration.Status.REGISTERED, result=Registration.Result.PENDING).first():
        code = pending.section.course.code
        words = f"This student is registered for {code}: withdraw or drop that registration first."
        raise RuleBroken("being_taken", words, field="course")
    of_it = is_the_same(course, day, named="course", ended="granted_on")
    if exempt := Exemption.objects.filter(of_it, withdrawn_on=None, **own).select_related("course").first():
        words = f"{exempt.course.code} counts as earned already, and credits are earned once."
        raise RuleBroken("already_exempt", words, field="course")


def credits_of(course: Course, day: date, stated: Decimal | None) -> Decimal:
    """As many credits as are stated, and at most those of the course; its own, where nobody says."""
    told = course_on(course, day)
    most = told.credits_up_to or told.credits
    if stated is not None and stated > most:
        words = f"{course.code} is worth {most:f} credits: grant as many, or fewer."
        raise RuleBroken("more_than_the_course", words, field="credits")
    return told.credits if stated is None else stated


def refuse_over_limit(enrollment: Enrollment, coming: Decimal) -> None:
    """Of the credits of a program so many come from elsewhere, and no more. The database refuses it too."""
    most = enrollment.program_version.most_credits_from_elsewhere
    counting = enrollment.exemptions.filter(withdrawn_on=None)
    have = counting.aggregate(sum=Sum("credits", default=Decimal(0)))["sum"]
    if most is not None and have + coming > most:
        words = (
            f"This program counts at most {most:f} credits from elsewhere: {have:f} are granted, and {coming:f} more"
            f" would be {have + coming:f}."
        )
        raise RuleBroken("too_many_from_elsewhere", words, field="credits")
