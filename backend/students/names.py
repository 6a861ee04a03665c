"""This file holds how a student is named by the rows that point to one."""

from rest_framework import serializers

from students.models import Employer, Placement, Student


class StudentName(serializers.ModelSerializer):
    """The student that something is about."""

    class Meta:
        model = Student
        fields = ["id", "number", "given_names", "family_name"]


class EmployerName(serializers.ModelSerializer):
    """The employer where somebody is placed."""

    class Meta:
        model = Employer
        fields = ["id", "name", "sector"]


class PlacementName(serializers.ModelSerializer):
    """The placement that a visit or a week belongs to."""

    class Meta:
        model = Placement
        fields = ["id", "student", "employer", "starts_on", "ends_on"]
