"""Where the purposes of a member stand, since when, and in which words: for the counter and for the kiosk."""

from __future__ import annotations

from collections.abc import Sequence

from clerk.model import Agreement, AgreementState, Event, MemberFacts, PurposeNow
from clerk.phrases import date
from clerk.privacy.consent import consents_now
from clerk.privacy.wordings import Wordings


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
        Agreement(purpose, one.state, words[purpose], version, _since(one)) for purpose, one in now.purposes.items()
    )


def _since(one: PurposeNow) -> str:
    """`on 3 Nov 2026 (counter, wording 2026-11)`, to follow the state's words; empty where no record decided."""
    if not one.at:
        return ""
    told = ", ".join(part for part in (one.channel, f"wording {one.wording}" if one.wording else "") if part)
    day = "on" if one.state in (AgreementState.GIVEN, AgreementState.WITHDRAWN) else "as of"
    return f"{day} {date(one.at)}{f' ({told})' if told else ''}"
