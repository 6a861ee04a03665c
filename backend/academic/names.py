"""This file holds how rows of this app are named by the rows that point to them: id, code and name, nothing more."""

from rest_framework import serializers

from academic.models import (
    Course,
    CourseGroup,
    Enrollment,
    Meeting,
    Occurrence,
    Program,
    ProgramVersion,
    Section,
    Term,
    TransferredCredit,
)


class TermName(serializers.ModelSerializer):
    """The term of a section."""

    class Meta:
        model = Term
        fields = ["id", "code", "name", "academic_year"]


class ProgramName(serializers.ModelSerializer):
    """The program that something belongs to."""

    class Meta:
        model = Program
        fields = ["id", "code", "name", "level"]


class ProgramVersionName(serializers.ModelSerializer):
    """The version of a program that a student is enrolled in."""

    program = ProgramName()

    class Meta:
        model = ProgramVersion
        fields = ["id", "program", "catalog_year"]


class CourseName(serializers.ModelSerializer):
    """The course that something is about."""

    class Meta:
        model = Course
        fields = ["id", "code", "title", "credits"]


class CourseGroupName(serializers.ModelSerializer):
    """The group of a program version that a course stands in."""

    class Meta:
        model = CourseGroup
        fields = ["id", "name"]


class SectionName(serializers.ModelSerializer):
    """The section that something happens in."""

    course = CourseName()
    term = TermName()

    class Meta:
        model = Section
        fields = ["id", "course", "term", "code"]


class MeetingName(serializers.ModelSerializer):
    """The meeting that something happens in."""

    section = SectionName()

    class Meta:
        model = Meeting
        fields = ["id", "section", "kind"]


class OccurrenceName(serializers.ModelSerializer):
    """The time and place at which somebody is needed."""

    section = SectionName()

    class Meta:
        model = Occurrence
        fields = ["id", "section", "room", "starts_at", "ends_at"]


class EnrollmentName(serializers.ModelSerializer):
    """The enrollment that something belongs to."""

    class Meta:
        model = Enrollment
        fields = ["id", "student", "status"]


class TransferredCreditName(serializers.ModelSerializer):
    """The credit from elsewhere that something recognizes."""

    class Meta:
        model = TransferredCredit
        fields = ["id", "code", "title", "credits"]
