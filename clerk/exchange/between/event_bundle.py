"""A bundle of events on its way to head office: chained, signed by the device, sealed to the office, compressed.

    magic 8 | length of header 4 | header (JSON) | Ed25519 signature 64 | body (HPKE over zstd over rows)

The signature covers everything before it, and through the header's hash the body: nothing is opened, let alone parsed,
before it is known to be whole and from a device that was accepted. Rows travel without the columns that the header
and the chain give back; the chain they give must end at the hash the header names.
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any, Final, NoReturn

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from clerk.errors import BundleRefused
from clerk.exchange.between.bundle_rows import Row, parsed, written

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

EVENTS_AT_MOST: Final = 20_000
"""In one bundle."""
PLAIN_AT_MOST: Final = 32 * 1024 * 1024
"""Bytes of the rows of one bundle: twenty thousand events of the usual few hundred bytes need a fifth of it."""
BYTES_AT_MOST: Final = PLAIN_AT_MOST + 64 * 1024
"""Of a whole bundle; what cannot be compressed grows a little."""
MAGIC: Final = b"CLRKSEG1"
_HEADER_AT_MOST = 4096
_SIGNATURE = 64
_SHORTEST = len(MAGIC) + 4 + 2 + _SIGNATURE
_LEVEL = 9
_WINDOW_LOG = 25
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_HASH = re.compile(r"[0-9a-f]{64}")
_FILE_NAME = re.compile(r"([1-9][0-9]{0,18})-([1-9][0-9]{0,18})-([0-9a-f]{8})\.seg")
_NUMBER_AT_MOST = 2**63 - 1
_SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.CHACHA20_POLY1305)


@dataclass(frozen=True, slots=True)
class Header:
    """The header of a bundle, readable by anybody and signed by its device."""

    device: str
    epoch: str
    first: int
    last: int
    count: int
    prev_hash: str
    """Of the event before the first."""
    last_hash: str
    """Of the last event: stands for everything up to it."""
    store: str
    created: int
    """Wall seconds of the device."""
    sealed_to: str
    """sha256 of the office's public key: says at once when the office has another one now."""
    plain_bytes: int
    """Of the rows before compression."""
    body_sha256: str

    @property
    def name(self) -> str:
        """File name of the bundle: equal events have equal names, whenever they were sealed."""
        return file_name(self.first, self.last, self.last_hash)


@dataclass(frozen=True, slots=True)
class SealedBundle:
    """A sealed bundle, ready to send."""

    name: str
    data: bytes
    header: Header


@dataclass(frozen=True, slots=True)
class OpenedBundle:
    """An opened bundle: signature, hashes and chain are valid."""

    header: Header
    rows: list[Row]
    """Full event rows, in the order of `clerk.journal.statements.COLUMNS`."""


def file_name(first: int, last: int, last_hash: str) -> str:
    """File name of a bundle; the hash of its last event covers every event in it and before it."""
    return f"{first}-{last}-{last_hash[:8]}.seg"


def parse_name(name: str) -> tuple[int, int, str] | None:
    """First and last number and the beginning of the last hash, from a file name; None when it is no bundle's."""
    found = _FILE_NAME.fullmatch(name)
    if found is None or int(found[1]) > int(found[2]):
        return None
    return int(found[1]), int(found[2]), found[3]


def seal_bundle(
    rows: Sequence[Row],
    device: str,
    epoch: str,
    prev_hash: str,
    key: Ed25519PrivateKey,
    office_key: X25519PublicKey,
    store: str,
    *,
    created: int = 0,
) -> SealedBundle:
    """Makes a bundle of events that follow each other.

    Args:
        rows: full event rows, at least one, all of the epoch.
        device: id of this device.
        epoch: theirs.
        prev_hash: of the event before the first.
        key: of this device.
        office_key: of head office.
        store: id of the store.
        created: wall seconds.

    Raises:
        ValueError: it would be larger than a bundle may be.
    """
    plain = written(rows)
    if not 0 < len(rows) <= EVENTS_AT_MOST or len(plain) > PLAIN_AT_MOST:
        raise ValueError("a bundle holds too many events, or none")
    first, last, last_hash = int(str(rows[0][2])), int(str(rows[-1][2])), str(rows[-1][14])
    outline = Header(
        device=device,
        epoch=epoch,
        first=first,
        last=last,
        count=len(rows),
        prev_hash=prev_hash,
        last_hash=last_hash,
        store=store,
        created=created,
        sealed_to=fingerprint(office_key),
        plain_bytes=len(plain),
        body_sha256="",
    )
    body = _SUITE.encrypt(zstd.compress(plain, level=_LEVEL), office_key, info=_info(outline))
    header = Header(**{**asdict(outline), "body_sha256": hashlib.sha256(body).hexdigest()})
    text = _canonical(header)
    signed = MAGIC + len(text).to_bytes(4, "big") + text
    return SealedBundle(header.name, signed + key.sign(signed) + body, header)


def verified_header(data: bytes, public_key: Ed25519PublicKey) -> Header:
    """The header of a bundle that is whole and signed with a key; its body is not opened.

    Raises:
        BundleRefused: it is cut, changed, foreign, or no bundle.
    """
    return _signed(data, public_key)[0]


def open_bundle(data: bytes, public_key: Ed25519PublicKey, office_private: X25519PrivateKey) -> OpenedBundle:
    """Opens a bundle; checks signature, seal, size and chain, in this order.

    Args:
        data: the whole file.
        public_key: of the device named in it.
        office_private: the key it was sealed to.

    Raises:
        BundleRefused: anything does not hold; nothing of it may be used.
    """
    header, body = _signed(data, public_key)
    if header.sealed_to != fingerprint(office_private.public_key()):
        _refuse("it is sealed to another key of the office")
    try:
        packed = _SUITE.decrypt(bytes(body), office_private, info=_info(header))
    except Exception as problem:
        # The library raises several kinds, some of its own, for what somebody else made.
        raise _refusal("it cannot be unsealed") from problem
    rows = parsed(_unpacked(packed, header.plain_bytes), header.device, header.epoch, header.first, header.prev_hash)
    if rows is None or len(rows) != header.count:
        _refuse("its events are not such as a device writes")
    if rows[-1][14] != header.last_hash:
        _refuse("its events do not follow each other")
    return OpenedBundle(header, rows)


def fingerprint(key: X25519PublicKey) -> str:
    """sha256 of a public key, hex."""
    return hashlib.sha256(key.public_bytes(Encoding.Raw, PublicFormat.Raw)).hexdigest()


def _signed(data: bytes, public_key: Ed25519PublicKey) -> tuple[Header, memoryview]:
    if not _SHORTEST < len(data) <= BYTES_AT_MOST:
        _refuse("its size cannot be")
    if data[: len(MAGIC)] != MAGIC:
        _refuse("it is no bundle of events")
    start = len(MAGIC) + 4
    length = int.from_bytes(data[len(MAGIC) : start], "big")
    if not 2 <= length <= _HEADER_AT_MOST or start + length + _SIGNATURE >= len(data):
        _refuse("it is cut off")
    view = memoryview(data)
    end = start + length
    try:
        public_key.verify(data[end : end + _SIGNATURE], data[:end])
    except InvalidSignature as problem:
        raise _refusal("its signature is not that of the device") from problem
    header, body = _header(data[start:end]), view[end + _SIGNATURE :]
    if hashlib.sha256(body).hexdigest() != header.body_sha256:
        _refuse("it is cut off or changed")
    return header, body


def _header(text: bytes) -> Header:
    try:
        read = json.loads(text)
        header = Header(**read)
        # Only one spelling of a header: no doubled names, no other numbers that mean the same.
        if _canonical(header) == text and _plausible(header):
            return header
    except (ValueError, TypeError, RecursionError) as problem:
        raise _refusal("its header cannot be read") from problem
    _refuse("its header cannot be")


def _plausible(header: Header) -> bool:
    whole = (header.first, header.last, header.count, header.created, header.plain_bytes)
    texts = (header.device, header.epoch, header.store)
    hashes = (header.prev_hash, header.last_hash, header.sealed_to, header.body_sha256)
    return (
        all(type(number) is int and 0 <= number <= _NUMBER_AT_MOST for number in whole)
        and all(type(text) is str and _NAME.fullmatch(text) for text in texts)
        and all(type(one) is str and _HASH.fullmatch(one) for one in hashes)
        and 1 <= header.first <= header.last
        and header.count == header.last - header.first + 1
        and header.count <= EVENTS_AT_MOST
        and header.plain_bytes <= PLAIN_AT_MOST
    )


def _canonical(header: Header) -> bytes:
    return json.dumps(asdict(header), sort_keys=True, separators=(",", ":")).encode()


def _info(header: Header) -> bytes:
    """What the seal is bound to: a body cannot be signed again by another device, or under other numbers."""
    bound = {field.name: getattr(header, field.name) for field in fields(header) if field.name != "body_sha256"}
    return b"clerk events\n" + json.dumps(bound, sort_keys=True, separators=(",", ":")).encode()


def _unpacked(packed: bytes, plain_bytes: int) -> bytes:
    """Exactly as many bytes as were signed for; not one more is ever unpacked."""
    options: dict[Any, int] = {zstd.DecompressionParameter.window_log_max: _WINDOW_LOG}
    try:
        unpacker = zstd.ZstdDecompressor(options=options)
        plain = unpacker.decompress(packed, max_length=plain_bytes + 1)
    except zstd.ZstdError as problem:
        raise _refusal("it cannot be unpacked") from problem
    if len(plain) != plain_bytes or not unpacker.eof or unpacker.unused_data:
        _refuse("it unpacks to something else than it says")
    return plain


def _refusal(why: str) -> BundleRefused:
    return BundleRefused(f"A bundle of events was refused: {why}.", "The device sends it again with its next push.")


def _refuse(why: str) -> NoReturn:
    raise _refusal(why)
