"""Who asked to be forgotten, wholly or in part: known by keyed hashes, without names.

In: erasures, which say whom they are about by HMAC-SHA256 under the shop's own key, and a member id. Out: the erasures
of that member. Which events they take is decided in `clerk.privacy.which_events`, what else may still be read in
`clerk.privacy.readable`.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from hashlib import sha256

from clerk import phone
from clerk.clock import DAY_S, from_datetime, to_datetime


class Scope(StrEnum):
    """What an erasure takes away."""

    ALL = "all"
    """Everything, for good: only who enrols again afterwards is known again, from then on."""
    EXPIRED = "expired"
    """Everything up to then, because nothing happened for so long; who comes back is known from then on,
    or, after an erasure for good, who enrols again."""
    NOTES = "notes"
    """What the member stated: notes, allergens, dislikes."""
    PURCHASES = "purchases"
    """Line items up to then, and what was said about them."""
    CONTACT = "contact"
    """Name, phone, e-mail and birthday, until they are given anew."""


WHOLE = (Scope.ALL, Scope.EXPIRED)
"""What takes all that there is of a member; the others are parts."""

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
        value: e-mail addresses and phone numbers as `kept_forms` writes them.
    """
    return hmac.new(key, f"{kind}\0{value}".encode("utf-8", "surrogatepass"), sha256).hexdigest()


def kept_forms(kind: str, value: str, country: str) -> tuple[str, ...]:
    """The forms of an address that get tombstones: e-mail in lower case, phone numbers by `clerk.phone`.

    Args:
        kind: `email` or `phone`.
        value: as it was written.
        country: of the shop; empty where it is unknown.
    """
    if kind == "phone":
        return number.kept if (number := phone.read(value, country)) is not None else ()
    return (form,) if (form := value.strip().casefold()) else ()


def asked_forms(kind: str, value: str, country: str) -> tuple[str, ...]:
    """The forms of an address by which its tombstones are looked for; arguments as `kept_forms`."""
    if kind != "phone":
        return kept_forms(kind, value, country)
    if (number := phone.read(value, country)) is None:
        return ()
    # Tombstones of homes before `clerk.phone` were made of the last nine digits.
    digits = "".join(letter for letter in value if letter.isascii() and letter.isdigit())
    return (*number.asked, digits[-9:])


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
        """Keyed hash of an address of an erased member -> when."""
        found: dict[str, int] = {}
        for one in self.everything():
            if one.scope is Scope.ALL:
                found |= dict.fromkeys(one.addresses, one.at)
        return found

    def whole(self, member_id: str) -> Erasure | None:
        """The latest erasure of everything, if there is one."""
        return next((one for one in reversed(self.of(member_id)) if one.scope in WHOLE), None)

    def hides_contact(self, member_id: str) -> bool:
        """Whether the shop's own name, phone, e-mail and birthday of a member may not be shown any more."""
        return any(one.scope is Scope.CONTACT for one in self.of(member_id))


def joined_after(joined_on: str, at: int) -> bool:
    """Whether the shop's own system enrolled somebody on a later day than they were forgotten."""
    return joined_on[:10] > f"{to_datetime(at):%Y-%m-%d}"


def expires_before(now: int, data_until: int, keep_months: int) -> int:
    """Wall second before which the last activity lies of whom nothing is kept any more.

    Counted back from the newest line of the data where the clock is far ahead of it: a clock that is wrong by years,
    or data that nobody has delivered for years, must not delete everybody in one night.
    """
    until = to_datetime(min(now, data_until + _STALE_S) if data_until else now)
    months = until.year * 12 + until.month - 1 - keep_months
    # The first of the month: whoever was here in it counts as later.
    return from_datetime(until.replace(year=months // 12, month=months % 12 + 1, day=1, hour=0, minute=0, second=0))
