"""This file holds the permissions of this app, which shipped role holds which, and who its rows are about."""

PERMISSIONS = {
    "academic.view_term": "See the calendar: terms, holidays and windows.",
    "academic.add_term": "Add a term to the calendar.",
    "academic.change_term": "Change a term, its exceptions and windows, or a holiday.",
    "academic.view_program": "See programs, their versions and structure.",
    "academic.add_program": "Open a program, or a version of one.",
    "academic.change_program": "Change, suspend or close a program, or its structure.",
    "academic.declare_critical_field": "Say which fields of study the country calls critical: the nation's.",
    "academic.view_course": "See courses and their prerequisites.",
    "academic.add_course": "Add a course.",
    "academic.change_course": "Change or retire a course, or what it requires.",
    "academic.view_permit": "See who may take a course that asks for a permission.",
    "academic.permit_course": "Permit a student to take a course that asks for it.",
    "academic.view_section": "See sections and who teaches them.",
    "academic.add_section": "Offer a course in a term.",
    "academic.change_section": "Change a section, or who teaches it.",
    "academic.reserve_seats": "Reserve seats of a section for a group of students.",
    "academic.change_meeting": "Say when and where sections meet.",
    "academic.view_meeting_waiver": "See which clashes of timetables are allowed, and why.",
    "academic.waive_clash": "Let a meeting clash, or have a room that does not fit.",
    "academic.view_availability": "See when lecturers can teach, and when not.",
    "academic.change_availability": "Say when a lecturer can teach, and when not.",
    "academic.view_enrollment": "See who is enrolled in which program.",
    "academic.add_enrollment": "Enroll a student in a program.",
    "academic.change_enrollment": "Change the status of an enrollment.",
    "academic.view_exemption": "See which courses count as earned that were not passed here.",
    "academic.grant_exemption": "Let a course count as earned that was not passed here, or no more.",
    "academic.view_registration": "See who is registered in which section, and the results.",
    "academic.add_registration": "Register a student in a section.",
    "academic.change_registration": "Withdraw or drop a registration.",
    "academic.view_hold": "See what keeps students from registering.",
    "academic.place_hold": "Keep a student from registering.",
    "academic.lift_hold": "Lift what keeps a student from registering.",
    "academic.view_waiver": "See which checks of registration students need not pass.",
    "academic.add_waiver": "Give or revoke a waiver, of the checks that one may waive.",
    "academic.waive_window": "Let a student register outside the window.",
    "academic.waive_requisites": "Let a student register without what the course requires.",
    "academic.waive_load": "Let a student take more credits than the limit.",
    "academic.waive_time_clash": "Let a student register for two classes at the same time.",
    "academic.view_load_limit": "See how many credits a term has at most.",
    "academic.change_load_limit": "Set how many credits a term has at most.",
    "academic.change_result": "Record the result of a registration.",
    "academic.view_assessment": "See the assessments of a section.",
    "academic.add_assessment": "Add an assessment to a section.",
    "academic.change_assessment": "Change an assessment.",
    "academic.view_mark": "See marks.",
    "academic.add_mark": "Record a mark.",
    "academic.change_mark": "Change a mark.",
    "academic.view_transfer": "See transfers of students, on one's own side, and the credits that came with them.",
    "academic.add_transfer": "Ask for the transfer of a student, or take that back.",
    "academic.decide_transfer": "Release a student, or accept or refuse one who moves here.",
}

OWN = set(PERMISSIONS) - {"academic.declare_critical_field"}
VIEW = {permission for permission in PERMISSIONS if ".view_" in permission}
CATALOG = {"academic.view_term", "academic.view_program", "academic.view_course", "academic.view_section"}
TEACHING = {
    "academic.view_registration",
    "academic.view_assessment",
    "academic.add_assessment",
    "academic.change_assessment",
    "academic.view_mark",
    "academic.add_mark",
    "academic.change_mark",
}

ROLES = {
    "national-administrator": set(PERMISSIONS),
    "national-analyst": VIEW,
    "institution-administrator": OWN,
    "registrar": OWN,
    "dean": VIEW
    | {"academic.add_program", "academic.change_program", "academic.add_course", "academic.change_course"}
    | {"academic.permit_course", "academic.grant_exemption"},
    "head-of-department": VIEW
    | {"academic.add_course", "academic.change_course", "academic.add_section", "academic.change_section"}
    | {"academic.reserve_seats"}
    | {"academic.add_waiver", "academic.waive_requisites", "academic.waive_load", "academic.waive_time_clash"}
    | {"academic.change_meeting", "academic.permit_course"},
    "lecturer": CATALOG,
    "student": CATALOG,
    "auditor": VIEW,
}
RELATED_ROLES = {
    "lecturer": TEACHING | {"academic.view_availability", "academic.change_availability"},
    "student": {
        "academic.view_enrollment",
        "academic.view_exemption",
        "academic.view_permit",
        "academic.view_registration",
        "academic.add_registration",
        "academic.change_registration",
        "academic.view_hold",
        "academic.view_waiver",
        "academic.view_assessment",
        "academic.view_mark",
        "academic.view_transfer",
        "academic.add_transfer",
    },
}

THE_STUDENT, THE_LECTURER = "student__account", "section__teachings__account"
RELATIONS = {
    ("academic.view_availability", "academic.LecturerAvailability"): ("account",),
    ("academic.change_availability", "academic.LecturerAvailability"): ("account",),
    ("academic.view_enrollment", "academic.Enrollment"): (THE_STUDENT,),
    ("academic.view_enrollment", "academic.EnrollmentStatus"): ("enrollment__student__account",),
    ("academic.view_permit", "academic.CoursePermit"): (THE_STUDENT,),
    ("academic.view_registration", "academic.Registration"): (THE_STUDENT, THE_LECTURER),
    ("academic.add_registration", "academic.Registration"): (THE_STUDENT,),
    ("academic.add_registration", "academic.Enrollment"): (THE_STUDENT,),
    ("academic.change_registration", "academic.Registration"): (THE_STUDENT,),
    ("academic.view_exemption", "academic.Exemption"): (THE_STUDENT,),
    ("academic.view_hold", "academic.Hold"): (THE_STUDENT,),
    ("academic.view_waiver", "academic.Waiver"): (THE_STUDENT,),
    ("academic.view_assessment", "academic.Assessment"): (THE_LECTURER, "section__registrations__student__account"),
    ("academic.add_assessment", "academic.Assessment"): (THE_LECTURER,),
    ("academic.add_assessment", "academic.Section"): ("teachings__account",),
    ("academic.change_assessment", "academic.Assessment"): (THE_LECTURER,),
    ("academic.view_transfer", "academic.Transfer"): (THE_STUDENT,),
    ("academic.add_transfer", "academic.Transfer"): (THE_STUDENT,),
    ("academic.view_transfer", "academic.TransferredCredit"): (THE_STUDENT,),
    ("academic.view_mark", "academic.Mark"): (
        "registration__student__account",
        "assessment__section__teachings__account",
    ),
    ("academic.add_mark", "academic.Mark"): ("assessment__section__teachings__account",),
    ("academic.change_mark", "academic.Mark"): ("assessment__section__teachings__account",),
}
