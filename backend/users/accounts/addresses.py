"""This file holds how an e-mail address becomes a login name."""

import unicodedata


def as_login(address: str) -> str:
    """NFKC and case folded, so that one mailbox is one account however it is typed."""
    return unicodedata.normalize("NFKC", address.strip()).casefold()
