"""This file holds accreditations of programs over HTTP."""

from academic.accreditations import rules
from academic.accreditations.models import ProgramAccreditation
from academic.names import ProgramName
from core.http.resource import ResourceViewSet, Verb
from core.lists import Ref
from faculties.accreditations.bodies import FIELDS, AccreditationByBodySerializer, AccreditationWithdrawalSerializer


class ProgramAccreditationSerializer(AccreditationByBodySerializer):
    """One accreditation of a program by one body."""

    program = Ref(ProgramName, view_permission="academic.view_program")

    class Meta:
        model = ProgramAccreditation
        fields = ["id", "institution", "program", *FIELDS, "created_at", "updated_at"]
        read_only_fields = ["institution"]


class ProgramAccreditationChangeSerializer(ProgramAccreditationSerializer):
    """What may be changed of an accreditation: not of what and by whom it is."""

    program = Ref(ProgramName, view_permission="academic.view_program", read_only=True)

    class Meta(ProgramAccreditationSerializer.Meta):
        read_only_fields = ["institution", "body"]


class ProgramAccreditationViewSet(ResourceViewSet):
    """Accreditations of programs. Those that lapse from one day to another: `?ends_on__gte=&ends_on__lt=`."""

    queryset = ProgramAccreditation.objects.all()
    serializer_class = ProgramAccreditationSerializer
    change_serializer_class = ProgramAccreditationChangeSerializer
    view_permission = "academic.view_program"
    filters = {
        "institution": ["exact"],
        "program": ["exact", "in"],
        "body": ["exact", "in"],
        "status": ["exact", "in"],
        "starts_on": ["lte", "gte"],
        "ends_on": ["isnull", "lt", "gte"],
    }
    verbs = {"withdraw": Verb(rules.withdraw_accreditation, AccreditationWithdrawalSerializer)}
    rules = {"create": rules.grant_accreditation, "update": rules.change_accreditation}
