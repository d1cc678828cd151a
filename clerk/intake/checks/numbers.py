"""Numbers as exports write them: currency before or after, any decimal mark, any grouping.

Whether `1,250` is 1.25 or 1250 no cell says by itself. The column does: where one row is `0,250` or `12,5` the comma is
the decimal mark, where one is `1,250.00` it groups thousands. Cost: each different text once.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

import polars as pl

from clerk.intake.checks.written import words

Mark = Literal[",", "."]

LONGEST = 200
"""Bytes of a text that may be a number or a date."""

_LIKE = {
    "\u2212": "-", "\u2013": "-", "\u2014": "-", "\u2010": "-", "\u2011": "-", "\u2012": "-", "\ufe63": "-",
    "\uff0d": "-", "\uff0b": "+", "\uff08": "(", "\uff09": ")", "\uff0c": ",", "\uff0e": ".", "\u066b": ",",
    "\u066c": "'", "\u060c": ",", "\u2019": "'", "\u2018": "'", "\u02bc": "'", "\u00b4": "'", "`": "'", "\u2032": "'",
    "\uff07": "'", "\uffe5": "\u00a5", "\uff04": "$", "\uffe1": "\u00a3", "\uffe0": "\u00a2", "\uffe6": "\u20a9",
    "\uff0f": "/", "\uff1a": ":",
    # Japanese tills: a triangle is a minus, and the byte of the yen sign is read as a backslash.
    "\u25b2": "-", "\u25b3": "-", "\\": "\u00a5", "\uff3c": "\u00a5",
}  # fmt: skip
"""Characters that mean the same in a number as a plain one."""
_UNSEEN = "\u200b\u200e\u200f\u202a\u202b\u202c\u2066\u2067\u2068\u2069\ufeff\u061c"

_ONE_WAY = r"^-?[0-9]+(?:\.(?:[0-9]{1,2}|[0-9]{4,}))?$"
"""Most numbers: plain decimal text, and no three digits after the mark."""
_WHOLE = r"^[0-9]+$"
_SPACED = r"^[0-9]{1,3}(?:(?: [0-9]{3})+|(?:'[0-9]{3})+)(?:[.,][0-9]+)?$"
_COMMAS = r"^(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]{1,2}(?:,[0-9]{2})+,[0-9]{3})"
_DOTS = r"^[0-9]{1,3}(?:\.[0-9]{3})+"
_SINGLE = r"^[0-9]*[.,][0-9]+$"
_EITHER_WAY = r"^[1-9][0-9]{0,2}[.,][0-9]{3}$"
_EXPONENT = r"^[0-9]*[.,]?[0-9]+[eE][+-]?[0-9]{1,3}$"

_CURRENCY = r"^(?:{0})?(?:{1})?(?:{0})?$"
"""A currency by its code, its sign, or both."""
_PREVAILS = 10
"""A mark is the column's when it is proven this many times as often as the other: single slips prove nothing."""


@dataclass(frozen=True, slots=True)
class Proof:
    """What the texts of a column prove about its marks; proofs of several parts of a column are added up."""

    comma: int = 0
    """Rows in which a comma can only be the decimal mark."""
    dot: int = 0
    grouping_commas: int = 0
    """Rows in which commas can only group thousands."""
    grouping_dots: int = 0
    comma_doubtful: int = 0
    """Rows such as `1,250`, that may be read two ways."""
    dot_doubtful: int = 0

    def __add__(self, other: Proof) -> Proof:
        return Proof(*(getattr(self, name) + getattr(other, name) for name in self.__slots__))

    @property
    def mark(self) -> Mark | None:
        """The decimal mark of the column; None when nothing proves it, or when both are proven."""
        commas, dots = self.comma + self.grouping_dots, self.dot + self.grouping_commas
        if commas and commas >= _PREVAILS * dots:
            return ","
        return "." if dots and dots >= _PREVAILS * commas else None

    @property
    def is_doubtful(self) -> bool:
        """Whether a row may be read two ways, so that the column decides."""
        return self.comma_doubtful + self.dot_doubtful > 0

    @property
    def undecided(self) -> int:
        """Rows that may be read two ways in a column that does not settle it."""
        marks = ((",", self.comma_doubtful), (".", self.dot_doubtful))
        return sum(number for mark, number in marks if self.is_decimal(mark) is None)

    def is_decimal(self, mark: str) -> bool | None:
        """Whether a comma or dot before three digits is the decimal mark; None where the column does not settle it."""
        swapped = mark == "."
        here, there = (self.dot, self.comma) if swapped else (self.comma, self.dot)
        grouping, others = self.grouping_commas, self.grouping_dots
        if swapped:
            grouping, others = others, grouping
        # Where dots group, the comma is the decimal mark.
        decimal = here + others
        if decimal and grouping:
            less, more = sorted((decimal, grouping))
            return decimal > grouping if more >= _PREVAILS * less else None
        if decimal:
            # Both marks before other than three digits: a column put together by hand, where each is a decimal mark.
            return True if decimal * _PREVAILS >= there else None
        return False if grouping or there else None


def proof(texts: pl.Series) -> Proof:
    """What a column of numbers proves about its marks."""
    texts = texts.drop_nulls()
    plain = texts.str.contains(_ONE_WAY)
    dots = int(texts.filter(plain).str.contains(".", literal=True).sum())
    others = texts.filter(~plain)
    if others.is_empty():
        return Proof(dot=dots)
    return Proof(dot=dots) + _proof(_taken_apart(others), others)


def decimals(
    texts: pl.Series, mark: str | None = None, *, otherwise: str = ".", proven: Proof | None = None
) -> pl.Series:
    """Numbers as plain decimal text such as `-1234.5`; null for what is no number.

    What is given is read as the same number by any column: `1.25` has a fourth digit, `1.2500`, where it had three.

    Args:
        texts: as they are written; null and empty texts are no numbers.
        mark: the decimal mark, where it was stated; left out, the column proves it. A text that contradicts a stated
            mark is no number.
        otherwise: what decides where the column settles nothing: the decimal marks, which are a dot, a comma, both, or
            neither.
        proven: what the whole column proves, where `texts` is a part of it.
    """
    plainly = texts.str.contains(_ONE_WAY).fill_null(value=False)
    if plainly.all() and mark != ",":
        return texts
    apart = _taken_apart(texts.set(plainly, None) if mark != "," else texts)
    if mark is None:
        found = proven if proven is not None else proof(texts)
        settled = {one: found.is_decimal(one) for one in (",", ".")}
        commas, dots = (one in otherwise if told is None else told for one, told in settled.items())
    else:
        commas, dots = mark == ",", mark == "."
    core, shape = pl.col("core"), pl.col("shape")
    comma = core.str.contains(",", literal=True)
    is_decimal = pl.when(comma).then(pl.lit(commas)).otherwise(pl.lit(dots))
    swapped = core.str.replace_all(".", "", literal=True).str.replace(",", ".", literal=True)
    bare = core.str.replace_all(r"[,' ]", "")
    plain = (
        pl.when(shape.is_in(["whole", "commas", "commas."])).then(bare)
        .when(shape == "dots").then(core.str.replace_all(".", "", literal=True))
        .when(shape == "dots,").then(swapped)
        .when(shape.is_in(["single", "exponent", "spaced"]))
        .then(core.str.replace_all(r"[' ]", "").str.replace(",", ".", literal=True))
        .when((shape == "either") & is_decimal).then(core.str.replace(",", ".", literal=True))
        .when((shape == "either") & ~is_decimal).then(core.str.replace_all(r"[.,]", ""))
    )  # fmt: skip
    if mark is not None:
        wrong = "," if mark == "." else "."
        spoken = shape.is_in(["single", "exponent", "spaced"]) & core.str.contains(wrong, literal=True)
        against = spoken | (shape.is_in(["dots", "dots,"] if mark == "." else ["commas", "commas."]))
        allowed = ~against
    else:
        allowed = pl.lit(value=True)
    signed = pl.when(pl.col("negative")).then(pl.concat_str([pl.lit("-"), plain])).otherwise(plain)
    read = apart.select("text", read=in_one_way(pl.when(allowed).then(signed)))
    found_all = texts.replace_strict(read["text"], read["read"], default=None, return_dtype=pl.String)
    return found_all if mark == "," else texts.zip_with(plainly, found_all)


def in_one_way(plain: pl.Expr) -> pl.Expr:
    """Plain decimal text that no column reads in another way: three digits after the mark become four."""
    return pl.when(plain.str.contains(r"^-?[1-9][0-9]{0,2}\.[0-9]{3}$")).then(plain + "0").otherwise(plain)


def as_text(numbers: pl.Series) -> pl.Series:
    """Numbers as plain decimal text that every column reads as these numbers; null where there is none."""
    return numbers.cast(pl.String).to_frame("text").select(in_one_way(pl.col("text"))).to_series().alias(numbers.name)


def plain_text(text: str) -> str:
    """A text with the digits 0 to 9, plain marks and plain blanks, whatever script it is in."""
    made = []
    for letter in text:
        digit = unicodedata.decimal(letter, None)
        if digit is not None:
            made.append(str(digit))
        elif letter not in _UNSEEN:
            made.append(_LIKE.get(letter, " " if letter.isspace() else letter))
    return "".join(made).strip()


def in_plain_text(texts: pl.Series) -> pl.Series:
    """`plain_text` of each. Cost: only what is beyond ASCII is looked at one by one."""
    odd = texts.str.contains(r"[^ -\[\]-_a-~]").fill_null(value=False)
    if not odd.any():
        return texts
    strange = texts.filter(odd).unique()
    return texts.replace(strange, pl.Series([plain_text(text) for text in strange], dtype=pl.String))


def _taken_apart(texts: pl.Series) -> pl.DataFrame:
    """Each different text: text, core (its digits and marks), negative, shape (null when it is no number)."""
    different = texts.drop_nulls().unique()
    different = different.filter(different.str.len_bytes() <= LONGEST)
    plain = in_plain_text(different).str.strip_chars().str.to_lowercase()
    frame = pl.DataFrame({"text": different, "all": plain}).with_columns(
        pl.col("all")
        .str.extract_groups(r"^(?<before>[^0-9]*)(?<core>[0-9](?:.*[0-9])?)(?<after>[^0-9]*)$")
        .struct.unnest()
    )
    # `-.50` has a mark before its first digit, `Fr.50` an abbreviation.
    leading = pl.col("before").str.extract(r"(?:^|[^\p{L}/.,])([.,])$")
    frame = frame.with_columns(
        core=pl.concat_str([leading.fill_null(""), "core"]),
        before=pl.when(leading.is_null()).then("before").otherwise(pl.col("before").str.head(-1)),
    )
    # `12,-` and `12.--` are prices without cents, `12.00-` is less than nothing.
    after = pl.col("after").str.replace(r"^(?:[.,]-{0,2}|-{2})", "")
    signs = pl.concat_str(["before", after]).str.replace_all(r"[^()+\-]", "")
    bracketed = signs.str.contains(r"^[+-]?\(") & signs.str.contains(r"\)$")
    known = _CURRENCY.format("|".join(words().codes), "|".join(map(re.escape, words().currencies)))
    # A price may be one of a kilogramme, `12,50 €/kg`, and a quantity one of kilogrammes.
    last = _word(after)
    each = last.str.extract(r"/(.*)$")
    right = (
        signs.is_in(["", "-", "+", "()", "(-)", "-()"])
        & _word(pl.col("before")).str.contains(known)
        & (
            last.str.contains(known)
            | last.is_in(words().units)
            | (each.is_in(words().units) & last.str.replace(r"/[^/]*$", "").str.contains(known))
        )
    )
    core = pl.col("core")
    either = core.str.contains(_EITHER_WAY)
    shape = (
        pl.when(~right | pl.col("core").is_null()).then(None)
        .when(core.str.contains(_WHOLE)).then(pl.lit("whole"))
        .when(either).then(pl.lit("either"))
        .when(core.str.contains(_SINGLE)).then(pl.lit("single"))
        .when(core.str.contains(_SPACED)).then(pl.lit("spaced"))
        .when(core.str.contains(_COMMAS + r"\.[0-9]+$")).then(pl.lit("commas."))
        .when(core.str.contains(_COMMAS + "$")).then(pl.lit("commas"))
        .when(core.str.contains(_DOTS + ",[0-9]+$")).then(pl.lit("dots,"))
        .when(core.str.contains(_DOTS + "$")).then(pl.lit("dots"))
        .when(core.str.contains(_EXPONENT)).then(pl.lit("exponent"))
    )  # fmt: skip
    return frame.select("text", core, negative=signs.str.contains("-", literal=True) | bracketed, shape=shape)


def _proof(apart: pl.DataFrame, texts: pl.Series) -> Proof:
    """What texts prove, each as often as it is there."""
    rows = texts.value_counts(name="rows").rename({texts.name: "text"})
    shape, core = pl.col("shape"), pl.col("core")
    comma, dot = core.str.contains(",", literal=True), core.str.contains(".", literal=True)
    single = shape.is_in(["single", "exponent", "spaced"])
    told = {
        "comma": single & comma,
        "dot": single & dot,
        "grouping_commas": shape.is_in(["commas", "commas."]),
        "grouping_dots": shape.is_in(["dots", "dots,"]),
        "comma_doubtful": (shape == "either") & comma,
        "dot_doubtful": (shape == "either") & dot,
    }
    counted = apart.join(rows, on="text").select(
        pl.col("rows").filter(what).sum().alias(name) for name, what in told.items()
    )
    return Proof(**counted.row(0, named=True))


def _word(text: pl.Expr) -> pl.Expr:
    """Letters and signs of a currency or unit, without dots, blanks and arithmetic signs."""
    return text.str.replace_all(r"[\s.,'()+\-]", "")
