"""This file holds /students/statuses/ over HTTP."""

from rest_framework import serializers

from core.http.resource import ResourceViewSet
from core.lists import Ref
from students.names import StudentName
from students.statuses.models import StudentStatus


class StudentStatusSerializer(serializers.ModelSerializer):
    """One step in the history of a student."""

    student = Ref(StudentName, view_permission="students.view_student", cached=False)

    class Meta:
        model = StudentStatus
        fields = ["id", "institution", "student", "status", "starts_on", "reason", "note", "created_at"]


class StudentStatusViewSet(ResourceViewSet):
    """The history of students. It is written by changing a status."""

    queryset = StudentStatus.objects.all()
    serializer_class = StudentStatusSerializer
    view_permission = "students.view_student"
    filters = {
        "institution": ["exact"],
        "student": ["exact", "in"],
        "status": ["exact", "in"],
        "starts_on": ["gte", "lt"],
        "reason": ["exact", "in"],
    }
