"""This file holds the permissions of this app, and which shipped role holds which."""

PERMISSIONS = {
    "users.view_user": "See accounts.",
    "users.add_user": "Make an account for a person.",
    "users.change_user": "Change, deactivate or reactivate an account.",
    "users.view_role": "See roles and what they hold.",
    "users.add_role": "Compose a role for an institution, of permissions that one holds there.",
    "users.change_role": "Change or close a role that an institution composed.",
    "users.view_grant": "See who holds which role where.",
    "users.add_grant": "Grant a role at a place; only one whose permissions one holds there.",
    "users.change_grant": "End a grant.",
    "users.view_group": "See groups, and who is in them.",
    "users.add_group": "Add a group to an institution.",
    "users.change_group": "Rename or close a group, let people in and out; only into what one may grant.",
    "users.view_delegation": "See who lends which rights to whom.",
    "users.add_delegation": "Lend of one's own rights to a colleague until a day.",
    "users.change_delegation": "End a delegation.",
    "users.export_person": "Get everything that is held on a person at one's place, for that person.",
    "users.view_correction": "See what people say is wrong in their data.",
    "users.change_correction": "Accept or refuse a correction that a person asked for.",
    "users.view_erasure": "See whose data is to be erased, and what was.",
    "users.add_erasure": "Ask for a person to be erased.",
    "users.change_erasure": "Confirm or refuse an erasure that somebody else asked for.",
    "core.view_audit": "Read the audit log.",
    "core.view_upload": "See uploads and their rows; of a set whose rows one may write.",
    "core.add_upload": "Upload a file of rows.",
    "core.change_upload": "Correct, commit, cancel and undo uploads.",
}
UPLOADS = {"core.view_upload", "core.add_upload", "core.change_upload"}

PRIVACY = {
    "users.export_person", "users.view_correction", "users.change_correction", "users.view_erasure",
    "users.add_erasure", "users.change_erasure",
}  # fmt: skip

# Over related rows: what one gave or got oneself.
OWN = {"users.view_user", "users.view_role", "users.view_grant", "users.view_group", "users.view_delegation"}
LENDING = {"users.add_delegation", "users.change_delegation"}

ROLES = {
    "national-administrator": set(PERMISSIONS),
    "institution-administrator": set(PERMISSIONS),
    "registrar": {*OWN, *PRIVACY, *UPLOADS},
    "human-resources": {*OWN, *UPLOADS},
    "auditor": {*OWN, "core.view_audit"},
}
RELATED_ROLES = {
    "registrar": LENDING,
    "human-resources": LENDING,
    "dean": OWN | LENDING | UPLOADS,
    "head-of-department": OWN | LENDING | UPLOADS,
    "lecturer": OWN | LENDING | UPLOADS,
    "innovation-manager": OWN | LENDING,
    "national-analyst": OWN,
    "student": OWN,
}
RELATIONS: dict[tuple[str, str], tuple[str, ...]] = {
    ("users.view_group", "users.Group"): ("memberships__user",),
    **{(permission, "core.Upload"): ("sent_by",) for permission in sorted(UPLOADS)},
}
