"""What every screen of the counter offers: its lines, what is picked, its keys; and marks of past purchases."""

from __future__ import annotations

from typing import NamedTuple

from rich.cells import cell_len

from clerk.model import Item, LineMark
from clerk.phrases import money
from clerk.ui.drawing.lines import Line, Piece, Role, outside

PICKED = "▸"
"""Stands before the picked row, so that the row is known without its colour."""

STRIKE = "strike"
"""The line is struck out: it counts for nothing and is shown no more."""

MARKS: tuple[str, ...] = (LineMark.GIFT, LineMark.MISTAKE, LineMark.OTHER, STRIKE)
"""What F9 can say about a past line, in the order of the arrow keys."""

MARK_WORDS: dict[str, str] = {
    LineMark.GIFT: "gift",
    LineMark.MISTAKE: "mistake",
    LineMark.OTHER: "for someone else",
    STRIKE: "strike out",
}
"""The marks as they are read."""


class Picked(NamedTuple):
    """The row that keys act on."""

    kind: str
    """`suggestion`, `due`, `usual`, `line`, `member`, `item`."""
    key: str
    """SKU, line reference or member id, by kind."""
    name: str
    sku: str = ""
    """Of the item in the row, if there is one."""


class View:
    """A screen: drawn whole from its own data, given keys by the counter."""

    name = "view"
    """The help text's name of the screen."""

    @property
    def hint(self) -> str:
        """What to do when nothing needs to be said."""
        return "Scan the next card, or type and press Enter"

    def draw(self, width: int, height: int) -> list[Line]:
        """The rows of this screen, at most `height`."""
        raise NotImplementedError

    def offers(self) -> frozenset[str]:
        """Actions that apply now, beyond those that apply everywhere."""
        return frozenset()

    def picked(self) -> Picked | None:
        """What keys act on."""
        return None

    def move(self, step: int) -> None:
        """Picks another row, or scrolls."""

    def pick(self, row: int) -> None:
        """Picks a row by its number in drawing order."""


class Scrolled(View):
    """A screen of plain rows that may be longer than the terminal."""

    def __init__(self) -> None:
        self._top = 0

    def rows(self, width: int) -> list[Line]:
        """All rows, unscrolled."""
        raise NotImplementedError

    def draw(self, width: int, height: int) -> list[Line]:
        """The rows in view."""
        rows = self.rows(width)
        self._top = max(0, min(self._top, len(rows) - height))
        seen = rows[self._top : self._top + height]
        if len(rows) > self._top + height and height > 2:
            left = len(rows) - self._top - height + 1
            seen[-1] = (Piece(f"↓ {left} more rows, ↓ or PgDn", Role.MUTED),)
        return seen

    def move(self, step: int) -> None:
        """Scrolls."""
        self._top = max(0, self._top + step)


def stock_words(item: Item) -> str:
    """`3 here`, `out today`, `not counted`."""
    if item.on_hand is None:
        return "not counted"
    return f"{item.on_hand} here" if item.on_hand > 0 else "out today"


def place_words(item: Item, currency: str, room: int = 200) -> str:
    """Price, shelf and stock in one phrase of at most `room` cells; the price gives way first, the stock last."""
    price, stock = money(item.price_minor, currency), stock_words(item)
    shelf = f"shelf {outside(item.shelf)}" if item.shelf else ""
    for parts in ((price, shelf, stock), (shelf, stock), (price, stock)):
        words = " · ".join(part for part in parts if part)
        if cell_len(words) <= room:
            return words
    return stock


def mark(picked: bool) -> str:
    """The two cells before a row."""
    return f"{PICKED} " if picked else "  "


class Markable(View):
    """A screen with past lines on it."""

    marking: str | None = None
    """The mark that F9 would record now."""

    def choose_mark(self, step: int) -> None:
        """The mark beside the one being chosen."""
        current = MARKS.index(self.marking) if self.marking else -step
        self.marking = MARKS[(current + step) % len(MARKS)]

    @property
    def marking_words(self) -> str:
        """The mark being chosen as it is read, or nothing."""
        return MARK_WORDS[self.marking] if self.marking else ""
