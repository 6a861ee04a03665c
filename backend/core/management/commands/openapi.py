"""This file holds the command that writes the API's description, and refuses one that breaks what was released."""

import json
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from core.http.contract import broken_promises
from core.http.docs import described

DOCS = Path(__file__).resolve().parents[4] / "docs" / "api"


class Command(BaseCommand):
    """`openapi` writes docs/api/openapi.json; `--check` says what is wrong; `--release` keeps a copy as a promise."""

    help = "Write the description of the API, or check it against the committed and the released one."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--check", action="store_true", help="write nothing; fail where something is not as promised"
        )
        parser.add_argument("--release", action="store_true", help="also keep a copy under released/, as a promise")
        parser.add_argument("--folder", type=Path, default=DOCS, help="where the description lies")

    def handle(self, *args: Any, **options: Any) -> None:
        folder: Path = options["folder"]
        text = json.dumps(described(), indent=2, ensure_ascii=False, default=str) + "\n"
        committed, released = folder / "openapi.json", folder / "released"
        self.refuse_broken(json.loads(text), released)
        if options["check"]:
            if not committed.exists() or committed.read_text() != text:
                raise CommandError(f"{committed.name} is not what the code describes: run `manage.py openapi`.")
            self.stdout.write("The description is up to date, and keeps what was released.")
            return
        folder.mkdir(parents=True, exist_ok=True)
        committed.write_text(text)
        if options["release"]:
            released.mkdir(exist_ok=True)
            (released / f"{settings.API_VERSION}.json").write_text(text)
        self.stdout.write(f"Wrote {committed.name}.")

    def refuse_broken(self, new: dict[str, Any], released: Path) -> None:
        """Every release of this major version is a promise."""
        major = settings.API_VERSION.partition(".")[0]
        for promise in sorted(released.glob(f"{major}.*.json")):
            if problems := broken_promises(json.loads(promise.read_text()), new):
                raise CommandError("\n".join([f"This breaks what {promise.name} promised:", *problems]))
