"""Store data is sealed to the devices that head office accepted: nobody else who can read the location reads a member.

    file of a pack    encrypted with a random key of its own, in pieces of 64 KiB
    sealed manifest   JSON: the pack's manifest and the keys of its files, encrypted with a release key;
                      the release key, wrapped for each reader (HPKE): the office itself and every accepted device

Pieces are those of the STREAM construction, as age has it: number and "this is the last one" are bound into each, so
that none can be changed, left out, doubled, moved or cut off unnoticed. The sealed manifest takes the place of the
manifest in the signed release, under a format that older versions name as unknown before they read any further.

A reader's key comes from the Ed25519 key that it signs with, by the map that libsodium and age use. So a device that
was accepted once can read at once, after an update too: nobody walks to a till, no second key can be lost, and the
fingerprint that two people compared stands for reading as well. That one key may do both is proven for these two
schemes (Source: Thormarker, "On using the same key pair for Ed25519 and an X25519 based KEM", 2021).
"""

from __future__ import annotations

import hashlib
import io
import json
import secrets
from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from clerk.errors import PackRefused
from clerk.exchange.between.keys import public_bytes
from clerk.pack.open import manifest_hash

FORMAT: Final = "sealed 1"
"""In a sealed manifest; a pack's own manifest has a number there."""
PIECE: Final = 1 << 16
"""Bytes of a file that are encrypted at once."""
TAG: Final = 16
"""Bytes by which each piece grows."""
_KEY_BYTES = 32
_LAST = 1
_P = 2**255 - 19
_SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.CHACHA20_POLY1305)
_REMEDY = "Nothing of it was opened; last night's data goes on. Tell head office."


@dataclass(frozen=True, slots=True)
class SealedFile:
    """A file of a pack as it lies on the location; encrypted while it is read, so it is never on a disk twice."""

    path: Path
    key: bytes
    store: str
    name: str
    """Of the target."""

    def open(self, _mode: Literal["rb"] = "rb", /) -> io.BufferedReader:
        """The encrypted bytes; the same every time."""
        return io.BufferedReader(_Encrypting(self), PIECE + TAG)

    def sha256(self) -> str:
        """sha256 of the encrypted bytes, in hex."""
        with self.open() as file:
            return hashlib.file_digest(file, "sha256").hexdigest()


@dataclass(frozen=True, slots=True)
class FileKey:
    """What opens one file of a pack."""

    key: bytes
    sha256: str
    """Of the encrypted file."""


@dataclass(frozen=True, slots=True)
class Content:
    """What a sealed manifest holds."""

    manifest: bytes
    """The pack's own."""
    files: Mapping[str, FileKey]


def reading_key(key: Ed25519PrivateKey) -> X25519PrivateKey:
    """What a device opens store data with, from the key it signs with."""
    return X25519PrivateKey.from_private_bytes(hashlib.sha512(key.private_bytes_raw()).digest()[:_KEY_BYTES])


def readers_key(key: Ed25519PublicKey) -> X25519PublicKey:
    """What store data is sealed with for a device, from the key that it shows.

    Raises:
        ValueError: nothing can be sealed to it: it is one of the few points that everybody knows the secret of.
    """
    y = int.from_bytes(public_bytes(key), "little") & ((1 << 255) - 1)
    found = X25519PublicKey.from_public_bytes(((1 + y) * pow(1 - y, -1, _P) % _P).to_bytes(_KEY_BYTES, "little"))
    X25519PrivateKey.generate().exchange(found)
    return found


def reader_id(key: X25519PublicKey) -> str:
    """Under which name a reader's copy of the release key stands."""
    return hashlib.sha256(b"clerk reader\n" + public_bytes(key)).hexdigest()[:24]


def sealed_length(plain: int) -> int:
    """How many bytes a file of so many has when it is sealed."""
    return plain + TAG * max(1, -(-plain // PIECE))


def opened(parts: Iterable[bytes], key: bytes, store: str, name: str) -> Iterator[bytes]:
    """The content of a sealed file, piece by piece; nothing of a piece is given before it was found to be genuine.

    Args:
        parts: the encrypted bytes, cut anywhere.
        key: of this file.
        store: id of the store.
        name: of the target.

    Raises:
        PackRefused: anything was changed, left out, moved or cut off.
    """
    cipher, about = ChaCha20Poly1305(key), _about_file(store, name)
    held, number, size = b"", 0, PIECE + TAG
    for part in parts:
        held, at = held + part, 0
        # The last piece is known only by what does not follow it.
        while len(held) - at > size:
            yield _opened(cipher, number, 0, held[at : at + size], about, name)
            at, number = at + size, number + 1
        held = held[at:]
    last = _opened(cipher, number, _LAST, held, about, name)
    if number and not last:
        raise _refusal(name)
    yield last


def seal_manifest(store: str, content: Content, readers: Iterable[X25519PublicKey]) -> bytes:
    """A sealed manifest for these readers, under a new release key."""
    release = secrets.token_bytes(_KEY_BYTES)
    files = {name: {"key": file.key.hex(), "sha256": file.sha256} for name, file in sorted(content.files.items())}
    plain = json.dumps({"manifest": content.manifest.decode("utf-8"), "files": files}).encode()
    # A release key encrypts one thing once, so its nonce may be nought.
    body = ChaCha20Poly1305(release).encrypt(bytes(12), plain, _about_manifest(store))
    return _written({"readers": _wrapped(store, release, readers), "body": b64encode(body).decode()})


def with_readers(store: str, data: bytes, own: X25519PrivateKey, more: Iterable[X25519PublicKey]) -> bytes:
    """A sealed manifest that more readers can open; what it holds stays as it is.

    Raises:
        PackRefused: it is none, or `own` is no reader of it.
    """
    read = _read(data)
    release = _release_key(store, read, own)
    if release is None:
        raise _refusal("manifest.json")
    return _written({"readers": {**read["readers"], **_wrapped(store, release, more)}, "body": read["body"]})


def open_manifest(store: str, data: bytes, own: X25519PrivateKey) -> Content | None:
    """What a sealed manifest holds; None when it is not sealed to this reader.

    Raises:
        PackRefused: it is no sealed manifest of this store, or was changed.
    """
    read = _read(data)
    release = _release_key(store, read, own)
    if release is None:
        return None
    try:
        plain = ChaCha20Poly1305(release).decrypt(bytes(12), b64decode(read["body"]), _about_manifest(store))
        told = json.loads(plain)
        files = {
            str(name): FileKey(bytes.fromhex(file["key"]), str(file["sha256"])) for name, file in told["files"].items()
        }
        found = Content(told["manifest"].encode("utf-8"), files)
    except (InvalidTag, ValueError, KeyError, TypeError, AttributeError, RecursionError) as problem:
        raise _refusal("manifest.json") from problem
    if any(len(file.key) != _KEY_BYTES for file in files.values()):
        raise _refusal("manifest.json")
    return found


def readers_of(data: bytes) -> frozenset[str]:
    """Ids of everybody who can open a sealed manifest.

    Raises:
        PackRefused: it is none.
    """
    return frozenset(_read(data)["readers"])


def is_sealed(data: bytes) -> bool:
    """Whether this is a sealed manifest, and not a pack's own in clear.

    Raises:
        PackRefused: it is sealed in a way that this version does not know.
    """
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        return False
    form = found.get("format") if isinstance(found, dict) else None
    if isinstance(form, str) and form != FORMAT:
        raise PackRefused(
            "Head office's store data was made by a newer Clerk.", "Install the version that head office has."
        )
    return form == FORMAT


class _Encrypting(io.RawIOBase):
    """Reads a file and gives it encrypted, a piece at a time."""

    def __init__(self, sealed: SealedFile) -> None:
        self._file = sealed.path.open("rb")
        self._cipher = ChaCha20Poly1305(sealed.key)
        self._about = _about_file(sealed.store, sealed.name)
        self._number = 0
        self._next: bytes | None = self._file.read(PIECE)
        self._ready = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        if not self._ready and self._next is not None:
            piece, after = self._next, self._file.read(PIECE)
            last = 0 if after else _LAST
            self._ready = self._cipher.encrypt(_nonce(self._number, last), piece, self._about)
            self._number, self._next = self._number + 1, after or None
        given = self._ready[: len(buffer)]
        buffer[: len(given)] = given
        self._ready = self._ready[len(given) :]
        return len(given)

    def close(self) -> None:
        self._file.close()
        super().close()


def _opened(cipher: ChaCha20Poly1305, number: int, last: int, piece: bytes, about: bytes, name: str) -> bytes:
    try:
        return cipher.decrypt(_nonce(number, last), piece, about)
    except (InvalidTag, ValueError) as problem:
        raise _refusal(name) from problem


def _nonce(number: int, last: int) -> bytes:
    return number.to_bytes(11, "big") + bytes((last,))


def _about_file(store: str, name: str) -> bytes:
    return f"clerk pack file 1\n{store}\n{name}".encode()


def _about_manifest(store: str) -> bytes:
    return f"clerk sealed manifest 1\n{store}".encode()


def _about_reader(store: str) -> bytes:
    return f"clerk release key 1\n{store}".encode()


def _wrapped(store: str, release: bytes, readers: Iterable[X25519PublicKey]) -> dict[str, str]:
    about = _about_reader(store)
    return {reader_id(key): b64encode(_SUITE.encrypt(release, key, info=about)).decode() for key in readers}


def _release_key(store: str, read: Mapping[str, Any], own: X25519PrivateKey) -> bytes | None:
    wrapped = read["readers"].get(reader_id(own.public_key()))
    if wrapped is None:
        return None
    try:
        found = _SUITE.decrypt(b64decode(wrapped), own, info=_about_reader(store))
    except Exception as problem:
        # The library raises several kinds, some of its own, for what somebody else made.
        raise _refusal("manifest.json") from problem
    if len(found) != _KEY_BYTES:
        raise _refusal("manifest.json")
    return found


def _written(fields: dict[str, Any]) -> bytes:
    """In the outer form of a pack's manifest: an older version reads the format, and says that it is foreign."""
    made = {"format": FORMAT, **fields}
    return (json.dumps({**made, "sha256": manifest_hash(made)}, separators=(",", ":")) + "\n").encode()


def _read(data: bytes) -> dict[str, Any]:
    if not is_sealed(data):
        raise _refusal("manifest.json")
    found: dict[str, Any] = json.loads(data)
    readers = found.get("readers")
    if not isinstance(readers, dict) or not all(isinstance(one, str) for one in (*readers.values(), found.get("body"))):
        raise _refusal("manifest.json")
    return found


def _refusal(name: str) -> PackRefused:
    return PackRefused(f"{name} is not what head office sealed.", _REMEDY)
