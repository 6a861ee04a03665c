"""This file holds how somebody gets a feed, and ends it."""

from django.utils import timezone

from academic.feeds.links import address_of, digest_of, new_token
from academic.feeds.models import VIEW, Feed
from core.actor import Actor
from core.errors import RuleBroken
from core.rules import rule


@rule("academic.feed.made", needs=VIEW)
def make_feed(actor: Actor, *, kind: Feed.Kind = Feed.Kind.CALENDAR) -> Feed:
    """Make a secret link for oneself. It is in the answer, and nowhere else afterwards."""
    if actor.id is None or actor.client:
        raise RuleBroken("account_needed", "A link is made by a person, for that person's own calendar.")
    institution = actor.at_home()
    token = new_token(institution)
    feed = Feed(institution_id=institution, account_id=actor.id, kind=kind, digest=digest_of(token)).save_checked()
    feed.url = address_of(token)
    return feed


@rule("academic.feed.revoked", needs=VIEW)
def revoke_feed(actor: Actor, feed: Feed) -> Feed:
    """End a link: whoever holds it reads nothing from now on."""
    if feed.revoked_at:
        raise RuleBroken("already_revoked", "This link was revoked before.")
    return feed.change(revoked_at=timezone.now())
