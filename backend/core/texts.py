"""This file holds text as it is searched: folded, and compared byte by byte."""

import unicodedata
from typing import Any

from django.db import models
from django.db.models import F, Func, Value


def folded(text: str) -> str:
    """Lower case without accents or doubled blanks: "  Chipo  MOYÓ" is found by "chipo moyo"."""
    if text.isascii():
        return " ".join(text.lower().split())
    plain = unicodedata.normalize("NFKD", text).casefold()
    letters = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return " ".join(letters.split())


def words_of(text: str) -> list[str]:
    """The words of a folded text; the parts of a double name are words of their own."""
    return text.replace("-", " ").split() or [text]


class FoldedField(models.TextField):
    """What a row is found by: its sources, folded and joined. A search is the beginning of this text, or the
    beginnings of its words in any order where the model has `WordField`s of it.

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


class WordField(models.GeneratedField):
    """One word of a folded text, by its place. The database keeps it, however the row came.

    Words stand in columns of their own because only a plain column COLLATE "C" is looked up by its beginning under row
    security; a table of words would cost more rows than there are people. Most people have few: index it where it is
    not empty, as the search asks (`by_word`).
    """

    derived = True

    def __init__(self, *, of: str, place: int, **options: Any) -> None:
        self.of, self.place = of, place
        words = Func(F(of), Value("-"), Value(" "), function="translate")
        word = Func(words, Value(" "), Value(place), function="split_part", output_field=models.TextField())
        given = {"expression": word, "output_field": models.TextField(db_collation="C"), "db_persist": True}
        super().__init__(**{**options, **given})

    def deconstruct(self) -> tuple[str, str, list, dict[str, Any]]:
        name, path, args, options = super().deconstruct()
        for given in ("expression", "output_field", "db_persist", "editable", "blank"):
            options.pop(given, None)
        return name, path, args, {**options, "of": self.of, "place": self.place}

    def pre_save(self, model_instance: models.Model, add: bool) -> None:
        """Nothing: the database works it out."""


def by_word(field: str, name: str) -> models.Index:
    """The index by which a word is found."""
    return models.Index(fields=["institution", field], name=name, condition=models.Q(**{f"{field}__gt": ""}))
