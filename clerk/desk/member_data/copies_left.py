"""Where copies of what was forgotten still lie, and until when: what a receipt says, and where else an export looks."""

from __future__ import annotations

from pathlib import Path

from clerk.clock import DAY_S
from clerk.journal.redact import Redacted
from clerk.pack.open import generation_names
from clerk.phrases import count, date
from clerk.privacy.receipts import Copy
from clerk.settings import Settings

_BOOKS = "books/BOOKS.json"
_DONE, _QUARANTINE, _NIGHTS = "inbox/done", "quarantine", "nights"


def copies_left(home: Path, settings: Settings, redacted: Redacted, now: int) -> tuple[Copy, ...]:
    """What this machine cannot delete at once, by its role.

    Args:
        home: the data folder.
        settings: of the data folder.
        redacted: what the journal did.
        now: wall seconds.
    """
    keep, nights = max(2, settings.pack.keep), settings.nightly.reports_kept
    role = settings.exchange.role
    copies = []
    if redacted.waiting:
        waits = count(redacted.waiting, "event")
        copies.append(Copy(f"the journal of this machine: {waits} that head office has to have first", "it has them"))
    if not redacted.log_cut:
        copies.append(Copy("the journal's log", "Clerk is closed on this machine, or the next commit"))
    if (home / _BOOKS).exists():
        copies.append(Copy("the books (books/)", "the next night, which takes the member out"))
    if packs := len(generation_names(home)):
        after = "the next build or night installs data without" if role != "device" else "head office publishes without"
        copies.append(Copy(
            f"{count(packs, 'pack')} of store data on this machine, read by nothing",
            f"{after}, and {keep - 1} more took the place of the older ones (pack.keep)"))  # fmt: skip
    for folder, what in ((_DONE, "exports taken in (inbox/done)"), (_QUARANTINE, "rows set aside (quarantine/)"),
                         (_NIGHTS, "reports of nights, by member id alone (nights/)")):  # fmt: skip
        if (home / folder).is_dir() and any((home / folder).iterdir()):
            until = f"{nights} more nights have passed (nightly.reports_kept), about {date(now + nights * DAY_S)}"
            copies.append(Copy(what, until))
    copies += _elsewhere(settings, keep)
    copies.append(
        Copy("backups of this machine, and files that were exported or printed", "whoever keeps them deletes")
    )
    copies.append(Copy("the shop's own till system", "the shop deletes there; what it delivers is dropped every night"))
    return tuple(copies)


def elsewhere(settings: Settings) -> tuple[Copy, ...]:
    """Where else something of a member is, for an export."""
    return (
        *_elsewhere(settings, max(2, settings.pack.keep)),
        Copy("the shop's own till system", "the shop deletes it"),
    )


def _elsewhere(settings: Settings, keep: int) -> list[Copy]:
    """At head office and on other devices; nothing for a machine that is alone."""
    exchange = settings.exchange
    if exchange.role == "alone":
        return []
    copies = [
        Copy("head office's ledger", "its next night, which empties the events there"),
        Copy("the other devices of the shop", f"they fetch the next store data, and {keep - 1} more for older packs"),
        Copy("bundles of events on the exchange location, sealed", "head office collects them"),
    ]
    if exchange.archive or exchange.role == "device":
        copies.append(Copy(
            "head office's archive, sealed to its key", "the shop deletes the archive; what is read back from it is "
            "emptied again in the next night"))  # fmt: skip
    return copies
