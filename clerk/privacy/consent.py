"""What the member has agreed to, from the consents of the shop's exports and the events of every counter.

Nobody was asked unless a record says so: *suggest* and *contact* are agreed to by a yes alone. *Remember* is part of
joining, until somebody says no or the shop's own system says that it was not asked.

An opt-out is safe: it stands until an opt-in names it as its basis, because an associate who did not see the opt-out
cannot have asked about it. No clock decides this: with clocks some seconds apart, "the last word counts" brought back
what members had withdrawn (evidence: reliability 3.3). A yes in an export lifts no counter's opt-out, whatever its
date: nobody can prove that head office knew of it. Where yes and no are both on record, the card says: ask again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from clerk.clock import DAY_S, NOON_S, first_second, to_datetime
from clerk.model import UNDATED, AgreementState, Consent, Consents, ConsentState, Event, EventKind, Purpose, PurposeNow

_GENERATION = re.compile(r"(\d{8})T(\d{6})-")
"""How the name of a pack begins: the moment at which it was built."""


_OPENS_SUGGESTIONS = {Purpose.REMEMBER: "being remembered", Purpose.SUGGEST: "suggestions"}
"""What has to be agreed to before anything is suggested, as the associate's screen calls it."""
_WHY_NOT = {
    AgreementState.WITHDRAWN: "Has said no to {}.",
    AgreementState.NOT_ASKED: "Not asked yet about {}: ^G shows what to read out.",
    AgreementState.ASK_AGAIN: "A yes and a no about {}: ^G shows what to read out.",
    AgreementState.UNREAD: "What was said about {} cannot be read.",
}


@dataclass(frozen=True, slots=True)
class _Word:
    """One consent event."""

    at: int
    state: ConsentState
    event_id: str
    basis: frozenset[str]
    channel: str
    wording: str

    def decides(self, state: AgreementState) -> PurposeNow:
        """Where the purpose stands because of this."""
        return PurposeNow(state, self.at, self.channel, self.wording)


def consents_now(consents: Sequence[Consent], events: Sequence[Event]) -> Consents:
    """Where the purposes stand.

    Args:
        consents: head office's own word, from the shop's exports.
        events: the member's events that count, of all counters, oldest first; only those of kind CONSENT are read.
    """
    words = _words(events)
    return Consents(
        {
            purpose: _now(purpose, [one for one in consents if one.purpose is purpose], words.get(purpose, []))
            for purpose in Purpose
        }
    )


def earliest(consent: Consent) -> int:
    """The first second that a record may mean."""
    return int(first_second(consent.at))


def latest(consent: Consent) -> int:
    """The last second that a record may mean: noon, as dates are read, and midnight may stand for the whole day."""
    return earliest(consent) + DAY_S - 1 if consent.at % DAY_S in (0, NOON_S) else consent.at


def stands_after(consents: Sequence[Consent], at: int) -> tuple[Consent, ...]:
    """The records that are certainly later than an erasure, and every no that may be.

    An undated yes is not certain.

    Args:
        consents: of a member who was forgotten and is a member again.
        at: wall second of the erasure.
    """
    return tuple(
        one for one in consents if (latest(one) > at if _is_no(one) else earliest(one) > at and one.by != UNDATED)
    )


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
        words.setdefault(purpose, []).append(
            _Word(event.at, state, event.event_id, basis, str(said.get("channel", "")), str(said.get("wording", "")))
        )
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


def _now(purpose: Purpose, consents: Sequence[Consent], said: Sequence[_Word]) -> PurposeNow:
    """Where one purpose stands.

    Args:
        purpose: which.
        consents: head office's records of it.
        said: events about it, oldest first.
    """
    office = _newest(consents)
    agreed = [word for word in said if word.state is ConsentState.GIVEN]
    if outs := _standing_outs(said):
        out = outs[-1]
        heard_yes = any(word.state is ConsentState.GIVEN for word in said[list(said).index(out) + 1 :])
        heard_yes |= any(one.state is ConsentState.GIVEN and earliest(one) > out.at for one in consents)
        return out.decides(AgreementState.ASK_AGAIN if heard_yes else AgreementState.WITHDRAWN)
    # Opt-outs that were answered are settled, whatever the clocks of yes and no say.
    if office is not None and _is_no(office):
        events = {word.event_id for word in said}
        if seen := [word for word in agreed if _saw(word, office, events)]:
            return seen[-1].decides(AgreementState.GIVEN)
        heard_yes = any(word.at >= office.at for word in agreed)
        heard_yes |= any(one.state is ConsentState.GIVEN and earliest(one) > latest(office) for one in consents)
        return _decides(office, AgreementState.ASK_AGAIN if heard_yes else AgreementState.WITHDRAWN)
    if said and said[-1].state is ConsentState.NOT_ASKED:
        return PurposeNow(AgreementState.NOT_ASKED)
    if office is not None and office.state is ConsentState.GIVEN:
        if agreed and agreed[-1].at >= office.at:
            return agreed[-1].decides(AgreementState.GIVEN)
        return _decides(office, AgreementState.GIVEN)
    if agreed and (office is None or agreed[-1].at >= office.at):
        return agreed[-1].decides(AgreementState.GIVEN)
    joined = purpose is Purpose.REMEMBER and office is None
    return PurposeNow(AgreementState.JOINED if joined else AgreementState.NOT_ASKED)


def _decides(office: Consent, state: AgreementState) -> PurposeNow:
    return PurposeNow(state, office.at, office.channel, office.wording)


def _newest(consents: Sequence[Consent]) -> Consent | None:
    """Head office's own word: the later record counts, and where two may be of one second the no.

    That nothing was asked ends an earlier yes and never a no. A yes without a date of its own comes after no no.
    """
    noes = [one for one in consents if _is_no(one)]
    yeses = [one for one in consents if one.state is ConsentState.GIVEN and not (noes and one.by == UNDATED)]
    unasked = [one for one in consents if one.state is ConsentState.NOT_ASKED]
    no, yes = (
        max(noes, key=lambda one: (latest(one), one.at), default=None),
        max(yeses, key=lambda one: (earliest(one), one.at), default=None),
    )
    if no is not None and (yes is None or latest(no) >= earliest(yes)):
        return no
    blank = max(unasked, key=lambda one: one.at, default=None)
    return blank if blank is not None and (yes is None or blank.at > yes.at) else yes


def _is_no(consent: Consent) -> bool:
    return consent.state is ConsentState.WITHDRAWN


def _saw(word: _Word, office: Consent, events: set[str]) -> bool:
    """Whether an opt-in rests on a pack that could hold head office's opt-out; one that names no pack, on its clock."""
    at = latest(office)
    built = [int("".join(found.groups())) for name in word.basis if (found := _GENERATION.match(name))]
    if built:
        return max(built) >= int(f"{to_datetime(at):%Y%m%d%H%M%S}")
    # Who names events only has answered those.
    return bool(word.basis - events) and word.at >= at


def not_agreed(consents: Consents) -> str | None:
    """Why nothing is suggested to a member, and what the associate may do about it; None where it is agreed to.

    Who said no is not asked again.
    """
    for purpose, what in _OPENS_SUGGESTIONS.items():
        if purpose not in consents.allowed:
            return _WHY_NOT[consents.state(purpose)].format(what)
    return None


def may_suggest_and_contact(allowed: frozenset[Purpose]) -> bool:
    """Whether somebody may be asked by the shop whether they would like something."""
    return {Purpose.REMEMBER, Purpose.SUGGEST, Purpose.CONTACT} <= allowed
