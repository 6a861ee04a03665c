"""This file holds the tests of files of the nation's register, which are no institution's."""

import lzma

import pytest

from config.local.servers import BACKEND
from core.bulk import tasks
from core.bulk.contracts import CONTRACTS
from core.bulk.events import UploadToCheck, UploadToCommit
from core.bulk.models import Upload
from core.bulk.rules import ADD, CHANGE, VIEW
from core.errors import RuleBroken
from core.tenancy.scope import reaching
from core.testing.fixtures import client_of, person_at, person_of_nation
from core.tests.uploads_lab import UPLOADS, as_file, workbook
from faculties.factories import make_institution
from faculties.institutions.rules import change_institution, enter_institution
from faculties.models import Institution

pytestmark = pytest.mark.django_db

UNITED_STATES = BACKEND.parent.parent / "shared" / "data" / "ipeds_2020" / "directory_hd2020.csv.xz"
HEADER = ("UNITID", "INSTNM", "ICLEVEL", "CONTROL", "STABBR", "WEBADDR", "LATITUDE", "LONGITUD")
SMALL = ("100654", "Alabama A & M University", 1, 1, "AL", "www.aamu.edu/", 34.277393000000004, -86.568502)
NEEDS = CONTRACTS["institutions"].needs


@pytest.fixture
def office() -> Institution:
    return make_institution("REG", type="regulator", name="Council for Higher Education")


@pytest.fixture
def client(office):
    return client_of(person_of_nation(VIEW, ADD, CHANGE, *NEEDS, "faculties.view_institution"))


def sent(client, content: bytes, name: str = "sent.xlsx") -> dict:
    """The upload as a worker planned it."""
    answer = client.post(UPLOADS, {"set": "institutions", "file": as_file(content, name)}, format="multipart")
    assert answer.status_code == 202, answer.content
    upload = answer.json()["data"]
    with reaching(upload["institution"]):
        tasks.check(UploadToCheck(upload["id"], upload["institution"]))
    return client.get(f"{UPLOADS}{upload['id']}/").json()["data"]


def committed(client, upload: dict) -> dict:
    answer = client.post(f"{UPLOADS}{upload['id']}/commit/", {})
    assert answer.status_code == 200, answer.content
    with reaching(upload["institution"]):
        tasks.commit(UploadToCommit(upload["id"], upload["institution"], None, "Tendai Moyo"))
    return client.get(f"{UPLOADS}{upload['id']}/").json()["data"]


def test_a_file_of_the_register_lies_at_the_regulator_and_enters_institutions(client, office):
    upload = sent(client, workbook(HEADER, SMALL))
    assert (upload["institution"], upload["plan"]["create"]) == (str(office.pk), 1)
    assert committed(client, upload)["state"] == "committed"
    entered = Institution.objects.get(code="100654")
    assert (entered.type, entered.sector, entered.status) == ("university", "state", "open")
    assert (entered.website, str(entered.latitude)) == ("https://www.aamu.edu/", "34.277393")
    (found,) = client.get("/api/v1/institutions/", {"search": "alabama a"}).json()["data"]
    assert found["id"] == str(entered.pk)


def test_the_same_file_again_changes_nothing_and_another_changes_what_it_says(client):
    committed(client, sent(client, workbook(HEADER, SMALL)))
    again = sent(client, workbook(HEADER, SMALL))
    assert {name: again["plan"][name] for name in ("create", "change", "unchanged")} == {
        "create": 0, "change": 0, "unchanged": 1,
    }  # fmt: skip
    other = committed(client, sent(client, workbook(HEADER, (*SMALL[:3], 2, "-2", *SMALL[5:]))))
    entered = Institution.objects.get(code="100654")
    assert (entered.sector, entered.province) == ("private", "AL")  # a code for nothing takes nothing away
    assert client.post(f"{UPLOADS}{other['id']}/undo/").json()["data"]["state"] == "undone"
    entered.refresh_from_db()
    assert entered.sector == "state"


def test_what_an_upload_entered_is_undone(client):
    upload = committed(client, sent(client, workbook(HEADER, SMALL)))
    assert client.post(f"{UPLOADS}{upload['id']}/undo/").status_code == 200
    assert not Institution.objects.filter(code="100654").exists()


def test_wrong_rows_are_told_and_corrected_by_the_nation(client, office):
    Institution.objects.create(code="OLD", name="Old", type="other", status="closed", closed_on="2000-01-01")
    rows = [(code, f"N {code}", 1, 1, "AL", "a.org", 34, -86) for code in ("OLD", "REG", "X1")]
    upload = sent(client, workbook(HEADER, *rows, ("X2", "Half", 1, 1, "AL", "no site", 34, None)))
    assert (upload["plan"]["create"], upload["error_rows_count"]) == (1, 3)
    errors = {
        (row["number"], error["code"])
        for row in client.get(f"{UPLOADS}{upload['id']}/rows/", {"state": "error"}).json()["data"]
        for error in row["errors"]
    }
    assert errors == {(2, "stays_as_it_is"), (3, "stays_as_it_is"), (5, "not_allowed_here")}
    place = f"{UPLOADS}{upload['id']}/"
    assert client.get(f"{place}marked/").status_code == 200
    assert client.patch(f"{place}rows/5/", {"cells": {"website": "half.org"}}).status_code == 200
    assert client.post(f"{place}check/").status_code == 200
    with reaching(office.pk):
        tasks.check(UploadToCheck(upload["id"], office.pk))
    (row,) = [one for one in client.get(f"{place}rows/", {"state": "error"}).json()["data"] if one["number"] == 5]
    assert [error["code"] for error in row["errors"]] == ["half_a_place"]


def test_only_reach_over_the_nation_loads_the_register(office, harare):
    for actor in (person_at(harare, VIEW, ADD, CHANGE, *NEEDS), person_at(office, VIEW, ADD, CHANGE, *NEEDS)):
        body = {"set": "institutions", "file": as_file(workbook(HEADER, SMALL))}
        answer = client_of(actor).post(UPLOADS, body, format="multipart")
        assert answer.status_code in (403, 404), answer.content
    with reaching(office.pk, harare.pk):
        assert not Upload.objects.exists()


def test_without_a_regulator_there_is_no_place_for_such_a_file(harare):
    client = client_of(person_of_nation(VIEW, ADD, CHANGE, *NEEDS))
    body = {"set": "institutions", "file": as_file(workbook(HEADER, SMALL))}
    answer = client.post(UPLOADS, body, format="multipart")
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "no_regulator")


def test_there_is_one_regulator(office):
    nation = person_of_nation(*NEEDS).actor
    with pytest.raises(RuleBroken) as refusal:
        enter_institution(nation, code="TWO", name="Another", type="regulator")
    assert (refusal.value.code, Institution.objects.filter(type="regulator").count()) == ("one_regulator", 1)
    assert change_institution(nation, office, name="Council").name == "Council"


@pytest.mark.skipif(not UNITED_STATES.exists(), reason="The register of the United States is not here.")
def test_the_register_of_another_country_loads_as_it_is(client):
    upload = sent(client, lzma.decompress(UNITED_STATES.read_bytes()), "directory_hd2020.csv")
    assert (upload["failure"], upload["error_rows_count"], upload["plan"]["create"]) == (None, 0, 6220)
    assert [note["code"] for note in upload["notes"]] == ["columns_left_aside", "same_name"]
    committed(client, upload)
    entered = Institution.objects.exclude(type="regulator")
    assert (entered.count(), entered.filter(sector="state").count()) == (6220, 1960)
    assert entered.filter(website="").count() > 0
    assert sent(client, lzma.decompress(UNITED_STATES.read_bytes()), "again.csv")["plan"]["unchanged"] == 6220
