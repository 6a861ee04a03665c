"""This file holds what every resource promises. A room's tests inherit these, and name their parts."""

from typing import Any, ClassVar
from uuid import uuid4

import pytest
from django.db import connection
from django.db.models import Model
from django.test.utils import CaptureQueriesContext

from core.audit.models import AuditEntry
from core.tenancy.scope import reaching
from core.testing.fixtures import Person, client_of, person_at


@pytest.mark.django_db
class ResourcePromises:
    """A subclass names its parts; a promise about what the resource doesn't offer asserts that it answers 405.

    url                 "/api/v1/faculties/"
    view                the permission of reading
    create, update, remove    the permission of each verb; None where the resource has no such verb
    also                permissions that creating needs besides, such as seeing what the body refers to
    references          fields of the body that name another row
    changes             what an update sends
    sends, created      how a body is sent, and the status of what comes of it
    make(institution)   a new row of that institution
    body(institution)   what creates another one there
    """

    url: str
    view: str
    create: str | None = None
    update: str | None = None
    remove: str | None = None
    also: ClassVar[tuple[str, ...]] = ()
    references: ClassVar[tuple[str, ...]] = ()
    changes: ClassVar[dict[str, Any]] = {}
    sends = "json"
    created = 201

    def make(self, institution: Model) -> Model:
        raise TypeError(f"{type(self).__name__} has no make(institution).")

    def body(self, institution: Model) -> dict[str, Any]:
        return {}

    # --- Words of the promises ---
    def made(self, institution: Model) -> Model:
        with reaching(institution.pk):
            return self.make(institution)

    def body_for(self, institution: Model) -> dict[str, Any]:
        with reaching(institution.pk):
            return self.body(institution)

    def of(self, row: Model) -> str:
        return f"{self.url}{row.pk}/"

    def reader(self, institution: Model) -> Person:
        return person_at(institution, self.view, *self.also)

    def writer(self, institution: Model) -> Person:
        verbs = [need for need in (self.create, self.update, self.remove) if need]
        return person_at(institution, self.view, *verbs, *self.also)

    def count(self, institution: Model, row: Model) -> int:
        with reaching(institution.pk):
            return type(row)._base_manager.filter(institution=institution).count()

    def stored(self, institution: Model, row: Model) -> dict[str, Any]:
        with reaching(institution.pk):
            return type(row)._base_manager.filter(pk=row.pk).values().get()

    # --- Reading ---
    def test_nobody_reads_without_signing_in(self, harare: Model) -> None:
        for url in (self.url, self.of(self.made(harare))):
            answer = client_of().get(url)
            assert answer.status_code == 401
            assert "WWW-Authenticate" in answer

    def test_reading_needs_the_permission(self, harare: Model) -> None:
        row = self.made(harare)
        for url in (self.url, self.of(row)):
            answer = client_of(person_at(harare)).get(url)
            assert answer.status_code == 403
            assert answer.json()["errors"][0]["code"] == "not_allowed"
        assert AuditEntry.objects.filter(rule=self.view, decision="refused").count() == 2

    def test_another_institutions_row_does_not_exist(self, harare: Model, mutare: Model) -> None:
        ours, theirs = self.made(harare), self.made(mutare)
        client = client_of(self.reader(harare), **{"X-Request-ID": "the-same-id"})
        assert client.get(self.of(ours)).status_code == 200
        hidden, absent = client.get(self.of(theirs)), client.get(f"{self.url}{uuid4()}/")
        assert hidden.status_code == absent.status_code == 404
        assert hidden.content == absent.content
        shown = {row["id"] for row in client.get(self.url).json()["data"]}
        assert str(ours.pk) in shown
        assert str(theirs.pk) not in shown

    def test_an_unknown_parameter_is_refused(self, harare: Model) -> None:
        for url in (self.url, self.of(self.made(harare))):
            answer = client_of(self.reader(harare)).get(f"{url}?no_such_parameter=1")
            assert answer.status_code == 400
            problem = answer.json()["errors"][0]
            assert (problem["code"], problem["field"]) == ("unknown_parameter", "no_such_parameter")

    def test_a_known_answer_is_not_sent_again(self, harare: Model) -> None:
        row, client = self.made(harare), client_of(self.reader(harare))
        for url in (self.url, self.of(row)):
            tag = client.get(url)["ETag"]
            assert client.get(url, headers={"If-None-Match": tag}).status_code == 304

    def test_a_longer_list_costs_no_more_queries(self, harare: Model) -> None:
        client = client_of(self.reader(harare))
        self.made(harare)
        client.get(self.url)
        costs = []
        for _ in range(2):
            with CaptureQueriesContext(connection) as queries:
                assert client.get(self.url).status_code == 200
            costs.append(len(queries))
            self.made(harare)
            self.made(harare)
        assert costs[0] == costs[1] > 0

    # --- Creating ---
    def test_creating_needs_the_permission(self, harare: Model) -> None:
        row, body = self.made(harare), self.body_for(harare)
        before = self.count(harare, row)
        answer = client_of(self.reader(harare)).post(self.url, body, format=self.sends)
        assert answer.status_code == (403 if self.create else 405)
        assert self.count(harare, row) == before
        assert AuditEntry.objects.filter(decision="refused").count() == (1 if self.create else 0)

    def test_creating_is_audited(self, harare: Model) -> None:
        person, body = self.writer(harare), self.body_for(harare)
        answer = client_of(person).post(self.url, body, format=self.sends)
        assert answer.status_code == (self.created if self.create else 405), answer.content
        if self.create:
            created = answer.json()["data"]["id"]
            assert answer["Location"] == f"{self.url}{created}/"
            entry = AuditEntry.objects.get(actor_id=person.pk)
            assert (entry.decision, entry.subject_id) == ("done", created)

    def test_an_unknown_field_is_refused(self, harare: Model) -> None:
        row, body = self.made(harare), {**self.body_for(harare), "no_such_field": 1, "id": str(uuid4())}
        before = self.count(harare, row)
        answer = client_of(self.writer(harare)).post(self.url, body, format=self.sends)
        assert answer.status_code == (400 if self.create else 405)
        if self.create:
            found = {(problem["code"], problem["field"]) for problem in answer.json()["errors"]}
            assert found == {("unknown_field", "no_such_field"), ("read_only", "id")}
        assert self.count(harare, row) == before

    def test_a_reference_to_another_institution_is_refused_like_an_absent_one(
        self, harare: Model, mutare: Model
    ) -> None:
        row, ours, theirs = self.made(harare), self.body_for(harare), self.body_for(mutare)
        before, client = self.count(harare, row), client_of(self.writer(harare))
        for name in self.references:
            answers = [client.post(self.url, {**ours, name: key}) for key in (theirs[name], str(uuid4()))]
            assert [answer.status_code for answer in answers] == [400, 400]
            assert answers[0].json()["errors"] == answers[1].json()["errors"]
            assert answers[0].json()["errors"][0]["field"] == name
        assert self.count(harare, row) == before

    # --- Changing ---
    def test_updating_needs_the_permission(self, harare: Model) -> None:
        row = self.made(harare)
        before = self.stored(harare, row)
        answer = client_of(self.reader(harare)).patch(self.of(row), self.changes)
        assert answer.status_code == (403 if self.update else 405)
        assert self.stored(harare, row) == before
        assert AuditEntry.objects.filter(decision="refused").count() == (1 if self.update else 0)

    def test_updating_is_audited(self, harare: Model) -> None:
        row, person = self.made(harare), self.writer(harare)
        answer = client_of(person).patch(self.of(row), self.changes, headers={"If-Match": "*"})
        assert answer.status_code == (200 if self.update else 405), answer.content
        if self.update:
            entry = AuditEntry.objects.get(actor_id=person.pk)
            assert (entry.decision, entry.subject_id) == ("done", str(row.pk))
            assert set(entry.changes) >= set(self.changes)

    def test_another_institutions_row_is_not_changed(self, harare: Model, mutare: Model) -> None:
        theirs, client = self.made(mutare), client_of(self.writer(harare))
        before = self.stored(mutare, theirs)
        assert client.patch(self.of(theirs), self.changes).status_code == (404 if self.update else 405)
        assert client.delete(self.of(theirs)).status_code == (404 if self.remove else 405)
        assert self.stored(mutare, theirs) == before

    def test_a_change_of_an_old_state_is_refused(self, harare: Model) -> None:
        row, client = self.made(harare), client_of(self.writer(harare))
        tag = client.get(self.of(row))["ETag"]
        first = client.patch(self.of(row), self.changes, headers={"If-Match": tag})
        assert first.status_code == (200 if self.update else 405), first.content
        changed = self.stored(harare, row)
        again = client.patch(self.of(row), self.changes, headers={"If-Match": tag})
        assert again.status_code == (412 if self.update else 405)
        assert self.stored(harare, row) == changed

    # --- Removing ---
    def test_removing_needs_the_permission(self, harare: Model) -> None:
        row = self.made(harare)
        answer = client_of(self.reader(harare)).delete(self.of(row))
        assert answer.status_code == (403 if self.remove else 405)
        assert self.stored(harare, row)["id"] == row.pk
        assert AuditEntry.objects.filter(decision="refused").count() == (1 if self.remove else 0)

    def test_removing_is_audited(self, harare: Model) -> None:
        row, person = self.made(harare), self.writer(harare)
        answer = client_of(person).delete(self.of(row), headers={"If-Match": "*"})
        assert answer.status_code == (204 if self.remove else 405), answer.content
        done = AuditEntry.objects.filter(actor_id=person.pk, decision="done", subject_id=str(row.pk)).count()
        assert done == (1 if self.remove else 0)

    def test_a_verb_without_a_rule_answers_405_and_says_which_there_are(self, harare: Model) -> None:
        row, client = self.made(harare), client_of(self.writer(harare))
        of_many = ["GET", *(["POST"] if self.create else []), "HEAD", "OPTIONS"]
        of_one = [
            "GET",
            *(["PUT", "PATCH"] if self.update else []),
            *(["DELETE"] if self.remove else []),
            "HEAD",
            "OPTIONS",
        ]
        for url, allowed in ((self.url, of_many), (self.of(row), of_one)):
            answer = client.generic("TRACE", url)
            assert answer.status_code == 405
            assert answer["Allow"].split(", ") == allowed
