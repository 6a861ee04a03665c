"""This file holds the environment as settings see it: read once, converted, or refused in plain sentences.

It is the only reader of environment variables. docs/deploy.md lists them for operators.
"""

from __future__ import annotations

import base64
import binascii
import os
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from environ import Env

from config.local.keys import make_missing_keys

PROJECT = Path(__file__).resolve().parents[2]
MODES = ("development", "test", "production")
KEY_BYTES = 32
DATABASE_SCHEMES = ("postgresql", "postgres")
MAIL_SCHEMES = ("smtp", "smtp+tls", "smtp+ssl")
REDIS_SCHEMES = ("redis", "rediss")
OR_LOCAL = "or set no server at all and start by `make run` or `manage.py`, which bring their own"
MAKE_KEYS = "made once by `python -m config.local.keys FOLDER`"


@dataclass(frozen=True, repr=False)
class Keys:
    """The secrets, each from a file of its own."""

    django: str
    pepper: bytes
    encryption: bytes
    next_encryption: bytes
    blind_index: bytes
    token_signing: str
    audit_signing: str


@dataclass(frozen=True, repr=False)
class Environment:
    """What differs from installation to installation."""

    mode: str
    var_dir: Path
    audit_dir: Path
    keys: Keys
    application_database: dict[str, Any]
    owner_database: dict[str, Any]
    redis_url: str
    allowed_hosts: list[str]
    public_url: str
    mail_from: str
    mail_settings: dict[str, Any]
    files: dict[str, Any]


class Reader:
    """Takes variables one by one and collects what is wrong, so that a person hears all of it at once."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self.variables = variables
        self.problems: list[str] = []
        self.mode = self.text("TESC_MODE", "development")
        self.in_production = self.mode == "production"
        if self.mode not in MODES:
            self.problem(f"TESC_MODE is {self.mode!r}: set it to one of {', '.join(MODES)}.")

    def problem(self, sentence: str) -> None:
        self.problems.append(sentence)

    def environment(self) -> Environment:
        var_dir = Path(self.text("TESC_VAR_DIR", str(PROJECT / "var"))).absolute()
        application = self.database("DATABASE_URL")
        owner = self.database("DATABASE_OWNER_URL") if self.text("DATABASE_OWNER_URL") else dict(application)
        owner["OPTIONS"] = {**owner.get("OPTIONS", {}), "options": "-c tesc.maintenance=on"}
        return Environment(
            mode=self.mode,
            var_dir=var_dir,
            audit_dir=Path(self.text("TESC_AUDIT_DIR", str(var_dir / "audit"))).absolute(),
            keys=self.keys(var_dir),
            application_database=application,
            owner_database=owner,
            redis_url=self.redis_url(),
            allowed_hosts=self.allowed_hosts(),
            public_url=self.public_url(),
            mail_from=self.text("TESC_MAIL_FROM", "tesc@localhost"),
            mail_settings=self.mail_settings(),
            files=self.files(var_dir),
        )

    def text(self, name: str, default: str = "") -> str:
        return self.variables.get(name, "").strip() or default

    def text_of_production(self, name: str, example: str, elsewhere: str) -> str:
        """A value that only an operator can know, and its stand-in on a developer's machine."""
        value = self.text(name)
        if value or not self.in_production:
            return value or elsewhere
        self.problem(f"{name} is missing: set it, for example to {example}.")
        return example

    def database(self, name: str) -> dict[str, Any]:
        """What Django calls a database; `host=` in the query names the folder of a socket."""
        example = "postgresql://tesc_app:password@db.example.org:5432/tesc"
        url = self.text(name)
        if not url:
            self.problem(f"{name} is missing: set it, for example to {example}; {OR_LOCAL}.")
            return {}
        try:
            described = Env.db_url_config(url) if urlsplit(url).scheme in DATABASE_SCHEMES else {}
        except ValueError:
            described = {}
        described["HOST"] = described.get("OPTIONS", {}).pop("host", described.get("HOST"))
        if not all(described.get(part) for part in ("HOST", "NAME", "USER")):
            self.problem(f"{name} is malformed: write it like {example}.")
            return {}
        if run := self.text("TESC_TEST_RUN"):
            described["TEST"] = {"NAME": f"test_{described['NAME']}_{run}"}
        return described

    def redis_url(self) -> str:
        example = "redis://cache.example.org:6379/0"
        url = self.text("REDIS_URL")
        parts = urlsplit(url)
        if not url:
            self.problem(f"REDIS_URL is missing: set it, for example to {example}; {OR_LOCAL}.")
        elif not (parts.path if parts.scheme == "unix" else parts.scheme in REDIS_SCHEMES and parts.hostname):
            self.problem(f"REDIS_URL is malformed: write it like {example} or unix:///run/valkey.sock?db=0.")
        elif parts.scheme == "unix" and (run := self.text("TESC_TEST_RUN")):
            # A number for each worker of each run, so that none empties another's cache.
            worker = int(self.text("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
            return f"unix://{parts.path}?db={1 + (int(run) * 8 + worker) % 63}"
        return url

    def allowed_hosts(self) -> list[str]:
        named = self.text_of_production("TESC_ALLOWED_HOSTS", "tesc.example.org", "127.0.0.1,localhost,[::1]")
        hosts = [host.strip() for host in named.split(",") if host.strip()]
        if "*" in hosts and self.in_production:
            self.problem("TESC_ALLOWED_HOSTS holds *: name the hosts of this site, separated by commas.")
        return hosts

    def public_url(self) -> str:
        example = "https://tesc.example.org"
        url = self.text_of_production("TESC_PUBLIC_URL", example, "http://127.0.0.1:8000")
        parts = urlsplit(url)
        if not parts.hostname or parts.scheme not in ("https", "http")[: 1 if self.in_production else 2]:
            self.problem(f"TESC_PUBLIC_URL is malformed: write it like {example}.")
        return url.rstrip("/")

    def mail_settings(self) -> dict[str, Any]:
        example = "smtp+tls://user:password@mail.example.org:587"
        url = self.text_of_production("TESC_MAIL_URL", example, "")
        if not url:
            return {}
        parts = urlsplit(url)
        if parts.scheme not in MAIL_SCHEMES or not parts.hostname:
            self.problem(f"TESC_MAIL_URL is malformed: write it like {example}.")
            return {}
        return Env.email_url_config(url)

    def files(self, var_dir: Path) -> dict[str, Any]:
        """Where the content of files lies, how much, what scans it, and whether what was not scanned may be fetched."""
        scanner, unscanned = self.text("TESC_CLAMAV"), self.text("TESC_UNSCANNED_FILES", "allow")
        parts = urlsplit(scanner)
        if scanner and not (parts.path if parts.scheme == "unix" else parts.scheme == "tcp" and parts.hostname):
            self.problem(
                "TESC_CLAMAV is malformed: write it like unix:///run/clamav/clamd.ctl or tcp://127.0.0.1:3310."
            )
        if unscanned not in ("allow", "refuse"):
            self.problem("TESC_UNSCANNED_FILES is allow or refuse.")
        quota = self.text("TESC_FILES_QUOTA_GIB", "50")
        if not re.fullmatch(r"[1-9][0-9]{0,5}", quota):
            self.problem("TESC_FILES_QUOTA_GIB is a whole number of GiB, from 1 to 999999.")
            quota = "1"
        return {
            "dir": str(Path(self.text("TESC_FILES_DIR", str(var_dir / "files"))).absolute()),
            "bucket": self.text("TESC_FILES_BUCKET"),
            "endpoint": self.text("TESC_FILES_S3_URL"),
            "by_nginx": self.text("TESC_FILES_NGINX"),
            "scanner": scanner,
            "unscanned": unscanned,
            "quota": int(quota) * 1024**3,
        }

    def keys(self, var_dir: Path) -> Keys:
        folder = Path(self.text("TESC_KEYS_DIR") or var_dir / "keys")
        if self.in_production and not self.text("TESC_KEYS_DIR"):
            self.problem(f"TESC_KEYS_DIR is missing: set it to the folder of the secret keys, {MAKE_KEYS}.")
            return Keys("", b"", b"", b"", b"", "", "")
        if not self.in_production:
            try:
                make_missing_keys(folder)
            except OSError as error:
                self.problem(f"{folder} can't be written ({error.strerror}): give this account the right to.")
                return Keys("", b"", b"", b"", b"", "", "")
        return Keys(
            django=self.key_file(folder / "django.key").decode("ascii", "replace"),
            pepper=self.random_key(folder / "pepper.key"),
            encryption=self.random_key(folder / "encryption.key"),
            next_encryption=self.optional_key(folder / "encryption.next.key"),
            blind_index=self.random_key(folder / "blind_index.key"),
            token_signing=self.signing_key(folder / "token_signing.pem"),
            audit_signing=self.signing_key(folder / "audit_signing.pem"),
        )

    def key_file(self, path: Path) -> bytes:
        try:
            content = path.read_bytes().strip()
        except OSError as error:
            self.problem(f"{path} can't be read ({error.strerror}): restore it, or correct TESC_KEYS_DIR.")
            return b""
        if not content:
            self.problem(f"{path} is empty: restore it from your backup of the keys.")
        return content

    def random_key(self, path: Path) -> bytes:
        content = self.key_file(path)
        try:
            key = base64.b64decode(content, validate=True)
        except binascii.Error:
            key = b""
        if content and len(key) != KEY_BYTES:
            self.problem(f"{path} does not hold {KEY_BYTES} bytes in base64: restore it from your backup.")
        return key

    def optional_key(self, path: Path) -> bytes:
        """A key that is there only while another one is being replaced by it."""
        return self.random_key(path) if path.exists() else b""

    def signing_key(self, path: Path) -> str:
        content = self.key_file(path)
        if content and not _is_ed25519(content):
            self.problem(f"{path} does not hold an Ed25519 private key in PEM: restore it from your backup.")
        return content.decode("ascii", "replace")


def _is_ed25519(pem: bytes) -> bool:
    try:
        return isinstance(load_pem_private_key(pem, password=None), Ed25519PrivateKey)
    except (ValueError, TypeError):
        return False


def read_environment(variables: Mapping[str, str]) -> Environment:
    """The environment, or the end of this process with one line for each thing to mend."""
    reader = Reader(variables)
    environment = reader.environment()
    if reader.problems:
        sys.exit("\n".join(reader.problems))
    return environment


env = read_environment(os.environ)
