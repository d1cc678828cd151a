"""Which rows of a file count: by the values of one or several columns."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from clerk.intake.mapping.cells import Columns
from clerk.intake.mapping.wording import Wrong

ANY = "*"
"""As a value: anything but empty. Within a value: any text."""
_SHOWN_AT_MOST = 4


@dataclass(frozen=True, slots=True)
class Entry:
    """Columns that each have one of their values."""

    columns: tuple[tuple[str, tuple[str, ...]], ...]
    """Column and its values, as they are written."""

    def needs(self) -> Iterator[str]:
        """Names of the columns that it looks at."""
        return (name for name, _ in self.columns)

    def fits(self, columns: Columns) -> pl.Series:
        """For each row whether it fits: Boolean, never null."""
        first, *more = (fits(columns(name), values) for name, values in self.columns)
        for one in more:
            first = first & one
        return first

    def words(self) -> str:
        """The entry as a person reads it: `Void? is true or yes`."""
        return " and ".join(f"{name} is {_listed(values)}" for name, values in self.columns)

    def words_against(self) -> str:
        """What is said of a row that does not fit: `Status is neither Paid nor Closed`."""
        return " or ".join(_against(name, values) for name, values in self.columns)


def fits(texts: pl.Series, values: tuple[str, ...]) -> pl.Series:
    """Whether each text is one of the values, in any letter case; `*` in a value stands for any text."""
    written = texts.str.strip_chars().str.to_lowercase()
    asked = [folded(value) for value in values]
    found = written.is_in([value for value in asked if ANY not in value])
    for value in asked:
        if value == ANY:
            found = found | (written != "")
        elif ANY in value:
            found = found | written.str.contains(pattern(value))
    return found


def pattern(value: str) -> str:
    """A linear pattern for a value with `*`, for lower-case text."""
    return "(?s)^" + ".*".join(re.escape(part) for part in value.split(ANY)) + "$"


def folded(value: str) -> str:
    """A value as cells are compared with it."""
    return value.strip().lower()


def text_of(value: Any) -> str:
    """A value of a description as text.

    Raises:
        Wrong: it is no text, number, yes or no.
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, (str, int, float)):
        raise Wrong(f"{value!r} is no value: write it in quotes")
    return str(value).strip()


def read(written: Any, key: str) -> tuple[Entry, ...]:
    """The entries of `keep_where` or `skip_where`.

    Args:
        written: one table, or a list of them.
        key: its name, for messages.

    Raises:
        Wrong: it is neither.
    """
    entries = written if isinstance(written, list) else [written]
    made = []
    for entry in entries:
        if not isinstance(entry, dict) or not entry:
            raise Wrong(f'{key} is written [ {{ "Status" = ["Paid", "Closed"] }} ]')
        columns = []
        for name, values in entry.items():
            listed = values if isinstance(values, list) else [values]
            if not listed:
                raise Wrong(f"{key} has no value for {name}")
            columns.append((str(name), tuple(dict.fromkeys(text_of(value) for value in listed))))
        made.append(Entry(tuple(columns)))
    return tuple(made)


def words_against_all(entries: Sequence[Entry]) -> str:
    """What is said of a row that fits no entry: `Customer Id is empty, and Status is not Paid or Total is empty`."""
    return ", and ".join(entry.words_against() for entry in entries)


def _against(name: str, values: tuple[str, ...]) -> str:
    if ANY in values or values == ("",):
        return f"{name} is {'empty' if ANY in values else 'not empty'}"
    if len(values) > 1:
        return f"{name} is neither {_listed(values, ' nor ')}"
    return f"{name} is not {_listed(values)}"


def _listed(values: tuple[str, ...], between: str = " or ") -> str:
    named = ["empty" if value == "" else "not empty" if value == ANY else value for value in values]
    if len(named) > _SHOWN_AT_MOST:
        named = [*named[:_SHOWN_AT_MOST], "…"]
    return between.join(named)
