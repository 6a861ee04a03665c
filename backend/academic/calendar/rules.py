"""This file holds what may happen to a term, to exceptions from it, to holidays and to windows.

What sections meet on follows in the same transaction: no day of the calendar says one thing and the timetable another.
"""

from datetime import date, timedelta
from typing import Any

from django.db.models import F
from django.utils import timezone

from academic.calendar.followers import follow_holidays, follow_term
from academic.calendar.holding import hold_timetable, hold_timetable_of
from academic.calendar.models import Holiday, Term, TermException, Window
from academic.calendar.windows import outside, refuse_outside
from core.actor import Actor
from core.errors import RuleBroken
from core.periods import overlapping
from core.rules import rule

CHANGE = "academic.change_term"
MOST_SHIFT = timedelta(days=120)  # of an exception, from the first or last day of its term
LONGEST_HOLIDAY = timedelta(days=120)
ORDER = [Term.Kind.YEAR, Term.Kind.TERM, Term.Kind.SUB_TERM]


@rule("academic.term.added", needs="academic.add_term")
def add_term(actor: Actor, *, parent: Term | None = None, **fields: Any) -> Term:
    """Add a year, a term or a part of a term. A part is of the track of its whole unless another is named."""
    inherited = {"track": parent.track} if parent else {}
    return settled(Term(institution_id=actor.at_home(), parent=parent, **{**inherited, **fields}))


@rule("academic.term.changed", needs=CHANGE, first=hold_timetable_of)
def change_term(actor: Actor, term: Term, **fields: Any) -> Term:
    """Change a term, not its kind. Its parts stay within its days, and it within those of its whole.

    Its weeks are counted anew: what meets in some of them follows, and goes on meeting.
    """
    days = term.starts_on, term.ends_on
    for name, value in fields.items():
        setattr(term, name, value)
    settled(term)
    refuse_windows_outside(term)
    for exception in term.exceptions.select_related("program"):
        refuse_far(exception, term)
    if days != (term.starts_on, term.ends_on):
        follow_term(term.institution_id, term.pk, "ends_on" if term.starts_on == days[0] else "starts_on")
    return term


def settled(term: Term) -> Term:
    """The term, saved where it fits; what it does not fit with is named."""
    term.clean_fields()
    term.clean()
    refuse_other_nesting(term)
    others = Term.objects.filter(institution_id=term.institution_id, kind=term.kind, track=term.track)
    other = others.exclude(pk=term.pk).filter(overlapping(term.starts_on, term.ends_on)).first()
    if other:
        track = f" of the track {term.track}" if term.track else ""
        words = f"It shares days with {other.told}: two of one kind{track} share none."
        raise RuleBroken("terms_overlap", words, field="starts_on")
    return term.save_checked()


def refuse_windows_outside(term: Term) -> None:
    """Windows keep near the days of their term when those change."""
    for window in term.windows.select_related("institution", "section"):
        if told := outside(window, term):
            end, words = told
            field = "starts_on" if end == "opens" else "ends_on"
            raise RuleBroken("windows_outside", f"A window of it ({window.kind}) would not fit: {words}", field=field)


def refuse_other_nesting(term: Term) -> None:
    """A part is of a lower kind than its whole and lies within its days; the database says so too."""
    parent = term.parent
    if parent and ORDER.index(Term.Kind(term.kind)) <= ORDER.index(Term.Kind(parent.kind)):
        kinds = f"a {parent.get_kind_display().lower()}", f"a {term.get_kind_display().lower()}"
        raise RuleBroken("kind_not_below", f"{parent.code} is {kinds[0]}: {kinds[1]} is no part of it.", field="parent")
    if parent and not (parent.starts_on <= term.starts_on and term.ends_on <= parent.ends_on):
        field = "starts_on" if term.starts_on < parent.starts_on else "ends_on"
        raise RuleBroken("outside_parent", f"It lies within the days of {parent.told}.", field=field)
    outside = term.parts.exclude(starts_on__gte=term.starts_on, ends_on__lte=term.ends_on).first()
    if outside:
        field = "starts_on" if outside.starts_on < term.starts_on else "ends_on"
        raise RuleBroken("parts_outside", f"Its part {outside.told} would lie outside it.", field=field)


@rule("academic.term_exception.made", needs=CHANGE)
def add_exception(actor: Actor, *, term: Term, **fields: Any) -> TermException:
    """Let a term have other days for one program."""
    hold_timetable(term.institution_id)
    return excepted(TermException(institution_id=term.institution_id, term=term, **fields))


@rule("academic.term_exception.changed", needs=CHANGE, first=hold_timetable_of)
def change_exception(actor: Actor, exception: TermException, **fields: Any) -> TermException:
    """Change the days of an exception, not whose it is."""
    for name, value in fields.items():
        setattr(exception, name, value)
    return excepted(exception)


@rule("academic.term_exception.removed", needs=CHANGE, first=hold_timetable_of)
def remove_exception(actor: Actor, exception: TermException) -> None:
    """Let a program have the days of the term again."""
    # Feeds count it with the windows of its program: what they tell of these goes on counting upward.
    windows = Window.objects.filter(institution=exception.institution_id, term=exception.term_id, section=None)
    windows.filter(program=exception.program_id).update(
        version=F("version") + exception.version + 1, updated_at=timezone.now()
    )
    exception.delete()
    refuse_windows_outside(exception.term)
    follow_term(exception.institution_id, exception.term_id, None)


def excepted(exception: TermException) -> TermException:
    """The exception, saved where it is one: it begins and ends near the days of its term."""
    exception.clean()
    refuse_far(exception, exception.term)
    exception.save_checked()
    refuse_windows_outside(exception.term)
    follow_term(exception.institution_id, exception.term_id, "starts_on")
    return exception


def refuse_far(exception: TermException, term: Term) -> None:
    """An exception keeps near the days of its term; the database says so too."""
    for name, what in (("starts_on", "starts"), ("ends_on", "ends")):
        usual, own = getattr(term, name), getattr(exception, name)
        if abs(own - usual) > MOST_SHIFT:
            words = f"The term {what} on {usual}: an exception {what} within {MOST_SHIFT.days} days of that."
            raise RuleBroken("far_from_the_term", words, field=name)


@rule("academic.holiday.declared", needs=CHANGE)
def add_holiday(actor: Actor, **fields: Any) -> Holiday:
    """Declare a holiday or a break of an institution. What would meet on its days does not, unless moved by hand.

    Refused where something was moved by hand to one of them: move or cancel that first.
    """
    hold_timetable(actor.at_home())
    return declared(Holiday(institution_id=actor.at_home(), **fields))


@rule("academic.holiday.changed", needs=CHANGE, first=hold_timetable_of)
def change_holiday(actor: Actor, holiday: Holiday, **fields: Any) -> Holiday:
    """Change a holiday that was not canceled. What meets on days that are none any more takes its time again."""
    refuse_canceled(holiday)
    days = holiday.starts_on, holiday.ends_on
    for name, value in fields.items():
        setattr(holiday, name, value)
    return declared(holiday, *days)


@rule("academic.holiday.canceled", needs=CHANGE, first=hold_timetable_of)
def cancel_holiday(actor: Actor, holiday: Holiday) -> Holiday:
    """Cancel a holiday: its days are taught. Calendars that show it are told.

    Refused where a room, a lecturer or a cohort was taken meanwhile: move that first.
    """
    refuse_canceled(holiday)
    holiday.change(is_canceled=True)
    follow_holidays(holiday.institution_id, holiday.starts_on, holiday.ends_on)
    return holiday


def declared(holiday: Holiday, *days_before: date) -> Holiday:
    """The holiday, saved, with the timetable that follows from it."""
    if holiday.ends_on - holiday.starts_on > LONGEST_HOLIDAY:
        words = f"A holiday lasts at most {LONGEST_HOLIDAY.days} days."
        raise RuleBroken("holiday_too_long", words, field="ends_on")
    holiday.save_checked()
    days = holiday.starts_on, holiday.ends_on, *days_before
    follow_holidays(holiday.institution_id, min(days), max(days))
    return holiday


def refuse_canceled(holiday: Holiday) -> None:
    if holiday.is_canceled:
        raise RuleBroken("holiday_canceled", f"{holiday.name} was canceled: declare it anew.")


@rule("academic.window.opened", needs=CHANGE)
def add_window(actor: Actor, *, term: Term, **fields: Any) -> Window:
    """Say when something may be done in a term, or for one program or section of it."""
    return opened(Window(institution_id=term.institution_id, term=term, **fields))


@rule("academic.window.changed", needs=CHANGE)
def change_window(actor: Actor, window: Window, **fields: Any) -> Window:
    """Change when a window opens and closes, not what it is of."""
    for name, value in fields.items():
        setattr(window, name, value)
    return opened(window)


@rule("academic.window.removed", needs=CHANGE)
def remove_window(actor: Actor, window: Window) -> None:
    """Remove a window: what holds besides it holds again, or there is no limit of its kind."""
    window.delete()


def opened(window: Window) -> Window:
    if window.section and window.section.term_id != window.term_id:
        raise RuleBroken("section_of_another_term", f"The section is not of {window.term.code}.", field="section")
    window.save_checked()
    refuse_outside(window)  # whose two ends are known to be there now
    return window
