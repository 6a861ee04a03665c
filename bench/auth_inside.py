"""This file holds what is measured of sign-in inside one process, and who signs in later. Prints one JSON object.

hit             CPU microseconds to authenticate, check the permission and say what is reached; the token is remembered
list            CPU microseconds of a page of 50 students, in this process alone, by Django's test client
share           the median of their ratios, taken by turns
token, accounts a registrar's access token, and addresses of accounts that share one password
"""

import json
import logging
import sys
from collections.abc import Callable
from statistics import median
from time import process_time
from typing import Any

import django

django.setup()

from django.contrib.auth.hashers import make_password  # noqa: E402
from django.test import Client, RequestFactory, override_settings  # noqa: E402

from academic.demo.register import REGISTER  # noqa: E402 (models need Django)
from bench.questions import access_token  # noqa: E402
from core.http.permissions import Declared  # noqa: E402
from core.lists.access import Access  # noqa: E402
from core.lists.declarations import declaration_of  # noqa: E402
from faculties.models import Institution  # noqa: E402
from instauth.models import Session  # noqa: E402
from instauth.sessions.authentication import TokenAuthentication  # noqa: E402
from students.students.api import StudentViewSet  # noqa: E402
from users.models import User  # noqa: E402

ROUNDS, HITS, PAGES = 15, 2000, 60
PATH = "/api/v1/students/?status=active&expand=department&limit=50"


def main(accounts: int, password: str) -> None:
    logging.disable(logging.INFO)  # so that a page costs, if anything, too little
    token = access_token(Institution.objects.get(code=REGISTER[0].code))
    with override_settings(ALLOWED_HOSTS=["*"]):
        hit, page = checks(token), pages(token)
        hit(), page()
        rounds = [(timed(hit, HITS), timed(page, PAGES)) for _ in range(ROUNDS)]
    ratios = [one / other for one, other in rounds]
    json.dump(
        {
            "hit": median(one for one, _ in rounds) * 1e6,
            "list": median(other for _, other in rounds) * 1e6,
            "share": median(ratios),
            "token": token,
            "accounts": people(accounts, password),
        },
        sys.stdout,
    )


def timed(work: Callable[[], object], times: int) -> float:
    """CPU seconds of one."""
    begin = process_time()
    for _ in range(times):
        work()
    return (process_time() - begin) / times


def checks(token: str) -> Callable[[], object]:
    """What stands before a list: who asks, whether they may, and which rows they reach."""
    request: Any = RequestFactory().get(PATH, headers={"Authorization": f"Bearer {token}"})
    request.resolver_match = type("Match", (), {"route": "api/v1/students/"})
    view: Any = StudentViewSet(action="list", action_map={"get": "list"}, request=request)
    view.get = view.list  # as Django's routing does
    authentication, permission = TokenAuthentication(), Declared()
    declaration = declaration_of(StudentViewSet)

    def check() -> object:
        signed_in = authentication.authenticate(request)
        if signed_in is None:
            raise SystemExit("The token was not believed.")
        request.user = signed_in[0]
        request.actor = signed_in[0].actor
        permission.has_permission(request, view)
        return Access(request.actor, declaration.permission)

    return check


def pages(token: str) -> Callable[[], object]:
    client = Client(headers={"Authorization": f"Bearer {token}"})

    def page() -> object:
        answer = client.get(PATH)
        if answer.status_code != 200:
            raise SystemExit(f"A page was answered with {answer.status_code}: {answer.content[:300]!r}")
        return answer

    return page


def people(count: int, password: str) -> list[str]:
    """Accounts with one password and no sessions; a hash for each would take minutes."""
    addresses = [f"storm{number}@bench.test" for number in range(count)]
    hashed = make_password(password)
    User.objects.bulk_create(
        [User(email=address, name="Storm", password=hashed) for address in addresses], ignore_conflicts=True
    )
    known = User.objects.filter(email__in=addresses)
    known.update(password=hashed)
    Session.objects.filter(user__in=known).delete()
    return addresses


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
