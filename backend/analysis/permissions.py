"""This file holds the permissions of this app, and which shipped role holds which."""

PERMISSIONS = {"analysis.view_figure": "Read figures, over the rows at one's place."}

ROLES = {
    role: set(PERMISSIONS)
    for role in (
        "national-administrator",
        "national-analyst",
        "institution-administrator",
        "registrar",
        "dean",
        "head-of-department",
        "auditor",
    )
}
