"""Laws of forgetting, over random members, erasures and events: pure rules, no files."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from clerk.clock import DAY_S, parse_at
from clerk.model import Event, EventKind, Member, MemberFacts
from clerk.privacy.erasure import (
    Erasure,
    Erasures,
    Scope,
    asked_forms,
    erasure_of,
    expires_before,
    joined_after,
    kept_forms,
    tombstone_of,
)
from clerk.privacy.readable import readable_facts, since
from clerk.privacy.which_events import readable_events
from tests.privacy.people import history

KEY = b"k" * 32
WHO = st.sampled_from(["m1", "m2", "m3"])
PLACE = st.integers(1, 40)


def event(who: str, kind: EventKind, hlc: int) -> Event:
    """An event with its place."""
    return Event(f"e{hlc}-{kind}", kind, hlc * 100, who, "a", {"text": "x"}, hlc)


KINDS = st.sampled_from([kind for kind in EventKind if kind is not EventKind.ERASED])
EVENTS = st.lists(st.builds(event, WHO, KINDS, PLACE), max_size=25)
ERASURES = st.lists(
    st.builds(
        lambda who, scope, hlc: Erasure(tombstone_of(KEY, "member", who), scope, hlc * 100, hlc),
        WHO,
        st.sampled_from(list(Scope)),
        PLACE,
    ),
    max_size=6,
)


@given(ERASURES, EVENTS, st.randoms())
def test_the_order_in_which_erasures_are_heard_of_changes_nothing(found, events, pick) -> None:  # type: ignore[no-untyped-def]
    mixed = [*found, *found]
    pick.shuffle(mixed)
    for who in ("m1", "m2", "m3"):
        own = [one for one in events if one.member_id == who]
        assert readable_events(Erasures([KEY], found), who, own) == readable_events(Erasures([KEY], mixed), who, own)


@given(ERASURES, EVENTS)
def test_nothing_before_the_last_whole_erasure_is_ever_read(found, events) -> None:  # type: ignore[no-untyped-def]
    erasures = Erasures([KEY], found)
    for who in ("m1", "m2", "m3"):
        mine = [one for one in erasures.of(who) if one.scope is Scope.ALL]
        kept = readable_events(erasures, who, [one for one in events if one.member_id == who])
        if mine:
            last = max(one.hlc for one in mine)
            assert all(one.hlc > last for one in kept)
            if kept:
                assert min(kept, key=lambda one: one.hlc).hlc >= min(
                    one.hlc
                    for one in events
                    if one.kind is EventKind.MEMBER and one.hlc > last and one.member_id == who
                )


@given(ERASURES, EVENTS)
def test_who_asked_nothing_loses_nothing(found, events) -> None:  # type: ignore[no-untyped-def]
    erasures = Erasures([KEY], [one for one in found if one.tombstone != tombstone_of(KEY, "member", "m3")])
    own = tuple(one for one in events if one.member_id == "m3")
    assert readable_events(erasures, "m3", own) == own


@given(ERASURES)
def test_erasures_survive_being_written_and_read(found) -> None:  # type: ignore[no-untyped-def]
    for one in found:
        assert erasure_of(one.as_json()) == one


@given(ERASURES, EVENTS, st.lists(st.integers(0, 4_500), max_size=12))
def test_no_line_item_from_before_an_erasure_is_ever_read(found, events, times) -> None:  # type: ignore[no-untyped-def]
    erasures = Erasures([KEY], found)
    facts = MemberFacts(Member(1, "m1", "Ada", phone="1"), (), (), history(sorted(times)))
    own = [one for one in events if one.member_id == "m1"]
    kept = readable_facts(erasures, facts, own)
    cut = [one.at for one in erasures.of("m1") if one.scope in (Scope.ALL, Scope.EXPIRED, Scope.PURCHASES)]
    if kept is not None and cut:
        assert all(at > max(cut) for at in kept.history.basket_at.tolist())
    if kept is not None and any(one.scope is Scope.CONTACT for one in erasures.of("m1")):
        assert (kept.member.name, kept.member.phone) == ("m1", "")


@given(st.lists(st.integers(0, 100), max_size=20), st.integers(-1, 101))
def test_a_cut_history_is_a_history_of_its_own(times, at) -> None:  # type: ignore[no-untyped-def]
    whole = history(sorted(times))
    cut = since(whole, at)
    assert cut.basket_at.tolist() == [one for one in sorted(times) if one > at]
    assert len(cut.basket_id) == len(cut.basket_at)
    if len(cut.item):
        assert int(cut.basket.max()) == len(cut.basket_at) - 1
        assert int(cut.basket.min()) == 0


def test_one_number_is_one_number_however_it_is_written() -> None:
    ways = ("+43 664 765 43 21", "0664/7654321")
    assert all(set(kept_forms("phone", a, "")) & set(asked_forms("phone", b, "")) for a in ways for b in ways)
    assert kept_forms("phone", ways[0], "AT") == kept_forms("phone", ways[1], "AT")
    assert kept_forms("phone", "12", "") == asked_forms("phone", "12", "") == ()
    assert kept_forms("email", " Ada@Example.org ", "") == ("ada@example.org",)


def test_a_tombstone_of_the_last_nine_digits_from_before_is_still_asked_for() -> None:
    for written in ("+47 22 33 44 55", "22 33 44 55"):
        old = "".join(letter for letter in written if letter.isdigit())[-9:]
        assert old in asked_forms("phone", written, "NO")
    assert asked_forms("phone", "4.47701E+11", "") == ()


def test_other_keys_and_other_kinds_give_other_tombstones() -> None:
    made = {tombstone_of(key, kind, "m1") for key in (KEY, b"x" * 32) for kind in ("member", "email", "card")}
    assert len(made) == 6


def test_a_detail_corrected_elsewhere_after_everything_was_forgotten_brings_nobody_back() -> None:
    erasures = Erasures([KEY], [Erasure(tombstone_of(KEY, "member", "m1"), Scope.ALL, 100, 10)])
    corrected = replace(event("m1", EventKind.MEMBER, 11), payload={"phone": "0664 7654321"})
    facts = MemberFacts(Member(1, "m1", "Ada", phone="1"), (), (), history([5]))
    assert readable_events(erasures, "m1", [corrected]) == ()
    assert readable_facts(erasures, facts, [corrected]) is None
    enrolled = replace(event("m1", EventKind.MEMBER, 12), payload={"name": "Ada"})
    assert readable_events(erasures, "m1", [corrected, enrolled]) == (enrolled,)


def test_an_unknown_scope_takes_everything() -> None:
    found = erasure_of({"tombstone": "t", "scope": "of a newer clerk"}, 1, 2)
    assert found is not None
    assert found.scope is Scope.ALL
    assert erasure_of({"scope": "all"}, 1, 2) is None


def test_a_clock_that_is_wrong_by_years_expires_nobody() -> None:
    now = parse_at("2026-03-10")
    assert expires_before(now, now, 36) == parse_at("2023-03-01T00:00")
    ahead = now + 20 * 365 * DAY_S
    assert expires_before(ahead, now, 36) < now - 2 * 365 * DAY_S


def test_joining_on_the_day_of_the_erasure_is_not_joining_again() -> None:
    at = parse_at("2026-03-10T09:00")
    assert not joined_after("2026-03-10", at)
    assert joined_after("2026-03-11", at)
    assert not joined_after("", at)
