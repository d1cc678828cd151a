"""The item screen: price, shelf, stock with the age of its count, choices, what is near it, what goes with it."""

from __future__ import annotations

from clerk.model import Item, ItemCard, Why
from clerk.phrases import ago, clock_time, money
from clerk.ui.drawing.lines import Line, Piece, Role, heading, outside, say, spread, wrapped
from clerk.ui.drawing.view import Picked, View, mark, place_words

ROWS = 5
"""Rows drawn of the nearest items, and of what is bought together."""


class ItemView(View):
    """One item; with a visit open, also why it is or is not suggested to this member."""

    name = "item"

    def __init__(self, card: ItemCard, why: Why | None = None) -> None:
        self.card = card
        self._why = why
        self._others = [near.item for near in card.near[:ROWS]] + list(card.company[:ROWS])
        self._picked = -1

    def draw(self, width: int, height: int) -> list[Line]:
        """The item in at most `height` rows; the description gives way first."""
        item = self.card.item
        name = (Piece(" " + outside(item.name), Role.STRONG),)
        lines: list[Line] = [spread(name, (Piece(f"SKU {outside(item.sku)} ", Role.MUTED),), width)]
        where = " · ".join(part for part in (outside(item.category), outside(item.brand)) if part)
        if where:
            lines.append(say(" " + where, Role.MUTED))
        lines.append(say(f" {money(item.price_minor, self.card.currency)} · {_stock(item, self.card.now)}"))
        lines += [say(f" ! {words}", Role.WARN) for words in _cautions(item)]
        if self._why is not None:
            lines += [
                say(" For this member: " + row if not number else "   " + row, Role.ACCENT)
                for number, row in enumerate(wrapped(outside(self._why.line), width - 20, 2))
            ]
        below = self._modifiers(width) + self._near(width) + self._company(width)
        room = height - len(lines) - len(below) - 1
        if item.description and room > 0:
            lines += [say(" " + row) for row in wrapped(outside(item.description), width - 2, min(room, 4))]
        return (lines + below)[:height]

    def offers(self) -> frozenset[str]:
        """Opening another item, or the gates for this one when a visit is open."""
        return frozenset(("open",)) if self._others or self._why is not None else frozenset()

    def picked(self) -> Picked | None:
        """The picked neighbour, or the item itself."""
        item = self._others[self._picked] if self._picked >= 0 else self.card.item
        kind = "item" if self._picked >= 0 else "this"
        return Picked(kind, item.sku, outside(item.name), item.sku)

    def move(self, step: int) -> None:
        """Picks another item; above the first one is the item itself."""
        self._picked = max(-1, min(self._picked + step, len(self._others) - 1))

    def pick(self, row: int) -> None:
        if 0 <= row < len(self._others):
            self._picked = row

    def _modifiers(self, width: int) -> list[Line]:
        groups: dict[str, list[str]] = {}
        for modifier in self.card.modifiers:
            words = outside(modifier.option)
            if modifier.price_minor:
                words += f" +{money(modifier.price_minor, self.card.currency)}"
            groups.setdefault(outside(modifier.group), []).append(words if modifier.available else f"{words} (out)")
        if not groups:
            return []
        lines: list[Line] = [heading("Choices", width)]
        for group, options in groups.items():
            lines += [say("  " + row) for row in wrapped(f"{group or 'Options'}: {', '.join(options)}", width - 2, 2)]
        return lines

    def _near(self, width: int) -> list[Line]:
        near = self.card.near[:ROWS]
        title = "Nearest that is here" if self.card.item.is_here else "Out today; nearest that is here"
        if not near:
            return [heading(title, width, "nothing close enough")]
        return [heading(title, width), *(self._row(at, each.item, width) for at, each in enumerate(near))]

    def _company(self, width: int) -> list[Line]:
        company = self.card.company[:ROWS]
        if not company:
            return [heading("Often bought with it", width, "no item often enough")]
        first = len(self.card.near[:ROWS])
        rows = [self._row(at, item, width) for at, item in enumerate(company, first)]
        return [heading("Often bought with it", width), *rows]

    def _row(self, index: int, item: Item, width: int) -> Line:
        picked = index == self._picked
        left = (Piece(mark(picked) + outside(item.name), Role.PICKED if picked else Role.TEXT, f"row:{index}"),)
        return spread(left, (Piece(place_words(item, self.card.currency) + " ", Role.MUTED),), width)


def _stock(item: Item, now: int) -> str:
    """`shelf B3 · 3 here, counted today 06:00`."""
    shelf = f"shelf {outside(item.shelf)} · " if item.shelf else ""
    if item.on_hand is None:
        return f"{shelf}not counted here"
    number = f"{item.on_hand} here" if item.on_hand > 0 else "out today"
    if item.counted_at is None:
        return f"{shelf}{number}, time of the count unknown"
    return f"{shelf}{number}, counted {ago(item.counted_at, now)} {clock_time(item.counted_at)}"


def _cautions(item: Item) -> list[str]:
    words = []
    if item.age_restricted:
        words.append("age-restricted: ask for proof of age")
    if item.audience:
        words.append("for " + " or ".join(outside(each) for each in item.audience))
    if item.allergens:
        words.append("contains " + ", ".join(outside(each) for each in item.allergens))
    elif item.no_allergens:
        words.append("stated to contain no allergens")
    if item.diets:
        words.append("stated to be " + ", ".join(outside(each) for each in item.diets))
    return words
