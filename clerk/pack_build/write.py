"""Numbered tables into `pack.db`, and names into the index of names."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import numpy as np
import polars as pl

from clerk.identifiers.card_codes import card_form
from clerk.intake.canonical_tables import ROW
from clerk.keys_at_rest import Key
from clerk.languages import ENGLISH, indexed, known_language, typed
from clerk.model import ConsentState
from clerk.pack import tables as t
from clerk.pack.create import PackFile, add_models
from clerk.pack.fold import folded
from clerk.pack.name_index import NameIndex, name_words
from clerk.pack_build.numbering import Numbered
from clerk.phone import digits_of

_SLICE = 100_000
"""Rows turned into Python values at a time, so that memory stays flat."""

_TAILS = (4, 5, 6)
"""Ends of a phone number that people say."""


def write_pack(
    path: Path, shop: Numbered, companions: pl.DataFrame, extras: Mapping[str, pl.DataFrame],
    facts: Mapping[str, str], tell: Callable[[int, int], None], key: Key | None = None,
    languages: tuple[str, ...] = (ENGLISH,),
) -> None:  # fmt: skip
    """Effect: writes a new `pack.db` at `path`; the caller syncs it.

    Args:
        path: must not exist yet.
        shop: the numbered tables.
        companions: as `companions.companions` gives them.
        extras: checked `cards`, `modifiers`, `consents`, `privileges`, where the shop gave them.
        facts: of the whole pack.
        tell: called with lines written and lines in all.
        key: to encrypt it with as it is written.
        languages: the store's; an item may have its own.
    """
    file = PackFile(path, key)
    try:
        file.add(t.FactRow, sorted(facts.items()))
        write_members(file, shop.members)
        _cards(file, shop, extras.get("cards"))
        _items(file, shop.items, languages)
        _modifiers(file, shop, extras.get("modifiers"))
        file.add(t.ModifierSetRow, shop.modifier_sets.select("modifier_set_no", "text").iter_rows())
        _of_members(file, shop, extras)
        file.add(t.CompanionRow, _rows(companions))
        file.add(t.BasketRow, _rows(shop.baskets.select(
            "member_no", "basket_no", "basket_id", "at", "store_id", "channel")))  # fmt: skip
        total = shop.lines.height
        columns = ("member_no", "basket_no", "line_no", "item_no", "modifier_set_no", "milli", "total_minor", "flags")
        for start in range(0, total, _SLICE):
            part = shop.lines.slice(start, _SLICE)
            file.add_numbers(t.LineRow, [part[name].to_numpy() for name in columns])
            tell(min(start + _SLICE, total), total)
        if shop.foreign is not None:
            file.add(t.ForeignAmountRow, _rows(shop.foreign))
        file.finish()
    finally:
        file.close()


def write_models(path: Path, facts: Mapping[str, str], models: Mapping[str, object], key: Key | None = None) -> None:
    """Effect: adds what was learned while the pack was written, and the facts about it, to the `pack.db` at `path`."""
    add_models(path, sorted(facts.items()), [(name, json.dumps(model)) for name, model in sorted(models.items())], key)


def write_members(file: PackFile, members: pl.DataFrame) -> None:
    """Members, the words they are found by, and the dictionary of their names."""
    columns = ("member_no", "member_id", "name", "given_name", "phone", "email", "birthday", "joined_on", "locale",
               "home_store", "tier", "baskets", "last_at", "spend_minor")  # fmt: skip
    file.add(t.MemberRow, _rows(members.select(columns)))
    found = _rows(members.select("member_no", "member_id", "phone", "email"))
    file.add_words("members_fts", ((number, member_codes(*texts)) for number, *texts in found))


def name_index(members: pl.DataFrame) -> NameIndex:
    """The index of numbered members. Cost: 5 s and 300 MB for a million.

    Args:
        members: member_no, name, given_name.
    """
    named = members.filter((pl.col("name") != "") | (pl.col("given_name") != ""))
    words = (
        named.select(
            pl.col("member_no").cast(pl.Int32),
            pl.Series("word", [sorted(name_words(*names)) for names in named.select("name", "given_name").iter_rows()]),
        )
        .explode("word")
        .drop_nulls()
        .sort("word", "member_no")
    )
    different = words["word"].rle()
    lengths = different.struct.field("len").to_numpy() if words.height else np.zeros(0, dtype=np.int64)
    texts = different.struct.field("value").to_list() if words.height else []
    starts = np.concatenate(([0], np.cumsum(lengths))).astype(np.int64)
    return NameIndex(texts, starts, words["member_no"].to_numpy(), members.height)


def member_codes(member_id: str, phone: str, email: str) -> str:
    """What a member is found by besides the name: id, phone and its ends, the part of the e-mail before the @."""
    words = [folded(member_id), folded(email.partition("@")[0])]
    digits = digits_of(phone)
    if len(digits) >= _TAILS[0]:
        words.append(digits)
        words += [digits[-length:] for length in _TAILS if length < len(digits)]
        if phone.startswith(("+", "00")):
            # Without the country code, which has one to three digits, and with the zero that stands for it at home.
            bare = digits.lstrip("0")
            words += [form for cut in (1, 2, 3) for form in (bare[cut:], "0" + bare[cut:])]
    return " ".join(words)


def _cards(file: PackFile, shop: Numbered, cards: pl.DataFrame | None) -> None:
    """The shop's cards; without any, every member id is a card."""
    if cards is None:
        rows = shop.members.select("member_id", "member_no").sort("member_id")
        file.add(t.CardRow, ((code, number, "active", "") for code, number in _rows(rows)))
        _card_forms(file, rows["member_id"])
        return
    known = cards.join(shop.members.select("member_id", "member_no"), on="member_id").sort("code", "member_no")
    file.add(t.CardRow, _rows(known.select("code", "member_no", "status", "issued_on")))
    _card_forms(file, known["code"])


def _card_forms(file: PackFile, codes: pl.Series) -> None:
    """The form in which codes are compared; most are written in it, and need no row."""
    others = codes.filter(~codes.str.contains(r"^[0-9A-Z]+$")).unique()
    forms = ((card_form(code), code) for code in others)
    file.add(t.CardFormRow, sorted((form, code) for form, code in forms if form and form != code))


def _items(file: PackFile, items: pl.DataFrame, languages: tuple[str, ...]) -> None:
    flags = ("durable", "sensitive", "age_restricted", "gone")
    columns = ("item_no", "sku", "gtin", "name", "description", "category", "brand", "price_minor", *flags,
               "allergens", "variant_of", "on_hand", "shelf", "counted_at", "image",
               "audience", "diets", "mention", "goes_with", "language")  # fmt: skip
    file.add(t.ItemRow, _rows(items.select(columns).with_columns(pl.col(*flags, "mention").cast(pl.Int64))))
    found = items.filter(~pl.col("gone")).select("item_no", "name", "category", "description", "brand", "language")
    file.add_words("items_fts", ((no, *(indexed(part, _own(own, languages)) for part in (f"{name} {brand}", cat, text)))
                                 for no, name, cat, text, brand, own in _rows(found)))  # fmt: skip
    file.add_words("items_start", ((no, typed(f"{name} {brand} {cat}", _own(own, languages)))
                                   for no, name, cat, _, brand, own in _rows(found)))  # fmt: skip


def _own(stated: str, languages: tuple[str, ...]) -> tuple[str, ...]:
    """The item's language, or the store's."""
    own = known_language(stated)
    return (own,) if own else languages


def _modifiers(file: PackFile, shop: Numbered, modifiers: pl.DataFrame | None) -> None:
    if modifiers is None:
        return
    numbered = (
        modifiers.join(shop.items.select("sku", "item_no"), on="sku", how="left")
        .filter(pl.col("item_no").is_not_null() | (pl.col("sku") == ""))
        .with_columns(
            pl.col("item_no").fill_null(0),
            category=pl.when(pl.col("sku") == "").then("category").otherwise(pl.lit("")),
        )
        .sort("item_no", "category", ROW)
        .with_columns(position=pl.int_range(pl.len()).over("item_no", "category"))
    )
    columns = ("item_no", "category", "position", "group", "option", "price_minor", "available")
    file.add(t.ModifierRow, _rows(numbered.select(columns).with_columns(pl.col("available").cast(pl.Int64))))


def _of_members(file: PackFile, shop: Numbered, extras: Mapping[str, pl.DataFrame]) -> None:
    if (consents := extras.get("consents")) is not None:
        known = consents.join(shop.members.select("member_id", "member_no"), on="member_id")
        # The last statement counts: of two of one moment that is the withdrawal.
        known = known.sort("member_no", "at", "purpose", pl.col("state") == ConsentState.WITHDRAWN.value, "state")
        known = known.with_columns(position=pl.int_range(pl.len()).over("member_no"))
        columns = ("member_no", "position", "purpose", "state", "at", "channel", "wording", "by")
        file.add(t.ConsentRow, _rows(known.select(columns)))
    if (privileges := extras.get("privileges")) is not None:
        ordered = privileges.sort("tier", ROW).with_columns(position=pl.int_range(pl.len()).over("tier"))
        file.add(t.PrivilegeRow, _rows(ordered.select("tier", "position", "text", "until")))


def _rows(frame: pl.DataFrame) -> Iterator[tuple]:  # type: ignore[type-arg]
    for start in range(0, frame.height, _SLICE):
        yield from frame.slice(start, _SLICE).iter_rows()
