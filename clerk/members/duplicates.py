"""Who may be one person under two member ids, or share a card: a list for the manager, who decides.

Three things make a pair: an active card of both; a phone number or e-mail address of both with names that are nearly
equal; one id in two spellings. What a manager has decided about a pair is not asked again.

Cost: reads all members, a few seconds a million; never for a visit.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from itertools import combinations

from clerk.cards import code as own_codes
from clerk.identifiers.card_codes import card_form
from clerk.identifiers.damaged import damage
from clerk.members.events_everywhere import EventsEverywhere
from clerk.members.readable import ReadableMembers
from clerk.model import CardStatus, Duplicate, Duplicates, EventKind, Member, PairState, Purpose
from clerk.pack.fold import folded
from clerk.pack.read import PackReader
from clerk.phone import country_in, digits_of, same, tail_of

_NEAR = 85
"""Likeness of two names, of 100, from which they may be one: a slip or two, or turned round."""
_SHARED_BY_MANY = 6
"""Holders of one card that are looked at."""
_LOOKED_AT = 50
"""People with one address, or one end of a phone number, beyond which it says nothing about who is whom."""
_HINT_DIGITS = 4

_Person = tuple[str, str, str, str]
"""Id, name, phone, e-mail."""


def find_duplicates(reader: PackReader, events: EventsEverywhere, members: ReadableMembers) -> Duplicates:
    """The pairs to decide about, and those that were taken for one person.

    Args:
        reader: the pack.
        events: of all counters, over the same pack.
        members: what may be read of them.

    Raises:
        ClerkError: the journal cannot be read: it is not known who was forgotten.
    """
    events.catch_up()
    pairs = events.pairs
    people = {one[0]: one for one in _people(reader, events, members)}
    found: dict[frozenset[str], str] = {}
    for why, one, other in _alike(people, reader, events):
        two = frozenset((one, other))
        is_open = pairs.decided.get(two, PairState.OPEN) is PairState.OPEN and pairs.first(one) != pairs.first(other)
        if is_open and two not in found and all(Purpose.REMEMBER in members.allowed(each) for each in two):
            found[two] = why
    return Duplicates(
        tuple(_pair(people, sorted(two), why) for two, why in found.items()),
        tuple(
            _pair(people, list(two), "taken for one person")
            for two in sorted(map(sorted, (two for two, state in pairs.decided.items() if state is PairState.ONE)))
        ),
    )


def _people(reader: PackReader, events: EventsEverywhere, members: ReadableMembers) -> Iterator[_Person]:
    """Everybody in the pack, with corrections made at counters, and whom counters enrolled since."""
    now = {one: members.member(one) for one in events.named_at_counters() if len(members.ids(one)) == 1}
    for member_id, name, phone, email in reader.people():
        if events.erasures.of(member_id):
            # Something of them was erased since the pack was built.
            now.setdefault(member_id, members.member(member_id))
        elif member_id not in now:
            yield member_id, name, phone, email
    yield from (_person(member) for member in now.values() if member is not None)


def _person(member: Member) -> _Person:
    return member.member_id, member.name, member.phone, member.email


def _alike(
    people: dict[str, _Person], reader: PackReader, events: EventsEverywhere
) -> Iterator[tuple[str, str, str]]:  # fmt: skip
    """Why, and two ids; the surest first."""
    holders: dict[str, dict[str, bool]] = defaultdict(dict)
    for code, member_id in reader.active_cards():
        holders[card_form(code)][member_id] = True
    for event in sorted(events.since(0, {EventKind.CARD}), key=lambda one: (one.hlc, one.device, one.seq)):
        stands = event.payload.get("status") == CardStatus.ACTIVE
        holders[card_form(str(event.payload.get("code", "")))][event.member_id] = stands
    for code, of in holders.items():
        held = sorted(who for who, stands in of.items() if stands and who in people)
        yield from (
            (f"both have the card {own_codes.tail(code)}", *two) for two in combinations(held[:_SHARED_BY_MANY], 2)
        )
    for spelt in _grouped(people.values(), lambda one: card_form(one[0]).lstrip("0")):
        yield from (("one id in two spellings", one[0], other[0]) for one, other in combinations(spelt, 2))
    for lot in _grouped(people.values(), lambda one: one[3].strip().casefold() if not damage(one[3], "email") else ""):
        yield from (("the same e-mail", *two) for two in _near_in_name(lot))
    country = country_in(reader.facts)
    for lot in _grouped(people.values(), lambda one: tail_of(one[2]) if not damage(one[2], "phone") else ""):
        for one, other in _near_in_name(lot):
            if same(people[one][2], people[other][2], country):
                yield "the same phone number", one, other


def _grouped(people: Iterable[_Person], key: Callable[[_Person], str]) -> Iterator[list[_Person]]:
    """People of one key, without keys that too many share."""
    lots: dict[str, list[_Person]] = defaultdict(list)
    for one in people:
        if text := key(one):
            lots[text].append(one)
    return (sorted(lot) for lot in lots.values() if 1 < len(lot) <= _LOOKED_AT)


def _near_in_name(lot: list[_Person]) -> Iterator[tuple[str, str]]:
    """Ids of two whose names are nearly equal, or of whom one has none."""
    # Imported with the first such pair: 20 ms that no start should pay.
    from rapidfuzz import fuzz

    for one, other in combinations(lot, 2):
        names = folded(one[1]), folded(other[1])
        if not all(names) or fuzz.token_sort_ratio(*names) >= _NEAR:
            yield one[0], other[0]


def _pair(people: dict[str, _Person], ids: list[str], why: str) -> Duplicate:
    one, other = (people.get(member_id, (member_id, "", "", "")) for member_id in ids)
    return Duplicate(why, (one[0], other[0]), (one[1], other[1]), (_hint(one[2]), _hint(other[2])))


def _hint(phone: str) -> str:
    """At most the end of a phone number."""
    digits = digits_of(phone)
    return f"····{digits[-_HINT_DIGITS:]}" if len(digits) > _HINT_DIGITS + 1 else ""
