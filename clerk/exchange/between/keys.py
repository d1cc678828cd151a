"""Makes and stores the keys of head office and of devices, in files that only their owner may read.

The office has a root key, which belongs on a stick in a drawer, three release keys and one key pair for which devices
seal their events. A device has one key, with which it signs them. Keys never go over the location.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from clerk.clock import utc_ms
from clerk.durable import Disk, put_file
from clerk.errors import ExchangeError, NotEnrolled
from clerk.role import FOLDER

KEYS = "keys"
RELEASE_ROLES = ("targets", "snapshot", "timestamp")
ROOT = "root"
SEALING = "sealing"
DEVICE = "device"
_NEXT = "next-"
OFFICE_FILE = "office.json"
"""In `exchange/` of an office and of its devices: what devices trust."""

_OFFICE_LONGEST = 20_000
_LONGEST = 10_000
"""Bytes of a key file; a real one has 119."""


@dataclass(frozen=True, slots=True)
class OfficeKeys:
    """What an office needs every night; the root key is not among it."""

    release: dict[str, Ed25519PrivateKey]
    """By role: targets, snapshot, timestamp."""
    sealing: X25519PrivateKey
    """Opens what devices sealed."""


@dataclass(frozen=True, slots=True)
class OfficeFile:
    """What a device is enrolled with."""

    root: bytes
    """Signed root metadata, from which every later one is verified."""
    sealing: bytes
    """Public key that events are sealed to."""

    @property
    def fingerprint(self) -> str:
        """To be compared aloud between office and device."""
        return fingerprint(self.sealing + self.root)

    def to_bytes(self) -> bytes:
        """The file."""
        made = {"format": 1, "root": self.root.decode("utf-8"), "sealing": self.sealing.hex()}
        return (json.dumps(made, indent=1) + "\n").encode()

    @classmethod
    def from_bytes(cls, data: bytes) -> OfficeFile:
        """The content of the file.

        Raises:
            NotEnrolled: it is no such file.
        """
        try:
            read = json.loads(data)
            found = cls(read["root"].encode("utf-8"), bytes.fromhex(read["sealing"]))
            X25519PublicKey.from_public_bytes(found.sealing)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as problem:
            raise NotEnrolled("This is no office file.", "Take the one that `clerk office init` wrote.") from problem
        return found


def read_office_file(path: Path) -> OfficeFile:
    """Reads the file that `clerk office init` wrote.

    Raises:
        NotEnrolled: it is not there, or it is no such file.
    """
    try:
        with path.open("rb") as file:
            data = file.read(_OFFICE_LONGEST + 1)
    except OSError as problem:
        raise NotEnrolled(
            f"{path.name} cannot be read ({problem.strerror}).", "Take the file that `clerk office init` wrote."
        ) from problem
    if len(data) > _OFFICE_LONGEST:
        raise NotEnrolled(f"{path.name} is no office file.", "Take the one that `clerk office init` wrote.")
    return OfficeFile.from_bytes(data)


def office_file(home: Path) -> OfficeFile:
    """What this device, or this office, trusts.

    Raises:
        NotEnrolled: neither was set up here.
    """
    if not (home / FOLDER / OFFICE_FILE).exists():
        raise NotEnrolled("This machine is not enrolled.", "Run `clerk enrol office.json --place … --store …`.")
    return read_office_file(home / FOLDER / OFFICE_FILE)


def office_public_key(home: Path) -> X25519PublicKey:
    """The key that a device seals its events to.

    Raises:
        NotEnrolled: this machine is not enrolled.
    """
    return X25519PublicKey.from_public_bytes(office_file(home).sealing)


def keys_folder(home: Path) -> Path:
    """Where the keys of a data folder lie."""
    return home / FOLDER / KEYS


def make_office(home: Path, now: int | None = None) -> Path:
    """Makes the root key, the release keys and the sealing key, and signs the first root of trust with them.

    Args:
        home: the office's data folder.
        now: seconds since 1970 in UTC; without it, the machine's.

    Returns:
        The file that devices are enrolled with: no secret, but to be compared by its fingerprint.

    Raises:
        ExchangeError: there are keys already; they are never replaced.
    """
    # Imported here: a device that only pushes needs none of it.
    from clerk.exchange.between.root_of_trust import ROOTS, first_root

    folder = keys_folder(home)
    if any((folder / f"{name}.pem").exists() for name in (ROOT, *RELEASE_ROLES, SEALING)):
        raise ExchangeError("This machine is an office already.", "Its keys are in exchange/keys; nothing was changed.")
    root, release = Ed25519PrivateKey.generate(), {role: Ed25519PrivateKey.generate() for role in RELEASE_ROLES}
    sealing = X25519PrivateKey.generate()
    for role, key in {ROOT: root, **release}.items():
        _save(folder, role, key)
    _save(folder, SEALING, sealing)
    first = first_root(root, release, utc_ms() // 1000 if now is None else now)
    put_file(home / FOLDER, f"{ROOTS}/1.root.json", first)
    put_file(home / FOLDER, OFFICE_FILE, OfficeFile(first, public_bytes(sealing.public_key())).to_bytes())
    return home / FOLDER / OFFICE_FILE


def office_keys(home: Path) -> OfficeKeys:
    """The keys an office works with.

    Raises:
        NotEnrolled: this machine is no office.
        ExchangeError: a key file cannot be used, or others may read it.
    """
    folder = keys_folder(home)
    release = {role: _ed25519(folder / f"{role}.pem") for role in RELEASE_ROLES}
    sealing = _load(folder / f"{SEALING}.pem")
    if not isinstance(sealing, X25519PrivateKey):
        raise _unusable(folder / f"{SEALING}.pem")
    return OfficeKeys(release, sealing)


def root_key(path: Path) -> Ed25519PrivateKey:
    """The root key, read from the given file, often on a stick.

    Raises:
        NotEnrolled: it is not there.
        ExchangeError: it cannot be used, or others may read it.
    """
    return _ed25519(path)


def make_next_keys(home: Path) -> dict[str, Ed25519PrivateKey]:
    """New release keys, by role, beside the ones in use."""
    made = {role: Ed25519PrivateKey.generate() for role in RELEASE_ROLES}
    for role, key in made.items():
        _save(keys_folder(home), _NEXT + role, key)
    return made


def adopt_next_keys(home: Path, named: Callable[[str, Ed25519PrivateKey], bool]) -> None:
    """Replaces the old release keys with the new ones.

    Args:
        home: the office's data folder.
        named: whether the newest root lets a key sign for a role; others are left where they are.
    """
    folder = keys_folder(home)
    for role in RELEASE_ROLES:
        path = folder / f"{_NEXT}{role}.pem"
        if path.exists() and named(role, _ed25519(path)):
            path.replace(folder / f"{role}.pem")
            Disk().sync_folder(folder)


def device_key(home: Path) -> Ed25519PrivateKey:
    """The key this device signs with.

    Raises:
        NotEnrolled: it has none yet.
        ExchangeError: the key file cannot be used, or others may read it.
    """
    return _ed25519(keys_folder(home) / f"{DEVICE}.pem")


def make_device_key(home: Path) -> Ed25519PrivateKey:
    """This device's key: the one it has, else a new one."""
    path = keys_folder(home) / f"{DEVICE}.pem"
    if not path.exists():
        _save(path.parent, DEVICE, Ed25519PrivateKey.generate())
    return device_key(home)


def public_bytes(key: Ed25519PublicKey | X25519PublicKey) -> bytes:
    """The 32 bytes of a public key."""
    return key.public_bytes(Encoding.Raw, PublicFormat.Raw)


def fingerprint(data: bytes) -> str:
    """Eight groups of four letters to compare aloud: 128 bits of sha256."""
    text = hashlib.sha256(data).hexdigest()[:32]
    return " ".join(text[at : at + 4] for at in range(0, 32, 4))


def _save(folder: Path, name: str, key: Ed25519PrivateKey | X25519PrivateKey) -> None:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    put_file(folder, f"{name}.pem", pem)


def _ed25519(path: Path) -> Ed25519PrivateKey:
    key = _load(path)
    if not isinstance(key, Ed25519PrivateKey):
        raise _unusable(path)
    return key


def _load(path: Path) -> object:
    try:
        mode = path.stat().st_mode
        with path.open("rb") as file:
            data = file.read(_LONGEST)
    except FileNotFoundError:
        what = "device" if path.stem == DEVICE else "office"
        command = "clerk enrol" if path.stem == DEVICE else "clerk office init"
        raise NotEnrolled(f"This machine has no {what} key ({path.name}).", f"Run `{command}` first.") from None
    except OSError as problem:
        raise ExchangeError(
            f"The key {path.name} cannot be read ({problem.strerror}).", "Check its permissions."
        ) from problem
    # A key that others can read is no longer one person's; an error is better than signing with it.
    if os.name != "nt" and mode & 0o077:
        raise ExchangeError(f"Other users of this machine can read the key {path.name}.", f"Run `chmod 600 {path}`.")
    try:
        return load_pem_private_key(data, password=None)
    except (ValueError, TypeError) as problem:
        raise _unusable(path) from problem


def _unusable(path: Path) -> ExchangeError:
    return ExchangeError(f"The key {path.name} cannot be used.", "Put the right file back from where it is kept.")
