"""Cells of exports into the forms that canonical tables have: ids out of names, money, moments, phones, e-mails."""

from __future__ import annotations

import re
import unicodedata
from zoneinfo import ZoneInfo

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


def money(text: pl.Expr) -> pl.Expr:
    """`$8.00`, `-$12.00`, `($3.00)`, `12.00-`, `1.234,50` as a plain decimal number in text; empty where it is none."""
    bare = text.str.replace_all("\u2212", "-", literal=True).str.replace_all(r"[^0-9,.()\-]", "")
    negative = bare.str.contains("[-(]")
    digits = bare.str.replace_all(r"[()\-]", "")
    comma_last = digits.str.contains(r",\d{1,2}$") | digits.str.contains(r"\..*,\d+$") | (
        digits.str.contains(r"^0,\d+$")
    )  # fmt: skip
    continental = digits.str.replace_all(".", "", literal=True).str.replace(",", ".", literal=True)
    plain = pl.when(comma_last).then(continental).otherwise(digits.str.replace_all(",", "", literal=True))
    whole = plain.str.contains(r"^\d*\.?\d*$") & plain.str.contains(r"\d")
    sign = pl.when(negative).then(pl.lit("-")).otherwise(pl.lit(""))
    return pl.when(whole).then(pl.concat_str([sign, plain])).otherwise(pl.lit(""))


def amounts(texts: pl.Series) -> pl.Series:
    """`money` of each as a number, null where it is none. Cost: each different text once; prices repeat."""
    different = pl.DataFrame({"text": texts.unique()})
    read = different.with_columns(amount=money(pl.col("text")).cast(pl.Float64, strict=False))
    return pl.DataFrame({"text": texts}).join(read, on="text", how="left", maintain_order="left")["amount"]


def moments_with_offset(texts: pl.Series, zone: ZoneInfo | None) -> pl.Series:
    """`2025-10-07 09:50:26 +0200` as the store's wall time, ISO 8601; a text of another form stays as it is.

    Without a zone the time counts as it is written: exports are written in the shop's own.
    """
    wall = texts.str.extract(r"^(\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d) ?(?:[+-]\d\d:?\d\d|UTC|Z)$")
    if zone is not None:
        offset = texts.str.replace(r" ?(UTC|Z)$", " +0000").str.replace(r":(\d\d)$", "${1}").str.replace("T", " ")
        moments = offset.str.to_datetime("%Y-%m-%d %H:%M:%S %z", strict=False, time_unit="us", time_zone="UTC")
        local = moments.dt.convert_time_zone(str(zone)).dt.strftime("%Y-%m-%d %H:%M:%S")
        wall = local.zip_with(wall.is_not_null() & local.is_not_null(), wall)
    return wall.zip_with(wall.is_not_null(), texts)


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
