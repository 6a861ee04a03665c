"""This file holds the command that fills an empty database with a believable country."""

from time import monotonic

from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from academic.demo.country import FEWEST_STUDENTS, Country, make_country
from faculties.models import Institution


class Command(BaseCommand):
    """Make the demo country in one transaction, and tell where its accounts stand."""

    help = "Fill an empty database with a demo country: institutions, students, results, accounts."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--students", type=int, default=20_000, help="in the whole country (default: %(default)s)")
        parser.add_argument(
            "--seed", type=int, default=1, help="another number, another country (default: %(default)s)"
        )
        parser.add_argument("--if-empty", action="store_true", help="do nothing where there are institutions already")

    def handle(self, *args: object, students: int, seed: int, if_empty: bool, **options: object) -> None:
        if Institution.objects.exists():
            if if_empty:
                self.stdout.write("There are institutions already; nothing to do.")
                return
            raise CommandError("This database holds institutions already: seed_demo fills only an empty one.")
        if students < FEWEST_STUDENTS:
            raise CommandError(f"The smallest country has {FEWEST_STUDENTS} students: give --students that or more.")
        began = monotonic()
        # No bar where nobody watches.
        with tqdm(total=students, unit=" students", unit_scale=True, disable=None) as bar:
            country = make_country(students, seed, bar.update)
        self.tell(country, monotonic() - began)

    def tell(self, country: Country, seconds: float) -> None:
        rows = {
            "Institutions": country.institutions,
            "Students": country.loaded.students,
            "Registrations": country.loaded.registrations,
            "Marks": country.loaded.marks,
            "Seconds": round(seconds),
        }
        for name, count in rows.items():
            self.stdout.write(f"{name:14}{count:>12,}")
        self.stdout.write(f"Accounts and their password: {country.accounts_file}")
