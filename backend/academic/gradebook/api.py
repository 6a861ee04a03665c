"""This file holds assessments and marks over HTTP."""

from rest_framework import serializers

from academic.gradebook import rules
from academic.gradebook.models import Assessment, Mark
from academic.names import SectionName
from academic.registrations.models import Registration
from academic.sections.models import Section
from core.http.resource import ResourceViewSet, Verb
from core.lists import Ref


class AssessmentSerializer(serializers.ModelSerializer):
    """One piece of assessed work."""

    section = Ref(SectionName, view_permission="academic.view_section", cached=False)

    class Meta:
        model = Assessment
        fields = [
            "id", "institution", "section", "code", "name", "type", "due_on", "weight", "maximum",
            "created_at", "updated_at",
        ]  # fmt: skip
        read_only_fields = ["institution"]


class AssessmentChangeSerializer(AssessmentSerializer):
    """What may be changed of an assessment: not its section."""

    section = Ref(SectionName, view_permission="academic.view_section", cached=False, read_only=True)


class AssessmentViewSet(ResourceViewSet):
    """Assessments: what is assessed in a section."""

    queryset = Assessment.objects.all()
    serializer_class = AssessmentSerializer
    change_serializer_class = AssessmentChangeSerializer
    view_permission = "academic.view_assessment"
    filters = {
        "institution": ["exact"],
        "section": ["exact", "in"],
        "type": ["exact", "in"],
        "due_on": ["gte", "lt", "isnull"],
    }
    rules = {"create": rules.add_assessment, "update": rules.change_assessment}


class AssessmentPlanViewSet(ResourceViewSet):
    """The assessments that the course of a section plans."""

    queryset = Section.objects.select_related("course", "term")
    serializer_class = SectionName
    view_permission = "academic.view_section"
    verbs = {"take-assessment-plan": Verb(rules.take_assessment_plan)}


class AssessmentName(serializers.ModelSerializer):
    """The assessment that a mark is for."""

    class Meta:
        model = Assessment
        fields = ["id", "code", "name", "type"]


class MarkedRegistration(serializers.ModelSerializer):
    """The registration that a mark belongs to."""

    class Meta:
        model = Registration
        fields = ["id", "student", "section"]


class MarkSerializer(serializers.ModelSerializer):
    """What one registration got in one assessment."""

    assessment = Ref(AssessmentName, view_permission="academic.view_assessment", cached=False)
    registration = Ref(MarkedRegistration, view_permission="academic.view_registration", cached=False)

    class Meta:
        model = Mark
        fields = [
            "id", "institution", "assessment", "registration", "state", "mark", "submitted_on", "is_banked",
            "created_at", "updated_at",
        ]  # fmt: skip
        read_only_fields = ["institution"]


class MarkChangeSerializer(MarkSerializer):
    """What may be changed of a mark: not whose it is."""

    assessment = Ref(AssessmentName, view_permission="academic.view_assessment", cached=False, read_only=True)
    registration = Ref(MarkedRegistration, view_permission="academic.view_registration", cached=False, read_only=True)


class MarkViewSet(ResourceViewSet):
    """Marks. A change names the version it builds on, so that of two people in one cell the second is told."""

    queryset = Mark.objects.all()
    serializer_class = MarkSerializer
    change_serializer_class = MarkChangeSerializer
    view_permission = "academic.view_mark"
    if_match_required = True
    filters = {
        "institution": ["exact"],
        "assessment": ["exact", "in"],
        "registration": ["exact", "in"],
        "state": ["exact", "in"],
        "is_banked": ["exact"],
        "mark": ["gte", "lt", "isnull"],
    }
    rules = {"create": rules.record_mark, "update": rules.change_mark}
