"""This file holds how a password that somebody chose becomes what is kept of it."""

from django.contrib.auth.hashers import make_password

from users.accounts.passwords import check_password_rules
from users.models import User


def hashed(password: str, user: User) -> str:
    """What is kept of a new password of a person. An easily guessed one is refused. It takes 35 ms: lock nothing."""
    check_password_rules(password, user)
    return make_password(password)
