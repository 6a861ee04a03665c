"""This file holds /academic/seat-reservations/ over HTTP."""

from rest_framework import serializers

from academic.names import ProgramName, ProgramVersionName, SectionName
from academic.reservations import rules
from academic.reservations.models import SeatReservation
from core.http.resource import ResourceViewSet, Verb
from core.lists import Ref


class SeatReservationSerializer(serializers.ModelSerializer):
    """Seats of one section for a group of students."""

    section = Ref(SectionName, view_permission="academic.view_section", cached=False)
    program = Ref(ProgramName, view_permission="academic.view_program", required=False, allow_null=True)
    program_version = Ref(
        ProgramVersionName, view_permission="academic.view_program", cached=False, required=False, allow_null=True
    )

    class Meta:
        model = SeatReservation
        fields = [
            "id", "institution", "section", "program", "program_version", "year_of_study", "seats", "seats_taken",
            "seats_offered", "until", "ended_at", "created_at", "updated_at",
        ]  # fmt: skip
        read_only_fields = ["institution", "seats_taken", "seats_offered", "ended_at"]


class SeatReservationChangeSerializer(serializers.ModelSerializer):
    """What may be changed of a reservation: not for whom it is."""

    class Meta:
        model = SeatReservation
        fields = ["seats", "until"]


class SeatReservationViewSet(ResourceViewSet):
    """Seats of sections that are set aside for groups of students."""

    queryset = SeatReservation.objects.all()
    serializer_class = SeatReservationSerializer
    change_serializer_class = SeatReservationChangeSerializer
    view_permission = "academic.view_section"
    filters = {
        "institution": ["exact"],
        "section": ["exact", "in"],
        "program": ["exact", "in"],
        "program_version": ["exact", "in"],
        "ended_at": ["isnull"],
    }
    verbs = {"end": Verb(rules.end_reservation)}
    rules = {"create": rules.reserve_seats, "update": rules.change_reservation}
