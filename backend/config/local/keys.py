"""This file holds how a folder of secret keys is made.

Development makes its own; for production an operator runs `python -m config.local.keys FOLDER` once.
"""

from __future__ import annotations

import base64
import contextlib
import os
import secrets
import sys
from collections.abc import Callable
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat


def _random_text() -> bytes:
    return secrets.token_urlsafe(64).encode()


def _random_key() -> bytes:
    return base64.b64encode(secrets.token_bytes(32))


def _signing_key() -> bytes:
    return Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


KEY_FILES: dict[str, Callable[[], bytes]] = {
    "django.key": _random_text,
    "pepper.key": _random_key,
    "encryption.key": _random_key,
    "blind_index.key": _random_key,
    "token_signing.pem": _signing_key,
    "audit_signing.pem": _signing_key,
}


def make_missing_keys(folder: Path) -> list[str]:
    """Make what is not there, readable by its owner alone, and say what was made. A key is never replaced."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    missing = [name for name in KEY_FILES if not (folder / name).exists()]
    return [name for name in missing if _write(folder / name, KEY_FILES[name]())]


def _write(path: Path, key: bytes) -> bool:
    """Whether the key is ours: another command may make it at the same time, and the first one counts."""
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(key)
    try:
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
            return True
        return False
    finally:
        draft.unlink()


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("Say where the keys go: python -m config.local.keys FOLDER")
    print("Made:", ", ".join(make_missing_keys(Path(sys.argv[1]))) or "nothing, all keys are there.")
