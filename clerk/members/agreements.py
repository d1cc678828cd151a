"""Where the purposes of a member stand, since when, and in which words: for the counter and for the kiosk."""

from __future__ import annotations

from collections.abc import Sequence

from clerk.model import Agreement, Consent, ConsentState, Event, EventKind, MemberFacts, Purpose
from clerk.phrases import date
from clerk.privacy.consent import consents_now
from clerk.privacy.wordings import Wordings
from clerk.visit.profile.event_overlay import standing


def agreements(facts: MemberFacts, events: Sequence[Event], wordings: Wordings) -> tuple[Agreement, ...]:
    """Every purpose, in the order in which a member is asked.

    Args:
        facts: of the pack.
        events: of every counter.
        wordings: what is read out in this shop.
    """
    now, locale = consents_now(facts.consents, events), facts.member.locale
    words, version = wordings.of(locale), wordings.recorded(locale)
    return tuple(
        Agreement(
            purpose,
            purpose in now.allowed,
            words[purpose],
            version,
            _since(purpose, purpose in now.allowed, facts.consents, events),
            purpose in now.ask_again,
        )
        for purpose in Purpose
    )


def _since(purpose: Purpose, allowed: bool, consents: Sequence[Consent], events: Sequence[Event]) -> str:
    """`agreed on 3 Nov 2026 (counter, wording 2026-11)`: the newest word of the kind that stands."""
    state = ConsentState.GIVEN if allowed else ConsentState.WITHDRAWN
    words = [(one.at, one.channel, one.wording) for one in consents if one.purpose is purpose and one.state is state]
    words += [
        (event.at, str(event.payload.get("channel", "")), str(event.payload.get("wording", "")))
        for event in standing(events)
        if event.kind is EventKind.CONSENT
        and event.payload.get("purpose") == purpose
        and event.payload.get("state") == state
    ]
    if not words:
        return "as part of joining" if allowed else "never agreed to"
    at, channel, wording = max(words, key=lambda one: one[0])
    told = ", ".join(part for part in (channel, f"wording {wording}" if wording else "") if part)
    return f"{'agreed on' if allowed else 'not agreed to since'} {date(at)}{f' ({told})' if told else ''}"
