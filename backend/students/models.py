"""This file holds the index of the app's models; each lives in its room."""

from students.cases.models import Case, CaseMember, CaseNote
from students.documents.models import StudentDocument
from students.employers.models import Employer
from students.inclusion.models import Inclusion
from students.kin.models import Kin
from students.mobility.models import Mobility
from students.outreach.models import OutreachParticipation, OutreachProgram
from students.placements.models import LogbookEntry, Placement, PlacementVisit
from students.registry.models import DoubleEnrollment, Learner, LearnerToCount
from students.scholarships.models import Award, Scholarship, Sponsor, Tranche
from students.statuses.models import StudentStatus
from students.students.models import Student
from students.work.models import WorkEntry, WorkPledge

__all__ = [
    "Award",
    "Case",
    "CaseMember",
    "CaseNote",
    "DoubleEnrollment",
    "Employer",
    "Inclusion",
    "Kin",
    "Learner",
    "LearnerToCount",
    "LogbookEntry",
    "Mobility",
    "OutreachParticipation",
    "OutreachProgram",
    "Placement",
    "PlacementVisit",
    "Scholarship",
    "Sponsor",
    "Student",
    "StudentDocument",
    "StudentStatus",
    "Tranche",
    "WorkEntry",
    "WorkPledge",
]
