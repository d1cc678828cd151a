"""The manager's list of members who may be one person twice; two keys decide about the picked pair."""

from __future__ import annotations

from clerk.model import Duplicate, Duplicates
from clerk.ui.drawing.lines import EMPTY, Line, Piece, Role, heading, outside, say, spread, window, wrapped
from clerk.ui.drawing.view import Picked, mark
from clerk.ui.screens.lists import Found, ShopScreen

_MERGED = "One person: one card shows both, both cards open it. What one of the two had said no to is a no."
_APART = "Kept apart: two persons, not listed again."


class DuplicatesView(ShopScreen):
    """One pair a row, in full below the list."""

    name = "duplicates"
    kind = "duplicates"
    title = "Here twice?"
    hint = "↑ ↓ pick a pair · F5 one person · F7 two persons · Esc goes back"

    def __init__(self) -> None:
        super().__init__()
        self._found: Duplicates | None = None
        self._picked = 0
        self.asked = ""
        """What was asked about; the same key again records it."""
        self.saving = False
        self.last: Duplicate | None = None
        """What was decided last on this screen, which ^Z takes back."""

    def came(self, result: Found) -> None:
        """The pairs."""
        assert isinstance(result, Duplicates)
        self._found = result
        self.pick(self._picked)

    @property
    def pair(self) -> Duplicate | None:
        """The picked pair."""
        pairs = self._found.undecided if self._found is not None else ()
        return pairs[self._picked] if pairs else None

    def decided(self, pair: Duplicate) -> None:
        """Takes a pair off the list."""
        self.saving, self.asked, self.last = False, "", pair
        if self._found is not None:
            self._found = Duplicates(tuple(one for one in self._found.undecided if one != pair), self._found.merged)
            self.pick(self._picked)

    def open_again(self, pair: Duplicate) -> None:
        """Puts a pair back on top of the list."""
        self.saving, self.asked, self.last = False, "", None
        if self._found is not None:
            self._found = Duplicates((pair, *self._found.undecided), self._found.merged)
            self._picked = 0

    def draw(self, width: int, height: int) -> list[Line]:
        """A row a pair; below, the picked one with ids and what the two keys do."""
        if self._found is None:
            return self.unfinished(width)[:height]
        pairs = self._found.undecided
        lines: list[Line] = [heading(self.title, width, f"{len(pairs):,} to decide" if pairs else "nobody")]
        if not pairs:
            return [*lines, say("  Nobody seems to be here twice.")][:height]
        foot = self._foot(width)
        for index in window(len(pairs), self._picked, max(height - 1 - len(foot), 1)):
            pair, picked = pairs[index], index == self._picked
            role = Role.PICKED if picked else Role.TEXT
            left = (Piece(mark(picked) + " · ".join(map(_name, pair.names)), role, f"row:{index}"),)
            lines.append(spread(left, (Piece(outside(pair.why) + " ", Role.MUTED),), width))
        return [*lines, *foot][:height]

    def offers(self) -> frozenset[str]:
        """Deciding about the picked pair, and taking the last decision back."""
        able = {"took", "never"} if self.pair is not None and not self.saving else set()
        return frozenset(able | ({"undo"} if self.last is not None and not self.saving else set()))

    def picked(self) -> Picked | None:
        """The first member of the picked pair."""
        pair = self.pair
        return None if pair is None else Picked("pair", " ".join(pair.ids), _name(pair.names[0]))

    def move(self, step: int) -> None:
        self.pick(self._picked + step)

    def pick(self, row: int) -> None:
        self.asked = ""
        self._picked = max(0, min(row, len(self._found.undecided) - 1 if self._found else 0))

    def _foot(self, width: int) -> list[Line]:
        pair = self.pair
        if pair is None:
            return []
        lines: list[Line] = [EMPTY]
        for member_id, name, hint in zip(pair.ids, pair.names, pair.hints, strict=True):
            known = " · ".join(filter(None, (_name(name), outside(member_id), hint)))
            lines += [say("  " + row) for row in wrapped(known, width - 4, 1)]
        for key, words in (("F5", _MERGED), ("F7", _APART)):
            rows = wrapped(words, width - 8, 2)
            lines.append((Piece(f"  {key:<4}", Role.ACCENT), Piece(rows[0], Role.MUTED)))
            lines += [say("      " + row, Role.MUTED) for row in rows[1:]]
        return lines


def _name(name: str) -> str:
    return outside(name) or "(no name)"
