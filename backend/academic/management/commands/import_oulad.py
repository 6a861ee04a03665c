"""This file holds the command that imports the Open University Learning Analytics Dataset."""

import json
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from academic.oulad.rules import CREDIT, NEEDS, STEPS, Report, import_oulad
from core.actor import Actor
from core.errors import RuleBroken


class Command(BaseCommand):
    """Load the dataset in one transaction, and report what was done and what is odd in it."""

    help = "Import the Open University Learning Analytics Dataset (OULAD) from its zip; again, to take over changes."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("path", type=Path, metavar="PATH.zip")
        parser.add_argument("--institution", metavar="CODE", help="into this one (default: OU, The Open University)")
        parser.add_argument("--report", type=Path, metavar="FILE.json", help="write the report to this file too")

    def handle(
        self, *args: object, path: Path, institution: str | None, report: Path | None, **options: object
    ) -> None:
        # No bar where nobody watches.
        with tqdm(total=STEPS, unit=" steps", disable=None) as bar:

            def told(step: str) -> None:
                bar.set_description(step)
                bar.update()

            try:
                done = import_oulad(Actor.system("import_oulad", *NEEDS), path, code=institution, told=told)
            except RuleBroken as refusal:
                raise CommandError(f"{refusal.message} Nothing was imported.") from refusal
        self.tell(done)
        if report:
            report.write_text(json.dumps(done.as_dict(), indent=2, ensure_ascii=False) + "\n")

    def tell(self, report: Report) -> None:
        self.stdout.write(
            f"Open University Learning Analytics Dataset, into {report.institution}.\n{CREDIT}\n\nRows read"
        )
        for name, rows in report.files.items():
            self.stdout.write(f"  {name:28}{rows:>10,}")
        for name, rows in report.unused.items():
            self.stdout.write(f"  {name:28}{rows:>10,}  not used: there is no room for it here")
        self.stdout.write(f"\nRows written{'inserted':>28}{'updated':>10}")
        for name, merged in report.tables.items():
            self.stdout.write(f"  {name:28}{merged.inserted:>10,}{merged.updated:>10,}")
        self.stdout.write("\nOddities, kept as they are" if report.oddities else "\nNo oddities")
        for oddity in report.oddities:
            self.stdout.write(f"  {oddity.count:>7,}  {oddity.meaning} ({oddity.kind})")
            for example in oddity.examples:
                self.stdout.write(f"           {example.file}, line {example.line}: {example.key}")
