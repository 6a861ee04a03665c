"""This file holds refresh tokens: random, known to us by a digest, each able to open what it was traded for."""

import hashlib
import os
import secrets

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

NONCE_BYTES = 12
PURPOSE = b"tesc refresh token: successor"


def new_refresh_token() -> str:
    """256 random bits."""
    return secrets.token_urlsafe(32)


def digest_of(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def seal_under(token: str, successor: str) -> bytes:
    """The successor, readable only by whoever presents the token: we keep no key to it."""
    nonce = os.urandom(NONCE_BYTES)
    return nonce + cipher_of(token).encrypt(nonce, successor.encode(), None)


def open_under(token: str, sealed: bytes) -> str:
    return cipher_of(token).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], None).decode()


def cipher_of(token: str) -> AESGCM:
    return AESGCM(HKDF(algorithm=SHA256(), length=32, salt=None, info=PURPOSE).derive(token.encode()))
