"""This file holds how a password that somebody chose becomes what is kept of it."""

from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password

from core.rules import database_refusals_named
from users.models import User


def hashed(password: str, user: User) -> str:
    """What is kept of a new password of a person. An easily guessed one is refused. It takes 35 ms: lock nothing."""
    with database_refusals_named():
        validate_password(password, user)
    return make_password(password)
