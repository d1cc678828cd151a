"""What the member has agreed to, from the consents of the shop's exports and the events of every counter.

An opt-out is safe: it stands until an opt-in names it as its basis, because an associate who did not see the opt-out
cannot have asked about it. No clock decides this: with clocks some seconds apart, "the last word counts" brought back
what members had withdrawn (evidence: reliability 3.3). Where yes and no are both on record, the card says: ask again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from clerk.clock import DAY_S, to_datetime
from clerk.model import Consent, ConsentState, Event, EventKind, Purpose

_GENERATION = re.compile(r"(\d{8})T(\d{6})-")
"""How the name of a pack begins: the moment at which it was built."""


@dataclass(frozen=True, slots=True)
class Consents:
    """Where the purposes stand."""

    allowed: frozenset[Purpose]
    """Agreed to."""
    ask_again: tuple[Purpose, ...] = ()
    """Agreed to somewhere by an associate who had not seen that they were withdrawn elsewhere: not agreed to."""
    is_unread: bool = False
    """What was said could not be read whole: nothing counts as agreed, and nobody may say that it was withdrawn."""

    @classmethod
    def unread(cls) -> Consents:
        """Where the purposes stand while what was said about them cannot be read: nothing is agreed to."""
        return cls(frozenset(), is_unread=True)


@dataclass(frozen=True, slots=True)
class _Word:
    """One consent event."""

    at: int
    state: ConsentState
    event_id: str
    basis: frozenset[str]


def consents_now(consents: Sequence[Consent], events: Sequence[Event]) -> Consents:
    """Where the purposes stand.

    Args:
        consents: head office's own word, from the shop's exports.
        events: the member's events that count, of all counters, oldest first; only those of kind CONSENT are read.
    """
    words = _words(events)
    asked = {consent.purpose for consent in consents}
    allowed: set[Purpose] = set()
    again = []
    for purpose in Purpose:
        said = words.get(purpose, [])
        if said or purpose in asked:
            stands, heard_yes = _stands([one for one in consents if one.purpose is purpose], said)
            if stands:
                allowed.add(purpose)
            elif heard_yes:
                again.append(purpose)
        # The shop enrolled the member to be remembered and served, so both count as agreed until something is
        # recorded; where head office asks one by one and has only "remember", it has not asked for suggestions.
        # Contact never is.
        elif purpose is Purpose.REMEMBER or (purpose is Purpose.SUGGEST and Purpose.REMEMBER not in asked):
            allowed.add(purpose)
    return Consents(frozenset(allowed), tuple(again))


def basis_of(events: Sequence[Event], purpose: Purpose, generation: str = "") -> str:
    """What the associate has seen and a new word has to name: every opt-out that stands, and the pack.

    Args:
        events: as in `consents_now`.
        purpose: that is asked about.
        generation: name of the pack in use, which holds head office's own word.
    """
    names = [one.event_id for one in _standing_outs(_words(events).get(purpose, []))]
    return " ".join((*names, generation)).strip()


def _words(events: Iterable[Event]) -> dict[Purpose, list[_Word]]:
    """Consent events by purpose; one with an unknown purpose says nothing about the known ones."""
    words: dict[Purpose, list[_Word]] = {}
    for event in events:
        if event.kind is not EventKind.CONSENT:
            continue
        said = event.payload
        try:
            purpose = Purpose(str(said.get("purpose", "")))
        except ValueError:
            continue
        try:
            state = ConsentState(str(said.get("state", "")))
        except ValueError:
            # Something was said about this purpose that cannot be read: the safe reading is no.
            state = ConsentState.WITHDRAWN
        basis = frozenset(str(said.get("basis", "")).split())
        words.setdefault(purpose, []).append(_Word(event.at, state, event.event_id, basis))
    return words


def _standing_outs(said: Sequence[_Word]) -> list[_Word]:
    """Opt-outs of the counters that no opt-in names and no later opt-out repeats, oldest first."""
    answered: set[str] = set()
    standing = []
    for word in reversed(said):
        if word.state is ConsentState.WITHDRAWN:
            if word.event_id not in answered:
                standing.append(word)
            # A "no" said again by somebody who saw the first is the same "no": answering it answers both.
            answered |= word.basis
    lifted = {name for word in said if word.state is ConsentState.GIVEN for name in word.basis}
    return [word for word in reversed(standing) if word.event_id not in lifted]


def _stands(consents: Sequence[Consent], said: Sequence[_Word]) -> tuple[bool, bool]:
    """Whether a purpose is agreed to, and whether a later "yes" came without effect where it is not."""
    outs = _standing_outs(said)
    if outs:
        after = list(said).index(outs[-1])
        return False, any(word.state is ConsentState.GIVEN for word in said[after + 1 :])
    # Opt-outs that were answered are settled, whatever the clocks of yes and no say.
    rest = [word for word in said if word.state is not ConsentState.WITHDRAWN]
    if rest and rest[-1].state is ConsentState.NOT_ASKED:
        return False, False
    # Head office's own word: the later record counts, at the same second the opt-out.
    office = max(consents, key=lambda one: (one.at, one.state is ConsentState.WITHDRAWN), default=None)
    if office is None or office.state is ConsentState.GIVEN:
        return bool(rest) or office is not None, False
    if office.state is ConsentState.WITHDRAWN:
        later = any(word.at >= office.at for word in rest)
        events = {word.event_id for word in said}
        stands = any(_saw(word, office, events) for word in rest)
        return stands, later and not stands
    return any(word.at >= office.at for word in rest), False


def _saw(word: _Word, office: Consent, events: set[str]) -> bool:
    """Whether an opt-in rests on a pack that could hold head office's opt-out; one that names no pack, on its clock."""
    # An export that knows the day only may mean any moment of it.
    at = office.at + DAY_S - 1 if office.at % DAY_S == 0 else office.at
    built = [int("".join(found.groups())) for name in word.basis if (found := _GENERATION.match(name))]
    if built:
        return max(built) >= int(f"{to_datetime(at):%Y%m%d%H%M%S}")
    # Who names events only has answered those.
    return bool(word.basis - events) and word.at >= office.at


def may_suggest_and_contact(allowed: frozenset[Purpose]) -> bool:
    """Whether somebody may be asked by the shop whether they would like something."""
    return {Purpose.REMEMBER, Purpose.SUGGEST, Purpose.CONTACT} <= allowed
