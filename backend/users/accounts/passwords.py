"""This file holds which passwords are good enough: long ones that nobody guesses first. There are no other riddles."""

import gzip
import re
from collections.abc import Iterable
from functools import cache
from itertools import pairwise
from pathlib import Path

import django.contrib.auth
from django.conf import settings
from django.contrib.auth.hashers import make_password

from core.errors import Invalid, Problem
from core.texts import folded
from users.accounts.models import User

SHORTEST_ALONE, SHORTEST_WITH_SECOND_FACTOR = 15, 8
MOST_CHARACTERS, MOST_BYTES = 128, 512
SHORTEST_REST = 6  # what must be left of a password without the words that everybody tries
SHORTEST_WORD = 4
# The list that Django ships: the 20,000 passwords that were found most often, folded.
COMMON = Path(django.contrib.auth.__file__).parent / "common-passwords.txt.gz"
WORD = re.compile(r"[^\W_]+")


def check_password_rules(
    password: str, user: User | None = None, *, needs_long: bool = True, words: Iterable[str] = ()
) -> None:
    """Raise Invalid, with every problem, where a new password is too short, too long, or among the first guesses.

    needs_long   whether it must stand alone, without a second factor
    words        more that a guesser knows, such as the name of an institution, beside the person's name and address
    """
    if problems := [Problem(code, message, "password") for code, message in faults(password, user, needs_long, words)]:
        raise Invalid(problems)


def faults(password: str, user: User | None, needs_long: bool, words: Iterable[str]) -> Iterable[tuple[str, str]]:
    if is_too_long(password):
        yield "password_too_long", f"Take at most {MOST_CHARACTERS} characters, and {MOST_BYTES} bytes."
        return
    shortest = SHORTEST_ALONE if needs_long else SHORTEST_WITH_SECOND_FACTOR
    if len(password) < shortest:
        yield (
            "password_too_short",
            f"Take at least {shortest} characters: a few words that you alone would put together.",
        )
    if is_common(password):
        yield "password_too_common", "This password is among the first that are guessed. Take another one."
    elif is_about(password, [*words_of(user), *words]):
        yield "password_about_you", "This password is little more than your name, your address or your institution."


def is_password_of(user: User | None, password: str) -> bool:
    """Whether somebody proved to be this person. One hash is made whoever is named, and however much is typed.

    Call it after the throttle and outside a transaction. It raises HashingBusy where too many are being checked.
    """
    if user is None or is_too_long(password):
        make_password("")
        return False
    return user.check_password(password)


def is_too_long(password: str) -> bool:
    """Nobody has such a password, so nothing is hashed for it."""
    return len(password) > MOST_CHARACTERS or len(password.encode()) > MOST_BYTES


def is_common(password: str) -> bool:
    """Whether it is on the list, also with a few digits or signs after it, or repeats something short or common."""
    plain = password.casefold()
    bare = re.sub(r"[\W\d_]+$", "", plain)
    unit = repeated(plain)
    repeats = unit != plain and len(unit) < SHORTEST_REST
    return repeats or is_a_row(plain) or not common_passwords().isdisjoint({plain, bare, unit})


def repeated(text: str) -> str:
    """The shortest text that gives this one when it is repeated: `abcabcabc` is `abc`."""
    return text[: (text + text).find(text, 1)]


def is_a_row(text: str) -> bool:
    """Whether each character follows the one before it, or precedes it: `123456789`, `hgfedcba`."""
    steps = {ord(after) - ord(before) for before, after in pairwise(text)}
    return len(steps) == 1 and steps <= {-1, 0, 1}


def is_about(password: str, words: Iterable[str]) -> bool:
    """Whether little is left of it without the words that belong to the person and the place."""
    rest = folded(password)
    known = {part for word in words for part in WORD.findall(folded(word)) if len(part) >= SHORTEST_WORD}
    for word in sorted(known, key=len, reverse=True):
        rest = rest.replace(word, "")
    if rest == folded(password):
        return False
    rest = "".join(WORD.findall(rest))
    return len(rest) < SHORTEST_REST or rest in common_passwords()


def words_of(user: User | None) -> list[str]:
    """What a stranger knows of somebody, and of this site."""
    here = [settings.SITE_NAME, "university", "password"]
    if user is None:
        return here
    places = user.grants.filter(institution__isnull=False).values_list("institution__name", "institution__code")
    return [*here, user.name, user.email, *(word for place in places for word in place)]


@cache
def common_passwords() -> frozenset[str]:
    with gzip.open(COMMON, "rt", encoding="utf-8") as lines:
        return frozenset(line.strip() for line in lines)
