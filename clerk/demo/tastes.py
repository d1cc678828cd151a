"""What kinds of taste there are in the sample store's town; people are made by drawing from one of them.

Things of one taste are bought by the same people, so what goes with what can be learned from the lines.
"""

from __future__ import annotations

from dataclasses import dataclass

from clerk.demo.habits import Order


@dataclass(frozen=True, slots=True)
class Taste:
    """One way of liking things."""

    drinks: tuple[Order, ...]
    bites: tuple[Order, ...]
    staples: tuple[tuple[Order, float], ...]
    """What is bought again, with the days between."""
    larder: tuple[Order, ...]
    """What is added to a basket now and then."""


def _orders(*texts: str) -> tuple[Order, ...]:
    """Orders from `SKU` or `SKU Group=option; Group=option`."""
    return tuple(Order(sku, modifiers) for sku, _, modifiers in (text.partition(" ") for text in texts))


TASTES: tuple[Taste, ...] = (
    Taste(  # espresso at home
        _orders(
            "D-FLATWHITE Size=Regular; Milk=Whole",
            "D-CORTADO Size=Small; Milk=Whole",
            "D-MACCHIATO Size=Small; Milk=Whole",
            "D-ESPRESSO Size=Small",
            "D-CAPPUCCINO Size=Regular; Milk=Whole; Extras=Chocolate dust",
        ),
        _orders("BK-CROISSANT", "BK-PAINCHOC", "BK-HAMCHEESE Temperature=Warmed"),
        (
            (Order("C-HARBOUR-250", "Grind=Espresso"), 12.0),
            (Order("C-HARBOUR-1K", "Grind=Whole bean"), 26.0),
            (Order("C-NIGHTBOAT-250", "Grind=Moka pot"), 14.0),
            (Order("F-WHOLE"), 6.0),
            (Order("H-CLEANTABS"), 75.0),
        ),
        _orders("S-DARK70", "H-DESCALER", "S-VANILLASYRUP", "A-COFFEELIQ", "BK-SHORT", "C-SEASONAL-250 Grind=Espresso"),
    ),
    Taste(  # filter at home
        _orders(
            "D-FILTER Size=Regular",
            "D-POUROVER Size=Regular",
            "D-AMERICANO Size=Large",
            "D-FILTER Size=Large; Milk=Oat",
            "D-COLDBREW Size=Regular",
            "D-NITRO Size=Regular",
        ),
        _orders("BK-CARDAMOM", "BK-CINNAMON", "BK-BANANA Temperature=Toasted; Extras=Butter"),
        (
            (Order("C-ETHIOPIA-250", "Grind=Filter"), 13.0),
            (Order("C-COLOMBIA-250", "Grind=Filter"), 12.0),
            (Order("C-KENYA-250", "Grind=Whole bean"), 17.0),
            (Order("C-ETHIOPIA-1K", "Grind=Whole bean"), 40.0),
            (Order("H-FILTERS-100"), 48.0),
        ),
        _orders("S-MILKCHOC", "H-FILTERS-40", "L-HONEY", "BK-RYE", "S-LIQUORICE", "A-STOUT"),
    ),
    Taste(  # plants only
        _orders(
            "D-FLATWHITE Size=Regular; Milk=Oat",
            "D-LATTE Size=Large; Milk=Oat; Syrup=Vanilla",
            "D-MATCHA Size=Regular; Milk=Oat",
            "D-TURMERIC Size=Regular; Milk=Soya",
            "D-ICEDLATTE Size=Regular; Milk=Oat",
        ),
        _orders("BK-OATBAR", "BK-HUMMUS", "BK-PORRIDGE Milk=Oat"),
        (
            (Order("F-OATBARISTA", quantity=2), 8.0),
            (Order("F-SOYA"), 9.0),
            (Order("L-GFGRANOLA"), 18.0),
            (Order("L-PEANUT"), 24.0),
            (Order("C-HARBOUR-250", "Grind=French press"), 15.0),
        ),
        _orders("L-CHILLI", "S-DARK70", "S-CHILLICHOC", "L-OATS", "F-COCONUT", "T-MATCHA"),
    ),
    Taste(  # tea
        _orders(
            "D-TEABREAK Milk=Whole",
            "D-TEAEARL",
            "D-TEAGREEN",
            "D-TEAMINT Extras=Honey",
            "D-CHAI Size=Regular; Milk=Whole",
        ),
        _orders("BK-SHORT", "BK-CARROT", "BK-POLENTA"),
        (
            (Order("T-BREAKFAST"), 29.0),
            (Order("T-BREAKFAST-LOOSE"), 52.0),
            (Order("T-EARLGREY"), 34.0),
            (Order("T-SENCHA"), 33.0),
            (Order("T-ROOIBOS"), 36.0),
            (Order("F-SEMI"), 6.0),
        ),
        _orders("L-HONEY", "BK-SHORT", "T-CHAMOMILE", "T-MINT", "L-MARMALADE", "T-CHAI", "T-JASMINE", "T-SMOKY"),
    ),
    Taste(  # sweet and for the family
        _orders(
            "D-MOCHA Size=Large; Milk=Whole; Extras=Whipped cream",
            "D-HOTCHOC Size=Regular; Milk=Whole; Extras=Marshmallows",
            "D-LATTE Size=Large; Milk=Whole; Syrup=Caramel",
            "D-BABYCINO",
            "D-LEMONADE",
        ),
        _orders("BK-BROWNIE", "BK-COOKIE", "BK-PAINCHOC", "BK-CINNAMON Temperature=Warmed"),
        (
            (Order("F-WHOLE", quantity=2), 5.5),
            (Order("L-GRANOLA"), 17.0),
            (Order("BK-SOURDOUGH", "Cut=Sliced"), 7.0),
            (Order("L-HAZELNUT"), 28.0),
            (Order("C-DECAF-250", "Grind=Filter"), 20.0),
            (Order("C-CAPSULES", quantity=3), 16.0),
        ),
        _orders("S-SEASALT", "S-MILKCHOC", "S-FUDGE", "L-OATS", "F-YOGHURT", "S-CARAMELSYRUP", "D-ORANGE"),
    ),
    Taste(  # a good larder
        _orders(
            "D-AMERICANO Size=Regular",
            "D-CAPPUCCINO Size=Small; Milk=Semi-skimmed",
            "D-ESPTONIC Size=Regular",
            "D-WATER",
        ),
        _orders("BK-CHEESETOAST", "BK-EGGROLL", "BK-FOCACCIA"),
        (
            (Order("BK-SOURDOUGH"), 7.0),
            (Order("F-CHEDDAR"), 14.0),
            (Order("F-BUTTER"), 12.0),
            (Order("L-OLIVEOIL"), 42.0),
            (Order("C-GROUND-250"), 18.0),
        ),
        _orders("L-PASTA", "L-PASSATA", "L-CHILLI", "BK-FOCACCIA", "L-MARMALADE", "D-GINGER", "F-YOGHURT"),
    ),
)
"""Every taste there is."""

DURABLES = _orders(
    "H-FRENCHPRESS",
    "H-DRIPPER",
    "H-MOKA",
    "H-TRAVELPRESS",
    "H-GRINDER-HAND",
    "H-GRINDER",
    "H-KETTLE",
    "H-SCALE",
    "H-CUPS",
    "H-TRAVELMUG",
    "H-TEAPOT",
)
"""What one buys once."""

PRESENTS = _orders(
    "G-HAMPER",
    "G-TEASET Wrapping=Ribbon",
    "G-CANDLE",
    "G-TOTE",
    "H-MUG",
    "S-FUDGE",
    "A-COFFEELIQ",
    "T-JASMINE",
    "L-HONEY",
)
"""What one gives away."""

PRIVATE = _orders("W-SLEEPTEA", "W-FOLIC", "W-CLEARHEAD", "W-QUITLOZENGE", "W-LIGHTPADS")
"""What is nobody's business."""
