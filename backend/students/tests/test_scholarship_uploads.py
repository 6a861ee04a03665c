"""This file holds the tests of files of scholarships."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from core.bulk.models import Upload
from core.bulk.rules import undo
from core.errors import NotAllowed
from core.tenancy.scope import reaching
from core.testing.fixtures import client_of
from core.tests.uploads_lab import UPLOADS, checked, committed, uploader, workbook
from faculties.models import Institution
from students.factories import make_award, make_scholarship, make_sponsor, make_student, make_tranche
from students.models import Award, Scholarship, Sponsor

pytestmark = pytest.mark.django_db
HEADER = ("Student ID", "Funder", "Bursary", "Total amount", "Currency", "Start date", "End date")
ROW = ("R1", "Joshua Nkomo Fund", "Merit", "2,500.00", "US dollar", "2026-01-01", "31/12/2199")
NAMES = ("number", "sponsor", "title", "amount", "currency", "starts", "ends")


@pytest.fixture
def person(harare: Institution):
    with reaching(harare.pk):
        make_student(harare, number="R1")
        make_student(harare, number="R2")
        yield uploader(harare, "scholarships")


def row(**other: Any) -> tuple:
    return tuple(other.get(name, value) for name, value in zip(NAMES, ROW, strict=True))


def told(person: Any, *rows: tuple) -> list[tuple]:
    """Row, column and code of each error."""
    upload = checked(person, "scholarships", workbook(HEADER, *rows))
    found = client_of(person).get(f"{UPLOADS}{upload.pk}/rows/?state=error").json()["data"]
    return [(one["number"], error["column"], error["code"]) for one in found for error in one["errors"]]


def known(institution: Institution, **fields: Any) -> Scholarship:
    sponsor = make_sponsor(institution, name="Joshua Nkomo Fund")
    return make_scholarship(institution, sponsor=sponsor, title="Merit", **fields)


def test_a_file_adds_awards_with_the_sponsors_and_scholarships_it_names(person):
    rows = ROW, row(number="R2", sponsor="JOSHUA  nkomo fund", title="merit", currency="usd")
    upload = checked(person, "scholarships", workbook(HEADER, *rows))
    assert (upload.failure, upload.errors_count, upload.plan["create"]) == (None, 0, 2)
    notes = {(note["column"], note["code"], note["rows"]) for note in upload.notes}
    assert notes == {("sponsor", "will_be_added", 1), ("scholarship", "will_be_added", 1)}
    assert committed(person, upload).state == Upload.State.COMMITTED
    scholarship = Scholarship.objects.get()
    assert (scholarship.sponsor.name, scholarship.title, scholarship.currency, scholarship.seats) == (
        "Joshua Nkomo Fund", "Merit", "USD", None,
    )  # fmt: skip
    assert set(Award.objects.values_list("amount", "currency", "status", "starts_on")) == {
        (Decimal(2500), "USD", "active", date(2026, 1, 1))
    }


def test_the_same_file_twice_changes_nothing_also_of_what_ended(person):
    content = workbook(HEADER, ROW, row(number="R2", starts="2020-01-01", ends="2020-12-31"))
    committed(person, checked(person, "scholarships", content))
    before = list(Award.objects.values_list("pk", "version", "status"))
    assert [status for *_, status in before] == ["active", "ended"]
    again = checked(person, "scholarships", content)
    assert (again.errors_count, again.plan["create"], again.plan["change"], again.plan["unchanged"]) == (0, 0, 0, 2)
    committed(person, again)
    assert list(Award.objects.values_list("pk", "version", "status")) == before
    assert (Sponsor.objects.count(), Scholarship.objects.count()) == (1, 1)


def test_a_new_amount_changes_the_award_and_not_below_its_tranches(person):
    committed(person, checked(person, "scholarships", workbook(HEADER, ROW)))
    make_tranche(Award.objects.get().institution, award=Award.objects.get(), amount=Decimal(2000))
    assert told(person, row(amount="1999.99")) == [(2, "amount", "below_tranches")]
    upload = checked(person, "scholarships", workbook(HEADER, row(amount="2000")))
    assert upload.plan["change"] == 1
    committed(person, upload)
    assert (Award.objects.get().amount, Award.objects.get().version) == (2000, 2)


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"number": "R7"}, ("student_number", "not_known")),
        ({"sponsor": None}, ("sponsor", "required")),
        ({"title": None}, ("scholarship", "required")),
        ({"amount": "much"}, ("amount", "not_a_number")),
        ({"amount": "0"}, ("amount", "not_allowed_here")),
        ({"amount": "10.005"}, ("amount", "not_allowed_here")),
        ({"currency": "ducats"}, ("currency", "not_a_choice")),
        ({"starts": "in May"}, ("starts_on", "not_a_date")),
        ({"ends": "2025-12-31"}, ("ends_on", "ends_before_it_starts")),
    ],
)
def test_a_wrong_cell_is_told(person, wrong, error):
    assert told(person, row(**wrong)) == [(2, *error)]
    assert not Award.objects.exists()


def test_a_currency_that_nobody_knows_tells_the_nearest(person):
    upload = checked(person, "scholarships", workbook(HEADER, row(currency="US dolar")))
    (found,) = client_of(person).get(f"{UPLOADS}{upload.pk}/rows/?state=error").json()["data"]
    (error,) = found["errors"]
    assert error["nearest"] == "USD"
    assert error["allowed"] == "a currency by its name or its three letters of ISO 4217, such as US dollar or USD"


def test_a_scholarship_has_one_currency_in_the_register_and_in_the_file(person, harare):
    rows = row(title="Need", currency="ZiG"), row(number="R2", title="Need", currency="ZAR")
    assert told(person, *rows) == [(3, "currency", "another_currency")]
    known(harare, currency="ZAR")
    assert told(person, ROW, row(number="R2", currency="rand")) == [(2, "currency", "another_currency")]


def test_no_more_are_awarded_than_there_are_seats(person, harare):
    make_award(harare, scholarship=known(harare, seats=2))
    assert told(person, ROW, row(number="R2")) == [(3, "scholarship", "full")]
    over = row(number="R2", starts="2020-01-01", ends="2020-12-31")
    assert told(person, ROW, over) == []


def test_a_student_has_a_scholarship_once_at_a_time(person, harare):
    make_award(harare, student=make_student(harare, number="R3"), scholarship=known(harare))
    beside = row(number="R3", starts="2026-12-31")
    assert told(person, beside, ROW, row(starts="2027-01-01")) == [
        (2, "starts_on", "awarded_already"), (4, "starts_on", "awarded_already"),
    ]  # fmt: skip


def test_an_award_that_ended_stays_as_it_was(person, harare):
    student = make_student(harare, number="R4")
    ended = {"status": "ended", "ended_on": date(2026, 3, 1)}
    award = make_award(harare, student=student, scholarship=known(harare), **ended)
    assert told(person, row(number="R4")) == [(2, "starts_on", "award_ended")]
    award.refresh_from_db()
    assert (award.amount, award.version) == (1000, 1)


def test_a_file_is_undone_with_all_that_it_added(person):
    undo(person.actor, committed(person, checked(person, "scholarships", workbook(HEADER, ROW))))
    assert not any(model.objects.exists() for model in (Award, Scholarship, Sponsor))


def test_whoever_may_not_award_uploads_no_scholarships(harare):
    with reaching(harare.pk):
        clerk = uploader(harare)
        with pytest.raises(NotAllowed, match=r"students\.add_scholarship"):
            checked(clerk, "scholarships", workbook(HEADER, ROW))
