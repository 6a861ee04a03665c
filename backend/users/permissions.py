"""This file holds the permissions of this app, and which shipped role holds which."""

PERMISSIONS = {
    "users.view_user": "See accounts.",
    "users.add_user": "Make an account for a person.",
    "users.change_user": "Change, deactivate or reactivate an account.",
    "users.view_role": "See roles and what they hold.",
    "users.view_grant": "See who holds which role where.",
    "users.add_grant": "Grant a role at a place; only one whose permissions one holds there.",
    "users.change_grant": "End a grant.",
    "core.view_audit": "Read the audit log.",
}

ROLES = {
    "national-administrator": set(PERMISSIONS),
    "institution-administrator": set(PERMISSIONS),
    "registrar": {"users.view_user", "users.view_role", "users.view_grant"},
    "auditor": {"users.view_user", "users.view_role", "users.view_grant", "core.view_audit"},
}
OWN = {"users.view_user", "users.view_role", "users.view_grant"}
RELATED_ROLES = dict.fromkeys(
    ("dean", "head-of-department", "lecturer", "student", "innovation-manager", "national-analyst"), OWN
)
