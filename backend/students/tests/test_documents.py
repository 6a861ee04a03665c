"""This file holds what is promised of students' documents: who sees them, who verifies, what erasing does."""

from typing import Any

import pytest
from django.utils import timezone

from core.audit.models import AuditEntry
from core.errors import NotAllowed, RuleBroken
from core.files import storing
from core.files.models import StoredFile
from core.personal.erasing import erase
from core.tenancy.scope import reaching
from core.testing.fixtures import Person, client_of, person_at
from core.tests.files_lab import EICAR, PDF, archive, scanner, sent, taken
from students.documents.models import StudentDocument
from students.documents.rules import IDENTITY, PAPER, add_document, change_document, verify_document
from students.factories import make_student

URL = "/api/v1/students/documents/"
ADD, VIEW, VERIFY = "students.add_document", "students.view_document", "students.verify_document"


def contents(store: Any) -> list[Any]:
    return [one for one in store.rglob("*") if one.is_file()]


def added(institution: Any, kind: str = "certificate") -> StudentDocument:
    with reaching(institution.pk):
        student = make_student(institution)
        actor = person_at(institution, ADD, IDENTITY).actor
        return add_document(actor, student=student, kind=kind, title="A paper", file=taken(PAPER, PDF, "a.pdf"))


def test_a_document_is_fetched_by_a_link_after_the_permission_was_judged(harare, mutare):
    document = added(harare)
    assert client_of(person_at(harare)).get(f"{URL}{document.pk}/link/").status_code == 403
    assert client_of(person_at(mutare, VIEW)).get(f"{URL}{document.pk}/link/").status_code == 404
    answer = client_of(person_at(harare, VIEW)).get(f"{URL}{document.pk}/link/")
    assert answer.status_code == 200, answer.content
    fetched = client_of().get(answer.json()["data"]["url"].replace("http://127.0.0.1:8000", ""))
    assert b"".join(fetched.streaming_content) == PDF


def test_a_medical_document_is_for_those_who_may_see_what_identifies(harare):
    document = added(harare, "medical")
    assert client_of(person_at(harare, VIEW)).get(f"{URL}{document.pk}/link/").status_code == 403
    assert client_of(person_at(harare, VIEW, IDENTITY)).get(f"{URL}{document.pk}/link/").status_code == 200
    with reaching(harare.pk):
        student = document.student
    with reaching(harare.pk), pytest.raises(NotAllowed):
        add_document(person_at(harare, ADD).actor, student=student, kind="medical", title="x", file=taken(PAPER, PDF))


def test_what_is_no_paper_is_refused_with_the_field(harare):
    with reaching(harare.pk):
        student = make_student(harare)
    body = {"student": str(student.pk), "kind": "other", "title": "x", "file": sent(archive(("a", b"b")), "a.pdf")}
    client = client_of(person_at(harare, VIEW, ADD, "students.view_student"))
    answer = client.post(URL, body, format="multipart")
    assert answer.status_code == 422
    problem = answer.json()["errors"][0]
    assert (problem["code"], problem["field"]) == ("type_not_taken", "file")
    with reaching(harare.pk):
        assert StoredFile.objects.count() == 0


@pytest.fixture
def registrar(harare):
    return person_at(harare, VIEW, ADD, "students.view_student")


@pytest.fixture
def student(harare):
    with reaching(harare.pk):
        return make_student(harare)


def posted(registrar: Person, student: Any, content: bytes = PDF, **headers: str) -> Any:
    body = {"student": str(student.pk), "kind": "other", "title": "x", "file": sent(content, "a.pdf")}
    return client_of(registrar, **headers).post(URL, body, format="multipart")


def test_an_infected_document_is_refused_and_that_is_on_the_audit_log(registrar, student, settings, store):
    with scanner() as settings.FILES_SCANNER:
        answer = posted(registrar, student, PDF[:-6] + EICAR + PDF[-6:])
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "infected")
    entry = AuditEntry.objects.get(decision="refused")
    assert (entry.rule, entry.code, entry.actor_id) == (
        "students.document.added", "infected", registrar.actor.id,
    )  # fmt: skip
    assert contents(store) == []


def test_nothing_of_a_document_that_the_rule_refuses_is_left(harare, registrar, store):
    with reaching(harare.pk):
        student = make_student(harare, erased_at=timezone.now())
    answer = posted(registrar, student, PDF)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "person_erased")
    assert contents(store) == []


def test_a_document_that_is_sent_twice_under_one_key_is_kept_once(harare, registrar, student, store):
    key = {"Idempotency-Key": "5c9a4e0e-8f0b"}
    first, second = posted(registrar, student, PDF, **key), posted(registrar, student, PDF, **key)
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json()["data"] == second.json()["data"]
    assert second["Idempotency-Replayed"] == "true"
    with reaching(harare.pk):
        assert StudentDocument.objects.count() == StoredFile.objects.count() == len(contents(store)) == 1


def test_a_key_stands_for_one_content(registrar, student, store):
    key = {"Idempotency-Key": "5c9a4e0e-8f0b"}
    posted(registrar, student, PDF, **key)
    other = posted(registrar, student, PDF.replace(b"1 0 obj", b"2 0 obj"), **key)
    assert (other.status_code, other.json()["errors"][0]["code"]) == (409, "key_reused")
    assert len(contents(store)) == 1


def test_a_document_is_verified_once_and_then_stays(harare):
    document, actor = added(harare), person_at(harare, VERIFY, "students.change_document").actor
    with reaching(harare.pk):
        verify_document(actor, document)
        for again in (verify_document, change_document):
            with pytest.raises(RuleBroken) as refused:
                again(actor, document)
            assert refused.value.code == "already_verified"


@pytest.mark.django_db(transaction=True)
def test_erasing_a_student_erases_the_content_of_their_documents(harare):
    theirs, others = added(harare), added(harare)
    names = theirs.file.storage_name, others.file.storage_name
    with reaching(harare.pk):
        erase([theirs.student], harare.pk)
    assert [storing.store().exists(name) for name in names] == [False, True]
    with reaching(harare.pk):
        assert list(StudentDocument.objects.values_list("pk", flat=True)) == [others.pk]
        assert list(StoredFile.objects.values_list("storage_name", flat=True)) == [names[1]]
