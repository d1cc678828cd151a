"""The modifiers of a line: in one cell, in columns of their own, in rows of their own, or in a file of their own."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from clerk.intake.context import Context
from clerk.intake.mapping import cells, filters
from clerk.intake.mapping.cells import Cell, Columns, Numbers
from clerk.intake.mapping.filters import Entry
from clerk.intake.mapping.wording import Wrong, only
from clerk.intake.modifier_groups import Grouping, bare
from clerk.languages.options import group_of

_DEFAULT_BETWEEN = re.compile(r"[,;\n](?![^(]*\))")
_NOTHING = ("", "-", "–", "—", "n/a", "none", "null", "no", "false", "0")
_YES = ("yes", "true", "y", "x", "1")
_CHARS_AT_MOST = 2_000
_OPTION, _GROUP = "\x1e", "\x1f"
"""Between options of rows, and between group and option: marks that no export uses."""


@dataclass(frozen=True, slots=True)
class ByRows:
    """Modifiers that are rows of the same file."""

    where: Entry
    option: Cell
    group: Cell | None
    of: Cell | None
    """Column that names the line; without it the line above in the same basket."""
    line: Cell | None
    """Column of a line that `of` names."""
    included: bool = False
    """Whether the amount of the line has those of its modifiers already."""


@dataclass(frozen=True, slots=True)
class Modifiers:
    """Where the modifiers of a line stand."""

    cell: Cell | None = None
    between: str = ""
    group_mark: str = ":"
    strip: str = ""
    """Pattern of what is no part of an option: an id, a remark."""
    columns: tuple[tuple[str, Cell], ...] = ()
    """(group, empty where it is told by the option; column)."""
    rows: ByRows | None = None

    def needs(self) -> Iterator[str]:
        """Names of the columns that it uses."""
        for cell in (self.cell, *(cell for _, cell in self.columns)):
            if cell is not None:
                yield from cell.needs()
        if self.rows is not None:
            yield from self.rows.where.needs()
            for cell in (self.rows.option, self.rows.group, self.rows.of, self.rows.line):
                if cell is not None:
                    yield from cell.needs()


def read(written: Mapping[str, Any]) -> Modifiers:
    """`[file.modifiers]`.

    Raises:
        Wrong: it means nothing.
    """
    known = (
        "cell",
        "between",
        "group_mark",
        "strip",
        "columns",
        "rows_where",
        "option",
        "group",
        "of",
        "line",
        "amounts",
    )
    only(written, known, "[file.modifiers]")
    columns = written.get("columns", {})
    if isinstance(columns, dict):
        grouped = tuple((str(group), cells.read(one)) for group, one in columns.items())
    elif isinstance(columns, list):
        grouped = tuple(("", cells.read(one)) for one in columns)
    else:
        raise Wrong('columns is written { Size = "Variant" } or ["Modifier 1", "Modifier 2"]')
    rows = None
    if "rows_where" in written:
        (where, *more) = filters.read(written["rows_where"], "rows_where")
        if more or "option" not in written:
            raise Wrong('rows_where is one table, { "Type" = ["Modifier"] }, and option names the column with the name')
        if ("of" in written) != ("line" in written):
            raise Wrong("of and line belong together: the line's id in a modifier's row, and in a line's")
        option, group, of, line = (
            cells.read(written[key]) if key in written else None for key in ("option", "group", "of", "line")
        )
        assert option is not None
        if written.get("amounts", "added") not in ("added", "included"):
            raise Wrong('amounts is "added" (to those of their line) or "included" (the line has them already)')
        rows = ByRows(where, option, group, of, line, written.get("amounts") == "included")
    elif strange := [key for key in ("option", "group", "of", "line", "amounts") if key in written]:
        raise Wrong(f"{strange[0]} belongs to rows_where")
    cell = cells.read(written["cell"]) if "cell" in written else None
    if cell is None and not grouped and rows is None:
        raise Wrong("[file.modifiers] needs cell, columns or rows_where")
    between, group_mark = str(written.get("between", "")), str(written.get("group_mark", ":"))
    strip = cells.pattern(str(written["strip"]), "strip") if "strip" in written else ""
    return Modifiers(cell, between, group_mark, strip, grouped, rows)


def written_in(
    found: Modifiers, columns: Columns, numbers: Numbers, beside: list[pl.Series], context: Context
) -> pl.Series:
    """The modifiers of each line as `Group=option; Group=option`. Cost: each different combination once.

    Args:
        found: where they stand.
        columns: of the file.
        numbers: reads numbers.
        beside: those that rows or another file gave, as `gathered` makes them.
        context: the store's groups.
    """
    texts = [] if found.cell is None else [_in_pieces(_short(found.cell.text(columns, numbers)), found)]
    texts += [_short(cell.text(columns, numbers)) for _, cell in found.columns]
    texts += beside
    frame = pl.DataFrame([one.alias(str(at)) for at, one in enumerate(texts)])
    different = frame.unique()
    grouping = Grouping(context)
    made = []
    for values in different.iter_rows():
        parts: list[str] = []
        rest = list(values)
        if found.cell is not None:
            for piece in rest.pop(0).split(_OPTION):
                parts += _option(piece, found.group_mark, grouping)
        for (group, _), value in zip(found.columns, rest, strict=False):
            parts += in_column(group, value, found.group_mark, grouping)
        for value in rest[len(found.columns) :]:
            for one in filter(None, value.split(_OPTION)):
                its_group, _, option = one.partition(_GROUP)
                parts += in_column(its_group, option, "", grouping)
        made.append("; ".join(sorted(parts)))
    answers = different.with_columns(pl.Series("_made", made, dtype=pl.String))
    return frame.join(answers, on=frame.columns, how="left", maintain_order="left")["_made"]


def _short(texts: pl.Series) -> pl.Series:
    """Without what no cell of modifiers has: taking it apart would cost the square of its length."""
    return texts.str.slice(0, _CHARS_AT_MOST)


def _in_pieces(texts: pl.Series, found: Modifiers) -> pl.Series:
    """Cells with a mark between their options, and without what is no part of one. Cost: each different text once."""
    different = texts.unique()
    pieces = [text.split(found.between) if found.between else _DEFAULT_BETWEEN.split(text) for text in different]
    made = pl.Series(pieces, dtype=pl.List(pl.String))
    if found.strip:
        made = made.list.eval(pl.element().str.replace_all(found.strip, ""))
    return texts.replace(different, made.list.join(_OPTION))


def in_column(group: str, value: str, group_mark: str, grouping: Grouping) -> list[str]:
    """What a column with a group of its own says: its option, or for yes the group itself."""
    plain = value.strip().lower()
    if plain in _NOTHING:
        return []
    if group and plain in _YES:
        return _option(group, "", grouping)
    if not group:
        return _option(value, group_mark, grouping)
    options = (part.partition("=")[2] or part for part in _option(value, "", grouping))
    return [f"{bare(known)}={option}" if (known := group_of(group, option)) else option for option in options]


def gathered(of: pl.Series, group: pl.Series, option: pl.Series) -> pl.DataFrame:
    """The options of each line in one text.

    Returns:
        `of`, `options`; a row a line.
    """
    frame = pl.DataFrame({"of": of, "group": group, "option": option}).filter(pl.col("option") != "")
    one = pl.concat_str(["group", "option"], separator=_GROUP)
    return frame.group_by("of", maintain_order=True).agg(options=one.str.join(_OPTION))


def _option(piece: str, group_mark: str, grouping: Grouping) -> list[str]:
    """One option with its group, as often as it says."""
    text = piece.strip().replace(",", " ")
    if text.lower() in _NOTHING:
        return []
    if group_mark != ":":
        head, mark, tail = text.partition(group_mark) if group_mark else (text, "", "")
        text = f"{head.replace(':', ' ')}:{tail.replace(':', ' ')}" if mark else text.replace(":", " ")
    return grouping.options(text)
