"""This file holds how a student is named by the rows that point to one."""

from rest_framework import serializers

from students.models import Student


class StudentName(serializers.ModelSerializer):
    """The student that something is about."""

    class Meta:
        model = Student
        fields = ["id", "number", "given_names", "family_name"]
