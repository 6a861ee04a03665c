"""This file holds how the list of fields reaches the database: ISCED-F 2013, UNESCO Institute for Statistics (2014)."""

import csv
from pathlib import Path
from typing import Any

from core.ids import uuid7

LIST = Path(__file__).with_name("isced_f_2013.csv")


def ship_fields(model: Any) -> None:
    """Add the fields that the database lacks, a broad one before those within it. What is there stays as it is."""
    known = set(model.objects.values_list("code", flat=True))
    with LIST.open(encoding="utf-8", newline="") as file:
        rows = sorted(csv.DictReader(file), key=lambda row: len(row["code"]))
    model.objects.bulk_create(
        model(id=uuid7(), code=row["code"], name=row["title"], parent_id=row["parent"] or None)
        for row in rows
        if row["code"] not in known
    )
