"""A member's contact details in full, for those who may see them; every look is recorded."""

from __future__ import annotations

from clerk.model import Member
from clerk.ui.drawing.lines import EMPTY, Line, Piece, Role, cut, heading, outside, say, wrapped
from clerk.ui.drawing.view import View

KEPT = "That you looked is kept on record: `clerk audit` shows it."
"""Said below the details."""


class ContactView(View):
    """Phone, e-mail and birthday of one member.

    Args:
        member: with everything.
    """

    name = "contact"
    hint = "Esc goes back"

    def __init__(self, member: Member) -> None:
        self._member = member

    def draw(self, width: int, height: int) -> list[Line]:
        """One row each."""
        member = self._member
        name = outside(member.name) or "a member without a name"
        lines: list[Line] = [heading(f"Contact details of {cut(name, width // 2)}", width), EMPTY]
        for label, value in (("Phone", member.phone), ("E-mail", member.email), ("Birthday", member.birthday)):
            words = cut(outside(value), width - 14) if value else "not on record"
            lines.append((Piece(f"  {label:<10}", Role.MUTED), Piece(words, Role.TEXT if value else Role.MUTED)))
        return [*lines, EMPTY, *(say("  " + row, Role.MUTED) for row in wrapped(KEPT, width - 4, 2))][:height]

    def offers(self) -> frozenset[str]:
        """The next member."""
        return frozenset(("next",))
