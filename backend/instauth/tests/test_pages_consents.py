"""This file holds the tests of the page of what one let programs do."""

import pytest
from django.test import Client as Browser

from core.audit.models import AuditEntry
from core.ids import uuid7
from faculties.models import Institution
from instauth.oauth.models import Client, Consent
from instauth.tests.oauth_lab import (
    SCOPES,
    bearer,
    decide,
    look_again,
    make_client,
    renew,
    signed_in,
    tokens_for,
)
from users.factories import make_person
from users.models import User

CONSENTS = "/account/consents/"

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_keys")]


@pytest.fixture
def rudo(harare: Institution) -> User:
    return make_person(name="Rudo Ncube", email="rudo@tesc.test", grants=[("registrar", harare)])


@pytest.fixture
def app(harare: Institution) -> Client:
    return make_client(harare)


def browser_of(user: User) -> Browser:
    """The browser of a person, which sends our tokens with forms by itself."""
    browser = Browser()
    browser.cookies = signed_in(user).cookies
    return browser


def test_it_says_who_may_do_what(rudo: User, app: Client):
    decide(signed_in(rudo), app, scope="openid profile")
    page = browser_of(rudo).get(CONSENTS).content.decode()
    assert "Campus App (Harare University)" in page
    assert "See your name." in page
    assert "See your e-mail address." not in page


def test_the_page_of_devices_leads_there(rudo: User):
    browser = browser_of(rudo)
    assert f'href="{CONSENTS}"' in browser.get("/account/devices/").content.decode()
    assert "No program acts in your name." in browser.get(CONSENTS).content.decode()


def test_what_is_taken_back_ends_at_once(rudo: User, app: Client):
    tokens = tokens_for(rudo, app)
    students = bearer(tokens["access_token"])
    assert students.get("/api/v1/students/").status_code == 200
    browser, consent = browser_of(rudo), Consent.objects.get()
    assert browser.post(CONSENTS, {"consent": str(consent.pk)}).headers["Location"] == CONSENTS
    look_again()
    assert students.get("/api/v1/students/").status_code == 401
    assert renew(app, tokens["refresh_token"]).json()["error"] == "invalid_grant"
    assert "Campus App" not in browser.get(CONSENTS).content.decode()
    assert AuditEntry.objects.get(rule="instauth.consent.revoked").actor_id == rudo.pk
    assert browser.post(CONSENTS, {"consent": str(consent.pk)}).status_code == 404


def test_nobody_sees_or_takes_back_the_consent_of_another(rudo: User, app: Client):
    tokens_for(rudo, app)
    consent, browser = Consent.objects.get(), browser_of(make_person(email="tatenda@tesc.test"))
    assert "Campus App" not in browser.get(CONSENTS).content.decode()
    assert browser.post(CONSENTS, {"consent": str(consent.pk)}).status_code == 404
    consent.refresh_from_db()
    assert (consent.revoked_at, consent.scopes) == (None, sorted(SCOPES))


@pytest.mark.parametrize(
    ("given", "status"), [({}, 400), ({"consent": "x"}, 400), ({"consent": str(uuid7())}, 404)], ids=range(3)
)
def test_a_form_that_names_none_of_them_is_refused(rudo: User, given: dict, status: int):
    assert browser_of(rudo).post(CONSENTS, given).status_code == status


def test_the_name_of_a_program_is_text(rudo: User, harare: Institution):
    decide(signed_in(rudo), make_client(harare, name="<b>App</b>"))
    page = browser_of(rudo).get(CONSENTS).content.decode()
    assert "&lt;b&gt;App&lt;/b&gt;" in page
    assert "<b>" not in page
