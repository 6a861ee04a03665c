"""This file holds the permissions of this app, which shipped role holds which, and who a row is about."""

PERMISSIONS = {
    "staff.view_member": "See members of staff.",
    "staff.view_member_identity": "See and write national id, date of birth, phone, address of staff and applicants.",
    "staff.add_member": "Enter a member of staff.",
    "staff.change_member": "Change what is known of a member of staff, and let one leave.",
    "staff.view_contract": "See contracts of staff.",
    "staff.add_contract": "Give a member of staff a contract.",
    "staff.change_contract": "Correct or end a contract.",
    "staff.view_appointment": "See who holds which post.",
    "staff.add_appointment": "Appoint a member of staff to a post.",
    "staff.change_appointment": "End an appointment.",
    "staff.view_qualification": "See qualifications of staff.",
    "staff.add_qualification": "Enter a qualification of a member of staff.",
    "staff.change_qualification": "Correct a qualification.",
    "staff.remove_qualification": "Take out a qualification.",
    "staff.view_absence": "See who is away when.",
    "staff.add_absence": "Note an absence.",
    "staff.change_absence": "Correct or end an absence.",
    "staff.remove_absence": "Take out an absence.",
    "staff.view_vacancy": "See vacancies.",
    "staff.add_vacancy": "Open a vacancy.",
    "staff.change_vacancy": "Change a vacancy, take it a stage further, or close it.",
    "staff.view_application": "See who applies for a vacancy.",
    "staff.add_application": "Enter an application for a vacancy.",
    "staff.change_application": "Correct an application, and decide on it.",
}

VIEW = {"staff.view_member", "staff.view_contract", "staff.view_appointment", "staff.view_qualification"}
# Over related rows: what is held on oneself.
OWN = {*VIEW, "staff.view_member_identity", "staff.view_absence"}

VACANT = {"staff.view_vacancy", "staff.view_application"}

ROLES = {
    "national-administrator": set(PERMISSIONS),
    "national-analyst": {*VIEW, "staff.view_vacancy"},
    "institution-administrator": set(PERMISSIONS),
    "registrar": set(PERMISSIONS),
    "human-resources": set(PERMISSIONS),
    "dean": {*VIEW, *VACANT, "staff.view_absence"},
    "head-of-department": {*VIEW, *VACANT, "staff.view_absence"},
    "auditor": {*VIEW, "staff.view_vacancy"},
}
RELATED_ROLES = dict.fromkeys(("dean", "head-of-department", "lecturer", "innovation-manager"), OWN)
RELATIONS = {
    ("staff.view_member", "staff.Member"): ("account",),
    ("staff.view_member_identity", "staff.Member"): ("account",),
    ("staff.view_contract", "staff.Contract"): ("member__account",),
    ("staff.view_appointment", "staff.Appointment"): ("member__account",),
    ("staff.view_qualification", "staff.Qualification"): ("member__account",),
    ("staff.view_absence", "staff.Absence"): ("member__account",),
}
