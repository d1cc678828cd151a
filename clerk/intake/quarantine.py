"""Quarantine: rows that cannot be used, each with file, line, reason and the row as it came."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import polars as pl

from clerk.errors import AllRowsBad, TooManyBadRows
from clerk.home import make_private
from clerk.intake.canonical_tables import ROW, Source, distinct_rows
from clerk.intake.report import BuildReport

QUARANTINE = "quarantine"
"""Folder in the data folder; one folder in it for each build with bad rows."""

KEPT_AT_MOST = 10_000
"""Rows of one table written out; the report counts them all."""

_SHOWN_OF_CELL = 40
"""Letters of a cell that a reason names."""

UNREAD = re.compile(r'^(\w+) ".*"( is no .*)$', re.DOTALL)
"""A reason with the cell; without it: ``."""

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
"""Beginnings that a spreadsheet would run."""


class Quarantine:
    """Collects bad rows of a build.

    Args:
        report: counts them by table and reason.
        share: part of a table that may be bad.
        rows_from: bad rows in a table below which the share does not matter.
    """

    def __init__(self, report: BuildReport, *, share: float, rows_from: int) -> None:
        self._report = report
        self._share = share
        self._rows_from = rows_from
        self._rows: list[tuple[str, int, str, str]] = []
        self._kept: dict[str, int] = {}
        self._broken: set[int] = set()
        self._aside: dict[str, pl.Series] = {}
        """Table -> rows of the file of which something was set aside."""

    def arrived(self, source: Source) -> None:
        """Counts a table's rows and quarantines the broken ones."""
        self._report.table(source.table).rows += source.rows
        before = self._broken.copy()
        for number, reason, original in source.broken:
            # A row that cannot be taken apart is one row, however many tables its file feeds.
            self._add(source, number, reason, original, write=number not in before)
            self._broken.add(number)

    def sift(self, source: Source, frame: pl.DataFrame, tests: list[tuple[pl.Expr, str]]) -> pl.DataFrame:
        """The rows that pass every test; the others go to quarantine. As `split`."""
        return self.split(source, frame, tests)[0]

    def split(
        self, source: Source, frame: pl.DataFrame, tests: list[tuple[pl.Expr, str]]
    ) -> tuple[pl.DataFrame, pl.DataFrame]:  # fmt: skip
        """The rows that pass every test, and the others, which go to quarantine with the first test they fail.

        Args:
            source: the table as it came.
            frame: the typed table, a row for each row of `source.frame`, with `ROW`.
            tests: (true where the row is bad, reason).
        """
        # Null is neither good nor bad: each test decides by itself about a missing value.
        is_bad = frame.select(pl.any_horizontal(test.fill_null(value=False) for test, _ in tests)).to_series()
        if not is_bad.any():
            return frame, frame.clear()
        reason = pl.coalesce(pl.when(test).then(pl.lit(why)) for test, why in tests)
        # Before it is filtered: a test may hold a column of the whole table.
        bad = frame.select(ROW, reason.alias("_reason")).filter(is_bad)
        columns = [name for name in source.frame.columns if name != ROW]
        # By place, not by row number: one row of a file may have given several rows of a table.
        came = source.frame.filter(is_bad).select(ROW, pl.col(columns).cast(pl.String).fill_null(""))
        originals = came.select(ROW, pl.concat_str(columns, separator=","))
        cells = [_unread(why, came, place) for place, why in enumerate(bad["_reason"])]
        # A sale and its return may come of one row of the file: it is one row that is set aside.
        again = ~bad[ROW].is_first_distinct()
        if (before := self._aside.get(source.table)) is not None:
            again |= bad[ROW].is_in(before.implode())
        self._aside[source.table] = bad[ROW] if before is None else pl.concat([before, bad[ROW]])
        for (number, why), (_, original), said, told in zip(
            bad.iter_rows(), originals.iter_rows(), cells, again, strict=True
        ):
            if not told:
                self._add(source, number, why, original, said=said)
        return frame.filter(~is_bad), frame.filter(is_bad)

    def good_rows(self, table: str, numbers: pl.Series) -> int:
        """How many rows of a file these are, without those of which something was set aside."""
        aside = self._aside.get(table)
        return distinct_rows(numbers if aside is None else numbers.filter(~numbers.is_in(aside.implode())))

    def check(self) -> None:
        """Refuses a build with too many bad rows.

        Raises:
            TooManyBadRows: more than the permitted share of a table's rows is in quarantine.
            AllRowsBad: every row of a table is, however few they are.
        """
        for name, table in self._report.tables.items():
            if table.bad > self._rows_from and table.bad > self._share * table.rows:
                worst = max(table.quarantined, key=lambda reason: table.quarantined[reason])
                raise TooManyBadRows(
                    f"{table.bad:,} of {table.rows:,} rows of {name} are bad, most of them because: {worst}.",
                    "Correct the export, or raise bad_rows_share under [pack] in settings.toml.",
                )
        for name, table in self._report.tables.items():
            # Consents that cannot be read whole still end an earlier yes, so such a file is not turned away.
            if name == "consents":
                continue
            # Some rows that a rule leaves out, such as tips, say nothing good about all the others.
            most = table.bad + sum(table.left_out.values()) >= table.rows and 2 * table.bad > table.rows
            if table.rows and (table.bad >= table.rows or (name and most)) and (name or not table.left_out):
                worst = max(table.quarantined, key=lambda reason: table.quarantined[reason])
                of = f" of {name}" if name else ""
                rows = "The one row" if table.rows == 1 else f"All {table.bad:,} rows"
                raise AllRowsBad(
                    f"{rows}{of} cannot be used: {worst}.",
                    "Correct the export and send it again; the folder quarantine has the rows.",
                )

    def write(self, home: Path, name: str) -> None:
        """Effect: adds the quarantined rows to `<home>/quarantine/<name>/rows.csv`, if there are any."""
        if not self._rows:
            return
        folder = home / QUARANTINE / name
        make_private(folder)
        with (folder / "rows.csv").open("a", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            if not file.tell():
                writer.writerow(("file", "row", "reason", "original"))
            writer.writerows(self._rows)
        self._report.quarantine = name

    def _add(
        self, source: Source, number: int, reason: str, original: str, *, write: bool = True, said: str = ""
    ) -> None:
        reasons = self._report.table(source.table).quarantined
        reasons[reason] = reasons.get(reason, 0) + 1
        kept = self._kept.get(source.table, 0)
        if write and kept < KEPT_AT_MOST:
            self._kept[source.table] = kept + 1
            self._rows.append((_cell(source.file), number, _cell(said or reason), _cell(original)[:4000]))


def _unread(reason: str, came: pl.DataFrame, place: int) -> str:
    """A reason such as `quantity is no number` with what stands in the column: `quantity "two" is no number`."""
    column, is_no, what = reason.partition(" is no ")
    if not is_no or column not in came.columns:
        return reason
    return f'{column} "{came[column][place][:_SHOWN_OF_CELL]}"{is_no}{what}'


def _cell(text: str) -> str:
    """The text with an apostrophe where a spreadsheet would run it as a formula."""
    return "'" + text if text.lstrip(" ").startswith(_FORMULA) else text
