"""This file holds attendance over HTTP: registers, who was there, rates, and the registers that are missing."""

from typing import Any

from django.db.models import Exists, F, OuterRef
from django.db.models.functions import Now
from rest_framework import serializers
from rest_framework.response import Response

from academic.attendance import rules
from academic.attendance.models import Attendance, AttendancePolicy, AttendanceRegister
from academic.attendance.queries import DEFINITION, least_percent_at, percent, rates_of, shown
from academic.names import OccurrenceName, SectionName
from academic.occurrences.models import Occurrence
from academic.registrations.models import Registration
from core.errors import Invalid, Problem
from core.http.parameters import asked_id, asked_whether
from core.http.resource import ResourceViewSet, Verb
from core.http.views import ActingRequest, Endpoint
from core.lists import Ref
from core.tenancy.scope import reading
from students.names import StudentName

VIEW = "academic.view_attendance"
MOST_MARKS, MOST_RATES = 1000, 5000


class RegisterSerializer(serializers.ModelSerializer):
    """The register of one class."""

    occurrence = Ref(OccurrenceName, view_permission="academic.view_section", cached=False)

    class Meta:
        model = AttendanceRegister
        fields = [
            "id", "institution", "occurrence", "status", "closed_at", "reopened_because", "created_at", "updated_at",
        ]  # fmt: skip
        read_only_fields = ["institution"]


class AttendanceMarkSerializer(serializers.Serializer):
    """Whether one student was there, and why not where that is excused."""

    registration = serializers.UUIDField()
    status = serializers.ChoiceField(Attendance.Status.choices)
    reason = serializers.CharField(max_length=300, required=False, allow_blank=True)


class AttendanceMarksSerializer(serializers.Serializer):
    """Students of a register; who is not named stays as they are."""

    marks = serializers.ListField(child=AttendanceMarkSerializer(), min_length=1, max_length=MOST_MARKS)


class CloseSerializer(serializers.Serializer):
    """What those were of whom nothing is stated."""

    others = serializers.ChoiceField(["present", "absent"], required=False)


class ReopenSerializer(serializers.Serializer):
    """Why a register that counts is changed."""

    reason = serializers.CharField(max_length=300)


class RegisterViewSet(ResourceViewSet):
    """Registers of attendance: one for each class that was held."""

    queryset = AttendanceRegister.objects.all()
    serializer_class = RegisterSerializer
    view_permission = VIEW
    if_match_required = True  # two who take it at once don't undo each other
    filters = {
        "institution": ["exact"],
        "occurrence": ["exact", "in"],
        "occurrence__section": ["exact", "in"],
        "status": ["exact"],
    }
    verbs = {
        "mark": Verb(rules.mark, AttendanceMarksSerializer),
        "close": Verb(rules.close_register, CloseSerializer),
        "reopen": Verb(rules.reopen_register, ReopenSerializer),
    }
    rules = {"create": rules.open_register}


class AttendanceSerializer(serializers.ModelSerializer):
    """Whether one student was in one class; a status that is blank is not stated."""

    student = Ref(StudentName, view_permission="students.view_student", cached=False, read_only=True)

    class Meta:
        model = Attendance
        fields = ["id", "institution", "register", "registration", "student", "status", "updated_at"]
        read_only_fields = fields


class AttendanceDetailSerializer(AttendanceSerializer):
    """It alone, with the reason for those who may know it."""

    reason = serializers.CharField(read_only=True, allow_null=True)

    class Meta(AttendanceSerializer.Meta):
        fields = [*AttendanceSerializer.Meta.fields, "reason"]
        read_only_fields = fields


class AttendanceViewSet(ResourceViewSet):
    """Who was in class. It is written through the register."""

    queryset = Attendance.objects.all()
    serializer_class = AttendanceSerializer
    detail_serializer_class = AttendanceDetailSerializer
    view_permission = VIEW
    field_permissions = {"reason": "academic.view_absence_reason"}
    filters = {
        "institution": ["exact"],
        "register": ["exact", "in"],
        "registration": ["exact", "in"],
        "student": ["exact", "in"],
        "status": ["exact", "in"],
    }


class MissingRegisterSerializer(serializers.ModelSerializer):
    """A class that was held and whose register is not closed."""

    section = Ref(SectionName, view_permission="academic.view_section", cached=False, read_only=True)

    class Meta:
        model = Occurrence
        fields = ["id", "institution", "section", "meeting", "starts_at", "ends_at", "room"]
        read_only_fields = fields


class MissingRegisterViewSet(ResourceViewSet):
    """Classes that are over, and whose register nobody closed."""

    queryset = Occurrence.objects.filter(
        ~Exists(AttendanceRegister.objects.filter(occurrence=OuterRef("pk"), status=AttendanceRegister.Status.CLOSED)),
        status=Occurrence.Status.SCHEDULED,
        ends_at__lt=Now(),
    )
    serializer_class = MissingRegisterSerializer
    view_permission = VIEW
    filters = {
        "institution": ["exact"],
        "section": ["exact", "in"],
        "section__term": ["exact"],
        "section__course__program__department": ["exact", "in"],
        "occurrencelecturers__account": ["exact"],
        "starts_at": ["gte", "lt"],
    }
    orders = {"id": "id", "starts_at": "starts_at"}


class AttendancePolicySerializer(serializers.ModelSerializer):
    """How much of the classes students are to attend."""

    class Meta:
        model = AttendancePolicy
        fields = ["id", "institution", "least_percent", "created_at", "updated_at"]
        read_only_fields = ["institution"]


class AttendancePolicyViewSet(ResourceViewSet):
    """How much of the classes students are to attend: 75 percent where an institution says nothing."""

    queryset = AttendancePolicy.objects.all()
    serializer_class = AttendancePolicySerializer
    view_permission = VIEW
    filters = {"institution": ["exact"]}
    rules = {"create": rules.set_policy, "update": rules.change_policy}


class RateSerializer(serializers.Serializer):
    """How often one student was in the classes of one section."""

    registration = serializers.UUIDField()
    student = serializers.UUIDField()
    section = serializers.UUIDField()
    present = serializers.IntegerField()
    late = serializers.IntegerField()
    absent = serializers.IntegerField()
    excused = serializers.IntegerField()
    counted = serializers.IntegerField(help_text="The denominator: present, late and absent.")
    percent = serializers.DecimalField(max_digits=4, decimal_places=1, allow_null=True)


class RatesSerializer(serializers.Serializer):
    """The rates of students, of all of them together, and what they say."""

    definition = serializers.CharField()
    least_percent = serializers.IntegerField(allow_null=True, help_text="What the institution asks for.")
    percent = serializers.DecimalField(max_digits=4, decimal_places=1, allow_null=True, help_text="Of all together.")
    rates = RateSerializer(many=True)


class AttendanceRates(Endpoint):
    """How much of their classes students attended: of a section, a student, or a term; maybe those alone who attended
    less than they are to.
    """

    needs = {"get": VIEW}
    serializer_class = RatesSerializer
    parameters = {
        "section": "The id of a section.",
        "student": "The id of a student.",
        "term": "The id of a term.",
        "below": "Give true for those alone who attended less than the institution asks for.",
    }

    def get(self, request: ActingRequest) -> Response:
        given = {name: asked_id(request, name) for name in ("section", "student", "term")}
        asked = {name: key for name, key in given.items() if key is not None}
        if not asked:
            raise Invalid([Problem("required", "Name a section, a student or a term.", "section")])
        is_short = asked_whether(request, "below")
        paths = {"section": "section", "student": "student", "term": "section__term"}
        with reading(request.actor, VIEW, Registration):
            visible = Registration.objects.visible_to(request.actor, VIEW)
            rows = rates_of(visible.filter(**{paths[name]: key for name, key in asked.items()})).order_by("pk")
            place = rows.values_list("institution", flat=True).first()
            least = least_percent_at(place) if place else None
            if is_short:
                rows = rows.alias(short_of=F("times_counted") * (least or 0) - F("times_there") * 100)
                rows = rows.filter(short_of__gt=0)
            found: list[Any] = list(rows[: MOST_RATES + 1])
        if len(found) > MOST_RATES:
            raise Invalid([Problem("too_many", f"These are more than {MOST_RATES}: name a section too.", "section")])
        answer = {
            "definition": DEFINITION,
            "least_percent": least,
            "percent": percent(sum(row.times_there for row in found), sum(row.times_counted for row in found)),
            "rates": [shown(row) for row in found],
        }
        return Response(RatesSerializer(answer).data)
