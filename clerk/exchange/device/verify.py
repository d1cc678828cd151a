"""The release that a device may trust: python-tuf's client over a exchange location.

The client works in a copy of the trusted metadata; only what was verified to the end takes its place. A release that
was forged, cut, mixed or copied from another store therefore leaves no trace at all.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tuf.api.exceptions import DownloadError, DownloadHTTPError, ExpiredMetadataError, RepositoryError
from tuf.api.metadata import Metadata, Snapshot, TargetFile, Targets, Timestamp
from tuf.ngclient import FetcherInterface, Updater, UpdaterConfig

from clerk.clock import Clock
from clerk.durable import put_file
from clerk.errors import ExchangeError, LocationUnreachable, PackRefused, PackStale
from clerk.exchange.between import clock_floor
from clerk.exchange.between.locations import Location, Missing
from clerk.exchange.between.release import REQUIRED, STORE_FIELD, TARGETS, longest, signed_at
from clerk.exchange.between.root_of_trust import utc
from clerk.role import FOLDER

TUF = "tuf"
"""In `exchange/` of a device: metadata it has verified, where nothing from a pack is ever written."""

CONFIG = UpdaterConfig(
    max_root_rotations=64,
    max_delegations=0,
    root_max_length=64_000,
    timestamp_max_length=8_000,
    snapshot_max_length=16_000,
    targets_max_length=200_000,
)
"""Bounds of what we publish, far below the library's own."""

_SCHEME = "clerk://"
_REFUSED = "Nothing of it was opened; last night's data goes on. Tell head office."


@dataclass(frozen=True, slots=True)
class Release:
    """What head office vouches for."""

    version: int
    """Of the targets metadata."""
    signed_at: int
    """Seconds since 1970 in UTC."""
    targets: Mapping[str, TargetFile]


class NothingPublished(LocationUnreachable):
    """Nobody has published anything for this store yet."""


class PlaceFetcher(FetcherInterface):  # type: ignore[misc,unused-ignore]
    """Reads metadata from a location; the library counts the bytes and stops where there are too many."""

    def __init__(self, location: Location) -> None:
        self._location = location

    def _fetch(self, url: str) -> Iterator[bytes]:
        try:
            yield from self._location.chunks(url.removeprefix(_SCHEME))
        except Missing as problem:
            raise DownloadHTTPError(str(problem.what), 404) from problem


def refresh(home: Path, location: Location, store: str, root: bytes, clock: Clock, *, keep: bool = True) -> Release:
    """The newest release of a store, verified.

    Args:
        home: the data folder.
        location: where it was published.
        store: id of the store.
        root: the metadata this device was enrolled with.
        clock: the machine's.
        keep: whether what was verified is kept; a dry run leaves no trace.

    Raises:
        PackRefused: forged, cut, mixed, older than what was seen, of another store, or with names that cannot be.
        PackStale: head office has not published for too long.
        ClockWrong: the machine's clock contradicts everything known.
        NothingPublished: there is no release yet.
        LocationUnreachable: the location.

    Effect: replaces the trusted metadata in `exchange/tuf`, when all of it is valid.
    """
    now = clock_floor.floor(home, clock)
    trusted = home / FOLDER / TUF
    trusted.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".tuf-", dir=home / FOLDER) as name:
        work = Path(name)
        _copy(trusted, work)
        seen = (trusted / "timestamp.json").exists()
        try:
            updater = Updater(
                str(work), f"{_SCHEME}{store}/metadata/", fetcher=PlaceFetcher(location), config=CONFIG, bootstrap=root
            )
            clock_floor.judge_by(updater, now)
            updater.refresh()
            release = _release(work, store)
        except ExpiredMetadataError as problem:
            raise _expired(home, work, store, clock, str(problem)) from problem
        except DownloadHTTPError as problem:
            if seen or location.exists(f"{store}/metadata/timestamp.json"):
                raise PackRefused("What head office published is not complete.", _REFUSED) from problem
            raise NothingPublished(f"Nothing is published for store {store}.", "Run it again later.") from problem
        except (RepositoryError, DownloadError) as problem:
            raise PackRefused(f"What was published is not to be trusted ({_why(problem)}).", _REFUSED) from problem
        if keep:
            _keep(work, home / FOLDER)
            clock_floor.remember(home, signed=release.signed_at)
    return release


def _release(work: Path, store: str) -> Release:
    """The release that the verified files describe, if they are of this store and name nothing unknown."""
    timestamp = _read(work, "timestamp", Timestamp)
    snapshot, targets = _read(work, "snapshot", Snapshot), _read(work, "targets", Targets)
    for part in (timestamp, snapshot, targets):
        if part.unrecognized_fields.get(STORE_FIELD) != store:
            raise PackRefused(f"What was published is not for store {store}.", _REFUSED)
    names = set(targets.targets)
    if targets.delegations is not None or names - TARGETS or REQUIRED - names:
        raise PackRefused("What was published has files that no pack has, or lacks some.", _REFUSED)
    for name, target in targets.targets.items():
        if "sha256" not in target.hashes or not 0 <= target.length <= longest(name):
            raise PackRefused(f"What was published says nothing usable about {name}.", _REFUSED)
    return Release(targets.version, signed_at(timestamp.unrecognized_fields), targets.targets)


def _read(work: Path, role: str, kind: type[Any]) -> Any:
    signed = Metadata[Any].from_bytes((work / f"{role}.json").read_bytes()).signed
    assert isinstance(signed, kind)
    return signed


def _expired(home: Path, work: Path, store: str, clock: Clock, why: str) -> ExchangeError:
    """The error for expired metadata: no word from head office, or this clock is ahead."""
    signed = 0
    if (work / "timestamp.json").exists():
        # The library wrote it only after its signature was checked.
        timestamp = _read(work, "timestamp", Timestamp)
        if timestamp.unrecognized_fields.get(STORE_FIELD) == store:
            signed = signed_at(timestamp.unrecognized_fields)
    if signed:
        clock_floor.check_not_ahead(home, clock, signed)
    since = f" since {utc(signed):%Y-%m-%d %H:%M} UTC" if signed else ""
    return PackStale(
        f"Head office has published nothing{since} ({why}).",
        "Last night's data goes on. Ask head office, and check this machine's date.",
    )


def _copy(trusted: Path, work: Path) -> None:
    for path in trusted.rglob("*.json"):
        # `root.json` is a link that the library makes anew.
        if not path.is_symlink() and path.name != "root.json":
            target = work / path.relative_to(trusted)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)


def _keep(work: Path, exchange: Path) -> None:
    """Verified metadata, durably; a file that is the same already is left alone."""
    for path in sorted(work.rglob("*.json")):
        name = path.relative_to(work).as_posix()
        if path.is_symlink() or name == "root.json":
            continue
        data, old = path.read_bytes(), exchange / TUF / name
        if not old.exists() or old.read_bytes() != data:
            put_file(exchange, f"{TUF}/{name}", data)


def _why(problem: Exception) -> str:
    """The library's reason in a few words; it quotes names and numbers, never content."""
    words = type(problem).__name__.removesuffix("Error")
    return "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in words).strip()
