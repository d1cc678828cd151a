"""The root of trust: signed metadata that names the release keys, as TUF has it.

Root metadata lives two years and is signed with a key that lies in a drawer; a new version replaces release keys.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from securesystemslib.signer import CryptoSigner, SSlibKey
from tuf.api.exceptions import RepositoryError
from tuf.api.metadata import Metadata, Root
from tuf.api.serialization.json import JSONSerializer

from clerk.errors import ExchangeError, NotEnrolled
from clerk.role import FOLDER

ROOTS = "roots"
"""Folder in `exchange/` with every version of the root."""

ROOT_LIVES = timedelta(days=730)
"""Two years: longer than anybody forgets the drawer, short enough that somebody opens it now and then."""

ROOT_WARNS = timedelta(days=60)
"""Two months before its end the office gets a notice."""

SERIALIZER = JSONSerializer(compact=True)


def utc(seconds: int) -> datetime:
    """The moment of so many seconds since 1970 in UTC."""
    return datetime.fromtimestamp(seconds, UTC)


def signer(key: Ed25519PrivateKey) -> CryptoSigner:
    """What the TUF library signs with."""
    return CryptoSigner(key, SSlibKey.from_crypto(key.public_key()))


def first_root(root: Ed25519PrivateKey, release: Mapping[str, Ed25519PrivateKey], now: int) -> bytes:
    """Version 1: one root key, one key a release role."""
    made = Root(version=1, expires=utc(now) + ROOT_LIVES, consistent_snapshot=True)
    made.add_key(SSlibKey.from_crypto(root.public_key()), Root.type)
    for role, key in release.items():
        made.add_key(SSlibKey.from_crypto(key.public_key()), role)
    return _signed(made, root)


def next_root(
    previous: bytes, root: Ed25519PrivateKey, release: Mapping[str, Ed25519PrivateKey] | None, now: int
) -> bytes:
    """The next version: a new end, and new release keys where some are given.

    Raises:
        ExchangeError: this is not the key that the previous version names.
    """
    made = root_of(previous)
    key = SSlibKey.from_crypto(root.public_key())
    if key.keyid not in made.roles[Root.type].keyids:
        raise ExchangeError("This is not the root key of this office.", "Plug in the stick that it was moved to.")
    made.version += 1
    made.expires = utc(now) + ROOT_LIVES
    for role, new in (release or {}).items():
        for old in list(made.roles[role].keyids):
            made.revoke_key(old, role)
        made.add_key(SSlibKey.from_crypto(new.public_key()), role)
    return _signed(made, root)


def root_of(data: bytes) -> Root:
    """The content of root metadata that is already trusted.

    Raises:
        ExchangeError: it is none.
    """
    try:
        return Metadata[Root].from_bytes(data).signed
    except (RepositoryError, ValueError) as problem:
        raise ExchangeError("The root of trust cannot be read.", "Take `office.json` from head office again.") from (
            problem
        )


def office_roots(office: Path) -> dict[int, bytes]:
    """Every version of the root of trust, by number.

    Raises:
        NotEnrolled: this machine is no office.
        ExchangeError: one of them is gone.
    """
    folder = office / FOLDER / ROOTS
    if not folder.is_dir():
        raise NotEnrolled("This machine is no office.", "Run `clerk office init` first.")
    found = {int(path.name.partition(".")[0]): path.read_bytes() for path in folder.glob("[0-9]*.root.json")}
    if sorted(found) != list(range(1, len(found) + 1)) or not found:
        raise ExchangeError("A version of the root of trust is missing.", "Put exchange/roots back from a backup.")
    return dict(sorted(found.items()))


def names_key(root: Root, role: str, key: Ed25519PrivateKey) -> bool:
    """Whether this root lets this key sign for the role."""
    return SSlibKey.from_crypto(key.public_key()).keyid in root.roles[role].keyids


def _signed(root: Root, key: Ed25519PrivateKey) -> bytes:
    metadata = Metadata(root)
    metadata.sign(signer(key))
    return metadata.to_bytes(SERIALIZER)
