"""This file holds sponsors, scholarships, awards and tranches over HTTP."""

from rest_framework import serializers

from core.http.resource import ResourceViewSet, Verb
from core.lists import Ref
from students.names import AwardName, ScholarshipName, SponsorName, StudentName
from students.scholarships import rules
from students.scholarships.models import Award, Scholarship, Sponsor, Tranche

VIEW, VIEW_AWARD = "students.view_scholarship", "students.view_award"


class SponsorSerializer(serializers.ModelSerializer):
    """One sponsor."""

    class Meta:
        model = Sponsor
        fields = ["id", "institution", "name", "created_at", "updated_at"]
        read_only_fields = ["institution"]


class SponsorViewSet(ResourceViewSet):
    """Sponsors: who pays for scholarships."""

    queryset = Sponsor.objects.all()
    serializer_class = SponsorSerializer
    view_permission = VIEW
    filters = {"institution": ["exact"]}
    search_fields = ["search_text"]
    orders = {"id": "id", "name": "search_text"}
    rules = {"create": rules.add_sponsor, "update": rules.rename_sponsor}


class ScholarshipSerializer(serializers.ModelSerializer):
    """What one sponsor offers."""

    sponsor = Ref(SponsorName, view_permission=VIEW, cached=False)

    class Meta:
        model = Scholarship
        fields = [
            "id", "institution", "sponsor", "title", "currency", "amount_per_year", "seats", "created_at", "updated_at",
        ]  # fmt: skip
        read_only_fields = ["institution"]


class ScholarshipChangeSerializer(ScholarshipSerializer):
    """What may be changed of a scholarship: not who pays."""

    sponsor = Ref(SponsorName, view_permission=VIEW, cached=False, read_only=True)


class ScholarshipViewSet(ResourceViewSet):
    """Scholarships: what sponsors offer."""

    queryset = Scholarship.objects.all()
    serializer_class = ScholarshipSerializer
    change_serializer_class = ScholarshipChangeSerializer
    view_permission = VIEW
    filters = {"institution": ["exact"], "sponsor": ["exact", "in"], "currency": ["exact"]}
    search_fields = ["search_text"]
    orders = {"id": "id", "title": "search_text"}
    rules = {"create": rules.add_scholarship, "update": rules.change_scholarship}


class AwardSerializer(serializers.ModelSerializer):
    """One student who is awarded a scholarship."""

    student = Ref(StudentName, view_permission="students.view_student", cached=False)
    scholarship = Ref(ScholarshipName, view_permission=VIEW, cached=False)

    class Meta:
        model = Award
        fields = [
            "id", "institution", "student", "scholarship", "currency", "amount", "starts_on", "ends_on", "status",
            "ended_on", "reason", "created_at", "updated_at",
        ]  # fmt: skip
        read_only_fields = ["institution", "currency", "status", "ended_on", "reason"]


class AwardChangeSerializer(serializers.ModelSerializer):
    """What may be changed of an award: not who has it, nor of what."""

    class Meta:
        model = Award
        fields = ["amount", "starts_on", "ends_on"]


class SuspensionSerializer(serializers.Serializer):
    """Why an award is suspended."""

    reason = serializers.CharField(max_length=300)


class EndSerializer(serializers.Serializer):
    """On which day an award ended; before its last one, why."""

    ended_on = serializers.DateField()
    reason = serializers.CharField(max_length=300, required=False, allow_blank=True)


class AwardViewSet(ResourceViewSet):
    """Awards: students with scholarships."""

    queryset = Award.objects.all()
    serializer_class = AwardSerializer
    change_serializer_class = AwardChangeSerializer
    view_permission = VIEW_AWARD
    filters = {
        "institution": ["exact"],
        "student": ["exact", "in"],
        "scholarship": ["exact", "in"],
        "scholarship__sponsor": ["exact", "in"],
        "status": ["exact", "in"],
        "starts_on": ["gte", "lt"],
        "ends_on": ["gte", "lt"],
    }
    orders = {"id": "id", "starts_on": "starts_on"}
    verbs = {
        "accept": Verb(rules.accept_award),
        "suspend": Verb(rules.suspend_award, SuspensionSerializer),
        "resume": Verb(rules.resume_award),
        "end": Verb(rules.end_award, EndSerializer),
    }
    rules = {"create": rules.offer_award, "update": rules.change_award}


class TrancheSerializer(serializers.ModelSerializer):
    """One part of an award. What reverses another has the opposite amount."""

    award = Ref(AwardName, view_permission=VIEW_AWARD, cached=False)

    class Meta:
        model = Tranche
        fields = [
            "id", "institution", "award", "due_on", "amount", "paid_on", "reverses", "reason", "created_at",
            "updated_at",
        ]  # fmt: skip
        read_only_fields = ["institution", "paid_on", "reverses", "reason"]


class TrancheChangeSerializer(serializers.ModelSerializer):
    """What may be changed of a tranche that was not paid."""

    class Meta:
        model = Tranche
        fields = ["due_on", "amount"]


class PaymentSerializer(serializers.Serializer):
    """On which day a tranche was paid."""

    paid_on = serializers.DateField()


class ReversalSerializer(PaymentSerializer):
    """On which day what was paid was taken back, and why."""

    reason = serializers.CharField(max_length=300)


class TrancheViewSet(ResourceViewSet):
    """Tranches: the parts in which awards are paid."""

    queryset = Tranche.objects.all()
    serializer_class = TrancheSerializer
    change_serializer_class = TrancheChangeSerializer
    view_permission = VIEW_AWARD
    filters = {
        "institution": ["exact"],
        "award": ["exact", "in"],
        "award__student": ["exact"],
        "due_on": ["gte", "lt"],
        "paid_on": ["isnull", "gte", "lt"],
        "reverses": ["exact", "isnull"],
    }
    orders = {"id": "id", "due_on": "due_on"}
    verbs = {
        "pay": Verb(rules.pay_tranche, PaymentSerializer),
        "reverse": Verb(rules.reverse_tranche, ReversalSerializer),
    }
    rules = {"create": rules.plan_tranche, "update": rules.change_tranche, "remove": rules.drop_tranche}
