"""This file holds one upload of students, as a worker does it: sent, checked, committed. Prints its seconds as JSON."""

import json
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import django

django.setup()

from django.core.files.uploadedfile import SimpleUploadedFile  # noqa: E402
from django.db import transaction  # noqa: E402 (models need Django)

from core.actor import Actor, Reach  # noqa: E402
from core.bulk import tasks  # noqa: E402
from core.bulk.contracts import CONTRACTS  # noqa: E402
from core.bulk.events import UploadToCheck, UploadToCommit  # noqa: E402
from core.bulk.models import Upload  # noqa: E402
from core.bulk.rules import ADD, CHANGE, VIEW, ask_commit, send  # noqa: E402
from core.tenancy.scope import reaching  # noqa: E402
from faculties.models import Institution  # noqa: E402


def main(path: Path) -> None:
    institution = Institution.objects.get()
    reach = Reach(institutions=frozenset([institution.pk]))
    actor = Actor("bench", reaches=dict.fromkeys([VIEW, ADD, CHANGE, *CONTRACTS["students"].needs], reach))
    seconds = {}

    def timed(name: str, work: Callable[[], Any]) -> Any:
        begin = time.perf_counter()
        with transaction.atomic(), reaching(institution.pk):
            result = work()
        seconds[name] = time.perf_counter() - begin
        return result

    before = cpu()
    file = SimpleUploadedFile(path.name, path.read_bytes())
    upload = timed("send", lambda: send(actor, set="students", file=file))
    timed("check", lambda: tasks.check(UploadToCheck(upload.pk, institution.pk)))
    timed("ask", lambda: ask_commit(actor, upload))
    timed("commit", lambda: tasks.commit(UploadToCommit(upload.pk, institution.pk, None, "bench")))
    with reaching(institution.pk):
        done = Upload.objects.get(pk=upload.pk)
    if done.state != Upload.State.COMMITTED:
        raise SystemExit(f"It is {done.state}: {done.failure}")
    seconds["cpu"] = cpu() - before
    json.dump({**seconds, "rows": done.rows_count, "plan": done.plan}, sys.stdout)


def cpu() -> float:
    """CPU seconds of this process and its children; a worker has started long before."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
