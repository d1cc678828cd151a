"""Chooses a pack's models: those of the pack in use while they are recent and still fit, else newly learned ones.

Models say what they look at by name, never by number of an item or a member, so they outlive a night's numbering. They
are learned anew after `relearn_days`, when the shop has a tenth more or fewer lines than they saw, when the store is
another one, and when this version of Clerk looks at something else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from clerk.clock import DAY_S
from clerk.model import ItemColumns
from clerk.pack_build.numbering import Numbered
from clerk.settings import Settings
from clerk.visit.habits.features import FEATURES
from clerk.visit.habits.hazard import FACTS
from clerk.visit.suggest.news import FACTS as NEWS_FACTS

LEARNED_AT, LEARNED_LINES = "learned_at", "learned_lines"
"""Facts of a pack: when its models were learned, and of how many lines."""

GROWN = 0.1
"""Part by which the lines of a shop may have become more or fewer before its models are those of another shop."""

_SAME_STORE = ("store", "store_id", "source")


class Promise(Protocol):
    """Learning that runs in another process."""

    def result(self) -> Mapping[str, object]:
        """Waits for the models."""
        ...

    def stop(self) -> None:
        """Gives up."""
        ...


Learn = Callable[[Numbered, ItemColumns, int, Settings], Mapping[str, object] | Promise]
"""Fits models on the numbered shop: (shop, item columns, now, settings) -> JSON by name, or the promise of it."""


@dataclass(frozen=True, slots=True)
class Models:
    """The learned models of a pack."""

    content: Mapping[str, object]
    at: int
    """Wall seconds at which they were learned."""
    lines: int
    """Lines of the shop at that time."""

    def facts(self) -> dict[str, str]:
        """Facts of the pack about them."""
        return {LEARNED_AT: str(self.at), LEARNED_LINES: str(self.lines)} if self.content else {}


@dataclass(frozen=True, slots=True)
class LearnedBefore:
    """The learned models of an earlier pack of this data folder."""

    facts: Mapping[str, str]
    """Of that pack."""
    content: Mapping[str, object]
    """Its models."""

    def still_good(self, facts: Mapping[str, str], data_until: int, now: int, relearn_days: int) -> Models | None:
        """The models, if they still fit the pack being built.

        Args:
            facts: of the pack being built.
            data_until: wall seconds of its newest line.
            now: wall seconds.
            relearn_days: how long models are good for.
        """
        at, lines = int(self.facts.get(LEARNED_AT, -1)), int(self.facts.get(LEARNED_LINES, 0))
        young = 0 <= at <= now < at + relearn_days * DAY_S
        alike = abs(int(facts["lines"]) - lines) <= GROWN * lines
        same_store = all(self.facts.get(key) == facts.get(key) for key in _SAME_STORE)
        if not (young and alike and same_store and _readable(self.content)):
            return None
        return Models({**self.content, "stats": {"data_until": data_until}}, at, lines)


def by_sku(models: Mapping[str, object], skus: Sequence[str]) -> Mapping[str, object]:
    """The models with items called by their SKU, because numbers of items are those of one night.

    Args:
        models: as they were learned.
        skus: by item_no - 1.
    """
    suggest = models.get("suggest")
    if not isinstance(suggest, Mapping):
        return models
    kept_for = {skus[int(number) - 1]: chance for number, chance in suggest["kept_for"].items()}
    return {**models, "suggest": {**suggest, "kept_for": kept_for}}


def learned_when(models: Models, now: int, relearn_days: int) -> str:
    """When they were learned and when they will be learned anew, as a sentence; empty without models."""
    if not models.content:
        return ""
    days = (now - models.at) // DAY_S
    left = relearn_days - days
    when = "tonight" if days < 1 else f"{days} day{'s' * (days > 1)} ago"
    return f"habits of the shop learned {when}, learned anew in {left} day{'s' * (left > 1)}"


def _readable(content: Mapping[str, Any]) -> bool:
    """Whether this version of Clerk can use every model that is there, and there is any."""
    looked_at = {"next": list(FEATURES), "due": list(FACTS), "suggest": list(NEWS_FACTS)}
    fits = (
        isinstance(model := content[name], Mapping) and model.get("names") == names
        for name, names in looked_at.items()
        if name in content
    )
    return len(content) > 1 and all(fits)
