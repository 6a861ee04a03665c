"""This file holds how an e-mail address becomes a login name, and which addresses only look like another one."""

import unicodedata
from typing import Any

from django.db import models

# Letters of other alphabets, and rare Latin ones, each followed by the plain letter that it looks like.
PAIRS = (
    "аa вb ԁd еe һh іi јj кk ӏl мm нh оo рp ԛq сc ѕs тt ѵv ԝw хx уy үy ьb ԍg пn гr шw "  # noqa: RUF001 (Cyrillic)
    "αa βb γy εe ηn ιi κk νv οo ρp σo τt υu χx ωw ϳj μu "  # noqa: RUF001 (Greek)
    "օo սu ոn հh ցg զq յj գq "  # noqa: RUF001 (Armenian)
    "ıi ɑa ɡg ɩi ɪi ʟl łl øo đd ħh ŧt ɓb ɗd ɢg ʀr ʏy ɴn ʋu"  # noqa: RUF001 (Latin)
)
LOOKALIKES = str.maketrans({pair[0]: pair[1] for pair in PAIRS.split()})
# Letters by their category, and nothing to see.
BLANK_LETTERS = frozenset("\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
WRITTEN_TOGETHER = ({"CJK", "HIRAGANA", "KATAKANA"}, {"CJK", "HANGUL"}, {"CJK", "BOPOMOFO"})


def as_login(address: str) -> str:
    """NFKC and case folded, so that one mailbox is one account however it is typed."""
    return unicodedata.normalize("NFKC", address.strip()).casefold()


def is_deceptive(address: str) -> bool:
    """Whether an address passes for what it is not: alphabets mixed in one word, a word of another alphabet that reads
    as Latin, or characters that can't be seen. Domains are read as they are shown, not in their ASCII form (`xn--`).
    """
    local, _, domain = as_login(address).rpartition("@")
    words = [*local.split("."), *(word for label in domain.split(".") for word in shown(label).split("."))]
    return any(deceives(word) for word in words if not word.isascii())


def could_be_confused(one: str, other: str) -> bool:
    """Whether two different addresses look the same. Two of plain ASCII never do."""
    one, other = as_login(one), as_login(other)
    return one != other and shape_of(one) == shape_of(other)


def shape_of(address: str) -> str:
    """What an address looks like: plain letters in place of lookalikes, no accents. Plain ASCII is its own shape."""
    local, at, domain = as_login(address).rpartition("@")
    visible = local + at + ".".join(map(shown, domain.split(".")))
    letters = unicodedata.normalize("NFKD", visible.translate(LOOKALIKES))
    return "".join(one for one in letters.translate(LOOKALIKES) if not unicodedata.combining(one) and not is_blank(one))


def shown(label: str) -> str:
    """A label of a domain as people see it. One that only pretends to be encoded stays as it is."""
    if not label.startswith("xn--"):
        return label
    try:
        return as_login(label[4:].encode("ascii").decode("punycode"))
    except UnicodeError:
        return label


def deceives(word: str) -> bool:
    others = [one for one in word if not one.isascii()]
    if any(is_blank(one) or unicodedata.category(one)[0] not in "LM" for one in others):
        return True
    scripts = {unicodedata.name(one).split()[0] for one in others}
    if any(one.isalpha() for one in word if one.isascii()):
        scripts.add("LATIN")
    is_one = len(scripts) == 1 or any(scripts <= allowed for allowed in WRITTEN_TOGETHER)
    return not is_one or (scripts != {"LATIN"} and shape_of(word).isascii())


def is_blank(letter: str) -> bool:
    return letter in BLANK_LETTERS or unicodedata.category(letter)[0] in "CZ"


class AddressShapeField(models.CharField):
    """What the address of a row looks like, so that no two rows have addresses that look the same."""

    derived = True

    def __init__(self, *, source: str, **options: Any) -> None:
        self.source = source
        super().__init__(**{"editable": False, "max_length": 254, **options})

    def deconstruct(self) -> tuple[str, str, list, dict[str, Any]]:
        name, path, args, options = super().deconstruct()
        return name, path, list(args), {**options, "source": self.source}

    def pre_save(self, model_instance: models.Model, add: bool) -> str:
        shape = shape_of(getattr(model_instance, self.source))[: self.max_length]
        setattr(model_instance, self.attname, shape)
        return shape
