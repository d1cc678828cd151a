"""Publishing a store's pack for its devices: a TUF repository on the location.

The pack is sealed to the devices that were accepted: see `seal_pack`.
Order decides: target files first, then targets and snapshot metadata, the timestamp last, each durable before the
next. Killed at any point, devices see the release before it or this one, never a mixture. What this office signed
last is remembered here, so that no version number is ever given twice, even when somebody puts an old location back.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey
from securesystemslib.exceptions import VerificationError
from tuf.api.exceptions import RepositoryError
from tuf.api.metadata import Metadata, MetaFile, Root, Signed, Snapshot, TargetFile, Targets, Timestamp

from clerk.clock import Clock
from clerk.durable import Readable, one_at_a_time, put_file
from clerk.errors import ClockWrong, ExchangeError, NoPack, PackDamaged
from clerk.exchange.between import location_check
from clerk.exchange.between.clock_floor import utc_seconds
from clerk.exchange.between.device_request import checked_store
from clerk.exchange.between.keys import OfficeKeys, office_keys, public_bytes
from clerk.exchange.between.location_check import PUBLISHED
from clerk.exchange.between.locations import Location, Missing, TooLong
from clerk.exchange.between.release import (
    ACKS,
    PACK_FILES,
    SEAL,
    SNAPSHOT_LIVES,
    TIMESTAMP_LIVES,
    TIMESTAMP_RENEWED,
    metadata_name,
    signed_at,
    signed_fields,
    stored_name,
)
from clerk.exchange.between.root_of_trust import ROOT_WARNS, SERIALIZER, names_key, office_roots, root_of, signer, utc
from clerk.exchange.between.sealing import SealedFile, reader_id, sealed_length
from clerk.exchange.office import seal_pack
from clerk.exchange.office.devices import waiting, waiting_words
from clerk.exchange.office.renew_keys import finish_renewal
from clerk.exchange.office.seal_pack import SealedPack
from clerk.journal.acknowledged import Acks, to_bytes
from clerk.pack.open import MANIFEST, PACKS, current_generation, damaged, read_manifest
from clerk.phrases import count
from clerk.privacy.copies_left import RELEASE_DAYS
from clerk.role import FOLDER

CLOCK_LEAPS = timedelta(days=90)
"""Longer than that nobody goes without publishing: a clock that says so is asked about."""

_KEPT = 2
"""Releases whose files stay: a device that began to fetch the last one can finish."""
_KEPT_FOR = timedelta(days=RELEASE_DAYS) - timedelta(hours=4)
"""How long the release before the newest stays: until the next night. It may hold who was erased since."""
_METADATA_LONGEST = 5_000_000
_NAMED_AT_MOST = 5
"""Waiting devices named by one publish: whoever can write to the location can ask as often as he likes."""


@dataclass(slots=True)
class Published:
    """What publishing did."""

    store: str
    generation: str = ""
    version: int = 0
    """Of the targets metadata; it grows by one with every change."""
    state: str = ""
    """published, renewed (only signed again), nothing new, or would publish."""
    files: int = 0
    bytes: int = 0
    """Uploaded; unchanged files lie there already."""
    removed: int = 0
    asking: int = 0
    """Devices that wait to be accepted."""
    notices: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Release:
    """The metadata of the latest release, as far as there is one."""

    targets: Targets | None = None
    snapshot: Snapshot | None = None
    timestamp: Timestamp | None = None


def publish(
    home: Path,
    location: Location,
    store: str,
    acks: Acks | bytes | None,
    clock: Clock,
    *,
    office: Path | None = None,
    progress: Callable[[str, int, int], None] = lambda stage, done, total: None,
    dry_run: bool = False,
    clock_confirmed: bool = False,
) -> Published:
    """Makes the installed pack the newest release of a store.

    Args:
        home: the data folder with the pack.
        location: where devices fetch it.
        store: id of the store.
        acks: what head office has of each device.
        clock: tells the time.
        office: the data folder with the keys; without it, `home`.
        progress: told the stage, bytes done and bytes in all.
        dry_run: say what would happen, write nothing.
        clock_confirmed: somebody looked at the clock, and it is right.

    Raises:
        NoPack, PackDamaged: there is nothing that could be published.
        ClockWrong: by this clock nothing was published for months.
        NotEnrolled: this machine is no office.
        ExchangeError: the root of trust has ended or names other keys.
        LocationUnreachable: the location; devices go on with the release before.
        StoreLocked: somebody else is publishing for this store.
    """
    office = office or home
    checked_store(store)
    # Two at once would give one number to two things.
    with nullcontext() if dry_run else one_at_a_time(office / FOLDER / PUBLISHED / store):
        now = utc_seconds(clock)
        if not dry_run:
            finish_renewal(office)
        keys = office_keys(office)
        roots = office_roots(office)
        done = Published(store)
        _check_root(roots, keys, now, done)
        folder, manifest = _pack(home, done)
        location_check.check(
            office, location, began=location_check.has_published(office, store), claim=True, dry_run=dry_run
        )
        last = _last(office, location, store, keys)
        if not clock_confirmed:
            _check_clock(last, now)
        readers = seal_pack.readers(office, store, keys.sealing)
        _tell_who_waits(office, location, store, readers, done)
        sealed = seal_pack.seal(office, location, store, keys.sealing, last.targets, folder, manifest["files"], readers)
        files, sources = _targets(store, folder, sealed, keys, acks)
        release, changed = _next(last, files, store, now)
        done.version = release.targets.version if release.targets else 0
        done.state = _state(last, release, changed, now)
        if dry_run:
            done.state = "would publish" if done.state == "published" else done.state
            return done
        if done.state != "nothing new":
            _sign_timestamp(last, release, store, now)
        # Remembered before the first file is there: cut off, the next try goes on with the same keys.
        seal_pack.remember(office, store, sealed.data)
        # Roots and files are looked after even when nothing is new: what was lost from the location comes back.
        _upload(location, store, files, sources, done, progress)
        present = {name for name, _ in location.list(f"{store}/metadata")}
        for version, root in roots.items():
            if (name := metadata_name(store, Root.type, version)) not in present:
                location.durable_put(name, root)
        _write(office, location, store, release, keys, present)
        _clear(location, store, release, keys, frozenset(readers), now, done)
        return done


def let_read(office: Path, location: Location, store: str, clock: Clock) -> bool:
    """Lets devices that were accepted since read what is published already, without sealing it again.

    Args:
        office: the data folder with the keys.
        location: where devices fetch it.
        store: id of the store.
        clock: tells the time.

    Returns:
        Whether they can; otherwise they can with the next publish.

    Raises:
        As `publish`.

    Effect: signs the release again, with more readers.
    """
    with one_at_a_time(office / FOLDER / PUBLISHED / store):
        now, keys, done = utc_seconds(clock), office_keys(office), Published(store)
        _check_root(office_roots(office), keys, now, done)
        location_check.check(office, location, began=location_check.has_published(office, store), dry_run=True)
        last = _last(office, location, store, keys)
        _check_clock(last, now)
        lying = seal_pack.lying(location, store, last.targets)
        who = seal_pack.readers_in(lying)
        own = reader_id(keys.sealing.public_key())
        if last.targets is None or lying is None or who is None or own not in who:
            return False
        data = seal_pack.seal_to_more(store, lying, keys.sealing, seal_pack.readers(office, store, keys.sealing))
        files = {**last.targets.targets, MANIFEST: TargetFile.from_data(MANIFEST, data, ["sha256"])}
        release, changed = _next(last, files, store, now)
        if changed:
            _sign_timestamp(last, release, store, now)
            seal_pack.remember(office, store, data)
            location.durable_put(stored_name(store, MANIFEST, files[MANIFEST].hashes["sha256"]), data)
            present = {name for name, _ in location.list(f"{store}/metadata")}
            _write(office, location, store, release, keys, present)
        return True


def _check_clock(last: _Release, now: int) -> None:
    """Refuses to sign with a clock that is ahead: devices would refuse every release until that day.

    Raises:
        ClockWrong: the clock is further from the last signature than a closed season explains.
    """
    signed = signed_at(last.timestamp.unrecognized_fields) if last.timestamp else 0
    if signed and utc(now) - utc(signed) > CLOCK_LEAPS:
        raise ClockWrong(
            f"The clock here says {utc(now):%Y-%m-%d}, and the last release was signed on {utc(signed):%Y-%m-%d}.",
            "Set the clock; if it is right, run `clerk publish --clock-is-right` once.",
        )


def _check_root(roots: Mapping[int, bytes], keys: OfficeKeys, now: int, done: Published) -> None:
    root = root_of(roots[max(roots)])
    if not all(names_key(root, role, key) for role, key in keys.release.items()):
        raise ExchangeError(
            "The root of trust names other keys than this machine has.", "Put exchange/keys and exchange/roots back."
        )
    if root.expires <= utc(now):
        raise ExchangeError(
            f"The root of trust ended on {root.expires:%Y-%m-%d}.", "Run `clerk office renew` with the root key."
        )
    if root.expires - utc(now) < ROOT_WARNS:
        done.notices.append(
            f"The root of trust ends on {root.expires:%Y-%m-%d}: run `clerk office renew` with the root key before."
        )


def _pack(home: Path, done: Published) -> tuple[Path, dict[str, Any]]:
    """Folder and manifest of the pack in use, whole and with nothing in it that no device takes."""
    generation = current_generation(home)
    if generation is None:
        raise NoPack("There is no store data to publish.", "Run `clerk nightly` or `clerk build` first.")
    folder = home / PACKS / generation
    manifest = read_manifest(folder)
    if damage := damaged(folder, manifest, manifest["files"]):
        raise PackDamaged(f"Store data {generation} is damaged: {damage[0]}.", "Run the nightly build again.")
    if strange := sorted(set(manifest["files"]) - PACK_FILES):
        raise PackDamaged(f"Store data {generation} has a file that no device takes: {strange[0]}.", "Build it again.")
    done.generation = generation
    return folder, manifest


def _tell_who_waits(
    office: Path, location: Location, store: str, readers: Mapping[str, X25519PublicKey], done: Published
) -> None:
    """Names the devices that ask to be accepted, and says so when nobody can open what is published."""
    if len(readers) == 1:
        done.notices.append("No device is accepted, so nobody can open what is published: `clerk office devices`.")
    asking = waiting(office, location, store, new_only=True)
    done.asking = len(asking)
    done.notices += [waiting_words(one) for one in asking[:_NAMED_AT_MOST]]
    if len(asking) > _NAMED_AT_MOST:
        done.notices.append(f"{count(len(asking) - _NAMED_AT_MOST, 'more device')} waiting: `clerk office devices`.")


def _targets(
    store: str, folder: Path, sealed: SealedPack, keys: OfficeKeys, acks: Acks | bytes | None
) -> tuple[dict[str, TargetFile], dict[str, bytes | Readable]]:
    """Every target with its length and hash, and what to read each from."""
    seal = {"format": 1, "sealing": public_bytes(keys.sealing.public_key()).hex()}
    sources: dict[str, bytes | Readable] = {ACKS: _acks_bytes(acks), SEAL: json.dumps(seal).encode()}
    sources[MANIFEST] = sealed.data
    files = {
        name: TargetFile.from_data(name, data, ["sha256"]) for name, data in sources.items() if isinstance(data, bytes)
    }
    for name, key in sealed.content.files.items():
        sources[name] = SealedFile(folder / name, key.key, store, name)
        length = sealed_length((folder / name).stat().st_size)
        files[name] = TargetFile(length, {"sha256": key.sha256}, name)
    return files, sources


def _acks_bytes(acks: Acks | bytes | None) -> bytes:
    return acks if isinstance(acks, bytes) else to_bytes(acks or {})


def _last(office: Path, location: Location, store: str, keys: OfficeKeys) -> _Release:
    """The newest release that this office signed: as it remembers, or as the location has it when that is newer."""
    last = _Release()
    folder = f"{PUBLISHED}/{store}"
    for role, kind in (("targets", Targets), ("snapshot", Snapshot), ("timestamp", Timestamp)):
        found: list[Signed] = []
        path = office / FOLDER / folder / f"{role}.json"
        if path.exists():
            found += _parsed(path.read_bytes(), kind)
        newest = _newest_on_location(location, store, role)
        if newest is not None:
            found += _ours(newest, kind, role, keys)
        if found:
            setattr(last, role, max(found, key=lambda signed: signed.version))
    return last


def _newest_on_location(location: Location, store: str, role: str) -> bytes | None:
    if role == "timestamp":
        newest = metadata_name(store, role)
    else:
        names = [name for name, _ in location.list(f"{store}/metadata") if name.endswith(f".{role}.json")]
        newest = max(names, key=_version_of, default="")
    try:
        return location.read(newest, _METADATA_LONGEST) if newest else None
    except (Missing, TooLong):
        return None


def _version_of(name: str) -> int:
    version = name.rpartition("/")[2].partition(".")[0]
    return int(version) if version.isdecimal() and len(version) < 12 else 0


def _ours(data: bytes, kind: type[Signed], role: str, keys: OfficeKeys) -> list[Signed]:
    """The metadata in a list, when this office signed it; else an empty one: it is simply replaced."""
    try:
        metadata: Metadata[Any] = Metadata.from_bytes(data)
        key = signer(keys.release[role]).public_key
        key.verify_signature(metadata.signatures[key.keyid], metadata.signed_bytes)
    except (RepositoryError, VerificationError, KeyError, ValueError):
        return []
    return [metadata.signed] if isinstance(metadata.signed, kind) else []


def _parsed(data: bytes, kind: type[Signed]) -> list[Signed]:
    """The office's own copy of metadata it signed, under whatever keys."""
    try:
        signed = Metadata[Any].from_bytes(data).signed
    except (RepositoryError, ValueError):
        return []
    return [signed] if isinstance(signed, kind) else []


def _next(last: _Release, files: dict[str, TargetFile], store: str, now: int) -> tuple[_Release, bool]:
    """The release that follows, and whether devices will see anything new in it."""
    release = _Release(last.targets, last.snapshot, last.timestamp)
    same = last.targets is not None and last.targets.targets == files
    fresh = last.targets is not None and last.snapshot is not None and _lives(last.targets, last.snapshot, now)
    whole = last.snapshot is not None and last.targets is not None and _describes(last.snapshot, last.targets)
    if same and fresh and whole:
        return release, False
    expires = utc(now) + SNAPSHOT_LIVES
    release.targets = Targets(
        version=(last.targets.version if last.targets else 0) + 1,
        expires=expires,
        targets=files,
        unrecognized_fields=signed_fields(store),
    )
    release.snapshot = Snapshot(
        version=(last.snapshot.version if last.snapshot else 0) + 1,
        expires=expires,
        meta={"targets.json": MetaFile(release.targets.version)},
        unrecognized_fields=signed_fields(store),
    )
    return release, not same


def _lives(targets: Targets, snapshot: Snapshot, now: int) -> bool:
    return min(targets.expires, snapshot.expires) - utc(now) > SNAPSHOT_LIVES / 2


def _describes(snapshot: Snapshot, targets: Targets) -> bool:
    return "targets.json" in snapshot.meta and snapshot.meta["targets.json"].version == targets.version


def _state(last: _Release, release: _Release, changed: bool, now: int) -> str:
    if changed:
        return "published"
    if release.snapshot is not last.snapshot or last.timestamp is None or release.snapshot is None:
        return "renewed"
    age = utc(now) - utc(signed_at(last.timestamp.unrecognized_fields))
    current = last.timestamp.snapshot_meta.version == release.snapshot.version
    return "nothing new" if current and timedelta(0) <= age < TIMESTAMP_RENEWED else "renewed"


def _sign_timestamp(last: _Release, release: _Release, store: str, now: int) -> None:
    assert release.snapshot is not None
    release.timestamp = Timestamp(
        version=(last.timestamp.version if last.timestamp else 0) + 1,
        expires=utc(now) + TIMESTAMP_LIVES,
        snapshot_meta=MetaFile(release.snapshot.version),
        unrecognized_fields=signed_fields(store, now),
    )


def _upload(
    location: Location,
    store: str,
    files: Mapping[str, TargetFile],
    sources: Mapping[str, bytes | Readable],
    done: Published,
    progress: Callable[[str, int, int], None],
) -> None:
    """Puts every target there that is not there whole."""
    present = dict(location.list(f"{store}/targets"))
    missing = {}
    for name, target in files.items():
        stored = stored_name(store, name, target.hashes["sha256"])
        whole = present.get(stored) == target.length
        # On a folder a look at the bytes is cheap, and a rotten file heals by publishing again.
        if not whole or (location.folder is not None and location.sha256(stored) != target.hashes["sha256"]):
            missing[name] = stored
    total = sum(files[name].length for name in missing)
    for name, stored in missing.items():
        progress("publishing", done.bytes, total)
        location.durable_put(stored, sources[name])
        done.files, done.bytes = done.files + 1, done.bytes + files[name].length
    progress("publishing", total, total)


def _write(
    office: Path, location: Location, store: str, release: _Release, keys: OfficeKeys, present: set[str]
) -> None:
    """Signs and writes what is not there yet: targets, snapshot, our memory of them, and the timestamp last."""
    signed: dict[str, bytes] = {}
    for role, content in (
        ("targets", release.targets),
        ("snapshot", release.snapshot),
        ("timestamp", release.timestamp),
    ):
        assert content is not None
        metadata: Metadata[Any] = Metadata(content)
        metadata.sign(signer(keys.release[role]))
        signed[role] = metadata.to_bytes(SERIALIZER)
        # Remembered before anybody else can see it: a number once shown is never given to something else.
        memory = office / FOLDER / PUBLISHED / store / f"{role}.json"
        if not memory.exists() or memory.read_bytes() != signed[role]:
            put_file(office / FOLDER, f"{PUBLISHED}/{store}/{role}.json", signed[role])
        name = metadata_name(store, role, None if role == "timestamp" else content.version)
        if not _lies_there(location, name, signed[role], present):
            location.durable_put(name, signed[role])


def _lies_there(location: Location, name: str, data: bytes, present: set[str]) -> bool:
    if name not in present:
        return False
    try:
        return location.read(name, len(data)) == data
    except TooLong:
        return False


def _clear(
    location: Location,
    store: str,
    release: _Release,
    keys: OfficeKeys,
    readers: frozenset[str],
    now: int,
    done: Published,
) -> None:
    """Removes all but the newest release and, for a day, the one before, if no others can open it than may read now."""
    assert release.targets is not None
    assert release.snapshot is not None
    kept = {metadata_name(store, "timestamp")}
    made = release.targets.expires - SNAPSHOT_LIVES
    last = _KEPT if utc(now) - made < _KEPT_FOR else 1
    for role, content in (("targets", release.targets), ("snapshot", release.snapshot)):
        kept |= {metadata_name(store, role, version) for version in range(content.version, content.version - last, -1)}
    kept |= _names(store, release.targets)
    in_clear: set[str] = set()
    for version in range(release.targets.version - 1, release.targets.version - _KEPT, -1):
        try:
            data = location.read(metadata_name(store, "targets", version), _METADATA_LONGEST)
        except (Missing, TooLong):
            continue
        for old in _ours(data, Targets, "targets", keys):
            assert isinstance(old, Targets)
            manifest = seal_pack.lying(location, store, old)
            who = seal_pack.readers_in(manifest)
            if last == _KEPT and who is not None and who <= readers:
                kept |= _names(store, old)
            elif manifest is not None and seal_pack.is_in_clear(manifest):
                in_clear |= _names(store, old)
    metadata = [name for name, _ in location.list(f"{store}/metadata") if not name.endswith(".root.json")]
    gone = [name for name in (*metadata, *(n for n, _ in location.list(f"{store}/targets"))) if name not in kept]
    for name in gone:
        location.remove(name)
    done.removed = len(gone)
    if plain := in_clear.intersection(gone):
        done.notices.append(
            f"{count(len(plain), 'file')} of store data in clear, from an earlier version, removed from the exchange "
            "location. Backups and old versions that the location itself keeps have to be deleted there."
        )


def _names(store: str, targets: Targets) -> set[str]:
    """Where the files of a release lie."""
    return {stored_name(store, name, target.hashes["sha256"]) for name, target in targets.targets.items()}
