"""What a night leaves out: whoever asked to be forgotten, and whoever was not here for longer than anything is kept.

Books, packs and the events that packs carry all pass through here, so that no export, bundle or restored archive
brings anybody back: a member id or an address with a tombstone is dropped and counted, each night anew, unless a later
enrolment says otherwise. What is old is measured by the last purchase or word (`privacy.keep_months`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Final

import polars as pl

from clerk.clock import Clock, ShopClock, parse_at
from clerk.errors import ClerkError, SettingsError
from clerk.journal import Journal
from clerk.journal.event_rows import Row, payload_of
from clerk.journal.file import FILE as JOURNAL
from clerk.model import EventKind
from clerk.pack.open import current_generation, open_generation
from clerk.pack.read import PackReader
from clerk.phone import country_in
from clerk.phrases import count
from clerk.privacy import receipts
from clerk.privacy.erasure import (
    Erasure,
    Erasures,
    asked_forms,
    erasure_of,
    expires_before,
    joined_after,
    tombstone_of,
)
from clerk.privacy.readable import ALWAYS, NO_ACTIVITY, lines_go_until, tables_say_who
from clerk.privacy.which_events import REDACTED, EventRule, enrols, event_rule
from clerk.role import is_device

PEOPLE: Final = ("members", "cards", "consents")
"""Small tables with a row of a member."""
KINDS: Final = (EventKind.ERASED.value, EventKind.MEMBER.value)
"""Kinds of event that say who is forgotten and who is known again."""
_ALWAYS: Final = 1 << 62
_KINDS: Final = {kind.value: kind for kind in EventKind}
_Told = tuple[str, str, int, int, Mapping[str, object]]
"""Kind, member id, at, hlc and payload of an event."""


@dataclass(slots=True)
class Counted:
    """What was left out."""

    forgotten: int = 0
    """Members who asked for it."""
    addresses: int = 0
    """Members who came under another id with an address of somebody forgotten."""
    expired: int = 0
    """Members who were not here for longer than anything is kept."""
    lines: int = 0

    def words(self, keep_months: int) -> list[str]:
        """For the manager."""
        said = []
        if self.forgotten or self.addresses:
            under = f" ({self.addresses:,} of them came under another id)" if self.addresses else ""
            left_out = self.forgotten + self.addresses
            said.append(f"left out because forgotten: {count(left_out, 'member')}{under}")
        if self.expired:
            since = f"not seen for {keep_months} months (privacy.keep_months)"
            said.append(f"deleted, {since}: {count(self.expired, 'member')}")
        if self.lines and said:
            said[-1] += f", with {count(self.lines, 'line item')}"
        return said


@dataclass(slots=True)
class Forgotten:
    """Everything a night knows about forgetting."""

    erasures: Erasures
    enrolled: dict[str, list[int]] = field(default_factory=dict)
    """Member id -> places of its enrolments among the events."""
    last_said: dict[str, int] = field(default_factory=dict)
    """Member id -> wall second of the last thing said or done, as far as events tell."""
    expired: frozenset[str] = frozenset()
    known_by_events: dict[str, int] = field(default_factory=dict)
    """Member id -> wall second of the erasure after which a counter enrolled the member, and the shop's own system did
    not: its name, addresses, cards and older consents are those that were forgotten."""
    country: str = ""
    """Of the shop: decides when two phone numbers are the same."""
    counted: Counted = field(default_factory=Counted)

    def facts(self) -> dict[str, str]:
        """For the pack."""
        return receipts.facts_about(self.erasures)

    # ---- events

    def rule(self, member_id: str) -> EventRule:
        """Decides about the events of a member."""
        enrolled = self.enrolled.get(member_id, ())
        return event_rule(self.erasures, member_id, enrolled, expired=member_id in self.expired)

    def carried(self, row: Row) -> Row | None:
        """A whole event row as a pack may carry it; None when it may not.

        One that was emptied before says nothing any more, unless it enrolled somebody.
        """
        _, _, _, _, hlc, _, _, kind, _, _, member_id, payload, *_ = row
        if payload == REDACTED and kind != EventKind.MEMBER:
            return None
        rule = self.rule(member_id)
        if rule.goes(kind, hlc):
            return None
        return (*row[:11], REDACTED, *row[12:]) if rule.loses_name(kind, hlc) else row

    # ---- tables

    def cuts(self, ids: Iterable[str], joined: Mapping[str, str], last_bought: Mapping[str, int]) -> dict[str, int]:
        """Member id -> wall second up to which line items go; `ALWAYS` for all of them.

        Args:
            ids: every id of the tables.
            joined: member id -> day on which the shop's own system enrolled them.
            last_bought: member id -> their last line, as far as it is known.
        """
        found: dict[str, int] = dict.fromkeys(self.expired, ALWAYS)
        if not self.erasures:
            return found
        for member_id in ids:
            erased = self.erasures.of(member_id)
            if not erased:
                continue
            came_back = partial(_is_later, max(last_bought.get(member_id, 0), self.last_said.get(member_id, 0)))
            joined_on = joined.get(member_id, "")
            again = self.rule(member_id).enrolled_again is not None
            until = lines_go_until(erased, enrolled_again=again, joined_on=joined_on, came_back=came_back)
            if until:
                found[member_id] = max(found.get(member_id, 0), until)
            whole = self.erasures.whole(member_id)
            if whole is not None and not tables_say_who(whole, joined_on=joined_on, came_back=came_back):
                self.known_by_events[member_id] = whole.at
        return found

    def strangers(self, members: pl.DataFrame) -> set[str]:
        """Ids under which somebody forgotten came again: the address has a tombstone, and no later day of joining."""
        known = self.erasures.addresses()
        if not known:
            return set()
        found = set()
        columns = ("member_id", "email", "phone", "joined_on")
        frame = members.select(name if name in members.columns else pl.lit("").alias(name) for name in columns)
        for member_id, email, phone, joined_on in frame.iter_rows():
            if self.erasures.whole(member_id) is not None or member_id in self.enrolled:
                continue
            for kind, text in (("email", email), ("phone", phone)):
                forms = asked_forms(kind, text or "", self.country)
                hashes = [tombstone_of(key, kind, form) for form in forms for key in self.erasures.keys]
                if any(one in known and not joined_after(str(joined_on or ""), known[one]) for one in hashes):
                    found.add(member_id)
        return found

    def people(self, table: str, frame: pl.DataFrame, cuts: Mapping[str, int]) -> pl.DataFrame:
        """A small table without whom it may not name, and without names that were taken back."""
        gone = [member_id for member_id, until in cuts.items() if until == ALWAYS]
        kept = frame.filter(~pl.col("member_id").is_in(gone)) if gone else frame
        if table != "members" and self.known_by_events:
            was_forgotten = pl.col("member_id").is_in(list(self.known_by_events))
            if table == "consents":
                forgotten_at = pl.col("member_id").replace_strict(self.known_by_events, default=0)
                was_forgotten &= pl.col("at") <= forgotten_at
            kept = kept.filter(~was_forgotten)
        if table == "members" and self.erasures:
            ids = kept["member_id"].to_list()
            bare = [who for who in ids if who in self.known_by_events or self.erasures.hides_contact(who)]
            if bare:
                said = pl.col("member_id").is_in(bare)
                bared = {name: pl.lit("") for name in ("given_name", "phone", "email", "birthday")}
                bared["name"] = pl.col("member_id")
                kept = kept.with_columns(
                    pl.when(said).then(instead).otherwise(pl.col(name)).alias(name)
                    for name, instead in bared.items()
                    if name in kept.columns
                )
        return frame if kept.equals(frame) else kept

    def expire(
        self, ids: Iterable[str], joined: Mapping[str, str], last_bought: Mapping[str, int], before: int
    ) -> None:
        """Notes who was not here since a moment. Whose last time nobody knows is kept."""
        found = set()
        for member_id in ids:
            times = [last_bought.get(member_id, 0), self.last_said.get(member_id, 0)]
            try:
                times.append(parse_at(joined.get(member_id, "")[:10]) if joined.get(member_id) else 0)
            except SettingsError:
                continue
            if 0 < max(times) < before:
                found.add(member_id)
        self.expired = frozenset(found)
        self.counted.expired = len(found)


def known(home: Path, events: Iterable[Row] = (), last_said: Mapping[str, int] | None = None) -> Forgotten:
    """All that this data folder knows: its journal, its receipts, the pack in use, and events of head office.

    Args:
        home: the data folder.
        events: whole rows of the kinds `KINDS` of head office's ledger.
        last_said: member id -> the last event, as the ledger knows it.
    """
    facts, of_pack = _of_pack(home)
    found = [*receipts.erasures_in_facts(facts), *receipts.erasures_in_receipts(home)]
    told = Forgotten(Erasures(), last_said=dict(last_said or {}), country=country_in(facts))
    keys = list(receipts.shop_keys(home, facts))
    for kind, member_id, at, hlc, said in [*_of_rows(events), *of_pack, *_of_journal(home, told)]:
        if kind == EventKind.MEMBER:
            if enrols(said):
                told.enrolled.setdefault(member_id, []).append(hlc)
        elif (one := erasure_of(said, at, hlc)) is not None:
            found.append(one)
            keys += [bytes.fromhex(text) for text in (str(said.get("key", "")),) if _is_key(text)]
    told.erasures = Erasures(keys, found)
    return told


def empty_journal(home: Path, forgotten: Forgotten, clock: Clock) -> int:
    """Empties the journal of a machine without a head office of whom is forgotten; how many events."""
    if not (home / JOURNAL).exists() or is_device(home):
        return 0
    if not forgotten.erasures and not forgotten.expired:
        return 0
    with Journal.open(home, clock) as journal:
        return journal.redact({who: forgotten.rule(who) for who in journal.member_ids()}).events


def leave_out(tables: dict[str, pl.DataFrame], forgotten: Forgotten) -> None:
    """Effect: takes whoever is forgotten out of checked tables; for a build that has no books."""
    if not forgotten.erasures:
        return
    lines = tables.get("lines")
    bought = dict(lines.group_by("member_id").agg(pl.col("at").max()).iter_rows()) if lines is not None else {}
    cuts = cuts_of({name: tables[name] for name in PEOPLE if name in tables}, bought, forgotten)
    for name in PEOPLE:
        if name in tables:
            tables[name] = forgotten.people(name, tables[name], cuts)
    if lines is not None and cuts:
        tables["lines"] = lines.filter(~lines_that_go(cuts))
        forgotten.counted.lines += lines.height - tables["lines"].height


def cuts_of(
    people: Mapping[str, pl.DataFrame], last_bought: Mapping[str, int], forgotten: Forgotten, before: int = 0
) -> dict[str, int]:
    """Whose rows go, and counts them; see `Forgotten.cuts`.

    Args:
        people: the small tables.
        last_bought: member id -> last line.
        forgotten: what is known; told who expired.
        before: wall second of the last activity before which nobody is kept; 0 keeps everybody.
    """
    members = people.get("members")
    ids = set(last_bought)
    for frame in people.values():
        ids |= set(frame["member_id"].to_list())
    joined: dict[str, str] = {}
    if members is not None and "joined_on" in members.columns:
        joined = {who: str(day or "") for who, day in members.select("member_id", "joined_on").iter_rows()}
    if before:
        forgotten.expire(ids, joined, last_bought, before)
    cuts = forgotten.cuts(ids, joined, last_bought)
    wholly = sum(1 for who, until in cuts.items() if until == ALWAYS and who not in forgotten.expired)
    forgotten.counted.forgotten = wholly
    if members is not None:
        strangers = {who for who in forgotten.strangers(members) if cuts.get(who) != ALWAYS}
        forgotten.counted.addresses = len(strangers)
        cuts |= dict.fromkeys(strangers, ALWAYS)
    return cuts


def lines_that_go(cuts: Mapping[str, int]) -> pl.Expr:
    """Which line items go."""
    always = [who for who, until in cuts.items() if until == ALWAYS]
    some = {who: until for who, until in cuts.items() if until != ALWAYS}
    goes = pl.col("member_id").is_in(always)
    for who, until in some.items():
        goes |= (pl.col("member_id") == who) & (pl.col("at") <= until)
    return goes


def retention(now: int, data_until: int, keep_months: int) -> int:
    """See `expires_before`."""
    return expires_before(now, data_until, keep_months) if data_until else 0


def _of_pack(home: Path) -> tuple[Mapping[str, str], list[_Told]]:
    """Facts of the pack in use, and enrolments at other counters; none where there is no pack that can be read."""
    name = current_generation(home)
    if name is None:
        return {}, []
    try:
        pack = open_generation(home, name)
    except ClerkError:
        return {}, []
    try:
        reader = PackReader(pack)
        members = reader.said.since(0, (EventKind.MEMBER,)) if receipts.erasures_in_facts(reader.facts) else {}
        told = [(one.kind.value, who, one.at, one.hlc, one.payload) for who, those in members.items() for one in those]
        return dict(reader.facts), told
    finally:
        pack.close()


def _of_rows(rows: Iterable[Row]) -> list[_Told]:
    found: list[_Told] = []
    for row in rows:
        said = payload_of(row)
        if said is not None:
            found.append((str(row[7]), str(row[10]), int(row[5]), int(row[4]), said))
    return found


def _of_journal(home: Path, told: Forgotten) -> list[_Told]:
    """Of this machine's own journal; and when members were here last, as it says."""
    if not (home / JOURNAL).exists():
        return []
    found: list[_Told] = []
    with Journal.open(home, ShopClock()) as journal:
        for event in journal.events():
            if event.kind in (EventKind.ERASED, EventKind.MEMBER):
                found.append((event.kind.value, event.member_id, event.at, event.hlc, event.payload))
            if event.member_id and event.kind not in NO_ACTIVITY:
                told.last_said[event.member_id] = max(event.at, told.last_said.get(event.member_id, 0))
    return found


def _is_key(text: str) -> bool:
    return len(text) == 64 and all(letter in "0123456789abcdef" for letter in text)


def _is_later(seen: int, one: Erasure) -> bool:
    return seen > one.at
