"""This file holds the tests of the pages below /account/: what they let in, keep out, and say of themselves."""

import re
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from core.audit.models import AuditEntry
from core.ids import uuid7
from instauth.models import Session
from instauth.pages.urls import pages
from instauth.sessions.rules import begin_session, end_sessions
from users.factories import make_person
from users.models import User

PASSWORD = "correct horse battery staple"
SIGN_IN, DEVICES = "/account/sign-in/", "/account/devices/"
STYLES = Path(__file__).parents[1] / "static/instauth/pages.css"

pytestmark = pytest.mark.django_db


@pytest.fixture
def rudo() -> User:
    return make_person(name="Rudo Ncube", email="rudo@tesc.test", password=PASSWORD)


def sign_in(client: Client, password: str = PASSWORD, **more: str):
    return client.post(SIGN_IN, {"email": "rudo@tesc.test", "password": password, **more})


@pytest.fixture
def browser(rudo: User) -> Client:
    client = Client()
    assert sign_in(client).status_code == 303
    return client


def test_a_person_signs_in_and_sees_their_devices(browser: Client):
    page = browser.get(DEVICES)
    assert page.status_code == 200
    assert "this device" in page.content.decode()


def test_the_cookie_says_nothing_and_no_script_reads_it(rudo: User):
    cookie = sign_in(Client()).cookies["tesc-page"]
    assert re.fullmatch(r"[\w-]{43}", cookie.value)
    assert (cookie["httponly"], cookie["samesite"], cookie["path"], cookie["domain"]) == (True, "Lax", "/", "")
    assert cookie.value.encode() not in bytes(Session.objects.get().page_digest)


def test_with_tls_the_cookie_is_bound_to_the_host(rudo: User, settings):
    settings.PUBLIC_URL = "https://tesc.example.org"
    cookies = sign_in(Client()).cookies
    assert cookies["__Host-tesc-page"]["secure"]


@pytest.mark.parametrize("cookie", ["", "x", "a" * 43, "\x00"])
def test_a_forged_cookie_is_sent_to_sign_in(cookie: str):
    client = Client()
    client.cookies["tesc-page"] = cookie
    answer = client.get(DEVICES)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/account/sign-in/?next=%2Faccount%2Fdevices%2F")


def test_a_session_that_ended_is_out_with_the_next_page(browser: Client, rudo: User):
    end_sessions(rudo, because="revoked")
    assert browser.get(DEVICES).status_code == 303


def test_a_session_that_idled_is_out_and_one_in_use_goes_on(browser: Client):
    idle = Session.objects.get().idle_until - timezone.now()
    with time_machine.travel(timezone.now(), tick=False) as clock:
        clock.shift(idle * 0.9)
        assert browser.get(DEVICES).status_code == 200
        clock.shift(idle * 0.9)
        assert browser.get(DEVICES).status_code == 200
        clock.shift(idle + timedelta(seconds=1))
        assert browser.get(DEVICES).status_code == 303


def test_a_wrong_password_is_told_on_the_page_and_audited(rudo: User):
    page = sign_in(Client(), password="wrong")
    text = page.content.decode()
    assert page.status_code == 401
    assert "The e-mail address or the password is wrong." in text
    assert "wrong" not in re.findall(r'value="([^"]*)"', text)
    assert AuditEntry.objects.get(decision="refused").actor_id == rudo.pk
    assert not Session.objects.exists()


def test_unknown_and_known_addresses_look_alike(rudo: User):
    def told(email: str) -> str:
        page = Client().post(SIGN_IN, {"email": email, "password": "wrong"}).content.decode()
        return re.sub(r'value="[^"]*"', "", page)

    assert told("rudo@tesc.test") == told("nobody@tesc.test")


def test_what_is_missing_is_told_with_a_link_to_its_field(rudo: User):
    page = Client().post(SIGN_IN, {"email": "no address"})
    text = page.content.decode()
    assert page.status_code == 400
    assert 'href="#id_email"' in text
    assert 'href="#id_password"' in text
    assert text.count('aria-invalid="true"') == 2


@pytest.mark.parametrize(
    "wanted",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example/",
        "\\\\evil.example",
        "javascript:alert(1)",
        "http:evil.example",
        "/account/devices/\r\nSet-Cookie: a=b".replace("\r\n", "\n") + "//",
        " //evil.example",
        "account/devices/",
    ],
)
def test_nobody_is_sent_to_another_site(rudo: User, wanted: str):
    location = sign_in(Client(), next=wanted).headers["Location"]
    assert location.startswith("/account/")
    assert "\n" not in location


def test_one_goes_on_to_the_page_that_was_asked_for(rudo: User):
    assert sign_in(Client(), next="/account/devices/?x=1").headers["Location"] == "/account/devices/?x=1"


def test_a_person_ends_another_session_of_theirs(browser: Client, rudo: User):
    other = begin_session(rudo, "curl/8").session
    assert browser.post(DEVICES, {"session": str(other.pk)}).status_code == 303
    other.refresh_from_db()
    assert other.revoked_because == "revoked"


def test_nobody_ends_the_session_of_another(browser: Client):
    theirs = begin_session(make_person(email="tatenda@tesc.test"), "curl/8").session
    page = browser.post(DEVICES, {"session": str(theirs.pk)})
    assert page.status_code == 404
    theirs.refresh_from_db()
    assert theirs.revoked_at is None


def test_a_person_ends_all_others(browser: Client, rudo: User):
    others = [begin_session(rudo, "curl/8").session for _ in range(2)]
    browser.post(DEVICES)
    assert browser.get(DEVICES).status_code == 200
    assert Session.objects.filter(pk__in=[one.pk for one in others]).live().count() == 0


def test_signing_out_ends_the_session(browser: Client):
    assert browser.post("/account/sign-out/").headers["Location"] == SIGN_IN
    assert Session.objects.get().revoked_because == "signed_out"
    assert browser.get(DEVICES).status_code == 303


@pytest.mark.parametrize("path", [SIGN_IN, DEVICES, "/account/sign-out/"])
def test_a_form_without_our_token_is_refused(rudo: User, path: str):
    client = Client(enforce_csrf_checks=True)
    client.cookies["tesc-page"] = Client().cookies.get("tesc-page", "")
    page = client.post(path, {"email": "rudo@tesc.test", "password": PASSWORD})
    assert page.status_code == 403
    assert page.headers["Content-Type"].startswith("text/html")
    assert not Session.objects.exists()


def test_a_form_with_our_token_is_taken(rudo: User):
    client = Client(enforce_csrf_checks=True)
    token = re.search(r'csrfmiddlewaretoken" value="(\w+)"', client.get(SIGN_IN).content.decode())[1]
    assert sign_in(client, csrfmiddlewaretoken=token).status_code == 303


@pytest.mark.parametrize("path", ["/account/nothing/", "/account/devices/1/", "/account/%00/", "/account/../x"])
def test_unknown_addresses_answer_with_a_page(path: str):
    page = Client().get(path)
    assert page.status_code == 404
    assert page.headers["Content-Type"].startswith("text/html")
    assert page.headers["Content-Security-Policy"].startswith("default-src 'none'")


def test_the_api_takes_no_cookie_of_a_page(browser: Client):
    assert browser.get("/api/v1/auth/me/").status_code == 401


class Outline(HTMLParser):
    """What a page is made of, as far as these tests ask."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict]] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def all(self, *names: str) -> list[dict]:
        return [attrs for tag, attrs in self.tags if tag in names]


SHOWN = ["consents/", *(address for address, page in pages if "<" not in address)]


@pytest.mark.parametrize("address", SHOWN)
def test_every_page_is_accessible_and_fenced_in(browser: Client, address: str):
    page = browser.get(f"/account/{address}", follow=True)
    outline = Outline(page.content.decode())
    assert outline.all("html")[0]["lang"] == "en"
    assert [len(outline.all(tag)) for tag in ("h1", "main", "title", "header")] == [1, 1, 1, 1]
    labelled = {attrs["for"] for attrs in outline.all("label")}
    inputs = [attrs for attrs in outline.all("input", "select", "textarea") if attrs.get("type") != "hidden"]
    assert all(attrs["id"] in labelled for attrs in inputs)
    assert not [attrs for _, attrs in outline.tags if "style" in attrs or any(name.startswith("on") for name in attrs)]
    policy = page.headers["Content-Security-Policy"]
    for part in ("default-src 'none'", "style-src 'self'", "form-action 'self'", "frame-ancestors 'none'", "base-uri"):
        assert part in policy
    assert "unsafe" not in policy
    assert page.headers["X-Frame-Options"] == "DENY"
    assert page.headers["Cache-Control"].startswith("no-store") or "no-store" in page.headers["Cache-Control"]


@pytest.mark.parametrize("address", ["consents/", *(address for address, page in pages if not page.opened_because)])
def test_what_is_ones_own_needs_a_sign_in(address: str):
    for method in ("get", "post"):
        answer = getattr(Client(), method)(f"/account/{address.replace('<uuid:pk>', str(uuid7()))}")
        assert (answer.status_code, answer.headers["Location"][:18]) == (303, "/account/sign-in/?")


def colors() -> dict[str, str]:
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", STYLES.read_text()))


def luminance(color: str) -> float:
    """WCAG 2.2, relative luminance."""
    parts = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize(
    ("front", "back", "least"),
    [
        ("text", "ground", 7),
        ("quiet", "ground", 4.5),
        ("accent", "ground", 4.5),
        ("on-accent", "accent", 4.5),
        ("problem", "ground", 4.5),
        ("edge", "ground", 3),
    ],
)
def test_colors_have_contrast(front: str, back: str, least: float):
    lighter, darker = sorted((luminance(colors()[front]), luminance(colors()[back])), reverse=True)
    assert (lighter + 0.05) / (darker + 0.05) >= least


def test_every_color_is_one_that_is_judged():
    names = set(colors()) - {"ground"}
    assert names == {"text", "quiet", "accent", "on-accent", "problem", "edge"}
    rules = STYLES.read_text().split("}", 1)[1]
    assert not re.findall(r"#[0-9a-f]{3,8}\b|rgb|hsl", rules)
