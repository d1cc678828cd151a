"""Proposes a mapping for a file from the names of its columns and what stands in them.

The same file gives the same proposal. Every line says why it is there; what only the cells suggest is marked `guess`,
and columns that mean nothing here are listed. Names are known in many languages, in `header_words.toml`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from clerk.errors import SourceUnreadable
from clerk.intake.checks.moments import order_of
from clerk.intake.checks.numbers import proof
from clerk.intake.checks.written import Order
from clerk.intake.files.column_reading import read
from clerk.intake.files.recognition import Recognised, header_of
from clerk.intake.mapping.columns_seen import READ_AS, header_words, plain, seen, spans_of
from clerk.intake.mapping.draft import Draft, quoted, with_why
from clerk.intake.mapping.entries import from_toml
from clerk.intake.mapping.kinds_seen import FEW, kinds_seen
from clerk.intake.mapping.reading import on_several_days
from clerk.languages.options import is_size
from clerk.phrases import count
from clerk.text import clean

_NEARER = 5
"""How many times as many days another order of day and month must cover before the nearer one is guessed."""
_BETWEEN = (" + ", " / ", " | ", "・", "、", "，", "；", "+", "|", "/")
"""What may stand between options in one cell, the surest first."""


@dataclass(slots=True)
class Suggestion:
    """A proposed mapping."""

    file: str
    table: str
    toml: str
    used: dict[str, list[str]] = field(default_factory=dict)
    """Canonical column -> columns of the file."""
    guesses: list[str] = field(default_factory=list)
    """Canonical columns that only the cells suggest."""
    unknown: list[str] = field(default_factory=list)
    """Columns of the file that were not used."""


def suggest(path: Path, store: Mapping[str, Any], today: date) -> Suggestion:
    """A mapping for a file; it can be used as it is where the file has a row an item sold.

    Args:
        path: the file.
        store: `store.toml`.
        today: what was sold was sold before.

    Raises:
        SourceUnsafe, SourceUnreadable: the file cannot be read, or nothing in it can be used.
    """
    header, is_parquet = header_of(path)
    places = {f"c{at}": at for at, name in enumerate(header) if name.strip()}
    frame = read(Recognised(path, "", (), "", places, tuple(header), {}, is_parquet)).frame
    named = {header[at].strip().strip("\ufeff"): label for label, at in reversed(places.items())}
    columns = [seen(name, frame[label].cast(pl.String).fill_null("")) for name, label in reversed(named.items())]
    full = {column.name: frame[named[column.name]].cast(pl.String).fill_null("") for column in columns}
    return _Proposal(path, columns, full, store, today).made()


class _Proposal(Draft):
    """The proposal for one file."""

    def made(self) -> Suggestion:
        """The proposal.

        Raises:
            SourceUnreadable: nothing in the file can be used.
        """
        table = self._table()
        {"lines": self._of_lines, "members": self._of_members, "items": self._of_items}[table]()
        unknown = [name for name in self._columns if name not in self._taken]
        toml = self._toml(table, unknown)
        try:
            from_toml(toml)
        except ValueError:
            # What looked like the items was the receipts, or the like.
            raise self._useless() from None
        return Suggestion(self._path.name, table, toml, self._used, self._guesses, unknown)

    def _table(self) -> str:
        """Which table the file is: whose required columns it has."""
        named = self._named.keys()
        dated = any(column.is_date for column in self._columns.values())
        if dated and {"sku", "item_name"} & named and {"quantity", "line_total", "unit_price"} & named:
            return "lines"
        if {"email", "phone"} & named and not {"quantity", "line_total", "on_hand"} & named:
            return "members"
        if {"sku", "item_name"} & named and {"unit_price", "gtin", "on_hand"} & named:
            return "items"
        if dated and ({"sku", "item_name"} & named or self._texts()):
            return "lines"
        if {"member_id", "card"} & named:
            return "members"
        raise self._useless()

    def _useless(self) -> SourceUnreadable:
        """The error about a file in which nothing can be used."""
        shown = ", ".join(list(self._columns)[:12])
        return SourceUnreadable(
            f"{self._path.name} has no columns that look like sales, customers or items: {clean(shown, 300)}.",
            "Export the list of sold items, one row an item.",
        )

    def _texts(self) -> list[str]:
        """Columns of words: neither dates, numbers nor addresses; the most different of those that repeat first."""
        words = [
            one for one in self._columns.values()
            if one.name not in self._taken and len(one.texts) and one.texts.str.contains(r"\p{L}{2}").mean() == 1
            and not one.is_date and not one.is_number and one.share_emails < READ_AS and one.share_phones < READ_AS
        ]  # fmt: skip
        words.sort(key=lambda one: (one.different == len(one.texts), -one.different))
        return [one.name for one in words]

    def _of_lines(self) -> None:
        self._rows_of_kinds()
        basket = self._basket()
        self._moment()
        self._sku()
        if found := self._take("item_name"):
            why = "by its name" + ("" if "sku" in self._used else "; stands for the SKU")
            self._say("item_name", quoted(found), why)
        elif "sku" not in self._used and (words := self._texts()):
            self._say("item_name", quoted(words[0]), "guess: different words, which repeat", guess=True)
        if found := self._take("item_category"):
            self._say("item_category", quoted(found), "by its name")
        self._number("quantity", "1")
        self._number("line_total", "")
        self._number("unit_price", "")
        self._who()
        for column in ("currency", "location", "channel", "line_no"):
            if found := self._take(column):
                self._say(column, quoted(found), "by its name")
        self._cents()
        self._kinds()
        self._modifiers()
        self._headings(basket)

    def _of_members(self) -> None:
        self._who(named_apart=True)
        if "member_id" not in self._used:
            self._tail.append("# No column has the customer's number: the id is made of e-mail or phone.")
        for column in ("birthday", "joined_on"):
            if (found := self._take(column)) and self._columns[found].is_date:
                self._say(column, quoted(found), "by its name; read as dates")
                self._order(column, self._full[found])
        if found := self._take("tier"):
            self._say("tier", quoted(found), "by its name")

    def _of_items(self) -> None:
        if found := self._take("sku"):
            self._say("sku", quoted(found), "by its name")
        if found := self._take("item_name"):
            self._say("name", quoted(found), "by its name" + ("" if "sku" in self._used else "; stands for the SKU"))
        elif "sku" in self._used:
            self._say("name", quoted(self._used["sku"][0]), "guess: no column has a name", guess=True)
        for theirs, ours in (("item_category", "category"), ("gtin", "gtin"), ("brand", "brand")):
            if found := self._take(theirs):
                self._say(ours, quoted(found), "by its name")
        if (found := self._take("unit_price")) and self._columns[found].is_number:
            self._say("price", quoted(found), "by its name; read as numbers")
            self._marks("price", self._full[found])
        stock = self._take("on_hand")
        if stock and self._columns[stock].is_number:
            key, name = ("sku", self._used["sku"][0]) if "sku" in self._used else ("item_name", self._used["name"][0])
            self._tail.append(
                "\n".join([
                    "[[file]]", f"match = {quoted(self._match())}",
                    with_why('table = "stock"', "the same file once more: how many are there"), "[file.columns]",
                    f"{key} = {quoted(name)}",
                    with_why(f"on_hand = {quoted(stock)}", "by its name; read as numbers"),
                ])
            )  # fmt: skip

    def _basket(self) -> str:
        """The receipt's number: by its name, else the ids that repeat."""
        candidates = self._named.get("basket_id", [])
        found = next((name for name in candidates if not self._begins_anew(name)), candidates[0] if candidates else "")
        if found:
            cells = self._columns[found]
            why = "by its name"
            if len(cells.texts) > cells.different:
                why += f"; {count(cells.different, 'receipt')} in {len(cells.texts):,} rows"
            if day := self._begins_anew(found):
                joined = f'{{ join = [{quoted(day)}, {quoted(found)}], with = " " }}'
                self._say(
                    "basket_id", joined, "guess: the numbers begin anew, so with their day", guess=True, of=[found]
                )
                return ""
            self._say("basket_id", quoted(found), why)
            return found
        day = self._peek("sold_at") or next((name for name, one in self._columns.items() if one.is_date), "")
        parts = [day, *filter(None, (self._peek("time"), self._peek("member_id") or self._peek("email")))]
        if day:
            listed = ", ".join(quoted(part) for part in parts)
            self._say(
                "basket_id", f'{{ join = [{listed}], with = " " }}',
                "guess: no receipt number; one moment is one receipt", guess=True, of=[],
            )  # fmt: skip
        return ""

    def _begins_anew(self, name: str) -> str:
        """The column of days in which a receipt number comes again on another day; empty where it does not."""
        day = next((one for one in self._named.get("sold_at", ()) if self._columns[one].is_date), "")
        if not day or day == name:
            return ""
        return day if on_several_days(self._full[name], self._full[day]) else ""

    def _sku(self) -> None:
        """The item's id, with others to stand in where a row has none."""
        found = self._take("sku")
        if not found:
            return
        others = [name for name in self._named["sku"] if name not in self._taken]
        if len(self._columns[found].texts) < len(self._full[found]) and others:
            listed = ", ".join(quoted(name) for name in (found, *others))
            self._say(
                "sku", f"{{ first_of = [{listed}] }}", "by their names; some rows have no first", of=[found, *others]
            )
        else:
            self._say("sku", quoted(found), "by its name")

    def _moment(self) -> None:
        """When it was sold: one column, or the day and the time apart."""
        day = next((name for name in self._named.get("sold_at", ()) if self._columns[name].is_date), "")
        why, guess = "by its name", False
        if not day:
            day = next((name for name, one in self._columns.items() if one.is_date and name not in self._taken), "")
            why, guess = "guess: the first column with dates", True
        if not day:
            return
        cells = self._columns[day]
        beside = (*self._named.get("time", ()), *self._named.get("sold_at", ()))
        time = next((name for name in beside if self._columns[name].share_clocks >= READ_AS), "")
        parts, texts = [day], self._full[day]
        if time and cells.share_timed < READ_AS:
            parts.append(time)
            texts = pl.DataFrame({"day": texts, "time": self._full[time]}).select(pl.format("{} {}", "day", "time"))[
                "day"
            ]
            why += ", the time apart"
        elif cells.share_timed < READ_AS:
            why += "; no time of day: every sale counts as at 12:00"
        value = quoted(day) if len(parts) == 1 else "[" + ", ".join(quoted(part) for part in parts) + "]"
        self._say("sold_at", value, why, guess=guess, of=parts)
        self._order("sold_at", texts.str.strip_chars())

    def _order(self, column: str, texts: pl.Series) -> None:
        """Says which part of a date comes first, where a row must prove it."""
        written = texts.filter(texts != "")
        if order_of(written) is not None or "date" in self._guesses:
            return
        order, why = self._decided(written)
        words = {"dmy": "day first", "mdy": "month first", "ymd": "year first"}[order]
        self._head.append((f'date = "{words}"', why))
        if why.startswith("guess"):
            self._guesses.append("date")

    def _decided(self, texts: pl.Series) -> tuple[Order, str]:
        """The order of a column of dates that proves none, and why."""
        dated = {one.name: order_of(one.texts) for one in self._columns.values() if one.is_date}
        others = {(order, name) for name, order in dated.items() if order not in (None, "ymd")}
        if len({order for order, _ in others}) == 1:
            order, name = min(others, key=str)
            assert order is not None
            return order, f"as {name} proves"
        if (proven := order_of(texts, self._today)) is not None:
            return proven, "guess: no row proves it; else some days would lie in the future"
        spans = spans_of(texts)
        near, far = min(spans, key=lambda one: spans[one]), max(spans, key=lambda one: spans[one])
        if spans[far] >= _NEARER * max(1, spans[near]):
            return near, "guess: no row proves it; so the days lie nearest to each other"
        if not self._country and not self._currency and texts.str.contains(r"(?i)[0-9] ?[ap]\.?m").any():
            return "mdy", "guess: no row proves it; times with am and pm stand beside it"
        return self._habit.order, "guess: no row proves it; the store's country writes it so"

    def _number(self, column: str, otherwise: str) -> None:
        found = next((name for name in self._named.get(column, ()) if self._columns[name].is_number), "")
        if found and found not in self._taken:
            self._say(column, quoted(found), "by its name; read as numbers")
            self._marks(column, self._full[found])
        elif otherwise:
            line = with_why(f"{column} = {quoted(otherwise)}", "no column says it")
            self._constants.append(line)

    def _marks(self, column: str, texts: pl.Series) -> None:
        if proof(texts.filter(texts != "")).undecided and not any(key.startswith("decimal") for key, _ in self._head):
            comma = "true" if self._habit.mark == "," else "false"
            self._head.append(
                (f"decimal_comma = {comma}", f"guess: 1,250 in {column} may be read two ways, no row proves which")
            )
            self._guesses.append("decimal_comma")

    def _who(self, *, named_apart: bool = False) -> None:
        """The member: by number, card, e-mail, phone, name."""
        for column in ("member_id", "card"):
            if found := self._take(column):
                self._say(column, quoted(found), "by its name")
        for column, share in (("email", "share_emails"), ("phone", "share_phones")):
            found = self._take(column) or ""
            why, guess = "by its name", False
            if found and column == "phone" and self._columns[found].share_emails:
                # Both in one cell: each is found by its form.
                self._say(
                    "phone",
                    f'{{ from = {quoted(found)}, find = "{_PHONE_IN}" }}',
                    f"{why}; e-mails beside",
                    of=[found],
                )
                if "email" not in self._used:
                    self._say(
                        "email",
                        f'{{ from = {quoted(found)}, find = "{_EMAIL_IN}" }}',
                        f"{why}; phones beside",
                        of=[found],
                    )
                continue
            if not found:
                found = next(
                    (
                        name for name, one in self._columns.items()
                        if name not in self._taken and len(one.texts) and getattr(one, share) >= READ_AS
                        and (column == "email" or not (one.is_number or one.is_date))
                    ), "",
                )  # fmt: skip
                why, guess = f"guess: its cells look like {'e-mails' if column == 'email' else 'phone numbers'}", True
            if found:
                self._say(column, quoted(found), why, guess=guess)
        name = "name" if named_apart else "member_name"
        given, family = self._take("given_name"), self._take("family_name")
        if given and family:
            self._say(name, f"[{quoted(given)}, {quoted(family)}]", "first and last name apart", of=[given, family])
        elif found := (self._take("member_name") or (self._take("item_name") if named_apart else "")):
            alone = not named_apart and not {"member_id", "card", "email", "phone"} & self._used.keys()
            cells = self._columns[found].texts
            if not named_apart and self._contacts(found, cells, name):
                return
            if alone and cells.str.contains(r"^\D*\p{L}{3}\D*[0-9]{3,}\D*$|^[0-9]{3,}\D*\p{L}{3}\D*$").all():
                value = f'{{ from = {quoted(found)}, find = "[0-9]{{3,}}" }}'
                self._say("member_id", value, "guess: a number stands beside each name", guess=True, of=[found])
                self._say(name, quoted(found), "by its name")
            elif alone and cells.str.contains("[0-9]").all():
                self._say("member_id", quoted(found), "guess: its cells look like numbers of customers", guess=True)
            elif alone:
                self._say(name, quoted(found), "by its name; members are found by it: export the customers too")
            else:
                self._say(name, quoted(found), "by its name")
        if named_apart and given:
            self._say("given_name", quoted(given), "by its name")
        if not named_apart and not {"member_id", "card", "email", "phone", "member_name"} & self._used.keys():
            line = with_why('member_id = ""', "to do: no column says who bought; name it in [file.columns] instead")
            self._constants.append(line)

    def _contacts(self, found: str, cells: pl.Series, name: str) -> bool:
        """Says what stands in one cell beside the name: an e-mail address, a phone number."""
        has = {
            column: cells.str.contains(_inside(form)).any()
            for column, form in (("email", _EMAIL_IN), ("phone", _PHONE_IN))
        }
        if not any(has.values()):
            return False
        for column, form in (("email", _EMAIL_IN), ("phone", _PHONE_IN)):
            if has[column] and column not in self._used:
                value = f'{{ from = {quoted(found)}, find = "{form}" }}'
                self._say(column, value, "guess: it stands beside the name", guess=True, of=[found])
        value = f'{{ from = {quoted(found)}, find = "{_NAME_IN}" }}'
        self._say(name, value, "guess: what stands before the rest", guess=True, of=[found])
        return True

    def _kinds(self) -> None:
        """What is brought back or no purchase, by the words in the cells."""
        amounts = [name for column in ("quantity", "unit_price", "line_total") for name in self._used.get(column, ())]
        found = kinds_seen(self._named, self._full, self._is_item(), amounts, self._taken)
        if found.column:
            guess = any(why.startswith("guess") for _, why in found.words.values())
            self._say("kind", quoted(found.column), "by its name and its cells")
            self._guesses += ["values.kind"] if guess else []
            lines = [with_why("[file.values.kind]", "their word = sale, return, or none: no purchase")]
            lines += [
                with_why(f"{quoted(value)} = {quoted(kind)}", why) if why else f"{quoted(value)} = {quoted(kind)}"
                for value, (kind, why) in found.words.items()
            ]
            lines += [
                with_why(f'# {quoted(value)} = "sale"', "to do: unknown word; such rows are set aside")
                for value in found.unknown
            ]
            self._tail.append("\n".join(lines))
        elif unknown := next(
            (
                name for name in (*self._named.get("kind", ()), *self._named.get("status", ()))
                if name not in self._taken and 1 < self._columns[name].different <= FEW
            ), "",
        ):  # fmt: skip
            values = self._columns[unknown].texts.unique().sort().to_list()
            lines = [f"# to do: {clean(unknown)} may tell what is a sale, a return, or no purchase. If so, write"]
            lines += [
                f"# kind = {quoted(unknown)}",
                "# below [file.columns], and here, without the #:",
                "# [file.values.kind]",
            ]
            self._tail.append("\n".join([*lines, *(f'# {quoted(value)} = "sale"' for value in values)]))
        for key, name, values, why in found.conditions:
            listed = ", ".join(map(quoted, values))
            self._head.append((f"{key} = [ {{ {quoted(name)} = [{listed}] }} ]", why))
            self._guesses += [key] if why.startswith("guess") else []
            self._taken.add(name)
        self._tail += [f"# to do: {clean(name)} {question}." for name, question in found.asked]

    def _rows_of_kinds(self) -> None:
        """The column that tells items from their modifiers and from headings, where they are rows of one file."""
        known = header_words()["kinds"]
        for name in (*self._named.get("line_type", ()), *self._named.get("kind", ())):
            values = self._columns[name].texts.unique().sort().to_list()
            named = {
                kind: [one for one in values if plain(one) in known[kind]] for kind in ("item", "modifier", "heading")
            }
            if (
                name in self._taken
                or len(values) > FEW
                or not (named["item"] and (named["modifier"] or named["heading"]))
            ):
                continue
            self._row_type, self._modifier_words, self._item_words = name, named["modifier"], named["item"]
            self._taken.add(name)
            if named["heading"]:
                listed = ", ".join(map(quoted, named["heading"]))
                self._head.append((f"skip_where = [ {{ {quoted(name)} = [{listed}] }} ]", "by its cells: no items"))
            return

    def _is_item(self) -> pl.Series:
        """Which rows are items, as far as the file says so."""
        if self._row_type:
            return self._full[self._row_type].is_in(self._item_words)
        name = (self._used.get("sku") or self._used.get("item_name") or [""])[0]
        first = next(iter(self._full.values()))
        return self._full[name] != "" if name else pl.Series([True]).new_from_index(0, len(first))

    def _cents(self) -> None:
        """Amounts in cents, where their heading says so."""
        money = [name for column in ("line_total", "unit_price") for name in self._used.get(column, ())]
        if money and all(
            re.search(r"(?i)(?:\b|_)(?:cents?|pence|minor(?:[ _]units?)?|öre|groszy|céntimos|centavos)(?:\b|_|$)", name)
            for name in money
        ):
            self._head.append(('money = "minor"', "guess: the heading says cents"))
            self._guesses.append("money")

    def _modifiers(self) -> None:
        cell, size, variant = self._take("modifiers"), self._take("size"), self._take("variant")
        lines, used = ["[file.modifiers]"], list[str]()
        if cell:
            cells = self._columns[cell].texts
            mark = "" if cells.str.contains("[,;]").any() else max(_BETWEEN, key=lambda one: _cells_with(cells, one))
            mark = mark if mark and _cells_with(cells, mark) else ""
            lines.append(
                with_why(f"cell = {quoted(cell)}", "by its name" + ("" if mark else "; options apart by , or ;"))
            )
            if mark:
                lines.append(with_why(f"between = {quoted(mark)}", "guess: what stands between words in its cells"))
            used.append(cell)
        sizes = [
            name
            for name in (size, variant)
            if name and (name == size or all(map(is_size, self._columns[name].texts.unique())))
        ]
        others = [name for name in (size, variant) if name and name not in sizes]
        if sizes:
            grouped = ", ".join(
                f"{group} = {quoted(name)}" for group, name in zip(("Size", "Variant"), sizes, strict=False)
            )
            grouped += "".join(f", Variant = {quoted(name)}" for name in others)
            lines.append(with_why(f"columns = {{ {grouped} }}", "guess: the variant is the size"))
        elif others:
            lines.append(with_why(f"columns = [{', '.join(map(quoted, others))}]", "guess: a choice, by its name"))
        used += [*sizes, *others]
        if self._modifier_words:
            used += self._modifier_rows(lines)
        if not used:
            return
        self._used["modifiers"] = used
        if len(used) > bool(cell):
            self._guesses.append("modifiers")
        self._tail.append("\n".join(lines))

    def _modifier_rows(self, lines: list[str]) -> list[str]:
        """Says that modifiers are rows of their own; gives the columns that tell of them."""
        listed = ", ".join(map(quoted, self._modifier_words))
        option = (self._used.get("item_name") or self._used.get("sku") or [""])[0]
        if not option:
            return []
        lines += [
            with_why(f"rows_where = {{ {quoted(self._row_type)} = [{listed}] }}", "guess: by its cells"),
            with_why(f"option = {quoted(option)}", "the name of a row"),
        ]
        group, of, line = self._take("option_group"), self._take("parent"), self._take("line_id")
        if group:
            lines.append(with_why(f"group = {quoted(group)}", "by its name"))
        if of and line:
            lines.append(with_why(f"of = {quoted(of)}", "by its name: the row that it belongs to"))
            lines.append(with_why(f"line = {quoted(line)}", "by its name"))
        lines.append(with_why('# amounts = "included"', "if the amount of an item has its modifiers already"))
        return [self._row_type, *filter(None, (group, of and line and of, of and line and line))]

    def _headings(self, basket: str) -> None:
        """Rows that are no items, and facts that stand on the first row of a receipt only."""
        item = (self._used.get("sku") or self._used.get("item_name") or [""])[0]
        name = (self._used.get("item_name") or [item])[0]
        if name and item:
            both = (self._full[name] == "") & (self._full[item] == "")
            if both.any() and not both.all() and not self._row_type:
                tests = ", ".join(f'{quoted(one)} = [""]' for one in dict.fromkeys((item, name)))
                self._head.append(
                    (
                        f"skip_where = [ {{ {tests} }} ]",
                        f"{count(int(both.sum()), 'row')} without an item: totals, payments",
                    )
                )
        if not basket:
            return
        keys = pl.DataFrame({"key": self._full[basket]})
        filled = keys.select(pl.when(pl.col("key") != "").then("key").forward_fill())["key"]
        sparse = []
        for column in (
            "sold_at",
            "member_id",
            "card",
            "email",
            "phone",
            "member_name",
            "kind",
            "currency",
            "location",
            "channel",
        ):
            for name in self._used.get(column, ()):
                rows = pl.DataFrame({"key": filled, "cell": self._full[name]}).drop_nulls("key")
                counted = rows.group_by("key").agg(
                    first=pl.col("cell").first() != "", rest=(pl.col("cell").slice(1) == "").all(), rows=pl.len()
                )  # fmt: skip
                several = counted.filter(pl.col("rows") > 1)
                if several.height and several.select((pl.col("first") & pl.col("rest")).any()).item():
                    mixed = several.filter(pl.col("first") & ~pl.col("rest")).height
                    if not mixed:
                        sparse.append(name)
        if (keys["key"] == "").any() and sparse:
            sparse.insert(0, basket)
        if sparse:
            listed = ", ".join(quoted(name) for name in dict.fromkeys(sparse))
            self._head.append(
                (
                    f"fill_down = {{ by = [{quoted(basket)}], columns = [{listed}] }}",
                    "only the first row of a receipt has them",
                )
            )


_NAME_IN = r"^([^<@]+?) *(?:[<(]|, *\\(?[+0-9]|$)"
_PHONE_IN = r"(?:^|[\\s,;])(\\+?[0-9(][0-9 ()./-]{5,}[0-9])"
_EMAIL_IN = r"[^\\s,;<>]+@[^\\s,;<>]+"


def _inside(form: str) -> str:
    """A pattern as it is, of one as TOML writes it."""
    return form.replace("\\\\", "\\")


def _cells_with(cells: pl.Series, mark: str) -> int:
    return int(cells.str.contains(mark, literal=True).sum())
