"""This file holds how often somebody may try to prove who they are, before anything costly is done for them.

An attempt is counted when it begins, not when it has failed, so that many at once don't slip by; a good one is taken
back. What is counted and what is answered never depend on whether an account exists.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from math import ceil
from time import time
from typing import Any

from django.utils import timezone
from django.utils.crypto import salted_hmac

from core.errors import RuleBroken
from instauth.attempts.counting import Limit, State, Tally, counts
from instauth.attempts.telling import told
from users.accounts.addresses import as_login
from users.models import User

MINUTE, HOUR, DAY = 60, 3600, 86400
# Of one account from one network, or from one known device.
GUESSES = Limit(most=5, seconds=DAY, longest=15 * MINUTE)
# Of one account from everywhere; it closes only for networks where the account never signed in.
OF_ACCOUNT = Limit(most=50, seconds=HOUR)
# Of one network, sized for a campus behind one address.
OF_NETWORK = Limit(most=300, seconds=5 * MINUTE)
OF_DEVICE = Limit(most=30, seconds=5 * MINUTE)
FAILED_NAMES = Limit(most=30, seconds=5 * MINUTE)
ONE_NAME = Limit(most=10**9, seconds=5 * MINUTE)
NETWORK_KNOWN_FOR = timedelta(days=90)


class TooManyAttempts(RuleBroken):
    """Too many attempts for this account, or from this network. Known and unknown accounts are answered alike."""

    status = 429

    def __init__(self, seconds: int) -> None:
        super().__init__("too_many_attempts", f"There were too many attempts. Try again in {seconds} s.")
        self.headers = {"Retry-After": str(seconds)}


class Attempt:
    """One attempt that was let in. It is given back unless it is said to have succeeded or failed."""

    def __init__(self, purpose: str, login: str, address: str | None, device: str | None) -> None:
        self.login, self.network, self.is_known_device = as_login(login), network_of(address), device is not None
        place = f"device {device}" if device else f"network {self.network}"
        self.guesses = Tally(key_of(purpose, "guesses", self.login, place), GUESSES)
        self.volume = Tally(key_of(purpose, "volume", place), OF_DEVICE if device else OF_NETWORK)
        self.account, self.names = key_of(purpose, "account", self.login), key_of(purpose, "names", self.network)
        self.name = Tally(key_of(purpose, "name", self.network, self.login), ONE_NAME)
        names = {self.guesses.key: "guesses", self.volume.key: "volume", self.account: "account", self.names: "names"}
        self.gauges = {key: f"{purpose} {name}" for key, name in names.items()}
        self.state = State()
        self.is_open = False

    def begin(self) -> None:
        """Count it, or refuse it."""
        tallies = [self.guesses, self.volume]
        if not self.is_known_device:
            tallies += [Tally(self.names, FAILED_NAMES, step=0), Tally(self.account, OF_ACCOUNT, step=0)]
        closed = self.take(tallies)
        if list(closed) == [self.account] and signed_in_from(self.login, self.network):
            closed = self.take(tallies[:-1])
        if closed:
            refusal = TooManyAttempts(ceil(max(closed.values())))
            raise told(refusal, {key: self.gauges[key] for key in closed}, self.login)

    def take(self, tallies: Sequence[Tally]) -> dict[str, float]:
        """Count it in all, or in none where some are closed: those, and for how many seconds more."""
        self.is_open, states = counts.take(tallies)
        self.state, now = states[0], time()
        if self.is_open:
            return {}
        left = {tally.key: state.open_at - now for tally, state in zip(tallies, states, strict=True)}
        return {key: seconds for key, seconds in left.items() if seconds > 0} or {self.guesses.key: 1}

    def succeeded(self, user: Any = None) -> None:
        """It was who they said: earlier failures from here are forgotten."""
        self.is_open = False
        counts.forget(self.guesses.key, self.state)

    def failed(self, user: Any = None) -> None:
        """It was not, or we can't say. The same is done whether there is such a user or not."""
        self.is_open = False
        kept = {self.guesses.key: self.state}
        if not self.is_known_device:
            kept[self.account], name = counts.count([Tally(self.account, OF_ACCOUNT), self.name])
            if name.count == 1:
                (kept[self.names],) = counts.count([Tally(self.names, FAILED_NAMES)])
        counts.keep(kept)

    def give_back(self) -> None:
        counts.give_back([self.guesses, self.volume])


@contextmanager
def admit(
    login: str, address: str | None, known_device: str | None = None, purpose: str = "sign-in"
) -> Iterator[Attempt]:
    """Let in one attempt to be somebody, or raise TooManyAttempts. Nothing is decrypted, hashed or looked up before.

    Each purpose is counted for itself. Call it outside a transaction (`opens_transaction = False`), or a refusal
    would take back what was counted.
    """
    attempt = Attempt(purpose, login, address, known_device)
    attempt.begin()
    try:
        yield attempt
    finally:
        if attempt.is_open:
            attempt.give_back()


def network_of(address: str | None) -> str:
    """The /24 of an IPv4 address and the /56 of an IPv6 one: about what one household or one campus has."""
    if address is None:
        return "unknown"
    parsed: IPv4Address | IPv6Address = ip_address(address)
    if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped:
        parsed = parsed.ipv4_mapped
    return str(ip_network((parsed, 24 if parsed.version == 4 else 56), strict=False))


def signed_in_from(login: str, network: str) -> bool:
    """Whether the account signed in from this network lately. Asked by name, so that unknown ones cost the same."""
    lately = User.objects.filter(email=login, sessions__created_at__gte=timezone.now() - NETWORK_KNOWN_FOR)
    return network in {network_of(address) for address in lately.values_list("sessions__address", flat=True).distinct()}


def key_of(*parts: str) -> str:
    """A digest under our key: what is stored tells neither names nor networks."""
    return salted_hmac("instauth.attempts", "\0".join(parts), algorithm="sha256").hexdigest()[:40]
