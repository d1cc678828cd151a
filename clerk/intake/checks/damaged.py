"""Damaged identifiers in columns: found by `clerk.identifiers.damaged`, left out or set aside, and counted.

Only values that may be damaged are looked at one by one: the patterns below are wider than the rule.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import polars as pl

from clerk.identifiers.damaged import ERROR, EXPONENT, damage, listed

REMEDY = "export it again, and do not open it in a spreadsheet"
_OF_SPREADSHEETS = (EXPONENT, ERROR)
_BY_SPREADSHEET = r"[0-9][.,0-9]*\s*[eE]\s*[+-]?\s*[0-9]|#"
"""Text without this was not damaged by a spreadsheet."""

_SURELY_GOOD = {
    "id": r"^[A-Za-z0-9_-]*[1-9][A-Za-z0-9_-]*$",
    "phone": r"^[+0-9 ()./-]+$",
}
"""Nothing written like this is damaged, unless it fits `_MAY_BE` as well; without case."""
_MAY_BE = {
    "id": r"^0*(?:1+|2+|3+|4+|5+|6+|7+|8+|9+)$|^\d*(?:12345678|98765432|123123123)\d*$",
    "phone": r"^\D*$|0{6}|1{6}|2{6}|3{6}|4{6}|5{6}|6{6}|7{6}|8{6}|9{6}|12345|23123|8765|^0+$",
}
_SHORT = 3
"""Letters before the @ up to which an address is looked at."""
_NAMES = {"id": ("id is", "ids are"), "phone": ("phone number is", "phone numbers are"),
          "email": ("e-mail address is", "e-mail addresses are")}  # fmt: skip


def damages(texts: pl.Series, kind: str) -> pl.Series:
    """Why each identifier is damaged; empty for good ones and empty text.

    Args:
        texts: without nulls.
        kind: as in `clerk.identifiers.damaged.damage`.

    Cost: 0.1 s a million good ones, 0.9 s of e-mail addresses.
    """
    reasons = damaged_values(texts, kind)
    if not reasons:
        return pl.Series(texts.name, [""], dtype=pl.String).new_from_index(0, len(texts))
    return texts.replace_strict(reasons, default="", return_dtype=pl.String)


def damaged_values(texts: pl.Series, kind: str) -> dict[str, str]:
    """Every different damaged identifier, with why; arguments as of `damages`."""
    if kind == "email":
        doubtful = _doubtful_addresses(texts)
    else:
        bare = texts.str.replace_all(r"[ ()./-]", "") if kind == "phone" else texts
        doubtful = ~texts.str.contains(_SURELY_GOOD[kind]) | bare.str.contains(_MAY_BE[kind])
    written = texts.filter(doubtful & (texts != "")).unique()
    return {text: why for text in written if (why := damage(text, kind))}


def spoilt(texts: pl.Series) -> dict[str, str]:
    """Every different text that a spreadsheet left in the place of an id, with why. Cost: 0.05 s a million good ones.

    Args:
        texts: without nulls.
    """
    doubtful = texts.filter(texts.str.contains(_BY_SPREADSHEET)).unique()
    return {text: why for text in doubtful if (why := damage(text)) in _OF_SPREADSHEETS}


def damage_tests(column: pl.Series, reasons: Mapping[str, str]) -> list[tuple[pl.Expr, str]]:
    """A test for each way in which the ids of a column are damaged; none for most tables.

    Args:
        column: the ids, of every row.
        reasons: as `damaged_values` or `spoilt` gives them.
    """
    found: dict[str, list[str]] = {}
    for text, reason in reasons.items():
        found.setdefault(reason, []).append(text)
    return [
        (pl.lit(column.is_in(texts)), f"{column.name} is {reason}{_ends(reason)}")
        for reason, texts in sorted(found.items())
    ]


def spoilt_tests(ids: pl.Series) -> list[tuple[pl.Expr, str]]:
    """A test for each way in which a spreadsheet spoilt ids: many would become one."""
    return damage_tests(ids, spoilt(ids))


def _ends(reason: str) -> str:
    return f": {REMEDY}" if reason in _OF_SPREADSHEETS else ""


def sentences(kind: str, reasons: Iterable[str]) -> list[str]:
    """One sentence a reason for a manager: how many, never whose.

    Args:
        kind: as above.
        reasons: as `damages` gives them.
    """
    counted: dict[str, int] = {}
    for reason in reasons:
        if reason:
            counted[reason] = counted.get(reason, 0) + 1
    one, several = _NAMES[kind]
    return [
        f"{number:,} {one if number == 1 else several} {reason}: "
        + ("it matches nobody" if number == 1 else "they match nobody")
        for reason, number in sorted(counted.items())
    ]


def _doubtful_addresses(texts: pl.Series) -> pl.Series:
    small = texts.str.to_lowercase()
    box = small.str.replace(r"@[^@]*$", "").str.replace_all(r"[\W_]+", "")
    domain = small.str.extract(r"@([^@]*?)[\s'\"`]*$").fill_null("")
    listed_as = listed()
    return (box.str.len_chars() <= _SHORT) | box.is_in(listed_as.mailboxes) | domain.is_in(listed_as.domains) | (
        ~small.str.contains("@", literal=True)
    )  # fmt: skip


def without_damaged(members: pl.DataFrame, known: pl.DataFrame | None = None) -> pl.DataFrame:
    """Members with damaged addresses, which are null, as they are known: a spreadsheet takes no good number away.

    Args:
        members: checked.
        known: members from before; None where there are none, which leaves the address empty.
    """
    columns = [name for name in ("email", "phone") if name in members.columns and members[name].null_count()]
    if not columns:
        return members
    if known is not None:
        before = known.select("member_id", *(pl.col(name).alias(f"{name}_known") for name in columns))
        members = members.join(before, on="member_id", how="left", maintain_order="left")
        members = members.with_columns(pl.coalesce(name, f"{name}_known").alias(name) for name in columns)
        members = members.drop(f"{name}_known" for name in columns)
    return members.with_columns(pl.col(columns).fill_null(""))
