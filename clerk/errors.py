"""What can go wrong, each with a code, a sentence and a remedy.

Codes are grouped: `E2xx` store data, `E3xx` exchange, `E4xx` search and index, `E5xx` settings.
Messages name no member. Not finding a member is an answer (`clerk.model.Nobody`), not an error.
"""

from __future__ import annotations

from typing import ClassVar


class ClerkError(Exception):
    """Root of everything Clerk raises on purpose.

    Args:
        what: what happened, one sentence, no member named.
        remedy: what a person can do now, one sentence.
    """

    code: ClassVar[str] = "E200"
    meaning: ClassVar[str] = "Something in the store data is wrong."

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(f"{self.code} {what} {remedy}")
        self.what = what
        self.remedy = remedy

    def as_json(self) -> dict[str, str]:
        """The error as commands print it under `--json`."""
        return {"code": self.code, "what": self.what, "remedy": self.remedy}


class StoreDataError(ClerkError):
    """E2xx: the pack, the journal or the files they are made from."""


class NoPack(StoreDataError):
    """No pack was ever installed in this data folder."""

    code = "E201"
    meaning = "No store data is installed yet."


class PackDamaged(StoreDataError):
    """A file of the pack is missing or its sha256 does not hold."""

    code = "E202"
    meaning = "Store data is damaged; last night's good pack is used where there is one."


class PackForeign(StoreDataError):
    """The pack was made by another format version or for another shop."""

    code = "E203"
    meaning = "Store data was made by another version of Clerk."


class StoreLocked(StoreDataError):
    """Another process holds the file for writing."""

    code = "E204"
    meaning = "Store data is locked by another process."


class DiskFull(StoreDataError):
    """Nothing more can be written; nothing acknowledged is lost."""

    code = "E205"
    meaning = "The disk is full."


class DiskFailed(StoreDataError):
    """The operating system reported an input/output error."""

    code = "E206"
    meaning = "The disk reported an error."


class JournalDamaged(StoreDataError):
    """The journal cannot be read or its hash chain is broken."""

    code = "E207"
    meaning = "The journal of this device is damaged."


class SourceMissing(StoreDataError):
    """A folder, file or required column that a build needs is not there."""

    code = "E208"
    meaning = "A source file or a required column is missing."


class SourceUnreadable(StoreDataError):
    """A source file is no CSV or Parquet, or in no known encoding."""

    code = "E209"
    meaning = "A source file cannot be read."


class TooManyBadRows(StoreDataError):
    """So much of a table was quarantined that swapping it in would do harm."""

    code = "E210"
    meaning = "Too many rows were bad; the pack was not replaced."


class SourceUnknown(StoreDataError):
    """A file's header is no export that Clerk knows."""

    code = "E211"
    meaning = "A file in the inbox is no export that Clerk knows; the other files were taken."


class SourceUnsafe(StoreDataError):
    """A file is too large, or holds what no export holds."""

    code = "E212"
    meaning = "A file in the inbox is too large or not what it says it is; it was not read."


class NothingInIt(StoreDataError):
    """The tables hold no items, or no members where the pack in use has some; swapping it in would empty the shop."""

    code = "E213"
    meaning = "The tables are empty; the pack was not replaced."


class AllRowsBad(StoreDataError):
    """Every row of a table was quarantined: whatever came, it is not what the shop sold."""

    code = "E214"
    meaning = "Every row of a file was set aside; the file was not taken, the other files were."


class UnknownMember(StoreDataError):
    """A command named a member or card that this shop does not know."""

    code = "E220"
    meaning = "Nobody here has this member id or card."


class UnknownItem(StoreDataError):
    """A command named a SKU that this shop does not carry."""

    code = "E221"
    meaning = "This shop has no item with this SKU."


class UnknownLine(StoreDataError):
    """A command named a line item that is not in the member's history."""

    code = "E222"
    meaning = "The member has no line item with this reference."


class PartialScan(StoreDataError):
    """A card code arrived cut or misread; nobody is opened."""

    code = "E223"
    meaning = "The card was only half read. Scan it again."


class CardRevoked(StoreDataError):
    """The card was reported lost or replaced."""

    code = "E224"
    meaning = "This card is no longer valid."


class NotPermitted(StoreDataError):
    """The member has not agreed to this purpose."""

    code = "E225"
    meaning = "The member has not agreed to this."


class NotKept(StoreDataError):
    """What was stated holds a payment card number, or nothing: no such text is ever written."""

    code = "E226"
    meaning = "This text is not kept: it is empty, or holds a payment card number."


class AlreadyHere(StoreDataError):
    """Somebody with this name and phone number or e-mail address is a member already."""

    code = "E227"
    meaning = "A member with this name and phone or e-mail is here already."


class NotSignedIn(StoreDataError):
    """Nobody is signed in, or the role does not permit it."""

    code = "E230"
    meaning = "Sign in first, or ask a manager: this role does not permit it."


class PinRefused(StoreDataError):
    """The PIN was wrong, or the associate is locked out."""

    code = "E231"
    meaning = "The PIN was not right, or too many were tried."


class SecondFactorRefused(StoreDataError):
    """The last digits were wrong, or too many were tried today."""

    code = "E232"
    meaning = "The digits were not right, or too many were tried today."


class Forgotten(StoreDataError):
    """The member asked to be forgotten; what comes later about that person is not taken."""

    code = "E233"
    meaning = "This member was forgotten, and nothing about them is kept."


class KeyWrong(StoreDataError):
    """Store data is encrypted, and the key is missing or another one."""

    code = "E234"
    meaning = "Store data is encrypted, and its key is missing or not the right one."


class NotServed(StoreDataError):
    """Tablets cannot be served as asked."""

    code = "E235"
    meaning = "Tablets cannot be served: the address, the certificate or the port does not permit it."


class NotWritable(DiskFailed):
    """The data folder, or a file in it, may only be read."""

    code = "E236"
    meaning = "The data folder can only be read: nothing can be recorded."


class ExchangeError(ClerkError):
    """E3xx: what goes between a device and head office."""

    code = "E300"
    meaning = "The exchange with head office failed; everything recorded here stays here."


class LocationUnreachable(ExchangeError):
    """The folder, stick, bucket or server that both sides write to cannot be reached or written."""

    code = "E301"
    meaning = "The exchange location cannot be reached."


class NotEnrolled(ExchangeError):
    """This device, or this office, has no keys yet."""

    code = "E302"
    meaning = "This device is not enrolled, or this machine is no office."


class PackRefused(ExchangeError):
    """What was published is forged, cut, mixed, too old or too long; nothing of it was opened."""

    code = "E303"
    meaning = "What head office published was refused; last night's data goes on."


class PackStale(ExchangeError):
    """Head office has not published for longer than it promised."""

    code = "E304"
    meaning = "Head office has published nothing for too long; last night's data goes on."


class BundleRefused(ExchangeError):
    """A bundle of events is forged, cut or from a device that was not accepted."""

    code = "E305"
    meaning = "A bundle of events was refused; the device sends it again."


class LedgerUnavailable(ExchangeError):
    """The ledger's database cannot be reached or used."""

    code = "E306"
    meaning = "The ledger of head office cannot be used."


class ClockWrong(ExchangeError):
    """The clock of this machine contradicts signed times."""

    code = "E307"
    meaning = "The clock of this machine is wrong."


class HistoryForked(ExchangeError):
    """Head office holds other events under this device's numbers: a disk image was restored or copied."""

    code = "E308"
    meaning = "This device was restored or copied; it goes on under a new epoch and sends its events again."


class SystemRefused(ExchangeError):
    """A shop's own system could not be asked over its interface, or refused to answer."""

    code = "E310"
    meaning = "The shop's own system could not be asked, or refused; what came before is kept."


class NotAccepted(ExchangeError):
    """Store data is sealed to the devices that head office accepted, and this one is none of them."""

    code = "E309"
    meaning = "Head office has not accepted this device, so it can open no store data."


class SearchUnavailable(ClerkError):
    """E4xx: search, vectors and the query encoder."""

    code = "E400"
    meaning = "Item search by meaning is not available; search by words goes on."


class SettingsError(ClerkError):
    """E5xx: a setting has a value that cannot be used."""

    code = "E501"
    meaning = "A setting has a value that cannot be used."
