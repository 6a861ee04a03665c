"""This file holds the app's addresses, below /api/v1/."""

from core.audit.api import AuditViewSet
from core.http.routing import resource_routes

urlpatterns = resource_routes("audit", AuditViewSet)
