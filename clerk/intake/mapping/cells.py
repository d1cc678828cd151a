"""Ways to make one column of those of a file: as it is, joined, the first that is there, split, found, summed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from clerk.intake.checks.numbers import as_text
from clerk.intake.mapping.wording import Wrong, only

_PATTERN_AT_MOST = 300
"""Letters of a pattern: longer ones compile into more memory than they are worth."""
_NESTED_AT_MOST = 4
_FORMS = ("from", "join", "first_of")

Columns = Callable[[str], pl.Series]
"""A column of the file as text, empty text where there is nothing, by the name that the description uses."""
Numbers = Callable[[pl.Series], pl.Series]
"""Written numbers as Float64, null where it is none."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column as it is."""

    name: str

    def needs(self) -> Iterator[str]:
        """Names of the columns that it is made of."""
        yield self.name

    def text(self, columns: Columns, numbers: Numbers) -> pl.Series:
        """The text of each row."""
        return columns(self.name)


@dataclass(frozen=True, slots=True)
class _OfOne:
    """What is made of another cell."""

    of: Cell

    def needs(self) -> Iterator[str]:
        """Names of the columns that it is made of."""
        yield from self.of.needs()


@dataclass(frozen=True, slots=True)
class _OfSeveral:
    """What is made of several cells."""

    parts: tuple[Cell, ...]

    def needs(self) -> Iterator[str]:
        """Names of the columns that it is made of."""
        for part in self.parts:
            yield from part.needs()

    def _filled(self, columns: Columns, numbers: Numbers) -> tuple[pl.DataFrame, list[pl.Expr]]:
        """Their texts, and each as null where it is empty."""
        made = pl.DataFrame(part.text(columns, numbers).alias(str(at)) for at, part in enumerate(self.parts))
        return made, [pl.when(pl.col(name) != "").then(pl.col(name)) for name in made.columns]


@dataclass(frozen=True, slots=True)
class Join(_OfSeveral):
    """Several put one behind the other; empty ones are left out."""

    between: str = " "
    every: bool = False
    """Whether one empty part makes the whole empty, as for ids."""

    def text(self, columns: Columns, numbers: Numbers) -> pl.Series:
        """The text of each row."""
        made, filled = self._filled(columns, numbers)
        joined = pl.concat_str(filled, separator=self.between, ignore_nulls=not self.every).fill_null("")
        return made.select(joined).to_series()


@dataclass(frozen=True, slots=True)
class FirstOf(_OfSeveral):
    """The first of several that is not empty."""

    def text(self, columns: Columns, numbers: Numbers) -> pl.Series:
        """The text of each row."""
        made, filled = self._filled(columns, numbers)
        return made.select(pl.coalesce(filled).fill_null("")).to_series()


@dataclass(frozen=True, slots=True)
class Otherwise(_OfOne):
    """A cell, or a text where it is empty."""

    text_then: str

    def text(self, columns: Columns, numbers: Numbers) -> pl.Series:
        """The text of each row."""
        made = self.of.text(columns, numbers)
        return made.set(made == "", self.text_then)


@dataclass(frozen=True, slots=True)
class Split(_OfOne):
    """One part of a text that is cut at a mark."""

    mark: str
    part: int
    """1 is the first, -1 the last, 0 all after the first."""

    def text(self, columns: Columns, numbers: Numbers) -> pl.Series:
        """The text of each row."""
        whole = self.of.text(columns, numbers)
        if self.part == 0:
            rest = whole.str.splitn(self.mark, 2).struct.field("field_1")
            return rest.fill_null("").str.strip_chars()
        parts = whole.str.split(self.mark).list.eval(pl.element().str.strip_chars().filter(pl.element() != ""))
        at = self.part - 1 if self.part > 0 else self.part
        return parts.list.get(at, null_on_oob=True).fill_null("")


@dataclass(frozen=True, slots=True)
class Find(_OfOne):
    """The first match of a pattern, or of its first group."""

    pattern: str

    def text(self, columns: Columns, numbers: Numbers) -> pl.Series:
        """The text of each row."""
        group = 1 if _groups(self.pattern) else 0
        return self.of.text(columns, numbers).str.extract(self.pattern, group).fill_null("").str.strip_chars()


@dataclass(frozen=True, slots=True)
class Sum:
    """A number worked out of several."""

    of: Cell
    steps: tuple[tuple[str, Cell], ...]
    """plus, minus, times, divided_by with their column, in the order of the file."""

    def needs(self) -> Iterator[str]:
        """Names of the columns that it is made of."""
        yield from self.of.needs()
        for _, cell in self.steps:
            yield from cell.needs()

    def text(self, columns: Columns, numbers: Numbers) -> pl.Series:
        """The number of each row in plain text; a part that is no number stands for the whole, to be set aside."""
        first = self.of.text(columns, numbers)
        total, empty, unread = numbers(first), first == "", _unread(first, numbers)
        total = total.zip_with(~empty, _zeros(total))
        for step, cell in self.steps:
            written = cell.text(columns, numbers)
            number, nothing = numbers(written), written == ""
            unread = unread.zip_with(unread != "", _unread(written, numbers))
            if step in ("plus", "minus"):
                number = number.zip_with(~nothing, _zeros(number))
                empty = empty & nothing
                total = total + number if step == "plus" else total - number
            else:
                empty = empty | nothing
                total = total * number if step == "times" else total / number
        total = total.round(6)
        whole = total.cast(pl.Int64, strict=False).cast(pl.String)
        plain = whole.zip_with(total == total.round(0), as_text(total)).fill_null("")
        plain = plain.set(~total.is_finite().fill_null(value=False) | empty, "")
        return plain.zip_with(unread == "", unread)


Cell = Column | Join | FirstOf | Otherwise | Split | Find | Sum


def read(written: Any, *, every: bool = False, depth: int = 0) -> Cell:
    """A cell as a description writes it: a name, a list of names, or a table.

    Args:
        written: as TOML gives it.
        every: whether a join is empty where a part is.
        depth: how deep in another cell it stands.

    Raises:
        Wrong: it means nothing.
    """
    if depth > _NESTED_AT_MOST:
        raise Wrong("columns stand too deep in one another")
    if isinstance(written, str):
        if not written.strip():
            raise Wrong("the name of a column is empty")
        return Column(written)
    if isinstance(written, list):
        return Join(_several(written, depth))
    if not isinstance(written, dict):
        raise Wrong(f"{written!r} is no column: write its name in quotes")
    if "else" in written:
        rest = {key: value for key, value in written.items() if key != "else"}
        return Otherwise(read(rest, every=every, depth=depth), str(written["else"]))
    form = next((form for form in _FORMS if form in written), None)
    if form is None:
        raise Wrong(
            f"{', '.join(written) or 'an empty table'}: write one of {', '.join(_FORMS)}; a part of a name that varies "
            'is a star: "Price [*]"'
        )
    if form == "join":
        only(written, ("join", "with"), "a join")
        return Join(_several(written["join"], depth), str(written.get("with", " ")), every)
    if form == "first_of":
        only(written, ("first_of",), "first_of")
        return FirstOf(_several(written["first_of"], depth))
    return _made_of(written, read(written["from"], depth=depth + 1), depth)


def _made_of(written: dict[str, Any], of: Cell, depth: int) -> Cell:
    """What is done with one column."""
    if "split" in written:
        only(written, ("from", "split", "part"), "a split")
        mark, part = str(written["split"]), written.get("part", 1)
        if not mark:
            raise Wrong("split needs the mark that the text is cut at")
        if part == "rest":
            return Split(of, mark, 0)
        if not isinstance(part, int) or isinstance(part, bool) or part == 0:
            raise Wrong(f'part = {part!r}: write 1 for the first, -1 for the last, or "rest"')
        return Split(of, mark, part)
    if "find" in written:
        only(written, ("from", "find"), "find")
        return Find(of, pattern(str(written["find"]), "find"))
    sums = ("plus", "minus", "times", "divided_by")
    only(written, ("from", "split", "part", "find", *sums), "from")
    steps = []
    for step in (name for name in written if name in sums):
        more = written[step] if isinstance(written[step], list) else [written[step]]
        steps += [(step, read(one, depth=depth + 1)) for one in more]
    return Sum(of, tuple(steps)) if steps else of


def _several(written: Any, depth: int) -> tuple[Cell, ...]:
    if not isinstance(written, list) or not written:
        raise Wrong("a list of columns is expected")
    return tuple(read(one, depth=depth + 1) for one in written)


def pattern(written: str, key: str) -> str:
    """A pattern that can be used: polars' are linear in the text.

    Args:
        written: the pattern.
        key: its name, for messages.

    Raises:
        Wrong: it is none, or too long.
    """
    if len(written) > _PATTERN_AT_MOST:
        raise Wrong(f"{key} has more than {_PATTERN_AT_MOST} letters")
    try:
        pl.Series([""]).str.extract(written, 0)
    except pl.exceptions.PolarsError:
        raise Wrong(f"{key} = {written!r} is no pattern") from None
    return written


def _groups(pattern: str) -> int:
    try:
        pl.Series([""]).str.extract(pattern, 1)
        counted = pl.Series([""]).str.extract_groups(pattern)
    except pl.exceptions.PolarsError:
        return 0
    return len(counted.struct.fields)


def _unread(written: pl.Series, numbers: Numbers) -> pl.Series:
    """What is written where no number can be read."""
    bad = (written != "") & numbers(written).is_null()
    return written.set(~bad, "")


def _zeros(numbers: pl.Series) -> pl.Series:
    return pl.Series([0.0], dtype=pl.Float64).new_from_index(0, len(numbers))


def names_of(cells: Sequence[Cell]) -> list[str]:
    """Every column that the cells are made of, once."""
    return list(dict.fromkeys(name for cell in cells for name in cell.needs()))
