"""This file holds the tests of what surrounds every request: its id, its log line, its version, its health."""

import gc
import json
import logging
import subprocess
import sys
from datetime import date
from io import StringIO

import pytest
import structlog
from django.conf import settings
from django.core.checks import Error
from django.test import override_settings
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory, force_authenticate

from config.local.servers import BACKEND
from core.audit.models import AuditEntry
from core.audit.origin import Origin, origin
from core.http import health, logs, routes
from core.http.permissions import SIGNED_IN
from core.http.versions import Deprecation
from core.http.views import Endpoint
from core.testing.fixtures import client_of, person_at, person_of_nation


@pytest.fixture
def lines():
    """The lines that the log writes, as text."""
    handler = logging.getLogger().handlers[0]
    written, before = StringIO(), handler.stream
    level = logging.getLogger().level
    handler.setStream(written)
    logging.getLogger().setLevel("INFO")
    yield lambda: [json.loads(line) for line in written.getvalue().splitlines()]
    handler.setStream(before)
    logging.getLogger().setLevel(level)


@pytest.fixture
def json_logs():
    """Logs as production writes them."""
    before = logging.getLogger().handlers[:], logging.getLogger().level
    logs.configure({"level": "INFO", "readable": False})
    yield
    logs.configure(settings.LOGGING)
    logging.getLogger().handlers[:] = before[0]
    logging.getLogger().setLevel(before[1])


# --- What stays of a request ---
class Echo(Endpoint):
    needs = {"post": SIGNED_IN}

    def post(self, request: Request) -> Response:
        return Response(request.data)


@pytest.mark.django_db
def test_a_request_that_was_answered_leaves_nothing_to_the_garbage_collector():
    person = person_of_nation()

    def ask() -> None:
        request = APIRequestFactory().post("/", {"a": 1})
        force_authenticate(request, person)
        assert Echo.as_view()(request).render().status_code == 200

    ask()
    gc.collect()
    gc.disable()
    try:
        ask()
        assert gc.collect() == 0
    finally:
        gc.enable()


# --- The id of a request ---
def test_a_request_id_that_is_given_is_kept():
    assert client_of().get("/healthz", headers={"X-Request-ID": "abc.DEF_12-3"})["X-Request-ID"] == "abc.DEF_12-3"


@pytest.mark.parametrize("given", ["", "short", "x" * 65, "has blank in it", 'quote"quote', "line\\nbreak"])
def test_a_request_id_that_could_do_harm_is_replaced(given):
    answered = client_of().get("/healthz", headers={"X-Request-ID": given})["X-Request-ID"]
    assert answered != given
    assert len(answered) == 36


@pytest.mark.django_db
def test_the_audit_log_knows_the_request_and_the_peer_and_trusts_no_header(harare):
    headers = {"X-Request-ID": "request-0001", "X-Forwarded-For": "203.0.113.9", "Forwarded": "for=203.0.113.9"}
    client_of(person_at(harare)).get("/api/v1/faculties/", headers=headers)
    entry = AuditEntry.objects.get()
    assert (entry.request_id, entry.address) == ("request-0001", "127.0.0.1")
    assert origin.get() == Origin()


# --- The log line ---
@pytest.mark.django_db
def test_one_line_is_written_for_a_request(harare, json_logs, lines):
    person = person_at(harare, "faculties.view_faculty")
    path = "/api/v1/faculties/0198c1f2-7d5e-7c3a-9b1e-6f1f0c2b7a11/?fields=code"
    client_of(person).get(path, headers={"X-Request-ID": "request-0001", "Authorization": "Bearer secret"})
    (line,) = [line for line in lines() if line["event"] == "request"]
    assert line.pop("ms") > 0
    assert line.pop("timestamp")
    assert line == {
        "event": "request",
        "level": "info",
        "logger": "tesc.request",
        "request_id": "request-0001",
        "method": "GET",
        "route": "api/v1/faculties/<uuid:pk>/",
        "status": 404,
        "user": str(person.pk),
        "institutions": 1,
    }


@pytest.mark.django_db
def test_no_value_of_a_request_is_in_the_log(harare, json_logs, lines):
    client = client_of(person_at(harare, "faculties.add_faculty"))
    client.post("/api/v1/faculties/?q=hidden-1", {"name": "hidden-2"}, headers={"Cookie": "a=hidden-3"})
    client.get("/api/v1/hidden-4/")
    assert "hidden" not in json.dumps(lines())


@pytest.mark.parametrize("forged", ["a\nb", "a\r\nb", "a\x1b[2Jb", "a\u2028b", "a\x85b", "a\x00b"])
@pytest.mark.parametrize("readable", [True, False])
def test_no_value_can_forge_a_line(forged, readable):
    code = (
        "import sys, logging, structlog; sys.path.insert(0, sys.argv[1]);"
        "from core.http import logs; logs.configure({'level': 'INFO', 'readable': sys.argv[2] == 'True'});"
        "text = eval(sys.argv[3]);"
        "structlog.get_logger('a').info(text, value=text, nested={'key': text});"
        "logging.getLogger('django.x').warning('said %s', text)"
    )
    command = [sys.executable, "-c", code, str(BACKEND), str(readable), ascii(forged)]
    written = subprocess.run(command, capture_output=True, check=True).stderr.decode()
    assert len(written.splitlines()) == 2
    assert not any(ord(letter) < 32 or ord(letter) == 0x7F for letter in written.replace("\n", ""))


def test_a_traceback_tells_no_row(json_logs, lines):
    message = "duplicate key\nDETAIL:  Key (email)=(hidden@example.test) already exists."
    try:
        raise ValueError(message)
    except ValueError:
        structlog.get_logger("x").exception("failed")
    (line,) = lines()
    assert "ValueError" in line["exception"]
    assert "hidden" not in json.dumps(line)


@pytest.mark.django_db
@pytest.mark.urls("core.tests.http_urls")
@pytest.mark.parametrize("path", ["/api/v1/failing/bug/", "/api/v1/outside/"])
def test_a_bug_is_logged_once_with_its_traceback(json_logs, lines, path):
    client = client_of(person_of_nation())
    client.raise_request_exception = False
    client.get(path, headers={"X-Request-ID": "request-0001", "Cookie": "a=hidden"})
    (line,) = [line for line in lines() if line["level"] == "error"]
    assert line["request_id"] == "request-0001"
    assert "ZeroDivisionError" in line["exception"]
    assert "hidden" not in json.dumps(line)


# --- Versions ---
@pytest.mark.urls("core.tests.http_urls")
def test_an_operation_that_ends_says_so_and_who_calls_is_logged(json_logs, lines):
    answer = client_of().get("/api/v1/ending/", headers={"X-Request-ID": "request-0001"})
    assert answer.status_code == 200
    assert answer["Deprecation"] == "@1767225600"
    assert answer["Sunset"] == "Fri, 01 Jan 2027 00:00:00 GMT"
    assert answer["Link"] == '<https://tesc.test/moved>; rel="deprecation"; type="text/html"'
    (line,) = [line for line in lines() if line["event"] == "deprecated operation called"]
    assert (line["route"], line["method"], line["sunset"]) == ("api/v1/ending/", "GET", "2027-01-01")


def test_an_end_is_announced_a_year_ahead():
    with pytest.raises(ValueError, match="12 months"):
        Deprecation(date(2026, 1, 1), date(2026, 12, 31), "https://tesc.test/moved")


def test_no_header_tells_the_software():
    answer = client_of().get("/healthz")
    assert not {"Server", "X-Powered-By", "Via"} & set(answer.headers)
    assert "API-Version" not in answer


# --- Routes ---
def test_every_route_of_the_system_says_what_it_needs():
    assert routes.check_routes(None) == []


def test_the_walk_sees_every_address():
    found = {route.path: route.needs for route in routes.all_routes()}
    assert found["api/v1/faculties/"] == {"GET": "faculties.view_faculty", "POST": "faculties.add_faculty"}
    assert found["api/faculties/<uuid:pk>/close/"] == {"POST": "faculties.change_faculty"}
    assert found["api/v1/auth/me/"] == {"GET": SIGNED_IN, "PATCH": SIGNED_IN}
    assert found["healthz"] is None


@override_settings(ROOT_URLCONF="core.tests.http_urls")
def test_a_route_that_is_open_by_accident_is_found():
    gaps = {(problem.id, problem.msg) for problem in routes.check_routes(None) if isinstance(problem, Error)}
    assert gaps == {
        (identifier, message.format(prefix))
        for prefix in ("api/v1/", "api/")
        for identifier, message in (
            ("core.http.E001", "{}forgotten/ is no Endpoint and not in PUBLIC_ROUTES."),
            ("core.http.E001", "{}outside/ is no Endpoint and not in PUBLIC_ROUTES."),
            ("core.http.E002", "GET {}secretly/ is public: add it to PUBLIC_ROUTES."),
            ("core.http.E003", "POST {}half/ declares no permission."),
        )
    }


# --- Health ---
def test_alive_asks_nobody():
    answer = client_of().get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "alive"})


@pytest.mark.django_db
def test_ready_means_that_everything_answers():
    answer = client_of().get("/readyz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ready", "failing": []})


@pytest.mark.django_db
def test_what_is_missing_is_named(monkeypatch):
    monkeypatch.setitem(health.CHECKS, "redis", lambda: False)
    answer = client_of().get("/readyz")
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert answer.json() == {"status": "unavailable", "failing": ["redis"]}


@pytest.mark.django_db
def test_redis_that_is_gone_is_seen():
    location = "unix:///nowhere/valkey.sock"
    caches = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": location}}
    with override_settings(CACHES=caches):
        assert client_of().get("/readyz").json()["failing"] == ["redis"]


@pytest.mark.django_db
def test_a_post_to_health_is_refused():
    assert client_of(person_of_nation()).post("/healthz").status_code == 405
