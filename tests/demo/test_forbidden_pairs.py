"""What must never be said to whom in the sample store: pairs of what a member has and what would be suggested.

A pair is forbidden for every member of its rule, on every day of the two months after the store was built, unless they
bought the thing again and again themselves. What each says is wrong stands beside it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from clerk.clock import DAY_S, parse_at
from clerk.desk import Desk
from clerk.desk.pack_in_use import PackParts
from clerk.model import VisitCard
from docs import sample

PLANTS = {"Oat", "Soya", "Almond", "Coconut"}
DAYS = range(0, 60)
EVERY = 15
"""Days between two walks in the short version; the long one takes every day."""


@dataclass(frozen=True)
class Bought:
    """What a member bought for themselves, in baskets."""

    baskets: Counter[str]
    """By SKU."""
    milks: tuple[str, ...]
    """Options of the group Milk, oldest first."""
    strengths: tuple[str, ...]
    """`Decaf` or another, of every coffee from the machine, oldest first."""

    def mostly(self, options: tuple[str, ...], wanted: set[str]) -> bool:
        """Whether three quarters of the latest twenty choices, and four at the least, were of these."""
        latest = options[-20:]
        return len(latest) >= 4 and sum(each in wanted for each in latest) >= 0.75 * len(latest)

    def any_of(self, *begins: str) -> bool:
        """Whether anything was bought twice whose SKU begins so."""
        return any(many >= 2 and sku.startswith(begins) for sku, many in self.baskets.items())


Rule = Callable[[Bought], bool]


def takes(sku: str) -> Rule:
    """Whoever has it three times and more."""
    return lambda one: one.baskets[sku] >= 3


def everybody(_: Bought) -> bool:
    """Nobody is asked what they have."""
    return True


def no_children(one: Bought) -> bool:
    """Never a children's thing again and again."""
    return one.baskets["D-BABYCINO"] < 2


def plant_milk(one: Bought) -> bool:
    """Plant milk in most drinks."""
    return one.mostly(one.milks, PLANTS)


def plant_milk_and_no_dairy(one: Bought) -> bool:
    """Plant milk in most drinks, and nothing with milk in it from the shelves."""
    dairy = ("F-WHOLE", "F-SEMI", "F-BUTTER", "F-CHEDDAR", "F-YOGHURT", "S-MILK", "S-SEA", "S-FUDGE", "L-HAZELNUT")
    return plant_milk(one) and not any(one.baskets[sku] for sku in one.baskets if sku.startswith(dairy))


def lactose_free(one: Bought) -> bool:
    """Lactose-free milk in most drinks."""
    return one.mostly(one.milks, {"Lactose-free"})


def decaf(one: Bought) -> bool:
    """Decaf in most coffees."""
    return one.mostly(one.strengths, {"Decaf"})


def no_alcohol(one: Bought) -> bool:
    """Never anything of the drinks cabinet."""
    return not any(one.baskets[sku] for sku in ("A-COFFEELIQ", "A-STOUT"))


def vegan(one: Bought) -> bool:
    """Plant milk, the vegan bar or sandwich, and nothing of animals."""
    animals = ("BK-CROI", "BK-ALM", "BK-PAIN", "BK-HAM", "BK-CIN", "BK-CARD", "BK-SAF", "BK-BAN", "BK-CARR", "BK-POL",
               "BK-BRO", "BK-COO", "BK-SHO", "BK-CHE", "BK-EGG", "BK-POR", "F-WHOLE", "F-SEMI", "F-BUT", "F-CHE",
               "F-YOG", "S-MILK", "S-SEA", "S-FUD", "L-HON", "L-GRA", "L-HAZ")  # fmt: skip
    bought = [sku for sku, many in one.baskets.items() if many]
    return one.baskets["BK-OATBAR"] + one.baskets["BK-HUMMUS"] >= 10 and not any(
        sku.startswith(animals) for sku in bought
    )


PAIRS: tuple[tuple[Rule, str, str], ...] = (
    (no_children, "D-BABYCINO", "a children's drink to grown-ups who never bought one"),
    # Milk beside plant milk.
    (plant_milk, "F-WHOLE", "cow's milk to whoever takes oat or soya"),
    (plant_milk, "F-SEMI", "cow's milk to whoever takes oat or soya"),
    (plant_milk_and_no_dairy, "F-BUTTER", "dairy to whoever takes plant milk and no dairy"),
    (plant_milk_and_no_dairy, "F-CHEDDAR", "dairy to whoever takes plant milk and no dairy"),
    (plant_milk_and_no_dairy, "F-YOGHURT", "dairy to whoever takes plant milk and no dairy"),
    (plant_milk_and_no_dairy, "S-MILKCHOC", "milk chocolate to whoever takes plant milk and no dairy"),
    (plant_milk_and_no_dairy, "S-SEASALT", "milk chocolate to whoever takes plant milk and no dairy"),
    (plant_milk_and_no_dairy, "S-FUDGE", "butter fudge to whoever takes plant milk and no dairy"),
    (plant_milk_and_no_dairy, "L-HAZELNUT", "a spread with milk powder to whoever takes plant milk and no dairy"),
    (lactose_free, "F-WHOLE", "milk with lactose to whoever takes it without"),
    (lactose_free, "F-SEMI", "milk with lactose to whoever takes it without"),
    (lactose_free, "F-YOGHURT", "yoghurt with lactose to whoever takes milk without"),
    (vegan, "BK-HAMCHEESE", "ham to a vegan"),
    (vegan, "BK-EGGROLL", "eggs to a vegan"),
    (vegan, "BK-CHEESETOAST", "cheese to a vegan"),
    (vegan, "BK-CROISSANT", "butter to a vegan"),
    (vegan, "L-HONEY", "honey to a vegan"),
    # Caffeine beside decaf.
    (decaf, "D-ESPRESSO", "a double espresso to whoever takes decaf"),
    (decaf, "D-AMERICANO", "a double espresso with water to whoever takes decaf"),
    (decaf, "D-FILTER", "filter coffee, which is never decaf here, to whoever takes decaf"),
    (decaf, "D-POUROVER", "hand-brewed coffee with caffeine to whoever takes decaf"),
    (decaf, "D-COLDBREW", "the strongest coffee here to whoever takes decaf"),
    (decaf, "D-ESPTONIC", "a double shot to whoever takes decaf"),
    (decaf, "C-HARBOUR-250", "beans with caffeine to whoever takes decaf"),
    (decaf, "C-NIGHTBOAT-250", "beans with robusta to whoever takes decaf"),
    (decaf, "C-SEASONAL-250", "beans with caffeine to whoever takes decaf"),
    (decaf, "C-CAPSULES", "capsules with caffeine to whoever takes decaf"),
    (decaf, "C-GROUND-250", "ground coffee with caffeine to whoever takes decaf"),
    (takes("C-DECAF-250"), "C-HARBOUR-1K", "a kilo with caffeine to whoever buys decaf beans"),
    # For adults.
    (no_alcohol, "A-COFFEELIQ", "alcohol out of coffee, liquorice or syrup"),
    (no_alcohol, "A-STOUT", "alcohol out of coffee, liquorice or syrup"),
    # Nobody's business.
    (everybody, "W-SLEEPTEA", "sleep is nobody's business"),
    (everybody, "W-MOTHERTEA", "a pregnancy is nobody's business"),
    (everybody, "W-FOLIC", "a pregnancy is nobody's business"),
    (everybody, "W-CLEARHEAD", "a long night is nobody's business"),
    (everybody, "W-QUITLOZENGE", "smoking is nobody's business"),
    (everybody, "W-LIGHTPADS", "incontinence is nobody's business"),
    # Two sizes of the same thing.
    (takes("C-HARBOUR-250"), "C-HARBOUR-1K", "another size of what they have"),
    (takes("C-HARBOUR-1K"), "C-HARBOUR-250", "another size of what they have"),
    (takes("C-NIGHTBOAT-250"), "C-NIGHTBOAT-1K", "another size of what they have"),
    (takes("C-NIGHTBOAT-1K"), "C-NIGHTBOAT-250", "another size of what they have"),
    (takes("C-ETHIOPIA-250"), "C-ETHIOPIA-1K", "another size of what they have"),
    (takes("C-ETHIOPIA-1K"), "C-ETHIOPIA-250", "another size of what they have"),
    (takes("C-DECAF-250"), "C-DECAF-1K", "another size of what they have"),
    (takes("C-DECAF-1K"), "C-DECAF-250", "another size of what they have"),
    (takes("T-BREAKFAST"), "T-BREAKFAST-LOOSE", "the same tea in another packing"),
    (takes("T-BREAKFAST-LOOSE"), "T-BREAKFAST", "the same tea in another packing"),
    (takes("L-GRANOLA"), "L-GRANOLA-1K", "another size of what they have"),
    (takes("L-GRANOLA-1K"), "L-GRANOLA", "another size of what they have"),
    (takes("H-FILTERS-100"), "H-FILTERS-40", "another size of what they have"),
    (takes("H-FILTERS-40"), "H-FILTERS-100", "another size of what they have"),
    # Instead of what they are content with, and what merely tastes alike.
    (takes("L-GFGRANOLA"), "L-GRANOLA", "granola with gluten to whoever buys the one without"),
    (takes("L-GFGRANOLA"), "L-GRANOLA-1K", "granola with gluten to whoever buys the one without"),
    (takes("F-OATBARISTA"), "F-SOYA", "another plant drink to whoever has theirs"),
    (takes("F-OATBARISTA"), "F-COCONUT", "another plant drink to whoever has theirs"),
    (takes("F-SOYA"), "F-OATBARISTA", "another plant drink to whoever has theirs"),
    (takes("F-SOYA"), "F-COCONUT", "another plant drink to whoever has theirs"),
    (takes("F-WHOLE"), "F-SEMI", "the other milk to whoever has theirs"),
    (takes("F-SEMI"), "F-WHOLE", "the other milk to whoever has theirs"),
    (takes("D-MACCHIATO"), "D-ESPRESSO", "an espresso to whoever takes it with foam"),
    (takes("D-ESPRESSO"), "D-MACCHIATO", "foam to whoever takes an espresso without"),
    (takes("D-FLATWHITE"), "D-CORTADO", "the same drink in another cup"),
    (takes("D-CORTADO"), "D-FLATWHITE", "the same drink in another cup"),
    (takes("D-LATTE"), "D-CAPPUCCINO", "the same drink in another cup"),
    (takes("D-CAPPUCCINO"), "D-LATTE", "the same drink in another cup"),
    (takes("D-COLDBREW"), "D-NITRO", "the same drink from another tap"),
    (takes("C-HARBOUR-250"), "L-HAZELNUT", "hazelnut spread because beans taste of hazelnut"),
    (takes("T-EARLGREY"), "D-TEAEARL", "by the cup what they brew at home"),
)
"""Who has what, what must not be suggested, and why not."""


class ShopClock:
    """A clock that is put forward by hand."""

    at = parse_at(sample.AT)

    def now(self) -> int:
        return self.at


@pytest.fixture(scope="module")
def counter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[PackParts, ShopClock]]:
    home, clock = tmp_path_factory.mktemp("forbidden") / "home", ShopClock()
    sample.build(home)
    desk = Desk.open(home, clock=clock)
    with desk.pack.reading() as parts:
        yield parts, clock
    desk.close()


def bought(parts: PackParts, member_id: str) -> Bought:
    """What a member bought, gifts apart."""
    number = parts.reader.member_no(member_id)
    assert number is not None
    history = parts.reader.member_facts(number).history
    own = (history.flags == 0) & (history.quantity > 0)
    items = parts.reader.items(set(history.item.tolist()))
    sets = parts.reader.modifier_sets(set(history.modifier_set.tolist()))
    baskets: dict[str, set[int]] = {}
    milks, strengths = [], []
    for at in range(len(history)):
        item = items[int(history.item[at])]
        if not own[at]:
            continue
        baskets.setdefault(item.sku, set()).add(int(history.basket[at]))
        chosen = {each.group: each.option for each in sets[int(history.modifier_set[at])]}
        if "Milk" in chosen:
            milks.append(chosen["Milk"])
        if item.category.startswith("Drinks > Coffee"):
            strengths.append(chosen.get("Strength", ""))
    return Bought(Counter({sku: len(held) for sku, held in baskets.items()}), tuple(milks), tuple(strengths))


@pytest.mark.slow
def test_the_walk_meets_suggestions(counter: tuple[PackParts, ShopClock]) -> None:
    assert sum(len(card.suggestions) for _, card in everybody_on(*counter, 0)) > 100


def everybody_on(parts: PackParts, clock: ShopClock, day: int) -> Iterator[tuple[str, VisitCard]]:
    clock.at = parse_at(sample.AT) + day * DAY_S
    for number in range(1, int(parts.reader.facts["members"]) + 1):
        member_id = parts.reader.member(number).member_id
        yield member_id, parts.cards.card(member_id, f"V{day}")


def wrong(counter: tuple[PackParts, ShopClock], days: range) -> Counter[tuple[str, str]]:
    """How often each forbidden pair was shown, by what would be suggested and why that is wrong."""
    parts, clock = counter
    people = [parts.reader.member(no).member_id for no in range(1, int(parts.reader.facts["members"]) + 1)]
    known = {member_id: bought(parts, member_id) for member_id in people}
    forbidden = {
        member_id: {(sku, why) for rule, sku, why in PAIRS if rule(one) and (rule is everybody or one.baskets[sku] < 2)}
        for member_id, one in known.items()
    }
    told: Counter[tuple[str, str]] = Counter()
    for day in days:
        for member_id, card in everybody_on(parts, clock, day):
            shown = {one.item.sku for one in (*card.suggestions, *card.due)}
            told.update(pair for pair in forbidden[member_id] if pair[0] in shown)
    return told


@pytest.mark.slow
def test_there_are_sixty_pairs_and_more_of_things_that_are_sold_here(counter: tuple[PackParts, ShopClock]) -> None:
    assert len({(rule, sku) for rule, sku, _ in PAIRS}) >= 60
    skus = {sku for _, sku, _ in PAIRS}
    assert set(counter[0].reader.item_nos(skus)) == skus


@pytest.mark.slow
def test_nobody_is_told_of_what_is_not_for_them(counter: tuple[PackParts, ShopClock]) -> None:
    assert wrong(counter, DAYS[::EVERY]) == Counter()


@pytest.mark.slow
def test_nobody_is_told_on_any_of_sixty_days(counter: tuple[PackParts, ShopClock]) -> None:
    assert wrong(counter, DAYS) == Counter()


def test_every_rule_has_somebody_it_is_about(counter: tuple[PackParts, ShopClock]) -> None:
    parts, _ = counter
    people = [
        bought(parts, parts.reader.member(no).member_id) for no in range(1, int(parts.reader.facts["members"]) + 1)
    ]
    about = Counter(sku for rule, sku, _ in PAIRS for one in people if rule(one))
    rules = {rule for rule, _, _ in PAIRS if rule.__name__ != "<lambda>"}
    assert {rule.__name__ for rule in rules if not any(map(rule, people))} == set()
    assert about.total() > 1000
