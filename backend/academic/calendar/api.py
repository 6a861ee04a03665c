"""This file holds terms, their weeks, exceptions, holidays and windows over HTTP."""

from uuid import UUID

from rest_framework import serializers
from rest_framework.response import Response

from academic.calendar import rules
from academic.calendar.dividing import MOST_PARTS, MOST_WEEKS, STRUCTURES, divide_year
from academic.calendar.models import Holiday, Term, TermException, Window
from academic.calendar.weeks import weeks_of
from academic.names import ProgramName, SectionName, TermName
from academic.programs.models import Program
from core.errors import Invalid, NotVisible, Problem
from core.http.parameters import asked_id
from core.http.resource import ResourceViewSet, Verb
from core.http.views import ActingRequest, Endpoint
from core.lists import Ref
from core.tenancy.scope import reading

VIEW = "academic.view_term"


class TermSerializer(serializers.ModelSerializer):
    """One year, term or part of a term."""

    parent = Ref(  # type: ignore[assignment]  # DRF has another meaning for the name, on serializers only
        TermName, view_permission=VIEW, required=False, allow_null=True
    )

    class Meta:
        model = Term
        fields = [
            "id", "institution", "kind", "parent", "track", "code", "name", "academic_year", "starts_on", "ends_on",
            "census_on", "created_at", "updated_at",
        ]  # fmt: skip
        read_only_fields = ["institution"]


class TermChangeSerializer(TermSerializer):
    """What may be changed of a term: not its kind."""

    class Meta(TermSerializer.Meta):
        read_only_fields = ["institution", "kind"]


class DivisionSerializer(serializers.Serializer):
    """The structure of a year. What is left out is usual for it."""

    structure = serializers.ChoiceField(choices=list(STRUCTURES))
    parts = serializers.IntegerField(
        min_value=1, max_value=MOST_PARTS, required=False, help_text="How many blocks; of block_release only."
    )
    weeks = serializers.IntegerField(
        min_value=1, max_value=MOST_WEEKS, required=False, help_text="Teaching weeks of each term."
    )
    gap_weeks = serializers.IntegerField(
        min_value=0, max_value=MOST_WEEKS, required=False, help_text="Weeks between two terms."
    )
    census_week = serializers.IntegerField(
        min_value=1, max_value=MOST_WEEKS, required=False, help_text="The teaching week that begins with the census."
    )


class TermViewSet(ResourceViewSet):
    """The calendar: years, the terms in which courses are taught, and parts of terms."""

    queryset = Term.objects.all()
    serializer_class = TermSerializer
    change_serializer_class = TermChangeSerializer
    view_permission = VIEW
    filters = {
        "institution": ["exact"],
        "kind": ["exact", "in"],
        "parent": ["exact", "in"],
        "track": ["exact", "in"],
        "code": ["exact", "in"],
        "academic_year": ["exact", "in", "gte", "lt"],
        "starts_on": ["gte", "lt"],
    }
    orders = {"id": "id", "starts_on": "starts_on"}
    verbs = {"divide": Verb(divide_year, DivisionSerializer)}
    rules = {"create": rules.add_term, "update": rules.change_term}


class WeekSerializer(serializers.Serializer):
    """One week of a term."""

    number = serializers.IntegerField(allow_null=True, help_text="Of teaching weeks, from 1; null in a break.")
    starts_on = serializers.DateField(help_text="Its Monday.")
    ends_on = serializers.DateField(help_text="Its Sunday.")
    holidays = serializers.ListField(child=serializers.CharField(), help_text="Their names.")


class TermWeeks(Endpoint):
    """The weeks of a term: numbers of teaching weeks, and holidays."""

    needs = {"get": VIEW}
    serializer_class = None
    answer_serializer_class = WeekSerializer(many=True)
    parameters = {"program": "The id of a program, for the days of its exception."}

    def get(self, request: ActingRequest, pk: UUID) -> Response:
        program = asked_id(request, "program")
        with reading(request.actor, VIEW, Term):
            term = Term.objects.visible_to(request.actor, VIEW).filter(pk=pk).first()
            if term is None:
                raise NotVisible()
            if program and not Program.objects.filter(institution=term.institution_id, pk=program).exists():
                words = "There is no such program at the institution of this term."
                raise Invalid([Problem("does_not_exist", words, "program")])
            weeks = weeks_of(term, program)
        told = [
            {
                "number": week.number,
                "starts_on": week.starts_on,
                "ends_on": week.ends_on,
                "holidays": [one.name for one in week.holidays],
            }
            for week in weeks
        ]
        return Response(told)


class TermExceptionSerializer(serializers.ModelSerializer):
    """The days of a term for one program. Without `census_on` the term's counts, if it lies in these days."""

    term = Ref(TermName, view_permission=VIEW)
    program = Ref(ProgramName, view_permission="academic.view_program")

    class Meta:
        model = TermException
        fields = [
            "id", "institution", "term", "program", "starts_on", "ends_on", "census_on", "reason",
            "created_at", "updated_at",
        ]  # fmt: skip
        read_only_fields = ["institution"]


class TermExceptionChangeSerializer(TermExceptionSerializer):
    """What may be changed of an exception: not its term and program."""

    term = Ref(TermName, view_permission=VIEW, read_only=True)
    program = Ref(ProgramName, view_permission="academic.view_program", read_only=True)


class TermExceptionViewSet(ResourceViewSet):
    """Other days of a term for one program."""

    queryset = TermException.objects.all()
    serializer_class = TermExceptionSerializer
    change_serializer_class = TermExceptionChangeSerializer
    view_permission = VIEW
    filters = {"institution": ["exact"], "term": ["exact", "in"], "program": ["exact", "in"]}
    rules = {"create": rules.add_exception, "update": rules.change_exception, "remove": rules.remove_exception}


class HolidaySerializer(serializers.ModelSerializer):
    """Days without teaching; in a break that `is_exams`, single events such as exams take place."""

    class Meta:
        model = Holiday
        fields = [
            "id", "institution", "name", "starts_on", "ends_on", "is_break", "is_exams", "is_canceled",
            "created_at", "updated_at",
        ]  # fmt: skip
        read_only_fields = ["institution", "is_canceled"]


class HolidayViewSet(ResourceViewSet):
    """Holidays, breaks and exam periods of an institution."""

    queryset = Holiday.objects.all()
    serializer_class = HolidaySerializer
    view_permission = VIEW
    filters = {
        "institution": ["exact"],
        "starts_on": ["gte", "lt"],
        "is_break": ["exact"],
        "is_exams": ["exact"],
        "is_canceled": ["exact"],
    }
    orders = {"id": "id", "starts_on": "starts_on"}
    verbs = {"cancel": Verb(rules.cancel_holiday)}
    rules = {"create": rules.add_holiday, "update": rules.change_holiday}


class WindowSerializer(serializers.ModelSerializer):
    """When something may be done."""

    term = Ref(TermName, view_permission=VIEW)
    program = Ref(ProgramName, view_permission="academic.view_program", required=False, allow_null=True)
    section = Ref(SectionName, view_permission="academic.view_section", required=False, allow_null=True)

    class Meta:
        model = Window
        fields = [
            "id", "institution", "term", "program", "section", "kind", "opens_at", "closes_at", "opens_after",
            "closes_after", "created_at", "updated_at",
        ]  # fmt: skip
        read_only_fields = ["institution"]
        validators: list = []  # the model's own say it better


class WindowChangeSerializer(WindowSerializer):
    """What may be changed of a window: when it opens and closes."""

    term = Ref(TermName, view_permission=VIEW, read_only=True)
    program = Ref(ProgramName, view_permission="academic.view_program", read_only=True)
    section = Ref(SectionName, view_permission="academic.view_section", read_only=True)

    class Meta(WindowSerializer.Meta):
        read_only_fields = ["institution", "kind"]


class WindowViewSet(ResourceViewSet):
    """Windows: when students register, add, drop and withdraw, and when results are told. Where there is one of
    `re_registration`, it is for whoever was registered here in an earlier term, and that of `register` for who is new.
    """

    queryset = Window.objects.select_related("section__course", "section__term")
    serializer_class = WindowSerializer
    change_serializer_class = WindowChangeSerializer
    view_permission = VIEW
    filters = {
        "institution": ["exact"],
        "term": ["exact", "in"],
        "program": ["exact", "in", "isnull"],
        "section": ["exact", "in", "isnull"],
        "kind": ["exact", "in"],
    }
    rules = {"create": rules.add_window, "update": rules.change_window, "remove": rules.remove_window}
