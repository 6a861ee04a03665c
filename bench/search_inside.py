"""This file holds what is measured of a search inside one process. Prints one JSON object of lists of milliseconds.

rare       our list of the nation, of students with a word that one of them has
icontains  the same by `icontains` over both names and the number, as DRF's SearchFilter asks, in the same scope
typed      our list of one institution while a name is typed, letter by letter, in either order of its words
"""

import json
import sys
from collections.abc import Callable
from functools import partial
from random import Random
from time import perf_counter

import django

django.setup()

from django.db.models import Q  # noqa: E402 (models need Django)
from django.http import QueryDict  # noqa: E402

from academic.demo.register import REGISTER  # noqa: E402
from core.actor import Actor, Reach  # noqa: E402
from core.lists.access import Access  # noqa: E402
from core.lists.listing import Page  # noqa: E402
from core.tenancy.scope import reaching, reading  # noqa: E402
from core.texts import folded  # noqa: E402
from faculties.models import Institution  # noqa: E402
from students.models import Student  # noqa: E402
from students.students.api import StudentViewSet  # noqa: E402

VIEW, LIMIT = "students.view_student", 10
RARE, NAMES = "Quetzalli", 40


def main(rounds: int) -> None:
    institution = Institution.objects.get(code=REGISTER[0].code)
    with reaching(institution.pk):
        Student.objects.get_or_create(
            institution=institution, number="RARE", defaults={"family_name": RARE, "entry_year": 2026}
        )
    nation = Actor("bench", reaches={VIEW: Reach(nation=True)})
    here = Actor("bench", reaches={VIEW: Reach(institutions=frozenset([institution.pk]))})
    typed = texts(institution)
    told: dict[str, list[float]] = {"rare": [], "icontains": [], "typed": []}
    asked(nation, RARE), [asked(here, text) for text in typed[:20]]
    for _ in range(rounds):
        told["icontains"].append(timed(lambda: plain(nation)))
        told["rare"] += [timed(lambda: asked(nation, RARE)) for _ in range(20)]
        told["typed"] += [timed(partial(asked, here, text)) for text in typed]
    json.dump(told, sys.stdout)


def texts(institution: Institution) -> list[str]:
    """What stands in the box while names are typed."""
    with reaching(institution.pk):
        found = list(Student.objects.filter(institution=institution).values_list("given_names", "family_name")[:5000])
    names = Random(1).sample(found, NAMES)
    whole = [folded(f"{one} {other}") for given, family in names for one, other in ((given, family), (family, given))]
    return [name[:end] for name in whole for end in range(1, len(name) + 1) if name[end - 1] != " "]


def asked(actor: Actor, text: str) -> list[tuple]:
    """The rows of a page, as the list reads them."""
    query = QueryDict(mutable=True)
    query["search"], query["limit"] = text, str(LIMIT)
    page = Page(StudentViewSet, Access(actor, VIEW), query, {})
    rows = page.access.rows(page.plan.statement, Student, page.question.values)
    if not rows:
        raise SystemExit(f"Nobody was found by {text!r}.")
    return rows


def plain(actor: Actor) -> list[tuple]:
    with reading(actor, VIEW, Student):
        found = Q(family_name__icontains=RARE) | Q(given_names__icontains=RARE) | Q(number__icontains=RARE)
        return list(Student.objects.filter(found).order_by("id").values_list("id", "number")[: LIMIT + 1])


def timed(work: Callable[[], object]) -> float:
    """Milliseconds by the clock."""
    begin = perf_counter()
    work()
    return (perf_counter() - begin) * 1000


if __name__ == "__main__":
    main(int(sys.argv[1]))
