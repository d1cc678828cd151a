"""A shop's canonical tables read once more, by code that shares nothing with the builder or the rules of a visit.

What counts is written down here a second time, in plain Python over rows: a visit is a basket with something of the
member's own taste in it; what was brought back, or given away, is not of it.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path

import polars as pl

DAY = 86_400
_EPOCH = datetime(1970, 1, 1)


@dataclass(slots=True)
class Row:
    """One line item."""

    member: str
    basket: str
    at: int
    sku: str
    choices: frozenset[str]
    quantity: float
    """As sold, below zero for a return."""
    is_return: bool
    is_gift: bool
    number: int
    came_back: bool = False
    """A purchase that was brought back whole."""

    @property
    def is_own(self) -> bool:
        """Whether it is of the member's own taste."""
        return not (self.is_return or self.is_gift or self.came_back) and self.quantity >= 0


@dataclass(slots=True)
class Goods:
    """One item as the shop's table has it."""

    sku: str
    name: str
    category: str
    sensitive: bool = False
    variant_of: str = ""
    on_hand: int | None = None
    counted_at: int | None = None
    allergens: str = ""
    goes_with: tuple[str, ...] = ()

    @property
    def kind(self) -> str:
        """The item type: the last level of the category."""
        return self.category.split(" > ")[-1]


@dataclass(slots=True)
class Past:
    """One member's rows up to a moment, oldest basket first."""

    rows: list[Row]
    now: int
    own: list[list[Row]] = field(default_factory=list)
    """Own rows by visit, oldest first; only baskets that have any."""

    def __post_init__(self) -> None:
        by_basket: dict[tuple[int, str], list[Row]] = defaultdict(list)
        for row in self.rows:
            by_basket[row.at, row.basket].append(row)
        visits = [[row for row in by_basket[key] if row.is_own] for key in sorted(by_basket)]
        self.own = [visit for visit in visits if visit]

    def times(self, sku: str) -> list[int]:
        """When each own visit with the item was."""
        return [visit[0].at for visit in self.own if any(row.sku == sku for row in visit)]


class Raw:
    """The canonical folder of one shop."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.goods = {one["sku"]: _goods(one) for one in _table(folder, "items")}
        for one in _table(folder, "stock"):
            item = self.goods.get(one["sku"])
            if item is not None and one.get("on_hand"):
                item.on_hand, item.counted_at = int(float(one["on_hand"])), _seconds(one.get("counted_at", ""))
        self.privileges = {one["text"] for one in _table(folder, "privileges")}
        self._rows = _rows(folder)

    @cached_property
    def by_member(self) -> dict[str, list[Row]]:
        """Every member's rows; what came back is marked."""
        found: dict[str, list[Row]] = defaultdict(list)
        for row in self._rows:
            found[row.member].append(row)
        for rows in found.values():
            _net(rows)
        return found

    def past(self, member: str, now: int) -> Past:
        """One member's rows up to a moment."""
        return Past([row for row in self.by_member.get(member, ()) if row.at <= now], now)

    @cached_property
    def baskets_with(self) -> dict[str, set[tuple[str, str]]]:
        """SKU -> the baskets of members in which it was bought and kept, presents among them."""
        found: dict[str, set[tuple[str, str]]] = defaultdict(set)
        for rows in self.by_member.values():
            for row in rows:
                if not row.is_return and not row.came_back:
                    found[row.sku].add((row.member, row.basket))
        return found

    @cached_property
    def with_milk(self) -> set[str]:
        """SKUs that are made with a milk of one's choice."""
        return {row.sku for row in self._rows if any(one.startswith("Milk=") for one in row.choices)}

    @cached_property
    def milk_categories(self) -> set[str]:
        """Their categories: in place of another drink of these one of them could have been taken."""
        return {self.item(sku).category for sku in self.with_milk}

    @cached_property
    def owners(self) -> dict[str, set[str]]:
        """SKU -> the members who bought and kept it."""
        return {sku: {member for member, _ in baskets} for sku, baskets in self.baskets_with.items()}

    @cached_property
    def baskets_in_all(self) -> int:
        """Baskets in which anything was bought and kept."""
        return len(set().union(*self.baskets_with.values()))

    @cached_property
    def at_of(self) -> dict[tuple[str, str], int]:
        """When each basket was."""
        return {(row.member, row.basket): row.at for row in self._rows}

    @cached_property
    def newest(self) -> int:
        """The newest row of the shop."""
        return max(row.at for row in self._rows)

    def item(self, sku: str) -> Goods:
        """An item; one that only the lines know has no more than its SKU."""
        return self.goods.get(sku) or Goods(sku, f"Item {sku}", "")

    def family(self, sku: str) -> set[str]:
        """The item and all its variants."""
        base = self.item(sku).variant_of or sku
        return {one.sku for one in self.goods.values() if base in (one.sku, one.variant_of)} | {sku}


def _net(rows: list[Row]) -> None:
    """Marks purchases that were brought back whole: the latest first, at most what there is."""
    by_item: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        by_item[row.sku].append(row)
    for of_item in by_item.values():
        if not any(row.is_return for row in of_item):
            continue
        # At one moment a purchase comes before a return, and of purchases the smaller is taken back first.
        of_item.sort(key=lambda row: (row.at, row.is_return, abs(row.quantity) * (1 if row.is_return else -1)))
        held: list[list[float | Row]] = []
        for row in of_item:
            pieces = abs(row.quantity) or 1.0
            if not row.is_return:
                held.append([pieces, row])
                continue
            if pieces > 10 * sum(float(one[0]) for one in held):  # type: ignore[arg-type]
                pieces = 1.0
            while pieces > 1e-9 and held:
                taken = min(pieces, float(held[-1][0]))  # type: ignore[arg-type]
                pieces -= taken
                held[-1][0] = float(held[-1][0]) - taken  # type: ignore[arg-type]
                if held[-1][0] > 1e-9:  # type: ignore[operator]
                    break
                held.pop()[1].came_back = True  # type: ignore[union-attr]


def _rows(folder: Path) -> list[Row]:
    found: list[Row] = []
    starts: dict[tuple[str, str], int] = {}
    for one in _table(folder, "lines"):
        if not one["member_id"]:
            continue
        at = _seconds(one["sold_at"])
        assert at is not None
        quantity = float(one.get("quantity") or 1)
        if not quantity:
            # Nothing of it was bought.
            continue
        back = one.get("kind", "") == "return" or quantity < 0
        row = Row(
            member=one["member_id"],
            basket=one["basket_id"],
            at=at,
            sku=one["sku"],
            choices=frozenset(part.strip() for part in (one.get("modifiers") or "").split(";") if part.strip()),
            quantity=-abs(quantity) if back else quantity,
            is_return=back,
            is_gift=(one.get("gift") or "").lower() in ("yes", "true", "1"),
            number=int(one.get("line_no") or 0),
        )
        key = (row.member, row.basket)
        starts[key] = min(starts.get(key, at), at)
        found.append(row)
    for row in found:
        # A basket was when its first line was rung up.
        row.at = starts[row.member, row.basket]
    return found


def _goods(one: dict[str, str]) -> Goods:
    sensitive = str(one.get("sensitive", "")).lower() in ("yes", "true", "1")
    variant_of, allergens = one.get("variant_of") or "", one.get("allergens") or ""
    partners = tuple(each.strip() for each in (one.get("goes_with") or "").split(";") if each.strip())
    found = Goods(one["sku"], one["name"], one.get("category") or "", sensitive, variant_of, allergens=allergens)
    found.goes_with = partners
    return found


def _table(folder: Path, name: str) -> list[dict[str, str]]:
    """Rows of a table as texts; none where the shop has none."""
    if (folder / f"{name}.csv").exists():
        with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))
    if not (folder / f"{name}.parquet").exists():
        return []
    frame = pl.read_parquet(folder / f"{name}.parquet")
    frame = frame.with_columns(pl.col(pl.Datetime).dt.strftime("%Y-%m-%dT%H:%M:%S"))
    return frame.select(pl.all().cast(pl.String).fill_null("")).to_dicts()


def _seconds(text: str) -> int | None:
    return int((datetime.fromisoformat(text) - _EPOCH).total_seconds()) if text else None
