"""The sample store as a canonical folder: a café with a provisions shop, about 400 members, a year of visits.

In: the files in `store_data/sample` (items, modifiers, stock, privileges, shop, the cast) and the people around them.
Out: CSV files and `store.toml`. The same day and seed give the same bytes; nothing here is a real person.
"""

from __future__ import annotations

import csv
import json
import tomllib
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import NamedTuple

from clerk.demo.card_codes import steady_code
from clerk.demo.cast import cast
from clerk.demo.habits import Order, Visit, visits_of
from clerk.demo.people import Person, people
from clerk.errors import SourceMissing

DEMO_MEMBER = "M0001"
"""The member whose card is ready to scan on the first screen."""
SECOND_STORE = "0417"
"""The chain's other store, where some members go too."""
NEW_SINCE = {"BK-CARDAMOM": 45, "D-ESPTONIC": 160}
"""SKU -> days since it is sold here; before that people took `STOOD_IN`."""
STOOD_IN = {"BK-CARDAMOM": Order("BK-CINNAMON"), "D-ESPTONIC": Order("D-COLDBREW", "Size=Regular")}
WORDING = "counter-en-3"
"""The wording members of the sample agreed to."""

_COUNTED_AT = timedelta(hours=6, minutes=5)
"""When stock is counted, before the doors open."""
_PENCE = Decimal(100)

Row = dict[str, str]


class Prices(NamedTuple):
    """What things cost, in pence."""

    items: dict[str, int]
    categories: dict[str, str]
    modifiers: dict[tuple[str, str], int]
    """(SKU or category, `Group=option`) -> surcharge."""

    def of(self, order: Order) -> int:
        """The price of one, with its modifiers.

        Raises:
            KeyError: no such SKU, or a modifier that it cannot have.
        """
        pence = self.items[order.sku]
        for choice in filter(None, order.modifiers.split("; ")):
            own, common = (order.sku, choice), (self.categories[order.sku], choice)
            pence += self.modifiers[own] if own in self.modifiers else self.modifiers[common]
        return pence


def source_folder() -> Path:
    """Where the sample's source files lie: in the installed package, or in a checkout.

    Raises:
        SourceMissing: in neither.
    """
    package = Path(__file__).resolve().parents[1]
    for folder in (package / "sample_store", package.parent / "store_data" / "sample"):
        if (folder / "items.csv").is_file():
            return folder
    raise SourceMissing(
        "The sample store's files are not installed.", "Install Clerk again from its wheel or checkout."
    )


def write_sample_store(folder: Path, today: date, seed: int = 7, until: datetime | None = None) -> None:
    """Write the whole canonical folder.

    Args:
        folder: made when absent; files of the same names are replaced.
        today: the day the store is built; visits end on its morning.
        seed: another seed is another crowd around the same cast.
        until: nothing later than this local time is written, so that a store built before dawn holds no future.

    Raises:
        SourceMissing: the sample's source files are not there.
    """
    source = source_folder()
    items, modifiers, stock = (_read(source / name) for name in ("items.csv", "modifiers.csv", "stock.csv"))
    shop = tomllib.loads((source / "store.toml").read_text(encoding="utf-8"))
    store_id = str(shop["store_id"])
    everybody = list(people(cast(source / "people.toml"), today, seed))
    folder.mkdir(parents=True, exist_ok=True)
    _write(folder / "items.csv", tuple(items[0]), items)
    _write(folder / "modifiers.csv", tuple(modifiers[0]), modifiers)
    counted = datetime.combine(today, datetime.min.time()) + _COUNTED_AT
    if until is not None and until < counted:
        counted -= timedelta(days=1)
    _write(
        folder / "stock.csv",
        ("sku", "on_hand", "store_id", "shelf", "counted_at"),
        ({**row, "store_id": store_id, "counted_at": counted.isoformat()} for row in stock),
    )
    _write(folder / "privileges.csv", ("tier", "text", "until"), _privileges(_read(source / "privileges.csv"), today))
    _write(folder / "members.csv", _MEMBERS, (_member_row(person, today, store_id) for person in everybody))
    _write(folder / "cards.csv", ("code", "member_id", "status", "issued_at"), _cards(everybody, today))
    _write(folder / "consents.csv", _CONSENTS, _consents(everybody, today))
    lines = _lines(everybody, today, seed, store_id, _prices(items, modifiers), until or datetime.max)
    _write(folder / "lines.csv", _LINES, lines)
    (folder / "store.toml").write_text(
        _toml({**shop, "demo_member": DEMO_MEMBER, "source": "sample"}), encoding="utf-8"
    )


_MEMBERS = ("member_id", "name", "given_name", "phone", "email", "birthday", "joined_on", "locale", "home_store")
_CONSENTS = ("member_id", "purpose", "state", "at", "channel", "wording", "by")
_LINES = (
    *("basket_id", "member_id", "sku", "sold_at", "quantity", "unit_price", "line_total", "modifiers"),
    *("kind", "gift", "store_id", "channel", "line_no"),
)


def _lines(
    everybody: list[Person], today: date, seed: int, store_id: str, prices: Prices, until: datetime
) -> Iterator[Row]:
    """Every line item, oldest basket first, baskets numbered through the day."""
    baskets: list[tuple[datetime, str, Visit]] = []
    for person in everybody:
        rng = Random(f"visits {seed} {person.member_id}")
        baskets += ((visit.at, person.member_id, visit) for visit in visits_of(person.habit, today, rng))
    baskets.sort(key=lambda basket: basket[:2])
    day, number = date.min, 0
    for at, member_id, visit in baskets:
        if at > until:
            break
        day, number = at.date(), number + 1 if at.date() == day else 1
        for line_no, order in enumerate((_as_sold(order, (today - day).days) for order in visit.orders), 1):
            pence = prices.of(order)
            yield {
                "basket_id": f"{day:%Y%m%d}-{number:03d}",
                "member_id": member_id,
                "sku": order.sku,
                "sold_at": at.isoformat(),
                "quantity": str(order.quantity),
                "unit_price": _pounds(pence),
                "line_total": _pounds(pence * order.quantity),
                "modifiers": order.modifiers,
                "kind": order.kind,
                "gift": "yes" if order.gift else "",
                "store_id": SECOND_STORE if visit.elsewhere else store_id,
                "channel": visit.channel,
                "line_no": str(line_no),
            }


def _as_sold(order: Order, days_ago: int) -> Order:
    """The order itself, or what was taken before the item existed."""
    return STOOD_IN[order.sku] if days_ago > NEW_SINCE.get(order.sku, days_ago) else order


def _member_row(person: Person, today: date, store_id: str) -> Row:
    return {
        "member_id": person.member_id,
        "name": person.name,
        "given_name": person.given_name if person.name else "",
        "phone": person.phone,
        "email": person.email,
        "birthday": person.birthday,
        "joined_on": (today - timedelta(days=person.joined_days)).isoformat(),
        "locale": person.locale,
        "home_store": store_id,
    }


def _cards(everybody: list[Person], today: date) -> Iterator[Row]:
    for person in everybody:
        issued = (today - timedelta(days=person.joined_days)).isoformat()
        row = {
            "code": steady_code("sample", person.member_id),
            "member_id": person.member_id,
            "status": "active",
            "issued_at": issued,
        }
        if person.lost_card:
            yield {**row, "code": steady_code("sample", f"{person.member_id} lost"), "status": "revoked"}
            row["issued_at"] = (today - timedelta(days=min(20, person.joined_days))).isoformat()
        yield row
        if person.foreign_card:
            yield {**row, "code": _ean13(f"2990000{person.foreign_card:05d}")}


def _consents(everybody: list[Person], today: date) -> Iterator[Row]:
    for person in everybody:
        for purpose, state, days in person.consents:
            at = datetime.combine(today - timedelta(days=days), datetime.min.time()) + timedelta(hours=6, minutes=30)
            yield {
                "member_id": person.member_id,
                "purpose": purpose,
                "state": state,
                "at": at.isoformat(),
                "channel": "counter",
                "wording": WORDING,
                "by": "member",
            }


def _privileges(rows: Iterable[Row], today: date) -> Iterator[Row]:
    for row in rows:
        days = row["until_days"]
        until = (today + timedelta(days=int(days))).isoformat() if days else ""
        yield {"tier": row["tier"], "text": row["text"], "until": until}


def _prices(items: list[Row], modifiers: list[Row]) -> Prices:
    return Prices(
        {row["sku"]: _pence(row["price"]) for row in items},
        {row["sku"]: row["category"] for row in items},
        {(row["sku"] or row["category"], f"{row['group']}={row['option']}"): _pence(row["price"]) for row in modifiers},
    )


def _pence(text: str) -> int:
    return int(Decimal(text) * _PENCE)


def _pounds(pence: int) -> str:
    return str((Decimal(pence) / _PENCE).quantize(Decimal("0.01")))


def _ean13(first_twelve: str) -> str:
    total = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(first_twelve))
    return f"{first_twelve}{-total % 10}"


def _read(path: Path) -> list[Row]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _write(path: Path, header: tuple[str, ...], rows: Iterable[Row]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, header, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def _toml(values: dict[str, object]) -> str:
    """Flat TOML: a JSON string or list of strings is also a TOML one."""
    return "".join(f"{key} = {json.dumps(value, ensure_ascii=False)}\n" for key, value in values.items())
