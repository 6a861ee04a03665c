"""This file holds text as it is searched: folded, and compared byte by byte."""

import unicodedata
from typing import Any

from django.db import models


def folded(text: str) -> str:
    """Lower case without accents or doubled blanks: "  Chipo  MOYÓ" is found by "chipo moyo"."""
    if text.isascii():
        return " ".join(text.lower().split())
    plain = unicodedata.normalize("NFKD", text).casefold()
    letters = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return " ".join(letters.split())


class FoldedField(models.TextField):
    """What a row is found by: its sources, folded and joined. A search is the beginning of this text.

    Kept COLLATE "C", so that `^@` (starts with) can walk an index: LIKE and trigrams can't under row security.
    """

    derived = True

    def __init__(self, *, sources: tuple[str, ...], **options: Any) -> None:
        self.sources = tuple(sources)
        super().__init__(**{"editable": False, "default": "", "db_collation": "C", **options})

    def deconstruct(self) -> tuple[str, str, list, dict[str, Any]]:
        name, path, args, options = super().deconstruct()
        for given in ("editable", "default", "db_collation"):
            options.pop(given, None)
        return name, path, args, {**options, "sources": self.sources}

    def pre_save(self, model_instance: models.Model, add: bool) -> str:
        text = folded(" ".join(str(getattr(model_instance, source) or "") for source in self.sources))
        setattr(model_instance, self.attname, text)
        return text
