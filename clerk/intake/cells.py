"""Cells of exports into the forms that canonical tables have: ids out of names, phones, e-mails."""

from __future__ import annotations

import re
import unicodedata

import polars as pl

from clerk.phone import digits_of
from clerk.text import clean

_SLUG_LETTERS = 100


def slug(text: str) -> str:
    """An id made of a name, for things that have none: `Jasmine Pearls - 50 g` is `jasmine-pearls-50-g`."""
    plain = unicodedata.normalize("NFKD", clean(text, 200)).encode("ascii", "ignore").decode().lower()
    made = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:_SLUG_LETTERS]
    # Names in other scripts have no plain letters; they stand for themselves.
    return made or re.sub(r"\s+", "-", clean(text, _SLUG_LETTERS).lower())


def slugs(texts: pl.Series) -> pl.Series:
    """`slug` of each. Cost: each different text once."""
    different = texts.unique()
    return texts.replace(different, pl.Series([slug(text) for text in different], dtype=pl.String))


def e_mail(text: str) -> str:
    """An e-mail address for comparison; empty when it is none."""
    plain = text.strip().lower()
    return plain if re.fullmatch(r"[^@\s]{1,64}@[^@\s]{1,190}", plain) else ""


def id_digits(phone: str) -> str:
    """The digits of a phone number that make a member id when nothing else is known; empty for none.

    Not how numbers are compared, which is `clerk.phone`: ids that were made once must come out the same every night.
    """
    if not digits_of(phone):
        return ""
    plain = phone.strip().lstrip("'")
    digits = "".join(letter for letter in plain if letter in "0123456789")
    if not 7 <= len(digits) <= 15:
        return ""
    if plain.startswith("+"):
        return "+" + digits
    return "+" + digits[2:] if digits.startswith("00") else digits
