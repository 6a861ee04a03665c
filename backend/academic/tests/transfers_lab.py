"""This file holds what tests of transfers begin with: who asks, how each side acts, and what may change."""

from datetime import date
from typing import Any

from academic.factories import make_course, make_enrollment, make_registration, make_section
from academic.models import Enrollment, EnrollmentStatus, Registration, Section, Transfer, TransferredCredit
from core.tenancy.scope import reaching
from faculties.models import Institution
from students.models import Student, StudentStatus

URL = "/api/v1/academic/transfers/"
REGISTRAR = (
    "academic.view_transfer", "academic.add_transfer", "academic.decide_transfer", "students.view_student",
    "students.view_student_identity", "students.add_student", "academic.view_enrollment",
)  # fmt: skip
SECRET = {
    "national_id": "63-123456A42",
    "date_of_birth": date(2004, 5, 17),
    "phone": "+263 77 000 0000",
    "address": "1 Main Road",
}


def data(answer: Any, status: int = 200) -> Any:
    assert answer.status_code == status, answer.content
    return answer.json()["data"]


def refused(answer: Any, status: int = 422) -> str:
    assert answer.status_code == status, answer.content
    return answer.json()["errors"][0]["code"]


def ask(client: Any, student: Student, code: str = "MUTARE", **fields: Any) -> Any:
    return client.post(URL, {"student": str(student.pk), "institution_code": code, "reason": "Family", **fields})


def own(client: Any) -> dict[str, Any]:
    """The one transfer that somebody sees."""
    (row,) = data(client.get(URL))
    return row


def act(client: Any, verb: str, **body: Any) -> Any:
    return client.post(f"{URL}{own(client)['id']}/{verb}/", body)


def everything(*institutions: Institution) -> list[Any]:
    """All that a transfer could change, on both sides."""
    models = (Transfer, TransferredCredit, Student, StudentStatus, Enrollment, EnrollmentStatus, Registration)
    with reaching(*(institution.pk for institution in institutions)):
        return [list(model.objects.order_by("pk").values()) for model in models]


def studies_of(student: Student) -> Section:
    """One course passed at the second attempt, one failed, one under way; the section of that is returned."""
    harare = student.institution
    enrollment = make_enrollment(harare, student=student)
    course = make_course(harare, code="MATH1", title="Calculus", credits=20, level=2)
    other, now = make_course(harare, code="PHYS1"), make_section(harare, capacity=5)
    for section, fields in (
        (make_section(harare, course=course, ends_on=date(2026, 5, 1)), {"result": "fail", "result_mark": 40}),
        (make_section(harare, course=course), {"result": "pass", "result_mark": 64}),
        (make_section(harare, course=other), {"result": "fail"}),
        (now, {}),
    ):
        make_registration(harare, enrollment=enrollment, section=section, **fields)
    return now
