"""Sheets of an Excel workbook (`.xlsx`) as CSV: numbers with all their digits, moments as ISO 8601.

The workbook is rewritten without compression from the parts that hold cells, and how far each sheet reaches is counted,
before the library reads it: it makes room for every cell up to the last one, and one cell may stand a billion away.
"""

from __future__ import annotations

import csv
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from xml.parsers import expat

from clerk.errors import SourceUnreadable, SourceUnsafe
from clerk.intake.canonical_tables import TABLES

if TYPE_CHECKING:
    from python_calamine import CalamineSheet

CELLS_AT_MOST: Final = 30_000_000
"""Cells of a workbook, empty ones between others too: a million rows of thirty columns."""
SHEETS_AT_MOST: Final = 50
_WORKBOOK: Final = "xl/workbook.xml"
_KEPT: Final = (
    "[content_types].xml", "_rels/.rels", _WORKBOOK, "xl/_rels/workbook.xml.rels", "xl/sharedstrings.xml",
    "xl/styles.xml", "xl/worksheets/sheet",
)  # fmt: skip
_BLOCK: Final = 1 << 20
_REMEDY: Final = "Save it as CSV in UTF-8, and put that there."


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet with something in it."""

    name: str
    _sheet: CalamineSheet

    def write(self, to: Path) -> None:
        """Effect: writes it as CSV in UTF-8."""
        with to.open("w", encoding="utf-8", newline="", errors="replace") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerows([_text(cell) for cell in row] for row in self._sheet.iter_rows())


def is_workbook(names: Iterable[str]) -> bool:
    """Whether an archive with these files is an Excel workbook."""
    return any(name.lower() == _WORKBOOK for name in names)


def file_name(workbook: Path, sheet: str) -> str:
    """Name under which one of several sheets is recognised: its own if that is a table's, else after its workbook."""
    return f"{sheet}.csv" if sheet.lower() in TABLES else f"{workbook.stem} {sheet}{workbook.suffix}"


def copy_plainly(archive: zipfile.ZipFile, to: Path, count: Callable[[int], None]) -> None:
    """Copies what holds cells, uncompressed, and counts how far each sheet reaches.

    Args:
        archive: the workbook.
        to: the copy.
        count: called with the bytes of each piece; raises when they are too many.

    Raises:
        SourceUnsafe: its cells reach further than those of an export.
        SourceUnreadable: a part is no XML.

    Effect: writes the copy.
    """
    cells = 0
    with zipfile.ZipFile(to, "w", zipfile.ZIP_STORED) as copy:
        for one in archive.infolist():
            name = one.filename.lower()
            if not name.startswith(_KEPT):
                continue
            # Any part may be named as a sheet.
            reach = _Reach()
            with archive.open(one) as source, copy.open(one.filename, "w", force_zip64=True) as target:
                while block := source.read(_BLOCK):
                    count(len(block))
                    target.write(block)
                    reach.feed(block)
                reach.feed(b"", at_end=True)
            cells += reach.cells()
            if cells > CELLS_AT_MOST:
                raise SourceUnsafe(f"The workbook has cells beyond {CELLS_AT_MOST:,}.", _REMEDY)


def sheets(path: Path, name: str) -> list[Sheet]:
    """The sheets with something in them.

    Args:
        path: a copy that `copy_plainly` made.
        name: of the workbook, as reports call it.

    Raises:
        SourceUnreadable: it is no workbook.
        SourceUnsafe: it has too many sheets.
    """
    from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

    try:
        book = CalamineWorkbook.from_path(str(path))
        shown = [
            one.name
            for one in book.sheets_metadata
            if one.typ == SheetTypeEnum.WorkSheet and one.visible == SheetVisibleEnum.Visible
        ]
        if len(shown) > SHEETS_AT_MOST:
            raise SourceUnsafe(f"{name} has {len(shown):,} sheets.", _REMEDY)
        found = [Sheet(title, book.get_sheet_by_name(title)) for title in shown]
    except (CalamineError, OSError, ValueError) as problem:
        raise SourceUnreadable(f"{name} is no workbook that can be read ({type(problem).__name__}).", _REMEDY) from None
    filled = [sheet for sheet in found if sheet._sheet.height]
    if not filled:
        raise SourceUnreadable(f"{name} has no sheet with anything in it.", _REMEDY)
    return filled


class _Reach:
    """Counts how far the cells of a sheet reach."""

    def __init__(self) -> None:
        self._parser = expat.ParserCreate()
        self._parser.StartElementHandler = self._element
        self._parser.StartDoctypeDeclHandler = self._doctype
        self._row = self._column = 0
        self._rows = self._columns = 0

    def feed(self, text: bytes, *, at_end: bool = False) -> None:
        """A piece of the sheet.

        Raises:
            SourceUnreadable: it is no XML, or defines things of its own.
        """
        try:
            self._parser.Parse(text, at_end)
        except expat.ExpatError:
            raise SourceUnreadable("A sheet of the workbook is damaged.", _REMEDY) from None

    def cells(self) -> int:
        """Cells up to the last one."""
        return self._rows * self._columns

    def _doctype(self, *_: Any) -> None:
        raise SourceUnreadable("A sheet of the workbook defines entities; no export does.", _REMEDY)

    def _element(self, name: str, attributes: dict[str, str]) -> None:
        kind = name.rpartition(":")[2]
        if kind == "row":
            self._row = _number(attributes.get("r", ""), self._row + 1)
            self._column = 0
            self._rows = max(self._rows, self._row)
        elif kind == "c":
            row, self._column = _place(attributes.get("r", ""), self._row, self._column + 1)
            self._rows, self._columns = max(self._rows, row), max(self._columns, self._column)


def _number(text: str, otherwise: int) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 12 else otherwise


def _place(reference: str, row: int, column: int) -> tuple[int, int]:
    """Row and column of a cell that is called `AB12`, or where it stands."""
    letters = reference.rstrip("0123456789")
    if not letters.isascii() or not letters.isalpha():
        return row, column
    number = 0
    for letter in letters.upper()[:9]:
        number = number * 26 + ord(letter) - ord("A") + 1
    return _number(reference[len(letters) :], row), number


def _text(cell: Any) -> str:
    """A cell as an export would write it."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, (int, float)):
        # Fifteen digits are what a spreadsheet keeps; a longer number lost its end, and its form says so.
        return f"{cell:.15g}"
    if isinstance(cell, datetime):
        whole_day = (cell.hour, cell.minute, cell.second, cell.microsecond) == (0, 0, 0, 0)
        return cell.date().isoformat() if whole_day else cell.isoformat(" ", "seconds")
    if isinstance(cell, time):
        return cell.isoformat("seconds")
    if isinstance(cell, date):
        return cell.isoformat()
    return str(cell) if isinstance(cell, timedelta) else ""
