"""Rows of a delimited file as columns of text, a part of the file at a time, each row with its line in the file.

A line is regular when it is a row by itself: as many fields as the header, quotes only around whole fields, in the
encoding of the file. Regular lines are told by counting bytes, all of a block at once, and read by polars. Every other
line is taken apart by itself, with the lines that an open quote reaches over, so that a broken one spoils no other row.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from clerk.intake.delimited.encoding import CUT, LINE_AT_MOST, encoding_of, is_utf8, utf8_blocks
from clerk.intake.delimited.header import LINES_JOINED_AT_MOST, Header, header_of, long_cells

LINE = "row"
"""Column with the line in the file, counted from 1."""
EMPTY, AGAIN, TOTALS = "empty", "the header again", "a row of totals"
"""Rules by which rows are left out."""

_QUOTE, _NEWLINE = ord('"'), ord("\n")
_OPEN = "a quote is opened and never closed"
_ENCODING = "not in the encoding of the file"
_BLANKS = " \t"
_AS_COMPRESSED = (b"x", b"\x1f", b"(")
_LAST = 3
"""Lines at the end of a file among which totals are looked for."""
_TOTALS = frozenset((
    "total", "totals", "grand total", "subtotal", "sum", "summe", "gesamt", "gesamtsumme", "total général", "totale",
    "totaal", "suma", "total general", "soma", "yhteensä", "totalt", "合計", "総計", "小計",
))  # fmt: skip
_NO_NUMBER = re.compile(r"[^\W\d_]{4,}")
_ORIGINAL_BYTES = 8_000

BEGUN: Final = "the file ends without a line end, and the last value is shorter than others: it may be cut"
"""Why the last row of a file is set aside."""


@dataclass(slots=True)
class Rows:
    """Rows of a file, or of a part of it."""

    frame: pl.DataFrame
    """`LINE` and the columns asked for, as text."""
    broken: list[tuple[int, str, str]] = field(default_factory=list)
    """(line, reason, original) of rows that could not be used."""
    left_out: dict[str, int] = field(default_factory=dict)
    """Rule -> rows that it leaves out."""
    torn_row: int = 0
    """Row at the end of the file whose last line has no end: its last field may be cut. 0 where there is none."""


def rows_of(path: Path, places: Mapping[str, int]) -> Rows:
    """All rows of a file.

    Args:
        path: the file.
        places: name of a column -> its place in the header.

    Raises:
        SourceUnreadable, SourceUnsafe: no text, or no header.
    """
    parts = list(parts_of(path, places))
    whole = Rows(pl.concat([part.frame for part in parts], rechunk=False))
    for part in parts:
        whole.broken += part.broken
        for rule, rows in part.left_out.items():
            whole.left_out[rule] = whole.left_out.get(rule, 0) + rows
        whole.torn_row = part.torn_row
    return whole


def parts_of(path: Path, places: Mapping[str, int]) -> Iterator[Rows]:
    """The rows of a file in parts of a few megabytes, at least one.

    Raises:
        SourceUnreadable, SourceUnsafe: no text, or no header.
    """
    header = header_of(path)
    if max(places.values(), default=-1) >= header.width:
        raise ValueError("the header changed while it was read")
    encoding = encoding_of(path)
    reader = _Reader(header, dict(places), is_decoded=encoding != "utf-8", is_torn=not _ends_in_a_line_end(path))
    number = 1
    blocks = utf8_blocks(path, encoding)
    block = next(blocks, b"")
    while True:
        following = next(blocks, None)
        rows, used = reader.rows(block, number, at_end=following is None)
        yield rows
        if following is None:
            return
        number += used.lines
        block = block[used.bytes :] + following


def _ends_in_a_line_end(path: Path) -> bool:
    with path.open("rb") as file:
        file.seek(-min(4, path.stat().st_size), 2)
        return file.read().rstrip(b"\0").endswith((b"\n", b"\r"))


@dataclass(frozen=True, slots=True)
class _Used:
    """How much of a block was read."""

    bytes: int
    lines: int


class _Reader:
    """Takes blocks of whole lines apart."""

    def __init__(self, header: Header, places: dict[str, int], *, is_decoded: bool, is_torn: bool) -> None:
        self._header = header
        self._names = [name.strip() for name in header.names]
        self._places = places
        self._mark = header.separator.encode()[0]
        self._blanks = header.separator.encode() + b' \t"'
        self._again = header.text.encode("utf-8", "replace")
        self._labels = [f"c{place}" for place in range(header.width)]
        self._schema = {LINE: pl.UInt32, **dict.fromkeys(places, pl.String)}
        self._is_decoded = is_decoded
        self._last = [name for name, place in places.items() if place == header.width - 1][:1] if is_torn else []
        self._last_values: list[pl.Series] = []

    def rows(self, block: bytes, number: int, *, at_end: bool) -> tuple[Rows, _Used]:
        """The rows of a block.

        Args:
            block: whole lines in UTF-8.
            number: line in the file of its first one.
            at_end: whether no further block follows.

        Returns:
            The rows, and how much was used: a row that may reach over the end is left for the next block.
        """
        lines = _Lines(block, self._mark)
        regular = lines.are_regular(self._header.width, surplus=self._header.width > len(self._header.names))
        self._not_in_encoding(lines, regular)
        place = min(len(lines), max(0, self._header.line + self._header.lines - number))
        regular[:place] = False
        found = Rows(pl.DataFrame(schema=self._schema))
        rules = self._left_out(lines, regular, at_end=at_end)
        regular[list(rules)] = False
        lines.blank[list(rules)] = True
        odd: list[tuple[int, list[str]]] = []
        used, last = len(lines), len(lines) - 1
        for at in np.flatnonzero(~regular & ~lines.blank).tolist():
            if at < place:
                continue
            fields, reason, taken = self._taken_apart(lines, at, at_end=at_end)
            if not taken:
                used = at
                break
            place = at + taken
            last = at if place == len(lines) else last
            regular[at:place] = False
            for within in range(at + 1, place):
                rules.pop(within, None)
            if rule := self._rule(fields):
                rules[at] = rule
            elif fields is not None and not reason:
                odd.append((number + at, fields))
            else:
                original = lines.text(at)[:_ORIGINAL_BYTES].decode("utf-8", "replace")
                found.broken.append((number + at, reason, original))
        regular[used:] = False
        found.left_out = dict(Counter(rule for at, rule in rules.items() if at < used))
        found.torn_row = number + last if at_end and block and not block.endswith(b"\n") else 0
        found.frame = self._frame(lines, regular, odd, number)
        self._last_values += [found.frame[name].unique() for name in self._last]
        if found.torn_row and self._is_begun(found):
            original = lines.text(last)[:_ORIGINAL_BYTES].decode("utf-8", "replace")
            found.broken.append((found.torn_row, BEGUN, original))
            found.frame = found.frame.filter(pl.col(LINE) != found.torn_row)
        return found, _Used(int(lines.starts[used]) if used < len(lines) else len(block), used)

    def _is_begun(self, found: Rows) -> bool:
        """Whether the last field of a last line without an end may be the beginning of a longer one.

        Programs that write no last line end are many, so such a row is taken; but `M-100` after `M-10077` may be a
        row that was cut, and somebody else's.
        """
        row = found.frame.filter(pl.col(LINE) == found.torn_row)
        if not self._last or row.is_empty() or not (begun := row[self._last[0]][0]):
            return False
        others = pl.concat(self._last_values)
        others = others.filter((others != "") & (others != begun))
        if others.str.starts_with(begun).any():
            return True
        lengths = others.str.len_chars()
        # Dates, codes and the like are all of one length.
        return len(others) > 1 and lengths.n_unique() == 1 and len(begun) < int(lengths[0])

    def _rule(self, fields: Sequence[str] | None) -> str:
        """The rule that leaves out a row with these fields, or nothing."""
        if fields is None:
            return ""
        if not any(cell.strip(_BLANKS) for cell in fields):
            return EMPTY
        cells = [cell.strip().strip("\ufeff") for cell in fields]
        if cells[: len(self._names)] == self._names:
            return AGAIN
        return TOTALS if len(cells) != self._header.width and is_totals(cells) else ""

    def _left_out(self, lines: _Lines, regular: NDArray[np.bool_], *, at_end: bool) -> dict[int, str]:
        """Regular lines that are no rows, and the rule by which."""
        found: dict[int, str] = {}
        for at in np.flatnonzero(regular & lines.between(self._blanks)).tolist():
            if self._is_empty(lines.text(at)):
                found[at] = EMPTY
        lengths = lines.ends - lines.starts
        alike = regular & ((lengths == len(self._again)) | (lengths == len(self._again) + len(codecs.BOM_UTF8)))
        for at in np.flatnonzero(alike).tolist():
            if lines.text(at).removeprefix(codecs.BOM_UTF8) == self._again:
                found[at] = AGAIN
        for at in np.flatnonzero(regular)[-_LAST:].tolist() if at_end else ():
            if is_totals(_loosely(lines.text(at).decode(), self._header.separator)):
                found[at] = TOTALS
        return found

    def _is_empty(self, text: bytes) -> bool:
        if text.strip(self._blanks):
            return False
        return not any(cell.strip(_BLANKS) for cell in _loosely(text.decode(), self._header.separator))

    def _not_in_encoding(self, lines: _Lines, regular: NDArray[np.bool_]) -> None:
        """Regular lines that hold what is no text are regular no more."""
        block = lines.block
        strange: list[int] = []
        if not is_utf8(block):
            strange = [at for at in np.flatnonzero(regular).tolist() if not is_utf8(lines.text(at))]
        for mark in (b"\0", *((b"\xef\xbf\xbd",) if self._is_decoded else ())):
            place = block.find(mark)
            while place >= 0:
                at = lines.at(place)
                strange.append(at)
                place = block.find(mark, int(lines.ends[at]))
        regular[strange] = False

    def _taken_apart(self, lines: _Lines, at: int, *, at_end: bool) -> tuple[list[str] | None, str, int]:
        """A line by itself, or with those that an open quote reaches over.

        Returns:
            Its fields; why it is broken, or nothing; and how many lines it takes, 0 where the next block decides.
        """
        if reason := self._unreadable(lines.text(at)):
            return None, reason, 1
        following = _Following(lines, at, self._unreadable)
        is_open = False
        with long_cells():
            try:
                fields = next(csv.reader(following, delimiter=self._header.separator, strict=True), [])
            except csv.Error as problem:
                is_open = following.taken > 1 or "unexpected end of data" in str(problem)
                fields = None
        if fields is None and is_open:
            return None, _OPEN, 0 if following.is_short and not at_end else 1
        if fields is None:
            fields = _loosely(lines.text(at).decode(), self._header.separator)
        fitting, reason = self._of_width(fields)
        if following.taken > 1 and fitting is None:
            return None, _OPEN, 1
        return (fields, reason, 1) if fitting is None else (fitting, "", max(1, following.taken))

    def _unreadable(self, text: bytes) -> str:
        if text.endswith(CUT):
            return f"longer than {LINE_AT_MOST >> 20} MB"
        if b"\0" in text:
            return "it holds a byte that is no text (NUL)"
        return _ENCODING if not is_utf8(text) or (self._is_decoded and b"\xef\xbf\xbd" in text) else ""

    def _of_width(self, fields: list[str]) -> tuple[list[str] | None, str]:
        """The fields when there is one for each name and nothing beyond; empty ones are added or dropped."""
        names, width = len(self._names), self._header.width
        needed = max((at for at, name in enumerate(self._names, 1) if name), default=names)
        if needed <= len(fields) and not any(cell.strip() for cell in fields[names:]):
            return [*fields[:width], *[""] * (width - len(fields))], ""
        return None, f"{len(fields)} fields, the header has {names}"

    def _frame(
        self, lines: _Lines, regular: NDArray[np.bool_], odd: Sequence[tuple[int, list[str]]], number: int
    ) -> pl.DataFrame:
        frames = []
        if regular.any():
            frames.append(self._parsed(lines, regular, number))
        if odd:
            frames.append(self._listed(odd))
        if not frames:
            return pl.DataFrame(schema=self._schema)
        return frames[0] if len(frames) == 1 else pl.concat(frames, rechunk=False).sort(LINE)

    def _parsed(self, lines: _Lines, regular: NDArray[np.bool_], number: int) -> pl.DataFrame:
        text = lines.chosen(regular)
        # Polars takes text for compressed that begins as such files do; `x^` is how one of them does.
        hidden = text[:1] in _AS_COMPRESSED
        if hidden:
            text = b"\n" + text
        lazy = pl.scan_csv(
            text, has_header=False, schema=dict.fromkeys(self._labels, pl.String), separator=self._header.separator,
            quote_char='"' if b'"' in text else None, empty_string_is_null=False, raise_if_empty=False,
            skip_lines=int(hidden),
        )  # fmt: skip
        frame = lazy.select(pl.col(self._labels[place]).alias(name) for name, place in self._places.items()).collect()
        places = np.flatnonzero(regular)
        if frame.height != len(places):
            # Polars passes over a row whose only field is empty.
            rows = [(at, _loosely(lines.text(at).decode(), self._header.separator)) for at in places.tolist()]
            return self._listed([(number + at, fields) for at, fields in rows])
        return frame.select(pl.Series(LINE, places + number, dtype=pl.UInt32), pl.all())

    def _listed(self, rows: Sequence[tuple[int, list[str]]]) -> pl.DataFrame:
        columns: dict[str, list[int] | list[str]] = {LINE: [number for number, _ in rows]}
        columns |= {name: [fields[place] for _, fields in rows] for name, place in self._places.items()}
        return pl.DataFrame(columns, schema=self._schema)


class _Following:
    """A line and those after it, for a reader that asks for more while a quote is open."""

    def __init__(self, lines: _Lines, at: int, unreadable: Callable[[bytes], str]) -> None:
        self._lines = lines
        self._at = at
        self._unreadable = unreadable
        self._bytes = 0
        self.taken = 0
        self.is_short = False
        """Whether it ended because the block did."""

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if self.taken > LINES_JOINED_AT_MOST or self._bytes > LINE_AT_MOST:
            raise StopIteration
        if self._at + self.taken >= len(self._lines):
            self.is_short = True
            raise StopIteration
        text = self._lines.text(self._at + self.taken)
        if self.taken and self._unreadable(text):
            raise StopIteration
        self.taken += 1
        self._bytes += len(text)
        return text.decode() + "\n"


class _Lines:
    """The lines of a block, and what is counted in each."""

    def __init__(self, block: bytes, mark: int) -> None:
        self.block = block
        self._data = np.frombuffer(block, np.uint8)
        ends = np.flatnonzero(self._data == _NEWLINE)
        self.ends = ends if block.endswith(b"\n") or not block else np.append(ends, len(block))
        self.starts = np.concatenate((np.zeros(1, self.ends.dtype), self.ends[:-1] + 1))[: len(self.ends)]
        self._places = np.flatnonzero(self._data == mark)
        self._mark = mark
        self.blank = self.ends == self.starts
        """Lines without anything; the reader adds those that a rule leaves out."""
        self._bounds = np.searchsorted(self._places, np.append(self.starts, len(block)))
        self.marks = np.diff(self._bounds)

    def __len__(self) -> int:
        return len(self.ends)

    def at(self, place: int) -> int:
        """The line in which a byte lies."""
        return int(np.searchsorted(self.ends, place))

    def text(self, at: int) -> bytes:
        """A line without its end."""
        return self.block[self.starts[at] : self.ends[at]]

    def chosen(self, which: NDArray[np.bool_]) -> bytes:
        """The text of some lines."""
        if which.all():
            return self.block
        # Bounds of runs of lines beside each other.
        edges = np.flatnonzero(np.diff(np.concatenate(([False], which, [False])).astype(np.int8)))
        runs = zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)
        return b"".join(self.block[self.starts[first] : self.ends[end - 1] + 1] for first, end in runs)

    def between(self, marks: bytes) -> NDArray[np.bool_]:
        """Which lines begin and end with one of these bytes."""
        kinds = np.zeros(256, np.bool_)
        kinds[list(marks)] = True
        found: NDArray[np.bool_] = ~self.blank
        if len(self._data):
            found &= kinds[self._data[np.minimum(self.starts, len(self._data) - 1)]]
            found &= kinds[self._data[np.maximum(self.ends - 1, 0)]]
        return found

    def are_regular(self, width: int, *, surplus: bool) -> NDArray[np.bool_]:
        """Which lines are rows by themselves.

        Args:
            width: fields of a row.
            surplus: the last field has no name, and must be empty.
        """
        counts = self.marks
        sound = ~self.blank
        if surplus:
            sound &= self._data[np.maximum(self.ends - 1, 0)] == self._mark
        if b'"' in self.block:
            counts, well = self._outside_quotes()
            sound &= well
        regular: NDArray[np.bool_] = sound & (counts == width - 1)
        return regular

    def _outside_quotes(self) -> tuple[NDArray[np.signedinteger], NDArray[np.bool_]]:
        """Separators of each line outside quotes, and whether its quotes stand around whole fields only."""
        is_quote = self._data == _QUOTE
        quotes = np.flatnonzero(is_quote)
        lines = np.searchsorted(self.ends, quotes)
        before_line = np.searchsorted(quotes, self.starts)
        rank = np.arange(len(quotes)) - before_line[lines]
        before = self._data[np.maximum(quotes - 1, 0)]
        after = self._data[np.minimum(quotes + 1, len(self._data) - 1)]
        opens = (quotes == self.starts[lines]) | (before == self._mark) | ((before == _QUOTE) & (rank > 0))
        closes = (quotes + 1 == self.ends[lines]) | (after == self._mark) | (after == _QUOTE)
        well = np.ones(len(self), np.bool_)
        well[lines[np.where(rank % 2 == 0, ~opens, ~closes)]] = False
        well &= np.diff(np.append(before_line, len(quotes))) % 2 == 0
        inside = np.cumsum(is_quote, dtype=np.uint8)[self._places] & 1
        outside = inside == np.repeat((before_line & 1).astype(np.uint8), self.marks)
        counted = np.concatenate(([0], np.cumsum(outside)))[self._bounds]
        return np.diff(counted), well


def is_totals(fields: Sequence[str]) -> bool:
    """Whether a row is the totals of a report: such a word first, then nothing but numbers and empty fields."""
    filled = [cell.strip() for cell in fields if cell.strip()]
    if len(filled) < 2 or filled[0].lower().rstrip(" :") not in _TOTALS:
        return False
    return all(any(letter.isdigit() for letter in cell) and not _NO_NUMBER.search(cell) for cell in filled[1:])


def _loosely(text: str, separator: str) -> list[str]:
    """The fields of a line in which quotes may stand anywhere."""
    with long_cells():
        return next(csv.reader(io.StringIO(text, newline=""), delimiter=separator), [])
