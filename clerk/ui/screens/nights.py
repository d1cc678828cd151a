"""The manager's screen: last night, tonight, rows set aside, devices, packs and room. One list, one picked row.

What a few small files tell is drawn at once; what takes a moment (files looked into, rows counted, the ledger) comes
from another process and is added. Going back to other data is asked for once and named. It holds no member's name;
rows that were set aside do, and are shown only when one of their folders is opened.
"""

from __future__ import annotations

from clerk.model import Notice
from clerk.model.nights import Nights, NightsMore
from clerk.phrases import clock_time, day_of
from clerk.ui.drawing.lines import EMPTY, Line, Role, say, wrapped
from clerk.ui.drawing.view import Picked
from clerk.ui.screens.home import notice_lines
from clerk.ui.screens.lists import Found, ShopScreen
from clerk.ui.screens.night_rows import Row, night_rows

READING = "Looking into the inbox, counting rows, asking the ledger …"
"""Said when that takes longer than a second."""


class NightsView(ShopScreen):
    """All of it, in sections.

    Args:
        found: what can be told at once.
    """

    name = "nights"
    kind = "nights"
    title = "Nights"
    slow_after_s = 1.0

    def __init__(self, found: Nights | None = None) -> None:
        super().__init__()
        self.found = found
        self._picked = 0

    @property
    def hint(self) -> str:
        """What the picked row can do."""
        if "undo" in self.offers():
            return "↑ ↓ pick · ^Z puts the picked data into use, asks once · Esc goes back"
        return "↑ ↓ pick · Enter opens the picked row · Esc goes back"

    def came(self, result: Found) -> None:
        """What took a moment; what was picked stays picked."""
        assert isinstance(result, NightsMore)
        if self.found is not None:
            self.renew(self.found.with_more(result))

    def renew(self, found: Nights) -> None:
        """The nights as they are now."""
        before = self.picked()
        self.found = found
        keys = [(one.kind, one.key) for one in self._picks()]
        self._picked = keys.index((before.kind, before.key)) if before and (before.kind, before.key) in keys else 0

    def draw(self, width: int, height: int) -> list[Line]:
        """The sections; the picked row is always in view."""
        if self.found is None:
            return self.unfinished(width)[:height]
        picks = self._picks()
        rows = night_rows(self.found, width, picks[self._picked] if picks else None)
        foot = self._foot(width)
        room = max(height - len(foot), 1)
        at = next((n for n, row in enumerate(rows) if row.pick is not None and row.number == self._picked), 0)
        # The whole section of the first pick is seen when the first row is picked.
        top = 0 if len(rows) <= room or self._picked == 0 else max(0, min(at - room // 2, len(rows) - room))
        seen = [row.line for row in rows[top : top + room]]
        if len(rows) > top + room and room > 2:
            seen[-1] = say(f"  ↓ {len(rows) - top - room + 1} more rows", Role.MUTED)
        return [*seen, *foot]

    def offers(self) -> frozenset[str]:
        """The picked row in full; on data that is not in use also putting it into use."""
        row = self.picked()
        if row is None:
            return frozenset()
        return frozenset(("open", "undo")) if row.kind == "pack" and not self._in_use(row.key) else frozenset(("open",))

    def picked(self) -> Picked | None:
        """A file, a folder of rows set aside, a device or a generation."""
        picks = self._picks()
        return picks[self._picked] if picks else None

    def move(self, step: int) -> None:
        self.pick(max(0, min(self._picked + step, len(self._picks()) - 1)))

    def pick(self, row: int) -> None:
        if 0 <= row < len(self._picks()):
            self._picked = row

    def change(self) -> str:
        """What ^Z would do, in words that name it; empty where it does nothing."""
        row = self.picked()
        if self.found is None or row is None or "undo" not in self.offers():
            return ""
        packs = {one.name: one for one in self.found.packs}
        at = packs[row.key].built_at
        when = f"{day_of(at, self.found.now)} {clock_time(at)}" if at else row.key
        newest = self.found.packs[0].name == row.key
        return f"go {'on' if newest else 'back'} to the data of {when}"

    def _in_use(self, name: str) -> bool:
        return self.found is not None and any(one.current and one.name == name for one in self.found.packs)

    def _picks(self) -> list[Picked]:
        if self.found is None:
            return []
        return [row.pick for row in _all_rows(self.found) if row.pick is not None]

    def _foot(self, width: int) -> list[Line]:
        """Why a part is missing, or that it is being looked for."""
        if self.failure is not None:
            words = Notice(self.failure.code, f"Not all of it is known. {self.failure.what}", self.failure.remedy)
            return [EMPTY, *((*say("  "), *line) for line in notice_lines(words, width - 4))]
        if self.slow and self.found is not None and not self.found.whole:
            return [EMPTY, *(say("  " + row, Role.MUTED) for row in wrapped(READING, width - 4, 2))]
        return []


def _all_rows(found: Nights) -> list[Row]:
    """Every row, at any width, to know what can be picked."""
    return night_rows(found, 80, None)
