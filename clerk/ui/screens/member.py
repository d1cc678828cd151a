"""The member screen: the card of the open visit."""

from __future__ import annotations

from clerk.model import VisitCard
from clerk.ui.drawing.lines import Line
from clerk.ui.drawing.view import Markable, Picked
from clerk.ui.screens.member_lines import State, draw, rows_of


class MemberView(Markable):
    """One open visit. The card is replaced whole by what a durable write brings back."""

    name = "member"

    def __init__(self, card: VisitCard, currency: str) -> None:
        self.card = card
        self.saving: dict[str, str] = {}
        self._currency = currency
        self._rows = rows_of(card)
        self._picked = next((number for number, row in enumerate(self._rows) if row.kind == "suggestion"), -1)
        if self._picked < 0 and self._rows:
            self._picked = 0

    @property
    def hint(self) -> str:
        """What can be done next; nothing that was said here can be listed where it cannot be read."""
        said = "" if self.card.unread is not None else " · F11 statements made here before"
        return f"Scan the next card, or type and press Enter{said}"

    def renew(self, card: VisitCard) -> None:
        """Shows a newer card of the same visit, the picked row kept where it still exists."""
        before = self.picked()
        self.card = card
        self._rows = rows_of(card)
        if before in self._rows:
            self._picked = self._rows.index(before)
        else:
            self._picked = min(self._picked, len(self._rows) - 1)

    def draw(self, width: int, height: int) -> list[Line]:
        return draw(self.card, State(self._picked, self.saving, self._currency, self.marking_words), width, height)

    def offers(self) -> frozenset[str]:
        """Answers for suggestions and due items, marks for past lines, next and undo always."""
        always = frozenset(("next", "undo"))
        row = self.picked()
        if row is None:
            return always
        if row.kind in ("suggestion", "due"):
            return always | {"took", "not-now", "never", "has-it", "open"}
        return always | {"open", "mark"} if row.kind == "line" else always | {"open"}

    def picked(self) -> Picked | None:
        """The row keys act on."""
        return self._rows[self._picked] if 0 <= self._picked < len(self._rows) else None

    def move(self, step: int) -> None:
        """Picks another row; a mark that was being chosen is dropped."""
        if self._rows:
            self.marking = None
            self._picked = max(0, min(self._picked + step, len(self._rows) - 1))

    def pick(self, row: int) -> None:
        if 0 <= row < len(self._rows):
            self.marking = None
            self._picked = row
