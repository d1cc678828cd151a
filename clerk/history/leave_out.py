"""What a night leaves out: members who were erased, and members not seen for longer than data is kept.

History store, packs and the events in packs all pass through here, so that no export, bundle or restored archive
brings anybody back: rows with an erased member id, or an address that has a tombstone, are dropped and counted, each
night anew, unless the member enrolled again later. What is old is measured by the last purchase or event of the
member (`privacy.keep_months`).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import polars as pl

from clerk.clock import ShopClock, first_second, parse_at
from clerk.errors import ClerkError, SettingsError
from clerk.journal import Journal
from clerk.journal.event_rows import Row, payload_of
from clerk.journal.file import FILE as JOURNAL
from clerk.model import Consent, ConsentState, EventKind, Purpose
from clerk.pack.open import current_generation, open_generation
from clerk.pack.read import PackReader
from clerk.phone import country_in
from clerk.phrases import count
from clerk.privacy import receipts
from clerk.privacy.consent import stands_after
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

PEOPLE: Final = ("members", "cards", "consents")
"""Small tables with a row of a member."""
KINDS: Final = (EventKind.ERASED.value, EventKind.MEMBER.value)
"""Kinds of event that erase members and that enrol them again."""
_EventParts = tuple[str, str, int, int, Mapping[str, object]]
"""Kind, member id, at, hlc and payload of an event."""


@dataclass(slots=True)
class LeftOut:
    """How many members and line items were left out."""

    erased: int = 0
    """Members who were erased."""
    addresses: int = 0
    """Members who came under another id with an address of an erased member."""
    expired: int = 0
    """Members not seen for longer than data is kept."""
    lines: int = 0

    def sentences(self, keep_months: int) -> list[str]:
        """The counts as sentences for the night's report."""
        lines = []
        if self.erased or self.addresses:
            under = f" ({self.addresses:,} of them came under another id)" if self.addresses else ""
            left_out = self.erased + self.addresses
            lines.append(f"left out because erased: {count(left_out, 'member')}{under}")
        if self.expired:
            since = f"not seen for {keep_months} months (privacy.keep_months)"
            lines.append(f"deleted, {since}: {count(self.expired, 'member')}")
        if self.lines and lines:
            lines[-1] += f", with {count(self.lines, 'line item')}"
        return lines


@dataclass(slots=True)
class ErasureRules:
    """Which members are erased or expired, and what of their rows and events may stay."""

    erasures: Erasures
    enrolled: dict[str, list[int]] = field(default_factory=dict)
    """Member id -> logical clocks of its enrolment events."""
    last_activity: dict[str, int] = field(default_factory=dict)
    """Member id -> wall second of the member's last event."""
    expired: frozenset[str] = frozenset()
    known_by_events: dict[str, int] = field(default_factory=dict)
    """Member id -> wall second of the erasure after which a counter enrolled the member, and the shop's own system did
    not: its name, addresses, cards and older consents are those that were erased."""
    country: str = ""
    """Of the shop: decides when two phone numbers are the same."""
    left_out: LeftOut = field(default_factory=LeftOut)
    expiries: list[int] = field(default_factory=list)
    """Wall seconds of nights that deleted members who were not seen for so long; nobody is named."""

    def facts(self) -> dict[str, str]:
        """Facts of the pack about erasures."""
        return receipts.facts_about(self.erasures, self.expiries)

    @property
    def mark(self) -> str:
        """Names exactly these erasures: with another one, packs are made anew. Empty without any."""
        if not self.erasures and not self.expiries:
            return ""
        named = [(one.tombstone, one.scope, one.at) for one in self.erasures.everything()]
        return sha256(json.dumps([named, max(self.expiries, default=0)]).encode()).hexdigest()[:8]

    # ---- events

    def rule(self, member_id: str) -> EventRule:
        """The rule that decides which events of a member stay."""
        enrolled = self.enrolled.get(member_id, ())
        return event_rule(self.erasures, member_id, enrolled, expired=member_id in self.expired)

    def for_pack(self, row: Row) -> Row | None:
        """A whole event row as it may go into a pack; None when it may not.

        A redacted event is left out, unless it enrolled a member.
        """
        _, _, _, _, hlc, _, _, kind, _, _, member_id, payload, *_ = row
        if payload == REDACTED and kind != EventKind.MEMBER:
            return None
        rule = self.rule(member_id)
        if rule.goes(kind, hlc):
            return None
        return (*row[:11], REDACTED, *row[12:]) if rule.loses_name(kind, hlc) else row

    # ---- tables

    def deleted_until(
        self, ids: Iterable[str], joined: Mapping[str, str], last_bought: Mapping[str, int]
    ) -> dict[str, int]:
        """Member id -> wall second up to which line items are deleted; `ALWAYS` for all of them.

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
            came_back = partial(_is_later, max(last_bought.get(member_id, 0), self.last_activity.get(member_id, 0)))
            joined_on = joined.get(member_id, "")
            again = self.rule(member_id).enrolled_again is not None
            until = lines_go_until(erased, enrolled_again=again, joined_on=joined_on, came_back=came_back)
            if until:
                found[member_id] = max(found.get(member_id, 0), until)
            whole = self.erasures.whole(member_id)
            if whole is not None and not tables_say_who(whole, joined_on=joined_on, came_back=came_back):
                self.known_by_events[member_id] = whole.at
        return found

    def came_again(self, members: pl.DataFrame) -> set[str]:
        """Ids under which an erased member came again: an address has a tombstone, and no later joining day."""
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

    def without_erased(self, table: str, frame: pl.DataFrame, deleted_until: Mapping[str, int]) -> pl.DataFrame:
        """A small table without members that it may not name, and without names that were erased."""
        gone = [member_id for member_id, until in deleted_until.items() if until == ALWAYS]
        kept = frame.filter(~pl.col("member_id").is_in(gone)) if gone else frame
        if table == "cards" and self.known_by_events:
            kept = kept.filter(~pl.col("member_id").is_in(list(self.known_by_events)))
        if table == "consents" and self.erasures:
            erased = [who for who in kept["member_id"].unique().to_list() if self.erasures.whole(who) is not None]
            theirs = kept.filter(pl.col("member_id").is_in(erased))
            before = theirs.filter(
                pl.Series([not self._stands(row) for row in theirs.iter_rows(named=True)], dtype=pl.Boolean)
            )
            kept = kept.join(before, on=["member_id", "purpose", "state", "at"], how="anti", maintain_order="left")
        if table == "members" and self.erasures:
            ids = kept["member_id"].to_list()
            bare = [who for who in ids if who in self.known_by_events or self.erasures.hides_contact(who)]
            if bare:
                nameless = pl.col("member_id").is_in(bare)
                bared = {name: pl.lit("") for name in ("given_name", "phone", "email", "birthday")}
                bared["name"] = pl.col("member_id")
                kept = kept.with_columns(
                    pl.when(nameless).then(instead).otherwise(pl.col(name)).alias(name)
                    for name, instead in bared.items()
                    if name in kept.columns
                )
        return frame if kept.equals(frame) else kept

    def _stands(self, row: Mapping[str, Any]) -> bool:
        """Whether a row of the consents is of the time after everything about its member was erased."""
        whole = self.erasures.whole(row["member_id"])
        told = Consent(Purpose(row["purpose"]), ConsentState(row["state"]), row["at"], by=row["by"])
        return whole is None or bool(stands_after([told], whole.at))

    def expire(
        self, ids: Iterable[str], joined: Mapping[str, str], last_bought: Mapping[str, int], before: int
    ) -> None:
        """Finds members not seen since a wall second. Members without any known activity are kept."""
        found = set()
        for member_id in ids:
            times = [last_bought.get(member_id, 0), self.last_activity.get(member_id, 0)]
            try:
                times.append(parse_at(joined.get(member_id, "")[:10]) if joined.get(member_id) else 0)
            except SettingsError:
                continue
            if 0 < max(times) < before:
                found.add(member_id)
        self.expired = frozenset(found)
        self.left_out.expired = len(found)


def read_erasure_rules(
    home: Path, events: Iterable[Row] = (), last_activity: Mapping[str, int] | None = None
) -> ErasureRules:
    """The rules of a data folder: from its journal, its receipts, the pack in use, and events of head office.

    Args:
        home: the data folder.
        events: whole rows of the kinds `KINDS` of head office's ledger.
        last_activity: member id -> the last event, as the ledger knows it.
    """
    facts, of_pack = _of_pack(home)
    found = [*receipts.erasures_in_facts(facts), *receipts.erasures_in_receipts(home)]
    rules = ErasureRules(Erasures(), last_activity=dict(last_activity or {}), country=country_in(facts))
    keys = list(receipts.shop_keys(home, facts))
    for kind, member_id, at, hlc, payload in [*_of_rows(events), *of_pack, *_of_journal(home, rules)]:
        if kind == EventKind.MEMBER:
            if enrols(payload):
                rules.enrolled.setdefault(member_id, []).append(hlc)
        elif (one := erasure_of(payload, at, hlc)) is not None:
            found.append(one)
            keys += [bytes.fromhex(text) for text in (str(payload.get("key", "")),) if _is_key(text)]
    rules.erasures = Erasures(keys, found)
    rules.expiries = sorted({*receipts.expiries(home), *receipts.expiries_in_facts(facts)})
    return rules


def leave_out(tables: dict[str, pl.DataFrame], rules: ErasureRules) -> None:
    """Effect: takes erased members out of checked tables; for a build without a history store."""
    if not rules.erasures:
        return
    lines = tables.get("lines")
    bought = dict(lines.group_by("member_id").agg(pl.col("at").max()).iter_rows()) if lines is not None else {}
    deleted_until = deletions_of({name: tables[name] for name in PEOPLE if name in tables}, bought, rules)
    for name in PEOPLE:
        if name in tables:
            tables[name] = rules.without_erased(name, tables[name], deleted_until)
    if lines is not None and deleted_until:
        tables["lines"] = lines.filter(~deleted_lines(deleted_until))
        rules.left_out.lines += lines.height - tables["lines"].height


def deletions_of(
    people: Mapping[str, pl.DataFrame], last_bought: Mapping[str, int], rules: ErasureRules, before: int = 0
) -> dict[str, int]:
    """Finds members whose rows are deleted, and counts them; see `ErasureRules.deleted_until`.

    Args:
        people: the small tables.
        last_bought: member id -> last line.
        rules: of the data folder; gets the members that expired.
        before: wall second of the last activity before which nobody is kept; 0 keeps everybody.
    """
    members = people.get("members")
    ids = set(last_bought)
    for frame in people.values():
        ids |= set(frame["member_id"].to_list())
    # Whom counters enrolled, and the shop's own system does not know, is in no table.
    ids |= set(rules.last_activity)
    joined: dict[str, str] = {}
    if members is not None and "joined_on" in members.columns:
        joined = {who: str(day or "") for who, day in members.select("member_id", "joined_on").iter_rows()}
    if before:
        rules.expire(ids, joined, last_bought, before)
    deleted_until = rules.deleted_until(ids, joined, last_bought)
    wholly = sum(1 for who, until in deleted_until.items() if until == ALWAYS and who not in rules.expired)
    rules.left_out.erased = wholly
    if members is not None:
        strangers = {who for who in rules.came_again(members) if deleted_until.get(who) != ALWAYS}
        rules.left_out.addresses = len(strangers)
        deleted_until |= dict.fromkeys(strangers, ALWAYS)
    return deleted_until


def deleted_lines(deleted_until: Mapping[str, int]) -> pl.Expr:
    """Whether a line item is deleted."""
    always = [who for who, until in deleted_until.items() if until == ALWAYS]
    some = {who: until for who, until in deleted_until.items() if until != ALWAYS}
    goes = pl.col("member_id").is_in(always)
    for who, until in some.items():
        goes |= (pl.col("member_id") == who) & (first_second(pl.col("at")) <= until)
    return goes


def retention(now: int, data_until: int, keep_months: int) -> int:
    """See `expires_before`."""
    return expires_before(now, data_until, keep_months) if data_until else 0


def _of_pack(home: Path) -> tuple[Mapping[str, str], list[_EventParts]]:
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
        members = reader.events.since(0, (EventKind.MEMBER,)) if receipts.erasures_in_facts(reader.facts) else {}
        found = [
            (one.kind.value, who, one.at, one.hlc, one.payload) for who, events in members.items() for one in events
        ]
        return dict(reader.facts), found
    finally:
        pack.close()


def _of_rows(rows: Iterable[Row]) -> list[_EventParts]:
    found: list[_EventParts] = []
    for row in rows:
        payload = payload_of(row)
        if payload is not None:
            found.append((str(row[7]), str(row[10]), int(row[5]), int(row[4]), payload))
    return found


def _of_journal(home: Path, rules: ErasureRules) -> list[_EventParts]:
    """Erasures and enrolments in this machine's journal; notes each member's last activity in `rules`."""
    if not (home / JOURNAL).exists():
        return []
    found: list[_EventParts] = []
    with Journal.open(home, ShopClock()) as journal:
        for event in journal.events():
            if event.kind in (EventKind.ERASED, EventKind.MEMBER):
                found.append((event.kind.value, event.member_id, event.at, event.hlc, event.payload))
            if event.member_id and event.kind not in NO_ACTIVITY:
                rules.last_activity[event.member_id] = max(event.at, rules.last_activity.get(event.member_id, 0))
    return found


def _is_key(text: str) -> bool:
    return len(text) == 64 and all(letter in "0123456789abcdef" for letter in text)


def _is_later(seen: int, one: Erasure) -> bool:
    return bool(first_second(seen) > one.at)
