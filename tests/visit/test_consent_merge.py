"""Consents of several counters, merged: a withdrawn one is never shown as given, whatever the clocks say."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from itertools import permutations

import pytest

from clerk.clock import DAY_S, NOON_S, to_datetime
from clerk.model import Consent, ConsentState, Event, EventKind, Purpose
from clerk.privacy.consent import basis_of, consents_now
from clerk.visit.profile.event_overlay import merged
from tests.proof import rounds
from tests.visit.build import NOW, Counter, event, history

GIVEN, WITHDRAWN = ConsentState.GIVEN, ConsentState.WITHDRAWN


@dataclass
class Device:
    """A counter that is cut off between nights, with a clock of its own."""

    name: str
    skew_s: float
    hlc: int = 0
    pack: tuple[Event, ...] = ()
    office: tuple[Consent, ...] = ()
    generation: str = ""
    journal: list[Event] = field(default_factory=list)

    def says(self, state: ConsentState, true_at: float) -> Event:
        """The member agrees or withdraws here, seeing what this counter knows."""
        at = true_at + self.skew_s
        self.hlc = max(self.hlc + 1, int(at * 1000) << 16)
        seen = merged(self.pack, self.journal)
        basis = basis_of(seen, Purpose.SUGGEST, self.generation)
        payload = {"purpose": "suggest", "state": str(state), "basis": basis}
        made = Event(f"{self.name}{len(self.journal)}", EventKind.CONSENT, int(at), "m", "", payload, self.hlc,
                     self.name, len(self.journal) + 1)  # fmt: skip
        self.journal.append(made)
        return made

    def agreed(self) -> bool:
        """Whether this counter takes suggestions as agreed to."""
        return Purpose.SUGGEST in consents_now(self.office, merged(self.pack, self.journal)).allowed


def lived_through(pick: random.Random, skew_s: float, withdrawn_at_office: bool) -> tuple[bool, bool, bool]:
    """One member, some days: (what the member said last was no, some counter shows yes, the last clock says yes)."""
    devices = [Device(name, pick.gauss(0, skew_s)) for name in "abc"[: pick.randrange(2, 4)]]
    words: list[tuple[float, bool]] = []
    office: list[Consent] = []
    now = float(NOW)
    for _ in range(pick.randrange(1, 5)):
        for _ in range(pick.randrange(4)):
            now += pick.expovariate(1 / 9000)
            yes = pick.random() < 0.5
            words.append((now, yes))
            state = GIVEN if yes else WITHDRAWN
            if withdrawn_at_office and pick.random() < 0.4:
                # Some systems know the day only, and a date without a time is read as noon.
                at = int(now) // DAY_S * DAY_S + NOON_S if pick.random() < 0.3 else int(now)
                office.append(Consent(Purpose.SUGGEST, state, at))
            else:
                pick.choice(devices).says(state, now)
        now += 3600
        ledger = merged((), [event for device in devices for event in device.journal])
        for device in devices:
            if pick.random() < 0.7:
                # What head office recorded arrives late, and not in its order.
                device.pack, device.office = ledger, tuple(one for one in office if pick.random() < 0.8)
                device.generation = f"{to_datetime(int(now)):%Y%m%dT%H%M%S}-01-abc"
                device.hlc = max([device.hlc, *(event.hlc for event in ledger)])
    everything = merged((), [event for device in devices for event in device.journal])
    shown = Purpose.SUGGEST in consents_now(office, everything).allowed
    by_clock = bool(everything) and everything[-1].payload["state"] == "given"
    return bool(words) and not words[-1][1], shown, by_clock


@pytest.mark.parametrize("skew_s", [9, 900, 8640, DAY_S])
@pytest.mark.parametrize("office", [False, True])
def test_no_withdrawn_consent_is_ever_shown_as_given(skew_s: int, office: bool) -> None:
    pick = random.Random(skew_s)
    lives = [lived_through(pick, skew_s, office) for _ in range(rounds(2_000, 100_000))]
    assert sum(withdrawn and shown for withdrawn, shown, _ in lives) == 0
    assert any(shown for _, shown, _ in lives), "who agrees is believed"
    if skew_s >= 900:
        assert any(withdrawn and by_clock for withdrawn, _, by_clock in lives), "the clocks alone would have been wrong"


def said(state: str, name: str, basis: str = "", hlc: int = 0) -> Event:
    return Event(name, EventKind.CONSENT, NOW, "m", "", {"purpose": "suggest", "state": state, "basis": basis}, hlc)


def test_an_opt_in_has_to_name_every_opt_out_that_stands() -> None:
    outs = [said("withdrawn", "o1", hlc=1), said("withdrawn", "o2", hlc=2)]
    assert basis_of(outs, Purpose.SUGGEST, "G") == "o1 o2 G"
    assert Purpose.SUGGEST not in consents_now((), [*outs, said("given", "i", "o2", 3)]).allowed
    assert Purpose.SUGGEST in consents_now((), [*outs, said("given", "i", "o1 o2 G", 3)]).allowed


def test_a_no_said_again_by_who_saw_the_first_is_one_no() -> None:
    again = [said("withdrawn", "o1", hlc=1), said("withdrawn", "o2", "o1", 2)]
    assert basis_of(again, Purpose.SUGGEST) == "o2"
    assert Purpose.SUGGEST in consents_now((), [*again, said("given", "i", "o2", 3)]).allowed


def test_two_opt_outs_that_name_each_other_both_stand() -> None:
    circle = [said("withdrawn", "o1", "o2", 1), said("withdrawn", "o2", "o1", 2), said("given", "i", "x", 3)]
    assert Purpose.SUGGEST not in consents_now((), circle).allowed


def test_the_order_in_which_events_are_heard_changes_nothing() -> None:
    events = [said("withdrawn", "o", hlc=5), said("given", "i", "o", 6), said("withdrawn", "p", hlc=4)]
    assert {consents_now((), merged((), order)).allowed for order in permutations(events)} == {
        frozenset({Purpose.REMEMBER})
    }


def test_an_opt_in_that_rests_on_an_older_pack_does_not_lift_head_offices_opt_out() -> None:
    at = NOW - 3600
    out = Consent(Purpose.SUGGEST, WITHDRAWN, at)
    for moment, lifts in ((at - 1, False), (at, True)):
        opt_in = said("given", "i", f"{to_datetime(moment):%Y%m%dT%H%M%S}-01-abc")
        found = consents_now([out], [opt_in])
        assert (Purpose.SUGGEST in found.allowed) is lifts
        assert found.ask_again == (() if lifts else (Purpose.SUGGEST,))


def test_an_opt_out_of_a_day_without_a_time_stands_for_that_whole_day() -> None:
    midnight = NOW // DAY_S * DAY_S
    out = Consent(Purpose.SUGGEST, WITHDRAWN, midnight)
    same_day = said("given", "i", f"{to_datetime(midnight + 5 * 3600):%Y%m%dT%H%M%S}-01-abc")
    next_day = said("given", "i", f"{to_datetime(midnight + 29 * 3600):%Y%m%dT%H%M%S}-01-abc")
    assert Purpose.SUGGEST not in consents_now([out], [same_day]).allowed
    assert Purpose.SUGGEST in consents_now([out], [next_day]).allowed


def test_the_card_asks_again_where_a_yes_could_not_lift_a_no() -> None:
    past = history([(9, [1])])
    no = event(EventKind.CONSENT, 3, purpose="suggest", state="withdrawn")
    yes = event(EventKind.CONSENT, 2, purpose="suggest", state="given", basis="another pack")
    assert "ask again: suggestions (a yes and a no were said)" in Counter(past, [no, yes]).card().notes
    assert Counter(past, [yes, no]).card().notes == (), "a member who changed their mind is not asked"
