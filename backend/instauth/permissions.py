"""This file holds the permissions of this app, and which shipped role holds which."""

SUPPORT = "instauth.support_user"
PERMISSIONS = {
    SUPPORT: "Act as a person for a while, to help them; the person is told.",
    "instauth.view_provider": "See the identity providers of an institution.",
    "instauth.change_provider": "Bring, change or suspend an identity provider.",
    "instauth.approve_provider": "Approve an identity provider, so that people sign in by it.",
    "instauth.view_support": "See who acted as whom, and why.",
}

ROLES = {
    "national-administrator": set(PERMISSIONS),
    "institution-administrator": set(PERMISSIONS) - {"instauth.approve_provider"},
    "auditor": {"instauth.view_support", "instauth.view_provider"},
}
OWN = {"instauth.view_support"}
RELATED_ROLES = dict.fromkeys(
    ("registrar", "dean", "head-of-department", "lecturer", "student", "innovation-manager"), OWN
)
