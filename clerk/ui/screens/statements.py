"""The member's statements that still count, newest first; each can be taken back."""

from __future__ import annotations

from collections.abc import Sequence

from clerk.model import EventKind, Statement
from clerk.phrases import date
from clerk.ui.drawing.lines import EMPTY, Line, Piece, Role, cut, heading, outside, say, spread, window, wrapped
from clerk.ui.drawing.view import Picked, View, mark

_DATE_CELLS = 13
"""Columns for the day of a statement."""

BY_WORD = "An agreement is changed by asking again: ^G."
"""Why an agreement is not taken back with this key."""


class StatementsView(View):
    """The list of one member.

    Args:
        member_name: for the heading.
        statements: newest first.
    """

    name = "statements"

    def __init__(self, member_name: str, statements: Sequence[Statement]) -> None:
        self._member_name = member_name
        self._statements = tuple(statements)
        self._picked = 0
        self.asked = ""
        """The event that was asked about; the next ^Z takes it back."""

    def renew(self, statements: Sequence[Statement]) -> None:
        """The list as it is now; what was picked stays picked where it is still there."""
        before = self.picked()
        self._statements, self.asked = tuple(statements), ""
        keys = [one.event_id for one in self._statements]
        if before is not None and before.key in keys:
            self._picked = keys.index(before.key)
        self._picked = max(0, min(self._picked, len(keys) - 1))

    def draw(self, width: int, height: int) -> list[Line]:
        """One row for each, the picked one in full below."""
        name = outside(self._member_name) or "a member without a name"
        detail = f"{len(self._statements)}, newest first" if self._statements else "nothing on record"
        lines: list[Line] = [heading(f"What {cut(name, width // 2)} said", width, detail)]
        if not self._statements:
            words = "Answers, marks, strike-outs, stated facts and agreements of this member will stand here."
            return [*lines, *(say("  " + row, Role.MUTED) for row in wrapped(words, width - 4, 2))][:height]
        foot = self._foot(width)
        for index in window(len(self._statements), self._picked, height - 1 - len(foot)):
            one = self._statements[index]
            picked = index == self._picked
            role = Role.PICKED if picked else Role.TEXT
            left = (
                Piece(mark(picked), role, f"row:{index}"),
                Piece(f"{date(one.at):<{_DATE_CELLS}}", Role.PICKED if picked else Role.MUTED, f"row:{index}"),
                Piece(outside(one.words), role, f"row:{index}"),
            )
            lines.append(spread(left, EMPTY if _can_go(one) else (Piece("changed by ^G ", Role.MUTED),), width))
        return [*lines, *foot][:height]

    def offers(self) -> frozenset[str]:
        """Taking back what is picked."""
        return frozenset(("next", "undo")) if self._statements else frozenset(("next",))

    @property
    def hint(self) -> str:
        """What can be done about the picked one."""
        how = "^G changes an agreement" if self.by_word_only else "^Z takes the picked one back"
        return f"↑ ↓ pick · {how} · Esc goes back"

    @property
    def by_word_only(self) -> bool:
        """Whether what is picked cannot be taken back, only changed by saying otherwise."""
        one = self._one()
        return one is not None and not _can_go(one)

    def picked(self) -> Picked | None:
        """What ^Z takes back."""
        one = self._one()
        return Picked("statement", one.event_id, outside(one.words)) if one is not None else None

    def move(self, step: int) -> None:
        """Picks another row; an open question about the one before is dropped."""
        self.pick(max(0, min(self._picked + step, len(self._statements) - 1)))

    def pick(self, row: int) -> None:
        if 0 <= row < len(self._statements):
            self._picked, self.asked = row, ""

    def _one(self) -> Statement | None:
        return self._statements[self._picked] if self._statements else None

    def _foot(self, width: int) -> list[Line]:
        """The picked row in full, and how it is changed."""
        one = self._one()
        assert one is not None
        how = "^Z takes it back." if _can_go(one) else BY_WORD
        words = f"{outside(one.words)}. {how}"
        return [EMPTY, *(say("  " + row, Role.MUTED) for row in wrapped(words, width - 4, 2))]


def _can_go(one: Statement) -> bool:
    """Whether it can be taken back; a consent is not undone but changed, and both events stay on record."""
    return one.kind is not EventKind.CONSENT
