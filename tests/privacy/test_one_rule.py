"""Journal, ledger, pack, history and counter are asked which events an erasure takes: all give the same answer."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import NamedTuple

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clerk.clock import DAY_S, FixedClock
from clerk.exchange.office.ledger.ledger import Ledger
from clerk.history.delete_erased import redact_journal
from clerk.history.leave_out import KINDS, ErasureRules, leave_out, read_erasure_rules
from clerk.journal import Journal, chain
from clerk.model import EVENT_KINDS, Event, EventKind, History, Member, MemberFacts
from clerk.pack.open import PACKS, current_generation
from clerk.pack_build.member_events import TAKEN_BACK, write_events
from clerk.privacy.erasure import Erasure, Erasures, Scope, erasure_of, tombstone_of
from clerk.privacy.readable import ALWAYS, NO_ACTIVITY, lines_go_until, readable_facts
from clerk.privacy.which_events import REDACTED, EventRule, enrols, event_rule, readable_events
from clerk.settings import Settings
from clerk.visit.profile.event_overlay import laid_over
from clerk.visit.profile.undoing import undone_by
from tests.exchange.histories import header
from tests.journal.helpers import open_journal, raw
from tests.pack_build.shop import build_shop, write_shop
from tests.privacy.people import history
from tests.promises.corner import NOW
from tests.proof import rounds

KEY = b"k" * 32
WHO = ("m1", "m2")
UNKNOWN = "greeted"
"""A kind of event of a newer Clerk."""
PURCHASE = EventKind.VISIT_ENDED
"""A kind that goes with the line items of the same moment."""

_BEGAN = NOW - 20 * DAY_S
_numbers = count(1)


class Told(NamedTuple):
    """One event of a story: its place in it is its moment."""

    kind: str
    who: str
    payload: dict[str, object]


def said(kind: str = UNKNOWN, who: str = "m1") -> Told:
    """Something of a member."""
    return Told(kind, who, {"text": "x"})


def enrolled(who: str = "m1") -> Told:
    """Enrolled at a counter."""
    return Told("member", who, {"name": "Ada"})


def erased(scope: Scope, who: str = "m1") -> Told:
    """Forgotten, wholly or in part."""
    return Told("erased", "", {"tombstone": tombstone_of(KEY, "member", who), "scope": scope.value, "key": KEY.hex()})


def back(steps: int, who: str = "m1") -> Told:
    """Takes back what was told so many moments before."""
    return Told("undo", who, {"back": steps})


_SPOKEN = sorted({*EVENT_KINDS, UNKNOWN} - {"erased", "undo", "member"})
_TOLD = st.one_of(
    st.builds(said, st.sampled_from(_SPOKEN), st.sampled_from(WHO)),
    st.builds(erased, st.sampled_from(list(Scope)), st.sampled_from(WHO)),
    st.builds(enrolled, st.sampled_from(WHO)),
    st.builds(lambda who: Told("member", who, {"phone": "0664 7654321"}), st.sampled_from(WHO)),
    # Whoever takes something back has heard of it: the moment is a later one than that of the event.
    st.builds(back, st.sampled_from([1, 1, 2, 3, 5]), st.sampled_from(WHO)),
)


@dataclass(frozen=True)
class Story:
    """What happened at a shop, with places: as rows in the order in which one device wrote them down."""

    events: tuple[tuple[Told, int], ...]
    """Each with its moment, in any order."""
    name: str

    def rows(self, device: str, epoch: str) -> list[tuple[object, ...]]:
        """As a device sends them, chained."""
        made, head = [], chain.genesis(device, epoch)
        for seq, (told, moment) in enumerate(self.events, 1):
            payload = dict(told.payload)
            if "back" in payload:
                payload = {"event_id": self.id_of(moment - int(str(payload["back"])))}
            body = (
                device, epoch, seq, self.id_of(moment), hlc_of(moment), at_of(moment), at_of(moment) * 1000, told.kind,
                1, "Ann", told.who, json.dumps(payload, separators=(",", ":"), sort_keys=True), "",
            )  # fmt: skip
            before, head = head, chain.link(head, body)
            made.append((*body, before, head))
        return made

    def id_of(self, moment: int) -> str:
        """The event of a moment."""
        return f"{self.name}-{moment}"

    @property
    def last(self) -> int:
        """The last moment."""
        return max((moment for _, moment in self.events), default=0)


def at_of(moment: int) -> int:
    """Wall second of a moment."""
    return _BEGAN + moment * 60


def hlc_of(moment: int) -> int:
    """Place of a moment among the events of all devices."""
    return at_of(moment) * 1000 << 16


def story(*told: Told) -> Story:
    """In this order."""
    return Story(tuple((one, moment) for moment, one in enumerate(told, 1)), f"s{next(_numbers)}")


def stories(kinds: st.SearchStrategy[Told] = _TOLD) -> st.SearchStrategy[Story]:
    """Any stories, written down in any order."""
    in_order = st.lists(kinds, max_size=14).map(lambda told: list(zip(told, range(1, len(told) + 1), strict=True)))
    mixed = in_order.flatmap(st.permutations)
    return mixed.map(lambda events: Story(tuple(events), f"s{next(_numbers)}"))


class Shop:
    """A journal, a ledger and a pack of two members, used for one story after the other.

    Args:
        folder: empty.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        with open_journal(folder / "empty") as journal:
            self._epoch, self._device = journal.epoch, journal.device
        build_shop(write_shop(folder / "tables"), folder / "built", clock=FixedClock(NOW))
        self._pack = folder / "built" / PACKS / str(current_generation(folder / "built")) / "pack.db"
        self._office = folder / "office"
        self._office.mkdir()
        self._ledger = Ledger.open(home=self._office, clock=FixedClock(NOW))

    def close(self) -> None:
        """Lets go of the ledger."""
        self._ledger.close()

    def journal_keeps(self, told: Story) -> set[str]:
        """Event ids whose contents a machine alone still holds after a night."""
        with tempfile.TemporaryDirectory(dir=self._folder) as home:
            shutil.copytree(self._folder / "empty", home, dirs_exist_ok=True)
            connection = raw(Path(home))
            connection.executemany(
                f"INSERT INTO events VALUES ({', '.join('?' * 15)})", told.rows(self._device, self._epoch)
            )
            connection.close()
            before = read_erasure_rules(Path(home))
            redact_journal(Path(home), before, FixedClock(NOW))
            same_rules(before, read_erasure_rules(Path(home)))
            with Journal.open(Path(home), FixedClock(NOW)) as journal:
                assert journal.verify().ok
                return {str(row[3]) for row in journal.rows(self._epoch) if row[11] != REDACTED}

    def office_knows(self, told: Story) -> ErasureRules:
        """Effect: head office takes the story in."""
        rows = told.rows(told.name, "e1")
        if rows:
            self._ledger.take(told.name, header(rows), rows)
        return read_erasure_rules(
            self._office, self._ledger.events(told.name, KINDS), self._ledger.last_activity(told.name)
        )

    def ledger_keeps(self, told: Story) -> set[str]:
        """The same of head office's ledger."""
        before = self.office_knows(told)
        self._ledger.redact(told.name, before.rule)
        same_rules(before, self.office_knows(told))
        assert self._ledger.redact(told.name, before.rule) == 0
        return {str(row[3]) for row in self._ledger.events(told.name) if row[11] != REDACTED}

    def pack_keeps(self, told: Story) -> set[str]:
        """The same of a pack made of a ledger that was not emptied yet."""
        for_pack = self.office_knows(told).for_pack
        with tempfile.TemporaryDirectory(dir=self._folder) as folder:
            path = Path(shutil.copy(self._pack, folder))
            write_events(path, told.rows(told.name, "e1"), now=NOW, settings=Settings(), for_pack=for_pack)
            connection = raw(path)
            found = connection.execute("SELECT event_id FROM said WHERE payload <> ?", (REDACTED,)).fetchall()
            connection.close()
        return {str(event_id) for (event_id,) in found}

    def history_keeps(self, told: Story) -> dict[str, list[int]]:
        """Member -> moments of the line items that are left, of one at every moment; who is gone is not among them."""
        moments = range(1, told.last + 1)
        lines = [(who, at_of(moment)) for who in WHO for moment in moments]
        tables = {
            "members": pl.DataFrame({"member_id": WHO, "name": WHO}),
            "lines": pl.DataFrame(lines, schema={"member_id": pl.String, "at": pl.Int64}, orient="row"),
        }
        leave_out(tables, self.office_knows(told))
        found: dict[str, list[int]] = {who: [] for who in tables["members"]["member_id"]}
        for who, at in tables["lines"].iter_rows():
            found[who].append((at - _BEGAN) // 60)
        return found


def same_rules(before: ErasureRules, after: ErasureRules) -> None:
    """Emptying events takes nothing away that the next night needs to know who is a member again."""
    for who in WHO:
        assert after.rule(who) == before.rule(who)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """Made once: every story has members, a store and a device of its own."""
    made = Shop(tmp_path_factory.mktemp("shop"))
    yield made
    made.close()


def erasures_of(told: Story) -> Erasures:
    """What the story's members asked to be forgotten."""
    found = [erasure_of(one.payload, at_of(moment), hlc_of(moment)) for one, moment in told.events if not one.who]
    return Erasures([KEY], [one for one in found if one is not None])


def rule_of(told: Story, who: str) -> EventRule:
    """The pure rule for a member of the story."""
    mine = [(one, moment) for one, moment in told.events if one.who == who]
    enrolments = [hlc_of(moment) for one, moment in mine if one.kind == "member" and enrols(one.payload)]
    return event_rule(erasures_of(told), who, enrolments)


def remaining(told: Story) -> set[str]:
    """Event ids whose contents remain, by the pure rule."""
    rules = {who: rule_of(told, who) for who in ("", *WHO)}
    return {told.id_of(moment) for one, moment in told.events if not rules[one.who].redacts(one.kind, hlc_of(moment))}


def events_of(told: Story, who: str) -> list[Event]:
    """A member's events of known kinds, as a journal gives them."""
    return [
        Event(str(row[3]), EVENT_KINDS[str(row[7])], int(str(row[5])), who, "Ann", json.loads(str(row[11])),
              int(str(row[4])), "d", int(str(row[2])))
        for row in told.rows("d", "e1") if row[10] == who and row[7] in EVENT_KINDS
    ]  # fmt: skip


def taken_back(told: Story, ids: Iterable[str]) -> set[str]:
    """Of some events those that their member took back, of the kinds that a pack then leaves out."""
    found = set()
    for who in WHO:
        events = [event for event in events_of(told, who) if event.event_id in set(ids)]
        undone = undone_by(event for event in events if event.kind is EventKind.UNDO)
        found |= {event.event_id for event in events if event.kind in TAKEN_BACK and event.event_id in undone}
    return found


def readable(told: Story) -> set[str]:
    """What a counter reads of a journal, or a pack, that nothing was taken out of yet."""
    found = set()
    for who in WHO:
        events = readable_events(erasures_of(told), who, laid_over((), events_of(told, who)))
        found |= {event.event_id for event in events if event.payload}
    return found


def agree(shop: Shop, told: Story) -> set[str]:
    """Asks everywhere; gives what remains."""
    remain = remaining(told)
    assert shop.journal_keeps(told) == remain, "journal"
    assert shop.ledger_keeps(told) == remain, "ledger"
    assert shop.pack_keeps(replace(told, name=f"{told.name}p")) == {
        event_id.replace("-", "p-") for event_id in remain - taken_back(told, remain)
    }, "pack"
    counting = {e.event_id for who in WHO for e in laid_over((), events_of(told, who)) if e.event_id in remain}
    assert readable(told) == counting, "counter"
    return remain


@pytest.mark.proof
@settings(max_examples=rounds(40, 1_000), deadline=None)
@given(stories())
def test_journal_ledger_pack_and_counter_keep_the_same_events(shop: Shop, told: Story) -> None:
    agree(shop, told)


@pytest.mark.proof
@settings(max_examples=rounds(60, 1_000), deadline=None)
@given(stories())
def test_history_keeps_the_line_items_of_the_events_that_remain(shop: Shop, told: Story) -> None:
    """Only between being forgotten and enrolling again: what the shop's own system sold then stays a line item."""
    kept = shop.history_keeps(told)
    for who in WHO:
        rule = rule_of(told, who)
        purchases = {m for m in range(1, told.last + 1) if not rule.goes(PURCHASE, hlc_of(m))}
        lines = set(kept.get(who, ()))
        if rule.enrolled_again is None:
            assert lines == purchases, "history"
        else:
            assert purchases <= lines, "history"
            assert all(hlc_of(moment) < rule.enrolled_again for moment in lines - purchases), "history"


@settings(max_examples=100, deadline=None)
@given(stories(_TOLD.filter(lambda one: one.kind != UNKNOWN)))
def test_the_counter_reads_the_line_items_that_history_keeps(shop: Shop, told: Story) -> None:
    kept = shop.history_keeps(told)
    every: History = history([at_of(moment) for moment in range(1, told.last + 1)])
    for who in WHO:
        facts = MemberFacts(Member(1, who, who), (), (), every)
        left = readable_facts(erasures_of(told), facts, events_of(told, who))
        assert (left is not None) == (who in kept)
        if left is not None:
            assert left.history.basket_at.tolist() == [at_of(moment) for moment in kept[who]]


@pytest.mark.parametrize("scope", [Scope.NOTES, Scope.PURCHASES, Scope.CONTACT])
def test_an_event_of_an_unknown_kind_stays_when_a_part_is_forgotten(shop: Shop, scope: Scope) -> None:
    told = story(said(), erased(scope))
    assert agree(shop, told) == {told.id_of(1), told.id_of(2)}


@pytest.mark.parametrize("scope", [Scope.ALL, Scope.EXPIRED])
def test_an_event_of_an_unknown_kind_goes_when_everything_is_forgotten(shop: Shop, scope: Scope) -> None:
    told = story(said(), erased(scope))
    assert agree(shop, told) == {told.id_of(2)}


def test_who_enrolled_again_keeps_what_came_later_of_any_kind(shop: Shop) -> None:
    told = story(said(), erased(Scope.ALL), said("fact"), enrolled(), said(), said("fact"))
    assert agree(shop, told) == {told.id_of(moment) for moment in (2, 4, 5, 6)}


def test_after_an_enrolment_that_expired_only_another_one_makes_a_member_again(shop: Shop) -> None:
    told = story(erased(Scope.ALL), enrolled(), erased(Scope.EXPIRED), said("fact"))
    assert agree(shop, told) == {told.id_of(1), told.id_of(3)}
    told = story(erased(Scope.ALL), enrolled(), erased(Scope.EXPIRED), said("fact"), enrolled(), said("fact"))
    assert agree(shop, told) == {told.id_of(moment) for moment in (1, 3, 5, 6)}


def test_who_enrolled_again_and_takes_the_name_back_stays_enrolled(shop: Shop) -> None:
    told = story(erased(Scope.ALL), enrolled(), said("fact"), erased(Scope.CONTACT))
    assert agree(shop, told) == {told.id_of(moment) for moment in (1, 3, 4)}


def test_a_part_takes_its_own_kinds_up_to_its_place(shop: Shop) -> None:
    told = story(said("fact"), said("answer"), enrolled(), erased(Scope.NOTES), said("fact"))
    assert agree(shop, told) == {told.id_of(moment) for moment in (2, 3, 4, 5)}
    told = story(said("fact"), said("answer"), enrolled(), erased(Scope.PURCHASES), said("answer"))
    assert agree(shop, told) == {told.id_of(moment) for moment in (1, 3, 4, 5)}
    told = story(said("fact"), said("answer"), enrolled(), erased(Scope.CONTACT), enrolled())
    assert agree(shop, told) == {told.id_of(moment) for moment in (1, 2, 4, 5)}


def test_only_members_themselves_take_back_what_they_said(shop: Shop) -> None:
    told = story(said("fact"), back(1), back(1))
    assert taken_back(told, agree(shop, told)) == set()
    told = story(said("fact"), back(1), back(1, "m2"))
    assert taken_back(told, agree(shop, told)) == {told.id_of(1)}
    told = story(said("fact"), back(1), back(1), back(1, "m2"))
    assert taken_back(told, agree(shop, told)) == set()


def test_that_somebody_was_forgotten_is_never_forgotten() -> None:
    everything = EventRule([Erasure("t", Scope.ALL, 9, 9)], expired=True)
    assert not everything.redacts("erased", 1)


@given(st.lists(st.sampled_from([Scope.ALL, Scope.EXPIRED, Scope.PURCHASES]), min_size=1, max_size=4), st.booleans())
def test_nobody_stays_whom_one_erasure_takes_wholly(scopes: Sequence[Scope], enrolled_again: bool) -> None:
    erased = [Erasure("t", scope, at) for at, scope in enumerate(scopes, 1)]
    until = lines_go_until(erased, enrolled_again=enrolled_again, joined_on="", came_back=lambda _: False)
    gone = Scope.EXPIRED in scopes or (Scope.ALL in scopes and not enrolled_again)
    assert until == (ALWAYS if gone else len(scopes))


def test_being_looked_at_is_not_coming_back() -> None:
    assert EventKind.ACCESS in NO_ACTIVITY
    erasures = Erasures([KEY], [Erasure(tombstone_of(KEY, "member", "m1"), Scope.EXPIRED, 100, 10)])
    facts = MemberFacts(Member(1, "m1", "Ada"), (), (), history([50]))
    looked = Event("e", EventKind.ACCESS, 200, "m1", "Ann", {"what": "opened"}, 11)
    assert readable_facts(erasures, facts, [looked]) is None
    assert readable_facts(erasures, facts, [replace(looked, kind=EventKind.ANSWER)]) is not None
