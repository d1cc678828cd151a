"""Which events of a journal are emptied, by what members asked to be forgotten."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from clerk.journal import Journal
from clerk.journal.redact import Redacted, Row
from clerk.model import Event, EventKind
from clerk.privacy.erasure import Erasures, Scope

_KINDS = {kind.value: kind for kind in EventKind}


def redact_journal(
    journal: Journal,
    erasures: Erasures,
    member_ids: Iterable[str] = (),
    known_until: Mapping[str, int] | None = None,
    expired: Collection[str] = (),
    *,
    dry_run: bool = False,
) -> Redacted:
    """Empties what a journal holds of the forgotten.

    Args:
        journal: of this device.
        erasures: that are known.
        member_ids: whom to look for; everybody the journal names when none are given.
        known_until: epoch -> number up to which head office has the events; without it nothing waits.
        expired: members of whom everything goes, whatever they asked.
        dry_run: only counts.

    Effect: one transaction on the journal.
    """
    goes: dict[str, Callable[[Row], bool]] = {}
    for who in member_ids or journal.member_ids():
        if who in expired:
            goes[who] = _everything
        elif erasures.of(who):
            goes[who] = _decider(erasures, who, journal.heard(who))
    keeps = [who for who in goes if who not in expired and erasures.whole(who) is None]
    return journal.redact(goes, keeps, known_until, dry_run=dry_run)


def _everything(_: Row) -> bool:
    return True


def _decider(erasures: Erasures, member_id: str, events: Sequence[Event]) -> Callable[[Row], bool]:
    """Whether a row of a member goes, by what was asked to be forgotten and whether they enrolled again since."""
    erased = erasures.of(member_id)
    again = erasures.known_again(member_id, events)

    def goes(row: Row) -> bool:
        kind = _KINDS.get(row.kind)
        if kind is None:
            return erasures.whole(member_id) is not None
        event = Event("", kind, 0, member_id, "", {}, row.hlc)
        takes_name = kind is EventKind.MEMBER and any(e.scope is Scope.CONTACT and row.hlc <= e.hlc for e in erased)
        return takes_name or erasures.takes(erased, event, again)

    return goes
