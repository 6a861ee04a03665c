"""This file holds which feed a token opens."""

from academic.feeds.links import digest_of, institution_of
from academic.feeds.models import VIEW, Feed
from core.errors import NotVisible
from users.roles.actors import actor_of


def live_feed(token: str) -> Feed:
    """The feed of a token that was not revoked, while its person may see what it tells. Call it where it lies."""
    live = Feed.objects.filter(institution_id=institution_of(token), digest=digest_of(token), revoked_at=None)
    feed = live.filter(account__is_active=True).select_related("institution", "account").first()
    if feed is None or not Feed.objects.visible_to(actor_of(feed.account), VIEW).filter(pk=feed.pk).exists():
        raise NotVisible()
    return feed
