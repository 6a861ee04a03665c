"""This file holds how rows of this app are named by the rows that point to them: id, code and name, nothing more."""

from rest_framework import serializers

from faculties.models import Building, Campus, Department, Equipment, Faculty, Institution, Room

NAME_FIELDS = ["id", "code", "name"]


class InstitutionName(serializers.ModelSerializer):
    """An institution that something belongs to."""

    class Meta:
        model = Institution
        fields = NAME_FIELDS


class FacultyName(serializers.ModelSerializer):
    """A faculty that something belongs to."""

    class Meta:
        model = Faculty
        fields = NAME_FIELDS


class DepartmentName(serializers.ModelSerializer):
    """A department that something belongs to."""

    class Meta:
        model = Department
        fields = NAME_FIELDS


class CampusName(serializers.ModelSerializer):
    """A campus that something belongs to."""

    class Meta:
        model = Campus
        fields = NAME_FIELDS


class BuildingName(serializers.ModelSerializer):
    """A building that something lies in."""

    class Meta:
        model = Building
        fields = NAME_FIELDS


class RoomName(serializers.ModelSerializer):
    """A room in which something is."""

    class Meta:
        model = Room
        fields = [*NAME_FIELDS, "capacity"]


class EquipmentName(serializers.ModelSerializer):
    """A piece of equipment that something is about."""

    class Meta:
        model = Equipment
        fields = ["id", "asset_number", "name"]
