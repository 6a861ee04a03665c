"""This file holds the tests of letters: written with a transaction, sent after it, safe whatever a name holds."""

from pathlib import Path

import pytest
from django.core import mail
from django.db import transaction

from core.mail.posting import Letter, post
from core.mail.rendering import rendered
from core.outbox.models import Message

pytestmark = pytest.mark.django_db

LINK = "https://tesc.test/reset/a-secret"


@pytest.fixture(autouse=True)
def _templates(settings, tmp_path: Path) -> None:
    (tmp_path / "mail").mkdir()
    text = "Subject: Hello {{ name }}\n\nDear {{ name }},\n\n{{ link }}\n\nBye"
    (tmp_path / "mail" / "hello.txt").write_text(text)
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [tmp_path]}]


def test_a_letter_is_sent_as_text_and_html_after_the_commit(django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        post("hello", "rudo@tesc.test", name="Rudo", link=LINK)
        assert mail.outbox == []
    (message,) = mail.outbox
    assert (message.to, message.subject) == (["rudo@tesc.test"], "Hello Rudo")
    assert message.body == f"Dear Rudo,\n\n{LINK}\n\nBye\n"
    html, kind = message.alternatives[0]
    assert (kind, f'<a href="{LINK}"' in html) == ("text/html", True)


def test_a_letter_of_a_change_that_failed_is_never_written():
    def fail_after_writing() -> None:
        with transaction.atomic():
            post("hello", "rudo@tesc.test", name="Rudo")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_after_writing()
    assert Message.objects.count() == 0


def test_a_letter_waits_sealed():
    post("hello", "rudo@tesc.test", name="Rudo", link=LINK)
    assert "secret" not in str(Message.objects.get().payload)
    assert "rudo" not in str(Message.objects.get().payload)


def test_the_letter_sent_again_has_the_same_id(django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        post("hello", "rudo@tesc.test", name="Rudo")
    message = Message.objects.get()
    assert mail.outbox[0].extra_headers["Message-ID"].startswith(f"<{message.payload['letter_id']}@")


def test_a_name_with_markup_or_a_line_break_stays_a_name():
    paper = rendered(Letter("hello", "x@tesc.test", {"name": "<b>Rudo</b>\nBcc: all@tesc.test", "link": LINK}))
    assert paper.subject == "Hello <b>Rudo</b>"
    assert "<b>" not in paper.html
    assert paper.html.count("<a href") == 1
