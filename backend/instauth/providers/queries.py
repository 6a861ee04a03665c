"""This file holds what everybody may know of identity providers."""

from instauth.providers.models import IdentityProvider


def offered_providers() -> list[IdentityProvider]:
    """The providers by which people sign in, by the names of their institutions."""
    found = IdentityProvider.objects.offered().select_related("institution")
    return list(found.order_by("institution__name", "name"))
