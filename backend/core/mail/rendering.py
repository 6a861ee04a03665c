"""This file holds how a letter becomes a subject, a text and a page of HTML, all from one template."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.template import Context
from django.template.loader import get_template, render_to_string
from django.utils import translation

from core.mail.posting import Letter

SUBJECT = "Subject: "


@dataclass(frozen=True)
class Paper:
    """A letter as it is sent."""

    subject: str
    text: str
    html: str


def rendered(letter: Letter) -> Paper:
    """The template's first line is the subject; paragraphs are parted by blank lines.

    Nothing is escaped in the text. In the HTML everything is, and only the letter's own link can be followed.
    """
    context = {"site": settings.SITE_NAME, "url": settings.PUBLIC_URL, **letter.context}
    with translation.override(letter.language):
        template: Any = get_template(f"mail/{letter.name}.txt")
        first, _, rest = template.template.render(Context(context, autoescape=False)).lstrip().partition("\n")
        text = rest.strip() + "\n"
        paragraphs = [paragraph for paragraph in text.strip().split("\n\n") if paragraph.strip()]
        # On one line: a name that holds a line break must not become a header.
        subject = " ".join(first.removeprefix(SUBJECT).split())
        page = {"subject": subject, "paragraphs": paragraphs, "language": letter.language, **context}
        return Paper(subject, text, render_to_string("core/mail/letter.html", page))
