"""Items as a person reads them. For arithmetic over many items see `ItemColumns`."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntFlag


class Trait(IntFlag):
    """What is in an item or an option, what it is, and what it can be had as."""

    MILK = 1
    EGG = 1 << 1
    MEAT = 1 << 2
    """Meat, fish and what is made of them."""
    HONEY = 1 << 3
    GLUTEN = 1 << 4
    CAFFEINE = 1 << 5
    SUGAR = 1 << 6
    """Sugar as such: syrup, soda, sweets."""
    ALCOHOL = 1 << 7
    PLANT_MILK = 1 << 8
    """Made with plant milk, or plant milk itself."""
    LACTOSE_FREE = 1 << 9
    DECAF = 1 << 10
    SUGAR_FREE = 1 << 11
    ALCOHOL_FREE = 1 << 12
    GLUTEN_FREE = 1 << 13
    VEGETARIAN = 1 << 14
    VEGAN = 1 << 15
    CAN_PLANT_MILK = 1 << 16
    """One of its options today is a plant milk."""
    CAN_LACTOSE_FREE = 1 << 17
    MILK_CHOICE = 1 << 18
    """Milk that was taken where plant milk could have been: a drink made with either, or milk itself."""
    CAFFEINE_CHOICE = 1 << 19
    """The same of caffeine, where decaf could have been taken."""
    SUGAR_CHOICE = 1 << 20
    ALCOHOL_CHOICE = 1 << 21

    CONTAINS = (1 << 8) - 1
    IS = (1 << 16) - (1 << 8)


@dataclass(frozen=True, slots=True)
class Modifier:
    """A choice on an item: group `Milk`, option `Oat`."""

    group: str
    option: str
    price_minor: int = 0
    available: bool = True
    traits: Trait = field(default=Trait(0), compare=False)
    """What the option adds, and what it makes of the item; by its words."""

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
