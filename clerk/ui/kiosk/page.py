"""A page of the kiosk: words above, big numbered buttons below. Pure; from a page, a width and a height to lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from rich.cells import cell_len

from clerk.ui.drawing.lines import EMPTY, Line, Piece, Role, cut, heading, outside, say, spread, wrapped

BUTTON_ROWS = 3
"""Rows of a button: with its border as tall as a finger at the text sizes of a kiosk."""

WIDE = 100
"""Columns from which three buttons stand side by side."""

ROWS_AT_MOST = 8
"""Rows that one paragraph may take: the longest words of a purpose are shown to the end."""


class Button(NamedTuple):
    """One target: a key and what it does."""

    key: str
    """The key that does the same: a digit, `escape`, `backspace` or `enter`."""
    label: str
    detail: str = ""


class Words(NamedTuple):
    """A paragraph."""

    text: str
    role: Role = Role.TEXT
    indent: int = 0


@dataclass(frozen=True, slots=True)
class Page:
    """One page of the kiosk: text and buttons."""

    title: str
    words: tuple[Words, ...] = ()
    buttons: tuple[Button, ...] = ()
    rows: tuple[Button, ...] = ()
    """Entries of a list, each as wide as the glass, above the other buttons."""
    columns: int = 0
    """Buttons side by side; 0 is as many as the width allows."""
    said: Words = field(default=Words(""))
    """The latest remark."""
    big: bool = False
    """Whether the words stand in the middle: a page with one thing to say."""


def draw(page: Page, store: str, note: str, width: int, height: int) -> list[Line]:
    """Every row of the screen.

    Args:
        page: what to draw.
        store: the shop's name.
        note: at the right of the top line: how long the screen stays.
        width: columns.
        height: rows.
    """
    columns = page.columns or (4 if page.rows else 3 if width >= WIDE else 2)
    buttons = [*button_rows(page.rows, 1, width), *button_rows(page.buttons, columns, width)]
    said = [say(" " + row, page.said.role) for row in wrapped(page.said.text, width - 2, 2)]
    room = max(height - 2 - len(said) - len(buttons), 0)
    body = _words(page.words, width)[:room]
    if page.big:
        body = [EMPTY] * max((room - len(body)) // 2, 0) + body
    body += [EMPTY] * (room - len(body))
    return [_top(store, note, width), heading(outside(page.title), width), *body, *said, *buttons][:height]


def button_rows(buttons: Sequence[Button], columns: int, width: int) -> list[Line]:
    """The buttons, so many side by side, each with its border."""
    lines: list[Line] = []
    cells = max(width // columns, 8)
    for start in range(0, len(buttons), columns):
        row = buttons[start : start + columns]
        parts = [_button(one, cells) for one in row]
        lines += [tuple(piece for part in parts for piece in part[at]) for at in range(BUTTON_ROWS)]
    return lines


def _button(button: Button, cells: int) -> tuple[Line, Line, Line]:
    """Three rows, all of them the target."""
    hit, inner = f"key:{button.key}", cells - 3
    shown = {"escape": "Esc", "backspace": "⌫", "enter": "⏎", "done": "×"}.get(button.key, button.key)
    label = cut(outside(button.label), max(inner - cell_len(shown) - 4, 1))
    left = cell_len(shown) + cell_len(label) + 4
    detail = cut(f"  {outside(button.detail)}", max(inner - left, 0)) if button.detail else ""
    gap = " " * max(inner - left - cell_len(detail), 0)
    return (
        (Piece(f"╭{'─' * inner}╮ ", Role.RULE, hit),),
        (
            Piece("│", Role.RULE, hit),
            Piece(f" {shown} ", Role.BAR_KEY, hit),
            Piece(f" {label} ", Role.STRONG, hit),
            Piece(f"{detail}{gap}", Role.TEXT, hit),
            Piece("│ ", Role.RULE, hit),
        ),
        (Piece(f"╰{'─' * inner}╯ ", Role.RULE, hit),),
    )


def _words(words: Sequence[Words], width: int) -> list[Line]:
    """The paragraphs, wrapped; an empty one is an empty row."""
    lines: list[Line] = []
    for one in words:
        rows = wrapped(outside(one.text), width - 2 - one.indent, ROWS_AT_MOST) or [""]
        lines += [say(" " * (1 + one.indent) + row, one.role) for row in rows]
    return lines


def _top(store: str, note: str, width: int) -> Line:
    """`Harbour Lane Coffee            closes in 25 s`."""
    left, right = Piece(f" {outside(store) or 'Store'}", Role.BAR), Piece(f" {note} ", Role.BAR_KEY)
    return tuple(
        piece._replace(role=Role.BAR) if piece.role is Role.TEXT else piece
        for piece in spread((left,), (right,), width)
    )
