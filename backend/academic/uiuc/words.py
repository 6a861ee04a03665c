"""This file holds the words that sentences of prerequisites are understood by: each means exactly one thing.

A phrase is looked for as a whole, the longest first. "the" says nothing and is left out.
"""

import re
from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any, NamedTuple

TOKEN = re.compile(
    r"(?P<course>[A-Z]{2,4} [0-9]{3}\b)|(?P<number>[0-9]{3}\b)|(?P<word>[A-Za-z][\w'-]*)|(?P<mark>[,;.:()])|(?P<odd>\S)"
)
PASSED, TOGETHER, PERMISSION = "passed", "registered_together", "permission"
# What sentences say of a course and no tree can: each keeps its sentence as text, under this name.
CONCURRENT, PRIOR = "concurrent_only", "prior_registration"
Phrases = Mapping[tuple[str, ...], Any]


class Token(NamedTuple):
    """One word, course, number or mark of a sentence."""

    kind: str
    text: str


def tokens_of(text: str) -> Iterator[Token]:
    for found in TOKEN.finditer(text):
        kind = str(found.lastgroup)
        said = found.group().lower() if kind == "word" else found.group()
        if said != "the":
            yield Token(kind, said)


def phrases(meanings: Mapping[str, Any]) -> Phrases:
    """The phrases by their words, the longest first. `a|b c` stands for `a c` and `b c`."""
    split = {
        tuple(" ".join(words).split()): meaning
        for text, meaning in meanings.items()
        for words in product(*(word.split("|") for word in text.split()))
    }
    return {words: split[words] for words in sorted(split, key=len, reverse=True)}


# What is said before a course, or a list of them, of each.
LEADS = phrases(
    {
        "credit in|for": PASSED,
        "completion of": PASSED,
        "successful|prior completion of": PASSED,
        "credit or registration|enrollment in": TOGETHER,
        "credit or concurrent registration|enrollment in": TOGETHER,
        "credit in|for or concurrent registration|enrollment in": TOGETHER,
        "completion of or concurrent registration|enrollment in": TOGETHER,
        "completion or concurrent registration|enrollment in": TOGETHER,
        "prior|previous or concurrent registration|enrollment in": PRIOR,
        "concurrent or prior|previous registration|enrollment in": PRIOR,
        "concurrent registration|enrollment in": CONCURRENT,
    }
)
# How many of the list that follows; a word: all as the list itself says, which is then of that one word.
QUANTIFIERS = phrases(
    {
        "one of": 1,
        "any of": 1,
        "any|either one of": 1,
        "at least one of": 1,
        "two of": 2,
        "any two of": 2,
        "at least two of": 2,
        "one of following": 1,
        "at least one of following": 1,
        "two of following": 2,
        "either": "or",
        "both": "and",
    }
)
LECTURER = {"is": PERMISSION, "who": "lecturer"}
HEAD = {"is": PERMISSION, "who": "head_of_department"}
# Conditions that name no course. A standing is a year of study: sophomore the second, junior the third.
CONDITIONS = phrases(
    {
        "consent|permission|approval of instructor": LECTURER,
        "consent|permission|approval of course instructor": LECTURER,
        "prior consent|permission|approval of instructor": LECTURER,
        "instructor consent|permission|approval": LECTURER,
        "instructor's consent|permission|approval": LECTURER,
        "consent|permission|approval of department head": HEAD,
        "consent|permission|approval of head of department": HEAD,
        "sophomore standing": {"is": "level_at_least", "level": 2},
        "junior standing": {"is": "level_at_least", "level": 3},
        "senior standing": {"is": "level_at_least", "level": 4},
        "at least sophomore standing": {"is": "level_at_least", "level": 2},
        "at least junior standing": {"is": "level_at_least", "level": 3},
        "sophomore standing or above|higher": {"is": "level_at_least", "level": 2},
        "junior standing or above|higher": {"is": "level_at_least", "level": 3},
        "junior or senior standing": {"is": "level_at_least", "level": 3},
    }
)
# At the end of a clause: it asks for it, as the sentence does anyhow.
EMPTY = phrases({"required": None, "is required": None})

# Why a sentence is kept as text: the first of these that has a word in it.
REASONS: tuple[tuple[str, str, frozenset[str]], ...] = (
    ("or_equivalent", "“or equivalent”: nobody says what is", frozenset({"equivalent", "equivalents", "equivalence"})),
    ("grade", "a letter grade or an average: marks here are from 0 to 100, and the letters of the source are not",
     frozenset({"grade", "grades", "gpa", "c-", "b-"})),
    ("advice", "advice, not a condition",
     frozenset({"recommended", "preferred", "desirable", "encouraged", "advised", "suggested", "expected"})),
    ("standing", "a standing that is no year of study, such as graduate or in a college",
     frozenset({"standing", "freshman", "freshmen", "undergraduate", "graduate", "honors"})),
    ("amount", "hours, semesters or courses of a subject, none of which is named",
     frozenset({"hour", "hours", "semester", "semesters", "year", "years", "course", "courses", "coursework",
                "level"})),
    ("restricted", "for the students of some program, which is told by its name",
     frozenset({"majors", "major", "minors", "minor", "students", "student", "enrolled", "enrollment", "admission",
                "admitted", "acceptance", "restricted", "program", "only", "concentration"})),
    ("other_consent", "the consent of somebody whom trees do not know",
     frozenset({"consent", "approval", "permission"})),
    ("proof", "a test, an audition or a requirement met elsewhere",
     frozenset({"audition", "test", "exam", "examination", "placement", "proficiency", "requirement", "interview",
                "certification", "license"})),
    ("knowledge", "knowledge or experience, which no record shows",
     frozenset({"knowledge", "experience", "familiarity", "background", "ability", "reading", "skills"})),
)  # fmt: skip
OTHER_WORDS = ("other_words", "words that the grammar does not know")


def reason_of(text: str) -> str:
    said = {token.text for token in tokens_of(text)}
    return next((code for code, _, words in REASONS if words & said), OTHER_WORDS[0])
