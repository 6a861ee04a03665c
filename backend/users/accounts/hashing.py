"""This file holds how passwords are kept: Argon2id with explicit, affordable parameters over a peppered HMAC."""

import base64
import hashlib
import hmac

from django.conf import settings
from django.contrib.auth.hashers import Argon2PasswordHasher

from users.accounts.capacity import in_turn


class PepperedArgon2Hasher(Argon2PasswordHasher):
    """Argon2id at the OWASP minimum (19 MiB, t=2, p=1): about 35 ms, where Django's default takes 300.

    The pepper is a key outside the database: a stolen table alone can't be guessed at.
    """

    algorithm = "peppered_argon2"
    time_cost = 2
    memory_cost = getattr(settings, "ARGON2_MEMORY_KIB", 19456)
    parallelism = 1

    def encode(self, password: str, salt: str) -> str:
        encoded = in_turn("hash", peppered(password), salt, self.time_cost, self.memory_cost, self.parallelism)
        return self.algorithm + encoded

    def verify(self, password: str, encoded: str) -> bool:
        return in_turn("verify", encoded.removeprefix(self.algorithm), peppered(password))


def peppered(password: str) -> str:
    digest = hmac.new(settings.PASSWORD_PEPPER, password.encode(), hashlib.sha256).digest()
    return base64.b64encode(digest).decode()
