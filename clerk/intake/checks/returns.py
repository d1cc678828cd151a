"""Returns: which purchases a return takes back. The one rule for it; everybody else reads the flags it sets."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import polars as pl
from numpy.typing import NDArray

from clerk.model import LineFlag

_ABSURD = 10
"""Times what the member has of an item, beyond which a return cannot be meant."""
_PIECE = 1000
"""One piece, in thousandths."""
_TIES = ("total_minor", "basket_id", "modifiers", "line_no", "store_id", "channel", "flags")
"""Columns that tell lines of one item, moment and quantity apart; whatever is equal in all of them is the same."""


def net_returns(
    member: NDArray[np.signedinteger], item: NDArray[np.signedinteger], lines: Mapping[str, pl.Series]
) -> tuple[NDArray[np.uint8], int]:  # fmt: skip
    """Flags with the purchases that were brought back marked as returned, and how many returns found no purchase.

    The one rule for returns; everybody else reads the flags. A purchase that came back whole is marked like its
    return: both stay visible and count for nothing. Of a purchase that came back in part the rest was kept, so it
    counts. Which purchase a return takes back:

    * the member's latest purchase of the item, then the one before it, until as much is taken as was brought back;
    * never a later one. At the same moment the purchase is taken to have come first, so a return within one receipt
      takes its purchase back;
    * of purchases of one moment the smaller first, and of returns of one moment the smaller first;
    * a line without a quantity is one piece, and a return of more than ten times what is there to bring back is a
      slip of the key and takes one piece.

    Args:
        member: number of each line's member.
        item: number of each line's item.
        lines: `at`, `milli` (negative for a return) and `flags` of each line. Of equal lines in one moment the other
            columns of `_TIES` decide, so that it does not matter in which order the file has them.
    """
    flags = lines["flags"].to_numpy().copy()
    back = np.flatnonzero(flags & LineFlag.RETURN)
    if not len(back):
        return flags, 0
    pair = member * np.int64(int(item.max()) + 1) + item
    concerned = np.flatnonzero(np.isin(pair, pair[back]))
    milli = np.abs(lines["milli"].to_numpy()[concerned])
    milli[milli == 0] = _PIECE
    is_return = (flags[concerned] & LineFlag.RETURN) > 0
    keys = pl.DataFrame(
        {
            "pair": pair[concerned],
            "at": lines["at"].to_numpy()[concerned],
            # Purchases below zero, so that they come before returns; the smallest last, since the last is taken first.
            "size": np.where(is_return, milli, -milli),
            **{name: lines[name][concerned] for name in _TIES if name in lines},
        }
    )
    order = keys.select(pl.arg_sort_by(keys.columns, maintain_order=True)).to_series().to_list()
    left: dict[int, list[list[int]]] = {}
    unmatched = 0
    for place in order:
        row, pieces = int(concerned[place]), int(milli[place])
        open_purchases = left.setdefault(int(pair[row]), [])
        if not is_return[place]:
            open_purchases.append([row, pieces])
            continue
        if not open_purchases:
            unmatched += 1
        if pieces > _ABSURD * sum(bought for _, bought in open_purchases):
            pieces = _PIECE
        while pieces > 0 and open_purchases:
            purchase = open_purchases[-1]
            taken = min(pieces, purchase[1])
            pieces -= taken
            purchase[1] -= taken
            if purchase[1] > 0:
                break
            flags[purchase[0]] |= LineFlag.RETURN
            open_purchases.pop()
    return flags, unmatched
