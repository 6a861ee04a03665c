"""This file holds /students/employers/ over HTTP."""

from rest_framework import serializers

from core.http.resource import ResourceViewSet
from students.employers import rules
from students.employers.models import Employer


class EmployerSerializer(serializers.ModelSerializer):
    """One employer, and how its office is reached."""

    class Meta:
        model = Employer
        fields = [
            "id", "institution", "name", "sector", "address", "email", "phone", "created_at", "updated_at",
        ]  # fmt: skip
        read_only_fields = ["institution"]


class EmployerViewSet(ResourceViewSet):
    """Employers: where students learn at work."""

    queryset = Employer.objects.all()
    serializer_class = EmployerSerializer
    view_permission = "students.view_employer"
    filters = {"institution": ["exact"], "sector": ["exact", "in"]}
    search_fields = ["search_text"]
    orders = {"id": "id", "name": "search_text"}
    rules = {"create": rules.add_employer, "update": rules.change_employer}
