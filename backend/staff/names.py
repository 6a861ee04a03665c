"""This file holds how members of staff and vacancies are named by the rows that point to them."""

from rest_framework import serializers

from staff.models import Member, Vacancy


class MemberName(serializers.ModelSerializer):
    """The member of staff that something is about."""

    class Meta:
        model = Member
        fields = ["id", "number", "title", "given_names", "family_name"]


class VacancyName(serializers.ModelSerializer):
    """The vacancy that somebody applies for."""

    class Meta:
        model = Vacancy
        fields = ["id", "title", "stage"]
