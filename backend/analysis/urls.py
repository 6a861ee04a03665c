"""This file holds the app's addresses, below /api/v1/analysis/."""

from django.urls import path

from analysis.figures import api

urlpatterns = [
    path("", api.FigureList.as_view(), name="figures"),
    path("<slug:figure>/", api.FigureTable.as_view(), name="figure"),
]
