"""What the cells of a file that nobody described say of each row: a sale, a return, or no purchase.

A return takes back an earlier purchase. So it is one only where the till writes a row of its own for it: in a column
of types ("Sale", "Refund"), or with a quantity or amount below zero. A status ("Paid", "Refunded") stands on the row of
the purchase itself, which is then no purchase any more.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl

from clerk.intake.checks.numbers import decimals
from clerk.intake.mapping.columns_seen import Seen, by_name, header_words, plain

FEW = 12
"""Different values up to which a column may be one of kinds."""
_YES_NO = frozenset(("true", "false", "yes", "no", "y", "n", "0", "1", "", "x", "ja", "nein", "oui", "non", "si", "sí"))
_YES = ("true", "yes", "y", "1", "x", "ja", "oui", "si", "sí")
_OWN_ROW = "guess: such a row is the purchase itself; return where the till writes another row for it"


@dataclass(slots=True)
class Kinds:
    """What one column says, and the columns that say one thing each."""

    column: str = ""
    words: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Word of the file -> kind and why; in the order of the file's words."""
    unknown: list[str] = field(default_factory=list)
    """Words of the column that nobody knows."""
    conditions: list[tuple[str, str, list[str], str]] = field(default_factory=list)
    """(none_where or return_where, column, its values, why)."""
    asked: list[tuple[str, str]] = field(default_factory=list)
    """(column, question): what only a person can tell."""


def is_state(name: str, values: Collection[str]) -> bool:
    """Whether a column tells the state of a receipt, which changes on its own row: by its words, else by its name."""
    kinds = header_words()["kinds"]
    words = {plain(value) for value in values}
    if words & set(kinds["sale"]):
        return False
    column = Seen(name, pl.Series([""]), 1)
    return bool(words & set(kinds["paid"])) or bool({"status", "refunded"} & by_name([column]).keys())


def kinds_seen(
    named: Mapping[str, Sequence[str]],
    full: Mapping[str, pl.Series],
    items: pl.Series,
    amounts: Sequence[str],
    taken: Collection[str],
) -> Kinds:
    """What a file says of the kind of its rows.

    Args:
        named: canonical column -> columns of the file that go by one of its names.
        full: column -> every cell.
        items: which rows are items.
        amounts: columns of quantities and amounts; the last is that of the line.
        taken: columns that mean something else.
    """
    found = Kinds()
    below = _below_zero(full, amounts)
    known = header_words()["kinds"]
    words = {word: kind for kind in ("sale", "paid", "partial", "return", "none") for word in known[kind]}
    best = 0
    for name in (*named.get("kind", ()), *named.get("status", ()), *named.get("line_type", ())):
        values = full[name].filter(full[name] != "").unique().sort().to_list()
        told = {value: words[plain(value)] for value in values if plain(value) in words}
        if name in taken or len(values) > FEW or len(told) <= best:
            continue
        best, found.column = len(told), name
        found.words = {value: _meant(kind, full[name] == value, below, name, values) for value, kind in told.items()}
        found.unknown = [value for value in values if value not in told]
    for column in ("void", "refund", "refunded"):
        _one_thing(column, named, full, items, amounts, below, {*taken, found.column}, found)
    return found


def _meant(kind: str, rows: pl.Series, below: pl.Series, name: str, values: Sequence[str]) -> tuple[str, str]:
    """The kind that a word means on these rows, and why."""
    if kind == "partial":
        return "sale", "guess: a part came back, and the row does not say which"
    if kind != "return":
        return ("sale" if kind == "paid" else kind), ""
    if (below | ~rows).all():
        return "return", "its rows are below zero"
    return ("none", _OWN_ROW) if is_state(name, values) else ("return", "")


def _one_thing(
    column: str,
    named: Mapping[str, Sequence[str]],
    full: Mapping[str, pl.Series],
    items: pl.Series,
    amounts: Sequence[str],
    below: pl.Series,
    taken: Collection[str],
    found: Kinds,
) -> None:
    """A column of yes and no, or of the amount that was paid back, that says one thing."""
    for name in named.get(column, ()):
        cells = full[name].str.to_lowercase()
        values = set(cells.filter(cells != "").unique())
        if name in taken or not values:
            continue
        yes = [value for value in _YES if value in values]
        if values <= _YES_NO:
            rows = cells.is_in(yes)
            back = column != "void" and ((rows & below).any() if column == "refunded" else True)
            why = "by its name: brought back" if back else "by its name: no purchase"
            if column == "refunded" and not back:
                why = _OWN_ROW
            key = "return_where" if back else "none_where"
            found.conditions.append((key, name, yes or ["true", "yes"], why))
            return
        if column == "void" or not amounts:
            continue
        paid_back, sold = decimals(cells, otherwise=".,").cast(pl.Float64), _numbers(full[amounts[-1]])
        some = items & (paid_back != 0).fill_null(value=False) & sold.is_not_null()
        if not some.any():
            continue
        if (cells.filter(items & (paid_back == 0)) == "").all() and (paid_back.abs() >= sold.abs()).filter(some).all():
            found.conditions.append(("none_where", name, ["*"], "guess: the whole amount of the row was paid back"))
        else:
            found.asked.append((name, "tells what was paid back, of some rows in part: such rows stay sales"))
        return


def _below_zero(full: Mapping[str, pl.Series], amounts: Sequence[str]) -> pl.Series:
    """Which rows have a quantity or amount below zero."""
    height = len(next(iter(full.values())))
    below = pl.Series([False]).new_from_index(0, height)
    for name in amounts:
        below = below | (_numbers(full[name]) < 0).fill_null(value=False)
    return below


def _numbers(cells: pl.Series) -> pl.Series:
    return decimals(cells, otherwise=".,").cast(pl.Float64)
