"""This file holds /institutions/ over HTTP."""

from typing import Any

from django.urls import reverse
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from core.http.resource import ResourceViewSet, Verb
from faculties.accreditations.models import Accreditation
from faculties.former_names.bodies import RenamingSerializer
from faculties.former_names.models import FormerName
from faculties.institutions import rules
from faculties.institutions.days import today_at
from faculties.institutions.models import Institution


class InstitutionSerializer(serializers.ModelSerializer):
    """One institution of the national register."""

    class Meta:
        model = Institution
        fields = [
            "id", "code", "name", "former_name", "type", "sector", "province", "status", "email", "phone", "address",
            "city", "postal_code", "latitude", "longitude", "website", "established", "closed_on", "capacity",
            "time_zone", "created_at", "updated_at",
        ]  # fmt: skip
        read_only_fields = ["former_name", "status", "closed_on"]


class CurrentAccreditationSerializer(serializers.ModelSerializer):
    """An accreditation that holds today."""

    class Meta:
        model = Accreditation
        fields = ["id", "body", "number", "status", "starts_on", "ends_on"]


class OwnFormerNameSerializer(serializers.ModelSerializer):
    """A name that the institution had until a day."""

    class Meta:
        model = FormerName
        fields = ["name", "starts_on", "ends_on"]


class InstitutionDetailSerializer(InstitutionSerializer):
    """One institution with what stands about it in other tables: its logo, what it is accredited for, its names."""

    logo = serializers.SerializerMethodField(help_text="Where to fetch a link to the logo; null where there is none.")
    accreditations = serializers.SerializerMethodField(help_text="Those that hold today.")
    former_names = serializers.SerializerMethodField(help_text="The latest first.")

    class Meta(InstitutionSerializer.Meta):
        fields = [*InstitutionSerializer.Meta.fields, "logo", "accreditations", "former_names"]

    def get_logo(self, institution: Institution) -> str | None:
        # Not the signed link: that is another one each minute, and this answer would never be the same.
        return reverse("v1:institutions-logo", args=[institution.pk]) if institution.logos.exists() else None

    @extend_schema_field(CurrentAccreditationSerializer(many=True))
    def get_accreditations(self, institution: Institution) -> Any:
        rows = Accreditation.objects.filter(institution=institution.pk).holding_on(today_at(institution.pk))
        return CurrentAccreditationSerializer(rows.order_by("body"), many=True).data

    @extend_schema_field(OwnFormerNameSerializer(many=True))
    def get_former_names(self, institution: Institution) -> Any:
        rows = FormerName.objects.filter(institution=institution.pk, faculty=None, department=None)
        return OwnFormerNameSerializer(rows.order_by("-ends_on"), many=True).data


class ClosingSerializer(serializers.Serializer):
    """The day on which an institution closes."""

    closed_on = serializers.DateField()


class InstitutionViewSet(ResourceViewSet):
    """The national register of institutions."""

    queryset = Institution.objects.all()
    serializer_class = InstitutionSerializer
    detail_serializer_class = InstitutionDetailSerializer
    view_permission = "faculties.view_institution"
    filters = {
        "code": ["exact", "in"],
        "type": ["exact", "in"],
        "sector": ["exact"],
        "province": ["exact", "in"],
        "status": ["exact", "in"],
    }
    search_fields = ["search_text", "former_text"]
    orders = {"id": "id", "name": "name", "code": "code"}
    verbs = {
        "rename": Verb(rules.rename_institution, RenamingSerializer),
        "suspend": Verb(rules.suspend_institution),
        "reopen": Verb(rules.reopen_institution),
        "close": Verb(rules.close_institution, ClosingSerializer),
    }
    rules = {"create": rules.enter_institution, "update": rules.change_institution}
