"""This file holds the command that imports what the University of Illinois publishes."""

import json
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from academic.uiuc.rules import CREDIT, NEEDS, STEPS, Report, import_uiuc
from academic.uiuc.sections import FATES
from core.actor import Actor
from core.errors import RuleBroken


class Command(BaseCommand):
    """Load the published files in one transaction, and report what was done and what is odd in them."""

    help = "Import the catalog and the sections that the University of Illinois publishes; again, to take over changes."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path, metavar="FOLDER", help="where the published files lie")
        parser.add_argument("--institution", metavar="CODE", help="into this one (default: UIUC)")
        parser.add_argument("--report", type=Path, metavar="FILE.json", help="write the report to this file too")

    def handle(
        self, *args: object, folder: Path, institution: str | None, report: Path | None, **options: object
    ) -> None:
        # No bar where nobody watches.
        with tqdm(total=STEPS, unit=" steps", disable=None) as bar:

            def told(step: str) -> None:
                bar.set_description(step)
                bar.update()

            try:
                done = import_uiuc(Actor.system("import_uiuc", *NEEDS), folder, code=institution, told=told)
            except RuleBroken as refusal:
                raise CommandError(f"{refusal.message} Nothing was imported.") from refusal
        self.tell(done)
        if report:
            report.write_text(json.dumps(done.as_dict(), indent=2, ensure_ascii=False) + "\n")

    def tell(self, report: Report) -> None:
        self.stdout.write(f"{CREDIT}\nInto {report.institution}.\n\nRows read")
        for name, rows in report.files.items():
            self.stdout.write(f"  {name:28}{rows:>10,}")
        self.stdout.write(f"\nRows written{'inserted':>28}{'updated':>10}")
        for name, merged in report.tables.items():
            self.stdout.write(f"  {name:28}{merged.inserted:>10,}{merged.updated:>10,}")
        if report.rows_of_sections:
            self.stdout.write("\nRows of sections")
        for fate, rows in report.rows_of_sections.items():
            self.stdout.write(f"  {fate:28}{rows:>10,}  {FATES[fate]}")
        self.stdout.write(f"\nPrerequisites{'sentences':>27}{'trees':>10}")
        for name, sentences in report.sentences.items():
            self.stdout.write(f"  {name:28}{sentences:>10,}{report.trees.get(name, 0):>10,}")
        self.stdout.write("\nOddities, kept as they are" if report.oddities else "\nNo oddities")
        for oddity in report.oddities:
            self.stdout.write(f"  {oddity.count:>7,}  {oddity.meaning} ({oddity.kind})")
            for example in oddity.examples:
                self.stdout.write(f"           {example.file}, line {example.line}: {example.key}")
