"""This file holds /analysis/dashboard/ over HTTP: what an institution looks at first."""

from rest_framework.response import Response

from analysis.figures.api import TableSerializer, answer
from analysis.figures.definitions import FIGURES
from analysis.figures.queries import PERMISSION, table_of
from core.http.views import ActingRequest, Endpoint

# The figures of the first page, and by what each is divided there.
SHOWN = {
    "students": ("status",),
    "enrollments": ("status",),
    "staff": ("activity",),
    "units": ("faculty",),
    "programs": ("level",),
    "approved_intake": ("level",),
    "list_members": ("list",),
}


class Dashboard(Endpoint):
    """The first figures of an institution, or of the nation for those who reach it: each the same as by its name."""

    needs = {"get": PERMISSION}
    serializer_class = TableSerializer(many=True)
    parameters = {"institution": "Narrow all of them to one institution, by its code or id."}

    def get(self, request: ActingRequest) -> Response:
        place = request.query_params.get("institution")
        narrowed = {"institution": [str(place)]} if place else {}
        return Response([answer(table_of(request.actor, FIGURES[name], by, narrowed)) for name, by in SHOWN.items()])
