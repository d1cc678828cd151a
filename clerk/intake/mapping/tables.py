"""Makes a canonical table of a file by its description.

Every row of the file is taken, counted as left out with the rule that says so, or was broken before.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import polars as pl

from clerk.intake.canonical_tables import ROW, Source
from clerk.intake.checks.damaged import REMEDY, spoilt
from clerk.intake.checks.numbers import as_text
from clerk.intake.context import FILE, Context, source_of
from clerk.intake.files.column_reading import Raw
from clerk.intake.layouts import plainly
from clerk.intake.mapping import filters, modifiers
from clerk.intake.mapping.cells import Cell, Sum
from clerk.intake.mapping.entries import BASKETS, LINE_MODIFIERS, lists_items
from clerk.intake.mapping.members import with_ids, with_items, with_members, with_skus
from clerk.intake.mapping.reading import amounts, moments, on_several_days, with_mark, without_time
from clerk.intake.mapping.recognise import Described
from clerk.phrases import count, minor_digits

_DAYS = ("joined_on", "birthday")
_AGREED = ("member_id", "card", "email", "phone", "member_name", "kind")
"""Facts of a receipt that count only where all its rows say the same."""
_NUMBERS = ("price", "quantity", "unit_price", "line_total", "on_hand", "line_no")
_MONEY = ("price", "unit_price", "line_total")
_IDS = ("basket_id", "sku", "line_key", "line_order", "member_id", "card")
_PIECES_AT_MOST = 1_000
"""Items of one cell: no receipt has as many, and a hostile cell would become millions of rows."""
_NESTED_AT_MOST = 5
"""How deep choices stand within choices."""
MODIFIER_ROWS = "modifiers: taken with their line"
STRAY_MODIFIERS = "modifiers whose line is not in the file"
MODIFIERS_ALONE = "modifiers whose line is not in these files: send them with the sales"
NOTHING_THERE = "rows without {column}: headings, totals, notes"


def convert(raw: Raw, context: Context, described: Sequence[Described]) -> list[Source]:
    """The table of a file that has descriptions for it, and the members and items that only its lines know.

    Args:
        raw: its columns, named by their place.
        context: the store, what is known, tables of the same delivery that help to read others.
        described: the descriptions, all for one table.
    """
    table = described[0].mapping.table
    if not table:
        unread = f"not read: {described[0].mapping.ignore}"
        if not raw.rows:
            context.notices.append(f"{raw.file}: {unread}")
        context.leave_out(raw, raw.frame.height, unread)
        return []
    frames, taken, rules = [], pl.Series([], dtype=pl.UInt32), []
    for one in described:
        frame, left_out = Reading(raw, context, one).frame()
        frames.append(frame)
        taken = pl.concat([taken, frame[ROW].cast(pl.UInt32)])
        rules.append(left_out)
    # A row that another description of the table takes is not left out.
    out = pl.concat(rules).filter(~pl.col(ROW).is_in(taken.implode())).unique(ROW, keep="first", maintain_order=True)
    for rule, rows in out.group_by("rule", maintain_order=True).len().iter_rows():
        context.leave_out(raw, rows, rule)
    frame = frames[0] if len(frames) == 1 else pl.concat(frames, how="diagonal").sort(ROW, maintain_order=True)
    if table in (BASKETS, LINE_MODIFIERS):
        frame = frame.with_columns(pl.lit(raw.file).alias(FILE))
    if table == BASKETS:
        context.baskets = frame if context.baskets is None else pl.concat([context.baskets, frame], how="diagonal")
        return []
    if table == LINE_MODIFIERS:
        before = context.line_modifiers
        context.line_modifiers = frame if before is None else pl.concat([before, frame], how="diagonal")
        return []
    if table == "lines":
        frame = _located(_from_baskets(frame, context), context)
        frame, more = with_items(frame, raw, context, has_items=lists_items(described[0].mapping.system))
        frame, members = with_members(frame, raw, context)
        return [*members, source_of(table, raw, frame, broken=True), *more]
    if table == "members":
        frame, more = with_ids(frame, raw, context)
        return [source_of(table, raw, frame, broken=True), *more]
    if table == "stock":
        frame = _own_stock(frame, raw, context)
        if "item_name" in frame.columns:
            frame = with_skus(frame, "item_name", context).drop("item_name")
    if table == "items":
        frame = with_skus(frame, "name", context)
        context.known.items.update(frame.select(pl.col("sku", "name").cast(pl.String).fill_null("")).iter_rows())
    return [source_of(table, raw, frame, broken=True)]


def without_lines(context: Context, files: Mapping[str, Source], only_helps: str) -> None:
    """Says of files that help to read others which of their rows found nothing to help with.

    Args:
        context: has read every file of the delivery; gets the sentences about receipts.
        files: file -> what became of its rows, where no table is made of it; told again.
        only_helps: the rule by which such rows count as left out.
    """
    if (facts := context.baskets) is not None:
        lost = facts.unique(["basket_id", FILE]).filter(~pl.col("basket_id").is_in(list(context.receipts_met)))
        for file, rows in lost.group_by(FILE, maintain_order=True).len().sort(FILE).iter_rows():
            has = "has" if rows == 1 else "have"
            context.notices.append(
                f"{file}: {count(rows, 'receipt')} {has} no line in these files: send it with the sales"
            )
    if (others := context.line_modifiers) is not None:
        lost = others.with_row_index("_at").filter(~pl.col("_at").is_in(list(context.modifiers_met)))
        for file, numbers in lost.group_by(FILE, maintain_order=True).agg(pl.col(ROW).unique()).iter_rows():
            source = files.get(file)
            if source is not None and (rows := min(len(numbers), source.left_out.get(only_helps, 0))):
                source.left_out[only_helps] -= rows
                source.left_out[MODIFIERS_ALONE] = rows


class Reading:
    """One description laid upon the rows of one file.

    Args:
        raw: the file.
        context: the store and what is known.
        described: the description.
    """

    def __init__(self, raw: Raw, context: Context, described: Described) -> None:
        self._raw = raw
        self._context = context
        self._one = described.mapping
        self._places = described.places
        self._header = described.header
        self._chosen: dict[str, str | None] = {}
        self._more: dict[str, pl.Series] = {}
        """Column of money -> what the modifiers of each row add to it, null for nothing."""
        self._rows = raw.frame.with_columns(
            pl.col(name).cast(pl.String).fill_null("").str.strip_chars() for name in raw.frame.columns if name != ROW
        )

    def frame(self) -> tuple[pl.DataFrame, pl.DataFrame]:
        """The rows that count under canonical names, and those left out.

        Returns:
            `ROW` and the table's columns as text; `ROW` and `rule` of each row that is left out.
        """
        one = self._one
        self._fill_down()
        self._split_rows()
        beside, is_modifier, stray = self._modifier_rows()
        self._receipts()
        rules = self._rules(is_modifier, stray)
        stays = rules == ""
        left = [pl.DataFrame({ROW: self._rows[ROW], "rule": rules}).filter(~stays)]
        self._rows = self._rows.filter(stays)
        beside = [extra.filter(stays) for extra in beside]
        self._more = {name: more.filter(stays) for name, more in self._more.items()}
        made = {column: cell.text(self.column, self.numbers) for column, cell in one.columns.items() if self._is(cell)}
        self._without_spoilt(made)
        self._doubts(made)
        self._constants(made)
        self._values(made)
        self._kinds(made)
        self._with_amounts(made)
        if one.modifiers is not None or beside or "modifiers" in made:
            made["modifiers"] = self._with_modifiers(made, beside)
        frame = pl.DataFrame({ROW: self._rows[ROW], **made})
        if one.skip_empty and one.skip_empty in made:
            nothing = frame[one.skip_empty] == ""
            rule = NOTHING_THERE.format(column=one.skip_empty)
            left.append(frame.filter(nothing).select(ROW, rule=pl.lit(rule)))
            frame = frame.filter(~nothing)
        if one.table in (BASKETS, LINE_MODIFIERS):
            for name in (name for name in ("basket_id", "line_key") if name in frame.columns):
                # Nothing checks these tables: their rows would go to other receipts.
                bad = frame[name].is_in(list(reasons := spoilt(frame[name])))
                rule = f"{name} is {next(iter(reasons.values()), '')}: {REMEDY}"
                left.append(frame.filter(bad).select(ROW, rule=pl.lit(rule)))
                frame = frame.filter(~bad)
        return self._read(frame), pl.concat(left)

    def column(self, name: str) -> pl.Series:
        """A column of the file as text, by the name that the description uses; empty text where it has none."""
        label = self._label(name)
        if label is None:
            return pl.Series(name, [""], dtype=pl.String).new_from_index(0, self._rows.height)
        return self._rows[label].alias(name)

    def _label(self, name: str) -> str | None:
        """The column of the file that a name stands for; None where there is none."""
        places = self._places.get(plainly(name))
        if places is None:
            return None
        if len(places) == 1:
            return f"c{next(iter(places.values()))}"
        if name not in self._chosen:
            own = self._context.own_location(list(places), self._raw, name.replace("*", "…"))
            self._chosen[name] = None if own is None else f"c{places[own]}"
        return self._chosen[name]

    def _is(self, cell: Cell) -> bool:
        """Whether the file has a column of those that a cell is made of."""
        return any(self._label(name) is not None for name in cell.needs())

    def numbers(self, texts: pl.Series) -> pl.Series:
        """Written numbers as Float64, null where it is none."""
        return amounts(texts, self._one.decimal_comma, self._raw, self._context)

    def _fill_down(self) -> None:
        """Gives the rows of a group what only its first one says."""
        filling = self._one.fill_down
        if filling is None:
            return

        by = [found for name in filling.by if (found := self._label(name))]
        columns = [found for name in filling.columns if (found := self._label(name))]
        filled = [pl.when(pl.col(name) != "").then(pl.col(name)).forward_fill().alias(name) for name in columns]
        # The column that tells the groups apart may itself stand on their first row only.
        self._rows = self._rows.with_columns(
            one.fill_null("") for name, one in zip(columns, filled, strict=True) if name in by or not by
        )
        if by:
            self._rows = self._rows.with_columns(
                pl.when(pl.all_horizontal(pl.col(name) != "" for name in by))
                .then(one.over(by)).otherwise(pl.col(name)).fill_null("").alias(name)
                for name, one in zip(columns, filled, strict=True) if name not in by
            )  # fmt: skip

    def _split_rows(self) -> None:
        """Makes a row of each item where a cell holds several."""
        if self._one.split_rows is None or (label := self._label(self._one.split_rows[0])) is None:
            return
        pieces = pl.col(label).str.split(self._one.split_rows[1])
        filled = pieces.list.eval(pl.element().str.strip_chars().filter(pl.element().str.strip_chars() != ""))
        # A row without a piece stays a row.
        rows = self._rows.with_columns(filled.alias(label))
        self._context.note(
            rows.filter(pl.col(label).list.len() > _PIECES_AT_MOST).height,
            f"cell has more than {_PIECES_AT_MOST:,} items, of which the first are read"
            f"|cells have more than {_PIECES_AT_MOST:,} items, of which the first are read",
            self._raw,
        )
        pieces = pl.col(label).list.head(_PIECES_AT_MOST)
        kept = pl.when(pieces.list.len() == 0).then(pl.concat_list(pl.lit(""))).otherwise(pieces)
        self._rows = rows.with_columns(kept.alias(label)).explode(label)

    def _modifier_rows(self) -> tuple[list[pl.Series], pl.Series, pl.Series]:
        """Options that other rows or another file give to each row; which rows are such, and which have no line."""
        height = self._rows.height
        nothing = pl.Series([False], dtype=pl.Boolean).new_from_index(0, height)
        beside: list[pl.Series] = []
        is_modifier = stray = nothing
        found = self._one.modifiers.rows if self._one.modifiers is not None else None
        if found is not None:
            is_modifier = found.where.fits(self.column)
            option = found.option.text(self.column, self.numbers)
            empty = pl.Series([""], dtype=pl.String).new_from_index(0, height)
            group = found.group.text(self.column, self.numbers) if found.group is not None else empty
            if found.of is not None and found.line is not None:
                of, line = found.of.text(self.column, self.numbers), found.line.text(self.column, self.numbers)
            else:
                place = pl.int_range(height, eager=True).cast(pl.String)
                basket = self._one.columns["basket_id"].text(self.column, self.numbers)
                lines = pl.DataFrame({"place": place.set(is_modifier, None), "basket": basket})
                of = lines.select(pl.col("place").forward_fill().over("basket")).to_series().fill_null("")
                line = place
            lines_there = line.filter(~is_modifier).unique()
            above = pl.DataFrame({"row": line, "of": of}).filter(is_modifier & (line != "")).unique("row", keep="first")
            for _ in range(_NESTED_AT_MOST):
                # A choice within a choice belongs to the line at the top.
                stray = is_modifier & ~of.is_in(lines_there.implode())
                if not stray.any():
                    break
                of = of.zip_with(~stray, of.replace(above["row"], above["of"]))
            stray = is_modifier & ~of.is_in(lines_there.implode())
            told = is_modifier & ~stray
            given = modifiers.gathered(of.filter(told), group.filter(told), option.filter(told))
            beside.append(_looked_up(line.set(is_modifier, ""), given))
            money = next((name for name in ("line_total", "unit_price") if name in self._one.columns), "")
            if money and not found.included:
                amount = self.numbers(self._one.columns[money].text(self.column, self.numbers))
                sums = pl.DataFrame({"of": of, "amount": amount}).filter(told).group_by("of").agg(pl.sum("amount"))
                asked = pl.DataFrame({"of": line.set(is_modifier, "")})
                sums = sums.filter((pl.col("of") != "") & (pl.col("amount") != 0))
                self._more[money] = asked.join(sums, on="of", how="left", maintain_order="left")["amount"]
        others = self._context.line_modifiers
        if "line_key" in self._one.columns and others is not None:
            key = self._one.columns["line_key"].text(self.column, self.numbers)
            place = pl.int_range(height, eager=True).cast(pl.String)
            by_order = "line_order" in self._one.columns and "line_order" in others.columns
            order = self._one.columns["line_order"].text(self.column, self.numbers) if by_order else place
            of = _lines_of(others, pl.DataFrame({"key": key, "order": order, "place": place}), by_order=by_order)
            self._context.modifiers_met.update((of != "").arg_true())
            groups = others["group"] if "group" in others.columns else others["option"].str.slice(0, 0)
            given = modifiers.gathered(of, groups, _counted(others))
            beside.append(_looked_up(place if by_order else key, given))
        return beside, is_modifier, stray

    def _receipts(self) -> None:
        """Tells which of the receipts of other files have a line in this one, whatever becomes of it."""
        facts = self._context.baskets
        if facts is not None and "basket_id" in self._one.columns:
            here = self._one.columns["basket_id"].text(self.column, self.numbers)
            self._context.receipts_met.update(facts["basket_id"].filter(facts["basket_id"].is_in(here.implode())))

    def _rules(self, is_modifier: pl.Series, stray: pl.Series) -> pl.Series:
        """For each row the rule that leaves it out, or empty text."""
        one = self._one
        rules = pl.Series([""], dtype=pl.String).new_from_index(0, self._rows.height)
        rules = rules.set(is_modifier, MODIFIER_ROWS).set(stray, STRAY_MODIFIERS)
        for entry in one.skip_where:
            rules = rules.set((rules == "") & entry.fits(self.column), entry.words())
        if one.keep_where:
            kept = one.keep_where[0].fits(self.column)
            for entry in one.keep_where[1:]:
                kept = kept | entry.fits(self.column)
            rules = rules.set((rules == "") & ~kept, filters.words_against_all(one.keep_where))
        return rules

    def _doubts(self, made: dict[str, pl.Series]) -> None:
        """Says what makes sales look as if the description meant another column."""
        if self._one.table != "lines" or "sold_at" not in made:
            return
        day = next(self._one.columns["sold_at"].needs())
        used = {plainly(name) for name in self._one.needs()}
        said = [without_time(made["sold_at"], day, self._header, used)]
        if "basket_id" in made and (again := on_several_days(made["basket_id"], made["sold_at"])):
            said.append(
                f"{count(again, 'receipt number')} on several days; where they begin anew each day write "
                f'basket_id = {{ join = ["{day}", …], with = " " }}'
            )
        self._context.notices += [f"{self._raw.file}: {sentence}" for sentence in said if sentence]

    def _without_spoilt(self, made: dict[str, pl.Series]) -> None:
        """Ids with a part that a spreadsheet spoilt become that part, so that the checks know them."""
        for column in _IDS:
            if column in made:
                for name in self._one.columns[column].needs():
                    part = self.column(name)
                    if reasons := spoilt(part):
                        pair = pl.DataFrame({"id": made[column], "part": part})
                        holds = pair.select(pl.col("id").str.contains(pl.col("part"), literal=True)).to_series()
                        made[column] = part.zip_with(part.is_in(list(reasons)) & holds, made[column])

    def _constants(self, made: dict[str, pl.Series]) -> None:
        for column, value in self._one.constants.items():
            same = pl.Series([value], dtype=pl.String).new_from_index(0, self._rows.height)
            made[column] = same

    def _values(self, made: dict[str, pl.Series]) -> None:
        """The file's values turned into ours; those that no rule names stay as they are."""
        for column, pairs in self._one.values.items():
            if column not in made:
                continue
            texts = made[column]
            different = texts.unique()
            answers = different
            open_still = pl.Series([True], dtype=pl.Boolean).new_from_index(0, len(different))
            # The exact value counts before one with `*`, and the bare `*`, which stands for all others, last.
            for theirs in sorted(pairs, key=lambda value: (value == filters.ANY, filters.ANY in value)):
                fits = open_still & ((theirs == filters.ANY) | filters.fits(different, (theirs,)))
                answers = answers.set(fits, pairs[theirs])
                open_still = open_still & ~fits
            made[column] = texts.replace(different, answers)

    def _kinds(self, made: dict[str, pl.Series]) -> None:
        """What the kind of a row is by the values of several columns."""
        for entries, kind in ((self._one.return_where, "return"), (self._one.none_where, "none")):
            for entry in entries:
                fits = entry.fits(self.column)
                before = made.get("kind")
                if before is None:
                    before = pl.Series(["sale"], dtype=pl.String).new_from_index(0, self._rows.height)
                made["kind"] = before.set(fits, kind)

    def _with_amounts(self, made: dict[str, pl.Series]) -> None:
        """Adds what modifiers in rows of their own cost to their line."""
        for name, more in list(self._more.items()):
            if more.null_count() == len(more) or name not in made:
                del self._more[name]
                continue
            written = made[name]
            number = self.numbers(written)
            number = number.zip_with(written != "", pl.Series([0.0]).new_from_index(0, len(written)))
            if name == "unit_price":
                # The price of the item stays its own; the amount of the line has the modifiers too.
                del self._more[name]
                self._more["line_total"] = more
                summed = (number + more) * self.numbers(made["quantity"])
                made["line_total"] = as_text(summed.round(6)).fill_null("")
                continue
            summed = as_text((number + more.fill_null(0)).round(6))
            empty = (written == "") & more.is_null()
            made[name] = summed.zip_with(number.is_not_null() & ~empty, written)

    def _with_modifiers(self, made: dict[str, pl.Series], beside: list[pl.Series]) -> pl.Series:
        own = made.get("modifiers")
        found = self._one.modifiers or modifiers.Modifiers()
        if own is not None and found.cell is None and not own.str.contains("=", literal=True).any():
            found = replace(found, cell=self._one.columns.get("modifiers"))
            own = None
        if found.cell is None and not found.columns and not beside:
            assert own is not None
            return own
        texts = modifiers.written_in(found, self.column, self.numbers, beside, self._context)
        if own is None:
            return texts
        both = pl.DataFrame({"own": own, "more": texts})
        filled = [pl.when(pl.col(name) != "").then(pl.col(name)) for name in ("own", "more")]
        return both.select(pl.concat_str(filled, separator="; ", ignore_nulls=True)).to_series()

    def _read(self, frame: pl.DataFrame) -> pl.DataFrame:
        """What the description says more about than the column: ISO dates, numbers with a point.

        Everything else is read by the checks, and so is what is written otherwise than the description says.
        """
        one, context = self._one, self._context
        for name in (name for name in one.columns if name in frame.columns):
            texts = frame[name]
            is_plain = isinstance(one.columns[name], Sum) or name in self._more
            if name in _NUMBERS and one.decimal_comma is not None and not is_plain:
                read = with_mark(texts, one.decimal_comma)
            elif name in _MONEY and one.minor and not is_plain:
                read = as_text(context.amounts(texts, self._raw).round(6))
            elif name in one.dates or (name == "sold_at" and one.zone):
                read = moments(texts, one.dates.get(name, ""), one.zone, self._raw, context)
                if name in _DAYS:
                    read = read.str.slice(0, 10)
            else:
                continue
            frame = frame.with_columns(read.zip_with(read.is_not_null(), texts).alias(name))
        if one.minor:
            frame = _major(
                frame,
                [name for name in _MONEY if (name in one.columns or name in self._more) and name in frame.columns],
                context,
            )
        return frame


def _major(frame: pl.DataFrame, names: list[str], context: Context) -> pl.DataFrame:
    """Amounts in minor units as decimals, by the digits of each row's currency."""
    store = str(context.store.get("currency", ""))
    if "currency" in frame.columns:
        different = frame["currency"].unique()
        digits = pl.Series([minor_digits((text or store).upper()) for text in different], dtype=pl.Int64)
        powers = frame["currency"].replace_strict(different, digits, return_dtype=pl.Int64)
    else:
        powers = pl.Series([minor_digits(store.upper())], dtype=pl.Int64).new_from_index(0, frame.height)
    by = pl.Series([10.0], dtype=pl.Float64).new_from_index(0, frame.height).pow(powers)
    for name in names:
        number = frame[name].cast(pl.Float64, strict=False)
        text = as_text((number / by).round(6))
        frame = frame.with_columns(text.zip_with(number.is_not_null(), frame[name]).alias(name))
    return frame


def _looked_up(keys: pl.Series, given: pl.DataFrame) -> pl.Series:
    """The options of each line; empty text for one without."""
    asked = pl.DataFrame({"of": keys})
    found = asked.join(given.filter(pl.col("of") != ""), on="of", how="left", maintain_order="left")
    return found["options"].fill_null("")


def _lines_of(others: pl.DataFrame, lines: pl.DataFrame, *, by_order: bool) -> pl.Series:
    """The line of each modifier of another file; for a choice within a choice that of the choice at the top.

    Args:
        others: line_key, perhaps own_key and line_order.
        lines: key, order, place.
        by_order: whether several lines have one key, and the order tells them apart.

    Returns:
        The line's place, or its key where that is enough; empty text for a modifier of no line.
    """
    asked = others.select(
        "line_key", *(pl.col(name) if name in others.columns else pl.lit("").alias(name)
                      for name in ("line_order", "own_key")),
    )  # fmt: skip
    parents = asked.select(key="own_key", order="line_order").with_row_index("place").cast(pl.String)
    for _ in range(_NESTED_AT_MOST):
        stray = ~asked["line_key"].is_in(lines["key"].implode())
        at = _next_line(asked, parents) if by_order else _first_line(asked, parents)
        above = at.cast(pl.UInt32, strict=False).set(~stray, None)
        if above.null_count() == len(above):
            break
        asked = asked.with_columns(
            asked[name].gather(above).zip_with(above.is_not_null(), asked[name]).alias(name)
            for name in ("line_key", "line_order")
        )
    if by_order:
        return _next_line(asked, lines)
    return asked["line_key"].set(~asked["line_key"].is_in(lines["key"].implode()), "")


def _first_line(others: pl.DataFrame, lines: pl.DataFrame) -> pl.Series:
    """The place of the first line that has a modifier's key; empty text for none."""
    there = lines.filter(pl.col("key") != "").unique("key", keep="first")
    return others.join(there, left_on="line_key", right_on="key", how="left", maintain_order="left")["place"].fill_null(
        ""
    )


def _next_line(others: pl.DataFrame, lines: pl.DataFrame) -> pl.Series:
    """The line of each modifier: of those with its key, the next one in the order of the file's numbers, else the last.

    Args:
        others: modifiers with `line_key` and `line_order`.
        lines: key, order, place.

    Returns:
        The line's place; empty text for a modifier of no line.
    """
    digits = pl.col("order").str.extract(r"([0-9]{1,18})$").cast(pl.Int64, strict=False)
    asked = others.select(key="line_key", order="line_order").with_columns(digits.alias("order")).with_row_index("at")
    there = lines.with_columns(digits.alias("order")).filter(pl.col("key") != "").drop_nulls("order").sort("order")
    known = asked.drop_nulls("order").sort("order")
    after = known.join_asof(there, on="order", by="key", strategy="forward", check_sortedness=False)
    before = known.join_asof(there, on="order", by="key", strategy="backward", check_sortedness=False)
    found = after.select("at", place=pl.coalesce(after["place"], before["place"]))
    return asked.join(found, on="at", how="left", maintain_order="left")["place"].fill_null("")


def _counted(others: pl.DataFrame) -> pl.Series:
    """The options of a file of modifiers, with how often each was taken."""
    option = others["option"]
    if "quantity" not in others.columns:
        return option
    times = others["quantity"].cast(pl.Float64, strict=False).round(0)
    more = (times > 1).fill_null(value=False)
    counted = pl.DataFrame({"o": option, "n": times.cast(pl.Int64, strict=False)})
    text = counted.select(pl.format("{} x {}", "n", "o")).to_series()
    return option.zip_with(~more, text).set((times <= 0).fill_null(value=False), "")


def _located(frame: pl.DataFrame, context: Context) -> pl.DataFrame:
    """Store ids of the locations that lines name."""
    if "location" not in frame.columns:
        return frame
    made = frame.with_columns(context.store_ids(pl.col("location").fill_null("")).alias("_store"))
    if "store_id" in frame.columns:
        made = made.with_columns(_store=pl.when(pl.col("store_id") != "").then("store_id").otherwise("_store"))
    return made.with_columns(store_id="_store").drop("location", "_store")


def _own_stock(frame: pl.DataFrame, raw: Raw, context: Context) -> pl.DataFrame:
    """The rows of this store's location, where stock is listed by location."""
    if "location" not in frame.columns:
        return frame
    locations = [text for text in frame["location"].unique().sort() if text]
    own = context.own_location(locations, raw, "stock") if locations else None
    here = frame["location"] == (own or "")
    context.leave_out(raw, int((~here).sum()), "stock of other locations")
    return frame.filter(here).drop("location")


def _from_baskets(frame: pl.DataFrame, context: Context) -> pl.DataFrame:
    """Fills in what lines leave empty from the facts about their whole receipts.

    Whose a receipt is, and whether it is a purchase at all, counts only where its rows agree: a check that two people
    paid is nobody's, and one of which one payment of two was paid back stays sold.
    """
    facts = context.baskets
    if facts is None:
        return frame
    names = [name for name in facts.columns if name not in (ROW, FILE, "basket_id")]
    said = {name: pl.col(name).filter(pl.col(name).fill_null("") != "") for name in names}
    once = facts.group_by("basket_id", maintain_order=True).agg(
        pl.when((said[name].n_unique() <= 1) | pl.lit(name not in _AGREED))
        .then(said[name].first()).fill_null("").alias(name)
        for name in names
    )  # fmt: skip
    joined = frame.join(once, on="basket_id", how="left", maintain_order="left", suffix="_of_basket")
    for name in names:
        other = f"{name}_of_basket" if f"{name}_of_basket" in joined.columns else name
        if other != name and name == "kind":
            whole = pl.col(other).is_in(["none", "return"]) & pl.col(name).fill_null("").is_in(["", "sale"])
            joined = joined.with_columns(pl.when(whole).then(other).otherwise(name).alias(name)).drop(other)
        elif other != name:
            filled = pl.when(pl.col(name).fill_null("") != "").then(pl.col(name)).otherwise(pl.col(other))
            joined = joined.with_columns(filled.fill_null("").alias(name)).drop(other)
        else:
            joined = joined.with_columns(pl.col(name).fill_null(""))
    return joined
