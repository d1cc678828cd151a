"""Looks for somebody in every byte of a folder: as files lie there, and as whoever has the keys can read them.

Beside the raw bytes it searches what stands behind compression (Parquet columns, zip and gzip, npz) and encryption
(pages of SQLCipher, also free ones and those in the log; sealed files; bundles of events): each form in UTF-8, UTF-16
and UTF-32, as JSON escapes it, without accents, in any case.
"""

from __future__ import annotations

import io
import json
import re
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from clerk.errors import BundleRefused
from clerk.exchange.between.event_bundle import open_bundle
from clerk.exchange.between.keys import office_keys
from clerk.exchange.between.release import stored_name
from clerk.exchange.between.sealing import is_sealed, open_manifest, opened
from clerk.exchange.office.devices import accepted
from clerk.keys_at_rest import _MAGIC, Key, unseal
from clerk.pack.open import PAGE

_RESERVED, _IV, _SALT = 80, 16, 16
_LOG_HEADER, _FRAME_HEADER = 32, 24


@dataclass(frozen=True)
class Found:
    """Something of somebody that is still there."""

    place: str
    """Machine or location."""
    path: str
    """Below its folder."""
    what: str
    """Which part: name, phone, e-mail, note, purchases."""

    def __str__(self) -> str:
        return f"{self.place}:{self.path} holds the {self.what}"


@dataclass
class Traces:
    """What is looked for: part -> the forms in which it may stand, lower-case bytes."""

    forms: dict[str, tuple[bytes, ...]] = field(default_factory=dict)

    def add(self, what: str, *texts: str) -> None:
        """One more text of a part, in every form."""
        known = dict.fromkeys(self.forms.get(what, ()))
        for text in texts:
            bare = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
            for one in {text, text.casefold(), text.upper(), bare, unicodedata.normalize("NFD", text)}:
                known |= dict.fromkeys(one.encode(code).lower() for code in ("utf-8", "utf-16-le", "utf-32-le"))
                known[json.dumps(one)[1:-1].encode().lower()] = None
        self.forms[what] = tuple(known)

    def add_phone(self, number: str, country_code: str = "43") -> None:
        """A phone number as it was typed, and as programs write it: digits alone, national and international."""
        digits = "".join(c for c in number if c.isdigit())
        rest = digits.removeprefix("00").removeprefix(country_code).lstrip("0")
        self.add("phone", number, rest, f"0{rest}", f"+{country_code}{rest}")

    def only(self, *parts: str) -> Traces:
        """Of these parts alone."""
        return Traces({what: self.forms[what] for what in parts if what in self.forms})

    def within(self, data: bytes) -> Iterator[str]:
        """The parts of which a form stands in these bytes."""
        data = data.lower()
        for what, forms in self.forms.items():
            if any(one in data for one in forms):
                yield what


@dataclass(frozen=True)
class Keys:
    """What opens what is sealed."""

    at_rest: Key | None = None
    office: Path | None = None
    """Data folder of the office, whose key opens bundles."""
    store: str = ""


def search(folders: Mapping[str, Path], traces: Traces, keys: Keys) -> list[Found]:
    """Everything that is found in any of the folders, by place and path."""
    found: dict[Found, None] = {}
    for place, folder in folders.items():
        for path in sorted(folder.rglob("*")):
            if path.is_file() and not path.is_symlink():
                name = path.relative_to(folder).as_posix()
                for data in readings(path, path.read_bytes(), keys):
                    found |= dict.fromkeys(Found(place, name, what) for what in traces.within(data))
                for what in traces.within(name.encode()):
                    found[Found(place, name, what)] = None
        for path, data in _released(folder, keys):
            name = path.relative_to(folder).as_posix()
            for read in readings(path, data, keys):
                found |= dict.fromkeys(Found(place, name, what) for what in traces.within(read))
    return list(found)


def _released(folder: Path, keys: Keys) -> Iterator[tuple[Path, bytes]]:
    """Files of releases on an exchange location, as the office and accepted devices can open them."""
    if keys.office is None:
        return
    for manifest in sorted(folder.glob("*/targets/*.manifest.json")):
        data = manifest.read_bytes()
        content = open_manifest(keys.store, data, office_keys(keys.office).sealing) if is_sealed(data) else None
        assert content is not None, manifest
        for name, file in content.files.items():
            path = manifest.parents[2] / stored_name(keys.store, name, file.sha256)
            if path.exists():
                yield path, b"".join(opened([path.read_bytes()], file.key, keys.store, name))


def readings(path: Path, data: bytes, keys: Keys) -> Iterator[bytes]:
    """A file's bytes, and what can be read out of them."""
    yield data
    yield from _unpacked(data, keys)
    if path.suffix == ".parquet" or data[:4] == b"PAR1":
        yield from _columns(data)
    if keys.at_rest is not None and ".db" in path.name:
        yield from _pages(path, data, keys.at_rest)
    if path.suffix == ".seg":
        yield from _events(data, keys)


def _unpacked(data: bytes, keys: Keys) -> Iterator[bytes]:
    if data.startswith(_MAGIC) and keys.at_rest is not None:
        data = unseal(data, keys.at_rest)
        yield data
    if zipfile.is_zipfile(io.BytesIO(data)):
        with zipfile.ZipFile(io.BytesIO(data)) as opened:
            for name in opened.namelist():
                inside = opened.read(name)
                yield name.encode()
                yield inside
                yield from _unpacked(inside, keys)
    if data[:2] == b"\x1f\x8b":
        yield zlib.decompress(data, wbits=31)
    if data.startswith(b"%PDF"):
        for one in re.finditer(rb"stream\r?\n(.*?)endstream", data, re.DOTALL):
            try:
                yield zlib.decompressobj().decompress(one[1])
            except zlib.error:
                continue


def _columns(data: bytes) -> Iterator[bytes]:
    for column in pl.read_parquet(io.BytesIO(data)).iter_columns():
        yield "\n".join(map(str, column.to_list())).encode()


def _events(data: bytes, keys: Keys) -> Iterator[bytes]:
    if keys.office is None:
        return
    sealing = office_keys(keys.office).sealing
    for public in accepted(keys.office, keys.store).values():
        try:
            bundle = open_bundle(data, public, sealing)
        except BundleRefused:
            continue
        yield json.dumps([list(map(str, row)) for row in bundle.rows], ensure_ascii=False).encode()
        return
    raise AssertionError("a bundle that nobody can open")


def _pages(path: Path, data: bytes, key: Key) -> Iterator[bytes]:
    """Every page of an encrypted database, in use or free, and of its log; nothing where this key opens nothing."""
    if data.startswith(b"SQLite format 3"):
        return
    size = PAGE if "pack.db" in path.name else 4096
    if path.name.endswith("-wal"):
        frames = range(_LOG_HEADER, len(data) - _FRAME_HEADER - size + 1, _FRAME_HEADER + size)
        pages = [(data[at + _FRAME_HEADER :][:size], data[at : at + 4] == b"\0\0\0\1") for at in frames]
    elif path.suffix == ".db":
        pages = [(data[at : at + size], at == 0) for at in range(0, len(data) - size + 1, size)]
    else:
        return
    yield b"".join(_page(page, key, first=first) for page, first in pages)


def _page(page: bytes, key: Key, *, first: bool) -> bytes:
    iv = page[-_RESERVED : -_RESERVED + _IV]
    body = page[_SALT if first else 0 : -_RESERVED]
    opened = Cipher(algorithms.AES(bytes.fromhex(key.hex)), modes.CBC(iv)).decryptor()
    return opened.update(body) + opened.finalize()


def words(found: Sequence[Found]) -> str:
    """A line for each file."""
    lines: dict[tuple[str, str], list[str]] = {}
    for one in found:
        lines.setdefault((one.place, one.path), []).append(one.what)
    return "\n".join(f"  {place}: {path}: {', '.join(what)}" for (place, path), what in lines.items())
