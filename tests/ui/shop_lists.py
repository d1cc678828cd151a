"""What was said, tomorrow's prep list and the scorecard of the fake desk."""

from __future__ import annotations

from dataclasses import replace

from clerk.clock import DAY_S, parse_at
from clerk.model import (
    Agreement,
    AgreementState,
    EventKind,
    Measure,
    Point,
    PrepLine,
    PrepList,
    Purpose,
    Scorecard,
    Statement,
    WithheldCount,
)
from clerk.privacy.wordings import VERSION, WORDS
from tests.ui.people import BEANS, CROISSANT, FILTER, FLAT_WHITE, HOSTILE, LARGE, NOW, OAT

SAID = (
    Statement("e-4", EventKind.ANSWER, NOW - DAY_S, "never to Cast-iron teapot 0.6 l (TP-11)"),
    Statement("e-3", EventKind.STRIKE, NOW - 9 * DAY_S, "struck out: line B880:1"),
    Statement("e-2", EventKind.FACT, NOW - 40 * DAY_S, "allergen: peanuts"),
    Statement("e-1", EventKind.CONSENT, NOW - 300 * DAY_S, "agreed to suggest (wording 2026-01)"),
)
"""Ada's, newest first."""

PREP = PrepList(
    day=parse_at("2026-11-23"),
    as_of=NOW,
    visits=41.2,
    visits_low=33,
    visits_high=49,
    lines=(
        PrepLine("FW-01", FLAT_WHITE.name, (LARGE, OAT), 12.4, 8, 16, 19, None, False),
        PrepLine("BK-07", CROISSANT.name, (), 9.1, 6, 13, 14, 6, True),
        PrepLine("BN-250", BEANS.name, (), 3.4, 1, 6, 8, 14, False),
        PrepLine("FP-02", FILTER.name, (), 0.9, 0, 2, 3, 0, True),
    ),
    others=23.4,
    checked="On the latest 28 days 82 % of the amounts lay between the two numbers.",
    notes=("Members only: what other people buy is not in the store data and comes on top.",),
)
"""A Monday."""

_WEEKS = tuple(parse_at("2026-08-31") + week * 7 * DAY_S for week in range(12))


def trend(*values: float | None) -> tuple[Point, ...]:
    """A measure week by week."""
    return tuple(Point(week, value, 20) for week, value in zip(_WEEKS, values, strict=False))


SCORECARD = Scorecard(
    at=NOW,
    weeks=12,
    measures=(
        Measure(
            "Return visits",
            0.63,
            412,
            "share",
            "higher",
            "Members who came back within their own interval.",
            trend(0.52, 0.55, None, 0.58, 0.61, 0.6, 0.63, 0.62, 0.66, 0.64, 0.65, 0.67),
        ),
        Measure("Said never", 0.041, 310, "share", "lower", "Suggestions that were answered with never.", trend(0.0)),
        Measure("Accepted discoveries", 7, 7, "count", "higher", "House picks that were taken.", trend(0, 1, 2, 4)),
        Measure("Due, promised against bought", None, 0, "gap", "lower", "Nothing came due yet since it is measured."),
    ),
    withheld=(WithheldCount("said never", 41, 12), WithheldCount("durable, bought already", 1, 1)),
    withheld_from="the sample of members of last night",
    notes=("Nothing here ranks by the next sale.",),
)
"""Twelve weeks."""

AGREEMENTS = (
    Agreement(Purpose.REMEMBER, AgreementState.JOINED, WORDS[Purpose.REMEMBER], VERSION, ""),
    Agreement(
        Purpose.SUGGEST, AgreementState.GIVEN, WORDS[Purpose.SUGGEST], VERSION, "on 26 Jan 2026 (counter)"
    ),
    Agreement(Purpose.CONTACT, AgreementState.NOT_ASKED, WORDS[Purpose.CONTACT], VERSION, ""),
)
"""What Ada agrees to."""

HOSTILE_AGREEMENTS = tuple(replace(one, wording=HOSTILE, version=HOSTILE, since=HOSTILE) for one in AGREEMENTS)
"""Every text of the agreements is an attack: a shop's own words are a file from outside."""

HOSTILE_SAID = tuple(replace(one, words=HOSTILE, event_id=HOSTILE + one.event_id) for one in SAID)
"""Every statement is an attack."""

HOSTILE_PREP = replace(
    PREP,
    lines=tuple(replace(line, name=HOSTILE, sku="HX-1") for line in PREP.lines),
    checked=HOSTILE,
    notes=(HOSTILE,),
)
"""Every text of the list is an attack."""

HOSTILE_SCORECARD = replace(
    SCORECARD,
    measures=tuple(replace(each, name=HOSTILE, says=HOSTILE, better=HOSTILE) for each in SCORECARD.measures),
    withheld=(WithheldCount(HOSTILE, 1, 1),),
    withheld_from=HOSTILE,
    notes=(HOSTILE,),
)
"""Every text of the scorecard is an attack."""
