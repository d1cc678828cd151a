"""Chooses a pack's models: those of the pack in use while they are recent and still fit, else newly learned ones.

Models say what they look at by name, never by number of an item or a member, so they outlive a night's numbering. They
are learned anew after `relearn_days`, when the shop has a tenth more or fewer lines than they saw, when the store is
another one, when this version of Clerk looks at something else, and when the last attempt at one of them failed. Where
an attempt fails, the model of the pack in use stays in use.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Protocol

from clerk.clock import DAY_S
from clerk.model.learned import MODEL_NAMES, STATES, ModelState, states_of
from clerk.phrases import count, date
from clerk.visit.habits.features import FEATURES
from clerk.visit.habits.hazard import FACTS
from clerk.visit.habits.news import FACTS as NEWS_FACTS

LEARNED_AT, LEARNED_LINES = "learned_at", "learned_lines"
"""Facts of a pack: when its models were learned, and of how many lines."""

GROWN = 0.1
"""Part by which the lines of a shop may have become more or fewer before its models are those of another shop."""

_LOOKS_AT = {"next": list(FEATURES), "due": list(FACTS), "suggest": list(NEWS_FACTS)}
"""Facts that a model was learned from, which must be those that the counter computes."""
_SAME_STORE = ("store", "store_id", "source")


class Promise(Protocol):
    """Learning that runs in another process."""

    def result(self) -> Mapping[str, object]:
        """Waits for the models."""
        ...

    def stop(self) -> None:
        """Gives up."""
        ...


Learn = Callable[..., Mapping[str, object] | Promise]
"""Fits models on the numbered shop: (shop, item columns, now, settings) -> JSON by name, or the promise of it.

With what an earlier night learned as fifth, what goes with the latest days is found anew and the rest stays."""


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
        return {LEARNED_AT: str(self.at), LEARNED_LINES: str(self.lines)} if self.any else {}

    @property
    def any(self) -> bool:
        """Whether there is a model at all."""
        return any(name in MODEL_NAMES for name in self.content)


@dataclass(frozen=True, slots=True)
class LearnedBefore:
    """The learned models of an earlier pack of this data folder."""

    facts: Mapping[str, str]
    """Of that pack."""
    content: Mapping[str, object]
    """Its models."""

    def still_good(self, facts: Mapping[str, str], now: int, relearn_days: int) -> Models | None:
        """The models, if they still fit the pack being built.

        Args:
            facts: of the pack being built.
            now: wall seconds.
            relearn_days: how long models are good for.
        """
        at, lines = int(self.facts.get(LEARNED_AT, -1)), int(self.facts.get(LEARNED_LINES, 0))
        young = 0 <= at <= now < at + relearn_days * DAY_S
        alike = abs(int(facts["lines"]) - lines) <= GROWN * lines
        found = [name for name in self.content if name in MODEL_NAMES]
        whole = found and all(_readable(name, self.content[name]) for name in found)
        states = states_of(self.content)
        # A model that an older Clerk knew nothing of has no state.
        whole = (
            whole and (not states or set(MODEL_NAMES) <= set(states)) and not any(one.failed for one in states.values())
        )
        if not (young and alike and self._same_store(facts) and whole):
            return None
        return Models(self.content, at, lines)

    def instead_of(self, failed: Models, facts: Mapping[str, str]) -> Models:
        """The newly learned models, and for each that failed the one of the earlier pack, if it can be used.

        Args:
            failed: newly learned; without content where learning failed as a whole.
            facts: of the pack being built.
        """
        if not self._same_store(facts):
            return failed
        content, before = dict(failed.content), states_of(self.content)
        states = states_of(failed.content)
        for name, state in states.items():
            old = self.content.get(name)
            if state.failed and old is not None and _readable(name, old):
                earlier = before.get(name)
                since = earlier.since if earlier is not None else ""
                content[name] = old
                states[name] = replace(state, since=since or date(int(self.facts.get(LEARNED_AT, 0))))
        if states:
            content[STATES] = {name: asdict(state) for name, state in states.items()}
        return replace(failed, content=content)

    def _same_store(self, facts: Mapping[str, str]) -> bool:
        return all(self.facts.get(key) == facts.get(key) for key in _SAME_STORE)


def by_sku(models: Mapping[str, object], skus: Sequence[str]) -> Mapping[str, object]:
    """The models with items called by their SKU, because numbers of items are those of one night.

    Args:
        models: newly learned, or those of an earlier pack, which call items by their SKU already.
        skus: by item_no - 1.
    """
    suggest = models.get("suggest")
    if not isinstance(suggest, Mapping) or "kept_for_nos" not in suggest:
        return models
    rest = {name: value for name, value in suggest.items() if name != "kept_for_nos"}
    kept_for = {skus[int(number) - 1]: chance for number, chance in suggest["kept_for_nos"].items()}
    return {**models, "suggest": {**rest, "kept_for": kept_for}}


def learned_when(models: Models, now: int, relearn_days: int) -> str:
    """When they were learned and when they will be learned anew, as a sentence; empty without models."""
    if not models.any:
        return ""
    days = (now - models.at) // DAY_S
    left = relearn_days - days
    when = "tonight" if days < 1 else f"{count(days, 'day')} ago"
    return f"habits of the shop learned {when}, learned anew in {count(left, 'day')}"


def nothing_learned(problem: Exception, models: Models) -> Models:
    """The state of every model after learning failed as a whole, in place of the models that it began from."""
    state = asdict(ModelState(why=f"{type(problem).__name__}: {problem}", failed=True))
    return replace(models, content={STATES: dict.fromkeys(MODEL_NAMES, state)})


def _readable(name: str, model: object) -> bool:
    """Whether this version of Clerk can use a model."""
    names = _LOOKS_AT.get(name)
    return names is None or (isinstance(model, Mapping) and model.get("names") == names)
