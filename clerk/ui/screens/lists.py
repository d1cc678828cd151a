"""The screens of tomorrow's prep list and of the long-term scorecard.

Both are opened before there is anything to show: at first nothing but the heading, after a moment a line that says
so, then the result, or what went wrong. They name no member.
"""

from __future__ import annotations

from dataclasses import replace

from clerk.clock import to_datetime
from clerk.model import Duplicates, Measure, Notice, PrepLine, PrepList, Scorecard
from clerk.model.nights import NightsMore
from clerk.phrases import count, date
from clerk.ui.drawing.lines import EMPTY, Line, Piece, Role, fit, heading, outside, say, spread, window, wrapped
from clerk.ui.drawing.sparkline import sparkline
from clerk.ui.drawing.view import Picked, Scrolled, View, mark
from clerk.ui.screens.home import notice_lines
from clerk.ui.screens.member_lines import modifier_words

Found = PrepList | Scorecard | NightsMore | Duplicates
"""What can come from the other process."""

WAITING = "Being worked out; a large shop takes half a minute. A card scanned now is answered at once."

_EXPECTED_CELLS, _RANGE_CELLS, _STOCK_CELLS = 9, 11, 17
"""Columns of the prep list, right to left of its edge."""

_SPARK_CELLS = 26
"""Weeks of a trend that are drawn: half a year."""


class ShopScreen(View):
    """A screen whose content comes from another thread."""

    kind = ""
    """What is asked of the desk: `prep`, `scorecard`, `nights` or `duplicates`."""
    title = ""
    slow_after_s = 0.1
    """After so long without a result the screen says that it is being worked out."""

    def __init__(self) -> None:
        self.slow = False
        """Whether it takes long enough to say so."""
        self.failure: Notice | None = None

    def came(self, result: Found) -> None:
        """Takes the content that was worked out."""
        raise NotImplementedError

    def unfinished(self, width: int) -> list[Line]:
        """The heading, and why there is nothing below it yet."""
        lines: list[Line] = [heading(self.title, width)]
        if self.failure is not None:
            lines += [(Piece("  "), *line) for line in notice_lines(self.failure, width - 4)]
        elif self.slow:
            lines += [say("  " + row, Role.MUTED) for row in wrapped(WAITING, width - 4, 2)]
        return lines


class PrepView(ShopScreen):
    """What to have ready tomorrow: a proposal, nothing is ordered."""

    name = "prep"
    kind = "prep"
    title = "Prep list"
    hint = "↑ ↓ pick a row · Enter opens the item · a card can be scanned here too"

    def __init__(self) -> None:
        super().__init__()
        self._found: PrepList | None = None
        self._picked = 0

    def came(self, result: Found) -> None:
        """The list: what runs short first, as few rows are seen at once; then what is expected most."""
        assert isinstance(result, PrepList)
        self._found = replace(result, lines=tuple(sorted(result.lines, key=lambda line: not line.short)))

    def draw(self, width: int, height: int) -> list[Line]:
        """Each line with its numbers; below, what the list leaves out and how good such lists were."""
        found = self._found
        if found is None:
            return self.unfinished(width)[:height]
        day = to_datetime(found.day)
        expected = f"{count(round(found.visits), 'member')} expected, {found.visits_low} to {found.visits_high}"
        lines: list[Line] = [heading(f"Prep list · {day:%A} {day.day} {day:%B}", width, expected)]
        foot = self._foot(found, width, rows=2 if height < 26 else 4)
        if not found.lines:
            words = "Nothing to have ready: of no item are members expected to take half a piece."
            lines += [say("  " + row) for row in wrapped(words, width - 4, 2)]
            return [*lines, *foot][:height]
        lines.append(_columns(("expected", "between", "on hand"), Role.MUTED, Role.MUTED, (Piece(""),), width))
        for index in window(len(found.lines), self._picked, max(height - len(lines) - len(foot), 1)):
            lines.append(self._row(found.lines[index], index, width))
        return [*lines, *foot][:height]

    def offers(self) -> frozenset[str]:
        """The picked item in full."""
        return frozenset(("open",)) if self.picked() else frozenset()

    def picked(self) -> Picked | None:
        """The item of the picked row."""
        if self._found is None or not self._found.lines:
            return None
        line = self._found.lines[self._picked]
        return Picked("item", line.sku, outside(line.name), line.sku)

    def move(self, step: int) -> None:
        self.pick(max(0, min(self._picked + step, len(self._found.lines) - 1 if self._found else 0)))

    def pick(self, row: int) -> None:
        if self._found is not None and 0 <= row < len(self._found.lines):
            self._picked = row

    def _row(self, line: PrepLine, index: int, width: int) -> Line:
        picked = index == self._picked
        choices = modifier_words(line.modifiers)
        name = outside(line.name) + (f", {choices}" if choices else "")
        role = Role.PICKED if picked else Role.TEXT
        stock = "not counted" if line.on_hand is None else f"{line.on_hand} here"
        words = (_pieces(line.expected), f"{line.low} to {line.high}", f"! short: {stock}" if line.short else stock)
        left = (Piece(mark(picked) + name, role, f"row:{index}"),)
        return _columns(words, Role.STRONG, Role.WARN if line.short else Role.MUTED, left, width)

    def _foot(self, found: PrepList, width: int, rows: int) -> list[Line]:
        said = [f"Everything else together: {_pieces(found.others)} pieces." if found.others > 0 else ""]
        said += [found.checked, *found.notes]
        lines: list[Line] = [EMPTY]
        for words in said:
            lines += [say("  " + row, Role.MUTED) for row in wrapped(outside(words), width - 4, rows)]
        return lines


class ScorecardView(Scrolled, ShopScreen):
    """How well the shop does by its members in the long run."""

    name = "scorecard"
    kind = "scorecard"
    title = "Scorecard"
    hint = "↑ ↓ scroll · a card can be scanned here too"

    def __init__(self) -> None:
        Scrolled.__init__(self)
        ShopScreen.__init__(self)
        self._found: Scorecard | None = None

    def came(self, result: Found) -> None:
        """The scorecard."""
        assert isinstance(result, Scorecard)
        self._found = result

    def rows(self, width: int) -> list[Line]:
        """Each measure with its trend, then how many suggestions were withheld by which rule."""
        found = self._found
        if found is None:
            return self.unfinished(width)
        rows: list[Line] = [heading("Scorecard", width, f"{count(found.weeks, 'week')} to {date(found.at)}")]
        if not found.measures:
            rows.append(say("  Nothing to measure yet: it counts what happens from now on.", Role.MUTED))
        for measure in found.measures:
            rows += _measure(measure, width)
        rows += [EMPTY, heading("Kept back, by rule", width)]
        rows += [say("  " + row, Role.MUTED) for row in wrapped(outside(found.withheld_from), width - 4, 2)]
        if not found.withheld:
            rows.append(say("  Nothing was kept back.", Role.MUTED))
        for each in found.withheld:
            right = f"{count(each.items, 'suggestion')}, {count(each.members, 'member')} "
            rows.append(spread((Piece(f"  {outside(each.gate)}"),), (Piece(right, Role.STRONG),), width))
        if found.notes:
            rows.append(EMPTY)
        for note in found.notes:
            rows += [say("  " + row, Role.MUTED) for row in wrapped(outside(note), width - 4, 3)]
        return rows


def value_words(value: float | None, unit: str) -> str:
    """`63 %`, `41`, `2.1 points`; a dash where nothing was counted."""
    if value is None:
        return "–"
    if unit == "share":
        return f"{value * 100:.1f} %" if 0 < value < 0.1 else f"{value * 100:.0f} %"
    return f"{value * 100:.1f} points" if unit == "gap" else f"{value:,.0f}"


def _measure(measure: Measure, width: int) -> list[Line]:
    """Name, trend and value in one row; what it means below."""
    trend = sparkline([point.value for point in measure.trend], min(_SPARK_CELLS, width // 4))
    of = f"of {measure.of:,}" if measure.unit != "count" else ""
    right = (
        Piece(trend, Role.ACCENT),
        Piece(f" {value_words(measure.value, measure.unit):>11}", Role.STRONG),
        Piece(f" {of:<11}", Role.MUTED),
    )
    known = [point.value for point in measure.trend if point.value is not None]
    said = outside(measure.says)
    if len(known) > 1:
        first, last = (value_words(value, measure.unit) for value in (known[0], known[-1]))
        said += f" By week: {first} at first, {last} at last."
    if measure.better:
        said += f" {outside(measure.better).capitalize()} is better."
    rows = [spread((Piece(f"  {outside(measure.name)}"),), right, width)]
    return [*rows, *(say("    " + row, Role.MUTED) for row in wrapped(said, width - 6, 3))]


def _columns(words: tuple[str, str, str], number: Role, stock: Role, left: Line, width: int) -> Line:
    """One row of the prep list: what it is at the left edge, numbers at the right."""
    right = (
        Piece(f"{words[0]:>{_EXPECTED_CELLS}}", number),
        Piece(f"{words[1]:>{_RANGE_CELLS}}", Role.MUTED),
        Piece(f"{words[2]:>{_STOCK_CELLS}} ", stock),
    )
    room = max(width - _EXPECTED_CELLS - _RANGE_CELLS - _STOCK_CELLS - 1, 0)
    return (*fit(left, room), *right)


def _pieces(expected: float) -> str:
    """A number of pieces as text: tenths only where they matter."""
    return f"{expected:,.0f}" if expected >= 10 else f"{expected:.1f}"
