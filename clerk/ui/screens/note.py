"""Writing a note about the member: what does not belong into one stands above the line it is typed in."""

from __future__ import annotations

from clerk.ui.drawing.lines import EMPTY, Line, Piece, Role, cut, heading, outside, say, wrapped
from clerk.ui.drawing.prompt import Prompt
from clerk.ui.drawing.view import View

WARNING = (
    "No card numbers: they are refused. Nothing about health, and nothing you would not read aloud: the member may "
    "ask to see every note. Notes belong to the shop and stay when an associate leaves."
)
"""What stands above every note that is typed."""


class NoteView(View):
    """One line of text; `^O` records it, Enter does not, because scanners type Enter.

    Args:
        member_name: for the heading.
    """

    name = "note"
    hint = "Type the note · ^O records it · Esc goes back"

    def __init__(self, member_name: str) -> None:
        self.prompt = Prompt()
        self._member_name = member_name

    def draw(self, width: int, height: int) -> list[Line]:
        """The warning and the line."""
        name = outside(self._member_name) or "a member without a name"
        warned = [say("  " + row, Role.WARN) for row in wrapped("! " + WARNING, width - 4, 5)]
        typed: Line = (Piece("  Note: ", Role.ACCENT), *self.prompt.draw(max(width - 12, 8)))
        return [heading(f"Note about {cut(name, width // 2)}", width), EMPTY, *warned, EMPTY, typed][:height]

    def offers(self) -> frozenset[str]:
        """Recording it, once there is something."""
        return frozenset(("note", "next"))
