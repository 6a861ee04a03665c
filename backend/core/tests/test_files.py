"""This file holds what is promised of files: judged by content, kept apart, fetched by links, scanned."""

import stat
import time
import tracemalloc
import zipfile
from datetime import timedelta
from io import BytesIO
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from django.db import ProgrammingError, transaction
from PIL import Image

from core.actor import Actor
from core.audit.models import AuditEntry
from core.errors import RuleBroken
from core.files import images, keeping, links, storing
from core.files.archives import refuse_bombs
from core.files.events import InfectionFound
from core.files.keeping import keep, let_go, rescan, sweep
from core.files.kinds import MIB, FileType
from core.files.links import link_to
from core.files.models import StoredBytes, StoredFile
from core.files.scanning import Verdict
from core.files.taking import fit_name
from core.ids import uuid7
from core.tenancy.scope import reaching
from core.testing.fixtures import client_of
from core.tests.files_lab import ANYTHING, EICAR, PDF, PICTURES, PUZZLING, archive, image, scanner, taken

SENDER = Actor("Tendai Moyo", uuid7())

pytestmark = pytest.mark.usefixtures("store")


def contents(store: Any) -> list[Any]:
    return [one for one in store.rglob("*") if one.is_file()]


def kept(institution: Any, content: bytes = PDF, name: str = "a.pdf", kind: Any = ANYTHING) -> StoredFile:
    file = taken(kind, content, name)
    with reaching(institution.pk):
        return keep(institution.pk, kind, file)


def refusal(institution: Any, content: bytes, name: str = "a.png", kind: Any = ANYTHING) -> str:
    with pytest.raises(RuleBroken) as refused:
        kept(institution, content, name, kind)
    assert refused.value.problems[0].field == "file"
    with reaching(institution.pk):
        assert StoredFile.objects.count() == 0
    return refused.value.code


OFFICE = ("[Content_Types].xml", b"<Types/>")


@pytest.mark.parametrize(
    ("content", "name", "found", "ending"),
    [
        (image(), "logo.exe", FileType.PNG, "png"),
        (image("JPEG"), "photo.png", FileType.JPEG, "jpg"),
        (image("WEBP"), "photo.html", FileType.WEBP, "webp"),
        (image("GIF"), "photo.gif", FileType.PNG, "png"),
        (PDF, "../../etc/passwd", FileType.PDF, "pdf"),
        (archive(OFFICE, ("xl/workbook.xml", b"<w/>")), "a.zip", FileType.XLSX, "xlsx"),
        (archive(OFFICE, ("word/document.xml", b"<w/>")), "a.doc", FileType.DOCX, "docx"),
        (archive(("mimetype", FileType.ODS.value.encode())), "a", FileType.ODS, "ods"),
        (archive(("a.txt", b"hello")), "a.xlsx", FileType.ZIP, "zip"),
        (b"a,b\n1,2\n", "a.csv", FileType.CSV, "csv"),
        ("Tėa\n".encode(), "a.csv.txt", FileType.TEXT, "txt"),
    ],
    ids=lambda value: None if isinstance(value, str) else "",
)
def test_a_file_is_what_its_content_says(harare, content, name, found, ending):
    row = kept(harare, content, name)
    assert row.type == found
    assert row.name.endswith(f".{ending}")
    assert "/" not in row.name


def link_entry() -> zipfile.ZipInfo:
    member = zipfile.ZipInfo("link")
    member.external_attr = (stat.S_IFLNK | 0o777) << 16
    return member


def lying() -> bytes:
    """An archive whose directory says less than it holds."""
    content = bytearray(archive(("a.txt", b"x" * 5000)))
    at = content.rfind(b"PK\x01\x02")
    content[at + 24 : at + 28] = (10).to_bytes(4, "little")
    return bytes(content)


NESTED = archive(("b.zip", archive(("c.zip", archive(("d.txt", b"deep"))))))


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty_file"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "type_not_taken"),
        (b"\n<!DOCTYPE html><script>alert(1)</script>", "type_not_taken"),
        (b"MZ\x90\x00\x03\x00", "type_not_taken"),
        (PDF + archive(("a.txt", b"hello")), "type_not_taken"),
        (PDF[:30], "type_not_taken"),
        (image()[:40], "broken_image"),
        (b"\x89PNG\r\n\x1a\n<script>alert(1)</script>", "broken_image"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600, "type_not_taken"),
        (archive(("bomb", b"\x00" * 20_000_000)), "packed_too_densely"),
        (archive(*((f"{n}.txt", b"") for n in range(501))), "too_many_entries"),
        (archive(("../../etc/cron.d/x", b"x")), "path_in_archive"),
        (archive(("/etc/passwd", b"x")), "path_in_archive"),
        (archive(("C:\\x.txt", b"x")), "path_in_archive"),
        (archive((link_entry(), b"/etc/passwd")), "link_in_archive"),
        (NESTED, "nested_too_deeply"),
        (lying(), "broken_archive"),
        (archive(("a.txt", b"hello"))[:-30], "broken_archive"),
        (archive(OFFICE, ("xl/workbook.xml", b"<w/>"), ("xl/vbaProject.bin", b"x")), "type_not_taken"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_hostile_content_is_refused(harare, content, code, store):
    assert refusal(harare, content) == code
    assert contents(store) == []


def test_an_image_of_too_many_pixels_is_refused_before_it_is_unpacked(harare):
    bomb = BytesIO()
    Image.new("1", (8000, 8000)).save(bomb, "PNG")
    tracemalloc.start()
    assert refusal(harare, bomb.getvalue()) in ("too_many_pixels", "broken_image")
    assert tracemalloc.get_traced_memory()[1] < 3_000_000
    tracemalloc.stop()


def test_an_image_that_needs_more_memory_than_it_may_is_refused_and_does_no_harm(harare, monkeypatch):
    monkeypatch.setattr(images, "MEMORY", 48 * MIB)
    assert refusal(harare, image(size=(4000, 3000))) == "broken_image"


def test_an_image_that_moves_is_refused(harare):
    frames, moving = [Image.new("RGB", (4, 4), color) for color in ("red", "blue")], BytesIO()
    frames[0].save(moving, "GIF", save_all=True, append_images=frames[1:])
    assert refusal(harare, moving.getvalue()) == "animated"


def test_where_a_picture_was_taken_is_gone_and_so_is_what_was_hung_on(harare):
    exif = Image.Exif()
    exif[0x010F] = "A camera"
    exif.get_ifd(0x8825)[1] = "S"
    row = kept(harare, image("JPEG", exif=exif) + b"<script>alert(1)</script>", "a.jpg", PICTURES)
    with storing.store().open(row.storage_name) as file:
        content = file.read()
    with Image.open(BytesIO(content)) as seen:
        assert dict(seen.getexif()) == {}
    assert b"<script>" not in content
    assert b"camera" not in content


def test_a_kind_takes_its_types_and_its_size_alone(harare, store):
    assert refusal(harare, PDF, kind=PICTURES) == "type_not_taken"
    assert refusal(harare, PDF + b"\n" * 2**20) == "too_large"
    assert contents(store) == []


def test_an_archive_is_judged_without_holding_it_in_memory():
    content = BytesIO(archive(*((f"{n}", bytes(range(256)) * 4096 * 2) for n in range(10))))
    tracemalloc.start()
    refuse_bombs(content, ratio=1000)
    assert tracemalloc.get_traced_memory()[1] < 2_000_000
    tracemalloc.stop()


def test_a_name_is_made_harmless():
    assert fit_name('..\\..\\a"b\r\n.html', FileType.PDF) == "a_b__.pdf"
    assert fit_name("...", FileType.PDF).endswith(".pdf")


@pytest.mark.django_db(transaction=True)
def test_what_was_rolled_back_is_swept_and_what_stands_stays(harare, store, monkeypatch):
    stands = kept(harare)
    with transaction.atomic():
        kept(harare)
        transaction.set_rollback(True)
    assert len(contents(store)) == 2
    assert sweep() == 0  # too young
    monkeypatch.setattr(keeping, "ORPHANED_AFTER", timedelta(seconds=-60))
    assert sweep() == 1
    assert storing.store().exists(stands.storage_name)
    with reaching(harare.pk):
        let_go(stands)
        assert storing.store().exists(stands.storage_name)
    assert contents(store) == []


def fetched(url: str) -> Any:
    return client_of().get(url.replace("http://127.0.0.1:8000", ""))


def test_a_link_fetches_a_file_for_a_minute_without_signing_in(harare, monkeypatch):
    row = kept(harare)
    with reaching(harare.pk):
        url = link_to(SENDER, row)
    answer = fetched(url)
    assert (answer.status_code, b"".join(answer.streaming_content)) == (200, PDF)
    assert answer["Content-Disposition"] == 'attachment; filename="a.pdf"'
    assert answer["Content-Security-Policy"].startswith("sandbox")
    assert (answer["X-Content-Type-Options"], answer["Cache-Control"]) == ("nosniff", "no-store")
    entry = AuditEntry.objects.get(rule="core.file.downloaded")
    assert (entry.actor_id, entry.subject_id) == (SENDER.id, str(row.pk))
    now = time.time()
    monkeypatch.setattr(links.time, "time", lambda: now + 62)
    assert fetched(url).status_code == 404


def test_a_link_that_was_altered_leads_nowhere(harare):
    row = kept(harare)
    with reaching(harare.pk):
        url = link_to(SENDER, row)
    for at in (5, 30, 60, len(url) - len("http://127.0.0.1:8000/api/v1/files//") - 3):
        place = len("http://127.0.0.1:8000/api/v1/files/") + at
        other = "A" if url[place] != "A" else "B"
        assert fetched(url[:place] + other + url[place + 1 :]).status_code == 404
    assert fetched("/api/v1/files/x/").status_code == 404


def test_nginx_sends_the_file_where_it_stands_in_front(harare, settings):
    settings.FILES_BY_NGINX = "/private/"
    row = kept(harare)
    with reaching(harare.pk):
        answer = fetched(link_to(SENDER, row))
    assert answer["X-Accel-Redirect"] == f"/private/{row.storage_name}"
    assert answer.content == b""


def test_a_scanner_refuses_what_is_infected_and_passes_the_rest(harare, settings, store):
    with scanner() as settings.FILES_SCANNER:
        assert refusal(harare, b"hello " + EICAR) == "infected"
        assert contents(store) == []
        assert kept(harare).verdict == "clean"


def test_a_scanner_is_asked_by_a_socket_of_this_machine_too(harare, settings):
    with TemporaryDirectory() as folder, scanner(f"{folder}/clamd") as settings.FILES_SCANNER:
        assert refusal(harare, b"hello " + EICAR) == "infected"
        assert kept(harare, b"long " * 40_000, "a.txt").verdict == "clean"
    assert_scanner_down(harare, PDF)


def test_a_scanner_that_is_down_lets_nothing_in(harare, settings):
    with scanner() as address:
        pass
    settings.FILES_SCANNER = address
    assert_scanner_down(harare, PDF)


def assert_scanner_down(institution: Any, content: bytes) -> None:
    with pytest.raises(RuleBroken) as refused:
        kept(institution, content, "a.txt")
    assert (refused.value.status, refused.value.code) == (503, "scanner_down")
    assert refused.value.headers["Retry-After"] == "30"


def test_without_a_scanner_a_file_is_unscanned_and_the_policy_decides(harare, settings):
    row = kept(harare)
    assert row.verdict == "unscanned"
    settings.FILES_UNSCANNED = "refuse"
    with reaching(harare.pk), pytest.raises(RuleBroken) as refused:
        link_to(SENDER, row)
    assert refused.value.code == "unscanned"


def rescanned_at(institution: Any, row: StoredFile) -> StoredFile:
    with reaching(institution.pk):
        return StoredFile.objects.get(pk=row.pk)


@pytest.mark.django_db(transaction=True)
def test_files_are_scanned_later_and_an_infected_one_is_reached_no_more(harare, settings):
    clean, infected = kept(harare), kept(harare, EICAR, "a.txt")
    with reaching(harare.pk):
        url = link_to(SENDER, infected)
    with scanner() as settings.FILES_SCANNER:
        assert rescan() == 2
        assert rescan() == 0
    clean, infected = rescanned_at(harare, clean), rescanned_at(harare, infected)
    assert (clean.verdict, infected.verdict) == ("clean", "infected")
    assert clean.scanned_at > clean.created_at
    with reaching(harare.pk), pytest.raises(RuleBroken) as refused:
        link_to(SENDER, infected)
    assert refused.value.code == "infected"
    assert fetched(url).json()["errors"][0]["code"] == "infected"  # a link from before
    assert not storing.store().exists(infected.storage_name)
    assert storing.store().exists(clean.storage_name)
    entry = AuditEntry.objects.get(rule="core.file.found_infected")
    assert (entry.subject_id, entry.changes) == (str(infected.pk), {"verdict": ["unscanned", "infected"]})


def test_an_infection_is_announced(harare, settings, monkeypatch):
    infected, heard = kept(harare, EICAR, "a.txt"), []
    monkeypatch.setattr(keeping, "announce", heard.append)
    with scanner() as settings.FILES_SCANNER:
        rescan()
    assert heard == [InfectionFound(harare.pk, infected.pk)]


def test_a_file_of_which_the_scanner_says_nothing_keeps_no_other_from_being_scanned(harare, settings, monkeypatch):
    monkeypatch.setattr(keeping, "RESCANNED", 2)
    puzzling, absent, clean = kept(harare, PUZZLING, "a.txt"), kept(harare, b"absent", "b.txt"), kept(harare)
    storing.store().delete(absent.storage_name)
    with scanner() as settings.FILES_SCANNER:
        assert rescan() == 0
        assert rescan() == 1
    assert [rescanned_at(harare, row).verdict for row in (puzzling, absent, clean)] == ["unscanned"] * 2 + ["clean"]


def test_a_scanner_that_is_down_leaves_the_rest_for_later(harare, settings):
    row = kept(harare)
    with scanner() as address:
        pass
    settings.FILES_SCANNER = address
    assert rescan() == 0
    assert rescanned_at(harare, row).scanned_at is None


def test_a_scanner_that_says_nothing_of_a_file_does_not_let_it_in(harare, settings, store):
    with scanner() as settings.FILES_SCANNER:
        assert_scanner_down(harare, PUZZLING)
    assert contents(store) == []


@pytest.mark.parametrize("change", [{"size": 1}, {"sha256": "0"}, {"storage_name": "x"}, {"name": "x"}, {"type": "x"}])
def test_the_database_refuses_to_alter_a_file(harare, change):
    row = kept(harare)
    with reaching(harare.pk), pytest.raises(ProgrammingError, match="replaced, never altered"), transaction.atomic():
        StoredFile.objects.filter(pk=row.pk).update(**change)
    assert rescanned_at(harare, row).sha256 == row.sha256


def test_the_database_lets_no_infected_file_become_clean(harare):
    row = kept(harare)
    with reaching(harare.pk):
        keeping.note_verdict(row, Verdict.INFECTED)
        with pytest.raises(ProgrammingError, match="stays infected"), transaction.atomic():
            StoredFile.objects.filter(pk=row.pk).update(verdict="clean")
    assert rescanned_at(harare, row).verdict == "infected"


def test_an_institution_keeps_as_many_bytes_as_are_allowed(harare, mutare, settings):
    settings.FILES_QUOTA = 2 * len(PDF)
    first, _ = kept(harare), kept(harare)
    with pytest.raises(RuleBroken, match="at their limit") as refused:
        kept(harare)
    assert (refused.value.code, refused.value.problems[0].field) == ("files_full", "file")
    kept(mutare)
    with reaching(harare.pk):
        assert StoredBytes.objects.get(institution=harare.pk).bytes == 2 * len(PDF)
        let_go(first)
        assert StoredBytes.objects.get(institution=harare.pk).bytes == len(PDF)
    kept(harare)
