"""This file holds how a student is named by the rows that point to one."""

from rest_framework import serializers

from students.models import Award, Employer, Placement, Scholarship, Sponsor, Student


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


class SponsorName(serializers.ModelSerializer):
    """Who pays for a scholarship."""

    class Meta:
        model = Sponsor
        fields = ["id", "name"]


class ScholarshipName(serializers.ModelSerializer):
    """The scholarship that somebody was awarded."""

    class Meta:
        model = Scholarship
        fields = ["id", "sponsor", "title", "currency"]


class AwardName(serializers.ModelSerializer):
    """The award that a tranche is part of."""

    class Meta:
        model = Award
        fields = ["id", "student", "scholarship", "amount", "currency", "status"]
