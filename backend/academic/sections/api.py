"""This file holds sections and teachings over HTTP."""

from uuid import UUID

from rest_framework import serializers
from rest_framework.response import Response

from academic.courses.kinds import Kind
from academic.names import CourseName, ProgramVersionName, SectionName, TermName
from academic.sections import rules
from academic.sections.hours import hours_of
from academic.sections.models import Section, SectionCohort, Teaching
from core.errors import NotVisible
from core.http.resource import ResourceViewSet, Verb
from core.http.views import ActingRequest, Endpoint
from core.lists import Ref
from core.tenancy.scope import reading
from users.names import PersonName


class SectionSerializer(serializers.ModelSerializer):
    """One offering of a course in a term."""

    course = Ref(CourseName, view_permission="academic.view_course")
    term = Ref(TermName, view_permission="academic.view_term")

    whole = Ref(SectionName, view_permission="academic.view_section", cached=False, allow_null=True, required=False)
    meets_with = Ref(
        SectionName, view_permission="academic.view_section", cached=False, allow_null=True, required=False
    )

    class Meta:
        model = Section
        fields = [
            "id", "institution", "course", "term", "code", "kind", "whole", "meets_with", "starts_on", "ends_on",
            "credits", "capacity", "seats_taken", "seats_reserved", "seats_offered", "combined_capacity", "status",
            "without_meetings", "created_at", "updated_at",
        ]  # fmt: skip
        read_only_fields = ["institution", "seats_taken", "seats_reserved", "seats_offered"]
        extra_kwargs = {name: {"required": False} for name in ("starts_on", "ends_on", "credits")}


class SectionChangeSerializer(SectionSerializer):
    """What may be changed of a section: not which course and term it offers, nor what it is a part of."""

    course = Ref(CourseName, view_permission="academic.view_course", read_only=True)
    term = Ref(TermName, view_permission="academic.view_term", read_only=True)
    whole = Ref(SectionName, view_permission="academic.view_section", cached=False, read_only=True)


class ShareSerializer(serializers.Serializer):
    """The share of one person who teaches."""

    teaching = serializers.UUIDField()
    share = serializers.DecimalField(max_digits=5, decimal_places=4, allow_null=True)


class SharesSerializer(serializers.Serializer):
    """The shares of a section's teaching, all at once."""

    shares = ShareSerializer(many=True)


class SectionViewSet(ResourceViewSet):
    """Sections: courses as they are taught in a term."""

    queryset = Section.objects.all()
    serializer_class = SectionSerializer
    change_serializer_class = SectionChangeSerializer
    view_permission = "academic.view_section"
    filters = {
        "institution": ["exact"],
        "course": ["exact", "in"],
        "term": ["exact", "in"],
        "kind": ["exact", "in"],
        "whole": ["exact", "in", "isnull"],
        "meets_with": ["exact", "in", "isnull"],
        "status": ["exact", "in"],
        "starts_on": ["gte", "lt"],
    }
    orders = {"id": "id", "starts_on": "starts_on"}
    verbs = {"share-teaching": Verb(rules.share_teaching, SharesSerializer)}
    rules = {"create": rules.offer_section, "update": rules.change_section}


class HoursSerializer(serializers.Serializer):
    """Contact hours of one kind."""

    kind = serializers.ChoiceField(Kind.choices)
    planned = serializers.DecimalField(
        max_digits=5, decimal_places=1, allow_null=True, help_text="What the course says; null where it says nothing."
    )
    scheduled = serializers.DecimalField(max_digits=8, decimal_places=2, help_text="What its meetings give.")
    missing = serializers.DecimalField(max_digits=8, decimal_places=2, allow_null=True)


class SectionHours(Endpoint):
    """The contact hours of a section by kind: what its course plans on its first day, beside what is scheduled."""

    needs = {"get": "academic.view_section"}
    serializer_class = None
    answer_serializer_class = HoursSerializer(many=True)

    def get(self, request: ActingRequest, pk: UUID) -> Response:
        with reading(request.actor, self.needs["get"], Section):
            section = Section.objects.visible_to(request.actor, self.needs["get"]).filter(pk=pk).first()
            if section is None:
                raise NotVisible()
            return Response(HoursSerializer(hours_of(section), many=True).data)


class TeachingSerializer(serializers.ModelSerializer):
    """One person who teaches one section."""

    section = Ref(SectionName, view_permission="academic.view_section", cached=False)
    account = Ref(PersonName, view_permission="staff.view_member", cached=False)

    class Meta:
        model = Teaching
        fields = [
            "id", "institution", "section", "account", "role", "attends", "share", "created_at", "updated_at",
        ]  # fmt: skip
        read_only_fields = ["institution"]


class TeachingChangeSerializer(TeachingSerializer):
    """What may be changed of a teaching: not whose it is."""

    section = Ref(SectionName, view_permission="academic.view_section", cached=False, read_only=True)
    account = Ref(PersonName, view_permission="staff.view_member", cached=False, read_only=True)


class TeachingViewSet(ResourceViewSet):
    """Who teaches which section, as what, and for how much of its hours."""

    queryset = Teaching.objects.all()
    serializer_class = TeachingSerializer
    change_serializer_class = TeachingChangeSerializer
    view_permission = "academic.view_section"
    filters = {
        "institution": ["exact"],
        "section": ["exact", "in"],
        "section__term": ["exact", "in"],
        "account": ["exact"],
        "role": ["exact", "in"],
        "attends": ["exact"],
    }
    rules = {"create": rules.give_teaching, "update": rules.change_teaching, "remove": rules.end_teaching}


class SectionCohortSerializer(serializers.ModelSerializer):
    """One cohort that takes one section."""

    section = Ref(SectionName, view_permission="academic.view_section", cached=False)
    program_version = Ref(ProgramVersionName, view_permission="academic.view_program", cached=False)

    class Meta:
        model = SectionCohort
        fields = ["id", "institution", "section", "program_version", "year_of_study", "group", "created_at"]
        read_only_fields = ["institution"]


class SectionCohortViewSet(ResourceViewSet):
    """Which cohorts take which section: their hours are not given twice."""

    queryset = SectionCohort.objects.all()
    serializer_class = SectionCohortSerializer
    view_permission = "academic.view_section"
    filters = {
        "institution": ["exact"],
        "section": ["exact", "in"],
        "program_version": ["exact", "in"],
        "year_of_study": ["exact"],
    }
    rules = {"create": rules.add_section_cohort, "remove": rules.remove_section_cohort}
