"""A proposed mapping while it is made: what was said of which column, why, and the text of it."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from clerk.intake.checks.written import habits
from clerk.intake.mapping.columns_seen import Seen, by_name
from clerk.text import clean

_WIDE = 44
"""Where comments begin."""
_TABLES = {"lines": "one row an item sold", "members": "customers", "items": "what the shop sells"}


class Draft:
    """What is proposed so far for one file.

    Args:
        path: the file.
        columns: what stands in each column.
        full: column -> every cell.
        store: `store.toml`.
        today: what was sold was sold before.
    """

    def __init__(
        self,
        path: Path,
        columns: Sequence[Seen],
        full: Mapping[str, pl.Series],
        store: Mapping[str, Any],
        today: date,
    ) -> None:
        self._path = path
        self._columns = {column.name: column for column in columns}
        self._full = full
        self._country = str(store.get("country", "")).upper()
        self._currency = str(store.get("currency", "")).upper()
        self._habit = habits(self._country, self._currency)
        self._today = today
        self._named = by_name(columns)
        for column in ("sku", "item_name"):
            words = [name for name in self._named.pop(column, []) if not self._columns[name].is_date]
            self._named |= {column: words} if words else {}
        self._lines: list[tuple[str, str]] = []
        """Lines of `[file.columns]` and why."""
        self._used: dict[str, list[str]] = {}
        self._guesses: list[str] = []
        self._head: list[tuple[str, str]] = []
        self._constants: list[str] = []
        self._tail: list[str] = []
        self._taken: set[str] = set()
        self._row_type = ""
        """The column that tells rows of items from others; empty where there is none."""
        self._modifier_words: list[str] = []
        self._item_words: list[str] = []

    def _take(self, column: str) -> str:
        """The column of the file that goes by a name of this one, once."""
        found = self._peek(column)
        self._taken.update([found] if found else [])
        return found

    def _peek(self, column: str) -> str:
        return next((name for name in self._named.get(column, ()) if name not in self._taken), "")

    def _say(self, column: str, value: str, why: str, *, guess: bool = False, of: Iterable[str] | None = None) -> None:
        parts = list(of) if of is not None else [name for name in self._columns if quoted(name) == value]
        self._used[column] = parts
        self._taken.update(parts)
        if guess:
            self._guesses.append(column)
        self._lines.append((f"{column} = {value}", why))

    def _match(self) -> str:
        """The file's name with a star for what changes from export to export."""
        match = re.sub(r"[\d_\-. ]*\d[\d_\-. ()]*", "*", self._path.stem) + "*" + self._path.suffix
        match = re.sub(r"\*+", "*", match)
        return self._path.name if match.strip("*.") in ("", self._path.suffix.strip(".")) else match

    def _toml(self, table: str, unknown: list[str]) -> str:
        """The text of the mapping."""
        lines = ["# Nobody would have bought anything by this proposal: no column says who bought. Name it below."]
        if table != "lines" or {"member_id", "card", "email", "phone"} & self._used.keys():
            lines = []
        elif "member_name" in self._used:
            lines = [
                "# Nobody would have bought anything by this proposal before a list of customers is there: names alone."
            ]
        lines += [
            "# Proposed by `clerk mapping suggest`; look through it, above all at lines marked guess, then try it with",
            f"# `clerk mapping try {shlex.quote(self._path.name)}`.",
            "[[file]]",
            with_why(f"match = {quoted(self._match())}", "files of this name; * is any text"),
            with_why(f'table = "{table}"', _TABLES[table]),
            *(with_why(line, why) for line, why in self._head),
            "",
            with_why("[file.columns]", "Clerk's column = the column of the file"),
            *(with_why(line, why) for line, why in self._lines),
        ]
        constants = ["\n".join(["[file.constants]", *self._constants])] if self._constants else []
        for part in (*constants, *self._tail):
            lines += ["", part]
        if unknown:
            lines += ["", "# Columns of the file that are not used:"]
            for name in unknown:
                cells = self._columns[name].texts
                example = f", such as {clean(cells[0], 40)}" if len(cells) else ", empty"
                lines.append(f"# {clean(name)}{example}")
        return "\n".join(lines) + "\n"


def quoted(text: str) -> str:
    """A text as TOML writes it."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(letter if letter.isprintable() else _escaped(letter) for letter in escaped) + '"'


def _escaped(letter: str) -> str:
    return f"\\u{ord(letter):04x}" if ord(letter) < 0x10000 else f"\\U{ord(letter):08x}"


def with_why(line: str, why: str) -> str:
    """A line of TOML with a remark behind it."""
    return f"{line:<{_WIDE}}  # {why}"
