"""One line of typed text with a caret, drawn like everything else; no widget, so there is no focus to be stolen."""

from __future__ import annotations

from clerk.text import clean
from clerk.ui.drawing.lines import Piece, Role, cut

LONGEST = 120
"""Letters kept; a name or a query is shorter."""


class Prompt:
    """What was typed, and where the caret stands."""

    def __init__(self, text: str = "") -> None:
        self.text = text
        self.caret = len(text)

    def __bool__(self) -> bool:
        return bool(self.text)

    def insert(self, text: str) -> bool:
        """Types at the caret."""
        fresh = clean(text, LONGEST) if len(text) > 1 else text
        fresh = fresh[: LONGEST - len(self.text)]
        self.text = self.text[: self.caret] + fresh + self.text[self.caret :]
        self.caret += len(fresh)
        return bool(fresh)

    def press(self, key: str) -> bool:
        """Handles an editing key; gives whether it was one."""
        before, after = self.text[: self.caret], self.text[self.caret :]
        if key == "backspace":
            self.text, self.caret = before[:-1] + after, max(self.caret - 1, 0)
        elif key == "delete":
            self.text = before + after[1:]
        elif key == "left":
            self.caret = max(self.caret - 1, 0)
        elif key == "right":
            self.caret = min(self.caret + 1, len(self.text))
        elif key == "home":
            self.caret = 0
        elif key == "end":
            self.caret = len(self.text)
        elif key == "ctrl+w":
            kept = before.rstrip().rpartition(" ")[0]
            kept = kept + " " if kept else ""
            self.text, self.caret = kept + after, len(kept)
        elif key == "ctrl+u":
            self.text, self.caret = after, 0
        else:
            return False
        return True

    def take_back(self, letters: int) -> None:
        """Removes the last letters typed: they were a scan that came too slowly to be known as one."""
        start = max(self.caret - letters, 0)
        self.text = self.text[:start] + self.text[self.caret :]
        self.caret = start

    def clear(self) -> None:
        """Empties the line."""
        self.text, self.caret = "", 0

    def draw(self, cells: int) -> tuple[Piece, ...]:
        """The text with its caret, its end kept in view."""
        before, after = self.text[: self.caret], self.text[self.caret :]
        room = max(cells - 1, 1)
        if len(before) > room - 1:
            before = "…" + before[-(room - 2) :]
        return (Piece(before, Role.STRONG), Piece("▏", Role.ACCENT), Piece(cut(after, room - len(before)), Role.STRONG))
