"""This file holds the timetables of lecturers and of cohorts over HTTP: the hours that meetings take of them."""

from rest_framework import serializers

from academic.names import OccurrenceName, ProgramVersionName
from academic.occurrences.models import OccurrenceCohort, OccurrenceLecturer
from core.http.resource import ResourceViewSet
from core.lists import Ref
from users.names import PersonName

VIEW = "academic.view_timetable_draft"
HOURS = {"starts_at": ["gte", "lt"], "ends_at": ["gt", "lte"], "is_waived": ["exact"]}
ORDERS = {"id": "id", "starts_at": "starts_at"}


class LecturerHourSerializer(serializers.ModelSerializer):
    """One time at which one person teaches."""

    occurrence = Ref(OccurrenceName, view_permission=VIEW, cached=False, read_only=True)
    account = Ref(PersonName, view_permission="users.view_user", cached=False, read_only=True)

    class Meta:
        model = OccurrenceLecturer
        fields = ["id", "institution", "occurrence", "account", "starts_at", "ends_at", "is_waived"]
        read_only_fields = fields


class LecturerHourViewSet(ResourceViewSet):
    """Timetables of lecturers: when each of them teaches. What made the hours changes them: meetings and teachings."""

    queryset = OccurrenceLecturer.objects.all()
    serializer_class = LecturerHourSerializer
    view_permission = VIEW
    filters = {
        "institution": ["exact"],
        "account": ["exact", "in"],
        "occurrence": ["exact"],
        "occurrence__section": ["exact", "in"],
        **HOURS,
    }
    orders = ORDERS


class CohortHourSerializer(serializers.ModelSerializer):
    """One time at which one cohort, or one group of it, is in class."""

    occurrence = Ref(OccurrenceName, view_permission=VIEW, cached=False, read_only=True)
    program_version = Ref(ProgramVersionName, view_permission="academic.view_program", cached=False, read_only=True)

    class Meta:
        model = OccurrenceCohort
        fields = [
            "id", "institution", "occurrence", "program_version", "year_of_study", "group", "starts_at", "ends_at",
            "is_waived",
        ]  # fmt: skip
        read_only_fields = fields


class CohortHourViewSet(ResourceViewSet):
    """Timetables of cohorts: when who is in one year of one version of a program is in class."""

    queryset = OccurrenceCohort.objects.all()
    serializer_class = CohortHourSerializer
    view_permission = VIEW
    filters = {
        "institution": ["exact"],
        "program_version": ["exact", "in"],
        "year_of_study": ["exact"],
        "group": ["exact", "isnull"],
        "occurrence": ["exact"],
        **HOURS,
    }
    orders = ORDERS
