"""Lines as screens make them: pieces of text with a role, measured in terminal cells. Pure; no terminal, no colours.

A screen is a function from what it knows, a width and a height to a list of `Line`. Text that came from outside goes
through `outside` first, so nothing that steers a terminal reaches a line, and markup is never read from any text.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import NamedTuple

from rich.cells import cell_len, set_cell_size

from clerk.text import clean

OUTSIDE_LIMIT = 400
"""Code points of one outside text that a line may hold; wider than any terminal, short enough to measure."""


class Role(StrEnum):
    """What a piece of text is; the theme decides its looks. No role means anything by colour alone."""

    TEXT = "text"
    MUTED = "muted"
    TITLE = "title"
    STRONG = "strong"
    ACCENT = "accent"
    GOOD = "good"
    WARN = "warn"
    BAD = "bad"
    RULE = "rule"
    PICKED = "picked"
    BAR = "bar"
    BAR_KEY = "bar-key"
    QR = "qr"


class Piece(NamedTuple):
    """Text of one role; `hit` names what a tap on it does (`do:took`, `row:2`), or is empty."""

    text: str
    role: Role = Role.TEXT
    hit: str = ""


Line = tuple[Piece, ...]
"""One row of the screen, left to right."""

EMPTY: Line = ()
"""A row with nothing on it."""


def outside(text: str) -> str:
    """Text from outside as it may be drawn on one line."""
    return clean(text, OUTSIDE_LIMIT)


def say(text: str, role: Role = Role.TEXT) -> Line:
    """A line of one piece."""
    return (Piece(text, role),)


def width_of(line: Iterable[Piece]) -> int:
    """Terminal cells the line takes."""
    return sum(cell_len(piece.text) for piece in line)


def cut(text: str, cells: int) -> str:
    """The text in at most so many cells, an ellipsis where something is missing."""
    if cell_len(text) <= cells:
        return text
    if cells <= 0:
        return ""
    return set_cell_size(text, cells - 1).rstrip() + "…"


def fit(line: Iterable[Piece], cells: int) -> Line:
    """The line in exactly so many cells: cut with an ellipsis, or filled with blanks."""
    kept: list[Piece] = []
    left = cells
    for piece in line:
        length = cell_len(piece.text)
        if length > left:
            kept.append(piece._replace(text=cut(piece.text, left)))
            left -= cell_len(kept[-1].text)
            break
        kept.append(piece)
        left -= length
    if left > 0:
        kept.append(Piece(" " * left, kept[-1].role if kept and kept[-1].role is Role.PICKED else Role.TEXT))
    return tuple(kept)


def spread(left: Iterable[Piece], right: Iterable[Piece], cells: int) -> Line:
    """Left part at the left edge, right part at the right edge; the left part gives way."""
    ending = tuple(right)
    room = cells - width_of(ending) - 1
    if room < 8:
        return fit(left, cells)
    return (*fit(left, room), Piece(" "), *ending)


def beside(left: Sequence[Line], right: Sequence[Line], left_cells: int, right_cells: int, gap: int = 2) -> list[Line]:
    """Two columns, as many rows as the longer one."""
    rows = max(len(left), len(right))
    return [
        (
            *fit(left[row] if row < len(left) else EMPTY, left_cells),
            Piece(" " * gap),
            *fit(right[row] if row < len(right) else EMPTY, right_cells),
        )
        for row in range(rows)
    ]


def wrapped(text: str, cells: int, rows: int) -> list[str]:
    """The text broken at blanks into at most so many rows; the last one is cut when it is not enough."""
    if rows <= 0:
        return []
    words = text.split()
    done: list[str] = []
    current = ""
    for number, word in enumerate(words):
        longer = f"{current} {word}" if current else word
        if cell_len(longer) <= cells or not current:
            current = longer
            continue
        if len(done) == rows - 1:
            done.append(cut(" ".join([current, *words[number:]]), cells))
            return done
        done.append(cut(current, cells))
        current = word
    if current:
        done.append(cut(current, cells))
    return done


def heading(title: str, cells: int, detail: str = "") -> Line:
    """A titled rule: `── Usual · 7 of the last 10 visits ─────`."""
    start: list[Piece] = [Piece("── ", Role.RULE), Piece(cut(title, max(cells - 6, 1)), Role.TITLE)]
    if detail:
        room = cells - width_of(start) - 5
        start.append(Piece(" · " + cut(detail, room), Role.TEXT) if room > 6 else Piece(""))
    start.append(Piece(" ", Role.RULE))
    return (*start, Piece("─" * max(cells - width_of(start), 0), Role.RULE))


def window(count: int, picked: int, rows: int) -> range:
    """Which of `count` rows are drawn when `rows` fit and the picked one must be seen."""
    if count <= rows:
        return range(count)
    start = min(max(picked - rows // 2, 0), count - rows)
    return range(start, start + max(rows, 0))
