"""This file holds one row for each address that names one, and the operations of the API, for the tests of rights.

A resource with promises needs no line here: its promises make its rows. Whatever else has `{id}` in its address and
needs a permission does; the permission matrix fails until there is one.
"""

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from importlib import import_module
from typing import Any, NamedTuple

from django.conf import settings
from django.db.models import Model
from django.utils import timezone

from academic.models import FieldOfStudy
from config.local.servers import BACKEND
from core.actor import Actor
from core.audit.models import AuditEntry
from core.audit.record import record
from core.bulk.models import Upload
from core.testing.promises import ResourcePromises
from faculties.factories import today_there
from instauth.models import Client, IdentityProvider, Invitation, Policy, Recovery, SignUp, SupportAccess
from students.factories import make_student
from students.models import DoubleEnrollment, Learner
from users.factories import make_grant, make_user
from users.models import Delegation, ErasureRequest, Grant, Group, Membership, Role, User

DESCRIPTION = BACKEND.parent / "docs" / "api" / "openapi.json"
METHODS = ("get", "post", "put", "patch", "delete")
# What stands in an address for something else than a row.
PARTS = {"figure": "results", "name": "faculties", "number": 2, "token": "no-such-link"}


class Operation(NamedTuple):
    """One operation of the API: `GET /api/v1/students/{id}/`, and what it needs; None is public."""

    method: str
    path: str
    need: str | None

    @property
    def resource(self) -> str | None:
        """The address of the resource of which it names a row; None where it names none."""
        before, named, _ = self.path.partition("{id}")
        return before if named else None

    def url(self, row: Any = None) -> str:
        return self.path.format(id=row, **PARTS)

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def operations() -> list[Operation]:
    """Every operation, as the description tells it that is checked against the code and committed."""
    paths = json.loads(DESCRIPTION.read_text("utf-8"))["paths"]
    return [
        Operation(method.upper(), path, said.get("x-permission"))
        for path, methods in paths.items()
        for method, said in methods.items()
        if method in METHODS
    ]


def promises() -> Iterator[type[ResourcePromises]]:
    """Those of each app, in its one file of promises or in several."""
    for app in settings.OUR_APPS:
        for file in sorted((BACKEND / app / "tests").glob("test_promises*.py")):
            for thing in vars(import_module(f"{app}.tests.{file.stem}")).values():
                if isinstance(thing, type) and issubclass(thing, ResourcePromises) and thing is not ResourcePromises:
                    yield thing


def someone_at(institution: Any) -> User:
    user = make_user()
    make_grant(user, "lecturer", institution)
    return user


def make_membership(institution: Any) -> Membership:
    group = Group(institution=institution, name="Examinations office").save_checked()
    return Membership(institution=institution, group=group, user=someone_at(institution)).save_checked()


def make_delegation(institution: Any) -> Delegation:
    return Delegation(
        institution=institution,
        delegator=someone_at(institution),
        delegate=someone_at(institution),
        permissions=["students.view_student"],
        reason="Away.",
        valid_until=today_there(),
    ).save_checked()


def make_role(institution: Any) -> Role:
    return Role(institution=institution, code="clerk", name="Clerk", tier=Role.Tier.INSTITUTION).save_checked()


def make_grant_at(institution: Any) -> Grant:
    return someone_at(institution).grants.get()


def make_provider(institution: Any) -> IdentityProvider:
    return IdentityProvider(
        institution=institution,
        name="Campus sign-in",
        issuer="https://id.campus.test",
        client_id="tesc",
        client_secret="kept by the campus",
        email_domains=["campus.test"],
    ).save_checked()


def make_support(institution: Any) -> SupportAccess:
    return SupportAccess.objects.create(
        institution=institution,
        staff=someone_at(institution),
        person=someone_at(institution),
        reason="She can't find her marks.",
        ends_at=timezone.now() + timedelta(minutes=10),
    )


def make_invitation(institution: Any) -> Invitation:
    return Invitation(
        email="rudo@campus.test",
        name="Rudo Ncube",
        role=Role.objects.shipped("lecturer"),
        institution=institution,
        invited_by=make_user(),
        expires_at=timezone.now() + timedelta(hours=72),
    ).save_checked()


def make_policy(institution: Any) -> Policy:
    return Policy(institution=institution).save_checked()


def make_client(institution: Any) -> Client:
    return Client(
        institution=institution,
        name="Timetable",
        kind=Client.Kind.PUBLIC,
        redirect_uris=["https://timetable.campus.test/back"],
        scopes=["academic.read"],
    ).save_checked()


def make_sign_up(institution: Any) -> SignUp:
    return SignUp.objects.create(
        email="rudo@campus.test",
        name="Rudo Ncube",
        institution=institution,
        role=Role.objects.shipped("lecturer"),
        status=SignUp.Status.WAITING,
        expires_at=timezone.now() + timedelta(days=1),
    )


def make_recovery(institution: Any) -> Recovery:
    return Recovery.objects.create(institution=institution, user=someone_at(institution), status=Recovery.Status.OPEN)


def make_erasure(institution: Any) -> ErasureRequest:
    """The promises' own names nobody who could be erased."""
    student = make_student(institution)
    return ErasureRequest(
        institution=institution, person_id=student.pk, requested_by=make_user(), reason="By letter."
    ).save_checked()


def make_upload(institution: Any) -> Upload:
    """Of a set that asks for nothing besides."""
    return Upload(institution=institution, set="none", contract="0", file_name="rows.csv", digest="").save_checked()


def make_entry(institution: Any) -> AuditEntry:
    return record(Actor("Somebody"), "lab.role.made", make_role(institution))


def make_learner(institution: Any) -> Learner:
    return Learner.objects.create(known_at=2, active_at=2)


def make_double_enrollment(institution: Any) -> DoubleEnrollment:
    return DoubleEnrollment.objects.create(learner=make_learner(institution), noticed_at=timezone.now())


ROWS: dict[str, Callable[[Any], Model]] = {
    **{one.url: one().make for one in promises()},
    "/api/v1/institutions/": lambda institution: institution,
    "/api/v1/students/learners/": make_learner,
    "/api/v1/students/double-enrollments/": make_double_enrollment,
    "/api/v1/audit/": make_entry,
    "/api/v1/academic/fields-of-study/": lambda institution: FieldOfStudy.objects.get(code="0613"),
    "/api/v1/uploads/": make_upload,
    "/api/v1/users/": someone_at,
    "/api/v1/users/roles/": make_role,
    "/api/v1/users/grants/": make_grant_at,
    "/api/v1/users/memberships/": make_membership,
    "/api/v1/users/delegations/": make_delegation,
    "/api/v1/auth/providers/": make_provider,
    "/api/v1/users/erasures/": make_erasure,
    "/api/v1/auth/support/": make_support,
    "/api/v1/auth/invitations/": make_invitation,
    "/api/v1/auth/policies/": make_policy,
    "/api/v1/auth/recoveries/": make_recovery,
    "/api/v1/auth/clients/": make_client,
    "/api/v1/auth/sign-ups/": make_sign_up,
}

# What is the nation's alone: whoever holds the permission at an institution, even the row's, is out of reach.
NATIONAL = {"/api/v1/students/learners/", "/api/v1/students/double-enrollments/", "/api/v1/academic/fields-of-study/"}

# Operations that are only for one person beside the permission: who that is, from the row.
CASES = "/api/v1/students/cases/{id}/"
FEEDS = "/api/v1/academic/feeds/{id}/"
ONLY_FOR: dict[str, Callable[[Any], Any]] = {
    "/api/v1/auth/support/{id}/end/": lambda access: access.staff_id,
    **{one.path: lambda case: case.owner_id for one in operations() if one.path.startswith(CASES)},
    "/api/v1/students/case-notes/{id}/": lambda note: note.author_id,
    **{one.path: lambda feed: feed.account_id for one in operations() if one.path.startswith(FEEDS)},
}
