"""What is no item: tips, gift cards, shipping, fees, donations, rounding, deposits. One rule for every source.

The name decides, as the line has it, as the table of items has it, or as the SKU itself reads where nothing else is
known; and a level of the category. The words are a list (`clerk.languages.item_words`, `no-item`); a shop adds names
or SKUs of its own as `no_items` in store.toml, and an item whose column `mention` says yes is an item.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import polars as pl

from clerk.intake.canonical_tables import ROW, Source, distinct_rows
from clerk.intake.checks import values
from clerk.languages.item_words import item_words, plain_name

RULE = "no items (tips, gift cards, fees)"
"""What the report calls it: "3 rows left out: …"."""


class NoItems:
    """The rule for one shop.

    Args:
        store: `store.toml`, with the shop's own `no_items`.
        tables: checked items, the newest first; where two name one SKU, the first counts.
    """

    def __init__(self, store: Mapping[str, Any], *tables: pl.DataFrame | None) -> None:
        stated = store.get("no_items", ())
        listed = stated if isinstance(stated, list) else [stated]
        self._own = frozenset(plain_name(str(one)) for one in listed if str(one).strip()) - {""}
        self._known: dict[str, tuple[str, str, bool | None]] = {}
        self._said: dict[tuple[str, str], bool] = {}
        """What names and categories say, so that each is asked once however many parts a file is read in."""
        for table in tables:
            if table is not None:
                wanted = [pl.col(n) if n in table.columns else pl.lit(None).alias(n) for n in _OF_ITEMS]
                for sku, *told in table.select(wanted).iter_rows():
                    self._known.setdefault(sku, (told[0] or "", told[1] or "", told[2]))

    def without(self, part: Source, whole: Source) -> Source:
        """Lines as they came without those of no items.

        Args:
            part: some rows of a file.
            whole: the file; its `left_out` counts them.
        """
        names = [name for name in ("sku", "item_name", "item_category") if part.has(name)]
        texts = pl.DataFrame([values.texts(part.frame, name, 200).alias(name) for name in names])
        nothing = self.among(texts)
        if not nothing.any():
            return part
        rows = distinct_rows(part.frame.filter(nothing)[ROW])
        whole.left_out[RULE] = whole.left_out.get(RULE, 0) + rows
        return Source(part.table, part.file, part.frame.filter(~nothing))

    def among(self, lines: pl.DataFrame) -> pl.Series:
        """Which lines are of no item.

        Args:
            lines: cleaned texts: `sku`, and `item_name` and `item_category` where the source has them.

        Cost: each different text once.
        """
        named = lines["item_name"] if "item_name" in lines.columns else None
        nothing = _among(lines["sku"], self._is_nothing)
        unnamed = _among(lines["sku"], lambda sku: sku not in self._known and self._says(sku, ""))
        if named is not None:
            nothing |= (unnamed & (named == "")) | _among(named, lambda name: self._says(name, ""))
        else:
            nothing |= unnamed
        if "item_category" in lines.columns:
            nothing |= _among(lines["item_category"], lambda category: self._says("", category))
        if nothing.any():
            nothing &= ~_among(lines["sku"], lambda sku: self._known.get(sku, ("", "", None))[2] is True)
        return nothing

    def _is_nothing(self, sku: str) -> bool:
        """Whether the shop lists the SKU, or the table of items calls it so."""
        name, category, _ = self._known.get(sku, ("", "", None))
        return plain_name(sku) in self._own or self._says(name, category)

    def _says(self, name: str, category: str) -> bool:
        said = self._said.get((name, category))
        if said is None:
            said = plain_name(name) in self._own or item_words().is_no_item(name, category)
            self._said[name, category] = said
        return said


_OF_ITEMS = ("sku", "name", "category", "mention")


def without_no_items(tables: dict[str, pl.DataFrame], store: Mapping[str, Any]) -> int:
    """Takes lines of no items out of a whole shop's checked tables.

    A history store may hold some that came in before the rule, or before the file that names them.

    Returns:
        How many.
    """
    lines = tables.get("lines")
    if lines is None or lines.is_empty():
        return 0
    nothing = NoItems(store, tables.get("items")).among(lines.select("sku"))
    if not nothing.any():
        return 0
    tables["lines"] = lines.filter(~nothing)
    return int(nothing.sum())


def _among(texts: pl.Series, says: Callable[[str], bool]) -> pl.Series:
    """Which texts say something. Cost: each different text once."""
    found = [text for text in texts.unique().to_list() if text and says(text)]
    if not found:
        return pl.Series([False], dtype=pl.Boolean).new_from_index(0, len(texts))
    return texts.is_in(found)
