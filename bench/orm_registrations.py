"""This file holds the comparator: the same rules of registration as a good Django programmer would write them.

A ModelSerializer, one transaction, the student and the section locked by select_for_update, one query of the ORM for
each check, the Idempotency-Key and the audit entry as rows of the ORM. Sign-in, permissions, middleware, renderer,
tables and constraints are ours; so are the trees of requisites and the window that holds, by the functions that are
there for all. What was refused is on the audit log too, after the roll-back.
"""

import hashlib
import json
from datetime import date
from typing import Any

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.urls import path

settings.ROOT_URLCONF = __name__
application = get_wsgi_application()

from django.db.models import Count, Exists, F, Min, OuterRef, Q, Sum  # noqa: E402
from django.utils import timezone  # noqa: E402
from rest_framework import serializers  # noqa: E402
from rest_framework.exceptions import PermissionDenied  # noqa: E402
from rest_framework.response import Response  # noqa: E402
from rest_framework.views import APIView  # noqa: E402

from academic.calendar.windows import window_of  # noqa: E402 (models need Django)
from academic.models import (  # noqa: E402
    Enrollment,
    Hold,
    LoadLimit,
    Occurrence,
    Registration,
    Section,
    WaitlistEntry,
    Waiver,
    Window,
)
from academic.registrations.ages import age_band  # noqa: E402
from academic.registrations.checks import WORDS  # noqa: E402
from academic.requisites.facts import Wish  # noqa: E402
from academic.requisites.queries import required_by, verdicts_on  # noqa: E402
from academic.requisites.verdicts import Outcome  # noqa: E402
from core.audit.models import AuditEntry  # noqa: E402
from core.audit.record import differences, record, snapshot  # noqa: E402
from core.errors import Problem  # noqa: E402
from core.http.envelope import failure  # noqa: E402
from core.http.models import IdempotencyKey  # noqa: E402
from core.tenancy.scope import reaching  # noqa: E402
from faculties.institutions.days import zone_of  # noqa: E402
from students.models import Student  # noqa: E402

ADD, RULE = "academic.add_registration", "academic.registration.made"
Failed = tuple[str, str, dict[str, Any]]  # the check, the code, the figures


class RegistrationSerializer(serializers.ModelSerializer):
    class Meta:
        model = Registration
        fields = [
            "id", "institution", "enrollment", "student", "section", "status", "result", "result_mark",
            "registered_on", "withdrawn_on", "attempt", "credits_studied", "age_band", "created_at", "updated_at",
        ]  # fmt: skip
        read_only_fields = ["institution", "student", "status", "result", "result_mark", "withdrawn_on", "age_band"]

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        actor = self.context["actor"]
        enrollments = Enrollment.objects.visible_to(actor, "academic.view_enrollment")
        self.field("enrollment").queryset = enrollments.select_related("program_version")
        sections = Section.objects.visible_to(actor, "academic.view_section")
        self.field("section").queryset = sections.select_related("course")

    def field(self, name: str) -> Any:
        return self.fields[name]


class Refused(Exception):
    """An attempt that some checks refuse."""

    def __init__(self, failed: list[Failed]) -> None:
        self.failed = failed


class Register(APIView):
    permission_classes: list[type] = []

    def post(self, request: Any) -> Response:
        actor = request._request.actor = request.user.actor
        if not actor.may(ADD):
            raise PermissionDenied
        try:
            with reaching(*actor.institutions):
                return self.once(request)
        except Refused as refused:
            with reaching(*actor.institutions):
                decision = AuditEntry.Decision.REFUSED
                record(actor, RULE, None, decision=decision, code=refused.failed[0][1])
            problems = [
                Problem(code, WORDS[code].sentence.format(**figures) if code in WORDS else code)
                for _, code, figures in refused.failed
            ]
            return Response(failure(problems), status=400 if refused.failed[0][0] == "once" else 422)

    def once(self, request: Any) -> Response:
        entry, is_new = IdempotencyKey.objects.get_or_create(
            person_id=request.user.actor.id,
            key=request.headers["Idempotency-Key"],
            defaults={
                "request_digest": hashlib.sha256(request._request.body).digest(),
                "created_at": timezone.now(),
            },
        )
        if not is_new:
            return Response(json.loads(entry.body), status=entry.status)
        response = self.registered(request)
        entry.status, entry.body = response.status_code, json.dumps(response.data, default=str)
        entry.save(update_fields=["status", "body"])
        return response

    def registered(self, request: Any) -> Response:
        actor = request.user.actor
        serializer = RegistrationSerializer(data=request.data, context={"actor": actor})
        serializer.is_valid(raise_exception=True)
        fields = serializer.validated_data
        enrollment = fields["enrollment"]
        student = Student.objects.select_for_update(no_key=True).get(pk=enrollment.student_id)
        section = (
            Section.objects.select_for_update(of=("self",), no_key=True)
            .select_related("course")
            .get(pk=fields["section"].pk)
        )
        if failed := failures(student, enrollment, section):
            raise Refused(failed)
        registration = serializer.save(
            institution_id=enrollment.institution_id,
            student=student,
            section=section,
            age_band=age_band(student.birth_year, section.starts_on),
        )
        section.seats_taken = F("seats_taken") + 1
        section.save(update_fields=["seats_taken"])
        record(actor, RULE, registration, changes=differences({}, snapshot(registration)))
        return Response(serializer.data, status=201)


def failures(student: Student, enrollment: Enrollment, section: Section) -> list[Failed]:
    """Every check that failed, in their order, but those that are waived; the last is whether a seat is left."""
    known = Registration.objects.filter(student=student, section=section).first()
    if known:
        return [("once", "already_registered", {})]
    today = timezone.localdate()
    found = [
        *outside_windows(enrollment, section),
        *holds(student, today),
        *shut(enrollment, section, today),
        *in_the_course(student, section),
        *unmet(student, section, today),
        *overload(student, enrollment, section),
        *clashes(student, section),
    ]
    if found:
        waivers = Waiver.objects.filter(student=student, revoked_at=None, until__gte=today)
        waived = set(waivers.filter(Q(section=section) | Q(course=section.course)).values_list("waives", flat=True))
        found = [one for one in found if one[0] not in waived]
    if not found and section.capacity is not None and section.seats_held >= section.capacity:
        figures = {"capacity": section.capacity, "taken": section.seats_taken}
        figures |= {"reserved": section.seats_reserved, "offered": section.seats_offered}
        figures["waiting"] = WaitlistEntry.objects.filter(section=section, status="waiting").count()
        found = [("seats", "full", figures)]
    return found


def outside_windows(enrollment: Enrollment, section: Section) -> list[Failed]:
    program = enrollment.program_version.program_id
    windows = [
        window_of(section.institution_id, section.pk, program, kind) for kind in (Window.Kind.REGISTER, Window.Kind.ADD)
    ]
    open_or_shut = [one for one in windows if one]
    if not open_or_shut or any(one.holds(timezone.now()) for one in open_or_shut):
        return []
    zone, told = zone_of(section.institution_id), open_or_shut[0]
    figures = {
        "kind": "register",
        "opens": f"{told.opens_at.astimezone(zone):%Y-%m-%d %H:%M}",
        "closes": f"{told.closes_at.astimezone(zone):%Y-%m-%d %H:%M}",
        "clock": str(zone),
    }
    return [("window", "window_shut", figures)]


def holds(student: Student, today: Any) -> list[Failed]:
    standing = Hold.objects.filter(student=student, blocks_registration=True, lifted_at=None, starts_on__lte=today)
    standing = standing.filter(Q(ends_on=None) | Q(ends_on__gte=today))
    return [("holds", "hold", {"kind": one.kind, "starts_on": one.starts_on}) for one in standing]


def shut(enrollment: Enrollment, section: Section, today: date) -> list[Failed]:
    found: list[Failed] = []
    if today > section.ends_on:
        found.append(("window", "section_over", {"ends_on": section.ends_on}))
    if enrollment.enrolled_on > max(today, section.starts_on):
        found.append(("program", "enrollment_not_begun", {"enrolled_on": enrollment.enrolled_on}))
    if enrollment.ended_on:
        found.append(("program", "enrollment_ended", {}))
    elif enrollment.status != "active":
        found.append(("program", "enrollment_paused", {"status": enrollment.status}))
    if section.status not in ("planned", "open"):
        found.append(("program", "section_shut", {"status": section.status}))
    return found


def in_the_course(student: Student, section: Section) -> list[Failed]:
    if section.whole_id:
        return []
    taken = Registration.objects.filter(
        student=student,
        status="registered",
        result="pending",
        section__course=section.course_id,
        section__term=section.term_id,
        section__whole=None,
    ).select_related("section__course")
    return [
        (
            "same_course",
            "already_in_course",
            {"code": one.section.course.code, "section": one.section.code, "registration": one.pk},
        )
        for one in taken
    ]


def unmet(student: Student, section: Section, today: Any) -> list[Failed]:
    course, place = section.course_id, section.institution_id
    if not any(required_by(place, [course]).values()):
        return []
    wish = Wish(student.pk, course, section.pk, section.starts_on)
    verdict = verdicts_on(place, [wish], today)[wish]
    return [("requisites", one.code, {}) for one in verdict.findings if one.outcome == Outcome.NOT_MET]


def overload(student: Student, enrollment: Enrollment, section: Section) -> list[Failed]:
    limits = LoadLimit.objects.filter(Q(program_version=enrollment.program_version_id) | Q(program_version=None))
    limit = limits.order_by(F("program_version").asc(nulls_last=True)).first()
    if limit is None:
        return []
    registered = Registration.objects.filter(student=student, status="registered", section__term=section.term_id)
    taken = registered.aggregate(credits=Sum("section__course__credits"))["credits"] or 0
    if taken + section.course.credits <= limit.most_credits:
        return []
    figures = {"most": limit.most_credits, "taken": taken, "credits": section.course.credits}
    return [("load", "too_many_credits", figures)]


def clashes(student: Student, section: Section) -> list[Failed]:
    meets = Occurrence.objects.filter(
        section=section, status="scheduled", starts_at__lt=OuterRef("ends_at"), ends_at__gt=OuterRef("starts_at")
    )
    taken = Occurrence.objects.filter(
        Exists(meets),
        status="scheduled",
        section__registrations__student=student,
        section__registrations__status="registered",
    )
    by_section = taken.values("section__course__code", "section__code").annotate(times=Count("id"), at=Min("starts_at"))
    return [
        (
            "time_clash",
            "time_clash",
            {
                "code": one["section__course__code"],
                "section": one["section__code"],
                "at": f"{one['at']:%Y-%m-%d %H:%M}",
                "times": one["times"],
            },
        )
        for one in by_section.order_by("section__course__code", "section__code")
    ]


urlpatterns = [path("api/v1/academic/registrations/", Register.as_view())]
