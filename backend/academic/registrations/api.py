"""This file holds registrations and waitlists over HTTP."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.http.response import HttpResponseBase
from rest_framework import serializers
from rest_framework.response import Response

from academic.enrollments.models import Enrollment
from academic.names import SectionName
from academic.registrations import rules, waiting
from academic.registrations.checks import CHECKS
from academic.registrations.models import Registration
from academic.registrations.results import record_result
from academic.registrations.together import answered_together
from academic.registrations.verdicts import Verdict
from academic.registrations.warnings import tag_without_warnings, warned, warnings_on
from academic.sections.models import Section
from academic.waitlists.models import WaitlistEntry
from academic.waitlists.queries import with_positions
from academic.waitlists.rules import leave_waitlist, set_priority
from core.actor import Actor
from core.errors import Invalid, NotVisible, Problem, RuleBroken
from core.http.bodies import NoFields, checked
from core.http.resource import ResourceViewSet, Verb
from core.http.views import ActingRequest, Endpoint
from core.lists import Ref
from core.tenancy.scope import reaching, reading
from students.names import StudentName

MOST_ATTEMPTS = 2000
WARNINGS = "What stands against it and refuses nothing: ways that are too long, and a load below the least."


class EnrollmentOfRegistration(serializers.ModelSerializer):
    """The enrollment under which a student registers."""

    class Meta:
        model = Enrollment
        fields = ["id", "program_version", "status"]


class RegistrationSerializer(serializers.ModelSerializer):
    """One student in one section, with the result."""

    enrollment = Ref(EnrollmentOfRegistration, view_permission="academic.view_enrollment", cached=False)
    student = Ref(StudentName, view_permission="students.view_student", cached=False, read_only=True)
    section = Ref(SectionName, view_permission="academic.view_section", cached=False)

    class Meta:
        model = Registration
        fields = [
            "id", "institution", "enrollment", "student", "section", "status", "result", "result_mark",
            "registered_on", "withdrawn_on", "attempt", "credits_studied", "age_band", "requisites", "created_at",
            "updated_at",
        ]  # fmt: skip
        read_only_fields = [
            "institution", "status", "result", "result_mark", "withdrawn_on", "age_band", "requisites",
        ]  # fmt: skip


class WarnedRegistrationSerializer(RegistrationSerializer):
    """A registration that was made or left just now, with what its student is warned of."""

    warnings = serializers.SerializerMethodField(help_text=WARNINGS)

    class Meta(RegistrationSerializer.Meta):
        fields = [*RegistrationSerializer.Meta.fields, "warnings"]

    def get_warnings(self, registration: Registration) -> list[str]:
        return warnings_on(registration.institution_id, [registration])[registration.pk]


class WithdrawalSerializer(serializers.Serializer):
    """The day of a withdrawal."""

    withdrawn_on = serializers.DateField()


class ResultSerializer(serializers.ModelSerializer):
    """What came of a registration."""

    class Meta:
        model = Registration
        fields = ["result", "result_mark"]
        extra_kwargs = {"result": {"required": True}}


class PartsSerializer(serializers.Serializer):
    """The parts that are taken with a section."""

    parts = serializers.ListField(
        child=Ref(SectionName, view_permission="academic.view_section", cached=False),
        max_length=10,
        required=False,
        help_text="Where the section has parts: one of each kind.",
    )


class RegistrationSwapSerializer(PartsSerializer):
    """The section to be in instead, with parts of it."""

    section = Ref(SectionName, view_permission="academic.view_section", cached=False)


class RegistrationViewSet(ResourceViewSet):
    """Registrations: students in sections, and what came of it."""

    queryset = Registration.objects.all()
    serializer_class = RegistrationSerializer
    view_permission = "academic.view_registration"
    if_match_required = True  # it carries a result
    filters = {
        "institution": ["exact"],
        "student": ["exact", "in"],
        "enrollment": ["exact"],
        "section": ["exact", "in"],
        "status": ["exact"],
        "result": ["exact", "in"],
        "requisites": ["exact", "in"],
    }
    verbs = {
        "withdraw": Verb(rules.withdraw, WithdrawalSerializer),
        "reinstate": Verb(rules.reinstate, PartsSerializer),
        "swap": Verb(rules.swap, RegistrationSwapSerializer),
        "record-result": Verb(record_result, ResultSerializer),
        "recheck": Verb(rules.recheck),
    }
    rules = {"create": rules.register, "bulk_create": rules.register_several, "remove": rules.drop}

    def shown_by(self) -> type[serializers.Serializer]:
        """Who registers or leaves is warned; who only reads it learns nothing of what else the student takes."""
        warns = self.action == "create" or self.verb in ("withdraw", "reinstate", "swap")
        return WarnedRegistrationSerializer if warns else RegistrationSerializer

    def shown(self, row: Any, *, status: int = 200, headers: dict[str, str] | None = None) -> Response:
        response = super().shown(row, status=status, headers=headers)
        response.headers["ETag"] = tag_without_warnings(row, response.data)
        return response

    def in_one_transaction(self, request: ActingRequest, handler: Callable[..., HttpResponseBase]) -> HttpResponseBase:
        """The usual request to register, of which a rush is made, is answered together with others that wait."""
        answer = answered_together(self) if self.action == "create" else None
        if answer is None:
            return super().in_one_transaction(request, handler)
        if isinstance(answer, RuleBroken):
            raise answer
        return answer

    def act(self, request: ActingRequest, pk: UUID) -> Response:
        """A swap answers with the registration that came of it; the one it began with is gone."""
        if self.verb != "swap":
            return super().act(request, pk)
        with self.locked(pk) as row:
            fields = checked(RegistrationSwapSerializer(data=request.data, context=self.get_serializer_context()))
            return self.answered(self.rule(self.actor, row, **fields))


class ProblemSerializer(serializers.Serializer):
    """Why something is refused."""

    code = serializers.CharField()
    message = serializers.CharField()


class DropCheckSerializer(serializers.Serializer):
    """Whether a registration may be dropped, and what its student is warned of then."""

    passed = serializers.BooleanField()
    failed = ProblemSerializer(many=True)
    warnings = serializers.ListField(
        child=serializers.CharField(), help_text="A load below the least, and courses that rest on this one."
    )


class DropCheck(Endpoint):
    """What dropping this registration would answer at this moment; nothing is changed."""

    needs = {"post": rules.CHANGE}
    serializer_class = NoFields
    answer_serializer_class = DropCheckSerializer
    stores_answers = False

    def post(self, request: ActingRequest, pk: UUID) -> Response:
        checked(NoFields(data=request.data))
        with reading(request.actor, rules.CHANGE, Registration):
            registration = Registration.objects.visible_to(request.actor, rules.CHANGE).filter(pk=pk).first()
        if registration is None:
            raise NotVisible()
        place = registration.institution_id
        with reaching(place):
            failed, warnings = rules.check_drop(request.actor.within(place), registration)
        answer = {"passed": not failed, "failed": failed, "warnings": warnings}
        return Response(DropCheckSerializer(answer).data)


class WaitlistEntrySerializer(serializers.ModelSerializer):
    """One student who waits for a seat in one section."""

    enrollment = Ref(EnrollmentOfRegistration, view_permission="academic.view_enrollment", cached=False)
    student = Ref(StudentName, view_permission="students.view_student", cached=False, read_only=True)
    section = Ref(SectionName, view_permission="academic.view_section", cached=False)

    class Meta:
        model = WaitlistEntry
        fields = [
            "id", "institution", "enrollment", "student", "section", "priority", "priority_reason", "status",
            "offered_at", "expires_at", "created_at", "updated_at",
        ]  # fmt: skip
        read_only_fields = [
            "institution", "priority", "priority_reason", "status", "offered_at", "expires_at",
        ]  # fmt: skip


class WaitingSerializer(WaitlistEntrySerializer):
    """One entry with its place in the order, and the parts that are held with its offer."""

    position = serializers.IntegerField(
        read_only=True, allow_null=True, help_text="The place among those who wait, from 1; null for who waits no more."
    )

    parts = serializers.ListField(
        child=serializers.UUIDField(), read_only=True, help_text="The parts of which a seat is held with that offered."
    )

    class Meta(WaitlistEntrySerializer.Meta):
        fields = [*WaitlistEntrySerializer.Meta.fields, "position", "parts"]


class PrioritySerializer(serializers.ModelSerializer):
    """How far ahead somebody waits, and why."""

    reason = serializers.CharField(max_length=300, help_text="For the log and for who asks.")

    class Meta:
        model = WaitlistEntry
        fields = ["priority", "reason"]
        extra_kwargs = {"priority": {"required": True}}


class WaitlistEntryViewSet(ResourceViewSet):
    """Waitlists: who waits for a seat in which section, and to whom one is offered."""

    queryset = with_positions(WaitlistEntry.objects.filter(offered_with=None))
    serializer_class = WaitlistEntrySerializer
    detail_serializer_class = WaitingSerializer
    view_permission = "academic.view_waitlist"
    filters = {
        "institution": ["exact"],
        "student": ["exact", "in"],
        "section": ["exact", "in"],
        "status": ["exact", "in"],
        "priority": ["exact", "in"],
    }
    verbs = {
        "leave": Verb(leave_waitlist),
        "accept": Verb(waiting.accept_offer, PartsSerializer),
        "set-priority": Verb(set_priority, PrioritySerializer),
    }
    rules = {"create": waiting.join_waitlist, "bulk_create": waiting.join_several}


class CohortSerializer(serializers.Serializer):
    """Who is to be registered where: each of these students in each of these sections."""

    enrollments = serializers.ListField(child=serializers.UUIDField(), min_length=1, max_length=1000)
    sections = serializers.ListField(child=serializers.UUIDField(), min_length=1, max_length=50)


class CohortToRegisterSerializer(CohortSerializer):
    """Who is to be registered where, and what becomes of those for whom there is no seat."""

    waitlist = serializers.BooleanField(
        default=False, help_text="Whether those who fail by seats alone are put on the waitlist."
    )


class FailureSerializer(serializers.Serializer):
    """One check that failed."""

    check = serializers.ChoiceField(CHECKS)
    code = serializers.CharField()
    message = serializers.CharField()
    figures = serializers.DictField()
    remedy = serializers.CharField(help_text="What would satisfy it.")
    waived_by = serializers.CharField(allow_null=True, help_text="The permission to waive it; null where nobody may.")


class VerdictSerializer(serializers.Serializer):
    """The answer to one attempt: registered, or every check that failed in the order in which they are asked."""

    enrollment = serializers.UUIDField(source="attempt.enrollment_id")
    section = serializers.UUIDField(source="attempt.section_id")
    passed = serializers.BooleanField()
    registration = serializers.UUIDField(allow_null=True, help_text="Null where it failed, and in a dry run.")
    waitlisted = serializers.UUIDField(allow_null=True, help_text="The entry by which the student waits for a seat.")
    failed = FailureSerializer(many=True)
    warnings = serializers.ListField(child=serializers.CharField(), help_text=WARNINGS)


class RegistrationCheck(Endpoint):
    """What registering these students in these sections would answer at this moment; nothing is changed."""

    needs = {"post": rules.ADD}
    serializer_class = CohortSerializer
    answer_serializer_class = VerdictSerializer
    stores_answers = False

    def post(self, request: ActingRequest) -> Response:
        body = checked(self.serializer_class(data=request.data))
        enrollments, sections = asked(request, body)
        place = enrollments[0].institution_id
        with reaching(place):
            verdicts = self.judged(
                request.actor.within(place), enrollments, sections, waitlist=body.get("waitlist", False)
            )
            verdicts = warned(place, verdicts)
        return Response(VerdictSerializer(verdicts, many=True).data)

    def judged(
        self, actor: Actor, enrollments: list[Enrollment], sections: list[Section], waitlist: bool
    ) -> list[Verdict]:
        return rules.check_cohort(actor, enrollments, sections)


class CohortRegistration(RegistrationCheck):
    """Register each of many students in each of some sections; each attempt is answered, and one refused keeps no
    other from passing. With `waitlist`, who fails by seats alone waits for one.
    """

    serializer_class = CohortToRegisterSerializer
    stores_answers = True

    def judged(
        self, actor: Actor, enrollments: list[Enrollment], sections: list[Section], waitlist: bool
    ) -> list[Verdict]:
        answers: list[Verdict] = []
        register = waiting.register_or_wait if waitlist else rules.register_cohort
        register(actor, enrollments=enrollments, sections=sections, answers=answers)
        return answers


def asked(request: ActingRequest, body: dict[str, Any]) -> tuple[list[Enrollment], list[Section]]:
    """The enrollments and sections that a body names, all of one institution."""
    if len(body["enrollments"]) * len(body["sections"]) > MOST_ATTEMPTS:
        message = f"Ask for at most {MOST_ATTEMPTS} registrations at once: enrollments times sections."
        raise Invalid([Problem("too_many", message, "enrollments")])
    enrollments = named(request.actor, "enrollments", Enrollment, "academic.view_enrollment", body)
    sections = named(request.actor, "sections", Section, "academic.view_section", body)
    if len({row.institution_id for row in (*enrollments, *sections)}) > 1:
        raise Invalid([Problem("several_institutions", "Ask for registrations of one institution.", "sections")])
    return enrollments, sections


def named(actor: Actor, field: str, model: Any, permission: str, body: dict[str, Any]) -> list[Any]:
    """The rows that a field names, once each, in its order; one that is absent or out of reach is told by its place."""
    keys = list(dict.fromkeys(body[field]))
    with reading(actor, permission, model):
        rows = model.objects.visible_to(actor, permission)
        found = (rows.select_related("student") if model is Enrollment else rows).in_bulk(keys)
    words = "There is no such row, or none that you may see."
    if problems := [
        Problem("does_not_exist", words, f"{field}/{position}")
        for position, key in enumerate(body[field])
        if key not in found
    ]:
        raise Invalid(problems)
    return [found[key] for key in keys]
