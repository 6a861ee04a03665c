"""This file holds the index of the app's models; each lives in its room."""

from instauth.sessions.models import RefreshToken, Session
from instauth.support.models import SupportAccess

__all__ = ["RefreshToken", "Session", "SupportAccess"]
