"""This file holds the app's addresses, below /api/v1/analysis/."""

urlpatterns: list = []
