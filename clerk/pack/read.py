"""Reading a pack: typed rows and columns for one visit at a time.

Plain statements of the driver; numpy comes in with the first member, sqlmodel never.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from clerk.clock import DAY_S
from clerk.errors import ClerkError, PackDamaged, UnknownMember
from clerk.identifiers.card_codes import card_form
from clerk.languages.item_words import item_words
from clerk.languages.options import group_of
from clerk.model import (
    Card,
    CardStatus,
    Consent,
    ConsentState,
    History,
    Item,
    ItemColumns,
    Member,
    MemberFacts,
    Modifier,
    Purpose,
)
from clerk.pack import statements as sql
from clerk.pack.columns import load_columns
from clerk.pack.events import MemberEventReader
from clerk.pack.open import COLUMNS, VECTORS, Pack, generation_names, open_generation

if TYPE_CHECKING:
    from clerk.pack.vectors import VectorFile

_LINE_COLUMNS = 7

NO_ALLERGENS = "none"
"""What stands for allergens where the shop states that there are none."""


class Companion(NamedTuple):
    """An item often bought together with another."""

    item_no: int
    other_no: int
    together: int
    """Baskets that hold both."""
    of: int
    """Baskets that hold `item_no`."""
    lift: float
    """How many times more often together than by chance."""


class PackReader:
    """Everything the counter reads of a pack. One reader a thread.

    Args:
        pack: opened, with its hashes checked.
    """

    def __init__(self, pack: Pack) -> None:
        self.pack = pack
        self._db = pack.db

    @cached_property
    def newer(self) -> PackReader | None:
        """The newest pack here, where this older one is in use again: what members said and withdrew since is in it.

        None where this is the newest, or the newest cannot be opened.
        """
        home = self.pack.folder.parents[1]
        names = generation_names(home)
        if not names or names[0] <= self.pack.generation:
            return None
        with suppress(ClerkError):
            return PackReader(open_generation(home, names[0]))
        return None

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """One read transaction: what is read inside belongs together."""
        self._db.execute("BEGIN")
        try:
            yield
        finally:
            self._db.execute("COMMIT")

    @cached_property
    def events(self) -> MemberEventReader:
        """Member events of all counters, up to the night that built this pack."""
        return MemberEventReader(self.pack)

    @cached_property
    def facts(self) -> dict[str, str]:
        """Facts of the whole pack: store, store_id, currency, built_at, data_until, counts, demo card."""
        return {str(key): str(value) for key, value in self._rows(sql.FACTS)}

    @cached_property
    def models(self) -> dict[str, object]:
        """Learned models by name; a model that is no JSON counts as absent."""
        found: dict[str, object] = {}
        for name, text in self._rows(sql.MODELS):
            try:
                found[str(name)] = json.loads(text)
            except ValueError:
                continue
        return found

    def cards_by_code(self, code: str) -> tuple[Card, ...]:
        """Cards with this code, however it is spelt; several members may have it."""
        form = card_form(code)
        if self._lacks_card_forms:
            return tuple(_card(row) for row in self._rows(sql.CARDS_BY_CODE_WITHOUT_FORMS, code, form))
        return tuple(_card(row) for row in self._rows(sql.CARDS_BY_CODE, code, form, form))

    def member_no(self, member_id: str) -> int | None:
        """The row number of a member in this pack; None when the pack does not have the id."""
        row = self._db.execute(sql.MEMBER_NO, (member_id,)).fetchone()
        return None if row is None else int(row[0])

    def member(self, member_no: int) -> Member:
        """A member by row number.

        Raises:
            UnknownMember: there is no such row.
        """
        row = self._db.execute(sql.MEMBER, (member_no,)).fetchone()
        if row is None:
            raise UnknownMember("The store data has no such member.", "Scan the card again, or search by name.")
        return Member(*row)

    def member_facts(self, member_no: int) -> MemberFacts:
        """A member with cards, consents, history and tier.

        Raises:
            UnknownMember: there is no such row.

        Cost: two range reads; 4,000 line items take about 4 ms.
        """
        member = self.member(member_no)
        return MemberFacts(
            member=member,
            cards=tuple(_card(row) for row in self._rows(sql.CARDS_OF_MEMBER, member_no)),
            consents=self._consents_of(member),
            history=self._history(member_no),
            privileges=self.privileges(member.tier),
        )

    def foreign_amounts(self, member_no: int) -> dict[str, tuple[str, int]]:
        """Line reference -> currency and total in its minor units, of lines in another currency than the store's.

        To be asked only about a member with a line whose flags say so: other packs have no such table.
        """
        rows = self._rows(sql.FOREIGN_AMOUNTS, member_no)
        return {f"{basket_id}:{line_no}": (currency, total) for basket_id, line_no, currency, total in rows}

    @property
    def nobody(self) -> MemberFacts:
        """Facts of a member without purchases, for a member whom the pack does not have yet."""
        return MemberFacts(Member(0, "", ""), (), (), self._history(0))

    def consents(self, member_no: int) -> tuple[Consent, ...]:
        """Consent events of a member from the shop's own system, those that newer data brought included."""
        return self._consents_of(self.member(member_no)) if self.newer is not None else self._consents(member_no)

    def _consents_of(self, member: Member) -> tuple[Consent, ...]:
        own = self._consents(member.member_no)
        if self.newer is None or (number := self.newer.member_no(member.member_id)) is None:
            return own
        return tuple(dict.fromkeys((*own, *self.newer._consents(number))))

    def _consents(self, member_no: int) -> tuple[Consent, ...]:
        return tuple(chain.from_iterable(map(_consent, self._rows(sql.CONSENTS, member_no))))

    def quiet_since(self, at: int) -> tuple[str, ...]:
        """Ids of members without a purchase since a wall second."""
        return tuple(str(member_id) for (member_id,) in self._rows(sql.QUIET_MEMBERS, at))

    def addresses(self) -> Iterator[tuple[str, str, str]]:
        """Member id, e-mail address and phone number of everybody who has one. Cost: reads all members."""
        yield from self._db.execute(sql.ADDRESSES)

    def people(self) -> Iterator[tuple[str, str, str, str]]:
        """Member id, name, phone number and e-mail address of everybody. Cost: reads all members."""
        yield from self._db.execute(sql.PEOPLE)

    def active_cards(self) -> Iterator[tuple[str, str]]:
        """Code and member id of every card in use. Cost: reads all cards."""
        yield from self._db.execute(sql.ACTIVE_CARDS)

    def privileges(self, tier: str) -> tuple[str, ...]:
        """What a tier means in the shop's own words, as valid on the day of the build."""
        if not tier:
            return ()
        day = int(self.facts.get("built_at", "0")) // DAY_S * DAY_S
        return tuple(str(text) for (text,) in self._rows(sql.PRIVILEGES, tier, day))

    def items(self, nos: Iterable[int]) -> dict[int, Item]:
        """Items by number; numbers that do not exist are left out."""
        return {
            row[0]: _item(row)
            for row in self._rows(sql.ITEMS_WITHOUT_AUDIENCE if self._lacks_audience else sql.ITEMS, _json(nos))
        }

    def goes_with(self) -> dict[int, tuple[int, ...]]:
        """What goes with what, as the shop says: item_no -> item_nos."""
        if self._lacks_audience:
            return {}
        stated = {int(no): _parts(text) for no, text in self._rows(sql.GOES_WITH)}
        numbers = self.item_nos({sku for skus in stated.values() for sku in skus}) if stated else {}
        return {no: tuple(numbers[sku] for sku in skus if sku in numbers) for no, skus in stated.items()}

    def items_alike(self) -> list[tuple[Item, list[int]]]:
        """Items still sold that state the same allergens, diets and age: what they state, and their numbers."""
        found = self._rows(sql.ITEMS_ALIKE_WITHOUT_AUDIENCE if self._lacks_audience else sql.ITEMS_ALIKE)
        alike = []
        for allergens, diets, aged, numbers in found:
            has_none = allergens == NO_ALLERGENS
            listed = () if has_none else _parts(allergens)
            stated = Item(
                0, "", "", age_restricted=bool(aged), allergens=listed, no_allergens=has_none, diets=_parts(diets)
            )
            alike.append((stated, json.loads(numbers)))
        return alike

    def item_nos(self, skus: Iterable[str]) -> dict[str, int]:
        """Item numbers by SKU; unknown SKUs are left out."""
        return {str(sku): int(no) for sku, no in self._rows(sql.ITEM_NOS, json.dumps(list(skus)))}

    def item_nos_by_code(self, code: str) -> tuple[int, ...]:
        """Items whose SKU or GTIN is this code; a GTIN also matches in groups, and without its leading zeros."""
        found = [int(no) for (no,) in self._rows(sql.ITEM_NO_BY_SKU, code)]
        code = card_form(code)
        if code.isdigit() and code.isascii() and 8 <= len(code) <= 14:
            bare = code.lstrip("0")
            forms = sorted({code, bare, *(bare.zfill(length) for length in (8, 12, 13, 14) if length >= len(bare))})
            found += [int(no) for (no,) in self._rows(sql.ITEM_NOS_BY_GTIN, json.dumps(forms)) if int(no) not in found]
        return tuple(found)

    def modifier_sets(self, nos: Iterable[int]) -> dict[int, tuple[Modifier, ...]]:
        """Modifiers of sets as sold, with today's price and availability; set 0 is the plain item."""
        numbers = {int(no) for no in nos}
        found: dict[int, tuple[Modifier, ...]] = {0: ()} if 0 in numbers else {}
        for no, text in self._rows(sql.MODIFIER_SETS, _json(numbers)):
            found[int(no)] = tuple(self._priced(*split_modifier(part)) for part in text.split("; "))
        return found

    def modifiers_of(self, item_no: int) -> tuple[Modifier, ...]:
        """Choices offered on an item: its own, then those of its category and the levels above it."""
        rows = self._rows(sql.MODIFIERS_OF_ITEM, item_no)
        category = self._db.execute(sql.ITEM_CATEGORY, (item_no,)).fetchone()
        if category is not None and category[0]:
            levels = category[0].split(" > ")
            paths = [" > ".join(levels[:depth]) for depth in range(1, len(levels) + 1)]
            rows += self._rows(sql.MODIFIERS_OF_CATEGORIES, json.dumps(paths))
        offered: dict[tuple[str, str], Modifier] = {}
        for group, option, price, available in rows:
            offered.setdefault((group, option), _modifier(group, option, int(price), bool(available)))
        return tuple(offered.values())

    def companions(self, nos: Iterable[int]) -> list[Companion]:
        """What is often bought together with these items, best first for each."""
        return [Companion(*row) for row in self._rows(sql.COMPANIONS, _json(nos))]

    def prepare(self) -> None:
        """Reads the choices of the shop and the words for them, so that the first scan does not pay for it."""
        _ = self._choices, self._lacks_card_forms, item_words()

    @cached_property
    def columns(self) -> ItemColumns:
        """Numbers of every item. Cost: a few MB and about 10 ms, once."""
        return load_columns(self.pack.folder / COLUMNS)

    @cached_property
    def vectors(self) -> VectorFile | None:
        """Unit vectors of items by item_no, read row by row; None in a pack without meaning.

        Raises:
            PackDamaged: the file is no array of vectors.
        """
        if VECTORS not in self.pack.manifest["files"]:
            return None
        from clerk.pack.vectors import VectorFile

        try:
            return VectorFile(self.pack.folder / VECTORS)
        except (OSError, ValueError) as problem:
            raise PackDamaged("The item vectors cannot be read.", "Run the nightly build again.") from problem

    @cached_property
    def _lacks_card_forms(self) -> bool:
        """Whether the pack was built before codes had a form in which they are compared."""
        return bool(self._rows(sql.LACKS_CARD_FORMS)[0][0])

    @cached_property
    def _lacks_audience(self) -> bool:
        """Whether the pack was built before items said whom they are for and what they are stated to be."""
        return bool(self._rows(sql.ITEMS_LACK_AUDIENCE)[0][0])

    @cached_property
    def _choices(self) -> dict[tuple[str, str], tuple[int, bool]]:
        """Price and availability of every choice anywhere; out only when it is out wherever it is offered."""
        return {
            (group.casefold(), option.casefold()): (int(price), bool(available))
            for group, option, price, available in self._rows(sql.CHOICES)
        }

    def _priced(self, group: str, option: str) -> Modifier:
        price, available = self._choices.get((group.casefold(), option.casefold()), (0, True))
        return _modifier(group, option, price, available)

    def _history(self, member_no: int) -> History:
        """A member's line items in columns, oldest basket first."""
        import numpy as np

        baskets = self._rows(sql.BASKETS, member_no)
        rows = self._rows(sql.LINES, member_no)
        flat = np.fromiter(chain.from_iterable(rows), np.int64, len(rows) * _LINE_COLUMNS)
        table = np.ascontiguousarray(flat.reshape(-1, _LINE_COLUMNS).T)
        return History(
            basket=table[0].astype(np.int32) - 1,
            line_no=table[1].astype(np.int32),
            item=table[2].astype(np.int32),
            modifier_set=table[3].astype(np.int32),
            quantity=table[4] / 1000.0,
            total_minor=table[5],
            flags=table[6].astype(np.uint8),
            basket_at=np.fromiter((at for _, at in baskets), np.int64, len(baskets)),
            basket_id=tuple(basket_id for basket_id, _ in baskets),
        )

    def _rows(self, statement: str, *values: object) -> list[Any]:
        return self._db.execute(statement, values).fetchall()


def texts_of(home: Path, name: str) -> list[tuple[int, str, str, str]]:
    """item_no, name, category and description of every item of a generation still sold, for the nightly build.

    Raises:
        PackDamaged, PackForeign: as `open_generation`.
    """
    pack = open_generation(home, name)
    try:
        return pack.db.execute(sql.ITEM_TEXTS).fetchall()
    finally:
        pack.close()


def split_modifier(text: str) -> tuple[str, str]:
    """`Group=option` apart; a text without `=` is an option without a group."""
    group, equals, option = text.partition("=")
    return (group.strip(), option.strip()) if equals else ("", group.strip())


def _modifier(group: str, option: str, price: int, available: bool) -> Modifier:
    known = group_of(group, option)
    return Modifier(known, option, price, available, item_words().option_traits(known, option))


def _json(nos: Iterable[int]) -> str:
    return json.dumps([int(no) for no in nos])


def _card(row: Sequence[Any]) -> Card:
    code, member_no, status, issued_on = row
    return Card(code, member_no, CardStatus(status), issued_on)


def _consent(row: Sequence[Any]) -> Iterator[Consent]:
    purpose, state, at, channel, wording, by = row
    yield Consent(Purpose(purpose), ConsentState(state), at, channel, wording, by)


def _item(row: Sequence[Any]) -> Item:
    (no, sku, name, description, category, brand, gtin, price, durable, sensitive, aged, allergens, variant_of,
     on_hand, shelf, counted_at, audience, diets, mention, goes_with, language) = row  # fmt: skip
    has_none = allergens == NO_ALLERGENS
    return Item(
        item_no=no,
        sku=sku,
        name=name,
        description=description,
        category=category,
        brand=brand,
        gtin=gtin,
        price_minor=price,
        durable=bool(durable),
        sensitive=bool(sensitive),
        age_restricted=bool(aged),
        allergens=() if has_none else _parts(allergens),
        no_allergens=has_none,
        variant_of=variant_of,
        on_hand=on_hand,
        shelf=shelf,
        counted_at=counted_at,
        audience=_parts(audience),
        diets=_parts(diets),
        mention=bool(mention),
        goes_with=_parts(goes_with),
        language=language,
    )


def _parts(cell: str) -> tuple[str, ...]:
    return tuple(cell.split("; ")) if cell else ()
