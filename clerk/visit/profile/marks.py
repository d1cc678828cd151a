"""Marks on past purchases (gift, mistake, for someone else, struck out) applied to a member's line items.

In: a history, the member's events. Out: the same history, or one with a new flag column; and struck-out categories.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from clerk.model import Event, EventKind, History, ItemColumns, LineFlag, LineMark
from clerk.visit.shop import is_under

_MARK_FLAG = {LineMark.GIFT: LineFlag.GIFT, LineMark.MISTAKE: LineFlag.MISTAKE, LineMark.OTHER: LineFlag.OTHER}
_MARKED = int(LineFlag.GIFT | LineFlag.MISTAKE | LineFlag.OTHER)


def with_marks(
    history: History,
    events: Sequence[Event],
    columns: ItemColumns | None,
    item_no_by_sku: Mapping[str, int] | None = None,
) -> tuple[History, frozenset[str]]:
    """The history with its flags set by the events, and the categories struck out."""
    chosen = [event for event in events if event.kind in (EventKind.MARK, EventKind.STRIKE)]
    if not chosen:
        return history, frozenset()
    flags = history.flags.copy()
    basket_by_id: dict[str, int] = {}
    categories: set[str] = set()
    for event in chosen:
        line = event.payload.get("line")
        if isinstance(line, str) and line:
            if not basket_by_id:
                basket_by_id = {basket_id: at for at, basket_id in enumerate(history.basket_id)}
            _flag_line(history, flags, position(history, line, basket_by_id), event)
        elif event.kind is EventKind.STRIKE:
            category = str(event.payload.get("category", "")).strip()
            sku = str(event.payload.get("sku", ""))
            if category:
                categories.add(category)
            elif sku:
                flags[history.item == (item_no_by_sku or {}).get(sku, -1)] |= np.uint8(LineFlag.STRUCK)
            else:
                _strike_period(history, flags, event)
    if categories and columns is not None:
        flags[_in_categories(history, columns, categories)] |= np.uint8(LineFlag.STRUCK)
    return replace(history, flags=flags), frozenset(categories)


def position(history: History, line: str, basket_by_id: dict[str, int] | None = None) -> int:
    """Where the line with reference `BASKET:LINE_NO` stands in the history, or -1. A basket id may hold colons."""
    basket_id, _, number = line.rpartition(":")
    if not (number.isascii() and number.isdigit()):
        return -1
    if basket_by_id is None:
        basket = history.basket_id.index(basket_id) if basket_id in history.basket_id else -1
    else:
        basket = basket_by_id.get(basket_id, -1)
    if basket < 0:
        return -1
    start, end = np.searchsorted(history.basket, [basket, basket + 1])
    found = np.flatnonzero(history.line_no[start:end] == int(number))
    return int(start + found[0]) if len(found) else -1


def _flag_line(history: History, flags: NDArray[np.uint8], at: int, event: Event) -> None:
    """Sets the flag of one line; a later mark replaces an earlier one, a strike stays."""
    if at < 0:
        return
    if event.kind is EventKind.STRIKE:
        flags[at] |= np.uint8(LineFlag.STRUCK)
        return
    try:
        mark = LineMark(str(event.payload.get("mark", "")))
    except ValueError:
        return
    flags[at] = np.uint8((int(flags[at]) & ~_MARKED) | int(_MARK_FLAG[mark]))


def _strike_period(history: History, flags: NDArray[np.uint8], event: Event) -> None:
    """Strikes out every line from `since` to `until`, both included; without either, nothing."""
    since, until = event.payload.get("since"), event.payload.get("until")
    if not isinstance(since, int) or not isinstance(until, int):
        return
    struck = (history.basket_at >= since) & (history.basket_at <= until)
    flags[struck[history.basket]] |= np.uint8(LineFlag.STRUCK)


def _in_categories(history: History, columns: ItemColumns, categories: set[str]) -> NDArray[np.bool_]:
    """Which lines are of an item in or below one of the categories."""
    struck = np.array([any(is_under(path, one) for one in categories) for path in columns.categories], dtype=np.bool_)
    known = np.minimum(history.item, len(columns.category) - 1)
    inside: NDArray[np.bool_] = struck[columns.category[known]]
    inside &= known == history.item
    return inside
