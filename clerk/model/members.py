"""Members, their cards, what they agreed to, and the profile a visit works with."""

from __future__ import annotations

from collections.abc import Mapping
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
    """What one record says about a purpose."""

    GIVEN = "given"
    WITHDRAWN = "withdrawn"
    NOT_ASKED = "not-asked"


class AgreementState(StrEnum):
    """Where a purpose stands, all records taken together; see `clerk.privacy.consent`."""

    GIVEN = "given"
    JOINED = "part-of-joining"
    """Only `remember`: who joins a programme that keeps visits is remembered until they say no."""
    WITHDRAWN = "withdrawn"
    NOT_ASKED = "not-asked"
    ASK_AGAIN = "ask-again"
    """A no stands, and a yes is on record that did not know of it: not agreed to."""
    UNREAD = "unread"
    """What was said could not be read: not agreed to, and nobody may say that it was withdrawn."""


AGREED_IN_WORDS: Mapping[AgreementState, str] = {
    AgreementState.GIVEN: "agreed",
    AgreementState.JOINED: "part of joining",
    AgreementState.WITHDRAWN: "said no",
    AgreementState.NOT_ASKED: "not asked yet",
    AgreementState.ASK_AGAIN: "ask again",
    AgreementState.UNREAD: "cannot be read",
}
"""The words for it on every screen, at the kiosk and in the member export."""


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
    """`UNDATED` where the export states no date, and `at` is that of its file."""


UNDATED = "export"
"""Who recorded a consent that an export states without a date: an old file that is copied has a new date."""

DATE_UNREAD = "date unread"
"""Who recorded a no whose date cannot be read: it counts as of the night in which it first came."""


@dataclass(frozen=True, slots=True)
class PurposeNow:
    """Where one purpose of a member stands, and the record that decided it."""

    state: AgreementState
    at: int = 0
    """Wall seconds of the record; 0 where no record decided."""
    channel: str = ""
    wording: str = ""


@dataclass(frozen=True, slots=True)
class Consents:
    """Where every purpose of a member stands: the one answer that every screen, list and command goes by."""

    purposes: Mapping[Purpose, PurposeNow]
    allowed: frozenset[Purpose] = field(init=False)
    """Agreed to."""

    def __post_init__(self) -> None:
        agreed = (AgreementState.GIVEN, AgreementState.JOINED)
        found = frozenset(purpose for purpose, one in self.purposes.items() if one.state in agreed)
        object.__setattr__(self, "allowed", found)

    @classmethod
    def unread(cls) -> Consents:
        """Where the purposes stand while what was said about them cannot be read: nothing is agreed to."""
        return cls(dict.fromkeys(Purpose, PurposeNow(AgreementState.UNREAD)))

    @property
    def ask_again(self) -> tuple[Purpose, ...]:
        """What to ask again, in the order in which a member is asked."""
        return tuple(purpose for purpose in Purpose if self.state(purpose) is AgreementState.ASK_AGAIN)

    def state(self, purpose: Purpose) -> AgreementState:
        """Where a purpose stands."""
        return self.purposes[purpose].state


@dataclass(frozen=True, slots=True)
class Agreement:
    """Where one purpose stands, in words: at the counter and at the kiosk."""

    purpose: Purpose
    state: AgreementState
    wording: str
    """The exact words that are agreed to."""
    version: str
    """Of these words; recorded with what is agreed to now."""
    since: str
    """`on 3 Nov 2026 (counter, wording 2026-11)`, to follow the state's words; empty where nothing is on record."""

    @property
    def allowed(self) -> bool:
        """Whether it is agreed to."""
        return self.state in (AgreementState.GIVEN, AgreementState.JOINED)

    @property
    def is_open(self) -> bool:
        """Whether it is for the member to say yes or no: who said no is not asked again."""
        return self.state in (AgreementState.NOT_ASKED, AgreementState.ASK_AGAIN)


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
    consents: Consents
    """Where the purposes stand."""
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

    @property
    def allowed(self) -> frozenset[Purpose]:
        """Purposes agreed to."""
        return self.consents.allowed


class PairState(StrEnum):
    """What was decided about two member ids."""

    ONE = "one"
    """One person."""
    APART = "apart"
    """Two persons: not asked again."""
    OPEN = "open"
    """Neither: an earlier decision was taken back."""


@dataclass(frozen=True, slots=True)
class Duplicate:
    """Two member ids that may be one person."""

    why: str
    """What speaks for it, in a few words."""
    ids: tuple[str, str]
    names: tuple[str, str]
    hints: tuple[str, str]
    """Ends of their phone numbers."""


@dataclass(frozen=True, slots=True)
class Duplicates:
    """Pairs of member ids for the manager."""

    undecided: tuple[Duplicate, ...]
    merged: tuple[Duplicate, ...]
    """Taken for one person."""
