"""This file holds what tests of uploads begin with: a file, somebody who sends it, and a worker who reads it."""

from io import BytesIO
from typing import Any

import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile

from core.bulk import tasks
from core.bulk.contracts import CONTRACTS
from core.bulk.events import UploadToCheck, UploadToCommit
from core.bulk.models import Upload
from core.bulk.rules import ADD, CHANGE, VIEW, ask_commit, send
from core.testing.fixtures import Person, client_of, person_at

UPLOADS = "/api/v1/uploads/"


def workbook(*rows: Any) -> bytes:
    """An XLSX file with these rows, the header first."""
    content = BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    return content.getvalue()


def as_file(content: bytes, name: str = "sent.xlsx") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def uploader(institution: Any, *sets: str) -> Person:
    """Somebody who may upload these sets."""
    needs = {need for name in sets for need in CONTRACTS[name].needs}
    return person_at(institution, VIEW, ADD, CHANGE, *needs)


def checked(person: Person, set: str, content: bytes, **options: Any) -> Upload:  # noqa: A002
    """The file as it is planned."""
    upload = send(person.actor, set=set, file=as_file(content), **options)
    return worked(upload)


def worked(upload: Upload) -> Upload:
    """The upload after a worker had it."""
    tasks.check(UploadToCheck(upload.pk, upload.institution_id))
    return Upload.objects.get(pk=upload.pk)


def committed(person: Person, upload: Upload, **options: Any) -> Upload:
    ask_commit(person.actor, upload, **options)
    tasks.commit(UploadToCommit(upload.pk, upload.institution_id, person.actor.id, person.actor.name))
    return Upload.objects.get(pk=upload.pk)


def errors_of(person: Person, upload: Upload) -> list[dict[str, Any]]:
    """Every wrong cell: column, code, what was found, what is allowed, and the nearest."""
    answer = client_of(person).get(f"{UPLOADS}{upload.pk}/rows/", {"state": "error"})
    return [error for row in answer.json()["data"] for error in row["errors"]]
