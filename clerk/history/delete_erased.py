"""Deletes what a machine still holds of erased members beside its tables: in its journal and in older packs.

Every night and every exchange passes through here. What has to stay for a while goes on a receipt, with its last day.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path

from clerk.clock import DAY_S, Clock
from clerk.durable import only_one
from clerk.errors import ClerkError
from clerk.history.leave_out import ErasureRules
from clerk.journal import Journal, acknowledged
from clerk.journal.file import FILE as JOURNAL
from clerk.journal.redact import Redacted
from clerk.pack import generations
from clerk.pack.open import PACKS, current_generation, generation_names, open_generation
from clerk.pack.read import PackReader
from clerk.privacy import receipts
from clerk.privacy.copies_left import NIGHTS, copies_left, packs_kept_days
from clerk.privacy.erasure import Scope, expires_before
from clerk.privacy.receipts import Receipt
from clerk.role import is_device
from clerk.settings import load


def redact_journal(home: Path, rules: ErasureRules, clock: Clock) -> Redacted:
    """Redacts events of erased members in this machine's journal; on a device, as far as head office has them.

    Raises:
        StoreLocked, DiskFull, DiskFailed, JournalDamaged: the next night tries again.
    """
    if not (home / JOURNAL).exists() or not (rules.erasures or rules.expired):
        return Redacted()
    with Journal.open(home, clock) as journal:
        known = acknowledged.known_until(journal, acknowledged.read(home)) if is_device(home) else None
        return journal.redact({who: rules.rule(who) for who in journal.member_ids()}, known)


def keep_receipt(home: Path, rules: ErasureRules, redacted: Redacted, by: str, now: int) -> None:
    """Keeps a receipt of erasures that this machine learned of, and their keys.

    With it, neither an older pack nor an old copy of the disk shows the member again.

    Effect: writes a receipt when there are erasures that no receipt here tells of.
    """
    receipts.keep_keys(home, rules.erasures.keys)
    before = {(one.tombstone, one.scope, one.at) for one in receipts.erasures_in_receipts(home)}
    new = tuple(one for one in rules.erasures.everything() if (one.tombstone, one.scope, one.at) not in before)
    if new:
        counted = {"members": len(new), "things said, emptied in the journal": redacted.events}
        copies = copies_left(home, load(home), now, waiting=redacted.waiting, log_cut=redacted.log_cut)
        receipts.save(home, Receipt(now, by, "heard", counted, copies, new))


def keep_expiry_receipt(home: Path, rules: ErasureRules, redacted: Redacted, by: str, now: int) -> None:
    """Keeps a receipt of members who were deleted because they were not here for so long, and of nights that did so.

    Exports bring most of them again every night: only those whom the pack in use, journal or ledger still had count.

    Effect: writes a receipt of each such night that no receipt here tells of, this one's too.
    """
    known = set(receipts.expiries(home))
    gone = _in_pack(home, rules.expired)
    # What waits for head office is on one receipt, not on a new one each night.
    waits = redacted.waiting and not any(at > now - NIGHTS * DAY_S for at in known)
    if rules.expired and (gone or redacted.events or waits):
        rules.expiries.append(now)
    for at in sorted(set(rules.expiries) - known):
        counted = {"members": len(gone), "things said, emptied": redacted.events}
        copies = copies_left(home, load(home), now, waiting=redacted.waiting, log_cut=redacted.log_cut)
        receipts.save(home, Receipt(at, by, Scope.EXPIRED.value, counted, copies))


def expire_on_device(home: Path, rules: ErasureRules, now: int) -> None:
    """Finds members whom this device's journal names, whom the pack in use does not know any more, and who are quiet.

    Head office deletes them without naming them to anybody: there are too many to keep a tombstone of each.
    """
    if (name := current_generation(home)) is None:
        return
    until = _facts_of(home, name).get("data_until", "0")
    before = expires_before(now, int(until) if until.isdigit() else 0, load(home).privacy.keep_months)
    quiet = {who for who, at in rules.last_activity.items() if at < before}
    rules.expired = frozenset(quiet - _in_pack(home, quiet))


def drop_older_packs(home: Path, rules: ErasureRules, now: int) -> list[str]:
    """Removes packs that still hold who was erased, some days after the erasure.

    For those days a manager can go back to them, as to any pack; a shop without new data would keep them for ever. One
    that a manager went back to gives way to the newest without them; where there is none, it stays in use until a night
    made one, and nobody sees the erased in it.

    Returns:
        Names of the packs removed.

    Effect: removes packs; may move `CURRENT`.
    """
    names = generation_names(home)
    if not _is_due(rules, before := _erased_before(home, now)) or not names:
        return []
    with only_one(home / PACKS / ".lock"):
        without = [name for name in names if not _holds_erased(home, name, rules, before)]
        if without and current_generation(home) not in without:
            generations.point_to(home, without[0])
        removed = [name for name in names if name not in (*without, current_generation(home))]
        for name in removed:
            shutil.rmtree(home / PACKS / name, ignore_errors=True)
    return removed


def must_be_replaced(home: Path, rules: ErasureRules, now: int) -> bool:
    """Whether the pack in use holds somebody who was erased some days ago: a new one is made whatever is refused."""
    name, before = current_generation(home), _erased_before(home, now)
    return name is not None and _is_due(rules, before) and _holds_erased(home, name, rules, before)


def _erased_before(home: Path, now: int) -> int:
    """Wall second: packs may not hold any more who was erased before it."""
    return now - packs_kept_days(load(home)) * DAY_S


def _is_due(rules: ErasureRules, before: int) -> bool:
    return any(one.at < before for one in rules.erasures.everything()) or any(at < before for at in rules.expiries)


def _holds_erased(home: Path, name: str, rules: ErasureRules, before: int) -> bool:
    """Whether a pack was made without knowing of an erasure of before then; also where it cannot be read."""
    facts = _facts_of(home, name)
    told = {(one.tombstone, one.scope, one.at) for one in receipts.erasures_in_facts(facts)}
    due = {(one.tombstone, one.scope, one.at) for one in rules.erasures.everything() if one.at < before}
    expired = max((at for at in rules.expiries if at < before), default=0)
    return not due <= told or int(facts.get("built_at", "0")) < expired


def _in_pack(home: Path, member_ids: Iterable[str]) -> set[str]:
    """Those of these members whom the pack in use has; none where it cannot be read."""
    name = current_generation(home)
    if name is None:
        return set()
    try:
        pack = open_generation(home, name)
    except ClerkError:
        return set()
    try:
        reader = PackReader(pack)
        return {who for who in member_ids if reader.member_no(who) is not None}
    finally:
        pack.close()


def _facts_of(home: Path, name: str) -> Mapping[str, str]:
    """Facts of a pack; none where it cannot be read."""
    try:
        pack = open_generation(home, name)
    except ClerkError:
        return {}
    try:
        return dict(PackReader(pack).facts)
    finally:
        pack.close()
