"""This file holds the tests of consents: a student stays under the version of entry unless they agree to another."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction

from academic.enrollments.consents import agree, change_version, revoke
from academic.factories import make_course, make_enrollment, make_program_version
from academic.models import Enrollment, ProgramCourse, VersionConsent
from academic.permissions import PERMISSIONS
from core.audit.models import AuditEntry
from core.errors import RuleBroken
from core.tenancy.scope import reaching
from core.testing.fixtures import client_of, person_at
from faculties.factories import saved, today_there
from faculties.models import Institution
from students.factories import make_student
from users.factories import make_person

pytestmark = pytest.mark.django_db
CONSENTS, ENROLLMENTS = "/api/v1/academic/version-consents/", "/api/v1/academic/enrollments/"
SIGNED_ON = date(2026, 3, 2)


@pytest.fixture
def registrar(harare: Institution):
    with reaching(harare.pk):
        yield person_at(harare, *PERMISSIONS).actor


@pytest.fixture
def enrollment(registrar, harare: Institution) -> Enrollment:
    return make_enrollment(harare)


def later(enrollment: Enrollment, **fields):
    wanted = {"program": enrollment.program_version.program, "catalog_year": 2027, **fields}
    return make_program_version(enrollment.institution, **wanted)


def version_of(enrollment: Enrollment):
    return Enrollment.objects.values_list("program_version", flat=True).get(pk=enrollment.pk)


def test_a_student_who_is_signed_in_agrees_and_the_registry_carries_it_out(harare: Institution):
    account = make_person(grants=[("student", harare)])
    with reaching(harare.pk):
        mine = make_enrollment(harare, student=make_student(harare, account=account))
        version, other = later(mine), make_enrollment(harare)
        elsewhere = later(other)
    client = client_of(account.actor)
    body = {"enrollment": str(mine.pk), "to_version": str(version.pk)}
    signed = client.post(CONSENTS, {**body, "document": "F 12"})
    assert (signed.status_code, signed.json()["errors"][0]["field"]) == (422, "document")
    agreed = client.post(CONSENTS, body)
    assert agreed.status_code == 201, agreed.json()
    shown = agreed.json()["data"]
    assert (shown["how"], shown["changed_on"]) == ("in_system", None)
    theirs = client.post(CONSENTS, {"enrollment": str(other.pk), "to_version": str(elsewhere.pk)})
    assert (theirs.status_code, theirs.json()["errors"][0]["field"]) == (400, "enrollment")
    own = client.post(f"{ENROLLMENTS}{mine.pk}/change-version/", {"to_version": str(version.pk)})
    assert own.status_code == 403
    registry = client_of(person_at(harare, *PERMISSIONS))
    changed = registry.post(f"{ENROLLMENTS}{mine.pk}/change-version/", {"to_version": str(version.pk)})
    assert (changed.status_code, changed.json()["data"]["program_version"]) == (200, str(version.pk))
    entry = AuditEntry.objects.get(rule="academic.enrollment.version_changed", decision="done")
    assert entry.changes["program_version"][1] == str(version.pk)
    kept = client.get(CONSENTS).json()["data"]
    assert [(one["from_version"], one["changed_on"]) for one in kept] == [
        (str(mine.program_version_id), today_there().isoformat())
    ]


def test_the_registry_enters_what_was_signed_and_carries_it_out_at_once(registrar, enrollment):
    version = later(enrollment)
    change_version(registrar, enrollment, to_version=version, agreed_on=SIGNED_ON, document="F 12")
    consent = VersionConsent.objects.get()
    assert (consent.how, consent.agreed_on, consent.document) == ("in_writing", SIGNED_ON, "F 12")
    assert (version_of(enrollment), consent.changed_on) == (version.pk, today_there())


def test_without_consent_a_student_stays_under_the_version_of_entry(registrar, enrollment):
    version = later(enrollment)
    with pytest.raises(RuleBroken) as refusal:
        change_version(registrar, enrollment, to_version=version)
    assert (refusal.value.code, refusal.value.problems[0].field) == ("no_consent", "document")
    with pytest.raises(RuleBroken) as refusal:
        agree(registrar, enrollment=enrollment, to_version=version)
    assert refusal.value.code == "document_needed"
    for agreed in (False, True):
        if agreed:  # to agree is not yet to be there
            agree(registrar, enrollment=enrollment, to_version=version, document="F 12")
        with pytest.raises(IntegrityError, match="by consent alone"), transaction.atomic():
            Enrollment.objects.filter(pk=enrollment.pk).update(program_version=version)
    assert version_of(enrollment) == enrollment.program_version_id


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"catalog_year": 2025}, "not_later"),
        ({"status": "teach_out"}, "version_not_active"),
        ({"status": "approved"}, "version_not_active"),
        ({"program": None}, "another_program"),
    ],
)
def test_it_is_a_later_active_version_of_the_same_program(registrar, enrollment, fields, code):
    version = later(enrollment, **fields)
    for rule, args in ((agree, {"enrollment": enrollment}), (change_version, {})):
        with pytest.raises(RuleBroken) as refusal:
            rule(registrar, *(() if args else (enrollment,)), **args, to_version=version, document="F 12")
        assert (refusal.value.code, refusal.value.problems[0].field) == (code, "to_version")
    assert (version_of(enrollment), VersionConsent.objects.count()) == (enrollment.program_version_id, 0)


def test_a_consent_is_revoked_for_a_reason_until_it_is_carried_out(harare: Institution):
    account = make_person(grants=[("student", harare)])
    with reaching(harare.pk):
        mine, other = make_enrollment(harare, student=make_student(harare, account=account)), make_enrollment(harare)
        version, elsewhere = later(mine), later(other)
        registrar = person_at(harare, *PERMISSIONS).actor
        theirs = agree(registrar, enrollment=other, to_version=elsewhere, document="F 12")
        written = agree(registrar, enrollment=mine, to_version=version, document="F 13")
    client, said = client_of(account.actor), {"reason": "I finish as I began"}
    assert client.post(f"{CONSENTS}{theirs.pk}/revoke/", said).status_code == 404
    own = f"{CONSENTS}{written.pk}/revoke/"
    assert client.post(own, {}).json()["errors"][0]["field"] == "reason"
    revoked = client.post(own, said)
    assert revoked.status_code == 200, revoked.json()
    shown = revoked.json()["data"]
    assert (shown["revoked_on"], shown["revoked_because"]) == (today_there().isoformat(), said["reason"])
    assert client.post(own, said).json()["errors"][0]["code"] == "already_revoked"
    with reaching(harare.pk):
        with pytest.raises(RuleBroken, match="has not agreed"):
            change_version(registrar, mine, to_version=version)
        # Who agrees anew is taken at that word; and there is no way back.
        again = agree(account.actor, enrollment=mine, to_version=version)
        change_version(registrar, mine, to_version=version)
        with pytest.raises(RuleBroken) as refusal:
            revoke(registrar, again, reason="F 14")
        assert (refusal.value.code, version_of(mine)) == ("carried_out", version.pk)
        with pytest.raises(IntegrityError, match="revoked_before_it_is_carried_out"), transaction.atomic():
            VersionConsent.objects.filter(pk=again.pk).update(revoked_on=today_there())
        kept = VersionConsent.objects.filter(enrollment=mine).order_by("pk")
        assert list(kept.values_list("how", "revoked_on", "changed_on")) == [
            ("in_writing", today_there(), None),
            ("in_system", None, today_there()),
        ]


def test_a_consent_is_to_one_step_and_says_nothing_of_another(registrar, enrollment):
    first, second = later(enrollment), later(enrollment, catalog_year=2028)
    agree(registrar, enrollment=enrollment, to_version=second, document="F 12")
    began = enrollment.enrolled_on
    early = {"agreed_on": began - timedelta(days=9), "changed_on": began - timedelta(days=1)}
    with pytest.raises(RuleBroken) as refusal:
        change_version(registrar, enrollment, to_version=first, document="F 13", **early)
    assert (refusal.value.code, version_of(enrollment)) == ("before_the_present", enrollment.program_version_id)
    change_version(registrar, enrollment, to_version=first, agreed_on=SIGNED_ON, document="F 13", changed_on=SIGNED_ON)
    with pytest.raises(RuleBroken) as refusal:
        change_version(registrar, enrollment, to_version=second)
    assert refusal.value.code == "no_consent"
    agree(registrar, enrollment=Enrollment.objects.get(), to_version=second, agreed_on=began, document="F 14")
    with pytest.raises(RuleBroken) as refusal:
        change_version(registrar, enrollment, to_version=second, changed_on=SIGNED_ON - timedelta(days=1))
    assert refusal.value.code == "before_the_present"
    consent = VersionConsent.objects.filter(document="F 14")
    consent.update(changed_on=began)
    with pytest.raises(IntegrityError, match="by consent alone"), transaction.atomic():
        Enrollment.objects.update(program_version=second)
    consent.update(changed_on=None)
    change_version(registrar, enrollment, to_version=second)
    assert version_of(enrollment) == second.pk


def test_the_days_of_a_consent_come_one_after_the_other(registrar, enrollment):
    version, today = later(enrollment), today_there()
    for field, days in (
        ("changed_on", {"changed_on": today + timedelta(days=1)}),
        ("agreed_on", {"agreed_on": today + timedelta(days=1)}),
        (None, {"agreed_on": today, "changed_on": today - timedelta(days=1)}),
    ):
        with pytest.raises(RuleBroken) as refusal:
            change_version(registrar, enrollment, to_version=version, document="F 12", **days)
        assert refusal.value.problems[0].field == field
    assert VersionConsent.objects.count() == 0


def test_an_enrollment_that_ended_changes_no_version(registrar, harare):
    ended = make_enrollment(harare, status="completed", ended_on=SIGNED_ON)
    with pytest.raises(RuleBroken) as refusal:
        change_version(registrar, ended, to_version=later(ended), document="F 12")
    assert refusal.value.code == "enrollment_ended"


def test_an_audit_asks_of_any_version_but_of_a_draft_only_who_writes_it(harare, enrollment):
    version = later(enrollment, status="draft", credits_required=20)
    saved(ProgramCourse(institution=harare, program_version=version, course=make_course(harare)))
    url, asked = f"{ENROLLMENTS}{enrollment.pk}/audit/", {"program_version": str(version.pk)}
    reader = client_of(person_at(harare, "academic.view_enrollment", "academic.view_program"))
    hidden = reader.get(url, asked)
    assert (hidden.status_code, hidden.json()["errors"][0]["code"]) == (400, "unknown_version")
    for needs in ("academic.change_program", "academic.approve_program"):
        writer = client_of(person_at(harare, "academic.view_enrollment", needs))
        assert writer.get(url, asked).json()["data"]["is_what_if"] is True
    for status in ("submitted", "approved", "active", "teach_out", "closed"):
        one = later(enrollment, catalog_year=2030 + len(status), program=None, status=status)
        assert reader.get(url, {"program_version": str(one.pk)}).status_code == 200
