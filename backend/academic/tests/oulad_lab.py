"""This file holds what tests of the Open University import begin with: a small archive, a look at what is stored."""

from collections.abc import Mapping
from io import StringIO
from pathlib import Path
from zipfile import ZIP_STORED, ZipFile

from django.core.management import call_command

from academic.models import (
    Assessment,
    Course,
    Enrollment,
    EnrollmentStatus,
    Mark,
    Registration,
    Section,
    Term,
)
from academic.oulad.rules import NEEDS, import_oulad
from core.actor import Actor
from core.tenancy.scope import reaching
from faculties.models import Institution
from students.models import Student, StudentStatus

KEPT = (
    Term, Course, Section, Student, Enrollment, EnrollmentStatus, StudentStatus, Registration, Assessment, Mark,
)  # fmt: skip

# Two people in two presentations of one module, with nothing odd but that anna's first coursework is banked.
FILES = {
    "courses.csv": """
        code_module,code_presentation,module_presentation_length
        AAA,2013B,240
        AAA,2013J,268""",
    "assessments.csv": """
        code_module,code_presentation,id_assessment,assessment_type,date,weight
        AAA,2013B,1,TMA,19,100
        AAA,2013B,2,Exam,230,100
        AAA,2013J,3,CMA,19,100
        AAA,2013J,4,Exam,260,100""",
    "studentInfo.csv": """
        code_module,code_presentation,id_student,gender,region,highest_education,imd_band,age_band,num_of_prev_attempts,studied_credits,disability,final_result
        AAA,2013B,11,F,Wales,HE Qualification,20-30%,0-35,0,60,N,Fail
        AAA,2013J,11,F,Wales,HE Qualification,20-30%,35-55,1,90,N,Pass
        AAA,2013J,12,M,Scotland,Lower Than A Level,90-100%,55<=,0,60,Y,Withdrawn""",
    "studentRegistration.csv": """
        code_module,code_presentation,id_student,date_registration,date_unregistration
        AAA,2013B,11,-30,
        AAA,2013J,11,-10,
        AAA,2013J,12,-20,50""",
    "studentAssessment.csv": """
        id_assessment,id_student,date_submitted,is_banked,score
        1,11,18,0,30
        2,11,230,0,35.5
        3,11,-1,1,78
        3,12,19,0,50
        4,11,260,0,80""",
    "vle.csv": """
        id_site,code_module,code_presentation,activity_type,week_from,week_to
        546943,AAA,2013J,resource,,""",
}


def as_published(text: str) -> bytes:
    """The form of the real files: every field quoted, CRLF."""
    rows = [line.strip().split(",") for line in text.strip().splitlines()]
    return "".join(",".join(f'"{field}"' for field in row) + "\r\n" for row in rows).encode()


def pack(path: Path, changes: Mapping[str, tuple[str, str] | bytes | None]) -> Path:
    """An archive of FILES. A change of a file is (old, new) for the first such text, bytes instead of it, or None."""
    with ZipFile(path, "w", ZIP_STORED) as content:
        for name in {**FILES, **changes}:
            change = changes.get(name, ("", ""))
            if isinstance(change, tuple):
                assert change[0] in FILES[name]
                change = as_published(FILES[name].replace(*change, 1))
            if change is not None:
                content.writestr(name, change)
    return path


def run(path: Path, *options: str) -> str:
    out = StringIO()
    call_command("import_oulad", str(path), *options, stdout=out)
    return out.getvalue()


def open_university() -> Institution:
    return Institution.objects.get(code="OU")


def stored() -> dict[str, list[tuple]]:
    """Every row that an import keeps, whole."""
    with reaching(*Institution.objects.values_list("pk", flat=True)):
        return {model.__name__: list(model.objects.order_by("pk").values_list()) for model in (*KEPT, Institution)}


def done(path: Path) -> dict[str, tuple[int, int]]:
    """What an import did with each table: rows inserted and updated."""
    report = import_oulad(Actor.system("import_oulad", *NEEDS), path)
    return {name: (merged.inserted, merged.updated) for name, merged in report.tables.items() if merged.rows}
