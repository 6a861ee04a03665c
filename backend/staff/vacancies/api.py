"""This file holds /staff/vacancies/ and /staff/applications/ over HTTP."""

from rest_framework import serializers

from core.http.resource import ResourceViewSet, Verb
from core.lists import Ref
from faculties.names import DepartmentName
from staff.identity import IDENTITY, NEEDED, ShowsIdentity, TakesIdentity
from staff.names import MemberName, VacancyName
from staff.vacancies import rules
from staff.vacancies.models import Application, State, Vacancy


class VacancySerializer(serializers.ModelSerializer):
    """One post that is to be filled."""

    department = Ref(DepartmentName, view_permission="faculties.view_department")

    class Meta:
        model = Vacancy
        fields = [
            "id", "institution", "department", "title", "kind", "activity", "fte", "opens_on", "closes_on", "stage",
            "created_at", "updated_at",
        ]  # fmt: skip
        read_only_fields = ["institution", "stage"]


class VacancyChangeSerializer(VacancySerializer):
    """What may be changed of a vacancy: not whose it is."""

    department = Ref(DepartmentName, view_permission="faculties.view_department", read_only=True)


class VacancyViewSet(ResourceViewSet):
    """Vacancies: posts that are to be filled."""

    queryset = Vacancy.objects.all()
    serializer_class = VacancySerializer
    change_serializer_class = VacancyChangeSerializer
    view_permission = "staff.view_vacancy"
    filters = {
        "institution": ["exact"],
        "department": ["exact", "in"],
        "activity": ["exact", "in"],
        "stage": ["exact", "in"],
        "opens_on": ["gte", "lt"],
        "closes_on": ["gte", "lt"],
    }
    orders = {"id": "id", "closes_on": "closes_on"}
    verbs = {"advance": Verb(rules.advance), "close": Verb(rules.close_vacancy)}
    rules = {"create": rules.open_vacancy, "update": rules.change_vacancy}


class ApplicationSerializer(TakesIdentity, serializers.ModelSerializer):
    """One application as entered and listed. What identifies beyond the name is taken, and not shown."""

    vacancy = Ref(VacancyName, view_permission="staff.view_vacancy")
    member = Ref(MemberName, view_permission="staff.view_member", read_only=True)

    class Meta:
        model = Application
        fields = [
            "id", "institution", "vacancy", "title", "given_names", "family_name", "sex", "nationality", "email",
            "applied_on", "state", "member", "created_at", "updated_at", *IDENTITY,
        ]  # fmt: skip
        read_only_fields = ["institution", "state"]


class ApplicationDetailSerializer(ShowsIdentity, ApplicationSerializer):
    """One application in full: what identifies is there for those who may see it."""


class ApplicationChangeSerializer(ApplicationSerializer):
    """What may be corrected of an application: not what for, nor when."""

    vacancy = Ref(VacancyName, view_permission="staff.view_vacancy", read_only=True)

    class Meta(ApplicationSerializer.Meta):
        read_only_fields = ["institution", "state", "applied_on"]


class MoveSerializer(serializers.Serializer):
    """The state that an application takes; appointed is a verb of its own."""

    state = serializers.ChoiceField([choice for choice in State.choices if choice[0] != State.APPOINTED])


class AppointingSerializer(serializers.Serializer):
    """The days of the contract, and who the applicant is: a new number, or a member of staff who is here already."""

    starts_on = serializers.DateField()
    ends_on = serializers.DateField(required=False, allow_null=True)
    number = serializers.CharField(max_length=30, required=False)
    member = Ref(MemberName, view_permission="staff.view_member", required=False)


class ApplicationViewSet(ResourceViewSet):
    """Applications: who applies for which vacancy, and how far that came."""

    queryset = Application.objects.all()
    serializer_class = ApplicationSerializer
    detail_serializer_class = ApplicationDetailSerializer
    change_serializer_class = ApplicationChangeSerializer
    field_permissions = NEEDED
    view_permission = "staff.view_application"
    filters = {
        "institution": ["exact"],
        "vacancy": ["exact", "in"],
        "state": ["exact", "in"],
        "sex": ["exact"],
        "applied_on": ["gte", "lt"],
    }
    search_fields = ["search_text"]
    orders = {"id": "id", "applied_on": "applied_on"}
    verbs = {
        "move": Verb(rules.move_application, MoveSerializer),
        "appoint": Verb(rules.appoint_applicant, AppointingSerializer),
    }
    rules = {"create": rules.enter_application, "update": rules.change_application}
