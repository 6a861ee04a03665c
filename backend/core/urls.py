"""This file holds the app's addresses, below /api/v1/."""

from django.urls import path

from core.audit.api import AuditViewSet, OwnEntriesViewSet
from core.http.routing import resource_routes
from core.ledger.api import CheckpointViewSet, EntryProof, PublicKeys

urlpatterns = [
    *resource_routes("audit", AuditViewSet),
    path("audit/mine/", OwnEntriesViewSet.as_view({"get": "list"}), name="audit-mine"),
    path("audit/checkpoints/", CheckpointViewSet.as_view({"get": "list"}), name="audit-checkpoints"),
    path("audit/keys/", PublicKeys.as_view(), name="audit-keys"),
    path("audit/<uuid:pk>/proof/", EntryProof.as_view(), name="audit-proof"),
]
