"""This file holds the comparator: the same list as a Django REST framework tutorial would have it.

A ModelSerializer over select_related, DRF's own renderer, and the caller's session, account and grants read for each
request. It gives the same bytes, under the same row security. Columns that are not shown are not read, which a
tutorial would not bother about: it makes the comparison harder for us.
"""

from typing import Any

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest
from django.urls import path

settings.ROOT_URLCONF = __name__
application = get_wsgi_application()

from rest_framework import generics, serializers  # noqa: E402
from rest_framework.permissions import BasePermission  # noqa: E402
from rest_framework.renderers import JSONRenderer  # noqa: E402
from rest_framework.response import Response  # noqa: E402

from core.actor import Actor  # noqa: E402 (models need Django)
from core.audit.origin import origin  # noqa: E402
from core.lists.cursors import NEXT, PREVIOUS, read_cursor, write_cursor  # noqa: E402
from core.tenancy.scope import reaching  # noqa: E402
from faculties.models import Department  # noqa: E402
from instauth.sessions.authentication import TokenAuthentication  # noqa: E402
from students.models import Student  # noqa: E402

PERMISSION = "students.view_student"
SUBJECT = "students.Student id"


class DepartmentSerializer(serializers.ModelSerializer):
    class Meta:
        model = Department
        fields = ["id", "code", "name"]


class StudentSerializer(serializers.ModelSerializer):
    department = DepartmentSerializer()

    class Meta:
        model = Student
        fields = [
            "id", "institution", "number", "given_names", "family_name", "sex", "birth_year", "region", "nationality",
            "prior_education", "entry_year", "status", "department", "email", "created_at", "updated_at",
        ]  # fmt: skip


class FreshAuthentication(TokenAuthentication):
    """Asks the database who somebody is, each time."""

    def authenticate(self, request: HttpRequest) -> tuple[Any, None]:
        _, _, token = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
        return self.prove(token), None


class MayView(BasePermission):
    def has_permission(self, request: Any, view: Any) -> bool:
        return request.user.actor.may(PERMISSION)


class StudentList(generics.ListAPIView):
    authentication_classes = [FreshAuthentication]
    permission_classes = [MayView]
    renderer_classes = [JSONRenderer]
    queryset = (
        Student.objects.select_related("department")
        .defer("national_id", "national_id_index", "date_of_birth", "phone", "address", "search_text")
        .order_by("id")
    )
    serializer_class = StudentSerializer

    def get(self, request: Any) -> Response:
        actor: Actor = request.user.actor
        with reaching(*actor.institutions):
            students: Any = self.get_queryset()
            rows, meta = self.page(students.visible_to(actor, PERMISSION), request.query_params)
            data = self.get_serializer(rows, many=True).data
        return Response({"status": "success", "data": data, "meta": meta, "errors": []})

    def page(self, students: Any, asked: Any) -> tuple[list[Student], dict[str, Any]]:
        limit, way = int(asked.get("limit", 50)), None
        if "status" in asked:
            students = students.filter(status=asked["status"])
        if "cursor" in asked:
            way, (key,) = read_cursor(SUBJECT, asked["cursor"])
            students = students.filter(id__gt=key)
        rows = list(students[: limit + 1])
        shown = rows[:limit]
        return shown, {
            "request_id": origin.get().request_id,
            "next": write_cursor(SUBJECT, NEXT, [str(shown[-1].pk)]) if len(rows) > limit else None,
            "previous": write_cursor(SUBJECT, PREVIOUS, [str(shown[0].pk)]) if way and shown else None,
            "limit": limit,
        }


urlpatterns = [path("api/v1/students/", StudentList.as_view())]
