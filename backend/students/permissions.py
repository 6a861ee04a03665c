"""This file holds the permissions of this app, which shipped role holds which, and who a student's row is about."""

PERMISSIONS = {
    "students.view_student": "See students.",
    "students.view_student_identity": "See and write a student's national id, date of birth, phone and address.",
    "students.add_student": "Enter a student.",
    "students.change_student": "Change what is known of a student.",
    "students.change_student_status": "Say that a student deferred, graduated, dropped out, died and so on.",
    "students.view_document": "See which documents of students there are, and what is in them.",
    "students.add_document": "Keep a document of a student.",
    "students.change_document": "Correct what is said of a student's document.",
    "students.verify_document": "Say that one saw the original of a student's document.",
    "students.remove_document": "Remove a student's document.",
    "students.view_employer": "See the employers that take students.",
    "students.add_employer": "Add an employer.",
    "students.change_employer": "Change what is known of an employer.",
    "students.view_placement": "See placements of students, the visits there, and the logbooks.",
    "students.view_placement_contact": "See and write how the supervisor at the employer is reached.",
    "students.add_placement": "Plan a placement of a student.",
    "students.change_placement": "Change a placement, start it, complete it or break it off.",
    "students.visit_placement": "Record a visit to a student at work, or correct what was found.",
    "students.write_logbook": "Write in the logbook of a placement.",
    "students.sign_logbook": "Sign an entry of a logbook.",
    "students.view_scholarship": "See sponsors and what they offer.",
    "students.add_scholarship": "Add a sponsor, or what one offers.",
    "students.change_scholarship": "Change a sponsor, or what one offers.",
    "students.view_award": "See who was awarded a scholarship, and what was paid.",
    "students.add_award": "Offer a scholarship to a student.",
    "students.accept_award": "Accept a scholarship that is offered.",
    "students.change_award": "Change, suspend, resume or end an award, and plan its tranches.",
    "students.pay_award": "Say that a tranche of an award was paid, or reverse it.",
    "students.view_mobility": "See stays of students in other countries, and of others' students here.",
    "students.add_mobility": "Plan a stay of a student in another country, or here from one.",
    "students.change_mobility": "Change, start, complete or cancel such a stay, and recognize its credits.",
    "students.view_case": "See the cases that one owns or was let into; no others, whatever one's place.",
    "students.view_case_text": "See and write what stands in these cases, and read their notes.",
    "students.add_case": "Open a case of support or wellbeing, as its owner.",
    "students.change_case": "Write in one's own cases, close and reopen them, hand them over, let others in.",
    "students.view_work": "See what students pledged to work towards their fees, and what they worked.",
    "students.add_work_pledge": "Take down what a student pledges to work.",
    "students.change_work_pledge": "Change, fulfill or end a pledge of work.",
    "students.enter_work": "Enter hours that were worked; a student those of the own pledge.",
    "students.approve_work": "Approve hours that were worked, or reverse that; never one's own.",
    "students.view_outreach": "See outreach programs.",
    "students.add_outreach": "Offer an outreach program.",
    "students.change_outreach": "Change an outreach program, and who takes part.",
    "students.view_outreach_participation": "See who takes part in outreach programs.",
    "students.view_learner": "See, over the nation, who is a student of more than one institution.",
    "students.acknowledge_double_enrollment": "Say what was found about a student of two institutions.",
}

VIEW = {
    "students.view_student",
    "students.view_mobility",
    "students.view_work",
    "students.view_outreach",
    "students.view_outreach_participation",
    "students.view_employer",
    "students.view_placement",
    "students.view_scholarship",
    "students.view_award",
}
SUPERVISING = {
    "students.view_placement",
    "students.view_placement_contact",
    "students.visit_placement",
    "students.sign_logbook",
}
# The register of learners crosses institutions: it is the nation's alone.
NATIONAL = {"students.view_learner", "students.acknowledge_double_enrollment"}

ROLES = {
    # Administrators hold all, because nobody grants what they lack: they appoint the registrars.
    "national-administrator": set(PERMISSIONS),
    "national-analyst": VIEW,
    "institution-administrator": set(PERMISSIONS) - NATIONAL,
    "registrar": set(PERMISSIONS) - NATIONAL,
    "dean": VIEW,
    "head-of-department": VIEW | SUPERVISING,
    "auditor": VIEW,
    "student": {"students.view_outreach"},
}
# Administrators hold what cases ask for, so that they can grant it. It shows them their own cases and no others.
IN_CASES = {"students.view_case", "students.view_case_text", "students.change_case"}
RELATED_ROLES = {
    "dean": IN_CASES,
    "head-of-department": IN_CASES,
    "lecturer": SUPERVISING | IN_CASES,
    "student": {
        "students.view_student",
        "students.view_student_identity",
        "students.view_document",
        "students.view_placement",
        "students.view_placement_contact",
        "students.write_logbook",
        "students.view_award",
        "students.accept_award",
        "students.view_mobility",
        "students.view_work",
        "students.enter_work",
        "students.view_outreach_participation",
        "students.view_case",
        "students.view_case_text",
    },
}

THE_PLACED, THE_SUPERVISOR = "placement__student__account", "placement__academic_supervisor"
RELATIONS = {
    ("students.view_student", "students.Student"): ("account",),
    ("students.view_student_identity", "students.Student"): ("account",),
    ("students.view_student", "students.StudentStatus"): ("student__account",),
    ("students.view_document", "students.StudentDocument"): ("student__account",),
    ("students.view_placement", "students.Placement"): ("student__account", "academic_supervisor"),
    ("students.view_placement_contact", "students.Placement"): ("student__account", "academic_supervisor"),
    ("students.view_placement", "students.PlacementVisit"): (THE_PLACED, THE_SUPERVISOR),
    ("students.view_placement", "students.LogbookEntry"): (THE_PLACED, THE_SUPERVISOR),
    ("students.visit_placement", "students.PlacementVisit"): (THE_SUPERVISOR,),
    ("students.write_logbook", "students.LogbookEntry"): (THE_PLACED,),
    ("students.sign_logbook", "students.LogbookEntry"): (THE_SUPERVISOR,),
    ("students.view_award", "students.Award"): ("student__account",),
    ("students.view_award", "students.Tranche"): ("award__student__account",),
    ("students.accept_award", "students.Award"): ("student__account",),
    ("students.view_mobility", "students.Mobility"): ("student__account",),
    ("students.view_work", "students.WorkPledge"): ("student__account",),
    ("students.view_work", "students.WorkEntry"): ("pledge__student__account",),
    ("students.enter_work", "students.WorkEntry"): ("pledge__student__account",),
    ("students.view_outreach_participation", "students.OutreachParticipation"): ("student__account",),
    **{(permission, "students.Case"): ("owner", "memberships__account") for permission in sorted(IN_CASES)},
    **{
        (permission, "students.CaseNote"): ("case__owner", "case__memberships__account")
        for permission in sorted(IN_CASES)
    },
}
