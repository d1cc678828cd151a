"""`Modifiers Applied` and the price point as Clerk's modifiers: `Milk=Oat Milk; Size=Large`.

The export names options only. Their group is, in this order: written before a colon, named in store.toml under
`[modifier_groups]`, the group it has in the history store, the catalog's modifier set whose name is a word of the
option, a word known from `column_aliases.toml`, else `Choice`. Once in the history store, an option keeps its group:
else one usual became two.
"""

from __future__ import annotations

import re

from clerk.intake.context import Context
from clerk.intake.layouts import groups
from clerk.intake.square.catalog import PLAIN

NEUTRAL = "Choice"
"""Group of an option about which nothing is known."""
SIZE = "Size"
"""Group of the price point."""

_OUTSIDE_BRACKETS = re.compile(r",(?![^(]*\))")
_PRICE = re.compile(r"\s*\([+-]?\s*[$€£]?\s*\d+(?:[.,]\d+)?\s*[$€£]?\)\s*$")
_COUNT = re.compile(r"^(\d{1,2})\s*[x×]\s+|\s+[x×]\s*(\d{1,2})$")
_MODIFIERS_AT_MOST = 12
_TIMES_AT_MOST = 6
"""Beyond, a count is not believed: it would fill the line."""


class Grouping:
    """The group of each option of one arrival.

    Args:
        context: the store, known groups, the modifier sets.
    """

    def __init__(self, context: Context) -> None:
        own_groups = context.store.get("modifier_groups", {})
        self._told = {
            str(option).strip().lower(): str(group)
            for group, options in (own_groups.items() if isinstance(own_groups, dict) else ())
            for option in (options if isinstance(options, list) else [options])
        }
        self._books = context.known.groups
        self._sets = {name.lower().removesuffix("s"): name for name in context.sets}

    def group(self, option: str) -> str:
        """The group of an option."""
        plain = option.lower()
        if group := self._told.get(plain) or self._books.get(plain):
            return group
        words = re.findall(r"\w+", plain)
        for word in reversed(words):
            if name := self._sets.get(word.removesuffix("s")):
                return name
        return next((groups()[word] for word in reversed(words) if word in groups()), NEUTRAL)

    def modifiers(self, applied: str, size: str, item: str) -> str:
        """The modifiers of one line.

        Args:
            applied: as in the export.
            size: the price point's name.
            item: name of the item in the shop's list; where it says the size already, the line does not.
        """
        parts: list[str] = []
        for text in _OUTSIDE_BRACKETS.split(applied)[:_MODIFIERS_AT_MOST]:
            option = _PRICE.sub("", text.strip())
            counted = _COUNT.search(option)
            times = int(counted.group(1) or counted.group(2)) if counted else 1
            option = _COUNT.sub("", option).strip()
            group, colon, rest = option.partition(":")
            if colon and group.strip() and rest.strip():
                group, option = group.strip(), rest.strip()
            elif option:
                group = self.group(option)
            if option:
                parts += [f"{_bare(group)}={_bare(option)}"] * min(max(times, 1), _TIMES_AT_MOST)
        if size.lower() not in PLAIN and not item.lower().endswith(f", {size.lower()}"):
            parts.append(f"{SIZE}={_bare(size)}")
        return "; ".join(sorted(parts))


def _bare(text: str) -> str:
    return re.sub(r"[;=]", " ", text).strip()
