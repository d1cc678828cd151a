"""Why, and why not: the evidence behind a suggestion and every gate in order, with what it decided on which facts."""

from __future__ import annotations

from collections.abc import Sequence

from clerk.model import Why
from clerk.ui.lines import EMPTY, Line, Piece, Role, cut, heading, outside, say, wrapped
from clerk.ui.screens.view import Picked, Scrolled

GATE_CELLS = 34
"""Columns for the name of a gate; the longest one is cut."""


class WhyView(Scrolled):
    """One item for one member.

    Args:
        why: what the desk found.
        reason: the line and evidence of the suggestion as it was drawn, when it was one.
    """

    name = "why"

    def __init__(self, why: Why, reason: Sequence[str] = ()) -> None:
        super().__init__()
        self._why = why
        self._reason = tuple(reason)
        self.asked_to_strike = False
        """Whether F9 was pressed once; the second time strikes out."""

    def rows(self, width: int) -> list[Line]:
        """The answer, the evidence, the gates."""
        why = self._why
        rows: list[Line] = [say(f" {outside(why.item.name)}", Role.STRONG)]
        rows += [say(" " + row) for row in wrapped(outside(why.line), width - 2, 3)]
        evidence = list(dict.fromkeys([*self._reason, *why.evidence]))
        rows += [EMPTY, heading("Evidence", width, "F9: do not use this" if self.rests_on else "")]
        if not evidence:
            rows.append(say("  Nothing on record speaks for it.", Role.MUTED))
        for fact in evidence:
            rows += [
                say(("  · " if not at else "    ") + row) for at, row in enumerate(wrapped(outside(fact), width - 4, 3))
            ]
        rows += [EMPTY, heading("Gates", width, "every reason for silence, in order")]
        cells = min(GATE_CELLS, width // 2)
        for gate, passes, facts in why.gates:
            said = wrapped(outside(facts), max(width - cells - 14, 8), 3) or [""]
            sign = Piece("  ✓ passes  " if passes else "  ✗ stops   ", Role.GOOD if passes else Role.BAD)
            name = Piece(f"{cut(gate.value, cells):<{cells}}  ", Role.TEXT if passes else Role.STRONG)
            rows.append((sign, name, Piece(said[0], Role.MUTED)))
            rows += [say(" " * (cells + 14) + row, Role.MUTED) for row in said[1:]]
        return rows

    @property
    def rests_on(self) -> str:
        """SKU of the item whose purchases speak here, or empty."""
        return self._why.rests_on

    def offers(self) -> frozenset[str]:
        """The item in full, and where purchases speak, that they are not to be used."""
        return frozenset(("open", "mark")) if self.rests_on else frozenset(("open",))

    def picked(self) -> Picked | None:
        """The item that is explained."""
        item = self._why.item
        return Picked("item", item.sku, outside(item.name), item.sku)
