"""This file holds the app's addresses, below /api/v1/users/."""

from django.urls import path

from core.http.routing import resource_routes
from users.accounts.api import UserViewSet
from users.corrections.api import CorrectionViewSet, OwnCorrections
from users.delegations.api import DelegationViewSet
from users.erasures.api import ErasureViewSet, OwnErasures, Preview, Proposals
from users.explanations.api import Explain
from users.exports.api import ExportContent, OwnExport, OwnExports, PersonExports
from users.groups.api import GroupViewSet, MembershipViewSet
from users.roles.api import GrantViewSet, RoleViewSet

urlpatterns = [
    *resource_routes("roles", RoleViewSet),
    *resource_routes("grants", GrantViewSet),
    *resource_routes("groups", GroupViewSet),
    *resource_routes("memberships", MembershipViewSet),
    *resource_routes("delegations", DelegationViewSet),
    *resource_routes("corrections", CorrectionViewSet),
    *resource_routes("erasures", ErasureViewSet),
    path("erasures/<uuid:pk>/preview/", Preview.as_view(), name="erasure-preview"),
    path("erasure-proposals/", Proposals.as_view(), name="erasure-proposals"),
    path("explain/", Explain.as_view(), name="explain"),
    path("data-exports/", PersonExports.as_view(), name="person-exports"),
    path("me/data-exports/", OwnExports.as_view(), name="own-exports"),
    path("me/data-exports/<uuid:pk>/", OwnExport.as_view(), name="own-export"),
    path("me/data-exports/<uuid:pk>/json/", ExportContent.as_view(), {"form": "json"}, name="own-export-json"),
    path("me/data-exports/<uuid:pk>/pdf/", ExportContent.as_view(), {"form": "pdf"}, name="own-export-pdf"),
    path("me/corrections/", OwnCorrections.as_view(), name="own-corrections"),
    path("me/erasures/", OwnErasures.as_view(), name="own-erasures"),
    *resource_routes("", UserViewSet, "users"),
]
