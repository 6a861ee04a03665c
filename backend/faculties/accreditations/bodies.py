"""This file holds the bodies of what is done to accreditations, whatever they are of."""

from rest_framework import serializers

from faculties.accreditations.models import AccreditationByBody

ENTERED = [AccreditationByBody.Status.GRANTED, AccreditationByBody.Status.CONDITIONAL]
FIELDS = ["body", "number", "starts_on", "ends_on", "status", "conditions"]


class AccreditationByBodySerializer(serializers.ModelSerializer):
    """What every accreditation is entered with."""

    def validate_status(self, status: str) -> str:
        if status not in ENTERED:
            raise serializers.ValidationError("Withdraw an accreditation by its verb, with the day.", "by_verb")
        return status


class AccreditationWithdrawalSerializer(serializers.Serializer):
    """The first day on which an accreditation holds no more, and why."""

    withdrawn_on = serializers.DateField()
    reason = serializers.CharField(max_length=1000)
