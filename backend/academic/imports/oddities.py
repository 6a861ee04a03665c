"""This file holds how an import tells what is odd in its source: by kind, with a count and examples."""

from dataclasses import dataclass

EXAMPLES = 3


@dataclass(frozen=True, slots=True)
class Example:
    """One line that is odd."""

    file: str
    line: int
    key: str


@dataclass(frozen=True, slots=True)
class Oddity:
    """One kind of odd line: how many there are, and the first of them."""

    kind: str
    meaning: str
    count: int
    examples: tuple[Example, ...]
