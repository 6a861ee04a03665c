"""This file holds the tests of the pages in a real browser: Debian's Chromium, with scripts and without.

Where there is no Chromium they are skipped, but for `make test-browser`, which asks for one.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import connections
from playwright.sync_api import Browser, Page, expect, sync_playwright

from core.testing.letters import posted, token_in
from instauth.models import Session
from instauth.sessions.rules import begin_session
from instauth.tests.factor_lab import shown_by, wrong_for
from users.factories import make_person
from users.models import User

PASSWORD = "correct horse battery staple"
CHROMIUM = shutil.which("chromium")
MUST_RUN = os.environ.get("TESC_BROWSER") == "required"

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not CHROMIUM and not MUST_RUN, reason="there is no Chromium: apt-get install chromium"),
]


@pytest.fixture(scope="module")
def chromium(django_db_setup: None) -> Iterator[Browser]:  # the database is built before a loop runs
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        # Playwright's loop runs in this thread, and Django takes whatever runs beside a loop for a coroutine.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        assert CHROMIUM, "There is no Chromium: apt-get install chromium"
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        connections.close_all()  # those that were opened beside the loop
        browser.close()


@pytest.fixture(params=[True, False], ids=["script", "no-script"])
def page(request, chromium: Browser, live_server, settings) -> Iterator[Page]:
    """A page of a browser that starts afresh, with script and without."""
    settings.PUBLIC_URL = live_server.url
    with opened(chromium, live_server.url, script=request.param) as page:
        yield page


@pytest.fixture
def scripted(chromium: Browser, live_server, settings) -> Iterator[Page]:
    """A page of a browser that starts afresh, with script. It is at `localhost`, as passkeys want it: no number."""
    settings.PUBLIC_URL = live_server.url
    with opened(chromium, live_server.url) as page:
        yield page


@contextmanager
def opened(chromium: Browser, url: str, script: bool = True) -> Iterator[Page]:
    """Whatever the policy had to block fails the test."""
    context = chromium.new_context(base_url=url, java_script_enabled=script)
    context.set_default_timeout(10_000)
    page, complaints = context.new_page(), list[str]()
    page.on("console", lambda line: complaints.append(line.text) if "Content Security Policy" in line.text else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    context.close()
    assert complaints == []


@pytest.fixture
def rudo() -> User:
    return make_person(name="Rudo Ncube", email="rudo@tesc.test", password=PASSWORD)


def fill_in(page: Page, password: str) -> None:
    page.get_by_label("E-mail address").fill("rudo@tesc.test")
    page.get_by_label("Password").fill(password)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()


def test_a_person_signs_in_at_the_second_try_and_signs_out_elsewhere(page: Page, rudo: User):
    elsewhere = begin_session(rudo, "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0").session
    page.goto("/account/devices/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
    fill_in(page, "wrong")
    expect(page.get_by_role("alert")).to_contain_text("The e-mail address or the password is wrong.")
    expect(page.get_by_role("alert")).to_be_focused()
    expect(page.get_by_label("E-mail address")).to_have_value("rudo@tesc.test")
    expect(page.get_by_label("Password")).to_have_value("")
    fill_in(page, PASSWORD)
    expect(page).to_have_url("/account/devices/")
    expect(page.get_by_role("heading", level=2)).to_have_count(2)
    page.get_by_role("button", name="Sign out there").click()
    expect(page.get_by_role("heading", level=2)).to_have_count(1)
    elsewhere.refresh_from_db()
    assert elsewhere.revoked_because == "revoked"
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
    assert not Session.objects.live().exists()


def test_a_page_that_is_opened_after_its_session_ended_asks_to_sign_in(page: Page, rudo: User):
    page.goto("/account/sign-in/")
    fill_in(page, PASSWORD)
    expect(page.get_by_role("heading", level=1)).to_have_text("Your account")
    Session.objects.update(revoked_because="revoked", revoked_at="2026-01-01T00:00:00Z")
    page.get_by_role("link", name="Devices").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")


def test_the_keyboard_alone_signs_in(page: Page, rudo: User):
    page.goto("/account/sign-in/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="To the content")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_label("E-mail address")).to_be_focused()
    page.keyboard.type("rudo@tesc.test")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Your account")


def test_the_styles_are_loaded_and_no_script_reads_the_cookies(page: Page, rudo: User):
    page.goto("/account/sign-in/")
    fill_in(page, PASSWORD)
    expect(page.get_by_role("heading", level=1)).to_have_text("Your account")
    names = {cookie["name"]: cookie for cookie in page.context.cookies()}
    assert set(names) == {"tesc-page", "tesc-csrf", "tesc_device"}
    assert all(cookie["httpOnly"] for cookie in names.values())
    header = page.locator("header")
    assert header.evaluate("element => getComputedStyle(element).borderBottomColor") == "rgb(11, 79, 158)"
    assert page.evaluate("document.cookie") == ""


def test_a_person_adds_a_second_factor_and_then_is_asked_for_it(page: Page, rudo: User):
    page.goto("/account/sign-in/")
    fill_in(page, PASSWORD)
    page.get_by_role("link", name="Second factors").click()
    page.get_by_role("link", name="Add an authenticator app").click()
    page.get_by_role("button", name="Continue").click()
    expect(page.locator("svg")).to_be_visible()
    secret = page.locator("#secret").inner_text()
    page.get_by_label("Code").fill(shown_by(secret))
    page.get_by_role("button", name="Add it").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your recovery codes")
    code = page.get_by_role("listitem").first.inner_text()
    page.get_by_role("button", name="Sign out").click()
    fill_in(page, PASSWORD)
    expect(page.get_by_role("heading", level=1)).to_have_text("Your second factor")
    page.get_by_label("Code").fill(wrong_for(secret))
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("This code is wrong")
    page.get_by_label("Code").fill(code)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your account")


def test_a_person_who_forgot_their_password_chooses_another_by_a_letter(page: Page, rudo: User):
    page.goto("/account/sign-in/")
    page.get_by_role("link", name="Forgot your password?").click()
    page.get_by_label("E-mail address").fill("rudo@tesc.test")
    with posted() as letters:
        page.get_by_role("button", name="Send the letter").click()
        expect(page.get_by_role("status")).to_contain_text("a letter is on its way")
    page.goto(f"/account/reset/?token={token_in(letters[0])}")
    expect(page).to_have_url("/account/reset/")
    page.get_by_label("New password").fill("short")
    page.get_by_role("button", name="Keep it").click()
    expect(page.get_by_role("alert")).to_be_visible()
    page.get_by_label("New password").fill("seven quiet rivers at dusk")
    page.get_by_role("button", name="Keep it").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
    fill_in(page, "seven quiet rivers at dusk")
    expect(page.get_by_role("heading", level=1)).to_have_text("Your account")


# --- Passkeys ---
def with_authenticator(page: Page) -> None:
    """Give the browser a device that keeps passkeys and knows its person, who always says yes."""
    device = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    tools = page.context.new_cdp_session(page)
    tools.send("WebAuthn.enable")
    tools.send("WebAuthn.addVirtualAuthenticator", {"options": device})


def add_passkey(page: Page) -> None:
    page.goto("/account/sign-in/")
    fill_in(page, PASSWORD)
    page.get_by_role("link", name="Second factors").click()
    page.get_by_role("link", name="Add a passkey").click()
    page.get_by_label("Name").fill("Laptop")
    page.get_by_role("button", name="Add it").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your recovery codes")


def test_a_passkey_is_added_signs_in_alone_is_the_second_step_and_confirms(scripted: Page, rudo: User):
    page = scripted
    with_authenticator(page)
    add_passkey(page)

    page.get_by_role("button", name="Sign out").click()
    page.goto("/account/devices/")
    page.get_by_role("link", name="Use a passkey").click()
    page.get_by_role("button", name="Use your passkey").click()
    expect(page).to_have_url("/account/devices/")

    page.get_by_role("button", name="Sign out").click()
    fill_in(page, PASSWORD)
    expect(page.get_by_role("heading", level=1)).to_have_text("Your second factor")
    page.get_by_role("link", name="Use a passkey").click()
    page.get_by_role("button", name="Use your passkey").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your account")

    Session.objects.update(strong_at="2026-01-01T00:00:00Z")
    page.get_by_role("link", name="Second factors").click()
    page.get_by_role("button", name="Remove").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Confirm that it is you")
    page.get_by_role("link", name="Use a passkey").click()
    page.get_by_role("button", name="Use your passkey").click()
    expect(page).to_have_url("/account/factors/")
    page.get_by_role("button", name="Remove").click()
    expect(page.get_by_text("You have none.")).to_be_visible()
    assert not rudo.factors.exists()


def test_a_browser_that_gets_no_answer_says_so_and_tries_again(scripted: Page, rudo: User):
    page = scripted
    with_authenticator(page)  # it has no passkey of ours
    page.goto("/account/sign-in/passkey/")
    button = page.get_by_role("button", name="Use your passkey")
    button.click()
    expect(page.get_by_role("alert")).to_contain_text("Your browser got no answer from a passkey.")
    expect(button).to_be_focused()
    expect(button).to_be_enabled()
    page.get_by_role("link", name="Another way").click()
    fill_in(page, PASSWORD)
    expect(page.get_by_role("heading", level=1)).to_have_text("Your account")


def test_without_script_the_page_of_a_passkey_leads_to_the_other_ways(chromium: Browser, live_server, rudo: User):
    with opened(chromium, live_server.url, script=False) as page:
        page.goto("/account/sign-in/")
        page.get_by_role("link", name="Use a passkey").click()
        expect(page.get_by_text("Passkeys need script")).to_be_visible()
        expect(page.get_by_role("button", name="Use your passkey")).to_be_hidden()
        page.get_by_role("link", name="Another way").click()
        fill_in(page, PASSWORD)
        expect(page.get_by_role("heading", level=1)).to_have_text("Your account")
