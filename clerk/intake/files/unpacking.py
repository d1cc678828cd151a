"""Opens what systems pack their exports into: `.zip`, `.xlsx` and `.gz`, within bounds, whatever the file is called.

Each file in it, and each sheet of a workbook, is written out as a file of its own, under a name made here: no path of
an archive is ever followed. Bytes are counted while they are unpacked: an archive says of its own size what it likes.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import struct
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Final

from clerk.errors import ClerkError, SourceUnknown, SourceUnreadable, SourceUnsafe
from clerk.home import make_private
from clerk.intake.files import workbook
from clerk.text import clean

BETWEEN: Final = " › "
"""Stands between an archive and a file in it."""
FILES_AT_MOST: Final = 200
"""Files in an archive; a shop's whole export has a dozen."""
RATIO_AT_MOST: Final = 250
"""Bytes that one packed byte may stand for: real exports stay below 100, one that fills a disk has 1,000."""
_RATIO_FROM: Final = 20_000_000
_LIST_BYTES_AT_MOST: Final = 4_000_000
"""Of the list of files at the end of an archive."""
_NAME_CHARS: Final = 80
_BLOCK: Final = 1 << 20
_ZIP, _EMPTY_ZIP, _GZIP = b"PK\x03\x04", b"PK\x05\x06", b"\x1f\x8b"
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    OSError,
    ValueError,
    NotImplementedError,
    RuntimeError,
    LookupError,
    OverflowError,
    struct.error,
)
"""What Python's zipfile and gzip raise about files that are not as they should be."""
_REMEDY = "Unpack it and put the CSV files themselves there."


@dataclass(frozen=True, slots=True)
class Part:
    """A file out of an archive, or a sheet out of a workbook."""

    name: str
    """As the report calls it, such as `export.zip › orders.csv`."""
    path: Path
    sha256: str
    """Of what is in it: the same file in two archives is one file."""
    problem: ClerkError | None = None
    """Why it could not be unpacked; there is no file then."""
    is_sheet: bool = False


def is_packed(path: Path) -> bool:
    """Whether a file is an archive or workbook that `unpacked` opens, by its first bytes."""
    with path.open("rb") as file:
        return file.read(4).startswith((_ZIP, _EMPTY_ZIP, _GZIP))


@dataclass(slots=True)
class Unpacking:
    """Where the files of one night are unpacked, and what was used of it."""

    folder: Path
    """Private, and gone after the night."""
    bytes_at_most: int
    """Of what one archive holds."""
    _names: Counter[str] = field(default_factory=Counter)
    _made: int = 0

    def reserve(self, name: str) -> None:
        """A file of this name comes in unpacked: none out of an archive is to have it."""
        self._names[name.lower()] += 1

    def unpacked(self, path: Path, name: str) -> list[Part]:
        """The files in an archive, or the sheets of a workbook.

        Args:
            path: the archive.
            name: as reports call it.

        Raises:
            SourceUnsafe: it is larger, or has more in it, than any export.
            SourceUnreadable: it is damaged or has a password.

        Effect: writes below `folder`.
        """
        with path.open("rb") as file:
            packed = _Packed(path.name, path.stat().st_size, self.bytes_at_most, path.stat().st_mtime)
            if file.read(2) == _GZIP:
                return [self._gunzipped(path, name, packed)]
            with packed.opened(file) as archive:
                if workbook.is_workbook(archive.namelist()):
                    return self._sheets(archive, path, name, packed)
                return list(self._members(archive, name, packed))

    def _gunzipped(self, path: Path, name: str, packed: _Packed) -> Part:
        bare = path.name[: -len(".gz")] if path.name.lower().endswith(".gz") else path.name
        to = self._path(bare, packed)
        with gzip.open(path) as source:
            return self._part(f"{name}{BETWEEN}{clean(bare)}", to, source, packed)

    def _members(self, archive: zipfile.ZipFile, name: str, packed: _Packed) -> Iterator[Part]:
        members = [one for one in archive.infolist() if not one.filename.endswith("/") and not _is_hidden(one.filename)]
        if not members:
            raise SourceUnknown(f"{packed.name} is an empty archive.", "Export it again.")
        for one in members:
            bare = clean(one.filename.replace("\\", "/").rpartition("/")[2], _NAME_CHARS) or "file"
            shown = f"{name}{BETWEEN}{bare}"
            to = self._path(bare, packed)
            if one.flag_bits & 1:
                problem = SourceUnreadable(f"{shown} has a password.", "Export it without one.")
                yield Part(shown, to, "", problem)
                continue
            with packed.damage_told(shown), archive.open(one) as source:
                part = self._part(shown, to, source, packed)
            yield from self._within(part, bare, packed)

    def _within(self, part: Part, bare: str, packed: _Packed) -> Iterator[Part]:
        """A file out of an archive: itself, or its sheets when it is a workbook."""
        if not is_packed(part.path):
            yield part
            return
        nested = SourceUnknown(f"{part.name} is an archive in an archive; it was not opened.", _REMEDY)
        try:
            with part.path.open("rb") as file, packed.opened(file) as archive:
                if not workbook.is_workbook(archive.namelist()):
                    raise nested
                yield from self._sheets(archive, part.path, part.name, packed)
        except ClerkError as problem:
            yield Part(part.name, part.path, "", problem)

    def _sheets(self, archive: zipfile.ZipFile, path: Path, name: str, packed: _Packed) -> list[Part]:
        """The sheets of a workbook; the name of the only one is that of the workbook."""
        plain = self._path("workbook.xlsx", packed)
        with packed.damage_told(name):
            workbook.copy_plainly(archive, plain, packed.count)
        found = workbook.sheets(plain, name)
        made = []
        for sheet in found:
            title = clean(sheet.name, _NAME_CHARS) or "sheet"
            called = path.name if len(found) == 1 else workbook.file_name(path, title)
            if called == path.name:
                # The sheet stands for the workbook, which is not read by its name any more.
                self._names[called.lower()] -= 1
            to = self._path(called, packed)
            sheet.write(to)
            packed.count(to.stat().st_size)
            os.utime(to, (packed.written, packed.written))
            shown = name if len(found) == 1 else f"{name}{BETWEEN}{title}"
            made.append(Part(shown, to, _sha256(to), is_sheet=len(found) > 1))
        plain.unlink()
        return made

    def _part(self, shown: str, to: Path, source: IO[bytes] | gzip.GzipFile, packed: _Packed) -> Part:
        with packed.damage_told(shown), to.open("wb") as file:
            while block := source.read(_BLOCK):
                packed.count(len(block))
                file.write(block)
        os.utime(to, (packed.written, packed.written))
        return Part(shown, to, _sha256(to))

    def _path(self, name: str, packed: _Packed) -> Path:
        """A free name in a folder of its own: descriptions go by names, so that it is kept where it can be."""
        plain = name.replace("/", "_").strip(".") or "file"
        stem, dot, suffix = plain.rpartition(".")
        if self._names[plain.lower()] > 0:
            plain = f"{stem or suffix} ({packed.name}){dot}{suffix if stem else ''}"
        self._names[plain.lower()] += 1
        self._made += 1
        folder = self.folder / f"{self._made:04d}"
        make_private(folder)
        return folder / plain


class _Packed:
    """One archive, and how much came out of it."""

    def __init__(self, name: str, size: int, bytes_at_most: int, written: float) -> None:
        self.name = name
        self.written = written
        self._size = size
        self._at_most = bytes_at_most
        self._bytes = 0

    def count(self, more: int) -> None:
        """Counts what was unpacked.

        Raises:
            SourceUnsafe: it is more than an export has.
        """
        self._bytes += more
        if self._bytes > self._at_most:
            what = f"{self.name} holds more than {self._at_most // 1_000_000:,} MB."
            raise SourceUnsafe(what, "Export less at once, or raise file_mb_at_most under [nightly] in settings.toml.")
        if self._bytes > max(_RATIO_FROM, self._size * RATIO_AT_MOST):
            raise SourceUnsafe(f"{self.name} holds {RATIO_AT_MOST} times its own size: no export does.", _REMEDY)

    @contextmanager
    def opened(self, file: IO[bytes]) -> Iterator[zipfile.ZipFile]:
        """The archive, when its list of files is one that an export may have.

        Raises:
            SourceUnsafe, SourceUnreadable: it is not.
        """
        with self.damage_told(self.name):
            archive = zipfile.ZipFile(_ReadInPieces(file, self.name))
        with archive:
            if len(archive.infolist()) > FILES_AT_MOST:
                raise SourceUnsafe(f"{self.name} holds {len(archive.infolist()):,} files.", _REMEDY)
            yield archive

    @contextmanager
    def damage_told(self, name: str) -> Iterator[None]:
        """Turns what Python says of a damaged archive into an error of ours."""
        try:
            yield
        except _BROKEN as problem:
            if isinstance(problem, ClerkError):
                raise
            what = f"{name} cannot be unpacked ({type(problem).__name__})."
            raise SourceUnreadable(what, "Export it again, or put the CSV files themselves there.") from None


class _ReadInPieces(io.RawIOBase):
    """A file of which nobody reads much at once: the list of files of a hostile archive may be gigabytes long."""

    def __init__(self, file: IO[bytes], name: str) -> None:
        self._file = file
        self._name = name

    def read(self, size: int = -1, /) -> bytes:
        if size > _LIST_BYTES_AT_MOST:
            raise SourceUnsafe(f"{self._name} has an endless list of files.", _REMEDY)
        return self._file.read(_LIST_BYTES_AT_MOST if size < 0 else size)

    def seek(self, offset: int, whence: int = 0, /) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def seekable(self) -> bool:
        return True

    def readable(self) -> bool:
        return True


def _is_hidden(name: str) -> bool:
    """Whether systems put a file there for themselves."""
    return any(part.startswith(".") or part == "__MACOSX" for part in name.replace("\\", "/").split("/"))


def _sha256(path: Path) -> str:
    found = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            found.update(block)
    return found.hexdigest()
