"""This file holds the register of learners over HTTP: for whoever looks over the whole nation, and for nobody else."""

from typing import Any

from django.db.models import OuterRef, Subquery
from rest_framework import serializers
from rest_framework.response import Response

from core.actor import Actor
from core.audit.record import record
from core.errors import NotAllowed
from core.http.bodies import checked
from core.http.resource import ResourceViewSet, Verb
from core.http.views import ActingRequest, Endpoint
from core.tenancy.scope import reading
from students.registry import rules
from students.registry.models import DoubleEnrollment, Learner
from students.statuses.models import StudentStatus
from students.students.models import Student

VIEW = "students.view_learner"


class KnownAtSerializer(serializers.ModelSerializer):
    """A learner as one institution knows them."""

    code = serializers.CharField(source="institution.code")
    name = serializers.CharField(source="institution.name")
    since = serializers.DateField(help_text="Since when the status holds; null where that is not known.")

    class Meta:
        model = Student
        fields = ["id", "institution", "code", "name", "number", "entry_year", "status", "since"]


class LearnerSerializer(serializers.ModelSerializer):
    """A person whom more than one institution knows, or knew."""

    double_active = serializers.BooleanField(read_only=True, help_text="Whether they study at more than one now.")

    class Meta:
        model = Learner
        fields = ["id", "known_at", "active_at", "double_active", "created_at", "updated_at"]


class LearnerDetailSerializer(LearnerSerializer):
    """A learner with what each institution calls them."""

    students = serializers.SerializerMethodField(help_text="The learner's rows, the oldest first.")

    class Meta(LearnerSerializer.Meta):
        fields = [*LearnerSerializer.Meta.fields, "students"]

    def get_students(self, learner: Learner) -> Any:
        return KnownAtSerializer(students_of(self.context["actor"], learner.index), many=True).data


class LearnerViewSet(ResourceViewSet):
    """Learners: people whom more than one institution knows. Only to the nation."""

    queryset = Learner.objects.all()
    serializer_class = LearnerSerializer
    detail_serializer_class = LearnerDetailSerializer
    view_permission = VIEW
    field_permissions = {"students": VIEW}
    filters = {"double_active": ["exact"], "known_at": ["gte"], "active_at": ["gte"]}


class DoubleEnrollmentSerializer(serializers.ModelSerializer):
    """A time in which one person studied at more than one institution."""

    class Meta:
        model = DoubleEnrollment
        fields = ["id", "learner", "noticed_at", "ended_at", "acknowledged_at", "note", "created_at", "updated_at"]


class NoteSerializer(serializers.Serializer):
    """What was found."""

    note = serializers.CharField(max_length=500)


class DoubleEnrollmentViewSet(ResourceViewSet):
    """Double enrollments: the register's flags, open and past."""

    queryset = DoubleEnrollment.objects.all()
    serializer_class = DoubleEnrollmentSerializer
    view_permission = VIEW
    filters = {
        "learner": ["exact"],
        "noticed_at": ["gte", "lt"],
        "ended_at": ["isnull"],
        "acknowledged_at": ["isnull"],
    }
    orders = {"noticed_at": "noticed_at"}
    verbs = {"acknowledge": Verb(rules.acknowledge, NoteSerializer)}


class WantedSerializer(serializers.Serializer):
    """The national id of a person, however it is spaced."""

    national_id = serializers.CharField(max_length=30)


class FoundSerializer(serializers.Serializer):
    """Who it is: the learner where the register has one, and what each institution calls them."""

    learner = serializers.UUIDField(allow_null=True)
    students = KnownAtSerializer(many=True)


class LearnerSearch(Endpoint):
    """Find a person by national id in every institution. Each look is on the log, where that person sees it."""

    needs = {"post": VIEW}
    stores_answers = False
    serializer_class = WantedSerializer
    answer_serializer_class = FoundSerializer

    def post(self, request: ActingRequest) -> Response:
        wanted = checked(WantedSerializer(data=request.data))["national_id"]
        if not request.actor.reach(VIEW).nation:
            raise NotAllowed(VIEW)
        field: Any = Student._meta.get_field("national_id_index")
        index = field.digest(wanted, None)
        students = students_of(request.actor, index)
        looks: list[Student | None] = [*students] or [None]
        for student in looks:
            record(request.actor, "students.learner.sought", student)
        learner = Learner.objects.filter(index=index).first() if students else None
        found = FoundSerializer({"learner": learner and learner.pk, "students": students})
        return Response(found.data, headers={"Cache-Control": "no-store"})


def students_of(actor: Actor, index: Any) -> list[Student]:
    """The rows that have this digest; nothing has none."""
    if index is None:
        return []
    with reading(actor, VIEW):
        rows = Student.objects.visible_to(actor, VIEW).filter(national_id_index=index)
        steps = StudentStatus.objects.filter(institution=OuterRef("institution"), student=OuterRef("pk"))
        since = Subquery(steps.order_by("-starts_on", "-id").values("starts_on")[:1])
        return list(rows.annotate(since=since).select_related("institution").order_by("created_at", "id"))
