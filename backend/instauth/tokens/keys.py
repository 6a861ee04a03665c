"""This file holds the keys that this process signs with and trusts: read once, and again when they change.

Until `manage.py rotate_signing_keys` ran for the first time there are no rows, and the key of the installation's
files signs: itself for EdDSA, and what is derived from it for ES256.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache, partial
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
    derive_private_key,
    generate_private_key,
)
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)
from django.conf import settings
from django.utils import timezone
from jwt.algorithms import ECAlgorithm, OKPAlgorithm

from core.freshness.watch import watch
from instauth.tokens.models import SigningKey

PrivateKey = Ed25519PrivateKey | EllipticCurvePrivateKey
PublicKey = Ed25519PublicKey | EllipticCurvePublicKey

EDDSA, ES256 = SigningKey.Algorithm.EDDSA, SigningKey.Algorithm.ES256
NEW_KEY: dict[str, Callable[[], PrivateKey]] = {
    EDDSA: Ed25519PrivateKey.generate,
    ES256: partial(generate_private_key, SECP256R1()),
}
AS_JWK: dict[str, Callable[..., Any]] = {EDDSA: OKPAlgorithm.to_jwk, ES256: ECAlgorithm.to_jwk}
KEYS_CHANGED = "signing-keys"  # what is noted with a rotation, and watched here
ORDER_OF_P256 = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


@dataclass(frozen=True, slots=True)
class Signer:
    """The key that signs just now."""

    kid: str
    algorithm: str
    key: PrivateKey


@dataclass(frozen=True, slots=True)
class Verifier:
    """A key that is trusted for one algorithm, whatever the header of a token says."""

    kid: str
    algorithm: str
    key: PublicKey
    until: datetime | None = None

    @property
    def is_trusted(self) -> bool:
        return self.until is None or timezone.now() < self.until

    def as_jwk(self) -> dict[str, str]:
        """As RFC 7517 writes it."""
        return {
            **AS_JWK[self.algorithm](self.key, as_dict=True), "kid": self.kid, "alg": self.algorithm, "use": "sig"
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class KeySet:
    """Every key of ours: who signs, by algorithm, and what is trusted, by key id."""

    signers: dict[str, Signer] = field(default_factory=dict)
    verifiers: dict[str, Verifier] = field(default_factory=dict)

    def add(self, signer: Signer) -> None:
        self.signers[signer.algorithm] = signer
        self.verifiers[signer.kid] = Verifier(signer.kid, signer.algorithm, signer.key.public_key())

    def trusted(self, kid: str) -> Verifier | None:
        found = self.verifiers.get(kid)
        return found if found and found.is_trusted else None


class KeyRing:
    """The key set of this process. A change is heard within a second, and a change that may be missed forgets all."""

    def __init__(self) -> None:
        self.known: KeySet | None = None

    def keys(self) -> KeySet:
        moment = watch.refresh()
        if known := self.known:
            return known
        found = read_keys()
        watch.keep(moment, partial(self.remember, found))
        return found

    def remember(self, found: KeySet) -> None:
        self.known = found

    def hear(self, changed: list[str]) -> None:
        if KEYS_CHANGED in changed:
            self.forget()

    def forget(self) -> None:
        self.known = None


ring = KeyRing()
watch.on_change(ring.hear, ring.forget)


def read_keys() -> KeySet:
    """The rows; before there are any, the keys of the installation's files."""
    found = KeySet()
    for row in SigningKey.objects.all():
        public: Any = load_pem_public_key(row.public_key.encode())
        found.verifiers[row.kid] = Verifier(row.kid, row.algorithm, public, row.trusted_until)
        if row.private_key and row.state == SigningKey.State.ACTIVE:
            private: Any = load_pem_private_key(row.private_key.encode(), password=None)
            found.signers[row.algorithm] = Signer(row.kid, row.algorithm, private)
    return found if found.signers else first_keys(settings.TOKEN_SIGNING_KEY)


@cache
def first_keys(pem: str) -> KeySet:
    """The keys that one secret of the installation stands for."""
    key = load_pem_private_key(pem.encode(), password=None)
    if not isinstance(key, Ed25519PrivateKey):
        raise TypeError("The token signing key is not an Ed25519 key.")
    stretch = HKDF(SHA256(), length=48, salt=None, info=b"tesc id token signing key")
    secret = int.from_bytes(stretch.derive(key.private_bytes_raw())) % (ORDER_OF_P256 - 1) + 1
    found = KeySet()
    found.add(Signer(kid_of(key), EDDSA, key))
    second = derive_private_key(secret, SECP256R1())
    found.add(Signer(kid_of(second), ES256, second))
    return found


def kid_of(key: PrivateKey) -> str:
    spki = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(spki).hexdigest()[:16]


def row_of(key: PrivateKey, algorithm: str, **fields: Any) -> SigningKey:
    """A new row for a key."""
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return SigningKey(
        kid=kid_of(key), algorithm=algorithm, public_key=public.decode(), private_key=private.decode(), **fields
    )
