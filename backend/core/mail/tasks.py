"""This file holds how letters leave: rendered as text and HTML, and handed to the mail server."""

from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives

from core.mail.posting import LetterPosted, opened
from core.mail.rendering import rendered
from core.outbox.events import hears


@hears(LetterPosted)
def send(event: LetterPosted) -> None:
    """Send one letter. Sent twice after a crash, it has the same Message-ID, by which readers drop the second."""
    letter = opened(event)
    paper = rendered(letter)
    message_id = f"<{event.letter_id}@{urlsplit(settings.PUBLIC_URL).hostname}>"
    message = EmailMultiAlternatives(paper.subject, paper.text, to=[letter.to], headers={"Message-ID": message_id})
    message.attach_alternative(paper.html, "text/html")
    message.send()
