"""What may still be read of what a pack or a table knows of a member: line items, name, cards, consents.

In: what the member asked to be forgotten, and what happened since. Out: the second up to which the member's line items
go, and the member's facts without what went. The events have a rule of their own, `clerk.privacy.which_events`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Final

from clerk.clock import first_second, parse_at
from clerk.errors import SettingsError
from clerk.model import Event, EventKind, History, LineFlag, Member, MemberFacts
from clerk.privacy.consent import stands_after
from clerk.privacy.erasure import Erasure, Erasures, Scope, joined_after
from clerk.privacy.which_events import enrolments, event_rule

ALWAYS: Final = 1 << 62
"""A second that never comes: all line items of the member go, and so does the member."""

NO_ACTIVITY: Final = (EventKind.ACCESS, EventKind.ERASED, EventKind.PAIR)
"""Kinds of event that do not show that a member was here: being looked at, forgotten, or compared with another."""


def lines_go_until(
    erased: Sequence[Erasure], *, enrolled_again: bool, joined_on: str, came_back: Callable[[Erasure], bool]
) -> int:
    """Wall second up to which a member's line items go: 0 for none, `ALWAYS` for all of them and the member too.

    Args:
        erased: what the member asked to be forgotten.
        enrolled_again: whether a counter enrolled the member after everything was forgotten.
        joined_on: day on which the shop's own system enrolled the member; empty where it does not say.
        came_back: whether the member bought or said anything after an erasure.
    """
    until = 0
    for one in erased:
        if one.scope is Scope.ALL:
            is_member = enrolled_again or joined_after(joined_on, one.at)
        elif one.scope is Scope.EXPIRED:
            is_member = came_back(one) or joined_after(joined_on, one.at)
        elif one.scope is Scope.PURCHASES:
            is_member = True
        else:
            continue
        until = max(until, one.at if is_member else ALWAYS)
    return until


def tables_say_who(whole: Erasure, *, joined_on: str, came_back: Callable[[Erasure], bool]) -> bool:
    """Whether the shop's own rows about a person (name, addresses, cards) are of the time after an erasure.

    A counter that enrols somebody again says who that is in an event of its own; the shop's rows are older.

    Args:
        whole: the latest erasure of everything, after which the person is a member again.
        joined_on: see `lines_go_until`.
        came_back: see `lines_go_until`.
    """
    return joined_after(joined_on, whole.at) or (whole.scope is Scope.EXPIRED and came_back(whole))


def readable_facts(erasures: Erasures, facts: MemberFacts, events: Sequence[Event]) -> MemberFacts | None:
    """What may still be read of what the pack knows of a member; None when nothing may.

    Args:
        erasures: all that are known.
        facts: as the pack has them, which may be older than the erasure.
        events: of the member, with those that may not be read any more.
    """
    erased = erasures.of(facts.member.member_id)
    if not erased:
        return facts

    def came_back(one: Erasure) -> bool:
        said = any(event.hlc > one.hlc for event in events if event.kind not in NO_ACTIVITY)
        return said or bool((first_second(facts.history.basket_at) > one.at).any())

    joined_on = facts.member.joined_on
    again = event_rule(erasures, facts.member.member_id, enrolments(events)).enrolled_again is not None
    until = lines_go_until(erased, enrolled_again=again, joined_on=joined_on, came_back=came_back)
    if until == ALWAYS:
        return None
    whole = erasures.whole(facts.member.member_id)
    if whole is not None:
        says_who = tables_say_who(whole, joined_on=joined_on, came_back=came_back)
        member = facts.member if says_who else nameless(facts.member)
        cards = facts.cards if says_who else ()
        consents = stands_after(facts.consents, whole.at)
        facts = replace(facts, member=member, cards=cards, consents=consents, privileges=())
    if until:
        facts = replace(facts, history=since(facts.history, until))
    if erasures.hides_contact(facts.member.member_id):
        facts = replace(facts, member=nameless(facts.member))
    return facts


def nameless(member: Member) -> Member:
    """The member without what says who it is; called by the shop's own id."""
    return replace(member, name=member.member_id, given_name="", phone="", email="", birthday="")


def since(history: History, at: int) -> History:
    """The line items that are certainly after a moment: a date without a time may be any moment of its day."""
    if not len(history.basket_at) or int(first_second(history.basket_at).min()) > at:
        return history
    kept_baskets = first_second(history.basket_at) > at
    number = kept_baskets.cumsum() - 1
    kept = kept_baskets[history.basket]
    return History(
        basket=number[history.basket[kept]].astype(history.basket.dtype),
        line_no=history.line_no[kept],
        item=history.item[kept],
        modifier_set=history.modifier_set[kept],
        quantity=history.quantity[kept],
        total_minor=history.total_minor[kept],
        flags=history.flags[kept],
        basket_at=history.basket_at[kept_baskets],
        basket_id=tuple(one for one, keep in zip(history.basket_id, kept_baskets.tolist(), strict=True) if keep),
    )


def last_activity(history: History, events: Sequence[Event], joined_on: str = "") -> int | None:
    """When a member last bought or said something, in wall seconds; None when nothing says."""
    bought = history.basket_at[history.basket[(history.flags & LineFlag.STRUCK) == 0]]
    times = [int(bought.max())] if len(bought) else []
    times += [event.at for event in events if event.kind not in NO_ACTIVITY]
    if not times and joined_on:
        with suppress(SettingsError):
            times.append(parse_at(joined_on[:10]))
    return max(times, default=None)
