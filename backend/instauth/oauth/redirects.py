"""This file holds redirect addresses: which may be registered, and which one matches."""

import re
from urllib.parse import urlsplit

# An app on a person's device listens at whatever port is free (RFC 8252, section 7.3).
ON_LOOPBACK = re.compile(r"(http://(?:127\.0\.0\.1|\[::1\]))(?::([1-9][0-9]{0,4}))?(/[^#]*)?", re.ASCII)
PLAIN = re.compile(r"[!-~]{1,500}", re.ASCII)  # visible ASCII: nothing to decode twice
HOST = re.compile(r"([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}", re.ASCII)


def is_registrable(address: str) -> bool:
    """Whether people may be sent to an address: https and plain, or http at this very device."""
    if not PLAIN.fullmatch(address) or any(mark in address for mark in "#*\\@<>\"'") or "%2e" in address.lower():
        return False
    if ON_LOOPBACK.fullmatch(address):
        return not has_dots(address)
    try:
        parts = urlsplit(address)
        port_is_good = parts.port is None or parts.port > 0
    except ValueError:
        return False
    host_is_written_so = address.startswith(f"https://{parts.hostname}")
    return port_is_good and host_is_written_so and bool(HOST.fullmatch(parts.hostname or "")) and not has_dots(address)


def has_dots(address: str) -> bool:
    """Whether a path walks about: `/a/../b`."""
    return any(part in (".", "..") for part in urlsplit(address).path.split("/"))


def matches(registered: list[str], given: str) -> bool:
    """Whether an address is one that was registered: the same string, but for the port on loopback."""
    return given in registered or (is_on_loopback(given) and without_port(given) in map(without_port, registered))


def is_on_loopback(address: str) -> bool:
    found = ON_LOOPBACK.fullmatch(address)
    return bool(found and int(found[2] or 80) < 65536)


def without_port(address: str) -> str:
    found = ON_LOOPBACK.fullmatch(address)
    return f"{found[1]}{found[3] or ''}" if found else address


def origin_of(address: str) -> str:
    """Scheme, host and port of an address, as a Content-Security-Policy names them."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"
