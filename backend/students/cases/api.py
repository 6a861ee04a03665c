"""This file holds /students/cases/ and /students/case-notes/ over HTTP."""

from rest_framework import serializers

from core.http.resource import ResourceViewSet, Verb
from core.lists import Ref
from students.cases import rules
from students.cases.models import Case, CaseMember, CaseNote
from students.names import StudentName
from users.names import PersonName

VIEW, TEXT = rules.VIEW, "students.view_case_text"
LONGEST = {"summary": 4000, "text": 10_000}


class CaseSerializer(serializers.ModelSerializer):
    """One case, without what was written down in it."""

    student = Ref(StudentName, view_permission="students.view_student", cached=False)
    owner = Ref(PersonName, view_permission="users.view_user", cached=False, read_only=True)
    summary = serializers.CharField(max_length=LONGEST["summary"], write_only=True, required=False, allow_null=True)

    class Meta:
        model = Case
        fields = [
            "id", "institution", "student", "kind", "opened_on", "closed_on", "status", "summary", "owner",
            "created_at", "updated_at",
        ]  # fmt: skip
        read_only_fields = ["institution", "closed_on", "status"]


class CaseChangeSerializer(CaseSerializer):
    """What may be changed of a case: not whose it is."""

    student = Ref(StudentName, view_permission="students.view_student", cached=False, read_only=True)

    class Meta(CaseSerializer.Meta):
        read_only_fields = [*CaseSerializer.Meta.read_only_fields, "opened_on"]


class CaseMemberSerializer(serializers.ModelSerializer):
    """Somebody besides the owner who sees a case."""

    account = PersonName(read_only=True)

    class Meta:
        model = CaseMember
        fields = ["account", "created_at"]


class CaseDetailSerializer(CaseSerializer):
    """One case in full, with who else sees it."""

    summary = serializers.CharField(max_length=LONGEST["summary"], required=False, allow_null=True)
    members = CaseMemberSerializer(source="memberships", many=True, read_only=True)

    class Meta(CaseSerializer.Meta):
        fields = [*CaseSerializer.Meta.fields, "members"]


class TextSerializer(serializers.Serializer):
    """What is written down."""

    text = serializers.CharField(max_length=LONGEST["text"])


class OwnerSerializer(serializers.Serializer):
    """Who owns a case from now on."""

    owner = Ref(PersonName, view_permission="users.view_user", cached=False)


class AccountSerializer(serializers.Serializer):
    """Who is let into a case, or out of it."""

    account = Ref(PersonName, view_permission="users.view_user", cached=False)


class CaseViewSet(ResourceViewSet):
    """Cases of support and wellbeing. Everybody sees those that they own or were let into, and nobody sees others."""

    queryset = Case.objects.prefetch_related("memberships__account")
    serializer_class = CaseSerializer
    detail_serializer_class = CaseDetailSerializer
    change_serializer_class = CaseChangeSerializer
    field_permissions = {"summary": TEXT}
    view_permission = VIEW
    hidden_from_support = True
    filters = {
        "institution": ["exact"],
        "student": ["exact"],
        "kind": ["exact", "in"],
        "status": ["exact", "in"],
        "owner": ["exact"],
        "opened_on": ["gte", "lt"],
    }
    verbs = {
        "note": Verb(rules.note_in_case, TextSerializer),
        "wait": Verb(rules.await_others),
        "resume": Verb(rules.resume_case),
        "close": Verb(rules.close_case),
        "reopen": Verb(rules.reopen_case),
        "hand-over": Verb(rules.hand_over, OwnerSerializer),
        "add-member": Verb(rules.add_member, AccountSerializer),
        "remove-member": Verb(rules.remove_member, AccountSerializer),
    }
    rules = {"create": rules.open_case, "update": rules.change_case}


class CaseName(serializers.ModelSerializer):
    """The case that a note belongs to."""

    class Meta:
        model = Case
        fields = ["id", "student", "status"]


class CaseNoteSerializer(serializers.ModelSerializer):
    """One note in a case, without its text."""

    case = Ref(CaseName, view_permission=VIEW, cached=False, read_only=True)
    author = Ref(PersonName, view_permission="users.view_user", cached=False, read_only=True)

    class Meta:
        model = CaseNote
        fields = ["id", "institution", "case", "author", "created_at"]


class CaseNoteDetailSerializer(CaseNoteSerializer):
    """One note with its text."""

    text = serializers.CharField(read_only=True)

    class Meta(CaseNoteSerializer.Meta):
        fields = [*CaseNoteSerializer.Meta.fields, "text"]


class CaseNoteViewSet(ResourceViewSet):
    """Notes in cases. They are written by the verb `note` of a case, and stay as they were written."""

    queryset = CaseNote.objects.all()
    serializer_class = CaseNoteSerializer
    detail_serializer_class = CaseNoteDetailSerializer
    field_permissions = {"text": TEXT}
    view_permission = VIEW
    hidden_from_support = True
    filters = {"institution": ["exact"], "case": ["exact"], "author": ["exact"]}
