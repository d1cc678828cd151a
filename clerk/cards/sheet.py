"""Cards and stickers to print: a PDF in vectors, true to size, the same bytes for the same codes and day.

Cards are ISO/IEC 7810 ID-1 (85.60 x 53.98 mm), ten to a sheet with crop marks outside the cut; stickers are 70 x 37 mm,
the common 24 to an A4 sheet. Nothing personal is printed unless a given name is handed in. All sizes are millimetres.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from clerk.cards.code import grouped
from clerk.cards.qr import SIDE, modules
from clerk.errors import NotKept

if TYPE_CHECKING:
    from fpdf import FPDF

PAPERS: Final = {"a4": (210.0, 297.0), "letter": (215.9, 279.4)}
"""Width and height of a sheet."""

_MARK_MM, _MARK_OFF_MM, _MARK_WIDE_MM = 3.0, 1.0, 0.1
_FONT = "shop"


class Label(NamedTuple):
    """What is printed on one card."""

    code: str
    given_name: str = ""


class Form(NamedTuple):
    """Where things stand on one card; heights are from its upper edge."""

    wide: float
    high: float
    module: float
    """Width of one module of the code; its quiet zone is four of them on each side."""
    shop_at: float
    shop_points: float
    code_at: float
    letters_at: float
    letters_points: float
    name_at: float


FORMS: Final = {
    "cards": Form(85.60, 53.98, 0.95, 7.5, 12.0, 8.6, 44.0, 10.0, 49.5),
    "stickers": Form(70.0, 37.0, 0.65, 5.0, 8.0, 5.4, 29.6, 8.0, 33.4),
}
"""By the name that `--form` takes."""

Progress = Callable[[str, int, int, str], None]


def write_sheet(
    path: Path,
    labels: Sequence[Label],
    *,
    shop: str,
    day: int,
    form: str = "cards",
    paper: str = "a4",
    font: Path | None = None,
    progress: Progress | None = None,
) -> int:
    """Effect: writes a PDF of cards to cut or stickers to peel; how many sheets of paper it has.

    Args:
        path: of the PDF.
        labels: one a card.
        shop: its name, printed on every card; empty prints none.
        day: wall second of the printing, to the day; part of the file.
        form: `cards` or `stickers`.
        paper: `a4` or `letter`.
        font: a TrueType file for names; without one the PDF's own Helvetica is used, which has the letters of
            Western Europe only.
        progress: takes stage, done, total, unit.

    Raises:
        NotKept: a name has letters that the font does not have.
        ValueError: a code does not fit a card.
        OSError: the file cannot be written.
    """
    pdf = _paper(PAPERS[paper], day)
    family = "Helvetica"
    if font is not None:
        pdf.add_font(_FONT, fname=font)
        family = _FONT
    else:
        for text in (shop, *(label.given_name for label in labels)):
            _check_letters(text)
    layout = FORMS[form]
    places = _places(layout, PAPERS[paper])
    for number, label in enumerate(labels):
        at = number % len(places)
        if not at:
            pdf.add_page()
            _crop_marks(pdf, layout, PAPERS[paper])
        _draw(pdf, layout, *places[at], label, shop, family)
        if progress is not None:
            progress("drawing cards", number + 1, len(labels), "cards")
    path.write_bytes(bytes(pdf.output()))
    return -(-len(labels) // len(places))


def on_a_sheet(form: str, paper: str = "a4") -> int:
    """How many cards or stickers a sheet holds."""
    return len(_places(FORMS[form], PAPERS[paper]))


def rectangles(code: str) -> Iterator[tuple[int, int, int, int]]:
    """The dark modules as few rectangles (x, y, width, height), so that a printer leaves no hairlines between rows."""
    open_runs: dict[tuple[int, int], int] = {}
    grid = (*modules(code), (False,))
    for y, row in enumerate(grid):
        runs = set(_runs(row))
        for run in [one for one in open_runs if one not in runs]:
            began = open_runs.pop(run)
            yield run[0], began, run[1], y - began
        for run in runs:
            open_runs.setdefault(run, y)


def _runs(row: Sequence[bool]) -> Iterator[tuple[int, int]]:
    """Start and length of each run of dark modules."""
    began = -1
    for x, dark in enumerate((*row, False)):
        if dark and began < 0:
            began = x
        elif not dark and began >= 0:
            yield began, x - began
            began = -1


def _paper(size: tuple[float, float], day: int) -> FPDF:
    # Imported here: printing is rare, and fpdf2 takes 0.2 s to import.
    from fpdf import FPDF

    pdf = FPDF(unit="mm", format=size)
    pdf.set_auto_page_break(False)
    pdf.set_margin(0)
    pdf.c_margin = 0
    pdf.set_title("Cards")
    pdf.set_creator("Clerk")
    # Nothing of this machine or moment is in the file: two runs make the same bytes.
    pdf.set_creation_date(datetime.fromtimestamp(day // 86_400 * 86_400, UTC))
    return pdf


def _places(form: Form, size: tuple[float, float]) -> list[tuple[float, float]]:
    """Upper left corners, row by row; the block is centred on the sheet."""
    across, down = int(size[0] // form.wide), int(size[1] // form.high)
    left, top = (size[0] - across * form.wide) / 2, (size[1] - down * form.high) / 2
    return [(left + x * form.wide, top + y * form.high) for y in range(down) for x in range(across)]


def _draw(pdf: FPDF, form: Form, x: float, y: float, label: Label, shop: str, family: str) -> None:
    """One card."""
    pdf.set_fill_color(0)
    side = SIDE * form.module
    left = x + (form.wide - side) / 2
    for across, down, wide, high in rectangles(label.code):
        pdf.rect(
            left + across * form.module, y + form.code_at + down * form.module, wide * form.module, high * form.module,
            style="F",
        )  # fmt: skip
    _centred(pdf, family, "B" if family != _FONT else "", form.shop_points, x, y + form.shop_at, form.wide, shop)
    _centred(pdf, "Courier", "", form.letters_points, x, y + form.letters_at, form.wide, grouped(label.code))
    _centred(pdf, family, "", form.letters_points, x, y + form.name_at, form.wide, label.given_name)


def _centred(pdf: FPDF, family: str, style: str, points: float, x: float, y: float, wide: float, text: str) -> None:
    """A line of text on its baseline, made smaller where it is too long."""
    if not text:
        return
    pdf.set_font(family, style, points)
    room = wide - 8
    if pdf.get_string_width(text) > room:
        pdf.set_font_size(points * room / pdf.get_string_width(text))
    pdf.text(x + (wide - pdf.get_string_width(text)) / 2, y, text)


def _crop_marks(pdf: FPDF, form: Form, size: tuple[float, float]) -> None:
    """Short lines in the margins, where the knife goes; none where there is no margin for them."""
    across, down = int(size[0] // form.wide), int(size[1] // form.high)
    left, top = (size[0] - across * form.wide) / 2, (size[1] - down * form.high) / 2
    right, bottom = size[0] - left, size[1] - top
    pdf.set_line_width(_MARK_WIDE_MM)
    reach = _MARK_OFF_MM + _MARK_MM
    if top >= reach:
        for number in range(across + 1):
            x = left + number * form.wide
            pdf.line(x, top - reach, x, top - _MARK_OFF_MM)
            pdf.line(x, bottom + _MARK_OFF_MM, x, bottom + reach)
    if left >= reach:
        for number in range(down + 1):
            y = top + number * form.high
            pdf.line(left - reach, y, left - _MARK_OFF_MM, y)
            pdf.line(right + _MARK_OFF_MM, y, right + reach, y)


def _check_letters(text: str) -> None:
    """The PDF's own fonts have the letters of Latin-1.

    Raises:
        NotKept: a letter is missing.
    """
    try:
        unicodedata.normalize("NFC", text).encode("latin-1")
    except UnicodeEncodeError:
        raise NotKept(
            "A name has letters that the PDF's own font lacks.", "Name a TrueType file: `--font FILE`."
        ) from None
