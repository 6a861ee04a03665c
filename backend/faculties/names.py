"""This file holds how rows of this app are named by the rows that point to them: id, code and name, nothing more."""

from rest_framework import serializers

from faculties.models import Department, Faculty, Institution

NAME_FIELDS = ["id", "code", "name"]


class InstitutionName(serializers.ModelSerializer):
    """An institution that something belongs to."""

    class Meta:
        model = Institution
        fields = NAME_FIELDS


class FacultyName(serializers.ModelSerializer):
    """A faculty that something belongs to."""

    class Meta:
        model = Faculty
        fields = NAME_FIELDS


class DepartmentName(serializers.ModelSerializer):
    """A department that something belongs to."""

    class Meta:
        model = Department
        fields = NAME_FIELDS
