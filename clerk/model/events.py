"""What happened here since the last pack: one event a row in the journal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, NamedTuple


class AnswerKind(StrEnum):
    """What the member said to a suggestion."""

    TOOK = "took"
    NOT_NOW = "not-now"
    NEVER = "never"
    HAS_IT = "has-it"


class LineMark(StrEnum):
    """Why a past line item says nothing about the member's taste."""

    GIFT = "gift"
    MISTAKE = "mistake"
    OTHER = "other"


DERIVED: Final = "derived"
"""Key of a payload that nobody recorded: it follows from other events, and is no statement of the member's."""


class EventKind(StrEnum):
    """The kinds of event. Payload keys are listed beside each; all values are str, int, float, bool or list of str."""

    ANSWER = "answer"
    """`sku`, `answer` (AnswerKind), `scope` ("item" or "category"), `category` when scope is category, `visit_id`,
    `source` of the suggestion it answers (company, owners, goes-with, house; earlier also due, taste), if it answers
    one."""
    MARK = "mark"
    """`line` (line reference `BASKET:LINE_NO`), `mark` (LineMark)."""
    UNDO = "undo"
    """`event_id`: the event that no longer counts."""
    VISIT_OPENED = "visit-opened"
    """`visit_id`, `how` (scan, find, command); at a kiosk `ran_s` and `tick_s`."""
    SHOWN = "shown"
    """`visit_id`, `skus`: suggestions that were drawn, written when the visit ends by an answer or an explicit next;
    `house`: the SKU among them that was the house pick, if one was."""
    CONSENT = "consent"
    """`purpose`, `state`, `wording`, `channel`, `basis` (event or pack the associate saw)."""
    STRIKE = "strike"
    """`line`, or `sku` (every purchase of the item), or `category`, or `since` and `until` (wall seconds): struck out
    by the member."""
    FACT = "fact"
    """`fact` (allergen, dislike, note), `text`: stated by the member."""
    CARD = "card"
    """`code`, `status` (active, revoked)."""
    MEMBER = "member"
    """`name`, `given_name`, `phone`, `email`, `birthday`: enrolled here, or corrected by the member; absent keys stay
    as they were, an empty text removes."""
    ERASED = "erased"
    """`tombstone` (keyed hash of the member id), `scope` ("all", or what was erased), `addresses` (keyed hashes of
    e-mail and phone); `member_id` of the event is empty."""
    ACCESS = "access"
    """Who looked at or changed whom, for the audit: `what` (opened, contact, contact asked, exported, erased,
    printed; of the kiosk see `clerk.visit.kiosk_tries`), `visit_id`; at a kiosk `ran_s` and `tick_s`, see
    `clerk.desk.kiosk.running_time`."""
    SIGN = "sign"
    """An associate signed in or out, was locked out, or was changed: `what`, `associate`. Of sign-ins that were refused
    over the network, many in one event: `tried`, `looked_at` (of these, PINs that were looked at), `address` (empty:
    several), `since` (wall seconds), `names`."""
    PAIR = "pair"
    """`pair` (random name shared by the events of two members), `state` (one, apart, open): whether two member ids are
    one person; see `clerk.members.pairs`."""
    VISIT_ENDED = "visit-ended"
    """`visit_id`, `how` (next, scan, timeout); at a kiosk `ran_s` and `tick_s`."""


EVENT_KINDS: Final[Mapping[str, EventKind]] = {kind.value: kind for kind in EventKind}
"""Kinds of event by how they are written; what is not among them comes from a newer Clerk."""


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened, as read back from the journal."""

    event_id: str
    """UUIDv7, unique everywhere."""
    kind: EventKind
    at: int
    """Wall seconds when it was recorded."""
    member_id: str
    """Empty when the event concerns no member."""
    actor: str
    """Who recorded it."""
    payload: Mapping[str, object] = field(default_factory=dict)
    hlc: int = 0
    """Hybrid logical clock: orders events of several devices; 0 where only the order in the journal is known."""
    device: str = ""
    """Id of the journal it was recorded in; empty where only one device is looked at."""
    seq: int = 0
    """Its number in that journal."""


@dataclass(frozen=True, slots=True)
class Statement:
    """One thing a member said that still counts, in words."""

    event_id: str
    """What `clerk undo --event` takes."""
    kind: EventKind
    at: int
    words: str
    """`never to Kettle (K-1)`, `struck out: line 20261112-003:2`."""


class Record(NamedTuple):
    """One event to be written."""

    kind: EventKind
    member_id: str
    payload: Mapping[str, object]
