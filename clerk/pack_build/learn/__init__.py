"""Learns the shop's models from all line items: small, written as JSON, each weight with a plain meaning.

In: the numbered shop, the items' columns, the time of the build. Out: one entry a model that could be learned, and
under `state` how it went with each, also with those that could not (see `clerk.model.learned`). Each model is an
attempt of its own: what breaks one leaves the others alone. What is learned looks at past visits through the same
functions as the counter does today's. Models learned on an earlier night can be handed in: then only what goes with the
shop's latest days is found anew.

Cost: about 30 CPU-seconds and 300 MB for a million lines of 2,200 members; larger shops learn from a sample.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from clerk.model import ItemColumns
from clerk.model.learned import STATES, states_of
from clerk.pack_build.learn.attempt import Learner, attempted
from clerk.pack_build.learn.cases import columns_of, members_of
from clerk.pack_build.learn.due import learn_due, recentred
from clerk.pack_build.learn.next_items import baskets_each, learn_next
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


def learn(
    shop: Numbered,
    columns: ItemColumns,
    now: int,
    settings: Settings | None = None,
    known: Mapping[str, object] | None = None,
) -> dict[str, object]:
    """Everything that could be learned, as JSON by name; the `learn` of the build.

    Args:
        shop: the numbered shop.
        columns: the items' numbers.
        now: wall seconds; what lies after it is left out.
        settings: the shop's constants, of which the memory of the usual is used.
        known: what was learned on an earlier night and still serves; None learns everything.
    """
    return learn_from(columns_of(shop), columns, now, settings, known)


def learn_from(
    lines: dict[str, NDArray[Any]],
    columns: ItemColumns,
    now: int,
    settings: Settings | None = None,
    known: Mapping[str, object] | None = None,
) -> dict[str, object]:
    """The same from the lines' columns.

    Args:
        lines: as in `Numbered.lines`.
        columns: as in `learn`, like all that follows.
        now: as in `learn`.
        settings: as in `learn`.
        known: as in `learn`.
    """
    rules = settings or Settings()
    rhythm = shop_of(columns, rules)
    past = lines["at"][lines["at"] <= now]
    if not len(past):
        return dict(known or {})
    data_until = int(past.max())
    stats = shop_stats(columns, rhythm, data_until)
    everybody = partial(members_of, lines, now)
    sample = partial(members_of, lines, now, MEMBERS_AT_MOST)
    many = min(len(np.unique(lines["member_no"])), MEMBERS_AT_MOST)
    learned: dict[str, object] = {"stats": {"data_until": data_until}}
    states: dict[str, object] = {}
    learners: dict[str, Learner] = {
        "usual": lambda histories: learn_usual(histories, columns, rhythm, rules.usual.said_from),
        "due": lambda histories: learn_due(histories, columns, rhythm, stats, data_until),
        "next": lambda histories: learn_next(histories, columns, stats, rhythm.decay, baskets_each(many)),
        "value": lambda histories: learn_value(histories, data_until),
        "suggest": lambda histories: learn_suggestions(lines, histories, columns, rhythm, rules, data_until),
    }
    if known is not None:
        learned = {**known, **learned}
        states = {name: asdict(state) for name, state in states_of(known).items()}
        due = known.get("due")
        learners = {}
        if isinstance(due, Mapping):
            learners["due"] = lambda histories: recentred(due, histories, columns, rhythm, stats, data_until)
    for name, learner in learners.items():
        # Histories are made anew for each: they cost less than to keep them all.
        model, state = attempted(learner, everybody if name == "value" else sample)
        states[name] = asdict(state)
        learned.pop(name, None)
        if model is not None:
            learned[name] = model
    return {**learned, STATES: states}
