"""This file holds how a password that somebody chose becomes what is kept of it."""

from django.contrib.auth.hashers import make_password

from instauth.factors.queries import factors_of
from users.accounts.passwords import check_password_rules
from users.models import User

LONGEST_PASSWORD = 512


def hashed(password: str, user: User) -> str:
    """What is kept of a new password of a person. An easily guessed one is refused. It takes 35 ms: lock nothing."""
    check_password_rules(password, user, needs_long=user._state.adding or not factors_of(user))
    return make_password(password)
