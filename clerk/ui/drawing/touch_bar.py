"""Large buttons for touch in place of the bottom line, and taps that miss a row by a little. Pure.

Buttons are the same actions under the same names; the key stands in the frame, because messages name keys. A button
is three rows high: 63 pixels on a tablet, where WCAG 2.2 (2.5.5) asks for 44.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from rich.cells import cell_len

from clerk.ui.drawing.frame import open_label
from clerk.ui.drawing.lines import Line, Piece, Role, cut
from clerk.ui.drawing.prompt import Prompt
from clerk.ui.drawing.view import Markable, View
from clerk.ui.input.actions import BY_ID, FOOTER, FOOTER_GIVES_WAY

ROWS = 3
"""Rows of a button."""

NARROWEST = 13
"""Cells of the narrowest button: `Sample card` in its frame; 117 pixels on a tablet."""

ALSO = ("enrol",)
"""Named where there is room: it records, so the palette has it not."""

ALWAYS = ("back", "palette")
"""Named beyond the bottom line: a finger has no Esc, and what has no button is in the palette."""

GIVES_WAY = (*ALSO, *(name for name in FOOTER_GIVES_WAY if name not in ALWAYS), "sample", "help", "has-it")
"""What leaves the bar first; a way back and the palette never do."""

BOUNCE_S = 0.35
"""Seconds within which a second tap on the same button is the first one's bounce: "never" asks before it means more."""

REACH = 1
"""Rows above and below a row that count as it, where nothing else is."""


class Button(NamedTuple):
    """One target."""

    key: str
    label: str
    hit: str


def buttons(applies: frozenset[str], open_label: str, room: int) -> list[Button]:
    """The actions that apply, as many as there is room for."""
    named = [name for name in (*FOOTER, *ALSO, *ALWAYS) if name in applies]
    named = list(dict.fromkeys(named))
    gives_way = [name for name in GIVES_WAY if name in named]
    while len(named) > room and gives_way:
        named.remove(gives_way.pop(0))
    labels = {"open": open_label, "palette": "More"}
    return [
        Button(BY_ID[name].shown, labels.get(name, BY_ID[name].label), f"do:{name}") for name in named[: max(room, 1)]
    ]


CHOOSING = (Button("←", "Other", "key:left"), Button("→", "Other", "key:right"))
"""While it is chosen what a past line is to be: a finger has no arrow keys."""

DIGITS = (*(Button("", str(digit), f"type:{digit}") for digit in (1, 2, 3, 4, 5, 6, 7, 8, 9, 0)),
          Button("", "⌫", "key:backspace"))  # fmt: skip
"""While a PIN is asked for."""


def bar(applies: frozenset[str], open_label: str, width: int, height: int, extra: Sequence[Button] = ()) -> list[Line]:
    """The buttons for a screen of this size: one row on a low screen, up to three on a tall one.

    Args:
        applies: ids of the actions that apply now.
        open_label: what Enter does here.
        width: columns.
        height: rows of the whole glass.
        extra: buttons of the moment, which come first.
    """
    most = 1 if height < 30 else 2 if height < 40 else 3
    across = max(width // NARROWEST, 1)
    shown = [*extra, *buttons(applies, open_label, max(across * most - len(extra), 2))][: across * most]
    rows = -(-len(shown) // across)
    across = -(-len(shown) // rows) if rows else 1
    lines: list[Line] = []
    for start in range(0, len(shown), across):
        lines += _row(shown[start : start + across], across, width)
    return lines


def bar_below(view: View, prompt: Prompt, named: frozenset[str], locked: bool, width: int, height: int) -> list[Line]:
    """The buttons for the current screen: digits while a PIN is typed, arrows while a mark is chosen."""
    extra = DIGITS if locked else CHOOSING if isinstance(view, Markable) and view.marking else ()
    return bar(named, open_label(view, prompt), width, height, extra)


class Taps:
    """Tells a deliberate second tap from a bounce of the first.

    Args:
        bounce_s: within which it is one.
    """

    def __init__(self, bounce_s: float = BOUNCE_S) -> None:
        self._bounce_s = bounce_s
        self._last, self._at = "", float("-inf")

    def bounces(self, hit: str, now: float) -> bool:
        """Whether a tap on an action is the last one again; digits and rows may be tapped as fast as one can."""
        before, at = self._last, self._at
        self._last, self._at = hit, now
        return hit.startswith("do:") and hit == before and now - at < self._bounce_s


def reached(lines: Sequence[Line], x: int, y: int) -> str:
    """The row that a finger meant which hit none: beside it, or one row off. Never an action."""
    for row in (y, *(y + step for far in range(1, REACH + 1) for step in (-far, far))):
        if 0 <= row < len(lines) and (hit := _nearest(lines[row], x)):
            return hit
    return ""


def _nearest(line: Line, x: int) -> str:
    """The row named by the piece that is nearest to a column, unless an action is on this line."""
    at, best, found = 0, -1, ""
    for piece in line:
        end = at + cell_len(piece.text)
        if piece.hit.startswith("do:"):
            return ""
        far = max(at - x, x - end + 1, 0)
        if piece.hit.startswith("row:") and (best < 0 or far < best):
            best, found = far, piece.hit
        at = end
    return found


def _row(shown: Sequence[Button], across: int, width: int) -> list[Line]:
    """Buttons side by side, every one of a row as wide as its neighbours to a cell."""
    tops, middles, ends = [], [], []
    for number, button in enumerate(shown):
        cells = width * (number + 1) // across - width * number // across
        inside = cells - 2
        key = f"─ {cut(button.key, inside - 3)} " if button.key and inside > 4 else ""
        label = cut(button.label, inside)
        before = (inside - cell_len(label)) // 2
        after = inside - cell_len(label) - before
        tops.append(Piece(f"╭{key}{'─' * (inside - cell_len(key))}╮", Role.BAR, button.hit))
        middles += [
            Piece("│" + " " * before, Role.BAR, button.hit),
            Piece(label, Role.BAR_KEY, button.hit),
            Piece(" " * after + "│", Role.BAR, button.hit),
        ]
        ends.append(Piece(f"╰{'─' * inside}╯", Role.BAR, button.hit))
    left = width - width * len(shown) // across
    rest = (Piece(" " * left, Role.BAR),) if left else ()
    return [(*tops, *rest), (*middles, *rest), (*ends, *rest)]
