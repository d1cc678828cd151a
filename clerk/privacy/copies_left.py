"""Where copies of what was forgotten still lie, in which files, and until when: what a receipt says.

A copy that goes by itself has a day, after which a machine that had its nights holds nothing of it; a copy that a
person has to delete has none. The days are counted in nights: head office and every device have one each day.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from clerk.clock import DAY_S
from clerk.phrases import count
from clerk.privacy.receipts import Copy
from clerk.settings import Settings

NIGHTS: Final = 3
"""Days until what travels has reached everybody: the machine's next night, head office's, and the one after it."""
RELEASE_DAYS: Final = 1
"""Days for which head office leaves the release before the newest on the exchange location."""

_BOOKS = "books/BOOKS.json"
_INBOX, _DONE, _QUARANTINE = "inbox", "inbox/done", "quarantine"


def packs_kept_days(settings: Settings) -> int:
    """Days after which no pack may hold any more who was forgotten, unless it is the one in use."""
    return max(2, settings.pack.keep)


def copies_left(
    home: Path, settings: Settings, now: int, *, waiting: int = 0, log_cut: bool = True, begun: bool = False
) -> tuple[Copy, ...]:
    """What this machine cannot delete at once, by its role, and what other machines still hold.

    Args:
        home: the data folder.
        settings: of the data folder.
        now: wall seconds.
        waiting: events in the journal that head office has to have before their contents may go.
        log_cut: whether the journal's log was cut.
        begun: nothing was deleted from the journal yet.
    """
    role = settings.exchange.role
    copies = []
    if begun:
        copies.append(Copy("the journal of this machine, as long as this receipt says so: the forgetting was cut off",
                           "say it again, or wait for the next night", ("here:journal.db*",)))  # fmt: skip
    if waiting:
        copies.append(_dated(
            f"the journal of this machine: {count(waiting, 'event')} that head office has to have first",
            "when it has them and this machine fetched", now, NIGHTS, "here:journal.db*"))  # fmt: skip
    if not log_cut:
        words = "when Clerk is closed on this machine, or with the next night"
        copies.append(_dated("the journal's log", words, now, NIGHTS, "here:journal.db-*"))
    if (home / _BOOKS).exists():
        words = "with the next night, which takes the member out"
        copies.append(_dated("the books (books/)", words, now, NIGHTS, "here:books/**"))
    if any((home / "pull").glob("*/*.csv")):
        when = "with the next complete `clerk pull`, and the night after it"
        copies.append(Copy("what `clerk pull` fetched before it was cut off (pull/)", when, ("here:pull/**",)))
    if packs := len(list((home / "packs").glob("[!.]*/manifest.json"))):
        what = f"{count(packs, 'pack')} of store data on this machine, where nobody can open the member any more"
        older = f"older ones stay {count(packs_kept_days(settings), 'day')} at most (pack.keep)"
        if role == "alone" and not (home / _BOOKS).exists():
            copies.append(Copy(what, "somebody builds new data (`clerk build`), as no exports are taken in here; "
                               f"{older}", ("here:packs/**",)))  # fmt: skip
        else:
            after = "with the next night" if role != "device" else "with data that head office publishes without"
            days = packs_kept_days(settings) + NIGHTS
            copies.append(_dated(what, f"{after}; {older}", now, days, "here:packs/**"))
    copies += _exports_here(settings, now)
    copies += elsewhere(settings, now)
    return tuple(copies)


def elsewhere(settings: Settings, now: int) -> list[Copy]:
    """Where else something of a member is: on other machines, on the way between them, and with people."""
    exchange, copies = settings.exchange, []
    if exchange.role == "office":
        copies.append(_dated("head office's ledger", "with the next night", now, NIGHTS, "here:exchange/ledger.db*"))
    if exchange.role == "device":
        copies += [
            _dated("head office: its ledger, history store and journal", "with its next night", now, NIGHTS,
                   "office:exchange/ledger.db*", "office:books/**", "office:journal.db*"),
            _dated("head office: exports taken in and rows set aside",
                   "after as many nights as head office keeps them (nightly.reports_kept)",
                   now, settings.nightly.reports_kept + NIGHTS, "office:inbox/done/**", "office:quarantine/**"),
            Copy("head office: exports in its inbox that no night could take in", "a manager there deletes them",
                 ("office:inbox/*", "office:inbox/*/*")),
        ]  # fmt: skip
    if exchange.role != "alone":
        copies += [
            _dated("the other machines of the shop: their journals", "when they fetched the next store data",
                   now, NIGHTS, "device:journal.db*"),
            _dated("the other machines of the shop: their store data",
                   "when the next came, and after the days for which older ones are kept (pack.keep)",
                   now, packs_kept_days(settings) + NIGHTS, "device:packs/**", "office:packs/**"),
            _dated("store data on the exchange location, sealed to the shop's devices",
                   "a day after head office published data without",
                   now, packs_kept_days(settings) + NIGHTS + RELEASE_DAYS, "location:*/targets/**"),
            _dated("bundles of events on the exchange location, sealed to head office",
                   "when head office collected and archived them", now, NIGHTS, "location:*/events/**"),
            Copy("bundles of events that head office set aside on the exchange location (refused/), sealed to it",
                 "a manager there deletes them", ("location:*/refused/**",)),
        ]  # fmt: skip
    if exchange.archive or exchange.role == "device":
        copies.append(Copy(
            "head office's archive, sealed to its key", "the shop deletes the archive; what is read back from it "
            "is emptied again in the next night", ("archive:**",)))  # fmt: skip
    if exchange.ledger or exchange.role == "device":
        copies.append(Copy(
            "where head office's ledger is in PostgreSQL: the log and the backups of that database",
            "whoever runs it lets them go"))  # fmt: skip
    copies += [
        Copy("what was noted about other members, where it names this one", "an associate takes those notes back"),
        Copy("backups of this machine, and files that were exported or printed", "whoever keeps them deletes them",
             ("people:**",)),
        Copy("the shop's own till system", "the shop deletes there; what it delivers is dropped every night"),
    ]  # fmt: skip
    return copies


def _exports_here(settings: Settings, now: int) -> list[Copy]:
    """Exports on this machine: as they came, and what of them was set aside."""
    if settings.exchange.role == "device":
        return []
    kept = settings.nightly.reports_kept
    until = f"{count(kept, 'night')} after the night that took them in (nightly.reports_kept)"
    copies = [
        _dated(what, until, now, kept + NIGHTS, f"here:{folder}/**")
        for folder, what in ((_DONE, "exports taken in (inbox/done)"), (_QUARANTINE, "rows set aside (quarantine/)"))
    ]
    refused = "exports in the inbox that no night can take in, now or later"
    return [*copies, Copy(refused, "a manager deletes them", (f"here:{_INBOX}/*", f"here:{_INBOX}/*/*"))]


def _dated(where: str, until: str, now: int, days: int, *files: str) -> Copy:
    """A copy that goes by itself."""
    return Copy(where, until, files, now + days * DAY_S)
