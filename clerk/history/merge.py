"""Merges checked tables that arrive tonight with the history store's: pure functions.

Small tables are merged by natural key: the newest statement counts, a column that a file does not have states nothing,
absence deletes nothing. Stock is a whole count. Lines are merged by basket, in `arriving_baskets.py`.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

import polars as pl

from clerk.intake.checks.damaged import without_damaged
from clerk.model import DATE_UNREAD

KEYS: Final[dict[str, tuple[str, ...]]] = {
    "items": ("sku",),
    "members": ("member_id",),
    "cards": ("code", "member_id"),
    "modifiers": ("sku", "category", "group", "option"),
    "privileges": ("tier", "text"),
    "consents": ("member_id", "purpose", "state", "at"),
    "stock": ("sku",),
}
"""Natural keys of the tables that are merged row by row."""

_ORDERED = ("modifiers", "privileges")
"""Tables whose order is shown to people."""
_WRITTEN_AS = {"price_minor": "price", "issued_on": "issued_at"}
"""Checked column -> column of the file, where they differ."""
_ALIKE_AT_MOST = 5
"""Conflicts of one kind listed one by one."""


def merged(table: str, old: pl.DataFrame | None, new: pl.DataFrame, columns: Collection[str] | None) -> pl.DataFrame:
    """The known table merged with what arrived; the old frame itself when nothing changed.

    Args:
        table: canonical name.
        old: what is known, without `ROW`; None when nothing is.
        new: what arrived, checked, without `ROW`, a row a key.
        columns: of the file; None when it has them all.
    """
    key = list(KEYS[table])
    if table == "members":
        new = without_damaged(new, old)
    if old is None:
        return new
    if columns is not None:
        new = _with_unstated_columns(old, new, key, columns)
    if table == "consents" and "by" in new.columns and "by" in old.columns:
        # The same row comes every night: with tonight's date it would come after every yes that was given since.
        undated = pl.col("by") == DATE_UNREAD
        again = new.filter(undated).join(old.filter(undated), on=["member_id", "purpose", "state"], how="semi")
        new = new.join(again, on=key, how="anti", maintain_order="left")
    missing = [name for name in old.columns if name not in new.columns]
    new = new.with_columns(pl.lit(None, dtype=old.schema[name]).alias(name) for name in missing)
    same_columns = set(new.columns) == set(old.columns)
    if same_columns:
        new = new.select(old.columns)
        changed = new.join(old, on=old.columns, how="anti", nulls_equal=True)
        if changed.is_empty() and (table not in _ORDERED or old.head(new.height).equals(new)):
            return old
    kept = old.join(new, on=key, how="anti", maintain_order="left")
    both = pl.concat([new, kept], how="diagonal_relaxed")
    return both.sort("member_id", "at", maintain_order=True) if table == "consents" else both


def shared_addresses(old: pl.DataFrame | None, members: pl.DataFrame) -> list[str]:
    """Members whose e-mail or phone, new tonight, is also another member's: reported, never merged by guess.

    Args:
        old: members before tonight.
        members: members with tonight's.
    """
    conflicts = []
    for column, called in (("email", "e-mail address"), ("phone", "phone number")):
        plain = pl.col(column).str.to_lowercase().str.replace_all(r"[\s()./-]", "")
        known = members.select("member_id", plain.alias("_as")).filter(pl.col("_as") != "")
        fresh = known
        if old is not None:
            fresh = known.join(old.select("member_id", plain.alias("_as")), on=["member_id", "_as"], how="anti")
        pairs = fresh.join(known, on="_as", suffix="_other").filter(pl.col("member_id") != pl.col("member_id_other"))
        pairs = pairs.select(
            pl.min_horizontal("member_id", "member_id_other").alias("one"),
            pl.max_horizontal("member_id", "member_id_other").alias("other"),
        ).unique().sort("one", "other")  # fmt: skip
        conflicts += [
            f"members {one} and {other} have the same {called}; both are kept"
            for one, other in pairs.head(_ALIKE_AT_MOST).iter_rows()
        ]
        if (more := pairs.height - _ALIKE_AT_MOST) > 0:
            conflicts.append(f"{more:,} more pairs of members have the same {called}; all are kept")
    return conflicts


def _with_unstated_columns(
    old: pl.DataFrame, new: pl.DataFrame, key: list[str], columns: Collection[str]
) -> pl.DataFrame:  # fmt: skip
    """What arrived, with columns that the file does not have as they are known."""
    unstated = [
        name for name in new.columns
        if name not in key and name in old.columns and _WRITTEN_AS.get(name, name) not in columns
    ]  # fmt: skip
    if not unstated:
        return new
    known = old.select(*key, *unstated).with_columns(_known=pl.lit(value=True))
    both = new.join(known, on=key, how="left", suffix="_old", maintain_order="left")
    was = pl.col("_known").fill_null(value=False)
    kept = [pl.when(was).then(pl.col(name + "_old")).otherwise(pl.col(name)).alias(name) for name in unstated]
    return both.with_columns(kept).select(new.columns)
