"""This file holds sections and teachings over HTTP."""

from rest_framework import serializers

from academic.gradebook.rules import take_assessment_plan
from academic.names import CourseName, ProgramVersionName, SectionName, TermName
from academic.sections import rules
from academic.sections.models import Section, SectionCohort, Teaching
from core.http.resource import ResourceViewSet, Verb
from core.lists import Ref
from users.names import PersonName


class SectionSerializer(serializers.ModelSerializer):
    """One offering of a course in a term."""

    course = Ref(CourseName, view_permission="academic.view_course")
    term = Ref(TermName, view_permission="academic.view_term")

    class Meta:
        model = Section
        fields = [
            "id", "institution", "course", "term", "code", "starts_on", "ends_on", "credits", "capacity", "seats_taken",
            "status", "created_at", "updated_at",
        ]  # fmt: skip
        read_only_fields = ["institution", "credits", "seats_taken"]
        extra_kwargs = {"starts_on": {"required": False}, "ends_on": {"required": False}}


class SectionChangeSerializer(SectionSerializer):
    """What may be changed of a section: not which course and term it offers."""

    course = Ref(CourseName, view_permission="academic.view_course", read_only=True)
    term = Ref(TermName, view_permission="academic.view_term", read_only=True)


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
        "status": ["exact", "in"],
        "starts_on": ["gte", "lt"],
    }
    orders = {"id": "id", "starts_on": "starts_on"}
    verbs = {"take-assessment-plan": Verb(take_assessment_plan)}
    rules = {"create": rules.offer_section, "update": rules.change_section}


class TeachingSerializer(serializers.ModelSerializer):
    """One person who teaches one section."""

    section = Ref(SectionName, view_permission="academic.view_section", cached=False)
    account = Ref(PersonName, view_permission="users.view_user", cached=False)

    class Meta:
        model = Teaching
        fields = ["id", "institution", "section", "account", "created_at"]
        read_only_fields = ["institution"]


class TeachingViewSet(ResourceViewSet):
    """Who teaches which section."""

    queryset = Teaching.objects.all()
    serializer_class = TeachingSerializer
    view_permission = "academic.view_section"
    filters = {"institution": ["exact"], "section": ["exact", "in"], "account": ["exact"]}
    rules = {"create": rules.give_teaching, "remove": rules.end_teaching}


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
