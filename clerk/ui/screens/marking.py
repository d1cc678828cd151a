"""Setting a past line aside: what F9 can say about it, chosen with the arrow keys before it is recorded."""

from __future__ import annotations

from clerk.model import LineMark
from clerk.ui.screens.view import View

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
