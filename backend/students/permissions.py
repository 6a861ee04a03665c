"""This file holds the permissions of this app, which shipped role holds which, and who a student's row is about."""

PERMISSIONS = {
    "students.view_student": "See students.",
    "students.view_student_identity": "See and write a student's national id, date of birth, phone and address.",
    "students.add_student": "Enter a student.",
    "students.change_student": "Change what is known of a student.",
    "students.view_document": "See which documents of students there are, and what is in them.",
    "students.add_document": "Keep a document of a student.",
    "students.change_document": "Correct what is said of a student's document.",
    "students.verify_document": "Say that one saw the original of a student's document.",
    "students.remove_document": "Remove a student's document.",
    "students.view_learner": "See, over the nation, who is a student of more than one institution.",
    "students.acknowledge_double_enrollment": "Say what was found about a student of two institutions.",
}

VIEW = {"students.view_student"}
# The register of learners crosses institutions: it is the nation's alone.
NATIONAL = {"students.view_learner", "students.acknowledge_double_enrollment"}

ROLES = {
    # Administrators hold all, because nobody grants what they lack: they appoint the registrars.
    "national-administrator": set(PERMISSIONS),
    "national-analyst": VIEW,
    "institution-administrator": set(PERMISSIONS) - NATIONAL,
    "registrar": set(PERMISSIONS) - NATIONAL,
    "dean": VIEW,
    "head-of-department": VIEW,
    "auditor": VIEW,
}
RELATED_ROLES = {
    "student": {"students.view_student", "students.view_student_identity", "students.view_document"},
}
RELATIONS = {
    ("students.view_student", "students.Student"): ("account",),
    ("students.view_student_identity", "students.Student"): ("account",),
    ("students.view_document", "students.StudentDocument"): ("student__account",),
}
