"""Why, and why not: the evidence behind a suggestion and every gate in order, with what it decided on which facts.

Where purchases speak, all of them or a single one can be picked and set aside: "do not use this".
"""

from __future__ import annotations

from collections.abc import Sequence

from clerk.model import HistoryLine, Why
from clerk.ui.drawing.lines import EMPTY, Line, Piece, Role, heading, outside, say, spread, wrapped
from clerk.ui.drawing.view import Markable, Picked, Scrolled, mark
from clerk.ui.screens.member_lines import modifier_words, short_date


class WhyView(Scrolled, Markable):
    """One item for one member.

    Args:
        why: what the desk found.
        reason: the line and evidence of the suggestion as it was drawn, when it was one.
        history: the member's latest lines, to name those that speak here.
        now: wall seconds of the card, for dates.
    """

    name = "why"

    def __init__(self, why: Why, reason: Sequence[str] = (), history: Sequence[HistoryLine] = (), now: int = 0) -> None:
        super().__init__()
        self._why = why
        self._reason = tuple(reason)
        self._lines = {line.line: line for line in history}
        self._now = now
        self._picked = 0
        self.asked_to_strike = False
        """Whether F9 was pressed once on all purchases; the second time strikes them out."""

    def rows(self, width: int) -> list[Line]:
        """The answer, the evidence, the gates."""
        why = self._why
        rows: list[Line] = [say(f" {outside(why.item.name)}", Role.STRONG)]
        rows += [say(" " + row) for row in wrapped(outside(why.line), width - 2, 3)]
        evidence = list(dict.fromkeys([*self._reason, *why.evidence]))
        rows += [EMPTY, heading("Evidence", width, "F9: do not use this" if self.rests_on else "")]
        if not evidence:
            rows.append(say("  Nothing on record is a reason for it.", Role.MUTED))
        for fact in evidence:
            rows += [
                say(("  · " if not at else "    ") + row) for at, row in enumerate(wrapped(outside(fact), width - 4, 3))
            ]
        rows += self._purchases(width)
        rows += [EMPTY, heading("Gates", width, "every reason for silence, in order")]
        for gate, passes, facts in why.gates:
            # A gate is named after what it stops; what passes is said by its facts alone.
            said = wrapped(outside(facts if passes else f"{gate.value}: {facts}"), max(width - 12, 8), 3) or [""]
            sign = Piece("  ✓ passes  " if passes else "  ✗ stops   ", Role.GOOD if passes else Role.BAD)
            role = Role.MUTED if passes else Role.STRONG
            rows.append((sign, Piece(said[0], role)))
            rows += [say(" " * 12 + row, role) for row in said[1:]]
        return rows

    @property
    def rests_on(self) -> str:
        """SKU of the item whose purchases are the evidence here, or empty."""
        return self._why.rests_on

    def offers(self) -> frozenset[str]:
        """Actions here: open the item in full; strike out the purchases that are the evidence."""
        return frozenset(("open", "mark")) if self.rests_on else frozenset(("open",))

    def picked(self) -> Picked | None:
        """The picked row: the explained item, or one purchase of its evidence."""
        item = self._why.item
        if self._picked:
            reference = self._why.lines[self._picked - 1]
            line = self._lines.get(reference)
            named = line.item if line is not None else item
            return Picked("line", reference, outside(named.name), named.sku)
        return Picked("item", item.sku, outside(item.name), item.sku)

    def move(self, step: int) -> None:
        """Picks another purchase; beyond the first and the last one the rows scroll."""
        wanted = self._picked + step
        if self.rests_on and not self._top and abs(step) == 1 and 0 <= wanted <= len(self._why.lines):
            self.pick(wanted)
        else:
            super().move(step)

    def pick(self, row: int) -> None:
        """Picks a row of evidence; what was being chosen for another one is dropped."""
        if self.rests_on and 0 <= row <= len(self._why.lines):
            self._picked, self.marking, self.asked_to_strike = row, None, False

    def _purchases(self, width: int) -> list[Line]:
        """What can be picked: every purchase together, then the newest ones."""
        if not self.rests_on:
            return []
        words = ["every purchase behind this", *(self._line_words(reference) for reference in self._why.lines)]
        rows: list[Line] = []
        for number, said in enumerate(words):
            picked = number == self._picked
            left = (Piece(f"  {mark(picked)}{said}", Role.PICKED if picked else Role.TEXT, f"row:{number}"),)
            choice = (Piece(f"◂ {self.marking_words} ▸ ", Role.ACCENT),) if picked and self.marking else EMPTY
            rows.append(spread(left, choice, width))
        return rows

    def _line_words(self, reference: str) -> str:
        """One purchase as it is read; an older one than those on the card by its reference only."""
        line = self._lines.get(reference)
        if line is None:
            return f"line {outside(reference)}"
        choices = modifier_words(line.modifiers)
        marked = f"  [{outside(line.mark)}]" if line.mark else ""
        what = f"{line.quantity:g} × {outside(line.item.name)}" + (f", {choices}" if choices else "")
        return f"{short_date(line.at, self._now):<12}{what}{marked}"
