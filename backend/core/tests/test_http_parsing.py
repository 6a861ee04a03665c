"""This file holds the tests of how a body is read."""

import io
import unicodedata

import pytest
from django.conf import settings

from core.errors import Invalid
from core.http.parsing import DEEPEST, StrictJSONParser, TooLarge
from core.testing.fixtures import client_of, person_of_nation


def parse(body):
    return StrictJSONParser().parse(io.BytesIO(body if isinstance(body, bytes) else body.encode()))


def problems(body):
    with pytest.raises(Invalid) as refused:
        parse(body)
    return [(problem.code, problem.field) for problem in refused.value.problems]


def test_plain_json_is_read():
    assert parse('{"a": [1, 2.5, true, null, "x\\n\\ty"]}') == {"a": [1, 2.5, True, None, "x\n\ty"]}


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{",
        '{"a": }',
        "nul",
        '{"a": NaN}',
        "[Infinity]",
        "[-Infinity]",
        "[1e999]",
        "[" + "9" * 5000 + "]",
        b"\xff",
        b'"\xed\xa0\x80"',
    ],
)
def test_what_is_not_json_is_refused(body):
    assert problems(body) == [("malformed_json", None)]


def test_the_place_of_the_mistake_is_told():
    with pytest.raises(Invalid) as refused:
        parse('{"a": 1,\n "b": oops}')
    assert "line 2, column 7" in refused.value.problems[0].message


def test_a_key_stands_once():
    assert problems('{"a": 1, "a": 2}') == [("duplicate_key", None)]


def test_keys_that_look_alike_are_one_key():
    composed, decomposed = "é", unicodedata.normalize("NFD", "é")
    assert problems(f'{{"{composed}": 1, "{decomposed}": 2}}') == [("duplicate_key", None)]


def test_depth_is_bounded():
    assert parse("[" * DEEPEST + "]" * DEEPEST)
    assert problems("[" * (DEEPEST + 1) + "]" * (DEEPEST + 1)) == [("too_deep", None)]
    assert problems("[" * 100_000) == [("too_deep", None)]


def test_text_is_normalized():
    assert parse('{"name": "Mere\\u0301"}') == {"name": "Mer\u00e9"}


@pytest.mark.parametrize("character", ["\\u0000", "\\u0007", "\\r", "\\u001b", "\\u007f", "\\u0085", "\\ud800"])
def test_control_characters_are_refused_with_their_place(character):
    assert problems(f'{{"items": [{{"name": "a{character}b"}}]}}') == [("control_character", "items/0/name")]


def test_all_control_characters_are_told_at_once():
    assert problems('{"a": "\\u0001", "b": ["\\u0002"]}') == [("control_character", "a"), ("control_character", "b/0")]


def test_size_is_bounded():
    with pytest.raises(TooLarge):
        parse('"' + "x" * settings.DATA_UPLOAD_MAX_MEMORY_SIZE + '"')


@pytest.mark.django_db
@pytest.mark.urls("core.tests.http_urls")
@pytest.mark.parametrize("headers", [{}, {"Idempotency-Key": "the-same-limit"}])
def test_a_large_body_is_a_413(headers):
    client = client_of(person_of_nation())
    body = '"' + "x" * settings.DATA_UPLOAD_MAX_MEMORY_SIZE + '"'
    answer = client.post("/api/v1/failing/x/", body, content_type="application/json", headers=headers)
    assert answer.status_code == 413
    assert answer.json()["errors"][0]["code"] == "too_large"


@pytest.mark.django_db
@pytest.mark.urls("core.tests.http_urls")
@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/xml"]
)
def test_another_kind_of_body_is_a_415(kind):
    answer = client_of(person_of_nation()).post("/api/v1/failing/x/", "a=1", content_type=kind)
    assert answer.status_code == 415
    assert answer.json()["errors"][0]["code"] == "unsupported_media_type"


@pytest.mark.django_db
@pytest.mark.urls("core.tests.http_urls")
def test_a_malformed_body_is_a_400_in_the_envelope():
    answer = client_of(person_of_nation()).post(
        "/api/v1/failing/x/", "{", content_type="application/json; charset=utf-8"
    )
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["code"] == "malformed_json"
