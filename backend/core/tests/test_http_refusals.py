"""This file holds the tests of what goes wrong: the status, the envelope, and how little is told."""

import pytest

from core.audit.models import AuditEntry
from core.testing.fixtures import client_of, person_of_nation

pytestmark = [pytest.mark.django_db, pytest.mark.urls("core.tests.http_urls")]


def failing(how, **options):
    client = client_of(person_of_nation())
    client.raise_request_exception = False
    return client.get(f"/api/v1/failing/{how}/", **options)


@pytest.mark.parametrize(
    ("how", "status", "code"),
    [
        ("bug", 500, "internal_error"),
        ("rule", 422, "too_late"),
        ("not-found", 404, "not_found"),
        ("forbidden", 403, "not_allowed"),
        ("suspicious", 400, "bad_request"),
        ("conflict", 409, "conflict"),
        ("gone", 503, "unavailable"),
        ("slow", 503, "unavailable"),
        ("locked", 409, "busy"),
        ("deadlock", 409, "busy"),
        ("throttled", 429, "throttled"),
    ],
)
def test_every_failure_has_its_status_and_the_envelope(how, status, code):
    answer = failing(how, headers={"X-Request-ID": "request-0001"})
    assert answer.status_code == status
    assert answer["Content-Type"] == "application/json"
    body = answer.json()
    assert (body["status"], body["data"], body["meta"]) == ("error", None, {"request_id": "request-0001"})
    assert [problem["code"] for problem in body["errors"]] == [code]
    assert b"secret words" not in answer.content


@pytest.mark.parametrize("how", ["bug", "rule", "answered", "conflict"])
def test_a_refused_request_leaves_no_change(how):
    failing(how)
    assert AuditEntry.objects.count() == 0


def test_a_bug_tells_the_request_id_and_nothing_else():
    body = failing("bug", headers={"X-Request-ID": "request-0001"}).json()
    assert body["meta"] == {"request_id": "request-0001"}
    message = "Something went wrong here. Tell the request id to whoever runs this site."
    assert body["errors"] == [{"code": "internal_error", "message": message, "field": None}]


def test_a_bug_reaches_the_test_client_as_itself():
    with pytest.raises(ZeroDivisionError):
        client_of(person_of_nation()).get("/api/v1/failing/bug/")


@pytest.mark.parametrize(("how", "seconds"), [("gone", "1"), ("slow", "1"), ("locked", "1"), ("throttled", "7")])
def test_a_failure_that_passes_says_when_to_come_back(how, seconds):
    assert failing(how)["Retry-After"] == seconds


def test_a_statement_that_takes_too_long_is_a_503():
    answer = client_of(person_of_nation()).get("/api/v1/slow/")
    assert (answer.status_code, answer["Retry-After"]) == (503, "1")


def test_a_rule_names_the_field():
    message = {"code": "too_late", "message": "It is too late.", "field": "day"}
    assert failing("rule").json()["errors"] == [message]


@pytest.mark.parametrize("method", ["get", "post", "put", "patch", "delete", "options"])
@pytest.mark.parametrize("path", ["/api/v1/nowhere/", "/api/", "/api/v9/faculties/", "/api/v1/faculties/not-an-id/"])
def test_an_unknown_address_has_the_envelope(method, path):
    answer = getattr(client_of(person_of_nation()), method)(path)
    assert answer.status_code == 404
    assert answer.json()["errors"][0]["code"] == "not_found"
    assert answer["API-Version"] == "1.0.0"
    assert answer["X-Request-ID"] == answer.json()["meta"]["request_id"]


def test_a_foreign_host_is_a_400_in_the_envelope():
    answer = client_of().get("/api/v1/faculties/", headers={"Host": "evil.test"})
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["code"] == "bad_request"
    assert "X-Request-ID" in answer


def test_a_bug_outside_of_any_endpoint_has_the_envelope():
    client = client_of()
    client.raise_request_exception = False
    answer = client.get("/api/v1/outside/")
    assert answer.status_code == 500
    assert answer.json()["errors"][0]["code"] == "internal_error"
    assert b"secret words" not in answer.content


def test_nobody_is_told_to_sign_in():
    answer = client_of().get("/api/v1/faculties/")
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"].startswith("Bearer")
    assert answer.json()["errors"][0]["code"] == "not_authenticated"


def test_a_view_that_declares_nothing_answers_nobody():
    assert client_of().get("/api/v1/forgotten/").status_code == 401
    assert client_of(person_of_nation("faculties.view_faculty")).get("/api/v1/forgotten/").status_code == 403


def test_a_public_endpoint_must_stand_on_the_list():
    assert client_of().get("/api/v1/secretly/").status_code == 401


def test_an_answer_that_is_not_json_is_refused():
    answer = client_of(person_of_nation()).get("/api/v1/auth/me/", headers={"Accept": "text/csv"})
    assert answer.status_code == 406
    assert answer.json()["errors"][0]["code"] == "not_acceptable"


def test_an_unknown_method_is_refused_with_those_there_are():
    answer = client_of(person_of_nation()).delete("/api/v1/auth/me/")
    assert answer.status_code == 405
    assert answer["Allow"] == "GET, PATCH, HEAD, OPTIONS"
    assert answer.json()["errors"][0]["code"] == "method_not_allowed"


def test_options_says_which_methods_there_are():
    answer = client_of(person_of_nation()).options("/api/v1/faculties/")
    assert (answer.status_code, answer["Allow"], answer.content) == (204, "GET, POST, HEAD, OPTIONS", b"")


def test_an_unknown_parameter_of_an_endpoint_is_refused():
    answer = client_of(person_of_nation()).get("/api/v1/auth/me/?verbose=1")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["code"] == "unknown_parameter"
