"""Which ids are one person: every device says the same, nobody is one by half, and the stricter answer counts."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from clerk.clock import DAY_S
from clerk.members.pairs import Group, pairs_of, with_stricter
from clerk.model import Consent, ConsentState, Event, EventKind, PairState, Purpose
from clerk.privacy.consent import basis_of, consents_now
from clerk.visit.profile.event_overlay import standing

IDS = ("A", "B", "C", "N-BCDFGHJKLNPR")
NIGHT = "20260101T000000-01-abcdef"


def half(who: str, name: str, state: str, hlc: int, device: str = "d") -> Event:
    return Event(
        f"{name}{who}{hlc}{device}", EventKind.PAIR, hlc, who, "m", {"pair": name, "state": state}, hlc, device
    )


def both(one: str, other: str, name: str, state: str, hlc: int) -> list[Event]:
    return [half(one, name, state, hlc), half(other, name, state, hlc + 1)]


HALVES = st.lists(
    st.builds(
        half, st.sampled_from(IDS), st.sampled_from(["p1", "p2", "p3"]),
        st.sampled_from([*PairState, "of a newer Clerk"]), st.integers(1, 9), st.sampled_from(["d1", "d2"]),
    ),
    max_size=14,
    unique_by=lambda event: event.event_id,
)  # fmt: skip


@given(HALVES, st.randoms())
def test_in_whatever_order_the_decisions_come_the_same_ids_are_one(found: list[Event], pick) -> None:  # type: ignore[no-untyped-def]
    mixed = [*found, *found]
    pick.shuffle(mixed)
    assert pairs_of(mixed) == pairs_of(found)


@given(st.permutations(IDS), st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), max_size=5))
def test_taking_apart_what_was_made_one_is_as_if_nothing_had_been(ids: list[str], made: list[tuple[int, int]]) -> None:
    events, last = [], []
    for number, (one, other) in enumerate((a, b) for a, b in made if a != b):
        events += both(ids[one], ids[other], f"p{number}", "one", 10 * number)
        last += both(ids[other], ids[one], f"q{number}", "open", 1000 + 10 * number)
    assert all(set(group.ids) > {who} for who, group in pairs_of(events).groups.items())
    assert not pairs_of([*events, *last]).groups
    assert all(pairs_of([*events, *last]).first(who) == who for who in IDS)


def test_two_counters_that_made_the_same_two_one_agree_on_who_is_shown() -> None:
    one, other = both("N-BCDFGHJKLNPR", "B", "p1", "one", 1), both("B", "N-BCDFGHJKLNPR", "p2", "one", 5)
    assert pairs_of(one).ids("N-BCDFGHJKLNPR") == pairs_of([*other, *one]).ids("B") == ("B", "N-BCDFGHJKLNPR")


def test_half_a_decision_makes_nobody_one() -> None:
    assert not pairs_of(both("A", "B", "p1", "one", 1)[:1]).groups
    assert not pairs_of([half("A", "p1", "one", 1), half("B", "p2", "one", 2)]).groups


def test_kept_apart_ends_one_person_and_one_person_ends_kept_apart() -> None:
    events = [*both("A", "B", "p1", "one", 1), *both("A", "B", "p2", "apart", 3)]
    assert not pairs_of(events).groups
    assert pairs_of([*events, *both("B", "A", "p3", "one", 5)]).first("B") == "A"


MADE = half("A", "p", "one", 100)
ROWS = st.lists(
    st.builds(
        lambda purpose, state, day: Consent(purpose, state, day * DAY_S + 60),
        st.sampled_from(list(Purpose)), st.sampled_from(list(ConsentState)), st.integers(1, 300),
    ),
    max_size=5,
)  # fmt: skip
WORDS = st.lists(
    st.tuples(st.sampled_from(list(Purpose)), st.sampled_from(["given", "withdrawn"]), st.integers(1, 99)), max_size=5
)


def word(who: str, purpose: Purpose, state: str, hlc: int, basis: str = "") -> Event:
    payload = {"purpose": purpose.value, "state": state, "basis": basis}
    return Event(f"{who}{hlc}{purpose}{state}", EventKind.CONSENT, hlc * DAY_S, who, "a", payload, hlc, "d")


@given(ROWS, ROWS, WORDS, WORDS)
def test_one_person_agreed_to_what_both_ids_had_agreed_to_and_a_yes_from_then_on_counts(
    rows_a: list[Consent], rows_b: list[Consent], words_a: list[tuple[Purpose, str, int]],
    words_b: list[tuple[Purpose, str, int]],
) -> None:  # fmt: skip
    rows = {"A": rows_a, "B": rows_b}
    told = {who: sorted({word(who, *one).event_id: word(who, *one) for one in words}.values(), key=lambda e: e.hlc)
            for who, words in (("A", words_a), ("B", words_b))}  # fmt: skip
    alone = [consents_now(rows[who], standing(told[who])).allowed for who in ("A", "B")]
    group = Group(("A", "B"), MADE)
    united = standing(with_stricter(group, told, rows.__getitem__))
    everything = [*rows_a, *rows_b]
    assert consents_now(everything, united).allowed <= alone[0] & alone[1]
    for purpose in Purpose:
        # Asked again afterwards, by somebody who sees what stands and the exports of last night.
        basis = basis_of(united, purpose, NIGHT.replace("2026", "2099"))
        yes = replace(word("A", purpose, "given", 400, basis), at=400 * DAY_S)
        after = standing(with_stricter(group, {**told, "A": [*told["A"], yes]}, rows.__getitem__))
        assert purpose in consents_now(everything, after).allowed
        # Who did not see that it was in doubt has asked about one of the two only.
        blind = replace(yes, payload={**yes.payload, "basis": ""})
        after = standing(with_stricter(group, {**told, "A": [*told["A"], blind]}, rows.__getitem__))
        if any(consents_now(rows[who], standing(told[who])).state(purpose) == "withdrawn" for who in ("A", "B")):
            assert purpose not in consents_now(everything, after).allowed
