"""Fetching the newest pack: verified metadata first, then each file by exact length and sha256, then the swap.

A pack is sealed to the devices that head office accepted; one that is not among them learns so from the manifest, and
reads nothing else. Nothing of a file is parsed before its hash was checked. Files that did not change are taken from
the pack in use. Killed at any point, the pack in use stays, and what was complete is found again the next time.
"""

from __future__ import annotations

import hashlib
import json
import shlex
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey
from tuf.api.metadata import TargetFile

from clerk.clock import Clock
from clerk.durable import Disk, disk_errors, only_one, put_file
from clerk.errors import DiskFull, NotAccepted, PackDamaged, PackForeign, PackRefused
from clerk.exchange.between import clock_floor, location_check
from clerk.exchange.between.device_request import device_fingerprint
from clerk.exchange.between.keys import OFFICE_FILE, OfficeFile, device_key, office_file, public_bytes
from clerk.exchange.between.locations import Location, Missing, TooLong
from clerk.exchange.between.release import ACKS, GENERATION, SEAL, stored_name
from clerk.exchange.between.sealing import FileKey, is_sealed, open_manifest, opened, reading_key, sealed_length
from clerk.exchange.device.enrol import Device, this_device
from clerk.exchange.device.verify import NothingPublished, Release, refresh
from clerk.journal.acknowledged import from_bytes
from clerk.keys_at_rest import key_of
from clerk.pack import generations
from clerk.pack.open import (
    MANIFEST,
    PACKS,
    check_key,
    current_generation,
    damaged,
    generation_names,
    read_manifest,
)
from clerk.role import FOLDER, NOT_ACCEPTED_FILE
from clerk.settings import load

INSTALLED = "installed"
"""In `exchange/`: the generation that was put in use last, so that a manager who went back is not overruled."""

_CHUNK = 1 << 20
_SPARE = 64_000_000
"""Bytes left free for the journal while a pack is fetched: tens of thousands of events."""
_REFUSED = "Nothing of it was opened; last night's data goes on. Tell head office."

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class _Pack:
    """The pack of a release, as far as its manifest tells."""

    store: str
    manifest: bytes
    targets: Mapping[str, TargetFile]
    """Its files as they lie on the location, without the manifest."""
    keys: Mapping[str, FileKey] | None
    """What opens them; None where an older version published them in clear."""

    @property
    def sha256(self) -> str:
        """Of the manifest: stands for the whole pack."""
        return hashlib.sha256(self.manifest).hexdigest()


@dataclass(slots=True)
class Fetched:
    """What fetching did."""

    state: str = ""
    """installed, nothing new, nothing published, or would fetch."""
    generation: str = ""
    version: int = 0
    """Of the release."""
    signed_at: int = 0
    """Wall seconds at which head office vouched for it."""
    bytes: int = 0
    """Read from the location."""
    reused: int = 0
    """Bytes that were here already."""


def fetch(
    home: Path,
    location: Location,
    clock: Clock,
    progress: Progress = lambda stage, done, total: None,
    dry_run: bool = False,
    *,
    disk: Disk | None = None,
) -> Fetched:
    """Installs the newest published pack of this device's store.

    Args:
        home: the data folder.
        location: where head office publishes.
        clock: the machine's.
        progress: called with the stage, bytes done and bytes in all.
        dry_run: verify the release, install nothing.
        disk: what syncs and renames.

    Raises:
        NotEnrolled: this machine is no device.
        NotAccepted: head office has not accepted it; nothing of the pack was read.
        PackRefused, PackStale, ClockWrong: see `trusted.refresh`; the pack in use stays.
        LocationUnreachable: the location.
        DiskFull, DiskFailed: the disk.
        StoreLocked: a build, or another fetch, is running.

    Effect: writes below `home/packs` and `home/exchange`, moves `CURRENT`.
    """
    device = this_device(home)
    # What was not verified is not remembered either.
    location_check.check(home, location, began=True, dry_run=True)
    done = Fetched()
    progress("asking head office", 0, 0)
    with disk_errors("fetching store data"):
        try:
            release = refresh(home, location, device.store, office_file(home).root, clock, keep=not dry_run)
        except NothingPublished:
            done.state = "nothing published"
            return done
        done.version, done.signed_at = release.version, clock_floor.wall_seconds(release.signed_at)
        # Read and verified before the swap: a release is taken wholly or not at all.
        small = _small(location, device.store, release, done)
        pack = _opened_pack(home, location, device, release, done, dry_run)
        packs = home / PACKS
        packs.mkdir(parents=True, exist_ok=True)
        with only_one(packs / ".lock"):
            _install(home, location, pack, done, progress, disk or Disk(), dry_run)
        if not dry_run:
            location_check.check(home, location, began=True)
            # Written after it: events that are acknowledged are in the pack that is in use by now.
            put_file(home / FOLDER, ACKS, small[ACKS])
            _keep_sealing_key(home, small[SEAL])
            clock_floor.remember(home, fetched=clock_floor.utc_seconds(clock))
    return done


def _opened_pack(
    home: Path, location: Location, device: Device, release: Release, done: Fetched, dry_run: bool
) -> _Pack:
    """The manifest of the release's pack, opened in memory.

    Raises:
        NotAccepted: it is not sealed to this device.

    Effect: remembers that, until it is, for a counter that has no store data yet.
    """
    data = _read_whole(location, device.store, MANIFEST, release.targets[MANIFEST])
    done.bytes += len(data)
    files = {name: target for name, target in release.targets.items() if name not in (ACKS, SEAL, MANIFEST)}
    if not is_sealed(data):
        return _Pack(device.store, data, files, None)
    key = device_key(home)
    content = open_manifest(device.store, data, reading_key(key))
    if content is None:
        shown = device_fingerprint(device.device, device.store, public_bytes(key.public_key()))
        # Whoever has store data was accepted once, or fetched it when it still lay in clear.
        yet = "" if current_generation(home) else " yet"
        problem = NotAccepted(
            f"This till ({device.name}) is not accepted{yet} by head office, so it cannot open the store data.",
            f"There: `clerk office accept {shlex.quote(device.name)} --shows '{shown}'`, which is its fingerprint. "
            "Then `clerk fetch` here.",
        )
        if not dry_run:
            put_file(home, NOT_ACCEPTED_FILE, json.dumps(problem.as_json()).encode())
        raise problem
    if not dry_run:
        (home / NOT_ACCEPTED_FILE).unlink(missing_ok=True)
    return _Pack(device.store, content.manifest, files, content.files)


def _install(
    home: Path, location: Location, pack: _Pack, done: Fetched, progress: Progress, disk: Disk, dry_run: bool
) -> None:
    """Installs the release's pack, unless it is installed and whole."""
    packs = home / PACKS
    if (here := _installed(home, pack)) is not None:
        done.generation, done.state = here, "nothing new"
        # Installed and then left by a manager is left alone; renamed and then cut off is finished.
        if not dry_run and (current_generation(home) is None or _installed_last(home) != here):
            if current_generation(home) != here:
                generations.point_to(home, here, disk)
                done.state = "installed"
            _remember_installed(home, here)
        if not dry_run:
            # A fetch of another release that was cut off left a part of it here.
            generations.clear_leftovers(home)
        return
    building = packs / f"{generations.BUILDING}fetch-{pack.sha256[:16]}"
    _drop_others(packs, building)
    began = building.exists()
    building.mkdir(exist_ok=True)
    total = done.bytes + sum(target.length for target in pack.targets.values())
    _room(packs, building, total)
    # The manifest first: it names the generation, and must say the same as what is signed.
    _put(building / MANIFEST, [pack.manifest])
    done.generation, entries = _checked_manifest(building, pack)
    # Encrypted with another key it could not be opened: nothing more is fetched, last night's pack goes on.
    check_key(read_manifest(building), key_of(home))
    if dry_run:
        done.state = "would fetch"
        if not began:
            shutil.rmtree(building, ignore_errors=True)
        return
    current = current_generation(home)
    for name, (size, sha256) in entries.items():
        if _has(building / name, size, sha256) or (
            current is not None and _copied(packs / current / name, size, sha256, building / name)
        ):
            done.reused += pack.targets[name].length
        else:
            _put(building / name, _plain(location, pack, name, size, sha256, done, total, progress))
        progress("fetching", done.bytes + done.reused, total)
    for path in [path for path in building.rglob("*") if path.is_file()]:
        if path.relative_to(building).as_posix() not in (MANIFEST, *entries):
            path.unlink()
    if (packs / done.generation).exists():
        # It is here but damaged: out of the way first; until the next step the counter uses the one before.
        disk.rename(packs / done.generation, packs / f"{generations.BUILDING}damaged-{done.generation}")
    generations.install(home, building, done.generation, disk)
    _remember_installed(home, done.generation)
    done.state = "installed"
    generations.prune(home, load(home).pack.keep)
    _drop_others(packs, building)


def _installed(home: Path, pack: _Pack) -> str | None:
    """The generation that is this pack, whole, if there is one."""
    for name in generation_names(home):
        folder = home / PACKS / name
        if not _has(folder / MANIFEST, len(pack.manifest), pack.sha256):
            continue
        try:
            manifest = read_manifest(folder)
        except (PackDamaged, PackForeign):
            return None
        return None if damaged(folder, manifest, manifest["files"]) else name
    return None


def _installed_last(home: Path) -> str:
    """The generation that a fetch put in use last."""
    try:
        return (home / FOLDER / INSTALLED).read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return ""


def _remember_installed(home: Path, name: str) -> None:
    put_file(home / FOLDER, INSTALLED, name.encode("ascii"))


def _checked_manifest(building: Path, pack: _Pack) -> tuple[str, dict[str, tuple[int, str]]]:
    """Name of the generation, and size and sha256 of its files, if it agrees with what head office signed of each."""
    try:
        manifest = read_manifest(building)
        listed = {name: (entry["size"], entry["sha256"]) for name, entry in manifest["files"].items()}
        generation = manifest["generation"]
    except PackForeign as problem:
        raise PackRefused(
            "Head office's store data was made by a newer Clerk.", "Install the version that head office has."
        ) from problem
    except (PackDamaged, KeyError, TypeError) as problem:
        raise PackRefused("The published manifest cannot be read.", _REFUSED) from problem
    signed = {name: (target.length, target.hashes["sha256"]) for name, target in pack.targets.items()}
    told = listed
    if pack.keys is not None:
        hashes = {name: key.sha256 for name, key in pack.keys.items()}
        told = {name: (sealed_length(size), hashes.get(name, "")) for name, (size, _) in listed.items()}
    if told != signed or not isinstance(generation, str) or not GENERATION.fullmatch(generation):
        raise PackRefused("The published manifest contradicts what is signed.", _REFUSED)
    return generation, listed


def _put(to: Path, parts: Iterable[bytes]) -> None:
    """Writes a file under a temporary name until the last of its parts was found to be good."""
    to.parent.mkdir(parents=True, exist_ok=True)
    beside = to.with_name(f".{to.name}.part")
    with beside.open("wb") as file:
        for part in parts:
            file.write(part)
    beside.replace(to)


def _plain(
    location: Location, pack: _Pack, name: str, size: int, sha256: str, done: Fetched, total: int, progress: Progress
) -> Iterator[bytes]:
    """A file of the pack in clear; ends with an error unless it is what the manifest says."""
    parts = _verified(location, pack.store, name, pack.targets[name], done, total, progress)
    digest, length = hashlib.sha256(), 0
    for part in parts if pack.keys is None else opened(parts, pack.keys[name].key, pack.store, name):
        length += len(part)
        digest.update(part)
        yield part
    if length != size or digest.hexdigest() != sha256:
        raise PackRefused(f"{name} is not what the manifest says.", _REFUSED)


def _verified(
    location: Location, store: str, name: str, target: TargetFile, done: Fetched, total: int, progress: Progress
) -> Iterator[bytes]:
    """A file as it lies on the location; ends with an error unless it is what is signed."""
    digest, length, sha256 = hashlib.sha256(), 0, target.hashes["sha256"]
    try:
        for part in location.chunks(stored_name(store, name, sha256)):
            length += len(part)
            if length > target.length:
                raise PackRefused(f"{name} goes on after its end.", _REFUSED)
            digest.update(part)
            done.bytes += len(part)
            progress("fetching", done.bytes + done.reused, total)
            yield part
    except Missing as problem:
        raise PackRefused(f"{name} is not there, though it was published.", _REFUSED) from problem
    if length != target.length or digest.hexdigest() != sha256:
        raise PackRefused(f"{name} is not what head office signed.", _REFUSED)


def _has(path: Path, size: int, sha256: str) -> bool:
    """Whether this file is the one meant, to the last byte."""
    try:
        if path.stat().st_size != size:
            return False
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == sha256
    except OSError:
        return False


def _copied(path: Path, size: int, sha256: str, to: Path) -> bool:
    """Takes a file over from the pack in use: a copy, so that damage to one is not damage to both."""
    if not _same_length(path, size):
        return False
    to.parent.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256()
    beside = to.with_name(f".{to.name}.part")
    with path.open("rb") as source, beside.open("wb") as file:
        while part := source.read(_CHUNK):
            digest.update(part)
            file.write(part)
    if digest.hexdigest() != sha256:
        beside.unlink()
        return False
    beside.replace(to)
    return True


def _same_length(path: Path, size: int) -> bool:
    try:
        return path.stat().st_size == size
    except OSError:
        return False


def _room(packs: Path, building: Path, total: int) -> None:
    """Raises: DiskFull: the pack does not fit beside the one in use."""
    here = sum(path.stat().st_size for path in building.rglob("*") if path.is_file())
    free, need = shutil.disk_usage(packs).free, max(0, total - here) + _SPARE
    if free < need:
        raise DiskFull(
            f"The new store data needs {need / 1e6:,.0f} MB and {free / 1e6:,.0f} MB are free.",
            "Free some space and run `clerk fetch` again; the data in use is untouched.",
        )


def _drop_others(packs: Path, mine: Path) -> None:
    """Removes what fetches of other releases and killed builds left behind; we hold the lock."""
    for folder in packs.glob(generations.BUILDING + "*"):
        if folder != mine:
            shutil.rmtree(folder, ignore_errors=True)


def _small(location: Location, store: str, release: Release, done: Fetched) -> dict[str, bytes]:
    """Acknowledgements and the sealing key, with their form checked."""
    found = {name: _read_whole(location, store, name, release.targets[name]) for name in (ACKS, SEAL)}
    done.bytes += sum(len(data) for data in found.values())
    from_bytes(found[ACKS])
    _sealing_key(found[SEAL])
    return found


def _read_whole(location: Location, store: str, name: str, target: TargetFile) -> bytes:
    """A small file, verified."""
    try:
        data = location.read(stored_name(store, name, target.hashes["sha256"]), target.length)
    except Missing as problem:
        raise PackRefused(f"{name} is not there, though it was published.", _REFUSED) from problem
    except TooLong as problem:
        raise PackRefused(f"{name} goes on after its end.", _REFUSED) from problem
    if len(data) != target.length or hashlib.sha256(data).hexdigest() != target.hashes["sha256"]:
        raise PackRefused(f"{name} is not what head office signed.", _REFUSED)
    return data


def _sealing_key(data: bytes) -> bytes:
    try:
        sealing = bytes.fromhex(json.loads(data)["sealing"])
        X25519PublicKey.from_public_bytes(sealing)
    except (ValueError, KeyError, TypeError, RecursionError) as problem:
        raise PackRefused("The published sealing key cannot be used.", _REFUSED) from problem
    return sealing


def _keep_sealing_key(home: Path, data: bytes) -> None:
    known, sealing = office_file(home), _sealing_key(data)
    if known.sealing != sealing:
        put_file(home / FOLDER, OFFICE_FILE, OfficeFile(known.root, sealing).to_bytes())
