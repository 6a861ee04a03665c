"""This file holds the index of the app's models; each lives in its room."""

from instauth.sessions.models import RefreshToken, Session

__all__ = ["RefreshToken", "Session"]
