"""What the member has agreed to, from the pack's consents and the journal's events.

An opt-out is safe: it stands against any opt-in of the journal that does not name it as its basis, because an associate
who did not see the opt-out cannot have asked about it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from clerk.model import Consent, ConsentState, Event, EventKind, Purpose

WORDING = "2026-11"
"""Version of the words below; recorded with every consent, so that it is known what was agreed to."""

WORDINGS = {
    Purpose.REMEMBER: "May we remember what you buy here, so that we know your usual?",
    Purpose.SUGGEST: "May we use that to mention a thing or two when you come in?",
    Purpose.CONTACT: "May the shop write to you or call you?",
}
"""What is read out before a purpose is agreed to."""


_WITHDRAWN = ConsentState.WITHDRAWN


@dataclass(frozen=True, slots=True)
class _Word:
    """One consent, wherever it was recorded."""

    at: int
    here: bool
    """From this counter's journal; of two at the same second it is the later word."""
    state: ConsentState
    event_id: str = ""
    basis: str = ""


def allowed_purposes(consents: Sequence[Consent], events: Sequence[Event]) -> frozenset[Purpose]:
    """The purposes agreed to.

    Args:
        consents: from the pack.
        events: the member's events that still count; only those of kind CONSENT are read.
    """
    words: dict[Purpose, list[_Word]] = {}
    for consent in consents:
        words.setdefault(consent.purpose, []).append(_Word(consent.at, False, consent.state))
    for event in events:
        if event.kind is EventKind.CONSENT:
            _add(words, event)
    allowed = {purpose for purpose, said in words.items() if _stands(said)}
    # The shop enrolled the member to be remembered and served, so both count as agreed until something is recorded;
    # where head office asks one by one and has only "remember", it has not asked for suggestions. Contact never is.
    if Purpose.REMEMBER not in words:
        allowed.add(Purpose.REMEMBER)
    asked_one_by_one = any(consent.purpose is Purpose.REMEMBER for consent in consents)
    if Purpose.SUGGEST not in words and not asked_one_by_one:
        allowed.add(Purpose.SUGGEST)
    return frozenset(allowed)


def basis_of(events: Sequence[Event], purpose: Purpose) -> str:
    """Id of the latest opt-out recorded here, which an opt-in has to name; empty without one."""
    for event in reversed(events):
        if event.kind is EventKind.CONSENT and event.payload.get("purpose") == purpose:
            return event.event_id if event.payload.get("state") != ConsentState.GIVEN else ""
    return ""


def _add(words: dict[Purpose, list[_Word]], event: Event) -> None:
    """Adds one consent event; one with an unknown purpose says nothing about the known ones."""
    try:
        purpose = Purpose(str(event.payload.get("purpose", "")))
    except ValueError:
        return
    try:
        state = ConsentState(str(event.payload.get("state", "")))
    except ValueError:
        # Something was said about this purpose that cannot be read: the safe reading is no.
        state = ConsentState.WITHDRAWN
    basis = str(event.payload.get("basis", ""))
    words.setdefault(purpose, []).append(_Word(event.at, True, state, event.event_id, basis))


def _stands(said: list[_Word]) -> bool:
    """Whether a purpose is agreed to, after everything that was said about it in order of time."""
    state = ConsentState.NOT_ASKED
    opt_out: _Word | None = None
    # At the same second of the pack the opt-out is heard last, the safe order. The journal knows its own order, and an
    # opt-in that does not name the opt-out before it lifts nothing in any order.
    for word in sorted(said, key=lambda word: (word.at, word.here, not word.here and word.state is _WITHDRAWN)):
        if word.state is ConsentState.WITHDRAWN:
            opt_out = word
        elif word.state is ConsentState.GIVEN and opt_out is not None and not _answers(word, opt_out):
            continue
        else:
            opt_out = None
        state = word.state
    return state is ConsentState.GIVEN


def _answers(opt_in: _Word, opt_out: _Word) -> bool:
    """Whether an opt-in lifts the opt-out before it."""
    if opt_out.here:
        return opt_in.here and opt_in.basis == opt_out.event_id
    # Within the pack the later record is head office's own word; the journal has to say that it saw the pack's.
    return not opt_in.here or bool(opt_in.basis)
