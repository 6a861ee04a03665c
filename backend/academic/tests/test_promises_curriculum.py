"""This file holds the promises of programs, courses and what these ask for."""

from datetime import date

from academic.factories import (
    make_course,
    make_course_version,
    make_program,
    make_program_version,
)
from academic.models import (
    CourseEquivalence,
    CourseGroup,
    CoursePermit,
    Prerequisite,
    ProgramAccreditation,
    ProgramCourse,
    ProgramIntake,
    Requisite,
    VersionMove,
)
from core.testing.promises import ResourcePromises
from faculties.factories import make_department, saved
from students.factories import make_student


class TestPrograms(ResourcePromises):
    url = "/api/v1/academic/programs/"
    view, create, update = "academic.view_program", "academic.add_program", "academic.change_program"
    also = ("faculties.view_department",)
    references = ("department",)
    changes = {"name": "Renamed"}

    def make(self, institution):
        return make_program(institution)

    def body(self, institution):
        department = make_department(institution)
        return {"department": str(department.pk), "code": "NEW", "name": "New", "level": "bachelor"}


class TestProgramIntakes(ResourcePromises):
    url = "/api/v1/academic/program-intakes/"
    view = "academic.view_program"
    create = update = "academic.change_program"
    references = ("program",)
    changes = {"places": 60}
    days = {"starts_on": "2026-01-01", "ends_on": "2026-12-31"}

    def make(self, institution):
        return saved(ProgramIntake(institution=institution, program=make_program(institution), places=50, **self.days))

    def body(self, institution):
        return {"program": str(make_program(institution).pk), "places": 50, **self.days}


class TestProgramAccreditations(ResourcePromises):
    url = "/api/v1/academic/program-accreditations/"
    view = "academic.view_program"
    create = update = "academic.accredit_program"
    references = ("program",)
    changes = {"number": "A 12"}

    def make(self, institution):
        of = {"program": make_program(institution), "body": "ZIMCHE", "starts_on": date(2020, 1, 1)}
        return saved(ProgramAccreditation(institution=institution, **of))

    def body(self, institution):
        return {"program": str(make_program(institution).pk), "body": "ZIMCHE", "starts_on": "2020-01-01"}


class TestProgramVersions(ResourcePromises):
    url = "/api/v1/academic/program-versions/"
    view, create, update = "academic.view_program", "academic.add_program", "academic.change_program"
    references = ("program",)
    changes = {"catalog_year": 2031}

    def make(self, institution):
        return make_program_version(institution)

    def body(self, institution):
        return {"program": str(make_program(institution).pk), "catalog_year": 2030}


class TestProgramVersionHistory(ResourcePromises):
    url = "/api/v1/academic/program-version-history/"
    view = "academic.view_program"

    def make(self, institution):
        version = make_program_version(institution, status="draft")
        return saved(
            VersionMove(institution=institution, program_version=version, from_status="draft", to_status="submitted")
        )


class TestProgramCourses(ResourcePromises):
    url = "/api/v1/academic/program-courses/"
    view = "academic.view_program"
    create = update = remove = "academic.change_program"
    also = ("academic.view_course",)
    references = ("program_version", "course")
    changes = {"term_of_study": 2}

    def make(self, institution):
        version, course = make_program_version(institution), make_course(institution)
        return saved(ProgramCourse(institution=institution, program_version=version, course=course))

    def body(self, institution):
        version, course = make_program_version(institution), make_course(institution)
        return {"program_version": str(version.pk), "course": str(course.pk)}


class TestCourseGroups(ResourcePromises):
    url = "/api/v1/academic/course-groups/"
    view = "academic.view_program"
    create = update = remove = "academic.change_program"
    references = ("program_version",)
    changes = {"name": "Renamed"}

    def make(self, institution):
        version = make_program_version(institution)
        return saved(CourseGroup(institution=institution, program_version=version, name="Electives"))

    def body(self, institution):
        return {"program_version": str(make_program_version(institution).pk), "name": "Core", "min_credits": "60"}


class TestCourses(ResourcePromises):
    url = "/api/v1/academic/courses/"
    view, create, update = "academic.view_course", "academic.add_course", "academic.change_course"
    also = ("academic.view_program",)
    references = ("program",)
    changes = {"title": "Renamed"}

    def make(self, institution):
        return make_course(institution)

    def body(self, institution):
        return {"program": str(make_program(institution).pk), "code": "NEW", "title": "New", "credits": "20"}


class TestCourseVersions(ResourcePromises):
    url = "/api/v1/academic/course-versions/"
    view = "academic.view_course"
    create = update = remove = "academic.change_course"
    references = ("course",)
    changes = {"contact_hours": {"lecture": "36.0"}}

    def make(self, institution):
        return make_course_version(institution)

    def body(self, institution):
        course = make_course(institution)
        return {"course": str(course.pk), "starts_on": "2027-01-01", "credits": "12"}


class TestPrerequisites(ResourcePromises):
    url = "/api/v1/academic/prerequisites/"
    view, create, remove = "academic.view_course", "academic.change_course", "academic.change_course"
    references = ("course", "requires")

    def make(self, institution):
        course, requires = make_course(institution), make_course(institution)
        return saved(Prerequisite(institution=institution, course=course, requires=requires))

    def body(self, institution):
        return {"course": str(make_course(institution).pk), "requires": str(make_course(institution).pk)}


class TestRequisites(ResourcePromises):
    url = "/api/v1/academic/requisites/"
    view = "academic.view_course"
    create = update = remove = "academic.change_course"
    references = ("course",)
    changes = {"text": "The second year."}

    def make(self, institution):
        tree = {"is": "level_at_least", "level": 2}
        return saved(Requisite(institution=institution, course=make_course(institution), tree=tree))

    def body(self, institution):
        tree = {"is": "passed", "course": make_course(institution).code}
        return {"course": str(make_course(institution).pk), "tree": tree}


class TestCourseEquivalences(ResourcePromises):
    url = "/api/v1/academic/course-equivalences/"
    view = "academic.view_course"
    create = update = remove = "academic.change_course"
    references = ("course", "counts_as")
    changes = {"ends_on": "2029-12-31"}

    def make(self, institution):
        course, other = make_course(institution), make_course(institution)
        days = {"starts_on": date(2026, 1, 1)}
        return saved(CourseEquivalence(institution=institution, course=course, counts_as=other, **days))

    def body(self, institution):
        course, other = make_course(institution), make_course(institution)
        return {"course": str(course.pk), "counts_as": str(other.pk), "starts_on": "2026-01-01"}


class TestCoursePermits(ResourcePromises):
    url = "/api/v1/academic/course-permits/"
    view, create = "academic.view_permit", "academic.permit_course"
    also = ("students.view_student", "academic.view_course")
    references = ("student", "course")

    def make(self, institution):
        student, course = make_student(institution), make_course(institution)
        said = {"who": "dean", "starts_on": date(2026, 1, 1)}
        return saved(CoursePermit(institution=institution, student=student, course=course, **said))

    def body(self, institution):
        student, course = make_student(institution), make_course(institution)
        return {"student": str(student.pk), "course": str(course.pk), "who": "dean", "starts_on": "2026-01-01"}
