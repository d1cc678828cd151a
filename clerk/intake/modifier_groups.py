"""The options that were taken with an item, out of the text of an export, each with its group where one is known."""

from __future__ import annotations

import re

from clerk.intake.context import Context
from clerk.intake.layouts import groups
from clerk.languages.options import group_of

_OUTSIDE_BRACKETS = re.compile(r"[,、](?![^(]*\))")
_PRICE = re.compile(r"\s*[(（][+-]?\s*[$€£¥￥]?\s*\d+(?:[.,]\d+)?\s*[$€£¥円]?[)）]\s*$")
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
        self._books = {option: group for option, group in context.known.groups.items() if group_of(group, "")}
        self._sets = {name.lower().removesuffix("s"): name for name in context.sets}

    def group(self, option: str) -> str:
        """The group of an option; empty where nothing is known of it."""
        plain = option.lower()
        if group := self._told.get(plain) or self._books.get(plain):
            return group
        words = re.findall(r"\w+", plain)
        for word in reversed(words):
            if name := self._sets.get(word.removesuffix("s")):
                return name
        return group_of("", option) or next((groups()[word] for word in reversed(words) if word in groups()), "")

    def options(self, applied: str) -> list[str]:
        """The options of one line, `Group=option` or `option`, each as often as it was taken.

        Args:
            applied: as in the export, such as `Oat Milk (+$0.60), 2 x Extra Shot`.
        """
        parts: list[str] = []
        for text in _OUTSIDE_BRACKETS.split(applied)[:_MODIFIERS_AT_MOST]:
            option = _PRICE.sub("", text.strip())
            counted = _COUNT.search(option)
            times = int(counted.group(1) or counted.group(2)) if counted else 1
            option = _COUNT.sub("", option).strip()
            group, colon, rest = option.partition(":")
            if colon and group.strip() and rest.strip():
                group, option = group_of(group.strip(), rest.strip()), rest.strip()
            elif option:
                group = self.group(option)
            if option:
                said = f"{bare(group)}={bare(option)}" if group else bare(option)
                parts += [said] * min(max(times, 1), _TIMES_AT_MOST)
        return parts


def bare(text: str) -> str:
    """A group or option without the marks that stand between modifiers."""
    return re.sub(r"[;=]", " ", text).strip()
