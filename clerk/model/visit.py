"""A visit: from a scan to the one frozen card that is drawn."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from clerk.model.items import Item, Modifier
from clerk.model.members import Consents, Member, Purpose
from clerk.model.shop import Notice


class ScanKind(StrEnum):
    """What a scan or a typed text turned out to be."""

    MEMBER_CARD = "member-card"
    """One of Clerk's own 24-letter codes, check letters right."""
    OTHER_CODE = "other-code"
    """Any other code: a foreign loyalty number, a GTIN, a URL. The `cards` and `items` tables decide."""
    PARTIAL = "partial"
    """Looks like an own code but is cut or its check letters are wrong: opens nobody."""
    TEXT = "text"
    """Typed words: a name, the end of a phone number."""


@dataclass(frozen=True, slots=True)
class ScannedCode:
    """Keystrokes, understood."""

    kind: ScanKind
    text: str
    """Cleaned: AIM prefix, suffix keys and surrounding blanks removed; own codes upper-case without spaces."""


@dataclass(frozen=True, slots=True)
class Nobody:
    """The scan opens nobody, and this is why."""

    code: str
    """Error code of the same meaning (`E220`, `E223`, `E224`)."""
    what: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Several:
    """More than one member matches; a person chooses."""

    member_ids: tuple[str, ...]


class UsualState(StrEnum):
    """How sure we are of the usual."""

    USUAL = "usual"
    """Earned: may be read aloud as "the usual?"."""
    OFTEN = "often"
    """True more often than not, but not enough to say "the usual"."""
    NOT_YET = "not-yet"
    """Too little, or nothing repeats: `why` says which."""


@dataclass(frozen=True, slots=True)
class UsualLine:
    """One line to read aloud."""

    item: Item
    modifiers: tuple[Modifier, ...]
    quantity: int
    seen: int
    """In how many of the last `of` baskets."""
    of: int
    missing: tuple[str, ...] = ()
    """What stands in the way today, in words: `oat milk is out`, `contains almond.` of a stated allergen."""
    instead: str = ""
    """What to offer for the missing part, or empty."""
    level: str = "line"
    """At which level it is true: `line` (with these modifiers), `item` (made differently each time) or `kind`."""
    kind: str = ""
    """Name of the item type when it is true at that level only; `item` is then the member's most frequent of it."""
    item_seen: int = 0
    """Narrower than `seen`: at level `kind` in how many of those baskets the item itself was, at level `item` in how
    many with these modifiers."""


@dataclass(frozen=True, slots=True)
class Usual:
    """What the member mostly takes, and what they took last time."""

    state: UsualState
    lines: tuple[UsualLine, ...]
    last_time: tuple[UsualLine, ...]
    last_at: int | None
    same_as_last: bool
    why: str
    """One line: `7 of the last 10 visits`, of several lines each by name, or why there is none yet."""
    changed: str = ""
    """What is made differently than before: `Flat white: since 12 Aug with oat milk, before with whole milk`."""


class DueState(StrEnum):
    """How far through its own interval an item is."""

    SOON = "soon"
    DUE = "due"
    OVERDUE = "overdue"


@dataclass(frozen=True, slots=True)
class Due:
    """A consumable that comes back at the member's own interval."""

    item: Item
    state: DueState
    every_days: float
    last_days_ago: float
    probability: float
    """Chance that it is bought within 14 days."""
    why: str
    note: str = ""
    """What stands in the way today: `out today → offer House beans 1 kg`."""
    last_at: int = 0
    """Wall seconds of the purchase that `last_days_ago` counts from."""


class Gate(StrEnum):
    """Each reason for silence, by its name."""

    NOT_HERE = "not here today"
    THE_ITEM_ITSELF = "the item itself, or a variant of it"
    JUST_BOUGHT = "just bought"
    DURABLE_AT_REST = "durable, bought already"
    HAS_IT = "already has it"
    SATISFIED = "need satisfied for now"
    NEVER = "said never"
    NEVER_CATEGORY = "said never to the category"
    NOT_NOW = "said not now"
    IGNORED = "shown and passed over"
    NOT_TASTE = "gift, mistake or for someone else"
    ONE_OFF = "bought only once"
    ALLERGEN = "contains what the member must not have"
    DISLIKED = "the member dislikes it"
    SENSITIVE = "sensitive category"
    UNMENTIONED = "not a thing to mention"
    AUDIENCE = "for somebody else"
    DIET = "has something that they seem to avoid"
    NO_OPT_IN = "suggestions not agreed to"
    STRUCK_OUT = "struck out by the member"
    BUDGET = "house picks not earned"
    NOT_GOOD_ENOUGH = "not good enough"


@dataclass(frozen=True, slots=True)
class Reason:
    """Why, in one true line, and the evidence behind it."""

    line: str
    evidence: tuple[str, ...] = ()
    """Facts a person can check, one a line: dates, counts, line references."""
    rests_on: str = ""
    """SKU of the item whose purchases speak here, empty when none do. "Do not use this" strikes them out."""
    lines: tuple[str, ...] = ()
    """The newest of those purchases as line references `BASKET:LINE_NO`, newest first, at most three."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One thing worth mentioning here today."""

    item: Item
    score: float
    source: str
    """Where it comes from: `company`, `owners`, `goes-with`, `house`."""
    reason: Reason


@dataclass(frozen=True, slots=True)
class Withheld:
    """A candidate that was not shown."""

    item: Item
    gate: Gate
    detail: str


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One past line item as a person reads it."""

    line: str
    """Line reference `BASKET:LINE_NO`, as `clerk mark` takes it."""
    at: int
    item: Item
    modifiers: tuple[Modifier, ...]
    quantity: float
    mark: str = ""
    """gift, mistake, other, return, or empty."""


@dataclass(frozen=True, slots=True)
class VisitCard:
    """Everything one member screen draws. Made once, never changed; an answer makes a new one."""

    visit_id: str
    at: int
    """Wall seconds at which it was computed."""
    member: Member
    card_hint: str
    """The end of the card's code, `····4471`, or empty."""
    consents: Consents
    """Where the purposes stand."""
    baskets: int
    """Baskets that say something about taste."""
    last_at: int | None
    """Wall seconds of the latest basket before now that is not struck out."""
    usual: Usual
    due: tuple[Due, ...]
    suggestions: tuple[Suggestion, ...]
    silence: tuple[str, ...]
    """One sentence for each empty slot of three: why nothing is said."""
    withheld: tuple[Withheld, ...] = ()
    history: tuple[HistoryLine, ...] = ()
    """The latest line items, newest first, at most 40."""
    notes: tuple[str, ...] = ()
    privileges: tuple[str, ...] = ()
    answers: dict[str, str] = field(default_factory=dict)
    """SKU -> answer given in this visit."""
    discovery: str = ""
    """How house picks stand with this member, in one sentence; empty when the shop has none to offer."""
    standing: str = ""
    """What a good member's associate should know: the tier, and whether they stay away. For the counter only."""
    visits: int = 0
    """Baskets with a sale before now, whatever they say about taste; struck-out ones are left out."""
    lines: int = 0
    """Line items that may be shown; `history` holds the latest of them."""
    unread: Notice | None = None
    """Why it cannot be read what was said here; the card then holds the name alone, and in `notes` what to do."""
    kiosk_tries: int = 0
    """Wrong tries at the kiosk in a row, where they are so many that it is closed for the member, for a while or until
    the counter has confirmed who it is; else 0. For the counter only."""
    allowed: frozenset[Purpose] = field(init=False)
    """Purposes agreed to, of `consents`."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "allowed", self.consents.allowed)


@dataclass(frozen=True, slots=True)
class Why:
    """Why an item is, or is not, suggested to a member."""

    item: Item
    suggested: bool
    line: str
    """The answer in one sentence."""
    gates: tuple[tuple[Gate, bool, str], ...]
    """Every gate in order: whether it lets the item through, and on what facts."""
    evidence: tuple[str, ...]
    rests_on: str = ""
    """SKU of the item whose purchases are the evidence, or empty."""
    lines: tuple[str, ...] = ()
    """The newest of those purchases as line references, newest first, at most three."""
