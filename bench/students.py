"""This file holds how a database gets its students: the demo country's, by its own loading, without their studies."""

import sys
from random import Random

import django

django.setup()

from django.db import connection, transaction  # noqa: E402

from academic.demo import staging  # noqa: E402 (models need Django)
from academic.demo.country import registered  # noqa: E402
from academic.demo.loading import prepare, stage  # noqa: E402
from academic.demo.people import Population  # noqa: E402
from academic.demo.register import REGISTER, shares  # noqa: E402
from academic.demo.structure import build  # noqa: E402
from core.tenancy.scope import reaching  # noqa: E402


@transaction.atomic
def make_students(students: int) -> None:
    """Every institution of the register with its units, programs, courses and students."""
    prepare()
    made = 0
    for entry in REGISTER:
        count = shares(students)[entry.code]
        institution = registered(entry, count)
        institution.save()
        with reaching(institution.pk), connection.cursor() as cursor:
            structure = build(institution, entry, count, Random(entry.code))
            structure.save()
            cursor.execute(staging.EMPTY)
            stage("demo_student", Population(entry, structure, others=made).rows(count))
            cursor.execute(staging.STUDENTS, {"institution": institution.pk})
        made += count


if __name__ == "__main__":
    make_students(int(sys.argv[1]))
