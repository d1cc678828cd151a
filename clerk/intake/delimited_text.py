"""Reads delimited text into complete rows: encodings, separators, broken lines.

A file is plain when every physical line has as many separators as the header and there is no quote; polars then
reads it as it lies. Anything else is taken apart row by row here, so that a broken line spoils no other row.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from clerk.errors import SourceUnreadable

SEPARATORS = (",", ";", "\t", "|")

_LINES_JOINED_AT_MOST = 60
"""Physical lines a quoted field may span; beyond, the quote is taken for an unclosed one."""

_REMEDY = "Export it again as CSV in UTF-8, or as Parquet."


@dataclass(slots=True)
class Rows:
    """A delimited file, ready for polars."""

    header: list[str]
    separator: str
    content: Path | bytes
    """The file itself when it is plain, else its whole rows as UTF-8 with a header."""
    row_numbers: list[int] | None = None
    """Line in the file of each row, counted from 1 with the header; None when they simply follow each other."""
    broken: list[tuple[int, str, str]] = field(default_factory=list)
    """(line, reason, original) of rows that could not be used."""
    lines: int = 0
    """Rows of a file that is plain."""
    torn_row: int = 0
    """Line in the file of a last row without a line end: its last field may be cut. 0 where there is none."""


def whole_rows(path: Path, keep: Sequence[int] | None = None) -> Rows:
    """The rows of a delimited file.

    Args:
        path: the file.
        keep: places of the columns that a rewritten content has; without it all. A file that is plain has them all.

    Raises:
        SourceUnreadable: no text, or no header.
    """
    raw = _as_utf8(path)
    with raw if isinstance(raw, io.BytesIO) else path.open("rb") as lines:
        first = lines.readline()
        start = len(codecs.BOM_UTF8) if first.startswith(codecs.BOM_UTF8) else 0
        head = first[start:].decode("utf-8", "replace").strip("\r\n")
        if not head.strip() or "\0" in head:
            raise SourceUnreadable(f"{path.name} has no header line.", _REMEDY)
        separator = max(SEPARATORS, key=head.count)
        header = next(csv.reader([head], delimiter=separator))
        if '"' not in head and not isinstance(raw, io.BytesIO):
            plain = _plain_lines(lines, separator, len(header))
            if plain is not None:
                torn_row = plain + 1 if plain and not _has_end(lines) else 0
                return Rows(header, separator, path, lines=plain, torn_row=torn_row)
        lines.seek(len(first))
        return _row_by_row(lines, header, separator, range(len(header)) if keep is None else keep)


def _plain_lines(lines: BinaryIO, separator: str, fields: int) -> int | None:
    """How many lines follow, or None where one of them is not as plain as all have to be."""
    mark, needed = separator.encode(), fields - 1
    count = 0
    for line in lines:
        if line.count(mark) != needed or b'"' in line or len(line) < 3 or not _is_utf8(line):
            return None
        count += 1
    return count


def _has_end(lines: BinaryIO) -> bool:
    """Whether the last line of the file ends as a line does."""
    lines.seek(-1, io.SEEK_END)
    return lines.read(1) == b"\n"


def _row_by_row(lines: BinaryIO, header: list[str], separator: str, keep: Sequence[int]) -> Rows:
    """Splits the file row by row: complete rows are rewritten as plain CSV, broken ones listed with their reason."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([f"c{place}" for place in keep])
    rows = Rows(header, ",", b"", [])
    assert rows.row_numbers is not None
    queue, last = _Lines(lines), 0
    for number, line in queue:
        if not line.strip():
            continue
        fields, reason = _fields(line, separator, len(header))
        if fields is None and reason == _OPEN:
            fields, reason = _joined(queue, line, separator, len(header))
        if fields is None:
            rows.broken.append((number, reason, line.rstrip("\r\n")))
        else:
            rows.row_numbers.append(number)
            writer.writerow([fields[place] for place in keep])
        last = number
    rows.content = out.getvalue().encode("utf-8", "replace")
    rows.torn_row = last if last and not _has_end(lines) else 0
    return rows


_OPEN = "a quote is opened and never closed"


def _fields(line: str, separator: str, needed: int) -> tuple[list[str] | None, str]:
    """The fields of one row, or why it is broken."""
    if "\ufffd" in line:
        return None, "not in the encoding of the file"
    for strict in (True, False):
        try:
            fields = next(csv.reader([line.rstrip("\r\n")], delimiter=separator, strict=strict), [])
        except csv.Error as problem:
            if "unexpected end of data" in str(problem):
                return None, _OPEN
            continue
        if len(fields) == needed:
            return fields, ""
        return None, f"{len(fields)} fields, the header has {needed}"
    return None, "cannot be taken apart"


def _joined(queue: _Lines, line: str, separator: str, needed: int) -> tuple[list[str] | None, str]:
    """A row whose quoted field spans lines; nothing when it never closes, and the lines are given back."""
    taken: list[str] = []
    while len(taken) < _LINES_JOINED_AT_MOST:
        following = queue.take()
        if following is None:
            break
        taken.append(following)
        if '"' not in following:
            continue
        whole = "".join([line, *taken])
        try:
            fields = next(csv.reader(io.StringIO(whole, newline=""), delimiter=separator, strict=True))
        except csv.Error:
            continue
        if len(fields) == needed:
            return fields, ""
        break
    queue.give_back(taken)
    return None, _OPEN


class _Lines:
    """Numbered lines that can be put back."""

    def __init__(self, source: BinaryIO) -> None:
        self._source = source
        self._returned: list[str] = []
        self._number = 1

    def __iter__(self) -> Iterator[tuple[int, str]]:
        while (line := self.take()) is not None:
            yield self._number, line

    def take(self) -> str | None:
        if self._returned:
            line = self._returned.pop()
        elif raw := self._source.readline():
            line = raw.decode("utf-8", "replace")
        else:
            return None
        self._number += 1
        return line

    def give_back(self, lines: list[str]) -> None:
        self._returned.extend(reversed(lines))
        self._number -= len(lines)


def _as_utf8(path: Path) -> Path | io.BytesIO:
    """The file when it is UTF-8 with ordinary line ends, else its text in UTF-8."""
    with path.open("rb") as file:
        start = file.read(65_536)
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return io.BytesIO(
            path.read_bytes().decode("utf-16", "replace").replace("\r\n", "\n").encode("utf-8", "replace")
        )
    if start.count(b"\0") > len(start) // 8:
        raise SourceUnreadable(f"{path.name} is no text.", _REMEDY)
    if b"\n" not in start and b"\r" in start:
        return io.BytesIO(_decoded(path).replace("\r", "\n").encode("utf-8", "replace"))
    return path if _mostly_utf8(path) else io.BytesIO(_decoded(path).encode())


def _mostly_utf8(path: Path) -> bool:
    """Whether more lines with letters beyond ASCII are UTF-8 than are not; a single bad byte is a bad row."""
    good = bad = 0
    with path.open("rb") as file:
        for line in file:
            if not line.isascii():
                if _is_utf8(line):
                    good += 1
                else:
                    bad += 1
    return good >= bad


def _is_utf8(line: bytes) -> bool:
    if line.isascii():
        return True
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True


def _decoded(path: Path) -> str:
    """Text of a file that is not UTF-8: taken for Windows Western, the only other thing tills still write."""
    raw = path.read_bytes()
    return raw.decode("utf-8-sig") if _is_utf8(raw) else raw.decode("cp1252", "replace")
