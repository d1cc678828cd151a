"""The tables of `pack.db`, one definition for builder, counter statements and their test.

Imported by the nightly build only: the counter reads with the statements of `statements.py`, which a test holds
against these tables, because importing sqlmodel costs a quarter of a second and 45 MB at the counter.

Numbers: `member_no` 1 is the member seen most recently, `item_no` 1 the item in most baskets; both change every
night. `_at` are wall seconds, `_minor` money in minor units, `quantity_milli` thousandths.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

FORMAT = 2
"""Version of this layout. 2 added events of counters; 1, without them, is still read."""

_CLUSTERED: dict[str, Any] = {"sqlite_with_rowid": False}
"""Rows lie in the order of the primary key, so that what belongs together is one range read."""


class PackTable(SQLModel, registry=registry()):
    """Root of the pack's tables, apart from those of the journal."""


class FactRow(PackTable, table=True):
    """A fact of the whole pack: store, currency, dates, counts."""

    __tablename__ = "facts"
    __table_args__ = _CLUSTERED
    key: str = Field(primary_key=True)
    value: str


class MemberRow(PackTable, table=True):
    """A member and what is known without reading line items."""

    __tablename__ = "members"
    member_no: int = Field(primary_key=True)
    member_id: str = Field(unique=True)
    name: str
    given_name: str
    phone: str
    email: str
    birthday: str
    joined_on: str
    locale: str
    home_store: str
    tier: str
    baskets: int
    last_at: int | None
    spend_minor: int


class CardRow(PackTable, table=True):
    """A code that is scanned. A code may open several members; then a person chooses."""

    __tablename__ = "cards"
    __table_args__ = _CLUSTERED
    code: str = Field(primary_key=True)
    member_no: int = Field(primary_key=True, index=True)
    status: str
    issued_on: str


class CardFormRow(PackTable, table=True):
    """The form in which a code is compared (`clerk.identifiers.card_codes`), where it differs from the code."""

    __tablename__ = "card_forms"
    __table_args__ = _CLUSTERED
    form: str = Field(primary_key=True)
    code: str = Field(primary_key=True)


class ItemRow(PackTable, table=True):
    """An item with its stock in this store. `on_hand` null means not counted."""

    __tablename__ = "items"
    item_no: int = Field(primary_key=True)
    sku: str = Field(unique=True)
    gtin: str = Field(index=True)
    name: str
    description: str
    category: str
    brand: str
    price_minor: int | None
    durable: int
    sensitive: int
    age_restricted: int
    gone: int
    allergens: str
    variant_of: str
    on_hand: int | None
    shelf: str
    counted_at: int | None
    image: str
    audience: str
    diets: str
    mention: int
    goes_with: str
    language: str


class ModifierRow(PackTable, table=True):
    """A choice offered on one item (`item_no` above 0) or on a whole category (`item_no` 0)."""

    __tablename__ = "modifiers"
    __table_args__ = _CLUSTERED
    item_no: int = Field(primary_key=True)
    category: str = Field(primary_key=True)
    position: int = Field(primary_key=True)
    choice_group: str
    choice: str
    price_minor: int
    available: int


class ModifierSetRow(PackTable, table=True):
    """A set of modifiers as sold: `Group=option; Group=option`, sorted. Set 0 is the plain item and has no row."""

    __tablename__ = "modifier_sets"
    modifier_set_no: int = Field(primary_key=True)
    text: str = Field(unique=True)


class BasketRow(PackTable, table=True):
    """One past purchase occasion of a member; `basket_no` counts from 1 in order of time."""

    __tablename__ = "baskets"
    __table_args__ = _CLUSTERED
    member_no: int = Field(primary_key=True)
    basket_no: int = Field(primary_key=True)
    basket_id: str
    sold_at: int
    store: str
    channel: str


class LineRow(PackTable, table=True):
    """One line item. `flags` are `clerk.model.LineFlag` bits."""

    __tablename__ = "lines"
    __table_args__ = _CLUSTERED
    member_no: int = Field(primary_key=True)
    basket_no: int = Field(primary_key=True)
    line_no: int = Field(primary_key=True)
    item_no: int
    modifier_set_no: int
    quantity_milli: int
    total_minor: int
    flags: int


class ForeignAmountRow(PackTable, table=True):
    """The total of a line in another currency than the store's; in `lines` it is 0, so that nobody sums it."""

    __tablename__ = "foreign_amounts"
    __table_args__ = _CLUSTERED
    member_no: int = Field(primary_key=True)
    basket_no: int = Field(primary_key=True)
    line_no: int = Field(primary_key=True)
    currency: str
    total_minor: int


class ConsentRow(PackTable, table=True):
    """One consent event that came from the shop's own system."""

    __tablename__ = "consents"
    __table_args__ = _CLUSTERED
    member_no: int = Field(primary_key=True)
    position: int = Field(primary_key=True)
    purpose: str
    state: str
    at: int
    channel: str
    wording: str
    recorded_by: str


class MemberEventRow(PackTable, table=True):
    """One event of any counter, collected by head office; those of a member lie together in their order.

    `member_no` is 0 for a member that this pack does not have, enrolled elsewhere since; only then `member_id` is set.
    """

    __tablename__ = "said"
    __table_args__ = _CLUSTERED
    member_no: int = Field(primary_key=True)
    member_id: str = Field(primary_key=True)
    hlc: int = Field(primary_key=True)
    device: str = Field(primary_key=True)
    seq: int = Field(primary_key=True)
    event_id: str = Field(primary_key=True)
    kind: str
    at: int
    actor: str
    payload: str


class CardEventRow(PackTable, table=True):
    """A card issued or revoked at some counter, found by its code."""

    __tablename__ = "said_cards"
    __table_args__ = _CLUSTERED
    code: str = Field(primary_key=True)
    hlc: int = Field(primary_key=True)
    device: str = Field(primary_key=True)
    seq: int = Field(primary_key=True)
    event_id: str = Field(primary_key=True)
    at: int
    actor: str
    member_id: str
    payload: str


class HousePickRow(PackTable, table=True):
    """A house pick shown at some counter lately, so that its exposure is counted without reading everybody's events."""

    __tablename__ = "said_house"
    __table_args__ = _CLUSTERED
    at: int = Field(primary_key=True)
    event_id: str = Field(primary_key=True)
    sku: str


class PrivilegeRow(PackTable, table=True):
    """What a tier means, in the shop's own words. `until` is wall seconds or null."""

    __tablename__ = "privileges"
    __table_args__ = _CLUSTERED
    tier: str = Field(primary_key=True)
    position: int = Field(primary_key=True)
    text: str
    until: int | None


class CompanionRow(PackTable, table=True):
    """An item often bought together with another; `rank` 1 is the closest companion."""

    __tablename__ = "companions"
    __table_args__ = _CLUSTERED
    item_no: int = Field(primary_key=True)
    rank: int = Field(primary_key=True)
    other_no: int
    together: int
    of_baskets: int
    lift: float


class ModelRow(PackTable, table=True):
    """A model learned at night, as JSON."""

    __tablename__ = "models"
    __table_args__ = _CLUSTERED
    name: str = Field(primary_key=True)
    content: str


TABLES: tuple[type[PackTable], ...] = (
    FactRow, MemberRow, CardRow, CardFormRow, ItemRow, ModifierRow, ModifierSetRow, BasketRow, LineRow, ConsentRow,
    MemberEventRow, CardEventRow, HousePickRow, PrivilegeRow, CompanionRow, ModelRow,
)  # fmt: skip
"""Every table that is always there, in the order in which they are written."""

SOMETIMES: tuple[type[PackTable], ...] = (ForeignAmountRow,)
"""Tables that a pack has only where they have rows."""
