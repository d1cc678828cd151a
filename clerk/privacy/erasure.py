"""Who asked to be forgotten, wholly or in part, and what that leaves: known by keyed hashes, without names.

In: erasures, which say whom they are about by HMAC-SHA256 under the shop's own key, and a member id. Out: which events
and line items still count. Everything that is later than an erasure needs a reason of its own: an enrolment after it.
What is deleted, and where, is decided elsewhere; these rules say what may be read, at once and on every device.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from enum import StrEnum
from hashlib import sha256

import numpy as np

from clerk.clock import DAY_S, from_datetime, parse_at, to_datetime
from clerk.errors import SettingsError
from clerk.model import Event, EventKind, History, LineFlag, Member, MemberFacts

REDACTED = '{"redacted":true}'
"""What stands in place of a payload that was deleted; the event's member id is then empty."""


class Scope(StrEnum):
    """What an erasure takes away."""

    ALL = "all"
    """Everything, for good: only who enrols again afterwards is known again, from then on."""
    EXPIRED = "expired"
    """Everything up to then, because nothing happened for so long; who comes back is known from then on."""
    NOTES = "notes"
    """What the member stated: notes, allergens, dislikes."""
    PURCHASES = "purchases"
    """Line items up to then, and what was said about them."""
    CONTACT = "contact"
    """Name, phone, e-mail and birthday, until they are given anew."""


WHOLE = (Scope.ALL, Scope.EXPIRED)
_OF_PURCHASES = (EventKind.MARK, EventKind.STRIKE, EventKind.SHOWN, EventKind.ANSWER, EventKind.VISIT_OPENED,
                 EventKind.VISIT_ENDED)  # fmt: skip
KINDS_OF: Mapping[Scope, tuple[EventKind, ...]] = {
    Scope.NOTES: (EventKind.FACT,),
    Scope.PURCHASES: _OF_PURCHASES,
    Scope.CONTACT: (EventKind.MEMBER,),
}
"""Kinds of event that go with a part; those of the whole are all."""
_DETAILS = ("given_name", "phone", "email", "birthday")
_STALE_S = 62 * DAY_S
"""How far a clock may be ahead of the newest line before it is not believed."""


@dataclass(frozen=True, slots=True)
class Erasure:
    """One wish to be forgotten, as it is known everywhere."""

    tombstone: str
    """Keyed hash of the member id."""
    scope: Scope
    at: int
    """Wall seconds."""
    hlc: int = 0
    """Its place among the events of all devices: what is later was said by somebody who is known again."""
    addresses: tuple[str, ...] = ()
    """Keyed hashes of e-mail address, phone number and cards."""

    def as_json(self) -> dict[str, object]:
        """As receipts and packs carry it."""
        return {"tombstone": self.tombstone, "scope": self.scope.value, "at": self.at, "hlc": self.hlc,
                "addresses": list(self.addresses)}  # fmt: skip


def erasure_of(said: Mapping[str, object], at: object = None, hlc: object = None) -> Erasure | None:
    """An erasure out of the payload of an event, or out of what `as_json` gave; None where it is none."""
    tombstone, addresses = said.get("tombstone"), said.get("addresses", ())
    at, hlc = said.get("at") if at is None else at, said.get("hlc", 0) if hlc is None else hlc
    try:
        scope = Scope(str(said.get("scope", Scope.ALL)))
    except ValueError:
        # A newer Clerk erased something that is not known here: nothing of the member is the safe reading.
        scope = Scope.ALL
    if not isinstance(tombstone, str) or not tombstone or type(at) is not int or type(hlc) is not int:
        return None
    known = tuple(one for one in addresses if isinstance(one, str)) if isinstance(addresses, list | tuple) else ()
    return Erasure(tombstone, scope, at, hlc, known)


def tombstone_of(key: bytes, kind: str, value: str) -> str:
    """The keyed hash that stands for a value.

    Args:
        key: of the shop.
        kind: `member`, `email`, `phone` or `card`.
        value: e-mail addresses and phone numbers as `address_form` writes them.
    """
    return hmac.new(key, f"{kind}\0{value}".encode("utf-8", "surrogatepass"), sha256).hexdigest()


def address_form(kind: str, value: str) -> str:
    """An address as it is compared: e-mail in lower case, of a phone number its digits; empty for none."""
    if kind == "phone":
        digits = "".join(letter for letter in value if letter.isascii() and letter.isdigit())
        # 0664 123 and +43 664 123 are one number; its end tells it from all others in one shop.
        return digits[-9:] if len(digits) >= 6 else ""
    return value.strip().casefold()


class Erasures:
    """All erasures that are known here.

    Args:
        keys: of the shop; more than one only where a device forgot somebody before it had the shop's own.
        found: in any order, the same ones as often as they like.
    """

    def __init__(self, keys: Iterable[bytes] = (), found: Iterable[Erasure] = ()) -> None:
        self.keys = tuple(dict.fromkeys(keys))
        self._of: dict[str, list[Erasure]] = {}
        self._asked: dict[str, tuple[Erasure, ...]] = {}
        for one in found:
            self.add(one)

    def __bool__(self) -> bool:
        return bool(self._of)

    def __len__(self) -> int:
        return sum(map(len, self._of.values()))

    def add(self, one: Erasure) -> None:
        """One more; of the same one known twice, the copy with a place among the events."""
        known = self._of.setdefault(one.tombstone, [])
        for at, other in enumerate(known):
            if (other.scope, other.at) == (one.scope, one.at):
                known[at] = replace(other, hlc=max(one.hlc, other.hlc), addresses=other.addresses or one.addresses)
                break
        else:
            known.append(one)
        self._asked.clear()

    def everything(self) -> list[Erasure]:
        """All of them, oldest first."""
        return sorted((one for those in self._of.values() for one in those), key=lambda e: (e.at, e.tombstone, e.scope))

    def of(self, member_id: str) -> tuple[Erasure, ...]:
        """What a member asked to be forgotten, oldest first. Cost: 3 µs a key where anybody was ever forgotten."""
        if not self._of or not member_id:
            return ()
        if (known := self._asked.get(member_id)) is None:
            hashes = [tombstone_of(key, "member", member_id) for key in self.keys]
            known = tuple(sorted((e for one in hashes for e in self._of.get(one, ())), key=lambda e: e.at))
            self._asked[member_id] = known
        return known

    def addresses(self) -> dict[str, int]:
        """Keyed hash of an address of somebody wholly forgotten -> when."""
        found: dict[str, int] = {}
        for one in self.everything():
            if one.scope is Scope.ALL:
                found |= dict.fromkeys(one.addresses, one.at)
        return found

    def whole(self, member_id: str) -> Erasure | None:
        """The latest erasure of everything, if there is one."""
        return next((one for one in reversed(self.of(member_id)) if one.scope in WHOLE), None)

    def events(self, member_id: str, events: Sequence[Event]) -> tuple[Event, ...]:
        """The member's events that may still be read, in their order."""
        if not (erased := self.of(member_id)):
            return tuple(events)
        again = known_again(erased, events)
        kept = (event for event in events if not self.takes(erased, event, again))
        return tuple(_without_contact(erased, event) for event in kept)

    def known_again(self, member_id: str, events: Iterable[Event]) -> int | None:
        """See the function of this name."""
        return known_again(self.of(member_id), events)

    @staticmethod
    def takes(erased: Sequence[Erasure], event: Event, known_again: int | None) -> bool:
        """Whether an event is gone: `known_again` is where the member enrolled after everything was forgotten."""
        for one in erased:
            if one.scope is Scope.ALL:
                if known_again is None or event.hlc < known_again:
                    return True
            elif event.hlc <= one.hlc and one.scope is not Scope.CONTACT:
                kinds = KINDS_OF.get(one.scope)
                if kinds is None or event.kind in kinds:
                    return True
        return False

    def facts(self, facts: MemberFacts, events: Sequence[Event]) -> MemberFacts | None:
        """What may still be read of what the pack knows of a member; None when nothing may.

        Args:
            facts: as the pack has them, which may be older than the erasure.
            events: of the member, before `events` took any away.
        """
        erased = self.of(facts.member.member_id)
        if not erased:
            return facts
        whole = next((one for one in reversed(erased) if one.scope in WHOLE), None)
        if whole is not None:
            later = any(event.hlc > whole.hlc for event in events if event.kind is not EventKind.ERASED)
            returned = whole.scope is Scope.EXPIRED and (later or bool((facts.history.basket_at > whole.at).any()))
            joined = joined_after(facts.member.joined_on, whole.at)
            enrolled = whole.scope is Scope.ALL and known_again(erased, events) is not None
            if not (returned or joined or enrolled):
                return None
            # What the pack says of the person was said before, unless the shop's own system enrolled them again.
            member = facts.member if joined or returned else nameless(facts.member)
            cards = facts.cards if joined or returned else ()
            consents = tuple(one for one in facts.consents if one.at > whole.at)
            facts = replace(facts, member=member, cards=cards, consents=consents, privileges=())
        until = max((one.at for one in erased if one.scope in (*WHOLE, Scope.PURCHASES)), default=None)
        if until is not None:
            facts = replace(facts, history=since(facts.history, until))
        if any(one.scope is Scope.CONTACT for one in erased):
            facts = replace(facts, member=nameless(facts.member))
        return facts


def joined_after(joined_on: str, at: int) -> bool:
    """Whether the shop's own system enrolled somebody on a later day than they were forgotten."""
    return joined_on[:10] > f"{to_datetime(at):%Y-%m-%d}"


def nameless(member: Member) -> Member:
    """The member without what says who it is; called by the shop's own id."""
    return replace(member, name=member.member_id, given_name="", phone="", email="", birthday="")


def since(history: History, at: int) -> History:
    """The line items after a moment."""
    if not len(history.basket_at) or int(history.basket_at.min()) > at:
        return history
    kept_baskets = history.basket_at > at
    number = np.cumsum(kept_baskets) - 1
    kept = kept_baskets[history.basket]
    return History(
        basket=number[history.basket[kept]].astype(history.basket.dtype),
        line_no=history.line_no[kept],
        item=history.item[kept],
        modifier_set=history.modifier_set[kept],
        quantity=history.quantity[kept],
        total_minor=history.total_minor[kept],
        flags=history.flags[kept],
        basket_at=history.basket_at[kept_baskets],
        basket_id=tuple(one for one, keep in zip(history.basket_id, kept_baskets.tolist(), strict=True) if keep),
    )


def last_activity(history: History, events: Sequence[Event], joined_on: str = "") -> int | None:
    """When a member last bought or said something, in wall seconds; None when nothing says."""
    bought = history.basket_at[history.basket[(history.flags & np.uint8(LineFlag.STRUCK)) == 0]]
    times = [int(bought.max())] if len(bought) else []
    times += [event.at for event in events if event.kind not in (EventKind.ACCESS, EventKind.ERASED)]
    if not times and joined_on:
        with suppress(SettingsError):
            times.append(parse_at(joined_on[:10]))
    return max(times, default=None)


def expires_before(now: int, data_until: int, keep_months: int) -> int:
    """Wall second before which the last activity lies of whom nothing is kept any more.

    Counted back from the newest line of the data where the clock is far ahead of it: a clock that is wrong by years,
    or data that nobody has delivered for years, must not delete everybody in one night.
    """
    until = to_datetime(min(now, data_until + _STALE_S) if data_until else now)
    months = until.year * 12 + until.month - 1 - keep_months
    # The first of the month: whoever was here in it counts as later.
    return from_datetime(until.replace(year=months // 12, month=months % 12 + 1, day=1, hour=0, minute=0, second=0))


def known_again(erased: Sequence[Erasure], events: Iterable[Event]) -> int | None:
    """Place of the first enrolment after everything was forgotten; None without one."""
    place = max((one.hlc for one in erased if one.scope is Scope.ALL), default=None)
    if place is None:
        return 0
    told = (e for e in events if e.kind is EventKind.MEMBER and enrols(e.payload))
    return min((e.hlc for e in told if e.hlc > place), default=None)


def enrols(said: Mapping[str, object]) -> bool:
    """Whether an event of kind MEMBER enrols somebody, by its payload.

    A detail corrected where it was not known yet that the member is forgotten enrols nobody again. An enrolment names
    the member; one whose name was taken away says nothing at all.
    """
    return "name" in said or not any(detail in said for detail in _DETAILS)


def _without_contact(erased: Sequence[Erasure], event: Event) -> Event:
    """That somebody was enrolled stays; who it was does not."""
    if event.kind is EventKind.MEMBER and any(e.scope is Scope.CONTACT and event.hlc <= e.hlc for e in erased):
        return replace(event, payload={})
    return event
