"""This file holds how tests read the letters that people were sent."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from django.core import mail
from django.core.mail import EmailMessage

from core.outbox.tasks import relay


@contextmanager
def posted() -> Iterator[list[EmailMessage]]:
    """The letters that leave because of what is done inside."""
    before, letters = len(mail.outbox), list[EmailMessage]()
    yield letters
    while relay():  # what is heard may have more to tell
        pass
    letters.extend(mail.outbox[before:])


def token_in(letter: EmailMessage) -> str:
    """The token of the link that a letter holds."""
    found = re.search(r"^https?://\S+\?token=([\w-]{43})$", str(letter.body), re.MULTILINE)
    assert found, letter.body
    return found[1]
