"""This file holds the permissions of this app, and which shipped role holds which."""

SUPPORT = "instauth.support_user"
PERMISSIONS = {
    SUPPORT: "Act as a person for a while, to help them; the person is told.",
    "instauth.view_support": "See who acted as whom, and why.",
}

ROLES = {
    "national-administrator": set(PERMISSIONS),
    "institution-administrator": set(PERMISSIONS),
    "auditor": {"instauth.view_support"},
}
OWN = {"instauth.view_support"}
RELATED_ROLES = dict.fromkeys(
    ("registrar", "dean", "head-of-department", "lecturer", "student", "innovation-manager"), OWN
)
