"""The start screen: scan a card. A sample store shows a member's card to scan from the screen."""

from __future__ import annotations

from collections.abc import Sequence

from clerk.model import Notice, ShopStatus
from clerk.phrases import count, date
from clerk.ui.drawing.lines import EMPTY, Line, Piece, Role, beside, outside, say, width_of, wrapped
from clerk.ui.drawing.view import Picked, View, mark

ENTRIES: tuple[Picked, ...] = (
    Picked("prep", "prep", "Prep list for tomorrow"),
    Picked("scorecard", "scorecard", "Scorecard"),
    Picked("nights", "nights", "Nights and store data"),
)
"""The shop's own screens; nothing is picked until an arrow key was pressed, so that a stray Enter opens nothing."""

_KEYS = {"prep": "^L", "scorecard": "^R", "nights": "^N"}


class HomeView(View):
    """The start screen with nobody open. Until the store data is read, `status` is None and scans are kept."""

    name = "home"

    def __init__(self, status: ShopStatus | None = None, qr: Sequence[str] = ()) -> None:
        self.status = status
        self._qr = tuple(qr)
        self._picked = -1

    def draw(self, width: int, height: int) -> list[Line]:
        """What to do, the sample card if there is one, and notices for the shop."""
        if self.status is None:
            return [EMPTY, say("  Opening the store data.", Role.STRONG), say("  A card scanned now is answered.")]
        room = width - self._qr_cells() - 4 if self._qr else width - 4
        words = self._words(self.status, room)
        for notice in self.status.warnings:
            words += [EMPTY, *notice_lines(notice, room)]
        left = [(Piece("  "), *line) for line in words]
        if not self._qr:
            return [EMPTY, *left][:height]
        code = [(Piece(row, Role.QR),) for row in self._qr]
        return beside([EMPTY, *left], code, room + 2, self._qr_cells())[:height]

    def offers(self) -> frozenset[str]:
        """The sample card, where there is one; a picked screen of the shop."""
        offered = {"sample"} if self.status and self.status.demo_code else set()
        return frozenset(offered | ({"open"} if self.picked() else set()))

    def picked(self) -> Picked | None:
        """A screen of the shop."""
        return ENTRIES[self._picked] if self.status is not None and self._picked >= 0 else None

    def move(self, step: int) -> None:
        """Picks a screen of the shop; above the first one nothing is picked."""
        self._picked = max(-1, min(self._picked + step, len(ENTRIES) - 1))

    def pick(self, row: int) -> None:
        if 0 <= row < len(ENTRIES):
            self._picked = row

    def pick_kind(self, kind: str) -> None:
        """Picks what was picked before the status was read again."""
        self._picked = next((number for number, entry in enumerate(ENTRIES) if entry.kind == kind), -1)

    def _qr_cells(self) -> int:
        return width_of((Piece(self._qr[0]),)) if self._qr else 0

    def _words(self, status: ShopStatus, room: int) -> list[Line]:
        lines: list[Line] = [say("Scan a member's card.", Role.STRONG)]
        lines += [say(row) for row in wrapped("Or type a name or a code and press Enter.", room, 2)]
        lines.append(EMPTY)
        shop = f"{count(status.members, 'member')}, {count(status.items, 'item')}, {count(status.lines, 'line item')}."
        lines += [say(row, Role.MUTED) for row in wrapped(shop, room, 2)]
        if status.encoder:
            search = "Items are found by words and by meaning."
        else:
            search = "Items are found by words; no encoder is installed for meaning."
        lines += [say(row, Role.MUTED) for row in wrapped(search, room, 2)]
        if status.night:
            lines += [say(row, Role.WARN) for row in wrapped(f"! {outside(status.night)} ^N says what to do.", room, 2)]
        elif status.stale:
            words = f"! No newer data came since {date(status.built_at)}. ^N shows the nights."
            lines += [say(row, Role.WARN) for row in wrapped(words, room, 2)]
        if status.demo_code:
            name = outside(status.demo_name) or "the sample member"
            groups = " ".join(status.demo_code[start : start + 4] for start in range(0, len(status.demo_code), 4))
            lines += [EMPTY, say(f"Card of {name}", Role.TITLE)]
            lines += [say(row, Role.STRONG) for row in wrapped(outside(groups), room, 2)]
            lines += [say(row) for row in wrapped("Scan it, or press F4 to scan the sample card.", room, 2)]
        lines += [EMPTY, say("For the shop", Role.TITLE)]
        for number, entry in enumerate(ENTRIES):
            picked = number == self._picked
            words = f"{mark(picked)}{entry.name}"
            lines.append(
                (
                    Piece(words, Role.PICKED if picked else Role.TEXT, f"row:{number}"),
                    Piece(f"  {_KEYS[entry.kind]}", Role.ACCENT, f"row:{number}"),
                )
            )
        return lines


class TroubleView(View):
    """The store data could not be opened; nothing can be looked up until a person has done something."""

    name = "trouble"

    def __init__(self, notice: Notice) -> None:
        self._notice = notice

    def draw(self, width: int, height: int) -> list[Line]:
        """What happened and what to do."""
        head = say("  The counter cannot open its store data.", Role.STRONG)
        body = [(Piece("  "), *line) for line in notice_lines(self._notice, width - 4)]
        return [EMPTY, head, EMPTY, *body, EMPTY, say("  F12 closes the counter.")][:height]


def notice_lines(notice: Notice, cells: int) -> list[Line]:
    """A notice as rows: code, what happened, what to do."""
    words = f"! {outside(notice.code)} {outside(notice.what)} {outside(notice.remedy)}"
    return [say(row, Role.BAD) for row in wrapped(words, cells, 4)]
