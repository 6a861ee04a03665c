"""This file holds how domains of e-mail addresses are written and compared."""

from collections.abc import Iterable

from django.core.validators import RegexValidator

from users.accounts.addresses import as_login

LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
DOMAIN = RegexValidator(rf"^(?=.{{4,100}}$)({LABEL}\.)+[a-z]{{2,}}$", "Write it like example.ac.zw.")


def as_domains(domains: Iterable[str]) -> list[str]:
    """Folded, and once each."""
    return sorted({as_login(domain).removeprefix("@") for domain in domains})


def domain_of(email: str) -> str:
    return as_login(email).rpartition("@")[2]
