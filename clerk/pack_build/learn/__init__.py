"""Learns the shop's models from all line items: small, written as JSON, each weight with a plain meaning.

In: the numbered shop, the items' columns, the time of the build. Out: one entry a model that could be learned. A model
with too little to learn from is left out, and `in_use` says what speaks in its place. What is learned looks at past
visits through the same functions as the counter does today's.

Cost: about 30 CPU-seconds and 300 MB for a million lines of 2,200 members; larger shops learn from a sample.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from clerk.model import History, ItemColumns
from clerk.pack_build.learn.cases import columns_of, members_of
from clerk.pack_build.learn.due import learn_due
from clerk.pack_build.learn.next_items import learn_next
from clerk.pack_build.learn.suggestions import learn_suggestions
from clerk.pack_build.learn.usual import learn_usual
from clerk.pack_build.learn.value import learn_value
from clerk.settings import Settings
from clerk.visit.habits.features import shop_stats
from clerk.visit.shop import shop_of

if TYPE_CHECKING:
    from clerk.pack_build.numbering import Numbered

MEMBERS_AT_MOST = 4_000
"""Members to learn habits from: more of them move no weight by more than its own doubt, and cost as much again."""

FALLBACKS = {
    "next": "decayed share, ties by popularity",
    "usual": "the thresholds of the settings",
    "due": "log-normal renewal, by the interval alone",
    "value": "no standing: everybody is treated alike",
    "suggest": "only what is bought with a habit, and what the shop says goes with it",
}
"""What speaks where a model is missing."""

NEEDS = {
    "next": "200 purchases of something bought before, among members' last four visits",
    "usual": "200 visits of members who had come three times before",
    "due": "5,000 repeated items, 200 of them bought within two weeks",
    "value": "200 members, 50 of whom came back",
    "suggest": "four months of sales, 100 members who come, 200 purchases of something new",
}
"""What each model needs before it is learned."""


def learn(shop: Numbered, columns: ItemColumns, now: int, settings: Settings | None = None) -> dict[str, object]:
    """Everything that could be learned, as JSON by name; the `learn` of the build.

    Args:
        shop: the numbered shop.
        columns: the items' numbers.
        now: wall seconds; what lies after it is left out.
        settings: the shop's constants, of which the memory of the usual is used.
    """
    return learn_from(columns_of(shop), columns, now, settings)


def learn_from(
    lines: dict[str, NDArray[Any]], columns: ItemColumns, now: int, settings: Settings | None = None
) -> dict[str, object]:
    """The same from the lines' columns.

    Args:
        lines: as in `Numbered.lines`; emptied, so that they need not lie beside what is made of them.
        columns: as in `learn`, like all that follows.
        now: as in `learn`.
        settings: as in `learn`.
    """
    rhythm = shop_of(columns, settings or Settings())
    past = lines["at"][lines["at"] <= now]
    if not len(past):
        return {}
    data_until = int(past.max())
    stats = shop_stats(columns, rhythm, data_until)
    # One member after the other: their histories are only kept where habits are learned from them.
    value = learn_value((member.history for member in members_of(lines, now)), data_until)
    suggest = learn_suggestions(lines, columns, rhythm, settings or Settings(), data_until)
    sample = [member.history for member in members_of(lines, now, MEMBERS_AT_MOST)]
    lines.clear()
    found = {
        "usual": learn_usual(sample, columns, rhythm),
        "due": learn_due(sample, columns, rhythm, stats, data_until),
        # The largest is last, and lets go of each history that it has looked at.
        "next": learn_next(_consumed(sample), columns, stats, rhythm.decay),
        "value": value,
        "suggest": suggest,
    }
    learned: dict[str, object] = {"stats": {"data_until": data_until}}
    return learned | {name: model for name, model in found.items() if model is not None}


def _consumed(sample: list[History]) -> Iterator[History]:
    """Yields every history and removes it from the list, which saves memory."""
    sample.reverse()
    while sample:
        yield sample.pop()


def in_use(models: Mapping[str, object]) -> dict[str, str]:
    """For each model: `learned`, or the rule used in its place and what is missing."""
    return {
        name: "learned" if name in models else f"{instead} (a model needs {NEEDS[name]})"
        for name, instead in FALLBACKS.items()
    }
