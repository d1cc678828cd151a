"""Enrolment at the counter: a name, a phone number if wanted, and a blank card to scan."""

from __future__ import annotations

from clerk.ui.drawing.lines import EMPTY, Line, Piece, Role, heading, outside, say, wrapped
from clerk.ui.drawing.prompt import Prompt
from clerk.ui.drawing.view import View, mark

FIELDS = ("Name", "Phone, if they like")
"""What is typed, in order."""

WIDE = 24
"""Cells of what stands before a line."""


class EnrolView(View):
    """Two lines to type in and a card to scan; `^E` records it, Enter only goes on, because scanners type Enter."""

    name = "enrol"
    hint = "Type · ↓ next line · scan a blank card · ^E enrols · Esc goes back"

    def __init__(self) -> None:
        self.lines = tuple(Prompt() for _ in FIELDS)
        self.at = 0
        self.card = ""
        """The blank card that is handed out; empty until one was scanned."""
        self.saving = False

    @property
    def prompt(self) -> Prompt:
        """The line that letters go into."""
        return self.lines[self.at]

    @property
    def member_name(self) -> str:
        """As typed."""
        return self.lines[0].text.strip()

    @property
    def phone(self) -> str:
        """As typed."""
        return self.lines[1].text.strip()

    def draw(self, width: int, height: int) -> list[Line]:
        """The lines, the card, and what happens next."""
        rows = [heading("A new member", width), EMPTY]
        for number, (field, line) in enumerate(zip(FIELDS, self.lines, strict=True)):
            label = f"  {mark(number == self.at)}{field:<{WIDE - 4}}"
            if number == self.at:
                rows.append((Piece(label, Role.ACCENT), *line.draw(max(width - WIDE - 2, 8))))
            else:
                rows.append((Piece(label, Role.MUTED), Piece(outside(line.text))))
        card = f"····{self.card[-4:]}, read" if self.card else "scan a blank card; without one, print theirs later"
        rows.append(
            (Piece(f"    {'Card':<{WIDE - 4}}", Role.MUTED), Piece(card, Role.GOOD if self.card else Role.MUTED))
        )
        after = (
            "Works without a network: this counter knows them at once, all others after the next night. Ask one by one "
            "what they agree to, and record each answer."
        )
        return [*rows, EMPTY, *(say("  " + row, Role.MUTED) for row in wrapped(after, width - 4, 4))][:height]

    def offers(self) -> frozenset[str]:
        """Going through the lines."""
        return frozenset(("open", "enrol"))

    def move(self, step: int) -> None:
        """The line above or below."""
        self.at = max(0, min(self.at + (1 if step > 0 else -1), len(FIELDS) - 1))
