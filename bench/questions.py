"""This file holds what the list is asked: pages from all over it, by the registrars of the largest institutions.

Prints one JSON object: {"requests": [[path, access token], ...]}.
"""

import json
import sys
from random import Random

import django

django.setup()

from django.test import override_settings  # noqa: E402

from academic.demo.register import REGISTER  # noqa: E402 (models need Django)
from core.lists.cursors import NEXT, write_cursor  # noqa: E402
from core.lists.declarations import declaration_of  # noqa: E402
from core.lists.questions import subject_of  # noqa: E402
from core.tenancy.scope import reaching  # noqa: E402
from faculties.models import Institution  # noqa: E402
from instauth.sessions.rules import begin_session  # noqa: E402
from students.models import Student  # noqa: E402
from students.students.api import StudentViewSet  # noqa: E402
from users.accounts.rules import generated_password  # noqa: E402
from users.factories import make_person  # noqa: E402
from users.models import User  # noqa: E402

# The largest, so that a country of 10,000 students fills every page too.
ASKING = REGISTER[:10]
PAGE = 50


@override_settings(ACCESS_TOKEN_MINUTES=240)
def access_token(institution: Institution) -> str:
    email = f"registrar@{institution.code.lower()}.bench.test"
    known = User.objects.filter(email=email).first()
    with reaching(institution.pk):
        user = known or make_person(email=email, password=generated_password(), grants=[("registrar", institution)])
        return begin_session(user, "bench", {"pwd", "otp"}).access  # a registrar needs a second factor


def places(institution: Institution, count: int, chance: Random) -> list[str]:
    """Ids after which a whole page follows."""
    with reaching(institution.pk):
        active = Student.objects.filter(institution=institution, status=Student.Status.ACTIVE).order_by("id")
        ids = list(active.values_list("id", flat=True))
    return [str(one) for one in chance.choices(ids[: -PAGE - 1], k=count)]


def main(count: int) -> None:
    chance, subject = Random(count), subject_of(declaration_of(StudentViewSet), "id")
    requests = []
    for entry in ASKING:
        institution = Institution.objects.get(code=entry.code)
        token = access_token(institution)
        for place in places(institution, count // len(ASKING), chance):
            cursor = write_cursor(subject, NEXT, [place])
            path = f"/api/v1/students/?status=active&expand=department&limit={PAGE}&cursor={cursor}"
            requests.append([path, token])
    chance.shuffle(requests)
    json.dump({"requests": requests}, sys.stdout)


if __name__ == "__main__":
    main(int(sys.argv[1]))
