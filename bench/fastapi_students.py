"""This file holds the comparator: the same list as somebody would write it with FastAPI, pydantic and asyncpg.

It gives the same bytes: the same filter, order, cursors, row security and joined department. PyJWT verifies each
token; what the caller reaches is remembered until the database notes a change of access, looked for twice a second.
"""

import base64
import hashlib
import hmac
import json
import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal
from uuid import UUID, uuid4

import asyncpg
import jwt
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from fastapi import Depends, FastAPI, HTTPException, Query, Request, Response
from pydantic import BaseModel

KEYS = Path(os.environ["TESC_KEYS_DIR"])
PUBLIC_KEY: Any = load_pem_private_key((KEYS / "token_signing.pem").read_bytes(), password=None).public_key()
CURSOR_KEY = hashlib.blake2b((KEYS / "django.key").read_bytes().strip(), person=b"list cursors").digest()
ISSUER = os.environ["TESC_PUBLIC_URL"]
PERMISSION = "students.view_student"
DIGEST = 12
LOOK_SECONDS = 0.5

REACHED = """
SELECT access.institution_id FROM users_grant access
JOIN users_rolepermission held ON held.role_id = access.role_id AND held.permission = $3
JOIN faculties_institution place ON place.id = access.institution_id AND place.status NOT IN ('suspended', 'closed')
JOIN instauth_session session ON session.user_id = access.user_id
JOIN users_user person ON person.id = access.user_id AND person.is_active
WHERE access.user_id = $1 AND session.id = $2 AND session.revoked_at IS NULL AND session.idle_until > now()
  AND session.absolute_until > now() AND NOT access.is_revoked
  AND access.valid_from <= current_date AND (access.valid_until IS NULL OR access.valid_until >= current_date)"""

STUDENTS = """
SELECT student.id, student.institution_id AS institution, student.number, student.given_names, student.family_name,
  student.sex, student.birth_year, student.region, student.nationality, student.prior_education, student.entry_year,
  student.status, student.email, student.created_at, student.updated_at,
  department.id AS department_id, department.code AS department_code, department.name AS department_name
FROM students_student student
LEFT JOIN faculties_department department
  ON department.id = student.department_id AND department.institution_id = student.institution_id
WHERE student.institution_id = $1 {more}
ORDER BY student.id LIMIT {limit}"""


class Status(StrEnum):
    ACTIVE = "active"
    ON_ATTACHMENT = "on_attachment"
    DEFERRED = "deferred"
    SUSPENDED = "suspended"
    DROPPED_OUT = "dropped_out"
    GRADUATED = "graduated"
    TRANSFERRED_OUT = "transferred_out"
    DECEASED = "deceased"


class Department(BaseModel):
    id: UUID
    code: str
    name: str


class Student(BaseModel):
    id: UUID
    institution: UUID
    number: str
    given_names: str
    family_name: str
    sex: str
    birth_year: int | None
    region: str
    nationality: str
    prior_education: str
    entry_year: int
    status: Status
    department: Department | None
    email: str
    created_at: datetime
    updated_at: datetime


class Meta(BaseModel):
    request_id: str
    next: str | None
    previous: str | None
    limit: int


class Page(BaseModel):
    status: Literal["success"] = "success"
    data: list[Student]
    meta: Meta
    errors: list[str] = []


@dataclass
class Access:
    """What callers reach, by session, as long as nobody's access changes."""

    known: dict[str, UUID | None] = field(default_factory=dict)
    looked_at: float = 0
    latest: tuple = ()

    async def institution_of(self, connection: asyncpg.Connection, user: str, session: str) -> UUID | None:
        if time.monotonic() - self.looked_at >= LOOK_SECONDS:
            self.looked_at = time.monotonic()
            latest = tuple(await connection.fetchrow("SELECT count(*), max(id) FROM core_change"))
            if latest != self.latest:
                self.known.clear()
                self.latest = latest
        if session not in self.known:
            self.known[session] = await connection.fetchval(REACHED, user, session, PERMISSION)
        return self.known[session]


access = Access()


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with asyncpg.create_pool(os.environ["DATABASE_URL"], min_size=1, max_size=8) as app.state.pool:
        yield


app = FastAPI(lifespan=lifespan)


def claims_of(request: Request) -> dict:
    """The claims of a token that we signed."""
    _, _, token = request.headers.get("authorization", "").partition(" ")
    try:
        return jwt.decode(token, PUBLIC_KEY, algorithms=["EdDSA"], audience="tesc", issuer=ISSUER)
    except jwt.PyJWTError as error:
        raise HTTPException(401, "The access token is not valid.") from error


@app.get("/api/v1/students/")
async def students(
    request: Request,
    response: Response,
    status: Status | None = None,
    cursor: str | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    expand: Literal["department"] | None = None,
    claims: dict = Depends(claims_of),
) -> Page:
    way, place = read_cursor(cursor) if cursor else (None, None)
    more, values = "", []
    if status:
        values.append(status.value)
        more += f" AND student.status = ${len(values) + 1}"
    if place:
        values.append(place)
        more += f" AND student.id > ${len(values) + 1}"
    async with request.app.state.pool.acquire() as connection:
        institution = await access.institution_of(connection, claims["sub"], claims["sid"])
        if institution is None:
            raise HTTPException(403, "You may not see students.")
        async with connection.transaction():
            await connection.execute("SELECT set_config('tesc.institutions', $1, true)", str(institution))
            rows = await connection.fetch(STUDENTS.format(more=more, limit=limit + 1), institution, *values)
    shown = rows[:limit]
    request_id = str(uuid4())
    response.headers["X-Request-ID"] = request_id
    return Page(
        data=[student_of(row) for row in shown],
        meta=Meta(
            request_id=request_id,
            next=write_cursor("next", shown[-1]["id"]) if len(rows) > limit else None,
            previous=write_cursor("previous", shown[0]["id"]) if way and shown else None,
            limit=limit,
        ),
    )


def student_of(row: asyncpg.Record) -> Student:
    fields = dict(row)
    key, code, name = fields.pop("department_id"), fields.pop("department_code"), fields.pop("department_name")
    return Student(**fields, department=Department(id=key, code=code, name=name) if key else None)


def write_cursor(way: str, key: UUID) -> str:
    place = json.dumps([way, str(key)], separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(digest(place) + place).rstrip(b"=").decode()


def read_cursor(token: str) -> tuple[str, str]:
    try:
        raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except ValueError as error:
        raise HTTPException(400, "This is no cursor.") from error
    if not hmac.compare_digest(digest(raw[DIGEST:]), raw[:DIGEST]):
        raise HTTPException(400, "This is no cursor.")
    way, key = json.loads(raw[DIGEST:])
    return way, key


def digest(place: bytes) -> bytes:
    return hashlib.blake2b(b"students.Student id\0" + place, key=CURSOR_KEY, digest_size=DIGEST).digest()
