"""This file holds how requests to register that come at once are answered together, as in a rush.

A request that names an enrollment and a section, and nothing besides, waits while others of its institution are worked
on. Then all that wait are put to the verdict at once, in one transaction. Each keeps its permission, its
Idempotency-Key, its entry on the audit log and its answer; who is refused keeps nobody else from passing.

Whatever is out of the ordinary is answered by itself, as every other request is: rows that are absent, people of whom
only the database can say whether they may, a key that was used before, a student who comes twice at once; and all of
them where the transaction fails, be it for one.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, TypeAlias
from uuid import UUID

import structlog
from django.db.models import Model
from rest_framework.response import Response
from rest_framework.serializers import Serializer

from academic.enrollments.models import Enrollment
from academic.registrations.models import Registration
from academic.registrations.rules import ADD, acts_for_self, attempt_at, register
from academic.registrations.verdicts import refuse, verdicts_on
from academic.registrations.warnings import warnings_on
from academic.sections.models import Section
from core.actor import Actor
from core.audit.models import AuditEntry
from core.audit.origin import Origin, origin
from core.audit.record import append, differences, entry_of, snapshot
from core.errors import Invalid, RuleBroken
from core.freshness.watch import watch
from core.http.etags import tag_of
from core.http.gathering import Gathering
from core.http.idempotency import Repeatable, give_back, keep, repeatable, take_each
from core.http.showing import WHOLE
from core.http.views import RightsChanged
from core.lists.fetching import fetch
from core.tenancy.scope import reaching
from faculties.institutions.days import today_at
from students.models import Student

if TYPE_CHECKING:
    from core.http.resource import ResourceViewSet

log = structlog.get_logger("tesc.rush")

MOST = 50  # attempts of one transaction

# As texts: the ORM would compile them anew for each turn, which takes longer than they do.
ENROLLMENTS = """
SELECT e.id, e.institution_id, e.student_id, s.birth_year, s.account_id
FROM academic_enrollment e JOIN students_student s ON s.institution_id = e.institution_id AND s.id = e.student_id
WHERE e.institution_id = $1 AND e.id = ANY ($2)
"""
NEEDED_OF_SECTIONS = {"id", "institution_id", "course_id", "whole_id", "code", "starts_on"}
OF_SECTIONS = [one.attname for one in Section._meta.concrete_fields if one.attname in NEEDED_OF_SECTIONS]
OF_MADE = [one.attname for one in Registration._meta.concrete_fields]
SEE_PEOPLE = ("academic.view_enrollment", "academic.view_registration")
SEE_SECTIONS = "academic.view_section"
Answer: TypeAlias = Response | RuleBroken
Answers: TypeAlias = "dict[Attempt, Answer]"


@dataclass(frozen=True, eq=False)
class Attempt:
    """One request to register, by whoever its view says. `is_own` where they register nobody but themselves."""

    view: "ResourceViewSet"
    place: UUID
    enrollment: UUID
    section: UUID
    is_own: bool
    repeatable: Repeatable | None
    origin: Origin

    @property
    def actor(self) -> Actor:
        return self.view.actor


gatherings: dict[UUID, Gathering[Attempt, Answer]] = {}  # by institution


def answered_together(view: "ResourceViewSet") -> Answer | None:
    """The answer to a request, given together with others; None where it has to be answered by itself."""
    actor, place = view.actor, view.actor.home
    if place is None or view.shape is not WHOLE or not (may_all(actor, place) or may_own(actor, place)):
        return None
    again = repeatable(view.request)  # reads the bytes of the body, which are gone once it is parsed
    named = rows_named(view.request.data)
    if named is None:
        return None
    attempt = Attempt(view, place, *named, acts_for_self(actor, ADD), again, origin.get())
    return gatherings.setdefault(place, Gathering(answers_to, most=MOST)).answer_to(attempt)


def may_all(actor: Actor, place: UUID) -> bool:
    """Whether an actor may register everybody at an institution, and see it all."""
    return all(place in actor.reach(one).institutions for one in (ADD, SEE_SECTIONS, *SEE_PEOPLE))


def may_own(actor: Actor, place: UUID) -> bool:
    """Whether an actor may register themselves alone, in whatever section there is."""
    is_of_all = place in actor.reach(SEE_SECTIONS).institutions
    return acts_for_self(actor, ADD) and is_of_all and all(place in actor.reach(one).related for one in SEE_PEOPLE)


def rows_named(body: Any) -> tuple[UUID, UUID] | None:
    """The enrollment and the section that a body names, if it is of the usual kind."""
    if not isinstance(body, dict) or body.keys() != {"enrollment", "section"}:
        return None
    try:
        return UUID(body["enrollment"]), UUID(body["section"])
    except (ValueError, AttributeError, TypeError):
        return None


def answers_to(asked: Sequence[Attempt]) -> list[Answer | None]:
    """The answers to attempts at one institution, in their order; None to who has to be answered by themselves."""
    place = asked[0].place
    answers: Answers = {}
    try:
        with reaching(place):
            answers = answers_in(place, asked)
            refuse_changed_rights(asked)
    except Exception as error:
        log.warning("attempts to register are answered one by one", attempts=len(asked), exc_info=error)
        return [None] * len(asked)
    return [answers.get(one) for one in asked]


def answers_in(place: UUID, asked: Sequence[Attempt]) -> Answers:
    """Register those who pass, and put everything on record."""
    rows = rows_of(place, asked)
    again = [one.repeatable for one in rows if one.repeatable]
    entries = take_each(again) if again else {}
    fresh = {one: row for one, row in rows.items() if one.repeatable is None or one.repeatable in entries}
    if not fresh:
        return {}
    verdicts = verdicts_on(place, list(fresh.values()))
    answers = {one: refuse(verdict.failed) for one, verdict in zip(fresh, verdicts, strict=True) if verdict.failed}
    made = made_of(place, {one: row for one, row in fresh.items() if one not in answers})
    append(
        [
            *(entry_of_refusal(*one) for one in answers.items() if not isinstance(one[1], Invalid)),
            *(entry_of_new(one, row, fresh[one]) for one, row in made.items()),
        ]
    )
    responses = shown(made)
    keep_answers(entries, responses)
    return {**answers, **responses}


def rows_of(place: UUID, asked: Sequence[Attempt]) -> dict[Attempt, Registration]:
    """The registrations that attempts ask for, not saved yet: one of each student, and one of each key."""
    today, enrollments = today_at(place), enrollments_of(place, list({one.enrollment for one in asked}))
    sections = kept_rows(Section, OF_SECTIONS, place, {one.section for one in asked})
    rows: dict[Attempt, Registration] = {}
    seen: set[Any] = set()
    for one in asked:
        enrollment, section = enrollments.get(one.enrollment), sections.get(one.section)
        if enrollment is None or section is None or (one.is_own and enrollment.student.account_id != one.actor.id):
            continue
        names = {enrollment.student_id, one.repeatable[:2] if one.repeatable else one}
        if names.isdisjoint(seen):
            seen |= names
            stated = {"registered_on": today} if one.is_own else {}
            rows[one] = attempt_at(enrollment, section, **stated)
    return rows


def enrollments_of(place: UUID, keys: Sequence[UUID]) -> dict[UUID, Enrollment]:
    """Enrollments, each with what of its student an attempt needs."""
    found: dict[UUID, Enrollment] = {}
    for key, institution, student, birth_year, account in fetch(ENROLLMENTS, [place, keys]):
        person = Student(pk=student, institution_id=institution, birth_year=birth_year, account_id=account)
        found[key] = Enrollment(pk=key, institution_id=institution, student=person)
    return found


def kept_rows(model: type[Model], names: Sequence[str], place: UUID, keys: Iterable[UUID]) -> dict[UUID, Any]:
    """Rows of a model by their ids, with these columns of it alone, which are named in its order."""
    statement = f"SELECT {', '.join(names)} FROM {model._meta.db_table} WHERE institution_id = $1 AND id = ANY ($2)"  # noqa: S608
    rows = (model.from_db("default", names, row) for row in fetch(statement, [place, list(keys)]))
    return {row.pk: row for row in rows}


def made_of(place: UUID, passed: Mapping[Attempt, Registration]) -> dict[Attempt, Registration]:
    """What became of those who passed, as it is kept."""
    kept = kept_rows(Registration, OF_MADE, place, (row.pk for row in passed.values()))
    return {one: kept[row.pk] for one, row in passed.items()}


def entry_of_new(one: Attempt, row: Registration, asked: Registration) -> AuditEntry:
    changes = differences({}, snapshot(row))
    person = asked.student.account_id
    return entry_of(one.actor, register.name, row, changes=changes, here=one.origin, person=person)


def entry_of_refusal(one: Attempt, refusal: RuleBroken) -> AuditEntry:
    refused = AuditEntry.Decision.REFUSED
    return entry_of(one.actor, register.name, None, person=None, decision=refused, code=refusal.code, here=one.origin)


def shown(made: Mapping[Attempt, Registration]) -> dict[Attempt, Response]:
    """What each who passed is answered: all views show the same of a row."""
    if not made:
        return {}
    first, *_ = made
    show = presenter(first.view.serializer_class)
    told = {one: show(row) for one, row in made.items()}
    warnings = warnings_on(first.place, list(made.values()))
    return {
        one: Response(
            {**told[one], "warnings": warnings[row.pk]},
            201,
            headers={"ETag": tag_of(row, told[one]), "Location": one.view.address_of(row)},
        )
        for one, row in made.items()
    }


@cache
def presenter(serializer_class: type[Serializer]) -> Callable[[Model], dict[str, Any]]:
    """What shows a row, with fields that are made once: making them takes longer than showing ten rows."""
    return serializer_class().to_representation


def keep_answers(entries: Mapping[Repeatable, int], responses: Mapping[Attempt, Response]) -> None:
    """Keep the answers under their keys; the key of who was refused stands for nothing."""
    kept = {one.repeatable: response for one, response in responses.items() if one.repeatable}
    if kept:
        keep((entries[again], again.person, response) for again, response in kept.items())
    if refused := [entry for again, entry in entries.items() if again not in kept]:
        give_back(refused)


def refuse_changed_rights(asked: Sequence[Attempt]) -> None:
    """Do nothing for anybody where a right of one was taken away meanwhile."""
    watched: dict[str, set[str]] = defaultdict(set)
    for one in asked:
        if moment := one.view.request.auth:
            watched[moment] |= one.view.request.user.watched
    if any(watch.has_news(moment, keys) for moment, keys in watched.items()):
        raise RightsChanged()
