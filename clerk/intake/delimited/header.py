"""The header of a delimited file: which line it is, what separates its names, how many fields its rows have.

Reports put their own name and period above the header: such a line is passed over, when a line further down is a
header by what it holds and by the rows below it.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from clerk.errors import SourceUnreadable, SourceUnsafe
from clerk.intake.delimited.encoding import LINE_AT_MOST, REMEDY, encoding_of

SEPARATORS = (",", ";", "\t", "|")
START_BYTES = 1 << 20
"""Bytes in which the header must end: the longest real ones, with a column for each of hundreds of locations, have
30,000."""
COLUMNS_AT_MOST = 16_384
"""As many as a sheet of a spreadsheet has; a shop with 500 locations has 2,000 in its catalog."""
LINES_JOINED_AT_MOST = 60
"""Physical lines that one row may span; beyond, a quote is taken for an unclosed one."""

_LOOKED_AT = 60
"""Lines in which the header is looked for, and by which it is judged."""
_ABOVE_AT_MOST = 20
"""Lines that may stand above the header."""


@dataclass(frozen=True, slots=True)
class Header:
    """What the beginning of a file says of the rest."""

    names: tuple[str, ...]
    separator: str
    line: int
    """Its line in the file, counted from 1."""
    lines: int
    """Physical lines that it spans."""
    text: str
    """As it is written, without its line end."""
    width: int
    """Fields of a row: more than names where every row ends in separators."""


def header_of(path: Path, start: bytes | None = None) -> Header:
    """The header of a text file.

    Raises:
        SourceUnreadable: there is none.
        SourceUnsafe: it does not end, or has too many names.
    """
    if start is None:
        with path.open("rb") as file:
            start = file.read(START_BYTES + 1)
    encoding = encoding_of(path, start)
    text = start.decode(encoding, "replace").removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    lines = text.split("\n")
    if len(start) > START_BYTES:
        # The last line is not whole.
        lines.pop()
        if not any(line.strip() for line in lines):
            raise SourceUnsafe(f"{path.name} begins with an endless line.", REMEDY)
    first = next((at for at, line in enumerate(lines) if line.strip()), None)
    if first is None or "\0" in lines[first]:
        raise SourceUnreadable(f"{path.name} has no header line.", REMEDY)
    found = _found(lines[first : first + _LOOKED_AT], first)
    if found is None:
        raise SourceUnreadable(f"{path.name} has a header that cannot be taken apart.", REMEDY)
    if len(found.names) > COLUMNS_AT_MOST:
        raise SourceUnsafe(f"{path.name} has {len(found.names):,} columns.", "Export fewer columns.")
    return found


def _found(lines: Sequence[str], first: int) -> Header | None:
    """The header among the lines; the first of them unless it is plainly the title of a report."""
    usual = _read(lines, 0, first, max(SEPARATORS, key=lines[0].count))
    if usual is not None and _names_most(usual) and _fits(usual, lines[usual.lines :]) is not None:
        return usual
    best: tuple[int, int, Header] | None = None
    for separator in SEPARATORS:
        for at in range(1, min(len(lines), _ABOVE_AT_MOST + 1)):
            header = _read(lines, at, first, separator)
            if header is None or not _is_header(header):
                continue
            # A row of a table whose rows all have a field too many is no header.
            if usual is not None and separator == usual.separator and _named(header) < 2 * _named(usual):
                continue
            alike = _fits(header, lines[at + header.lines :])
            if alike is not None:
                if best is None or (alike, len(header.names)) > best[:2]:
                    best = (alike, len(header.names), header)
                break
    return usual if best is None else best[2]


def _fits(header: Header, below: Sequence[str]) -> int | None:
    """How many of the lines below have its fields; None when fewer than half of them have."""
    filled = [line for line in below if line.strip()]
    alike = sum(len(_split(line, header.separator)) in (len(header.names), header.width) for line in filled)
    return alike if alike * 2 >= len(filled) else None


def _is_header(header: Header) -> bool:
    """Whether names stand there, each once, for at least half of the fields; a number is no name."""
    names = [name.strip().lower() for name in header.names if name.strip()]
    return (
        len(names) > 1
        and _names_most(header)
        and len(set(names)) == len(names)
        and not any(name[0].isdigit() or name[0] in "-+$€£" for name in names)
    )


def _read(lines: Sequence[str], at: int, first: int, separator: str) -> Header | None:
    """The line as a header, with the lines that follow while a quote in it is open."""
    text = lines[at]
    spans = 1
    while text.count('"') % 2 and spans < LINES_JOINED_AT_MOST and at + spans < len(lines):
        text += "\n" + lines[at + spans]
        spans += 1
    if text.count('"') % 2:
        text, spans = lines[at], 1
    names = _split(text, separator)
    if not names:
        return None
    named = max((place for place, name in enumerate(names, 1) if name.strip()), default=len(names))
    below = lines[at + spans :]
    mostly = _fields_mostly(below, separator)
    # Rows may end in a separator that the header lacks, and the other way round.
    longer = mostly == len(names) + 1 and _ends_empty(below, separator, mostly)
    width = mostly if longer or named <= mostly < len(names) else len(names)
    return Header(tuple(names[:width]), separator, first + at + 1, spans, text, width)


def _split(text: str, separator: str) -> list[str]:
    try:
        with long_cells():
            return next(csv.reader([text], delimiter=separator), [])
    except csv.Error:
        return []


def _fields_mostly(lines: Sequence[str], separator: str) -> int:
    """How many fields most of the lines have; 0 without lines."""
    counts = Counter(len(_split(line, separator)) for line in lines if line.strip())
    return max(counts, key=lambda fields: (counts[fields], fields), default=0)


def _ends_empty(lines: Sequence[str], separator: str, fields: int) -> bool:
    """Whether the last field is empty wherever there are so many."""
    rows = [row for line in lines if len(row := _split(line, separator)) == fields]
    return not any(row[-1].strip() for row in rows)


def _names_most(header: Header) -> bool:
    """Whether at least half of the fields have a name, and two of several."""
    return 2 * _named(header) >= header.width and (_named(header) > 1 or header.width == 1)


def _named(header: Header) -> int:
    return sum(bool(name.strip()) for name in header.names)


@contextmanager
def long_cells() -> Iterator[None]:
    """Python's reader refuses cells of more than 131,072 characters; here they may be as long as lines."""
    before = csv.field_size_limit(LINE_AT_MOST)
    try:
        yield
    finally:
        csv.field_size_limit(before)
