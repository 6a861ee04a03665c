"""This file holds how an identifier is written before it is compared."""

import unicodedata

# Of ASCII, which most identifiers are: what is neither letter nor digit. One call takes it all out.
SIGNS = dict.fromkeys(code for code in range(128) if not chr(code).isalnum())


def normalized(text: str) -> str:
    """NFKC, upper case, letters and digits only: "63-123456 a 42" and "63123456A42" are one identifier."""
    if text.isascii():
        return text.translate(SIGNS).upper()
    return "".join(letter for letter in unicodedata.normalize("NFKC", text).upper() if letter.isalnum())
