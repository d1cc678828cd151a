"""Members, their cards, what they agreed to, and the profile a visit works with."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from clerk.model.line_items import History


class Purpose(StrEnum):
    """What a member can agree to, one by one."""

    REMEMBER = "remember"
    SUGGEST = "suggest"
    CONTACT = "contact"


class ConsentState(StrEnum):
    """Where a purpose stands."""

    GIVEN = "given"
    WITHDRAWN = "withdrawn"
    NOT_ASKED = "not-asked"


class CardStatus(StrEnum):
    """Whether a card opens its member."""

    ACTIVE = "active"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class Member:
    """A person enrolled in the loyalty programme."""

    member_no: int
    """Row number inside this pack: 1 is the member seen most recently. Changes every night; never stored in events."""
    member_id: str
    """The shop's own id, stable for ever."""
    name: str
    given_name: str = ""
    phone: str = ""
    email: str = ""
    birthday: str = ""
    """ISO date, or `--MM-DD`, or empty."""
    joined_on: str = ""
    locale: str = ""
    home_store: str = ""
    tier: str = ""
    """Empty when the shop has no tiers."""


@dataclass(frozen=True, slots=True)
class Card:
    """What is scanned."""

    code: str
    member_no: int
    status: CardStatus = CardStatus.ACTIVE
    issued_on: str = ""


@dataclass(frozen=True, slots=True)
class Consent:
    """One consent event, from the pack or from the journal."""

    purpose: Purpose
    state: ConsentState
    at: int
    channel: str = ""
    wording: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True)
class Agreement:
    """Where one purpose stands, in words: at the counter and at the kiosk."""

    purpose: Purpose
    allowed: bool
    wording: str
    """The exact words that are agreed to."""
    version: str
    """Of these words; recorded with what is agreed to now."""
    since: str
    """`agreed on 3 Nov 2026 (counter, wording 2026-11)`."""
    ask_again: bool = False
    """Whether a yes was said after a no by somebody who had not seen it: not agreed to, but worth asking."""


@dataclass(frozen=True, slots=True, eq=False)
class MemberFacts:
    """Everything the pack knows of one member, read in one transaction."""

    member: Member
    cards: tuple[Card, ...]
    consents: tuple[Consent, ...]
    history: History
    privileges: tuple[str, ...] = ()
    """What the member's tier means today, in the shop's own words."""


HOUSE_PICK = "house"
"""Source of a suggestion that the shop itself chose."""


@dataclass(frozen=True, slots=True)
class DiscoveryMove:
    """One thing that changed what the member allows of house picks, see `clerk.visit.suggest.discovery`."""

    kind: str
    """`earned` (a suggestion was taken), `spent` (a house pick was really shown), `refused` (a house pick was)."""
    at: int
    item_no: int


@dataclass(frozen=True, slots=True, eq=False)
class Profile:
    """A member's profile: facts of the pack with every recorded event applied."""

    member: Member
    history: History
    """Only lines that had happened by now, with gift, mistake, other and struck-out flags set."""
    allowed: frozenset[Purpose]
    """Purposes agreed to. With no consent table and no event, `remember` and `suggest` are taken as agreed (the
    shop enrolled the member for that) and `contact` is not."""
    never_items: frozenset[int]
    """item_no of every item said never."""
    never_categories: frozenset[str]
    """Category paths said never (a path covers everything below it)."""
    has_it: dict[int, int]
    """item_no -> wall seconds when the member said "already have it"."""
    not_now: dict[int, int]
    """item_no -> wall seconds of the last "not now"."""
    shown: dict[int, tuple[int, int]]
    """item_no -> (times really shown and not taken since the last "took", wall seconds of the last showing)."""
    took: dict[int, int]
    """item_no -> wall seconds of the last accepted suggestion."""
    struck_categories: frozenset[str]
    allergens: frozenset[str]
    dislikes: tuple[str, ...]
    notes: tuple[str, ...]
    privileges: tuple[str, ...] = ()
    shown_at: dict[int, tuple[int, ...]] = field(default_factory=dict)
    """item_no -> wall seconds of the showings counted in `shown`, oldest first."""
    discovery: tuple[DiscoveryMove, ...] = ()
    """Oldest first."""
    ask_again: tuple[Purpose, ...] = ()
    """Purposes that one counter heard a yes to without having seen another's no: not agreed to, to be asked again."""
