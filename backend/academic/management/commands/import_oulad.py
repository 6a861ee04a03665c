"""This file holds the command that imports the Open University Learning Analytics Dataset."""

import json
from dataclasses import asdict
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from tqdm import tqdm

from academic.oulad.loading import Count
from academic.oulad.oddities import Oddity
from academic.oulad.rules import MAKES, NEEDS, import_oulad
from academic.oulad.source import CREDIT, LOADED, SourceProblem, opened
from core.actor import Actor
from core.errors import RuleBroken
from faculties.institutions.rules import enter_institution
from faculties.models import Institution

OPEN_UNIVERSITY = {"code": "OU", "name": "The Open University", "type": Institution.Type.UNIVERSITY, "established": 1969}


class Command(BaseCommand):
    """Import the dataset into one institution, all of it or nothing, and report what is odd in it."""

    help = "Import the Open University Learning Analytics Dataset (a zip of CSV files)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("path", type=Path, metavar="PATH.zip")
        parser.add_argument(
            "--institution", metavar="CODE", help="an institution of the register; without it, OU, entered if it is absent"
        )
        parser.add_argument("--report", type=Path, metavar="FILE.json", help="write counts and oddities there too")

    def handle(self, *args: object, path: Path, institution: str | None, report: Path | None, **options: object) -> None:
        actor = Actor.system("import_oulad", NEEDS, *MAKES, "faculties.add_institution")
        try:
            with opened(path) as source, transaction.atomic():
                size = sum(source.size(file) for file in LOADED)
                # Nothing is drawn where nobody watches.
                with tqdm(total=size, unit="B", unit_scale=True, desc="reading", disable=None) as bar:
                    counts, oddities = import_oulad(actor, found(actor, institution), source, bar.update)
        except (SourceProblem, RuleBroken) as problem:
            raise CommandError(f"{problem}\nNothing was imported.") from problem
        self.stdout.write(f"{CREDIT}\n\n{told(counts, oddities)}")
        if report:
            content = {"counts": {name: asdict(one) for name, one in counts.items()}, "oddities": [*map(asdict, oddities)]}
            report.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


def found(actor: Actor, code: str | None) -> Institution:
    """The institution to import into."""
    institution = Institution.objects.filter(code=code or OPEN_UNIVERSITY["code"]).first()
    if institution is None and code:
        raise CommandError(f"The register has no institution {code}: give the code of one that is in it.")
    return institution or enter_institution(actor, **OPEN_UNIVERSITY)


def told(counts: dict[str, Count], oddities: list[Oddity]) -> str:
    lines = [f"{'rows':24}{'new':>10}{'changed':>10}"]
    lines += [f"{name:24}{count.inserted:>10,}{count.updated:>10,}" for name, count in counts.items()]
    lines += ["", "Odd, and what was made of it:"]
    for oddity in oddities:
        lines.append(f"{oddity.count:>8,}  {oddity.file}: {oddity.kind} ({oddity.made})")
        lines += [f"{'':10}{example}" for example in oddity.examples]
    return "\n".join(lines)
