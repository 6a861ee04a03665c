"""This file holds /institution-contacts/ over HTTP."""

from rest_framework import serializers

from core.http.resource import ResourceViewSet
from faculties.contacts import rules
from faculties.contacts.models import InstitutionContact


class ContactSerializer(serializers.ModelSerializer):
    """One contact as entered and listed. The telephone is taken, and not shown."""

    phone = serializers.CharField(max_length=30, write_only=True, required=False, allow_null=True)

    class Meta:
        model = InstitutionContact
        fields = [
            "id", "institution", "office", "name", "title", "email", "phone", "account_id", "created_at", "updated_at",
        ]  # fmt: skip
        read_only_fields = ["institution"]


class ContactDetailSerializer(ContactSerializer):
    """One contact in full: the telephone is there for those who may see it."""

    phone = serializers.CharField(required=False, allow_null=True)


class ContactViewSet(ResourceViewSet):
    """Contacts of institutions, by office."""

    queryset = InstitutionContact.objects.all()
    serializer_class = ContactSerializer
    detail_serializer_class = ContactDetailSerializer
    field_permissions = {"phone": "faculties.view_contact_phone"}
    view_permission = "faculties.view_contact"
    filters = {"institution": ["exact"], "office": ["exact", "in"]}
    rules = {"create": rules.add_contact, "update": rules.change_contact, "remove": rules.remove_contact}
