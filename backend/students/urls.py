"""This file holds the app's addresses, below /api/v1/students/."""

from django.urls import path

from core.http.routing import resource_routes
from students.cases.api import CaseNoteViewSet, CaseViewSet
from students.documents.api import DocumentLink, DocumentViewSet
from students.employers.api import EmployerViewSet
from students.inclusion.api import InclusionViewSet
from students.kin.api import KinViewSet
from students.mobility.api import MobilityViewSet
from students.outreach.api import OutreachParticipationViewSet, OutreachProgramViewSet
from students.placements.api import LogbookEntryViewSet, PlacementViewSet, VisitViewSet
from students.registry.api import DoubleEnrollmentViewSet, LearnerSearch, LearnerViewSet
from students.scholarships.api import AwardViewSet, ScholarshipViewSet, SponsorViewSet, TrancheViewSet
from students.statuses.api import StudentStatusViewSet
from students.students.api import StudentByNationalId, StudentViewSet
from students.work.api import WorkEntryViewSet, WorkPledgeViewSet

urlpatterns = [
    *resource_routes("inclusion", InclusionViewSet, "student-inclusion"),
    *resource_routes("kin", KinViewSet, "student-kin"),
    *resource_routes("documents", DocumentViewSet, "student-documents"),
    path("documents/<uuid:pk>/link/", DocumentLink.as_view(), name="student-documents-link"),
    *resource_routes("statuses", StudentStatusViewSet, "student-statuses"),
    *resource_routes("learners", LearnerViewSet),
    path("learners/find/", LearnerSearch.as_view(), name="learners-find"),
    *resource_routes("double-enrollments", DoubleEnrollmentViewSet),
    *resource_routes("employers", EmployerViewSet, "employers"),
    *resource_routes("placements", PlacementViewSet, "placements"),
    *resource_routes("placement-visits", VisitViewSet, "placement-visits"),
    *resource_routes("logbook-entries", LogbookEntryViewSet, "logbook-entries"),
    *resource_routes("mobilities", MobilityViewSet),
    *resource_routes("sponsors", SponsorViewSet, "sponsors"),
    *resource_routes("scholarships", ScholarshipViewSet, "scholarships"),
    *resource_routes("awards", AwardViewSet, "awards"),
    *resource_routes("tranches", TrancheViewSet, "tranches"),
    *resource_routes("cases", CaseViewSet, "student-cases"),
    *resource_routes("case-notes", CaseNoteViewSet, "student-case-notes"),
    *resource_routes("work-pledges", WorkPledgeViewSet),
    *resource_routes("work-entries", WorkEntryViewSet),
    *resource_routes("outreach-programs", OutreachProgramViewSet),
    *resource_routes("outreach-participations", OutreachParticipationViewSet),
    path("find-by-national-id/", StudentByNationalId.as_view(), name="students-find-by-national-id"),
    *resource_routes("", StudentViewSet, "students"),
]
