"""What the member agrees to: three purposes, where each stands, and the words that are read out before it changes."""

from __future__ import annotations

from collections.abc import Sequence

from clerk.model import AGREED_IN_WORDS, Agreement, AgreementState, Purpose
from clerk.ui.drawing.lines import EMPTY, Line, Piece, Role, cut, heading, outside, say, spread, wrapped
from clerk.ui.drawing.view import Picked, View, mark

TITLES = {
    Purpose.REMEMBER: "Remember me",
    Purpose.SUGGEST: "Suggest to me",
    Purpose.CONTACT: "Contact me",
}
"""The purposes as they are read."""

_MARKS = {
    AgreementState.GIVEN: "✓",
    AgreementState.JOINED: "✓",
    AgreementState.WITHDRAWN: "✗",
    AgreementState.NOT_ASKED: "○",
    AgreementState.ASK_AGAIN: "?",
    AgreementState.UNREAD: "?",
}
_NAME_CELLS, _STATE_CELLS = 16, 19


class AgreementsView(View):
    """The purposes of one member; a yes and a no take two presses each.

    Args:
        member_name: for the heading.
        agreements: in the order they are asked.
    """

    name = "agreements"

    def __init__(self, member_name: str, agreements: Sequence[Agreement]) -> None:
        self._member_name = member_name
        self._agreements = tuple(agreements)
        # What the card leads here for is picked already: a question about suggestions that is open.
        asked_for = (Purpose.REMEMBER, Purpose.SUGGEST)
        open_rows = [row for row, one in enumerate(self._agreements) if one.is_open and one.purpose in asked_for]
        self._picked = open_rows[0] if open_rows else 0
        self.asked = False
        """Whether the next ^G records."""
        self.recorded = False
        """Whether the picked one was recorded just now: a key that is held down must not take it back again."""

    def renew(self, agreements: Sequence[Agreement]) -> None:
        """As they stand now."""
        self._agreements = tuple(agreements)

    @property
    def one(self) -> Agreement | None:
        """The picked one."""
        return self._agreements[self._picked] if self._agreements else None

    @property
    def hint(self) -> str:
        """Which keys record what about the picked one."""
        one = self.one
        if one is not None and one.allowed:
            return "↑ ↓ pick · read the words out · ^G twice: no longer agreed"
        no = " · F7 twice: a no" if one is not None and one.is_open else ""
        return f"↑ ↓ pick · read the words out · ^G twice: a yes{no}"

    def draw(self, width: int, height: int) -> list[Line]:
        """One row each, the words of the picked one below."""
        name = outside(self._member_name) or "a member without a name"
        lines: list[Line] = [heading(f"What {cut(name, width // 2)} agrees to", width), EMPTY]
        for index, one in enumerate(self._agreements):
            role = Role.PICKED if index == self._picked else Role.TEXT
            hit = f"row:{index}"
            state = f"{_MARKS[one.state]} {AGREED_IN_WORDS[one.state]}"
            left = (
                Piece(mark(index == self._picked), role, hit),
                Piece(f"{TITLES[one.purpose]:<{_NAME_CELLS}}", role, hit),
                Piece(f"{state:<{_STATE_CELLS}}", Role.STRONG if one.allowed else role, hit),
            )
            since = Piece(cut(outside(one.since), width - _NAME_CELLS - _STATE_CELLS - 4), Role.MUTED, hit)
            lines.append(spread((*left, since), EMPTY, width))
        if (picked := self.one) is not None:
            lines += [EMPTY, say(f"  Read out (wording {cut(outside(picked.version), width // 2)}):", Role.MUTED)]
            lines += [say("  " + row, Role.STRONG) for row in wrapped(f"“{outside(picked.wording)}”", width - 4, 6)]
        return lines[:height]

    def offers(self) -> frozenset[str]:
        """Changing what is picked; a no is recorded as such only where the question is open."""
        return frozenset(("next", "agree", *(("never",) if self.one is not None and self.one.is_open else ())))

    def picked(self) -> Picked | None:
        """The purpose that ^G is about."""
        one = self.one
        return Picked("purpose", one.purpose.value, TITLES[one.purpose]) if one is not None else None

    def move(self, step: int) -> None:
        self.pick(max(0, min(self._picked + step, len(self._agreements) - 1)))

    def pick(self, row: int) -> None:
        """Picks a row that was tapped; an open question about another row is dropped."""
        if 0 <= row < len(self._agreements):
            self._picked, self.asked, self.recorded = row, False, False
