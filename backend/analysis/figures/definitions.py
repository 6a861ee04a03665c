"""This file holds what each figure is: what it counts, among whom, and by what it can be divided.

Nobody reads a figure without its definition: the answer carries both.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Aggregate, Avg, Count, Model, Q, Sum

from academic.models import Assessment, Course, Enrollment, Mark, Program, Registration, Section, Term
from analysis.lists.models import ListMember
from core.periods import overlapping
from core.records import Record
from faculties.models import ApprovedIntake, Department, Faculty, Institution
from staff.contracts.models import ACADEMIC, Contract
from students.models import Student

Result = Registration.Result


@dataclass(frozen=True)
class Figure:
    """One figure.

    measures    name -> aggregate over the rows of `model`
    rates       name -> (part, whole), two measures: a share between 0 and 1, null where the whole is zero
    dimensions  name -> path from a row of `model` to what divides it: another row, or a plain value
    among       the condition on rows that are counted on a day, where not all are
    """

    name: str
    title: str
    definition: str
    population: str
    model: type[Record]
    measures: Mapping[str, Aggregate]
    dimensions: Mapping[str, str]
    rates: Mapping[str, tuple[str, str]]
    among: Callable[[date], Q] | None = None

    def target(self, dimension: str) -> type[Model] | None:
        """The model of the rows that a dimension names; None for plain values."""
        return DIMENSION_MODELS.get(dimension)


DIMENSION_MODELS: Mapping[str, type[Model]] = {
    "institution": Institution,
    "faculty": Faculty,
    "department": Department,
    "program": Program,
    "enrolled_program": Program,
    "course": Course,
    "term": Term,
    "section": Section,
    "assessment": Assessment,
}

OF_SECTION = {
    "institution": "institution",
    "department": "course__program__department",
    "program": "course__program",
    "course": "course",
    "term": "term",
    "section": "pk",
}


def below(step: str, paths: Mapping[str, str]) -> dict[str, str]:
    """The same dimensions, seen from a row that points to the one they start at."""
    return {
        name: path if name == "institution" else (step if path == "pk" else f"{step}__{path}")
        for name, path in paths.items()
    }


OF_REGISTRATION = {
    **below("section", OF_SECTION),
    "enrolled_program": "enrollment__program_version__program",
    "sex": "student__sex",
    "region": "student__region",
    "age_band": "age_band",
    "disability": "enrollment__disability",
    "prior_education": "student__prior_education",
    "result": "result",
    "attempt": "attempt",
}


def counted(**where: Any) -> Count:
    return Count("pk", filter=Q(**where))


def figure(name: str, title: str, *, model: type[Record], dimensions: Mapping[str, str], **parts: Any) -> Figure:
    measures = parts.pop("measures", {"count": Count("pk")})
    return Figure(
        name=name,
        title=title,
        model=model,
        dimensions=dimensions,
        measures=measures,
        rates=parts.pop("rates", {}),
        **parts,
    )


FIGURES: Mapping[str, Figure] = {
    one.name: one
    for one in (
        figure(
            "students",
            "Students on record",
            definition="The number of student records. A person known to two institutions is a student of each.",
            population="Every student record, whatever its status.",
            model=Student,
            dimensions={
                "institution": "institution",
                "department": "department",
                "sex": "sex",
                "region": "region",
                "entry_year": "entry_year",
                "status": "status",
                "prior_education": "prior_education",
            },
        ),
        figure(
            "headcount",
            "Headcount of registered students",
            definition="The number of distinct students with at least one registration. Whoever is in two of the"
            " groups shown is counted in each of them, and once in the total.",
            population="Students with a registration in a section, withdrawn or not.",
            model=Registration,
            measures={"count": Count("student", distinct=True)},
            dimensions=OF_REGISTRATION,
        ),
        figure(
            "enrollments",
            "Enrollments in programs",
            definition="The number of enrollments: a student in a program version. Two programs are two enrollments.",
            population="Every enrollment, ended or not.",
            model=Enrollment,
            dimensions={
                "institution": "institution",
                "department": "program_version__program__department",
                "program": "program_version__program",
                "status": "status",
                "sex": "student__sex",
                "region": "student__region",
                "disability": "disability",
                "deprivation_band": "deprivation_band",
            },
        ),
        figure(
            "registrations",
            "Registrations in sections",
            definition="The number of registrations: a student in a section. Four sections are four registrations.",
            population="Every registration, withdrawn or not.",
            model=Registration,
            dimensions=OF_REGISTRATION,
        ),
        figure(
            "results",
            "Results of registrations",
            definition="Registrations by their result. `passed_share` is pass and distinction divided by all"
            " registrations that have a result, withdrawn ones included; it is null where none has.",
            population="Every registration; `pending` has no result yet.",
            model=Registration,
            measures={
                "count": Count("pk"),
                "distinction": counted(result=Result.DISTINCTION),
                "pass": counted(result=Result.PASS),
                "fail": counted(result=Result.FAIL),
                "withdrawn": counted(result=Result.WITHDRAWN),
                "pending": counted(result=Result.PENDING),
                "passed": counted(result__in=[Result.PASS, Result.DISTINCTION]),
                "finished": Count("pk", filter=~Q(result=Result.PENDING)),
            },
            rates={"passed_share": ("passed", "finished")},
            dimensions=OF_REGISTRATION,
        ),
        figure(
            "units",
            "Departments and faculties",
            definition="The number of departments, and of the faculties in which they are. A faculty without an open"
            " department is not counted.",
            population="Departments that are open today.",
            model=Department,
            among=lambda day: Q(opened_on__lte=day) & (Q(closed_on__isnull=True) | Q(closed_on__gt=day)),
            measures={"count": Count("pk"), "faculties": Count("faculty", distinct=True)},
            dimensions={"institution": "institution", "faculty": "faculty"},
        ),
        figure(
            "programs",
            "Programs",
            definition="The number of programs of study. Their field is a code of ISCED-F 2013; blank is not stated.",
            population="Every program, planned and closed ones included.",
            model=Program,
            dimensions={
                "institution": "institution",
                "faculty": "department__faculty",
                "department": "department",
                "level": "level",
                "category": "category",
                "field_of_study": "field_of_study",
                "status": "status",
            },
        ),
        figure(
            "approved_intake",
            "Approved intake",
            definition="The number of new students that the regulator lets institutions take in a year: by level, or,"
            " where the level is blank, over all levels. The two are different sayings and are not added up: `count`"
            " adds up those for all levels, `by_level` those for single ones.",
            population="Every approved intake; name a year, or those of all years are added up.",
            model=ApprovedIntake,
            measures={
                "count": Sum("number", filter=Q(level=""), default=0),
                "by_level": Sum("number", filter=~Q(level=""), default=0),
            },
            dimensions={"institution": "institution", "year": "year", "level": "level"},
        ),
        figure(
            "sections",
            "Sections offered",
            definition="The number of sections: a course as offered once in a term.",
            population="Every section, canceled ones included.",
            model=Section,
            dimensions={**{name: path for name, path in OF_SECTION.items() if name != "section"}, "status": "status"},
        ),
        figure(
            "assessments",
            "Assessments",
            definition="The number of assessments set in sections.",
            population="Every assessment, marked or not.",
            model=Assessment,
            dimensions={**below("section", OF_SECTION), "type": "type"},
        ),
        figure(
            "marks",
            "Marks",
            definition="Pieces of work handed in for an assessment, and the mean of their marks. A missing submission"
            " is no row, and no zero; work that is not marked counts, and has no part in the mean.",
            population="Every piece of work with a row in a gradebook; banked ones come from an earlier attempt.",
            model=Mark,
            measures={"count": Count("pk"), "marked": counted(state=Mark.State.MARKED), "mean": Avg("mark")},
            dimensions={
                **below("assessment__section", OF_SECTION),
                "assessment": "assessment",
                "type": "assessment__type",
                "state": "state",
                "is_banked": "is_banked",
                "sex": "registration__student__sex",
                "age_band": "registration__age_band",
                "region": "registration__student__region",
            },
        ),
        figure(
            "staff",
            "Staff",
            definition="The number of people with a contract, of contracts, and the posts these come to (FTE)."
            " `academic_fte` is that of contracts for teaching, or for teaching and research. Whoever is in two of the"
            " groups shown is counted in each of them, and once in the total.",
            population="Contracts that run today.",
            model=Contract,
            among=lambda day: overlapping(day, day),
            measures={
                "count": Count("member", distinct=True),
                "contracts": Count("pk"),
                "fte": Sum("fte", default=Decimal(0)),
                "academic_fte": Sum("fte", filter=Q(activity__in=ACADEMIC), default=Decimal(0)),
            },
            dimensions={
                "institution": "institution",
                "faculty": "member__department__faculty",
                "department": "member__department",
                "activity": "activity",
                "kind": "kind",
                "sex": "member__sex",
                "nationality": "member__nationality",
            },
        ),
        figure(
            "list_members",
            "Members of derived lists",
            definition="The number of enrollments on a derived list when it was last counted, and of their students."
            " /analysis/lists/definitions/ says by which rules one is on a list. Whoever is on two lists is on each.",
            population="Enrollments without an end.",
            model=ListMember,
            measures={"count": Count("pk"), "students": Count("student", distinct=True)},
            dimensions={
                "institution": "institution",
                "list": "list",
                "department": "program__department",
                "program": "program",
                "sex": "student__sex",
                "region": "student__region",
            },
        ),
    )
}

# The figures that an institution looks at first, and by what each is divided there.
FIRST: Mapping[str, tuple[str, ...]] = {
    "students": ("status",),
    "enrollments": ("status",),
    "staff": ("activity",),
    "units": ("faculty",),
    "programs": ("level",),
    "approved_intake": ("level",),
    "list_members": ("list",),
}


def rate(part: int, whole: int) -> Decimal | None:
    """A share, to four digits. Of nothing there is no share: null, which is not zero."""
    return (Decimal(part) / Decimal(whole)).quantize(Decimal("0.0001")) if whole else None
