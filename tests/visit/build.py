"""A small shop and members for tests, told in days before now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any

import numpy as np

from clerk.clock import DAY_S
from clerk.model import (
    AnswerKind,
    Consent,
    ConsentState,
    Event,
    EventKind,
    History,
    Item,
    ItemColumns,
    Member,
    MemberFacts,
    Modifier,
    Purpose,
    VisitCard,
)
from clerk.settings import Settings
from clerk.visit import card, shop
from clerk.visit.habits import reading, usual_lines
from clerk.visit.profile import member_profile as profile
from clerk.visit.suggest import candidates, explain

NOW = 20_000 * DAY_S + 10 * 3600
"""A morning."""

CATEGORIES = (
    "", "Drinks > Coffee", "Bakery", "Provisions > Beans", "Provisions > Tea", "Homeware > Brewing", "Care > Health",
    "Drinks > Juice",
)  # fmt: skip
KINDS = ("", "Coffee", "Bakery", "Beans", "Tea", "Brewing", "Health", "Juice")

FLAT_WHITE, CROISSANT, BEANS, BEANS_BIG, SENCHA, KETTLE, PLASTERS, JUICE, FILTER, GENMAICHA, SCONE = range(1, 12)
_NAMES = (
    "", "Flat white", "Almond croissant", "House beans 250 g", "House beans 1 kg", "Sencha", "Kettle", "Plasters",
    "Orange juice", "Filter coffee", "Genmaicha", "Scone",
)  # fmt: skip
_CATEGORY_OF = (0, 1, 2, 3, 3, 4, 5, 6, 7, 1, 4, 2)

OAT, WHOLE, OAT_LARGE = 1, 2, 3
MODIFIERS = {
    OAT: (Modifier("Milk", "Oat milk"),),
    WHOLE: (Modifier("Milk", "Whole milk"),),
    OAT_LARGE: (Modifier("Milk", "Oat milk"), Modifier("Size", "Large")),
}


def item(number: int, **changed: Any) -> Item:
    """An item of the shop."""
    category = CATEGORIES[_CATEGORY_OF[number]]
    made = Item(item_no=number, sku=f"S{number}", name=_NAMES[number], category=category, price_minor=300)
    return replace(
        made, durable=number == KETTLE, sensitive=number == PLASTERS, variant_of="S3" if number == BEANS_BIG else "",
        **changed,
    )  # fmt: skip


def columns(**changed: Any) -> ItemColumns:
    """The shop's numbers: a counter where most things come back."""
    many = len(_NAMES)

    def whole(value: int) -> Any:
        return np.full(many, value, dtype=np.int32)

    family = np.arange(many, dtype=np.int32)
    family[BEANS_BIG] = BEANS
    flags = np.zeros(many, dtype=np.uint8)
    flags[KETTLE], flags[PLASTERS] = ItemColumns.DURABLE, ItemColumns.SENSITIVE
    made = ItemColumns(
        on_hand=whole(10), price_minor=np.full(many, 300, dtype=np.int64), flags=flags, family=family,
        category=np.array(_CATEGORY_OF, dtype=np.int32), kind=np.array(_CATEGORY_OF, dtype=np.int32),
        buyers=whole(100), repeat_buyers=whole(60), baskets=whole(500), recent_baskets=whole(50),
        last_baskets=whole(20), later_baskets=whole(2000), next_again=whole(100),
        gap_log_sum=np.full(many, 400 * np.log(10.0)), gap_log_sq=np.full(many, 400 * (np.log(10.0) ** 2 + 0.4)),
        gaps=whole(400), traits=whole(0), set_traits=whole(0), audience=whole(0), audiences=("",),
        categories=CATEGORIES, kinds=KINDS, total_baskets=4000, total_members=300,
    )  # fmt: skip
    return replace(made, **changed)


Bought = tuple[float, Sequence[Any]]
"""Days before now, and what: item numbers or (item, modifier set) or (item, modifier set, quantity)."""


def history(visits: Iterable[Bought], flags: Mapping[str, int] | None = None) -> History:
    """A history; basket ids are `b0`, `b1` … oldest first, line numbers start at 1."""
    ordered = sorted(visits, key=lambda visit: -visit[0])
    rows = []
    for basket, (_, things) in enumerate(ordered):
        for number, thing in enumerate(things, start=1):
            what = (
                (*thing, 0, 1.0)[:1] + ((*thing, 0)[1:2] if len(thing) > 1 else (0,))
                if isinstance(thing, tuple)
                else (thing, 0)
            )
            quantity = float(thing[2]) if isinstance(thing, tuple) and len(thing) > 2 else 1.0
            flag = (flags or {}).get(f"b{basket}:{number}", 0)
            rows.append((basket, number, what[0], what[1], quantity, flag))
    table = list(zip(*rows, strict=True)) or [()] * 6
    return History(
        basket=np.array(table[0], dtype=np.int32),
        line_no=np.array(table[1], dtype=np.int32),
        item=np.array(table[2], dtype=np.int32),
        modifier_set=np.array(table[3], dtype=np.int32),
        quantity=np.array(table[4], dtype=np.float64),
        total_minor=np.zeros(len(rows), dtype=np.int64),
        flags=np.array(table[5], dtype=np.uint8),
        basket_at=np.array([NOW - round(days * DAY_S) for days, _ in ordered], dtype=np.int64),
        basket_id=tuple(f"b{number}" for number in range(len(ordered))),
    )


AGREED = tuple(Consent(purpose, ConsentState.GIVEN, 10_000 * DAY_S) for purpose in (Purpose.REMEMBER, Purpose.SUGGEST))
"""A yes to being remembered and to suggestions, long ago: what these members were asked and said."""


def facts(past: History, consents: Sequence[Consent] = AGREED) -> MemberFacts:
    """What the pack knows."""
    return MemberFacts(Member(1, "M-1", "Ada Lovelace"), (), tuple(consents), past)


_counter = iter(range(1, 1_000_000))


def event(kind: EventKind, days_ago: float = 0.0, **payload: Any) -> Event:
    """An event of the journal."""
    return Event(f"E{next(_counter)}", kind, NOW - round(days_ago * DAY_S), "M-1", "associate", payload)


def answered(number: int, answer: AnswerKind, days_ago: float = 1.0, visit_id: str = "V0", **more: Any) -> Event:
    """An answer to an item."""
    return event(EventKind.ANSWER, days_ago, sku=f"S{number}", answer=str(answer), visit_id=visit_id, **more)


SKUS = {f"S{number}": number for number in range(1, len(_NAMES))}


@dataclass
class Counter:
    """A counter with one member: reads, suggests and composes as the desk does."""

    past: History
    events: list[Event] = field(default_factory=list)
    consents: tuple[Consent, ...] = AGREED
    columns: ItemColumns = field(default_factory=columns)
    settings: Settings = field(default_factory=Settings)
    now: int = NOW
    companions: tuple[Any, ...] = ()
    models: reading.Models | None = None
    items: dict[int, Item] = field(default_factory=lambda: {no: item(no) for no in range(1, len(_NAMES))})
    modifiers: dict[int, tuple[Modifier, ...]] = field(default_factory=lambda: dict(MODIFIERS))
    choices: tuple[Modifier, ...] = ()
    nearest: Item | None = None

    def profile(self) -> Any:
        return profile.profile(facts(self.past, self.consents), self.events, SKUS, self.now, self.columns)

    def read(self) -> reading.Reading:
        rhythm = shop.shop_of(self.columns, self.settings)
        return reading.read(self.profile(), self.columns, rhythm, self.now, self.settings, self.models)

    def found(self, also: int = 0) -> tuple[candidates.Candidate, ...]:
        read = self.read()
        seeds = reading.company_seeds(read)
        return candidates.candidates(read, [one for one in self.companions if one.item_no in seeds], also=also)

    def card(self, visit_id: str = "V1", first: VisitCard | None = None) -> VisitCard:
        read, found = self.read(), self.found()
        wanted = card.needs(read, found)
        names = usual_lines.Names(
            {no: self.items[no] for no in wanted.items if no in self.items},
            {no: self.modifiers[no] for no in wanted.modifier_sets},
        )
        out = usual_lines.gaps(read, names)
        names = replace(
            names,
            choices=dict.fromkeys(out.choices_of, self.choices),
            nearest={
                no: self.nearest for no in (*out.nearest_to, *candidates.out_today(read)) if self.nearest is not None
            },
        )
        answers = profile.answers_in(self.events, visit_id)
        return card.compose(read, found, names, card.Visit(visit_id, "····4471", answers, first))

    def why(self, number: int) -> Any:
        return explain.why(number, self.read(), self.found(number), self.items)


def together(item_no: int, other_no: int, both: int = 60, of: int = 200, lift: float = 2.0) -> Any:
    """A co-purchase row."""
    return SimpleNamespace(item_no=item_no, other_no=other_no, together=both, of=of, lift=lift)


def skus(made: VisitCard) -> list[str]:
    """SKUs of the suggestions."""
    return [one.item.sku for one in made.suggestions]
