"""This file holds the permissions of this app, and which shipped role holds which."""

SUPPORT = "instauth.support_user"
CHANGE_POLICY = "instauth.change_policy"
RECOVER = "instauth.recover_factor"
PERMISSIONS = {
    SUPPORT: "Act as a person for a while, to help them; the person is told.",
    "instauth.view_policy": "See what an institution asks of those who sign in.",
    CHANGE_POLICY: "Say what an institution asks of those who sign in, and whether they may sign up by themselves.",
    "instauth.view_invitation": "See who is invited to which role.",
    "instauth.view_sign_up": "See who has signed up by themselves and waits for a decision.",
    "instauth.view_provider": "See the identity providers of an institution.",
    "instauth.change_provider": "Bring, change or suspend an identity provider.",
    "instauth.approve_provider": "Approve an identity provider, so that people sign in by it.",
    RECOVER: "Decide with somebody else whether a person's second factor is lost, and may be taken away.",
    "instauth.view_client": "See the programs of third parties.",
    "instauth.change_client": "Register, change or suspend a program of a third party.",
    "instauth.approve_client": "Approve a program of a third party, so that people may let it in.",
    "instauth.view_support": "See who acted as whom, and why.",
}

ROLES = {
    "national-administrator": set(PERMISSIONS),
    "institution-administrator": set(PERMISSIONS) - {"instauth.approve_provider", "instauth.approve_client"},
    "registrar": {"instauth.view_policy", "instauth.view_invitation", "instauth.view_sign_up", RECOVER},
    "auditor": {
        "instauth.view_support",
        "instauth.view_provider",
        "instauth.view_policy",
        "instauth.view_invitation",
        "instauth.view_client",
    },
}
OWN = {"instauth.view_support"}
RELATED_ROLES = dict.fromkeys(
    ("registrar", "human-resources", "dean", "head-of-department", "lecturer", "student", "innovation-manager"), OWN
)
