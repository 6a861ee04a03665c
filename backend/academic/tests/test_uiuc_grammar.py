"""This file holds the tests of the grammar of prerequisites: real sentences, and the trees that people read in them."""

import pytest

from academic.requisites.trees import problems_of
from academic.uiuc.grammar import NotUnderstood, tree_of

THEATER = "THEA 371, THEA 372, THEA 373 and THEA 374, and concurrent registration in THEA 376, THEA 377 and THEA 378."
FLIGHT = "Credit or concurrent registration in AE 311 or AE 312; credit or concurrent registration in AE 321 or AE 323."
LECTURER = {"is": "permission", "who": "lecturer"}


def passed(*codes):
    nodes = [{"is": "passed", "course": code} for code in codes]
    return nodes[0] if len(nodes) == 1 else nodes


def together(*codes):
    nodes = [{"is": "registered_together", "course": code} for code in codes]
    return nodes[0] if len(nodes) == 1 else nodes


def level(number):
    return {"is": "level_at_least", "level": number}


def all_of(*nodes):
    return {"is": "all_of", "of": list(nodes)}


def any_of(*nodes):
    return {"is": "any_of", "of": list(nodes)}


# Sentences as the catalog has them; each tree was written by reading the sentence, before the grammar was run.
UNDERSTOOD = {
    # one condition
    "SPAN 228.": passed("SPAN 228"),
    "Consent of instructor.": LECTURER,
    "Consent of the instructor.": LECTURER,
    "Junior standing.": level(3),
    "Sophomore standing.": level(2),
    "Credit or concurrent registration in CHEM 232.": together("CHEM 232"),
    # two
    "MATH 415 and ECE 210.": all_of(*passed("MATH 415", "ECE 210")),
    "HDFS 105 or SOC 100.": any_of(*passed("HDFS 105", "SOC 100")),
    "CMN 230 or consent of instructor.": any_of(passed("CMN 230"), LECTURER),
    "Junior standing or consent of instructor.": any_of(level(3), LECTURER),
    "Sophomore standing and consent of instructor.": all_of(level(2), LECTURER),
    "Successful completion of RUSS 301 or consent of instructor.": any_of(passed("RUSS 301"), LECTURER),
    # at the same time, beside a pass: together they are what the node asks for
    "SHS 550 or concurrent enrollment in SHS 550.": any_of(passed("SHS 550"), together("SHS 550")),
    "Credit in ASTR 100 or ASTR 121, or concurrent registration in ASTR 121.": any_of(
        *passed("ASTR 100", "ASTR 121"), together("ASTR 121")
    ),
    # lists, with and without the last comma
    "ARCH 415, ARCH 416, or ARCH 417.": any_of(*passed("ARCH 415", "ARCH 416", "ARCH 417")),
    "CS 423, CS 425, and CS 433.": all_of(*passed("CS 423", "CS 425", "CS 433")),
    "ADV 283, ADV 390 and ADV 460.": all_of(*passed("ADV 283", "ADV 390", "ADV 460")),
    "BIOE 205, ECE 205 or ECE 210.": any_of(*passed("BIOE 205", "ECE 205", "ECE 210")),
    "AFRO 101, HIST 276, or SOC 225 or consent of instructor.": any_of(
        *passed("AFRO 101", "HIST 276", "SOC 225"), LECTURER
    ),
    "ASTR 100, or ASTR 121, or ASTR 122, or ASTR 210, or consent of instructor.": any_of(
        *passed("ASTR 100", "ASTR 121", "ASTR 122", "ASTR 210"), LECTURER
    ),
    "One of CEE 420, CEE 421 or CEE 422.": any_of(*passed("CEE 420", "CEE 421", "CEE 422")),
    "One of MATH 284, MATH 285, MATH 286, MATH 441.": any_of(*passed("MATH 284", "MATH 285", "MATH 286", "MATH 441")),
    "One of the following: SOC 100, SOC 101, or SOC 163.": any_of(*passed("SOC 100", "SOC 101", "SOC 163")),
    "Two of CEE 420, CEE 421, and CEE 422.": {"is": "n_of", "n": 2, "of": passed("CEE 420", "CEE 421", "CEE 422")},
    "One of ABE 361, CHBE 421, TAM 335; or credit or concurrent registration in ME 370.": any_of(
        *passed("ABE 361", "CHBE 421", "TAM 335"), together("ME 370")
    ),
    "One of CS 125, ECE 220; one of MATH 220, MATH 221.": all_of(
        any_of(*passed("CS 125", "ECE 220")), any_of(*passed("MATH 220", "MATH 221"))
    ),
    "CS 374, and one of CS 361, MATH 461, or STAT 400.": all_of(
        passed("CS 374"), any_of(*passed("CS 361", "MATH 461", "STAT 400"))
    ),
    "TAM 251; either CHBE 421 or both ME 330 and TAM 335.": all_of(
        passed("TAM 251"), any_of(passed("CHBE 421"), all_of(*passed("ME 330", "TAM 335")))
    ),
    # "and" beside "or", divided by marks
    "CS 101 or CS 125; CS 357 or MATH 415; MATH 285.": all_of(
        any_of(*passed("CS 101", "CS 125")), any_of(*passed("CS 357", "MATH 415")), passed("MATH 285")
    ),
    "PHIL 101; PHYS 101 or PHYS 211.": all_of(passed("PHIL 101"), any_of(*passed("PHYS 101", "PHYS 211"))),
    "STAT 410 and MATH 415, or consent of instructor.": any_of(all_of(*passed("STAT 410", "MATH 415")), LECTURER),
    "IB 150 and IB 204; or consent of instructor.": any_of(all_of(*passed("IB 150", "IB 204")), LECTURER),
    "MCB 250, MCB 251, MCB 252, and MCB 253; or consent of instructor.": any_of(
        all_of(*passed("MCB 250", "MCB 251", "MCB 252", "MCB 253")), LECTURER
    ),
    "STAT 400 or STAT 409, and credit for or concurrent registration in STAT 410.": all_of(
        any_of(*passed("STAT 400", "STAT 409")), together("STAT 410")
    ),
    "One of CS 101, CS 105 or CS 125; MATH 241; one of MATH 225, MATH 415, MATH 416 or ASRM 406.": all_of(
        any_of(*passed("CS 101", "CS 105", "CS 125")),
        passed("MATH 241"),
        any_of(*passed("MATH 225", "MATH 415", "MATH 416", "ASRM 406")),
    ),
    # what is said once holds for the list that it begins
    "Credit or concurrent registration in MSE 307 and MSE 406.": all_of(*together("MSE 307", "MSE 406")),
    FLIGHT: all_of(any_of(*together("AE 311", "AE 312")), any_of(*together("AE 321", "AE 323"))),
    "MSE 182; credit or concurrent enrollment in CHEM 104, MATH 231 and PHYS 211.": all_of(
        passed("MSE 182"), *together("CHEM 104", "MATH 231", "PHYS 211")
    ),
    "Credit for or concurrent registration in CHEM 440 or CHEM 442 or consent of instructor.": any_of(
        *together("CHEM 440", "CHEM 442"), LECTURER
    ),
    "Credit or concurrent registration in both MCB 252 and either CHEM 232 or MSE 403.": all_of(
        together("MCB 252"), any_of(*together("CHEM 232", "MSE 403"))
    ),
    # a number alone, and two sentences
    "MCB 250 and 251 and credit or concurrent registration in MCB 300, or consent of instructor.": any_of(
        all_of(*passed("MCB 250", "MCB 251"), together("MCB 300")), LECTURER
    ),
    "ARTD 318. Junior standing.": all_of(passed("ARTD 318"), level(3)),
    "AE 321 and AE 352. Credit or concurrent registration in AE 323 and AE 353.": all_of(
        *passed("AE 321", "AE 352"), *together("AE 323", "AE 353")
    ),
}
KEPT_AS_TEXT = {
    # "and" beside "or"
    "NRES 419 and NRES 302 or HORT 301.": "and_or",
    "CMN 101 or CMN 111 and CMN 112.": "and_or",
    "ACE 240, ACE 345, and ECON 302 or consent of instructor.": "and_or",
    "MUS 106, MUS 202 and MUS 208, or consent of instructor.": "and_or",
    "MCB 150; IB 202; CHEM 232; or consent of instructor.": "and_or",
    "AFRO 100 and AFRO 101, AFRO 261, ENGL 260 or HIST 276.": "and_or",
    # lists of which nobody says whether one or all are meant
    "ECE 490, ECE 534.": "open_list",
    "GEOL 450, GEOL 452, or consent of instructor.": "mixed_list",
    "One of PSYC 210, PSYC 224, PSYC 248, LING 225, SHS 170, or consent of instructor.": "mixed_list",
    "FSHN 232 and credit or concurrent registration in FSHN 349 and FSHN 345.": "scope_of_lead",
    "IS 501, or concurrent enrollment in IS 501 and IS 507.": "scope_of_lead",
    "CHEM 332 or CHEM 436; and MCB 354 or MCB 450, or consent of instructor.": "scope_of_consent",
    "ARCH 551; credit or concurrent registration in ARCH 560 or consent of instructor.": "scope_of_consent",
    "ACE 240, ACE 345, or FIN 221, and ECON 302 or consent of instructor.": "scope_of_consent",
    "PSYC 100 and either PSYC 216 or PSYC 238, or consent of instructor.": "scope_of_quantity",
    "Any of AE 442, AE 443, ME 470, ECE 445, ECE 411; CS 492, CS 493, or CEE 465.": "scope_of_quantity",
    "PHYS 101 or PHYS 140; one of MATH 220, MATH 221, MATH 234; NRES 201.": "scope_of_quantity",
    "Concurrent enrollment in ECE 313 or one of: ECE 313, IE 300, STAT 410.": "scope_of_lead",
    # at the same time, and nothing says that an earlier pass counts; or before, and nothing says that it was passed
    "Concurrent registration in IE 310.": "concurrent_only",
    "CI 421. Concurrent enrollment in EDPR 432 is required.": "concurrent_only",
    "Concurrent enrollment in ARCH 536 or consent of instructor.": "concurrent_only",
    THEATER: "concurrent_only",
    "Concurrent or prior enrollment in MCB 250 or consent of instructor.": "prior_registration",
    # words that no tree can say, alone and behind something that it could
    "PSYC 100 or equivalent.": "or_equivalent",
    "FR 207, FR 211, and FR 212; or equivalents.": "or_equivalent",
    "Graduate standing or consent of instructor.": "standing",
    "Ph.D. standing in BADM or consent of instructor.": "standing",
    "One course in philosophy.": "amount",
    "PS 101, six hours of Political Science credit, or consent of instructor.": "amount",
    "CS 101 and MATH 231. For Bioengineering majors only.": "restricted",
    "ACCY 304 or consent of department.": "other_consent",
    "Completion of campus Composition I general education requirement.": "proof",
    "MATH 500 or MATH 501, with a grade of C or better.": "grade",
    "SOCW 400. MSW: Social Work - UIUC.": "other_words",
    "ADV 270 (Principles of Sales).": "other_words",
    "FSHN 101 or concurrent registration.": "other_words",
}


# Not in the catalog yet, and as doubtful.
DOUBTFUL = {
    "One of CS 101, CS 105, and consent of instructor.": "scope_of_quantity",
    "One of CS 101, CS 105, CS 125, and MATH 220.": "scope_of_quantity",
    "Two of CS 101, CS 105, CS 125; or MATH 220.": "scope_of_quantity",
    "Two of CS 101 or CS 105 or CS 125.": "scope_of_quantity",
    "One of CS 101, CS 125, one of MATH 220, MATH 221.": "scope_of_quantity",
    "PSYC 100 and either PSYC 216 or PSYC 238 or consent of instructor.": "scope_of_quantity",
    "One of CS 101, CS 105, consent of instructor.": "mixed_list",
    "One of CS 101 and consent of instructor.": "mixed_list",
    "Consent of instructor or CS 101; MATH 220.": "scope_of_consent",
    "Credit or concurrent registration in CS 101 or (CS 125 and CS 173).": "scope_of_lead",
    "Credit or concurrent registration in CS 101 or consent of instructor or CS 125.": "scope_of_lead",
    "Credit or concurrent registration in either CS 101 or completion of CS 125.": "scope_of_lead",
    "CS 101 or concurrent registration in CS 125.": "concurrent_only",
    "CS 101 and concurrent registration in CS 101.": "concurrent_only",
}


@pytest.mark.parametrize(("text", "tree"), UNDERSTOOD.items())
def test_a_sentence_becomes_the_tree_that_people_read_in_it(text: str, tree: dict):
    assert tree_of(text) == tree
    assert not problems_of(tree)


@pytest.mark.parametrize(("text", "reason"), (KEPT_AS_TEXT | DOUBTFUL).items())
def test_a_sentence_of_which_anything_is_unclear_stays_text(text: str, reason: str):
    with pytest.raises(NotUnderstood) as refusal:
        tree_of(text)
    assert refusal.value.reason == reason


@pytest.mark.parametrize("more", ["maybe", "CS 225", "and", "or", ",", ";", "(", ")", "!", "/ MATH 213", "100"])
def test_one_word_too_many_keeps_a_sentence_as_text(more: str):
    assert tree_of("CS 173 or CS 225.")
    with pytest.raises(NotUnderstood):
        tree_of(f"CS 173 or CS 225 {more}.")


@pytest.mark.parametrize("text", ["", ".", "and", "CS 225 or", "(CS 225", "one of", "two of CS 225", "225."])
def test_what_is_no_sentence_is_not_understood(text: str):
    with pytest.raises(NotUnderstood):
        tree_of(text)


def test_brackets_and_quantities_say_what_binds():
    either, three = passed("CS 101", "CS 125"), passed("CS 101", "CS 125", "CS 225")
    assert tree_of("(CS 101 or CS 125) and MATH 220.") == all_of(any_of(*either), passed("MATH 220"))
    assert tree_of("Two of CS 101, CS 125, or CS 225.") == {"is": "n_of", "n": 2, "of": three}


def test_a_lead_inside_a_clause_holds_for_the_list_that_it_begins():
    tree = tree_of(THEATER.replace("concurrent", "credit or concurrent"))
    assert tree == all_of(
        *passed("THEA 371", "THEA 372", "THEA 373", "THEA 374"), *together("THEA 376", "THEA 377", "THEA 378")
    )


def test_the_consent_of_the_head_is_that_of_the_head():
    assert tree_of("Consent of department head.") == {"is": "permission", "who": "head_of_department"}
