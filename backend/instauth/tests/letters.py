"""This file holds how tests read the letters that people were sent."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from django.core import mail
from django.core.mail import EmailMessage
from pytest_django import DjangoCaptureOnCommitCallbacks


@contextmanager
def posted(capture: DjangoCaptureOnCommitCallbacks) -> Iterator[list[EmailMessage]]:
    """The letters that leave by what is done inside, once it is committed."""
    before, letters = len(mail.outbox), []
    with capture(execute=True):
        yield letters
    letters.extend(mail.outbox[before:])


def token_in(letter: EmailMessage) -> str:
    """The token of the link that a letter holds."""
    found = re.search(r"^https?://\S+#([\w-]{43})$", str(letter.body), re.MULTILINE)
    assert found, letter.body
    return found[1]
