"""Who opened whom and changed what, newest first: what this counter recorded and what nights brought."""

from __future__ import annotations

from collections.abc import Sequence

from clerk.model import AuditLine
from clerk.phrases import clock_time, date
from clerk.ui.drawing.lines import Line, Piece, Role, cut, heading, outside, say, wrapped
from clerk.ui.drawing.view import Scrolled

_WHEN, _WHO = 20, 16
"""Columns of the first two."""


class AuditView(Scrolled):
    """A list to scroll in.

    Args:
        lines: newest first.
    """

    name = "audit"
    hint = "↑ ↓ scroll · `clerk audit` looks further back · Esc goes back"

    def __init__(self, lines: Sequence[AuditLine]) -> None:
        super().__init__()
        self._lines = tuple(lines)

    def rows(self, width: int) -> list[Line]:
        """One row for each action."""
        detail = f"the latest {len(self._lines)}" if self._lines else "nothing yet"
        rows: list[Line] = [heading("Who did what", width, detail)]
        if not self._lines:
            words = "Visits, answers, corrections, sign-ins and every look at contact details will stand here."
            return [*rows, *(say("  " + row, Role.MUTED) for row in wrapped(words, width - 4, 2))]
        for one in self._lines:
            who = cut(outside(one.actor), _WHO - 1)
            whom = f"{outside(one.member_id)}  " if one.member_id else ""
            rows.append(
                (
                    Piece(f"  {date(one.at)} {clock_time(one.at)}".ljust(_WHEN + 2), Role.MUTED),
                    Piece(who + " " * (_WHO - len(who)), Role.STRONG),
                    Piece(cut(f"{whom}{outside(one.words)}", max(width - _WHEN - _WHO - 3, 8))),
                )
            )
        return rows
