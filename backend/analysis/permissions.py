"""This file holds the permissions of this app, and which shipped role holds which."""

FIGURES = {"analysis.view_figure": "Read figures, over the rows at one's place."}
LISTS = {
    "analysis.view_list": "See who is on derived lists, such as possible graduates and those at risk, and why.",
    "analysis.count_list": "Count a derived list anew.",
}
PERMISSIONS = {**FIGURES, **LISTS}

ROLES = {
    "national-administrator": set(PERMISSIONS),
    "national-analyst": set(FIGURES),
    "institution-administrator": set(PERMISSIONS),
    "registrar": set(PERMISSIONS),
    "dean": {*FIGURES, "analysis.view_list"},
    "head-of-department": {*FIGURES, "analysis.view_list"},
    "auditor": set(FIGURES),
}
