"""This file holds what a worker does about timetables: it tells those whom a publication concerns."""

from academic.timetables.events import TimetablePublished
from academic.timetables.models import TimetablePublication
from academic.timetables.publishing import to_tell
from core.mail.posting import post
from core.outbox.events import announce, hears

AT_ONCE = 200  # so that one transaction, and one lease of the outbox, never grows with the institution


@hears(TimetablePublished)
def tell(event: TimetablePublished) -> None:
    """Write to the next people, each once whatever changed for them, and leave the others to a message of their own."""
    publication = TimetablePublication.objects.select_related("term").filter(pk=event.publication_id).first()
    if publication is None:
        return
    people = to_tell(event.institution_id, publication.pk, event.after, AT_ONCE)
    for _, name, email, classes in people:
        post("timetable-published", email, name=name, term=publication.term.name, classes=classes)
    if len(people) == AT_ONCE:
        announce(TimetablePublished(event.institution_id, publication.pk, people[-1][0]))
