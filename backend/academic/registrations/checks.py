"""This file holds the checks of a registration in words: what failed, what would satisfy it, and who may waive it."""

from typing import Any, NamedTuple

from academic.calendar.windows import HOURS
from academic.waivers.rules import WAIVED_BY


class Failure(NamedTuple):
    """One check that failed, as the verdict found it."""

    check: str
    code: str
    figures: dict[str, Any]

    @property
    def words(self) -> "Words":
        return OF_REQUISITES if self.check == "requisites" else WORDS[self.code]

    @property
    def message(self) -> str:
        return self.words.sentence.format(**self.figures)

    @property
    def remedy(self) -> str:
        """What would satisfy the check."""
        return self.words.remedy.format(**self.figures)

    @property
    def waived_by(self) -> str | None:
        """The permission of those who may waive it; None where nobody may."""
        return WAIVED_BY.get(self.check)

    @property
    def field(self) -> str:
        return "enrollment" if self.code in OF_THE_STUDENT else "section"


class Words(NamedTuple):
    """A failed check in words, with holes for its figures."""

    sentence: str
    remedy: str


# Requisites bring their own words.
OF_REQUISITES = Words("{message}", "{remedy}")
# In the order in which they are asked: verdict.sql.
CHECKS = ("once", "window", "holds", "program", "linked", "same_course", "requisites", "load", "time_clash", "seats")
OF_THE_STUDENT = {"hold", "enrollment_ended", "enrollment_not_begun", "enrollment_paused"}
WORDS = {
    "already_registered": Words(
        "This student is registered in this section.",
        "Nothing is to be done; who withdrew from it is reinstated, or waits for a seat.",
    ),
    "window_shut": Words(
        HOURS,
        "Register while it is open. A re_registration window is for who was registered here in an earlier term, and "
        "the register window beside it for who is new.",
    ),
    "section_over": Words(
        "This section ended on {ends_on}.",
        "Choose a section that has not ended; of who was in this one, the registry states registered_on.",
    ),
    "hold": Words(
        "There is a {kind} hold since {starts_on}, which blocks registration.",
        "Settle what it is about; then the office that placed it lifts it.",
    ),
    "enrollment_ended": Words("This enrollment has ended.", "Register under an enrollment that is open."),
    "enrollment_not_begun": Words(
        "This enrollment begins on {enrolled_on}.",
        "Register for a section that begins then or later, or under an enrollment that has begun.",
    ),
    "enrollment_paused": Words("This enrollment is {status}.", "The enrollment becomes active first."),
    "section_shut": Words("This section is {status}.", "Choose a section that is planned or open."),
    "whole_missing": Words("It is a part of section {code}.", "Register for section {code} too."),
    "other_part": Words("This student is in the {kind} {code} already.", "Swap that registration for this section."),
    "part_missing": Words(
        "This section has parts: one {kind} is taken with it.",
        "Take one of {parts} in the same call: /academic/registrations/cohort/, or `parts` of a swap or an offer.",
    ),
    "torn_apart": Words(
        "It was asked for together with section {sections}, which was refused.", "Choose another section instead."
    ),
    "already_in_course": Words(
        "This student takes {code} in section {section} in this term already.",
        "Swap that registration for this section (/academic/registrations/{registration}/swap/).",
    ),
    "too_many_credits": Words(
        "With its {credits} credits there would be more than {most} in this term: {taken} are taken.",
        "Drop another course of this term, or choose one of fewer credits.",
    ),
    "time_clash": Words(
        "It meets at the same time as {code}, section {section}, first on {at}; {times} times in all.",
        "Choose a section at another time.",
    ),
    "full_together": Words(
        "{held} of the {capacity} seats of all who meet together are taken or offered to those who waited.",
        "Choose another section, or join the waitlist.",
    ),
    "full": Words(
        "No seat is free: of {capacity}, {taken} are taken, {reserved} reserved for others and {offered} offered to "
        "those who waited; {waiting} wait.",
        "Choose another section, or join the waitlist.",
    ),
}
