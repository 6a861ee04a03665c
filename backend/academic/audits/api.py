"""This file holds the degree audit over HTTP: what is done of a program version, what remains, what counts where."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from rest_framework import serializers
from rest_framework.response import Response

from academic.audits.counting import DONE, IN_PROGRESS, MISSING, PASSED, Line, Part, counted, how_earned
from academic.courses.models import Course
from academic.curricula.models import CourseGroup, ProgramCourse
from academic.enrollments.models import Enrollment
from academic.exemptions.models import Exemption
from academic.programs.models import ProgramVersion
from academic.programs.moves import VersionStatus
from academic.requisites.facts import Earned, facts_of
from academic.requisites.rules import id_in
from core.errors import Invalid, NotVisible, Problem
from core.http.views import ActingRequest, Endpoint
from core.tenancy.scope import reading
from faculties.institutions.days import today_at

VIEW = "academic.view_enrollment"
EARNED_BY = [PASSED, *Exemption.Kind.values]
OF_DRAFTS = ("academic.change_program", "academic.approve_program")


class CountedSerializer(serializers.Serializer):
    """A course by its code and title."""

    id = serializers.UUIDField()
    code = serializers.CharField()
    title = serializers.CharField()
    credits = serializers.DecimalField(max_digits=5, decimal_places=1)


class ExtraSerializer(serializers.Serializer):
    """A course that was earned and counts nowhere."""

    id = serializers.UUIDField()
    code = serializers.CharField()
    title = serializers.CharField()
    credits = serializers.DecimalField(max_digits=5, decimal_places=1, help_text="Those that were earned.")
    earned_by = serializers.ChoiceField(EARNED_BY)


class LineSerializer(serializers.Serializer):
    """One course of a group, and how it stands."""

    course = CountedSerializer()
    is_compulsory = serializers.BooleanField()
    year_of_study = serializers.IntegerField(allow_null=True)
    term_of_study = serializers.IntegerField(allow_null=True)
    status = serializers.ChoiceField([DONE, IN_PROGRESS, MISSING])
    by = CountedSerializer(allow_null=True, help_text="The course that counts here: itself, or an equivalent one.")
    credits = serializers.DecimalField(max_digits=5, decimal_places=1, help_text="Those that count here.")
    earned_by = serializers.ChoiceField(
        EARNED_BY, allow_null=True, help_text="Passed here, or the kind of exemption; null until it is done."
    )


class PartSerializer(serializers.Serializer):
    """One group, or the courses that stand in none."""

    group = serializers.UUIDField(allow_null=True)
    name = serializers.CharField(allow_blank=True)
    min_credits = serializers.DecimalField(max_digits=6, decimal_places=1, allow_null=True)
    min_courses = serializers.IntegerField(allow_null=True)
    credits_earned = serializers.DecimalField(max_digits=8, decimal_places=1)
    credits_in_progress = serializers.DecimalField(max_digits=8, decimal_places=1)
    credits_missing = serializers.DecimalField(max_digits=8, decimal_places=1)
    courses_done = serializers.IntegerField()
    courses_missing = serializers.IntegerField()
    is_complete = serializers.BooleanField()
    courses = LineSerializer(many=True)


class DegreeAuditSerializer(serializers.Serializer):
    """What one student has done of one program version."""

    enrollment = serializers.UUIDField()
    program_version = serializers.UUIDField()
    is_what_if = serializers.BooleanField(help_text="Whether the student is enrolled in another version.")
    credits_required = serializers.DecimalField(max_digits=6, decimal_places=1, allow_null=True)
    credits_earned = serializers.DecimalField(max_digits=8, decimal_places=1, help_text="Those that count here.")
    credits_in_progress = serializers.DecimalField(max_digits=8, decimal_places=1)
    credits_missing = serializers.DecimalField(max_digits=8, decimal_places=1)
    is_complete = serializers.BooleanField()
    groups = PartSerializer(many=True)
    extra = ExtraSerializer(many=True, help_text="Earned, and counting nowhere in this version.")


class DegreeAudit(Endpoint):
    """What a student has done of a program, what remains, and what counts where; of another program too, as a what-if.

    It counts what was passed at this institution under any enrollment, and what is exempt. Each course counts once.
    """

    needs = {"get": VIEW}
    serializer_class = DegreeAuditSerializer
    parameters = {"program_version": "Another version to ask about: its id. Without it, the one enrolled in."}

    def get(self, request: ActingRequest, pk: UUID) -> Response:
        with reading(request.actor, VIEW, Enrollment):
            enrollment = Enrollment.objects.visible_to(request.actor, VIEW).filter(pk=pk).first()
            if enrollment is None:
                raise NotVisible()
            return Response(audit(enrollment, version_asked(request, enrollment)))


def version_asked(request: ActingRequest, enrollment: Enrollment) -> ProgramVersion:
    named = request.query_params.get("program_version", str(enrollment.program_version_id))
    key = id_in(named)
    versions = ProgramVersion.objects.filter(institution=enrollment.institution_id)
    version = versions.filter(pk=key).first() if key else None
    if version is None or (version.status == VersionStatus.DRAFT and not is_seen_as_draft(request, version)):
        message = "There is no such program version at this institution: give its id."
        raise Invalid([Problem("unknown_version", message, "program_version")])
    return version


def is_seen_as_draft(request: ActingRequest, version: ProgramVersion) -> bool:
    """A draft is for those who write or approve it: it may still promise what will never be."""
    seen = (ProgramVersion.objects.visible_to(request.actor, needs).filter(pk=version.pk) for needs in OF_DRAFTS)
    return any(rows.exists() for rows in seen)


def audit(enrollment: Enrollment, version: ProgramVersion) -> dict[str, Any]:
    """The audit of one enrollment against a version, in four statements."""
    institution, student = enrollment.institution_id, enrollment.student_id
    of_version = {"institution": institution, "program_version": version}
    groups = CourseGroup.objects.filter(**of_version).order_by("place", "id")
    courses = ProgramCourse.objects.filter(**of_version).order_by("year_of_study", "term_of_study", "id")
    facts = facts_of(institution, [student], today_at(institution))[student]
    parts, extra = counted(groups, courses, facts)
    keys = {key for part in parts for line in part.lines for key in (line.course, line.by) if key}
    names = Course.objects.filter(institution=institution).in_bulk([*keys, *extra])
    earned, coming = (sum((part.credits_that_are(one) for part in parts), Decimal(0)) for one in (DONE, IN_PROGRESS))
    missing = max((version.credits_required or Decimal(0)) - earned, Decimal(0))
    shown = {
        "enrollment": enrollment.pk,
        "program_version": version.pk,
        "is_what_if": version.pk != enrollment.program_version_id,
        "credits_required": version.credits_required,
        "credits_earned": earned,
        "credits_in_progress": coming,
        "credits_missing": missing,
        "is_complete": not missing and all(part.is_complete for part in parts),
        "groups": [part_shown(part, names) for part in parts],
        "extra": [extra_shown(names[course], facts.earned[course]) for course in extra],
    }
    return DegreeAuditSerializer(shown).data


def part_shown(part: Part, names: dict[UUID, Course]) -> dict[str, Any]:
    group = part.group
    return {
        "group": group and group.pk,
        "name": group.name if group else "",
        "min_credits": group and group.min_credits,
        "min_courses": group and group.min_courses,
        "credits_earned": part.credits_that_are(DONE),
        "credits_in_progress": part.credits_that_are(IN_PROGRESS),
        "credits_missing": part.credits_missing,
        "courses_done": part.courses_done,
        "courses_missing": part.courses_missing,
        "is_complete": part.is_complete,
        "courses": [line_shown(line, names) for line in part.lines],
    }


def line_shown(line: Line, names: dict[UUID, Course]) -> dict[str, Any]:
    return {
        "course": names[line.course],
        "is_compulsory": line.is_compulsory,
        "year_of_study": line.year_of_study,
        "term_of_study": line.term_of_study,
        "status": line.status,
        "by": line.by and names[line.by],
        "credits": line.credits,
        "earned_by": line.earned_by,
    }


def extra_shown(course: Course, earned: Earned) -> dict[str, Any]:
    told = {"id": course.pk, "code": course.code, "title": course.title}
    return {**told, "credits": earned.credits, "earned_by": how_earned(earned)}
