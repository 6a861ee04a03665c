"""This file holds the permissions of this app, which shipped role holds which, and who a student's row is about."""

PERMISSIONS = {
    "students.view_student": "See students.",
    "students.view_student_identity": "See and write a student's national id, date of birth, phone and address.",
    "students.add_student": "Enter a student.",
    "students.change_student": "Change what is known of a student.",
}

VIEW = {"students.view_student"}

ROLES = {
    # Administrators hold all, because nobody grants what they lack: they appoint the registrars.
    "national-administrator": set(PERMISSIONS),
    "national-analyst": VIEW,
    "institution-administrator": set(PERMISSIONS),
    "registrar": set(PERMISSIONS),
    "dean": VIEW,
    "head-of-department": VIEW,
    "auditor": VIEW,
}
RELATED_ROLES = {
    "student": {"students.view_student", "students.view_student_identity"},
}
RELATIONS = {
    ("students.view_student", "students.Student"): ("account",),
    ("students.view_student_identity", "students.Student"): ("account",),
}
