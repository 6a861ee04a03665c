"""This file holds a passkey made of software, for tests: it answers as a browser would, and can be told to lie."""

import hashlib
import json
import secrets
import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from django.conf import settings
from fido2 import cbor
from fido2.cose import ES256

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


def text(value: bytes) -> str:
    return urlsafe_b64encode(value).rstrip(b"=").decode()


def octets(value: str) -> bytes:
    return urlsafe_b64decode(value + "=" * (-len(value) % 4))


@dataclass
class SoftPasskey:
    """One passkey on P-256. Each answer counts one further, as a key in hardware does; `counts=False` as a synced one.

    `origin`, `rp`, `flags` and `handle` are what it says, and are true unless a test makes them a lie.
    """

    origin: str = field(default_factory=lambda: settings.PUBLIC_URL)
    rp: str = "127.0.0.1"
    flags: int = PRESENT | VERIFIED
    counts: bool = True
    counter: int = 0
    handle: bytes = b""
    cross_origin: bool = False
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    credential_id: bytes = field(default_factory=lambda: secrets.token_bytes(32))

    def made(self, options: dict[str, Any]) -> dict[str, Any]:
        """What `navigator.credentials.create` answers."""
        asked = options["publicKey"]
        self.handle = octets(asked["user"]["id"])
        public = cbor.encode(dict(ES256.from_cryptography_key(self.key.public_key())))
        attested = bytes(16) + struct.pack(">H", len(self.credential_id)) + self.credential_id + public
        data = self.data(ATTESTED) + attested
        attestation = cbor.encode({"fmt": "none", "attStmt": {}, "authData": data})
        client = self.client("webauthn.create", asked["challenge"])
        return self.credential({"clientDataJSON": text(client), "attestationObject": text(attestation)})

    def shown(self, options: dict[str, Any]) -> dict[str, Any]:
        """What `navigator.credentials.get` answers."""
        client = self.client("webauthn.get", options["publicKey"]["challenge"])
        data = self.data()
        signature = self.key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        answer = {
            "clientDataJSON": text(client),
            "authenticatorData": text(data),
            "signature": text(signature),
            "userHandle": text(self.handle),
        }
        return self.credential(answer)

    def client(self, kind: str, challenge: str) -> bytes:
        said = {"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": self.cross_origin}
        return json.dumps(said).encode()

    def data(self, more: int = 0) -> bytes:
        self.counter += self.counts
        rp = hashlib.sha256(self.rp.encode()).digest()
        return rp + struct.pack(">BI", self.flags | more, self.counter)

    def credential(self, response: dict[str, str]) -> dict[str, Any]:
        name = text(self.credential_id)
        return {
            "id": name,
            "rawId": name,
            "type": "public-key",
            "response": response,
            "clientExtensionResults": {},
        }
