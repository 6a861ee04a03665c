"""This file holds the permissions of this app, and which shipped role holds which."""

PERMISSIONS = {
    "faculties.view_institution": "See institutions.",
    "faculties.add_institution": "Enter an institution in the register.",
    "faculties.change_institution": "Change what the register says of an institution, suspend or close it.",
    "faculties.change_logo": "Set or remove the logo of an institution.",
    "faculties.change_accreditation": "Enter, change and withdraw accreditations of institutions: the regulator's.",
    "faculties.change_intake": "Approve how many new students an institution may take: the regulator's.",
    "faculties.view_contact": "See who answers for the offices of an institution.",
    "faculties.view_contact_phone": "See and write the telephone of an institution's contact.",
    "faculties.change_contact": "Change who answers for the offices of an institution.",
    "faculties.view_faculty": "See faculties.",
    "faculties.add_faculty": "Open a faculty.",
    "faculties.change_faculty": "Change, rename, merge or close a faculty.",
    "faculties.remove_faculty": "Remove a faculty to which nothing points yet.",
    "faculties.view_department": "See departments.",
    "faculties.add_department": "Open a department.",
    "faculties.change_department": "Change, rename, merge or close a department.",
    "faculties.remove_department": "Remove a department to which nothing points yet.",
    "faculties.view_campus": "See campuses, buildings, and how long the way between campuses takes.",
    "faculties.add_campus": "Open a campus, or add a building to one.",
    "faculties.change_campus": "Change or close a campus, change or remove a building, say how long ways take.",
    "faculties.view_room": "See rooms.",
    "faculties.add_room": "Add a room.",
    "faculties.change_room": "Change a room, take it out of service or retire it.",
    "faculties.view_equipment": "See equipment.",
    "faculties.add_equipment": "Enter equipment.",
    "faculties.change_equipment": "Change equipment, take it out of service or retire it.",
    "faculties.view_booking": "See who has which room and equipment, and when.",
    "faculties.add_booking": "Book rooms and equipment.",
    "faculties.change_booking": "Change, move or cancel a booking.",
}

VIEW = {
    "faculties.view_institution",
    "faculties.view_contact",
    "faculties.view_faculty",
    "faculties.view_department",
    "faculties.view_campus",
    "faculties.view_room",
    "faculties.view_equipment",
    "faculties.view_booking",
}
UNITS = {
    "faculties.add_faculty",
    "faculties.change_faculty",
    "faculties.remove_faculty",
    "faculties.add_department",
    "faculties.change_department",
    "faculties.remove_department",
}
CONTACTS = {"faculties.view_contact_phone", "faculties.change_contact"}
PLACES = {
    "faculties.add_campus", "faculties.change_campus", "faculties.add_room", "faculties.change_room",
    "faculties.add_equipment", "faculties.change_equipment",
}  # fmt: skip
BOOKING = {"faculties.add_booking", "faculties.change_booking"}

ROLES = {
    "national-administrator": set(PERMISSIONS),
    "national-analyst": VIEW,
    "institution-administrator": VIEW | UNITS | PLACES | BOOKING | CONTACTS | {"faculties.change_logo"},
    "registrar": VIEW | UNITS | PLACES | BOOKING,
    # A file of staff opens the units that it names and nobody knows.
    "human-resources": VIEW | {"faculties.add_faculty", "faculties.add_department"},
    "dean": VIEW | BOOKING | {"faculties.add_department", "faculties.change_department"},
    "head-of-department": VIEW | BOOKING,
    "lecturer": VIEW,
    "innovation-manager": VIEW | BOOKING,
    "auditor": VIEW,
}
# Whoever studies here may see where.
RELATED_ROLES = {"student": {"faculties.view_institution"}}
