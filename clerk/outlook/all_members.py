"""All members of a shop, one at a time: pack and journal read, the visit's own functions applied as at the counter.

Strike-outs and marks of all counters hold here as they hold there, and who does not want to be remembered has no past
here either. No other gate applies: gates govern what is suggested, not what will happen.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from clerk.clock import DAY_S, ShopClock
from clerk.journal.file import BUSY_S
from clerk.journal.file import FILE as JOURNAL
from clerk.members.events_everywhere import EventsEverywhere
from clerk.members.journal_in_use import JournalInUse
from clerk.members.readable import ReadableMembers
from clerk.model import Event, EventKind, History, LineFlag, MemberFacts, Profile, Purpose
from clerk.pack.open import open_pack
from clerk.pack.read import PackReader
from clerk.role import is_device
from clerk.settings import Settings, load
from clerk.visit.habits.features import ShopStats, shop_stats
from clerk.visit.habits.member_habits import Habits, habits, taste_lines
from clerk.visit.habits.next_items import Forecast, NextModel, forecast, newcomers
from clerk.visit.habits.reading import Models, models_of
from clerk.visit.profile.member_profile import profile, skus_in
from clerk.visit.shop import Shop, shop_of


class Everybody:
    """The members of one pack. One thread at a time.

    Args:
        reader: the pack, on a connection of its own: mapping takes seconds and must not hold up a counter.
        journal: of this counter; None where there is none yet.
        settings: the shop's constants.

    Raises:
        ClerkError: the journal cannot be read; every other method may raise it too, because without the journal
            nobody's strike-outs and withdrawals could be respected.
    """

    def __init__(self, reader: PackReader, journal: JournalInUse | None, settings: Settings) -> None:
        self.reader = reader
        self.settings = settings
        self.columns = reader.columns
        self.shop: Shop = shop_of(self.columns, settings)
        self.data_until = int(reader.facts.get("data_until", 0))
        self.models: Models = models_of(reader.models, self.columns, self.shop, settings, self.data_until)
        self.stats: ShopStats = self.models.stats or shop_stats(self.columns, self.shop, self.data_until)
        self.next_model: NextModel | None = self.models.next
        self._newcomers = newcomers(self.columns)
        self._events = EventsEverywhere(reader, journal)
        self._events.catch_up()
        self._readable = ReadableMembers(reader, self._events)
        self._events_of_last: tuple[str, tuple[Event, ...], Mapping[str, int]] = ("", (), {})

    @property
    def members(self) -> int:
        """How many there are; their numbers are 1 to this, the most recently seen first."""
        return int(self.reader.facts.get("members", 0))

    @property
    def items_by(self) -> str:
        """Name of the rule that predicts the next items."""
        if self.next_model is not None:
            return "learned from this shop's past at the build"
        return "how often and how lately each was bought: the store data holds no model of its own"

    def numbers(self, at_most: int | None = None) -> NDArray[np.int64]:
        """Member numbers; of more than `at_most` a sample that is the same every time."""
        everyone = np.arange(1, self.members + 1, dtype=np.int64)
        if self._events.erasures:
            known = [number for number in everyone.tolist() if not self.is_forgotten(number)]
            everyone = np.array(known, dtype=np.int64)
        # Who is one person under several ids counts once.
        also = [self.reader.member_no(one) for one, group in self._events.pairs.groups.items() if one != group.ids[0]]
        if also:
            everyone = everyone[~np.isin(everyone, [number for number in also if number is not None])]
        if at_most is None or len(everyone) <= at_most:
            return everyone
        return np.sort(np.random.default_rng(3).choice(everyone, at_most, replace=False))

    def facts(self, member_no: int) -> MemberFacts:
        """A member's facts in the pack as far as they may be read; an erased member has an empty past."""
        facts = self.reader.member_facts(member_no)
        readable = self._readable.without_erased(facts)
        if readable is not None:
            is_alone = len(self._readable.ids(facts.member.member_id)) == 1
            return readable if is_alone else self._readable.facts(facts.member.member_id)
        return replace(facts, cards=(), consents=(), history=nothing_of(facts.history), privileges=())

    def is_forgotten(self, member_no: int) -> bool:
        """Whether a member is erased."""
        return not self._readable.knows(self.reader.member(member_no).member_id)

    def may_name(self, member_no: int) -> bool:
        """Whether a member agreed to be remembered and suggested to: others are counted and never listed."""
        allowed = self._readable.allowed(self.reader.member(member_no).member_id)
        return Purpose.REMEMBER in allowed and Purpose.SUGGEST in allowed

    def profile(self, facts: MemberFacts, until: int) -> Profile:
        """The member as of a moment: later lines left out, marks and strike-outs applied."""
        events, item_nos = self._events_of(facts)
        return profile(facts, events, item_nos, until, self.columns)

    def events_since(self, at: int, kinds: Collection[EventKind]) -> list[Event]:
        """Events of some kinds that count, from about a wall second on, of all members at all counters, in no order."""
        return self._events.since(at, kinds)

    def _events_of(self, facts: MemberFacts) -> tuple[tuple[Event, ...], Mapping[str, int]]:
        """The member's events that count, and the items they name; of the same member read once."""
        member = facts.member
        if self._events_of_last[0] != member.member_id:
            events = self._events.of_member(member.member_id)
            named = skus_in(events) if events else ()
            self._events_of_last = member.member_id, events, self.reader.item_nos(named) if named else {}
        return self._events_of_last[1:]

    def past(self, facts: MemberFacts, until: int) -> History:
        """The lines that may be used as of a moment; none of a member who does not want to be remembered."""
        person = self.profile(facts, until)
        return person.history if Purpose.REMEMBER in person.allowed else nothing_of(person.history)

    def habits(self, history: History, now: int) -> Habits:
        """What repeats, as the counter reads it."""
        return habits(history, self.columns, now, self.shop.decay)

    def next_items(self, history: History, known: Habits, top: int) -> Forecast:
        """What is taken next: the counter's own function."""
        return forecast(history, known, self.columns, self.stats, self.next_model, top, self._newcomers)

    def own_items(self, history: History, known: Habits) -> Forecast:
        """The same of what the member bought before, all of it."""
        nothing_new = np.zeros(0, dtype=np.int64)
        every = len(known.items)
        return forecast(history, known, self.columns, self.stats, self.next_model, every, nothing_new)

    @cached_property
    def has_times(self) -> bool:
        """Whether sales have a time of day; with dates alone all are at the same time."""
        hours = {int(at) % DAY_S for no in self.numbers(50) for at in self.facts(int(no)).history.basket_at}
        return len(hours) > 1


def visit_days(history: History, until: int) -> NDArray[np.int64]:
    """Days on which the member bought something here, each once, ascending. Returns alone are no visit."""
    counted = taste_lines(history, until) | ((history.flags & np.uint8(LineFlag.GIFT | LineFlag.OTHER)) > 0)
    counted &= (history.flags & np.uint8(LineFlag.RETURN | LineFlag.STRUCK | LineFlag.ELSEWHERE)) == 0
    counted &= history.quantity >= 0
    days: NDArray[np.int64] = np.unique(history.basket_at[history.basket[counted]] // DAY_S)
    return days[days <= until // DAY_S]


@contextmanager
def everybody(home: Path) -> Iterator[Everybody]:
    """All members of the installed pack, with what the journal holds of them, if there is one.

    Raises:
        NoPack, PackDamaged, PackForeign: there is no store data.
        ClerkError: the journal cannot be read: strike-outs could not be respected, so nothing is forecast.
        SettingsError: a setting cannot be used.
    """
    settings = load(home)
    with ExitStack() as opened:
        journal = None
        if (home / JOURNAL).exists() or is_device(home):
            journal = JournalInUse(home, ShopClock(), wait_s=BUSY_S)
            journal.wait_until_checked()
            opened.callback(journal.close)
        pack = open_pack(home)
        opened.callback(pack.close)
        yield Everybody(PackReader(pack), journal, settings)


def nothing_of(history: History) -> History:
    """A history without a line."""
    nothing = slice(0, 0)
    return History(
        basket=history.basket[nothing],
        line_no=history.line_no[nothing],
        item=history.item[nothing],
        modifier_set=history.modifier_set[nothing],
        quantity=history.quantity[nothing],
        total_minor=history.total_minor[nothing],
        flags=history.flags[nothing],
        basket_at=history.basket_at[nothing],
        basket_id=(),
    )
