"""Finds the member of an order: by id, then by e-mail, then by phone; none rather than the wrong one.

An address or number that several members have matches nobody. Messages give counts, never whose address it was.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from clerk import phone as numbers
from clerk.identifiers.card_codes import card_form
from clerk.identifiers.damaged import are_strangers, damage
from clerk.intake.cells import e_mail
from clerk.intake.checks.damaged import damages, sentences

_IN_FORM = r"^[1-9A-Z][0-9A-Z]*$"
"""Codes that are written in the form in which they are compared."""
_SEVERAL = ""
"""Stands for several members."""


@dataclass(slots=True)
class KnownMembers:
    """What the history store knows that matters for reading an export: members, items, modifier groups."""

    ids: set[str] = field(default_factory=set)
    aliases: dict[str, str] = field(default_factory=dict)
    """Other ids of members: ids in another system."""
    cards: dict[str, str] = field(default_factory=dict)
    """Card code as it is compared -> member."""
    emails: dict[str, str] = field(default_factory=dict)
    phones: dict[str, dict[str, str]] = field(default_factory=dict)
    """End of a number -> the number as it is written -> member; compared as whole numbers when one is asked for."""
    names: dict[str, str] = field(default_factory=dict)
    """Name, lower case -> member; for exports that say nothing else of who bought."""
    country: str = ""
    """Of the shop: decides when two phone numbers are the same."""
    contact: dict[str, str] = field(default_factory=dict)
    """Member -> the state of the purpose `contact` in the history store."""
    items: dict[str, str] = field(default_factory=dict)
    """SKU -> name."""
    strangers: set[str] = field(default_factory=set)
    """E-mails and digits of numbers that people of many names gave: the shop's own, which match nobody."""
    groups: dict[str, str] = field(default_factory=dict)
    """Modifier option, lower case -> its group, as the history store has it."""
    buyers: list[str] = field(default_factory=list)
    """Ids of members under which lines are on record, in order."""
    _spellings: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, tables: Mapping[str, pl.DataFrame]) -> KnownMembers:
        """Reads the known members from the tables of the history store.

        Args:
            tables: checked tables by canonical name; any may be absent.
        """
        known = cls()
        if (members := tables.get("members")) is not None:
            known.add(members.select("member_id", "email", "phone").iter_rows())
            known.add_names(members)
        if (cards := tables.get("cards")) is not None:
            known.add_cards(cards)
        if (consents := tables.get("consents")) is not None:
            contact = consents.filter(pl.col("purpose") == "contact").sort("at", maintain_order=True)
            known.contact.update(contact.select("member_id", "state").iter_rows())
        if (items := tables.get("items")) is not None:
            known.items.update(items.select("sku", "name").iter_rows())
        if (buyers := tables.get("buyers")) is not None:
            known.buyers = buyers["member_id"].sort().to_list()
        if (lines := tables.get("lines")) is not None and "modifiers" in lines.columns:
            for text in lines["modifiers"].unique().sort():
                for part in str(text or "").split("; "):
                    group, equals, option = part.partition("=")
                    if equals:
                        known.groups.setdefault(option.lower(), group)
        return known

    def add(self, rows: Iterable[tuple[Any, ...]]) -> None:
        """More members: (member_id, e-mail, phone)."""
        for member_id, email, phone in rows:
            if not member_id:
                continue
            self.ids.add(member_id)
            if email and (key := e_mail(email)):
                self.emails[key] = member_id if self.emails.get(key, member_id) == member_id else _SEVERAL
            if phone and (tail := numbers.tail_of(phone)):
                alike = self.phones.setdefault(tail, {})
                alike[phone] = member_id if alike.get(phone, member_id) == member_id else _SEVERAL

    def add_names(self, members: pl.DataFrame) -> None:
        """Names of more members: member_id, name."""
        if not {"member_id", "name"} <= set(members.columns):
            return
        for member_id, name in members.select(pl.col("member_id", "name").cast(pl.String).fill_null("")).iter_rows():
            if key := _name(name):
                self.names[key] = member_id if self.names.get(key, member_id) == member_id else _SEVERAL

    def add_cards(self, cards: pl.DataFrame) -> None:
        """More cards: code, member_id."""
        frame = cards.select(pl.col("code", "member_id").cast(pl.String).fill_null(""))
        frame = frame.with_columns(is_form=pl.col("code").str.contains(_IN_FORM))
        for code, member_id, is_form in frame.iter_rows():
            if (form := code if is_form else card_form(code)) and member_id:
                self.cards[form] = member_id if self.cards.get(form, member_id) == member_id else _SEVERAL

    def spelling(self, card: str) -> str:
        """How a card was first written that no list of customers knows: on record, else by the first who asked."""
        if not self._spellings:
            for buyer in self.buyers:
                self._spellings.setdefault(card_form(buyer), buyer)
        return self._spellings.setdefault(card_form(card), card) if card else ""

    def by_name(self, name: str) -> str | None:
        """The member of this name, None when nobody has it, empty when several have."""
        return self.names.get(_name(name))

    def by_id(self, member_id: str) -> str | None:
        """The member with this id or card, None when nobody has it, empty when several have the card."""
        if damage(member_id):
            return None
        if member_id in self.ids:
            return member_id
        if member_id in self.aliases:
            return self.aliases[member_id]
        return self.cards.get(card_form(member_id)) if self.cards and member_id else None

    def by_email(self, email: str) -> str | None:
        """The member with this e-mail, None when nobody has it, empty when several have."""
        if damage(email, "email"):
            return None
        return _SEVERAL if e_mail(email) in self.strangers else self.emails.get(e_mail(email))

    def by_phone(self, phone: str) -> str | None:
        """The member with this number, None when nobody has it, empty when several have."""
        if damage(phone, "phone"):
            return None
        if numbers.digits_of(phone) in self.strangers:
            return _SEVERAL
        # Reading a number takes a hundred times as long as looking for its end, and most have an end of their own.
        alike = self.phones.get(numbers.tail_of(phone))
        number = numbers.read(phone, self.country) if alike else None
        if number is None or not alike or damage(f"0{number.national}", "phone"):
            return None
        known: dict[str, set[str]] = {}
        for written, member in alike.items():
            if (other := numbers.read(written, self.country)) is not None:
                for form in other.kept:
                    known.setdefault(form, set()).add(member)
        # The surest form that anybody has decides: E.164 before digits without a country.
        members = next((known[form] for form in number.asked if form in known), set())
        return None if not members else members.pop() if len(members) == 1 else _SEVERAL


@dataclass(slots=True)
class Match:
    """Whom rows belong to."""

    member_ids: pl.Series
    """Member of each row; empty for guests."""
    ambiguous: int = 0
    """Different addresses and numbers that several members have."""
    unknown: int = 0
    """Rows with an address or number that no member has."""


def match(rows: pl.DataFrame, known: KnownMembers) -> Match:
    """The member of each row.

    Args:
        rows: text columns; `id*` are looked up as ids, `email*` as e-mails, `phone*` as phones, in this order. `name`,
            where there is one, tells addresses that many people give from one person's.
        known: the members.

    Cost: each different combination is looked up once.
    """
    order = [name for kind in ("id", "email", "phone") for name in rows.columns if name.startswith(kind)]
    known.strangers |= _strangers(rows, order)
    different = rows.select(order).unique()
    several: set[str] = set()
    found, strange = [], []
    for values in different.iter_rows():
        member, named = "", False
        for name, value in zip(order, values, strict=True):
            if not value:
                continue
            named = named or not name.startswith("id")
            hit = (
                known.by_id(value) if name.startswith("id")
                else known.by_email(value) if name.startswith("email") else known.by_phone(value)
            )  # fmt: skip
            if hit:
                member = hit
                break
            if hit == _SEVERAL:
                several.add(value)
        found.append(member)
        strange.append(named and not member)
    answers = different.with_columns(
        pl.Series("_member", found, dtype=pl.String), pl.Series("_strange", strange, dtype=pl.Boolean)
    )
    joined = rows.select(order).join(answers, on=order, how="left", maintain_order="left", nulls_equal=True)
    return Match(joined["_member"].fill_null(""), len(several), int(joined["_strange"].sum()))


def _name(text: str) -> str:
    return " ".join(text.casefold().split())


def note_damaged(rows: pl.DataFrame, file: str, notices: list[str]) -> None:
    """Adds a notice for each way in which ids, e-mails and phone numbers of a file are damaged: how many, never whose.

    Args:
        rows: as of `match`; a row with several damaged numbers counts once.
        file: its name.
        notices: get the sentences.
    """
    for kind in ("id", "email", "phone"):
        whys = [damages(rows[name].fill_null(""), kind) for name in rows.columns if name.startswith(kind)]
        if whys:
            first = pl.select(pl.coalesce(pl.lit(why.set(why == "", None)) for why in whys)).to_series()
            notices += [f"{file}: {sentence}" for sentence in sentences(kind, first.drop_nulls())]


def _strangers(rows: pl.DataFrame, order: Sequence[str]) -> set[str]:
    """E-mails and digits of phone numbers that people of many different names gave."""
    found: set[str] = set()
    for column in order if "name" in rows.columns else ():
        if column.startswith("id"):
            continue
        named = rows.filter((pl.col(column) != "") & (pl.col("name") != "")).group_by(column)
        several = named.agg(pl.col("name").unique()).filter(pl.col("name").list.len() > 1)
        people: dict[str, set[str]] = {}
        for address, names in several.iter_rows():
            key = e_mail(address) if column.startswith("email") else numbers.digits_of(address)
            people.setdefault(key, set()).update(names)
        found |= {key for key, names in people.items() if key and are_strangers(names)}
    return found
