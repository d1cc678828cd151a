"""Items as a person reads them. For arithmetic over many items see `ItemColumns`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Modifier:
    """A choice on an item: group `Milk`, option `Oat`."""

    group: str
    option: str
    price_minor: int = 0
    available: bool = True

    def __str__(self) -> str:
        return self.option if self.group == "" else f"{self.group}={self.option}"


@dataclass(frozen=True, slots=True)
class Item:
    """A thing sold here."""

    item_no: int
    """Row number inside this pack, from 1; index into `ItemColumns`. Never stored in events."""
    sku: str
    name: str
    description: str = ""
    category: str = ""
    """Path with ` > ` between levels."""
    brand: str = ""
    gtin: str = ""
    price_minor: int | None = None
    durable: bool = False
    sensitive: bool = False
    age_restricted: bool = False
    allergens: tuple[str, ...] = ()
    no_allergens: bool = False
    """The shop states that it contains none; without it, no allergens means that they are not known."""
    variant_of: str = ""
    """SKU of the item this is a variant of, or empty."""
    on_hand: int | None = None
    """None means not counted, which is not the same as in stock."""
    shelf: str = ""
    counted_at: int | None = None
    """Wall seconds of the count."""
    audience: tuple[str, ...] = ()
    """For whom alone it is: `children`, `pets` …; empty is for everybody."""
    diets: tuple[str, ...] = ()
    """What it is stated to be: `vegan`, `gluten-free`, `decaf` …; what is not here is not known."""
    mention: bool = True
    """Whether it is a thing to speak of; not so a deposit, a bag, a fee."""
    goes_with: tuple[str, ...] = ()
    """SKUs that the shop says go well with it."""
    language: str = ""
    """Two letters; empty is the store's."""

    @property
    def allergens_stated(self) -> bool:
        """Whether the shop says what allergens it contains, be it none."""
        return self.no_allergens or bool(self.allergens)

    @property
    def is_here(self) -> bool:
        """Whether it may be spoken of as here: counted above zero, or never counted at all."""
        return self.on_hand is None or self.on_hand > 0


@dataclass(frozen=True, slots=True)
class Neighbour:
    """An item near another, and why."""

    item: Item
    closeness: float
    """Cosine of the item vectors, -1 to 1."""
    same_category: bool
