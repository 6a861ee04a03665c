"""This file holds how a repeated POST has one effect: key and answer are kept in the transaction of the effect."""

import hashlib
import re
from base64 import b64decode, b64encode
from collections.abc import Callable, Collection, Iterable
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID

import orjson
from django.db import OperationalError, connection
from django.http.response import HttpResponseBase
from django.utils import timezone
from psycopg.errors import LockNotAvailable
from rest_framework.response import Response

from core.errors import Conflict, Invalid, Problem
from core.http.envelope import Envelope, as_json, success
from core.http.models import IdempotencyKey
from core.http.refusals import Busy
from core.secrets.sealing import seal, unseal

if TYPE_CHECKING:
    from core.http.views import ActingRequest

KEPT = timedelta(hours=24)
LONGEST_WAIT = "2s"
KEY = re.compile(r"[\x21-\x7e]{1,200}")
SEALED = "core_idempotencykey.body"
KEPT_HEADERS = ("Location", "ETag")

# In their order, so that two who take the same ones wait for each other, and never both.
TAKE = """
INSERT INTO core_idempotencykey AS kept (person_id, key, request_digest, headers, body, created_at)
SELECT person, key, digest, '{}', '', %(now)s
FROM unnest(%(people)s::uuid[], %(keys)s::text[], %(digests)s::bytea[]) AS asked (person, key, digest)
ORDER BY person, key
ON CONFLICT (person_id, key) DO UPDATE
    SET request_digest = excluded.request_digest, created_at = excluded.created_at,
        status = NULL, headers = '{}', body = ''
    WHERE kept.created_at < %(oldest)s
RETURNING id, person_id, key
"""
KEEP = """
UPDATE core_idempotencykey kept SET status = answer.status, headers = answer.headers, body = answer.body
FROM unnest(%(ids)s::bigint[], %(statuses)s::smallint[], %(headers)s::jsonb[], %(bodies)s::text[])
  AS answer (id, status, headers, body)
WHERE kept.id = answer.id
"""
GIVE_BACK = "DELETE FROM core_idempotencykey WHERE id = ANY (%s)"


class Repeatable(NamedTuple):
    """A request that may be sent again: whose it is, its key, and what it asks for."""

    person: UUID
    key: str
    digest: bytes


def once(request: "ActingRequest", handle: Callable[[], HttpResponseBase]) -> HttpResponseBase:
    """The answer of `handle`, or the one it gave before under the same Idempotency-Key.

    Runs inside the transaction of the request. Of two at once, the second waits for the first: the unique key holds
    it back until the first commits (then it gets the same answer) or rolls back (then it is the first). An answer
    that changed nothing, from 400 up, is rolled back together with its key.
    """
    asked = repeatable(request)
    if asked is None:
        return handle()
    taken = take(*asked)
    if taken is None:
        return answered_before(*asked)
    response = handle()
    if response.status_code < 400 and isinstance(response, Response):
        keep([(taken, asked.person, response)])
    return response


def repeatable(request: "ActingRequest") -> Repeatable | None:
    """What makes a request one that may be sent again; None where it has no key."""
    key = request.headers.get("Idempotency-Key")
    person = request.actor.id
    if key is None or person is None:
        return None
    if not KEY.fullmatch(key):
        raise Invalid([Problem("invalid_idempotency_key", "Idempotency-Key takes 1 to 200 visible ASCII characters.")])
    return Repeatable(person, key, digest_of(request))


def digest_of(request: "ActingRequest") -> bytes:
    parts = (request.get_full_path(), request.headers.get("X-Institution", ""), request.content_type or "")
    digest = hashlib.sha256("\n".join(parts).encode() + b"\n")
    if (request.content_type or "").startswith("multipart/form-data"):
        digest = hashlib.sha256("\n".join(parts[:2]).encode() + b"\n")  # the boundary is another one each time
        sent: Any = request.data
        for name, value in sorted(sent.items()):
            digest.update(f"{name}\n".encode())
            for chunk in value.chunks() if hasattr(value, "chunks") else [str(value).encode()]:
                digest.update(chunk)
        return digest.digest()
    digest.update(request._request.body)
    return digest.digest()


def take(person: UUID, key: str, digest: bytes) -> int | None:
    """The id of a new entry; None where the key has an answer that is not a day old."""
    asked = Repeatable(person, key, digest)
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', %s, true)", [LONGEST_WAIT])
        try:
            taken = take_each([asked])
        except OperationalError as error:
            if isinstance(error.__cause__, LockNotAvailable):
                message = "The first request with this Idempotency-Key is still being worked on. Repeat it in a moment."
                raise Busy("in_progress", message) from error
            raise
        cursor.execute("SET LOCAL lock_timeout TO DEFAULT")
    return taken.get(asked)


def take_each(asked: Collection[Repeatable]) -> dict[Repeatable, int]:
    """The ids of new entries, of different keys each; without those whose key has an answer that is not a day old."""
    now = timezone.now()
    people, keys, digests = (list(column) for column in zip(*asked, strict=True))
    values: dict[str, Any] = {"people": people, "keys": keys, "digests": digests, "now": now, "oldest": now - KEPT}
    with connection.cursor() as cursor:
        cursor.execute(TAKE, values)
        ids = {(person, key): entry for entry, person, key in cursor.fetchall()}
    return {one: ids[one[:2]] for one in asked if one[:2] in ids}


def keep(answers: Iterable[tuple[int, UUID, Response]]) -> None:
    """Keep answers under the entries that were taken, each sealed, for it may show what is encrypted elsewhere."""
    entries = [
        (entry, response.status_code, headers_of(response), body_of(response, person))
        for entry, person, response in answers
    ]
    ids, statuses, headers, bodies = (list(column) for column in zip(*entries, strict=True))
    with connection.cursor() as cursor:
        cursor.execute(KEEP, {"ids": ids, "statuses": statuses, "headers": headers, "bodies": bodies})


def headers_of(response: Response) -> str:
    return as_json({name: response.headers[name] for name in KEPT_HEADERS if name in response.headers}).decode()


def body_of(response: Response, person: UUID) -> str:
    envelope = response.data if isinstance(response.data, Envelope) else success(response.data)
    meta = {name: value for name, value in envelope["meta"].items() if name != "request_id"}
    return b64encode(seal(as_json([envelope["data"], meta]), SEALED, person, None)).decode()


def give_back(entries: Collection[int]) -> None:
    """Take entries away of which nothing came: their keys stand for nothing."""
    with connection.cursor() as cursor:
        cursor.execute(GIVE_BACK, [list(entries)])


def answered_before(person: UUID, key: str, digest: bytes) -> Response:
    entry = IdempotencyKey.objects.get(person_id=person, key=key)
    if bytes(entry.request_digest) != digest:
        raise Conflict(
            "key_reused", "This Idempotency-Key stands for another request: take a new one for each request."
        )
    if entry.status is None:
        raise Conflict("not_kept", "This request was done, and its answer is not kept: look at the result.")
    data, meta = orjson.loads(unseal(b64decode(entry.body), SEALED, person, None))
    return Response(success(data, **meta), entry.status, headers={**entry.headers, "Idempotency-Replayed": "true"})


def forget_expired() -> int:
    """Delete what is older than a day; the number of entries that went."""
    return IdempotencyKey.objects.filter(created_at__lt=timezone.now() - KEPT).delete()[0]
