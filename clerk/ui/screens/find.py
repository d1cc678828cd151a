"""Find: members or items, as you type, over the whole database; drawn rows are few, the total is the true one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from clerk.model import Items, Members
from clerk.phrases import NOT_STATED
from clerk.ui.drawing.lines import Line, Piece, Role, cut, heading, outside, say, spread, window, wrapped
from clerk.ui.drawing.prompt import Prompt
from clerk.ui.drawing.view import Picked, View, mark, place_words


class _Row(NamedTuple):
    picked: Picked
    left: str
    right: str
    note: str = ""
    """What is not known about it, of what was asked for."""


class FindView(View):
    """What was typed and what it found. The counter asks the desk and hands the answers in.

    Args:
        what: `members` or `items`.
        currency: for prices.
        text: what to begin with.
    """

    name = "find"
    hint = "Type to find · ↑ ↓ pick a row · Enter opens it · a card can be scanned here too"

    def __init__(self, what: str, currency: str, text: str = "") -> None:
        self.what = what
        self.prompt = Prompt(text)
        self.by_meaning = ""
        """How far the search by meaning is, in words; empty for members."""
        self._currency = currency
        self._rows: tuple[_Row, ...] = ()
        self._total = 0
        self._remark = ""
        self._understood: tuple[str, ...] = ()
        self._picked = 0

    def found_members(self, members: Members) -> None:
        """Rows of members."""
        rows = [
            _Row(Picked("member", hit.member_id, outside(hit.name)), outside(hit.name), outside(hit.hint))
            for hit in members.hits
        ]
        remark = f"nothing for that; shown for “{outside(members.corrected)}”" if members.corrected else ""
        self._put(rows, members.total, remark)

    def found_items(self, items: Items) -> None:
        """Rows of items; the picked one stays picked when meaning is merged in."""
        rows = [
            _Row(
                Picked("item", hit.item.sku, outside(hit.item.name), hit.item.sku),
                outside(hit.item.name) + ("  (by meaning)" if hit.by == "meaning" else ""),
                outside(hit.note) or place_words(hit.item, self._currency),
                outside(hit.note),
            )
            for hit in items.hits
        ]
        # Without conditions the total counts what the words find; what meaning alone brought comes on top.
        more = 0 if items.understood else sum(1 for hit in items.hits if hit.by == "meaning")
        self._put(rows, items.total + more, outside(items.remark), tuple(map(outside, items.understood)))

    def failed(self, code: str, what: str, remedy: str) -> None:
        """The search did not work."""
        self._put([], 0, f"{code} {outside(what)} {outside(remedy)}")

    def draw(self, width: int, height: int) -> list[Line]:
        """The text being typed, then the rows."""
        other = "F3 finds items" if self.what == "members" else "F2 finds members"
        lines: list[Line] = [
            heading("Find a member" if self.what == "members" else "Find an item", width, other),
            (Piece("  "), *self.prompt.draw(width - 4)),
            self._rule(width),
        ]
        if self._understood:
            lines.append(say(f"  {cut('Understood: ' + ' · '.join(self._understood), width - 4)}", Role.MUTED))
        room = height - len(lines)
        if not self._rows:
            return lines + [say("  " + row, Role.TEXT) for row in wrapped(self._nothing(), width - 4, 3)]
        if self._remark:
            lines.append(say(f"  {cut(self._remark, width - 4)}", Role.WARN))
            room -= 1
        # The line above those of which it is not known takes a place of its own.
        unsure = next((index for index, row in enumerate(self._rows) if row.note), 0)
        for index in window(len(self._rows), self._picked, room - (1 if unsure else 0)):
            row = self._rows[index]
            if index == unsure and unsure:
                lines.append(say(f"  {NOT_STATED}", Role.WARN))
            picked = index == self._picked
            left = (Piece(mark(picked) + row.left, Role.PICKED if picked else Role.TEXT, f"row:{index}"),)
            lines.append(spread(left, (Piece(row.right + " ", Role.MUTED),), width))
        return lines

    def offers(self) -> frozenset[str]:
        """Opening the picked row."""
        return frozenset(("open",)) if self._rows else frozenset()

    def offers_all(self, member_ids: Iterable[str]) -> bool:
        """Whether these members are among the rows."""
        return set(member_ids) <= {row.picked.key for row in self._rows}

    def picked(self) -> Picked | None:
        """The row Enter opens."""
        return self._rows[self._picked].picked if self._rows else None

    def move(self, step: int) -> None:
        self._picked = max(0, min(self._picked + step, len(self._rows) - 1))

    def pick(self, row: int) -> None:
        if 0 <= row < len(self._rows):
            self._picked = row

    def _put(self, rows: list[_Row], total: int, remark: str, understood: tuple[str, ...] = ()) -> None:
        before = self.picked()
        self._rows, self._total, self._remark, self._understood = tuple(rows), total, remark, understood
        keys = [row.picked for row in rows]
        self._picked = keys.index(before) if self._picked and before in keys else 0

    def _rule(self, width: int) -> Line:
        if not self.prompt or not self._rows:
            return heading("Found", width)
        shown = f"{len(self._rows)} of {self._total:,}" if self._total > len(self._rows) else f"{len(self._rows):,}"
        more = ", type more to narrow it" if self._total > len(self._rows) else ""
        meaning = f" {self.by_meaning}" if self.by_meaning else ""
        return heading("Found", width, f"{shown}{meaning}{more}")

    def _nothing(self) -> str:
        if not self.prompt:
            if self.what == "members":
                return "Type part of a name, the end of a phone number, or a card number."
            return "Type what it is called or what it is for."
        if self._remark:
            return self._remark
        if self.what == "members":
            return f"No member matches “{self.prompt.text}”. Try fewer letters, or ask for the card."
        return f"No item matches “{self.prompt.text}”. Try other words."
