"""This file holds the permissions of this app, and which shipped role holds which."""

PERMISSIONS = {
    "users.view_user": "See accounts.",
    "users.add_user": "Make an account for a person.",
    "users.change_user": "Change, deactivate or reactivate an account.",
    "users.view_role": "See roles and what they hold.",
    "users.view_grant": "See who holds which role where.",
    "users.add_grant": "Grant a role at a place; only one whose permissions one holds there.",
    "users.change_grant": "End a grant.",
    "users.export_person": "Get everything that is held on a person at one's place, for that person.",
    "users.view_correction": "See what people say is wrong in their data.",
    "users.change_correction": "Accept or refuse a correction that a person asked for.",
    "users.view_erasure": "See whose data is to be erased, and what was.",
    "users.add_erasure": "Ask for a person to be erased.",
    "users.change_erasure": "Confirm or refuse an erasure that somebody else asked for.",
    "core.view_audit": "Read the audit log.",
}

PRIVACY = {
    "users.export_person", "users.view_correction", "users.change_correction", "users.view_erasure",
    "users.add_erasure", "users.change_erasure",
}  # fmt: skip

ROLES = {
    "national-administrator": set(PERMISSIONS),
    "institution-administrator": set(PERMISSIONS),
    "registrar": {"users.view_user", "users.view_role", "users.view_grant", *PRIVACY},
    "auditor": {"users.view_user", "users.view_role", "users.view_grant", "core.view_audit"},
}
OWN = {"users.view_user", "users.view_role", "users.view_grant"}
RELATED_ROLES = dict.fromkeys(
    ("dean", "head-of-department", "lecturer", "student", "innovation-manager", "national-analyst"), OWN
)
