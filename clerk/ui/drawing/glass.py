"""The one widget: draws lines on the terminal and reports taps. Removes control characters as a last guard."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import groupby
from operator import attrgetter

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.color import Color
from textual.filter import LineFilter
from textual.geometry import Region, Size
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from clerk.ui.drawing.lines import EMPTY, Line, Role, fit
from clerk.ui.drawing.touch_bar import reached


class Glass(Widget, can_focus=False):
    """Draws the lines it asks for. Always mounted, never recomposed: a new member costs one repaint of one widget.

    Args:
        draw: gives the rows for a width and a height.
        styles: the terminal style of every role.
    """

    ALLOW_SELECT = False

    class Tapped(Message):
        """A piece with a meaning was tapped."""

        def __init__(self, hit: str) -> None:
            super().__init__()
            self.hit = hit

    class Scrolled(Message):
        """The wheel was turned; `step` rows, down is positive."""

        def __init__(self, step: int) -> None:
            super().__init__()
            self.step = step

    def __init__(self, draw: Callable[[int, int], Sequence[Line]], styles: Mapping[Role, Style]) -> None:
        super().__init__()
        self._draw = draw
        self._styles = styles
        self._ground = _ground(styles)
        self._lines: list[Line] = []
        self._strips: list[Strip] = []
        self._shape = Size(0, 0)
        self.touch = False
        """Whether fingers tap: a row counts beside and just above and below its words as well."""

    def dress(self, styles: Mapping[Role, Style]) -> None:
        """Changes the theme."""
        self._styles = styles
        self._ground = _ground(styles)
        self._shape = Size(0, 0)
        self.refresh()

    def forget(self) -> None:
        """Drops every row that was drawn; the next redraw makes all of them anew."""
        self._lines, self._strips, self._shape = [], [], Size(0, 0)
        self.refresh()

    def redraw(self) -> None:
        """Draws what there is to see now; only rows that changed are painted again."""
        if self.size != self._shape:
            self.refresh()
            return
        before = self._lines
        self._fill()
        changed = [y for y, line in enumerate(self._lines) if line != before[y]]
        if len(changed) * 2 > len(before):
            self.refresh()
        elif changed:
            self.refresh(*(Region(0, y, self._shape.width, 1) for y in changed))

    def render_lines(self, crop: Region) -> list[Strip]:
        """Rows for the compositor, as they are: no border, padding or opacity to be worked in, which costs 2 ms."""
        if self.size != self._shape:
            self._shape = self.size
            self._lines = []
            self._fill()
        strips = self._strips[crop.y : crop.bottom]
        if crop.x == 0 and crop.width >= self._shape.width:
            return strips
        return [strip.crop(crop.x, crop.right) for strip in strips]

    def hit_at(self, x: int, y: int) -> str:
        """What a tap at this cell means, or nothing."""
        if not 0 <= y < len(self._lines):
            return ""
        for piece in self._lines[y]:
            x -= cell_len(piece.text)
            if x < 0:
                return piece.hit
        return ""

    def on_click(self, event: events.Click) -> None:
        """A tap on something that means something."""
        hit = self.hit_at(event.x, event.y)
        if hit := hit or (reached(self._lines, event.x, event.y) if self.touch else ""):
            self.post_message(self.Tapped(hit))

    def on_mouse_scroll_down(self) -> None:
        """The wheel, downwards."""
        self.post_message(self.Scrolled(1))

    def on_mouse_scroll_up(self) -> None:
        """The wheel, upwards."""
        self.post_message(self.Scrolled(-1))

    def _fill(self) -> None:
        """Asks for the rows and turns those that are new into strips."""
        width, height = self._shape
        rows = [fit(line, width) for line in self._draw(width, height)[:height]]
        rows += [fit(EMPTY, width)] * (height - len(rows))
        same = len(rows) == len(self._lines)
        self._strips = [
            self._strips[y] if same and line == self._lines[y] else self._strip(line) for y, line in enumerate(rows)
        ]
        self._lines = rows

    def _strip(self, line: Line) -> Strip:
        """One row as the terminal gets it; neighbours of one role become one piece, which halves what is sent."""
        segments = [
            Segment("".join(piece.text for piece in pieces), self._styles[role])
            for role, pieces in groupby(line, key=attrgetter("role"))
        ]
        strip = Strip(segments, self._shape.width)
        for line_filter in self.get_line_filters():
            strip = strip.apply_filter(line_filter, self._ground)
        return strip


class PlainTextOnly(LineFilter):
    """Keeps terminal controls, bidi and other invisible characters off the wire, whatever widget let them through."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The segments with every such character replaced by as many cells as it took."""
        if all(segment.text.isascii() and segment.text.isprintable() for segment in segments):
            return segments
        return [
            segment if segment.control or _is_plain(segment.text) else Segment(_plain(segment.text), segment.style)
            for segment in segments
        ]


def _ground(styles: Mapping[Role, Style]) -> Color:
    ground = styles[Role.TEXT].bgcolor
    return Color.from_rich_color(ground) if ground is not None else Color(0, 0, 0)


def _is_plain(text: str) -> bool:
    return text.isprintable()


def _plain(text: str) -> str:
    return "".join(
        letter if letter.isprintable() else " " if letter.isspace() and cell_len(letter) else "�" * cell_len(letter)
        for letter in text
    )
