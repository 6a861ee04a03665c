"""This file holds the app's addresses, below /api/v1/."""

from django.urls import path

from core.audit.api import AuditViewSet, OwnEntriesViewSet
from core.bulk.api import MarkedWorkbook, Template, UploadRow, UploadRows, UploadSets, UploadViewSet
from core.files.api import Download
from core.http.routing import resource_routes
from core.ledger.api import CheckpointViewSet, EntryProof, PublicKeys

urlpatterns = [
    *resource_routes("audit", AuditViewSet),
    path("uploads/sets/", UploadSets.as_view(), name="uploads-sets"),
    path("uploads/sets/<str:name>/template/", Template.as_view(), name="uploads-template"),
    *resource_routes("uploads", UploadViewSet),
    path("uploads/<uuid:pk>/rows/", UploadRows.as_view(), name="uploads-rows"),
    path("uploads/<uuid:pk>/rows/<int:number>/", UploadRow.as_view(), name="uploads-row"),
    path("uploads/<uuid:pk>/marked/", MarkedWorkbook.as_view(), name="uploads-marked"),
    path("files/<str:token>/", Download.as_view(), name="files-download"),
    path("audit/mine/", OwnEntriesViewSet.as_view({"get": "list"}), name="audit-mine"),
    path("audit/checkpoints/", CheckpointViewSet.as_view({"get": "list"}), name="audit-checkpoints"),
    path("audit/keys/", PublicKeys.as_view(), name="audit-keys"),
    path("audit/<uuid:pk>/proof/", EntryProof.as_view(), name="audit-proof"),
]
