"""What searches bring back."""

from __future__ import annotations

from dataclasses import dataclass

from clerk.model.items import Item


@dataclass(frozen=True, slots=True)
class MemberHit:
    """One row of a member search."""

    member_id: str
    name: str
    hint: str
    """What tells two of the same name apart: `····4471, last here 12 Nov`. Never a whole phone number."""


@dataclass(frozen=True, slots=True)
class Members:
    """Members found, most recently seen first."""

    hits: tuple[MemberHit, ...]
    total: int
    """How many match in the whole database, also beyond the rows given."""
    corrected: str = ""
    """The spelling searched for instead, when nothing matched what was typed."""
    at_least: bool = False
    """Whether there are more than `total`: huge results are not counted to the end at every keystroke."""


@dataclass(frozen=True, slots=True)
class ItemHit:
    """One row of an item search."""

    item: Item
    score: float
    """0 to 1, comparable within one answer only."""
    by: str
    """`words`, `meaning` or `both`."""
    note: str = ""
    """What nobody stated about it, of what was asked for: `milk: not stated`. Empty: everything asked for is stated."""


@dataclass(frozen=True, slots=True)
class Items:
    """Items found, best first; those with a note stand below all others."""

    hits: tuple[ItemHit, ...]
    total: int
    """How many match by words; of a question with conditions how many were found and fit or may fit."""
    meaning: bool
    """Whether meaning has been merged in."""
    understood: tuple[str, ...] = ()
    """The conditions that were read out of the question, in words: `without milk`, `under 10.00 GBP`."""
    remark: str = ""
    """One sentence when there is something to know: nothing fits, the question is not understood."""
