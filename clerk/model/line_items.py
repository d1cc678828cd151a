"""Columns for arithmetic: one member's line items, and every item's numbers.

numpy is named here for type checkers only; importing this module stays cheap.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntFlag
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def _no_numbers() -> NDArray[np.int32]:
    """An empty column."""
    import numpy as np

    return np.zeros(0, dtype=np.int32)


class LineFlag(IntFlag):
    """Bits of `History.flags`."""

    RETURN = 1
    GIFT = 2
    MISTAKE = 4
    OTHER = 8
    """For someone else."""
    STRUCK = 16
    """Struck out by the member; counts for nothing and is shown to nobody."""
    ELSEWHERE = 32
    """Bought in another store of the chain."""
    FOREIGN = 64
    """Paid in another currency than the store's: `total_minor` is 0, so that nobody sums it."""
    NO_AMOUNT = 128
    """The source states no amount: `total_minor` is 0 and means nothing."""

    NOT_TASTE = 2 | 4 | 8 | 16
    """Says nothing about the member's own taste."""


@dataclass(frozen=True, slots=True, eq=False)
class History:
    """One member's line items, oldest basket first. All line columns have length n, basket columns length b."""

    basket: NDArray[np.int32]
    """Index of the line's basket, 0 to b-1, ascending."""
    line_no: NDArray[np.int32]
    item: NDArray[np.int32]
    """item_no, an index into `ItemColumns`."""
    modifier_set: NDArray[np.int32]
    """Number of the sorted modifier set; 0 is the plain item."""
    quantity: NDArray[np.float64]
    """As sold; negative for a return."""
    total_minor: NDArray[np.int64]
    """Line total in minor units; 0 where `flags` say that it is another currency's or that there is none."""
    flags: NDArray[np.uint8]
    """`LineFlag` bits."""
    basket_at: NDArray[np.int64]
    """Wall seconds of each basket, ascending."""
    basket_id: tuple[str, ...]
    """The shop's own id of each basket; a line reference is `basket_id:line_no`."""

    def __len__(self) -> int:
        return len(self.item)


@dataclass(frozen=True, slots=True, eq=False)
class ItemColumns:
    """Numbers of every item, indexed by item_no; row 0 is nobody's and stays neutral.

    Held in memory by the counter (a few MB at 100,000 items), made by the nightly build.
    """

    on_hand: NDArray[np.int32]
    """-1 means not counted."""
    price_minor: NDArray[np.int64]
    """-1 means no price."""
    flags: NDArray[np.uint8]
    """Bit 1 durable, 2 sensitive, 4 age-restricted, 8 not sold any more (known from lines only), 16 not a thing
    to mention."""
    family: NDArray[np.int32]
    """Smallest item_no of the item's variant family; equal for the item and all its variants."""
    category: NDArray[np.int32]
    """Number of the full category path; 0 is none."""
    kind: NDArray[np.int32]
    """Number of the item type (the last level of the category path, the level at which "milk" is said)."""
    buyers: NDArray[np.int32]
    """Members who ever bought it."""
    repeat_buyers: NDArray[np.int32]
    """Members who bought it in two baskets or more."""
    baskets: NDArray[np.int32]
    """Member-baskets that hold it."""
    recent_baskets: NDArray[np.int32]
    """The same over the last 28 days of data."""
    last_baskets: NDArray[np.int32]
    """Members whose latest basket holds it."""
    later_baskets: NDArray[np.int32]
    """Baskets of its buyers after their first purchase of it (the exposure for its repeat rate)."""
    next_again: NDArray[np.int32]
    """Purchases that were followed by the item in the member's very next basket."""
    gap_log_sum: NDArray[np.float64]
    """Sum of the natural log of days between two purchases of it by one member."""
    gap_log_sq: NDArray[np.float64]
    """Sum of the squares of the same."""
    gaps: NDArray[np.int32]
    """How many such gaps."""
    traits: NDArray[np.int32]
    """`Trait` bits: what is in it, what it is, what it can be had as."""
    set_traits: NDArray[np.int32]
    """The same of every modifier set, by its number."""
    audience: NDArray[np.int32]
    """Number of whom it is for alone; 0 is everybody."""
    categories: tuple[str, ...]
    """Category path by number; entry 0 is empty."""
    kinds: tuple[str, ...]
    """Item type by number; entry 0 is empty."""
    audiences: tuple[str, ...]
    """Whom an item is for by number, several separated by `; `; entry 0 is empty."""
    total_baskets: int
    """Member-baskets in the shop's history."""
    total_members: int
    """Members with at least one basket."""
    thing: NDArray[np.int32] = field(default_factory=_no_numbers)
    """Smallest item_no of what is the same thing in another size or of another brand. Empty, as all that follow, in a
    pack of before."""
    near_starts: NDArray[np.int32] = field(default_factory=_no_numbers)
    """By item_no, and one more: where its neighbours begin among the pairs that follow, closest first."""
    near_other: NDArray[np.int32] = field(default_factory=_no_numbers)
    """By pair: an item that owners of the item own as well."""
    near_both: NDArray[np.int32] = field(default_factory=_no_numbers)
    """By pair: members who own both."""
    near_together: NDArray[np.int32] = field(default_factory=_no_numbers)
    """By pair: member-baskets that hold both."""

    DURABLE = 1
    SENSITIVE = 2
    AGE_RESTRICTED = 4
    GONE = 8
    UNMENTIONED = 16
