"""Returns: which past purchases were given back and therefore do not count.

In: a history. Out: positions of purchase lines that a later return line cancels.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from clerk.model import History, LineFlag

_UNNOTICEABLE = 1e-9
"""Quantities are decimal in files and binary here."""
_ABSURD = 10.0
"""Times all that was ever bought of an item, beyond which a return is a slip of the key: it takes one piece back."""


def given_back(history: History) -> NDArray[np.int64]:
    """Positions of purchase lines whose whole quantity came back, newest purchase first.

    A return is a line of negative quantity, or a marked one of none; a marked line of positive quantity is a purchase
    that the night has netted already, and is left to the return it belongs to. A return cancels the latest earlier
    purchases of the same item. A part given back leaves the purchase as it is: the rest was kept. A return without a
    purchase cancels nothing.

    Cost: nothing without returns; otherwise a loop over the lines of the returned items only.
    """
    back = ((history.flags & np.uint8(LineFlag.RETURN)) > 0) & (history.quantity <= 0)
    back |= history.quantity < 0
    if not back.any():
        return np.zeros(0, dtype=np.int64)
    touched = np.flatnonzero(np.isin(history.item, history.item[back]))
    kept: dict[int, list[tuple[int, float]]] = {}
    cancelled: list[int] = []
    columns = (touched, history.item[touched], history.quantity[touched], back[touched])
    for line, item, quantity, is_return in zip(*(column.tolist() for column in columns), strict=True):
        purchases = kept.setdefault(item, [])
        if not is_return:
            purchases.append((line, quantity if quantity > 0 else 1.0))
            continue
        # A return of quantity 0 or of no number is one piece.
        left = abs(quantity) if abs(quantity) > 0 else 1.0
        if left > _ABSURD * sum(bought for _, bought in purchases):
            left = 1.0
        while purchases and left > _UNNOTICEABLE:
            bought_line, bought = purchases.pop()
            if bought > left + _UNNOTICEABLE:
                purchases.append((bought_line, bought - left))
                break
            cancelled.append(bought_line)
            left -= bought
    return np.array(cancelled, dtype=np.int64)
