"""This file holds how an identifier is written before it is compared."""

import unicodedata


def normalized(text: str) -> str:
    """NFKC, upper case, letters and digits only: "63-123456 a 42" and "63123456A42" are one identifier."""
    return "".join(letter for letter in unicodedata.normalize("NFKC", text).upper() if letter.isalnum())
