"""This file holds tests of the factories: each row they make is valid as it stands."""

from academic import factories
from academic.models import Mark, Registration, Section
from core.actor import Reach
from core.tenancy.scope import reaching
from faculties.factories import make_department
from faculties.models import Institution
from users.factories import make_person, person_with
from users.models import RolePermission


def test_a_mark_brings_all_that_it_stands_on(harare: Institution) -> None:
    mark = factories.make_mark(harare)
    with reaching(harare.pk):
        assert Mark.objects.get().assessment.section_id == mark.registration.section_id


def test_a_registration_takes_a_seat_unless_it_is_withdrawn(harare: Institution) -> None:
    section = factories.make_section(harare, capacity=2)
    factories.make_registration(harare, section=section)
    gone = Registration.Status.WITHDRAWN
    factories.make_registration(harare, section=section, status=gone, result=gone)
    with reaching(harare.pk):
        assert Section.objects.get().seats_taken == 1


def test_a_person_reaches_where_the_permission_was_granted(harare: Institution) -> None:
    department = make_department(harare)
    hosts, units = frozenset([harare.pk]), frozenset([department.pk])
    related = RolePermission.Over.RELATED
    reach = "academic.view_mark"
    assert person_with(harare, reach).actor.reach(reach) == Reach(institutions=hosts)
    assert person_with(department, reach).actor.reach(reach) == Reach(units=units, hosts=hosts)
    assert person_with(department.faculty, reach).actor.reach(reach).units == units | {department.faculty_id}
    assert person_with(harare, reach, over=related).actor.reach(reach) == Reach(related=hosts)
    assert person_with(None, reach).actor.reach(reach) == Reach(nation=True)


def test_a_person_holds_shipped_roles_by_code(harare: Institution, registrar_of) -> None:
    registrar = registrar_of(harare)
    assert registrar.home == harare.pk
    assert registrar.may("students.add_student")
    assert make_person(grants=[("auditor", None)]).actor.may("core.view_audit")
