"""This file holds requisites over HTTP: the trees of courses, and how they stand for a student."""

from typing import Any
from uuid import UUID

from rest_framework import serializers
from rest_framework.response import Response

from academic.courses.models import Course, Prerequisite
from academic.enrollments.models import Enrollment
from academic.names import CourseName
from academic.requisites import rules
from academic.requisites.facts import Wish
from academic.requisites.models import Requisite
from academic.requisites.queries import codes_in, verdicts_on
from academic.requisites.trees import in_words
from academic.requisites.verdicts import Outcome, Verdict
from core.errors import Invalid, NotVisible, Problem
from core.http.resource import ResourceViewSet
from core.http.views import ActingRequest, Endpoint
from core.lists import Ref
from core.tenancy.scope import reading
from faculties.institutions.days import today_at


class RequisiteSerializer(serializers.ModelSerializer):
    """What one course asks for. The tree itself is shown with one requisite, and not in a list."""

    course = Ref(CourseName, view_permission="academic.view_course")
    tree = serializers.JSONField(write_only=True, help_text="A node: see the README of academic.")

    class Meta:
        model = Requisite
        fields = ["id", "institution", "course", "kind", "tree", "text", "created_at", "updated_at"]
        read_only_fields = ["institution"]


class RequisiteChangeSerializer(RequisiteSerializer):
    """What may be changed of a requisite: not which course it is of."""

    course = Ref(CourseName, view_permission="academic.view_course", read_only=True)

    class Meta(RequisiteSerializer.Meta):
        read_only_fields = ["institution", "kind"]


class RequisiteDetailSerializer(RequisiteSerializer):
    """One tree with what it says in words."""

    tree = serializers.JSONField()
    sentence = serializers.SerializerMethodField(help_text="What the tree asks for, in words.")

    class Meta(RequisiteSerializer.Meta):
        fields = [*RequisiteSerializer.Meta.fields, "sentence"]

    def get_sentence(self, requisite: Requisite) -> str:
        return in_words(requisite.tree, codes_in(requisite.institution_id, [requisite.tree]))


class RequisiteViewSet(ResourceViewSet):
    """Requisites: what must hold before, or together with, a course."""

    queryset = Requisite.objects.all()
    serializer_class = RequisiteSerializer
    detail_serializer_class = RequisiteDetailSerializer
    change_serializer_class = RequisiteChangeSerializer
    view_permission = "academic.view_course"
    filters = {"institution": ["exact"], "course": ["exact", "in"], "kind": ["exact"]}
    rules = {"create": rules.add_requisite, "update": rules.change_requisite, "remove": rules.remove_requisite}


class PrerequisiteSerializer(serializers.ModelSerializer):
    """One course that must be passed before another."""

    course = Ref(CourseName, view_permission="academic.view_course")
    requires = Ref(CourseName, view_permission="academic.view_course")

    class Meta:
        model = Prerequisite
        fields = ["id", "institution", "course", "requires", "requisite", "created_at"]
        read_only_fields = ["institution", "requisite"]


class PrerequisiteViewSet(ResourceViewSet):
    """The prerequisite graph, edge by edge."""

    queryset = Prerequisite.objects.all()
    serializer_class = PrerequisiteSerializer
    view_permission = "academic.view_course"
    filters = {
        "institution": ["exact"],
        "course": ["exact", "in"],
        "requires": ["exact", "in"],
        "requisite": ["isnull"],
    }
    rules = {"create": rules.add_prerequisite, "remove": rules.remove_prerequisite}


class FindingSerializer(serializers.Serializer):
    """One condition that is not met, or only conditionally."""

    path = serializers.CharField(help_text="Where in which tree it stands, such as prerequisite/of/0.")
    outcome = serializers.ChoiceField([one.name.lower() for one in Outcome])
    code = serializers.CharField()
    message = serializers.CharField()
    remedy = serializers.CharField(help_text="What would satisfy it.")


class StandingSerializer(serializers.Serializer):
    """How the requisites of one course stand for one student."""

    course = serializers.UUIDField()
    outcome = serializers.ChoiceField([one.name.lower() for one in Outcome])
    findings = FindingSerializer(many=True)


class Standing(Endpoint):
    """How the requisites of courses stand for whoever is enrolled here, if they registered for them together today."""

    needs = {"get": "academic.view_enrollment"}
    serializer_class = StandingSerializer
    parameters = {"courses": "The ids of 1 to 20 courses, with commas between."}

    def get(self, request: ActingRequest, pk: UUID) -> Response:
        with reading(request.actor, self.needs["get"], Enrollment):
            enrollment = Enrollment.objects.visible_to(request.actor, self.needs["get"]).filter(pk=pk).first()
            if enrollment is None:
                raise NotVisible()
            institution, student = enrollment.institution_id, enrollment.student_id
            courses = known(institution, asked(request))
            wishes = [Wish(student, course) for course in courses]
            verdicts = verdicts_on(institution, wishes, today_at(institution))
        return Response([shown(one.course, verdicts[one]) for one in wishes])


def asked(request: ActingRequest) -> list[UUID]:
    try:
        courses = [UUID(one) for one in request.query_params.get("courses", "").split(",")]
    except ValueError:
        courses = []
    if not 1 <= len(courses) <= 20:
        raise Invalid([Problem("invalid", "Give the ids of 1 to 20 courses, with commas between.", "courses")])
    return list(dict.fromkeys(courses))


def known(institution: UUID, courses: list[UUID]) -> list[UUID]:
    found = set(Course.objects.filter(institution=institution, pk__in=courses).values_list("pk", flat=True))
    if unknown := [str(one) for one in courses if one not in found]:
        message = f"There is no course {', '.join(unknown)} at this institution."
        raise Invalid([Problem("unknown_course", message, "courses")])
    return courses


def shown(course: UUID, verdict: Verdict) -> dict[str, Any]:
    findings = [{**one._asdict(), "outcome": one.outcome.name.lower()} for one in verdict.findings]
    return {"course": course, "outcome": verdict.outcome.name.lower(), "findings": findings}
