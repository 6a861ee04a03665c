"""This file holds the smallest valid rows of this app for tests. A parent that is not given is made."""

from datetime import date, time, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import F
from django.utils import timezone

from academic.feeds.links import address_of, digest_of, new_token
from academic.models import (
    Assessment,
    Attendance,
    AttendanceRegister,
    Course,
    CourseVersion,
    Enrollment,
    Exemption,
    Feed,
    Holiday,
    Mark,
    Meeting,
    Occurrence,
    Program,
    ProgramVersion,
    Registration,
    Section,
    Term,
    TermException,
    Transfer,
    Window,
)
from academic.occurrences.making import renew
from academic.transfers.rules import begun, counterpart
from core.tenancy.scope import reaching
from faculties.factories import make_department, make_institution, numbered, saved
from faculties.models import Department, Institution
from students.factories import make_student
from students.models import Student
from users.factories import make_grant, make_user
from users.models import User

TERM_BEGINS, TERM_ENDS = date(2026, 2, 9), date(2026, 6, 19)


def make_program(institution: Institution, *, department: Department | None = None, **fields: Any) -> Program:
    """An active bachelor's program of four years."""
    code = numbered("P")
    usual = {"code": code, "name": f"Program {code}", "level": Program.Level.BACHELOR, "duration_years": 4}
    department = department or make_department(institution)
    return saved(Program(institution=institution, department=department, **{**usual, **fields}))


def make_program_version(institution: Institution, *, program: Program | None = None, **fields: Any) -> ProgramVersion:
    """The structure of a program from 2026 on."""
    usual = {"catalog_year": 2026, "program": program or make_program(institution)}
    return saved(ProgramVersion(institution=institution, **{**usual, **fields}))


def make_course(institution: Institution, *, program: Program | None = None, **fields: Any) -> Course:
    """An active course of 20 credits."""
    code = numbered("C")
    usual = {"code": code, "title": f"Course {code}", "credits": 20}
    program = program or make_program(institution)
    return saved(Course(institution=institution, program=program, **{**usual, **fields}))


def make_course_version(institution: Institution, *, course: Course | None = None, **fields: Any) -> CourseVersion:
    """What a course is in a year, as it is now; its hours and its plan are not said."""
    course = course or make_course(institution)
    usual = {name: getattr(course, name) for name in ("title", "credits", "level")}
    usual["starts_on"] = timezone.localdate() + timedelta(days=365)
    return saved(CourseVersion(institution=institution, course=course, **{**usual, **fields}))


def make_term(institution: Institution, **fields: Any) -> Term:
    """The first half of 2026, on a track of its own."""
    code = numbered("T")
    usual = {
        "track": code,
        "code": code,
        "name": f"Term {code}",
        "academic_year": 2026,
        "starts_on": TERM_BEGINS,
        "ends_on": TERM_ENDS,
    }
    return saved(Term(institution=institution, **{**usual, **fields}))


def make_term_exception(institution: Institution, *, term: Term | None = None, **fields: Any) -> TermException:
    """A program that begins a week after its term."""
    term = term or make_term(institution)
    usual = {"starts_on": term.starts_on + timedelta(weeks=1), "ends_on": term.ends_on, "reason": "Practice first"}
    program = fields.pop("program", None) or make_program(institution)
    return saved(TermException(institution=institution, term=term, program=program, **{**usual, **fields}))


def make_feed(institution: Institution, *, account: User | None = None, **fields: Any) -> Feed:
    """A link of a student that works: its address is in `url`."""
    token = new_token(institution.pk)
    if account is None:
        account = make_user()
        make_grant(account, "student", institution)
    feed = saved(Feed(institution=institution, account=account, digest=digest_of(token), **fields))
    feed.url = address_of(token)
    return feed


def make_holiday(institution: Institution, **fields: Any) -> Holiday:
    """One day off in the first half of 2026."""
    usual = {"name": numbered("Holiday "), "starts_on": date(2026, 5, 1), "ends_on": date(2026, 5, 1)}
    return saved(Holiday(institution=institution, **{**usual, **fields}))


def make_window(institution: Institution, *, term: Term | None = None, **fields: Any) -> Window:
    """Two weeks and a day in which courses are added, from the first day of a section on."""
    usual = {"kind": Window.Kind.ADD, "opens_after": 0, "closes_after": 14, "term": term or make_term(institution)}
    return saved(Window(institution=institution, **{**usual, **fields}))


def make_section(
    institution: Institution, *, course: Course | None = None, term: Term | None = None, **fields: Any
) -> Section:
    """An open section, as long as its term, with seats for all."""
    course, term = course or make_course(institution), term or make_term(institution)
    usual = {"starts_on": term.starts_on, "ends_on": term.ends_on, "status": Section.Status.OPEN}
    section = saved(Section(institution=institution, course=course, term=term, **{**usual, **fields}))
    with reaching(institution.pk):
        section.refresh_from_db(fields=["credits"])
    return section


def make_meeting(institution: Institution, *, section: Section | None = None, **fields: Any) -> Meeting:
    """A lecture on Mondays from eight to ten in every week of the term, in no room; with its occurrences."""
    usual = {"starts_at": time(8), "ends_at": time(10), **({} if "on_date" in fields else {"weekday": 1})}
    meeting = Meeting(institution=institution, section=section or make_section(institution), **{**usual, **fields})
    saved(meeting)
    with reaching(institution.pk):
        renew(institution.pk, meeting.pk)
    return meeting


def make_enrollment(
    institution: Institution,
    *,
    student: Student | None = None,
    program_version: ProgramVersion | None = None,
    **fields: Any,
) -> Enrollment:
    """An active enrollment since the first day of the term."""
    usual = {
        "student": student or make_student(institution),
        "program_version": program_version or make_program_version(institution),
        "enrolled_on": TERM_BEGINS,
    }
    return saved(Enrollment(institution=institution, **{**usual, **fields}))


def make_exemption(institution: Institution, *, enrollment: Enrollment | None = None, **fields: Any) -> Exemption:
    """A course of 20 credits that counts as earned since the first day of the term."""
    enrollment = enrollment or make_enrollment(institution)
    course = fields.pop("course", None) or make_course(institution)
    usual = {"kind": "exemption", "credits": course.credits, "reason": "A diploma", "granted_on": TERM_BEGINS}
    of = {"enrollment": enrollment, "student": enrollment.student, "course": course}
    return saved(Exemption(institution=institution, **of, **{**usual, **fields}))


def make_registration(
    institution: Institution,
    *,
    student: Student | None = None,
    enrollment: Enrollment | None = None,
    section: Section | None = None,
    **fields: Any,
) -> Registration:
    """A registration without a result yet. It takes a seat, unless it is withdrawn."""
    enrollment = enrollment or make_enrollment(institution, student=student)
    section = section or make_section(institution)
    row = Registration(
        institution=institution, enrollment=enrollment, student=enrollment.student, section=section, **fields
    )
    if row.status == Registration.Status.REGISTERED:
        with reaching(institution.pk):
            Section.objects.filter(pk=section.pk).update(seats_taken=F("seats_taken") + 1)
    return saved(row)


def make_attendance(institution: Institution, *, registration: Registration | None = None) -> Attendance:
    """What the open register of the first lecture of a section says of one student: nothing yet."""
    registration = registration or make_registration(institution)
    meeting = make_meeting(institution, section=registration.section, on_date=registration.section.starts_on)
    occurrence = Occurrence.objects.get(meeting=meeting)
    register = saved(AttendanceRegister(institution=institution, occurrence=occurrence))
    student = registration.student
    return saved(Attendance(institution=institution, register=register, registration=registration, student=student))


def make_assessment(institution: Institution, *, section: Section | None = None, **fields: Any) -> Assessment:
    """An assignment that is all of the coursework, out of 100."""
    usual = {"code": numbered("A"), "type": Assessment.Type.TUTOR_MARKED, "weight": 100, "maximum": 100}
    section = section or make_section(institution)
    return saved(Assessment(institution=institution, section=section, **{**usual, **fields}))


def make_mark(
    institution: Institution,
    *,
    registration: Registration | None = None,
    assessment: Assessment | None = None,
    **fields: Any,
) -> Mark:
    """A mark of 60, of a registration and an assessment in the same section."""
    if registration is None:
        registration = make_registration(institution, section=assessment.section if assessment else None)
    assessment = assessment or make_assessment(institution, section=registration.section)
    usual = {"mark": Decimal(60)}
    return saved(Mark(institution=institution, registration=registration, assessment=assessment, **{**usual, **fields}))


def make_transfer(
    origin: Institution, destination: Institution | None = None, *, student: Student | None = None
) -> Transfer:
    """A request of the origin's, with both sides; the origin's is returned."""
    student, destination = student or make_student(origin), destination or make_institution()
    with reaching(origin.pk, destination.pk):
        mine = begun(student, destination.pk, asked_by=Transfer.Side.ORIGIN, reason="Family")
        counterpart(mine)
    return mine
