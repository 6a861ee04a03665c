"""This file holds the index of the app's models; each lives in its room."""

from analysis.lists.models import DerivedList, ListMember

__all__ = ["DerivedList", "ListMember"]
