"""A corner shop as its exports say it, built by the night and opened by the desk: what the promises are tested on.

Everybody here is told in days before `NOW`. What a test asserts is what a person sees: the text of the member screen,
the answer to why, the sentence of a command.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from clerk.clock import DAY_S, FixedClock, parse_at, to_datetime
from clerk.commands.member import card_text, why_text
from clerk.desk import Desk
from clerk.model import AnswerKind, LineMark, Record, Statement, VisitCard, Why
from clerk.pack_build.build import build
from embeddings import WeightlessEncoder
from tests.pack_build.shop import write_table

NOW = parse_at("2026-03-10T09:00")
"""A Tuesday morning."""

ITEMS: tuple[tuple[str, ...], ...] = (
    # sku, name, category, price, durable, sensitive, age_restricted, allergens, variant_of
    ("FW", "Flat white", "Drinks > Coffee > White", "3.60", "", "", "", "milk", ""),
    ("LATTE", "Latte", "Drinks > Coffee > White", "3.70", "", "", "", "milk", ""),
    ("CROISSANT", "Butter croissant", "Bakery > Viennoiserie", "2.80", "", "", "", "gluten", ""),
    ("SCONE", "Fruit scone", "Bakery > Scones", "2.90", "", "", "", "gluten", ""),
    ("MUFFIN", "Blueberry muffin", "Bakery > Muffins", "3.10", "", "", "", "gluten", ""),
    ("BEANS", "House beans 250 g", "Provisions > Beans", "9.50", "", "", "", "", ""),
    ("BEANS-1K", "House beans 1 kg", "Provisions > Beans", "32.00", "", "", "", "", "BEANS"),
    ("SENCHA", "Sencha", "Provisions > Tea", "8.00", "", "", "", "", ""),
    ("KETTLE", "Steel kettle", "Homeware > Kettles", "49.00", "yes", "", "", "", ""),
    ("KETTLE-2", "Copper kettle", "Homeware > Kettles", "89.00", "yes", "", "", "", ""),
    ("PLASTERS", "Blister plasters", "Care > Feet", "4.00", "", "yes", "", "", ""),
    ("CARDAMOM", "Cardamom bun", "Bakery > Buns", "3.20", "", "", "", "gluten", ""),
    ("TONIC", "Espresso tonic", "Drinks > Cold", "4.20", "", "", "", "", ""),
    ("GHOST", "Elderflower cordial", "Drinks > Cordials", "6.00", "", "", "", "", ""),
)
"""GHOST is an item nobody ever bought."""

ITEM_COLUMNS = (
    "sku", "name", "category", "price", "durable", "sensitive", "age_restricted", "allergens", "variant_of",
)  # fmt: skip

Visit = tuple[float, Iterable[Any]]
"""Days before now, and what: a SKU, or (SKU, modifiers), or (SKU, modifiers, quantity, kind)."""

OAT, WHOLE, COCONUT = "Milk=Oat", "Milk=Whole", "Milk=Coconut"


def every(days: float, times: int, things: Iterable[Any], last: float = 2) -> list[Visit]:
    """The same, again and again."""
    bought = list(things)
    return [(last + days * number, bought) for number in range(times)]


def crowd() -> dict[str, list[Visit]]:
    """Forty others, so that the shop knows what goes together: croissants with flat whites, muffins with lattes."""
    others: dict[str, list[Visit]] = {}
    for number in range(40):
        morning = ["FW", "CROISSANT"] if number % 2 else ["LATTE", "MUFFIN"]
        others[f"c{number:02}"] = [*every(7, 5, morning, last=3), *every(7, 4, ["SENCHA", "SCONE"], last=5.5)]
    return others


REGULARS: dict[str, list[Visit]] = {
    "ada": [*every(2, 20, [("FW", OAT)]), *every(12, 5, ["BEANS"], last=14.3)],
    "ben": every(5, 2, ["LATTE"]),
    "cleo": [*every(3, 12, ["FW"]), (300, ["KETTLE"])],
    "dan": [*every(3, 12, ["FW"]), (100, ["CROISSANT"])],
    "finn": every(3, 12, ["FW"]),
    "gwen": [*every(3, 12, ["FW"]), *every(20, 4, ["PLASTERS"], last=5.2)],
    "hal": every(2, 15, [("LATTE", COCONUT)]),
    "ida": [*every(2, 20, [("FW", OAT)]), *every(2, 20, [("FW", WHOLE)], last=42)],
    "jon": every(9, 12, ["FW"], last=41),
    "kim": [],
    "lena": [*every(2, 14, ["LATTE"]), (1, ["LATTE", "SCONE"])],
    "mia": [*every(12, 12, ["BEANS"], last=14), *every(12, 1, ["BEANS-1K"], last=3)],
}
"""Who is tested: see each test for what they have in common with somebody real."""

NAMES = {
    "ada": "Ada", "ben": "Ben", "cleo": "Cleo", "dan": "Dan", "finn": "Finn", "gwen": "Gwen", "hal": "Hal",
    "ida": "Ida", "jon": "Jon", "kim": "Kim", "lena": "Lena", "mia": "Mia",
}  # fmt: skip


def agreed(people: Iterable[str]) -> list[tuple[str, str, str, str]]:
    """Rows of consents: everybody was asked, and agreed to be remembered and to hear suggestions."""
    return [(who, purpose, "given", "2025-01-01") for who in people for purpose in ("remember", "suggest")]


def write(folder: Path, people: Mapping[str, list[Visit]], **changed: Any) -> Path:
    """The canonical folder of a shop with these people.

    Args:
        folder: where to.
        people: visits by member id.
        changed: other tables (`stock`, `consents`, `privileges`, `tiers` by member, `house`), for the shop's own.
    """
    tiers: Mapping[str, str] = changed.get("tiers", {"jon": "Gold", "ada": "Gold"})
    write_table(folder, "items", ITEM_COLUMNS, changed.get("items", ITEMS))
    write_table(
        folder,
        "members",
        ("member_id", "name", "tier"),
        [(who, NAMES.get(who, who), tiers.get(who, "")) for who in people],
    )
    rows = []
    for who, visits in people.items():
        for number, (days, things) in enumerate(visits):
            at = to_datetime(NOW - round(days * DAY_S)).isoformat(sep="T")
            for thing in things:
                told = thing if isinstance(thing, tuple) else (thing,)
                sku, modifiers, quantity, kind = (*told, *("", 1, "sale")[len(told) - 1 :])
                rows.append((f"{who}-{number}", who, sku, at, str(quantity), modifiers, kind))
    columns = ("basket_id", "member_id", "sku", "sold_at", "quantity", "modifiers", "kind")
    write_table(folder, "lines", columns, rows)
    counted = to_datetime(NOW - 3600).isoformat(sep="T")
    stock = changed.get("stock", {"MUFFIN": 0})
    write_table(
        folder,
        "stock",
        ("sku", "on_hand", "shelf", "counted_at"),
        [(item[0], str(stock.get(item[0], 12)), "A1", counted) for item in changed.get("items", ITEMS)],
    )
    milks = [("Drinks > Coffee", "Milk", option, "yes" if option != "Coconut" else "no") for option in
             ("Whole", "Oat", "Coconut")]  # fmt: skip
    write_table(folder, "modifiers", ("category", "group", "option", "available"), milks)
    write_table(
        folder,
        "consents",
        ("member_id", "purpose", "state", "at"),
        changed.get(
            "consents",
            [*agreed(people), ("finn", "suggest", "withdrawn", "2026-01-01")],
        ),
    )
    privileges = [("Gold", "A drink one size up"), ("Gold", "First pick of the new roast")]
    write_table(folder, "privileges", ("tier", "text"), changed.get("privileges", privileges))
    house = ", ".join(f'"{sku}"' for sku in changed.get("house", ("CARDAMOM", "TONIC")))
    (folder / "store.toml").write_text(
        f'store = "Corner"\nstore_id = "1"\ncurrency = "EUR"\nhouse = [{house}]\ntiers = ["Gold"]\n', encoding="utf-8"
    )
    return folder


def built(folder: Path, home: Path, learn: Any = None) -> Path:
    """The night: the folder becomes the home's pack."""
    build(folder, home, clock=FixedClock(NOW), encoder=WeightlessEncoder(64), learn=learn)
    return home


@dataclass
class Counter:
    """A counter at one moment, and what a person does at it."""

    desk: Desk

    def card(self, who: str) -> VisitCard:
        """Looks at a member without a visit."""
        return self.desk.visit.open(who, "command")

    def screen(self, who: str) -> str:
        """The member screen as it is drawn, 80 columns wide."""
        return card_text(self.card(who), "EUR")

    def skus(self, who: str) -> list[str]:
        """What is suggested."""
        return [one.item.sku for one in self.card(who).suggestions]

    def why(self, who: str, sku: str) -> Why:
        """Why, or why not."""
        return self.desk.finding.why(who, sku)

    def why_words(self, who: str, sku: str) -> str:
        """The same as it is printed."""
        return why_text(self.why(who, sku))

    def stopped_by(self, who: str, sku: str) -> str:
        """Name of the first gate that is closed, or empty."""
        return next((gate.value for gate, through, _ in self.why(who, sku).gates if not through), "")

    def visit(self, who: str, *answers: tuple[str, AnswerKind], drawn: bool = True, end: str = "next") -> VisitCard:
        """A whole visit: the card is drawn, answers are given and recorded, and it ends."""
        card = self.desk.visit.open(who, "scan")
        if drawn:
            self.desk.visit.drawn(card.visit_id)
        for sku, answer in answers:
            card = self.desk.visit.answer(card.visit_id, sku, answer).result(10)
        self.desk.visit.end(end)
        return card

    def never_category(self, who: str, sku: str) -> VisitCard:
        """F7 until it means the whole category."""
        card = self.desk.visit.open(who, "scan")
        self.desk.visit.drawn(card.visit_id)
        done = self.desk.visit.answer(card.visit_id, sku, AnswerKind.NEVER, category=True).result(10)
        self.desk.visit.end("next")
        return done

    def mark(self, who: str, line: str, mark: LineMark) -> VisitCard:
        """F9 on a past line."""
        self.desk.visit.open(who, "scan")
        card = self.in_visit(self.desk.records.mark(who, line, mark))
        self.desk.visit.end("next")
        return card

    def in_visit(self, record: Record) -> VisitCard:
        """Writes a record in the open visit."""
        return self.desk.visit.record(self.desk.visit.visit_id, record).result(10)

    def undo(self) -> Future[VisitCard | None]:
        """^Z in the open visit."""
        return self.desk.visit.undo(self.desk.visit.visit_id)

    def take_back(self, event_id: str) -> Future[VisitCard | None]:
        """^Z on one statement in the list of them."""
        return self.desk.visit.take_back(self.desk.visit.visit_id, event_id)

    def statements(self, who: str) -> tuple[Statement, ...]:
        """What a member stated and still counts."""
        return self.desk.records.statements(who)

    def record(self, record: Any) -> None:
        """A command that writes."""
        self.desk.records.append(record).result(10)

    def line(self, who: str, sku: str) -> str:
        """Reference of the member's newest line of an item."""
        return next(one.line for one in self.card(who).history if one.item.sku == sku)


At = Callable[[float], Any]


def counter_of(home: Path) -> At:
    """Opens the counter so many days after `NOW`; the journal goes on from one time to the next."""

    @contextmanager
    def at(days: float = 0.0) -> Iterator[Counter]:
        desk = Desk.open(home, clock=FixedClock(NOW + round(days * DAY_S)))
        try:
            yield Counter(desk)
        finally:
            desk.close()

    return at
