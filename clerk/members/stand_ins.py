"""The nearest items that are here, by what they are: same kind first, then by the meaning of their texts."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from clerk.model import ItemColumns, Neighbour
from clerk.pack.read import PackReader

_LEAST = 12
"""Items looked at before the circle is widened from the kind to the category above."""
_MOST = 2_000
"""Items compared at the most, the most bought ones: reading more vectors would cost memory and show nothing nearer."""
_KIND_BONUS = 0.15
"""Closeness that belonging to the same item type is worth: a text can be near by accident, a kind cannot."""


class Nearest:
    """Finds stand-ins. Works without vectors too: then the most bought of the same kind stand in."""

    def __init__(self, reader: PackReader) -> None:
        self._reader = reader

    def here(self, item_no: int, limit: int) -> list[Neighbour]:
        """Items that are here today and nearest to this one, closest first; never the item or a variant of it."""
        columns = self._reader.columns
        circle = self._circle(item_no, columns)
        if not len(circle):
            return []
        kind = columns.kind[circle] == columns.kind[item_no]
        closeness = self._closeness(item_no, circle)
        order = np.lexsort((-columns.baskets[circle], -(closeness + _KIND_BONUS * kind)))[:limit]
        items = self._reader.items(circle[order].tolist())
        return [
            Neighbour(items[int(circle[at])], float(closeness[at]), bool(kind[at]))
            for at in order
            if int(circle[at]) in items
        ]

    def _circle(self, item_no: int, columns: ItemColumns) -> NDArray[np.int64]:
        """Items to compare: of the same kind, widened along the category path until there are enough."""
        unfit = columns.flags & (ItemColumns.GONE | ItemColumns.SENSITIVE | ItemColumns.AGE_RESTRICTED)
        fits = (columns.on_hand != 0) & (unfit == 0) & (columns.family != columns.family[item_no])
        fits[0] = False
        if int(columns.kind[item_no]):
            of_kind = np.flatnonzero(fits & (columns.kind == columns.kind[item_no]))
            if len(of_kind) >= _LEAST:
                return self._most_bought(of_kind, columns)
        path = columns.categories[int(columns.category[item_no])].split(" > ")
        for depth in range(len(path) - 1, 0, -1):
            above = " > ".join(path[:depth])
            under = np.fromiter(
                (name == above or name.startswith(above + " > ") for name in columns.categories), dtype=np.bool_
            )
            near = np.flatnonzero(fits & under[columns.category])
            if len(near) >= _LEAST or depth == 1:
                return self._most_bought(near, columns)
        return self._most_bought(np.flatnonzero(fits), columns)

    def _most_bought(self, item_nos: NDArray[np.int64], columns: ItemColumns) -> NDArray[np.int64]:
        if len(item_nos) <= _MOST:
            return item_nos
        return item_nos[np.argpartition(-columns.baskets[item_nos], _MOST)[:_MOST]]

    def _closeness(self, item_no: int, others: NDArray[np.int64]) -> NDArray[np.float64]:
        vectors = self._reader.vectors
        if vectors is None:
            return np.zeros(len(others))
        return np.asarray(vectors[others] @ vectors[item_no], dtype=np.float64)
