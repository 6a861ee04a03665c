"""This file holds the app's addresses, below /api/v1/analysis/."""

from django.urls import path

from analysis.figures import api as figures
from analysis.lists import api as lists
from analysis.ratios.api import StudentStaffRatio
from analysis.room_use.api import RoomUse
from core.http.routing import resource_routes

urlpatterns = [
    path("lists/definitions/", lists.DefinitionList.as_view(), name="derived-list-definitions"),
    *resource_routes("lists", lists.DerivedListViewSet, "derived-lists"),
    *resource_routes("list-members", lists.ListMemberViewSet, "list-members"),
    path("dashboard/", figures.Dashboard.as_view(), name="dashboard"),
    path("student-staff-ratio/", StudentStaffRatio.as_view(), name="student-staff-ratio"),
    path("room-use/", RoomUse.as_view(), name="room-use"),
    path("", figures.FigureList.as_view(), name="figures"),
    path("<slug:figure>/", figures.FigureTable.as_view(), name="figure"),
]
