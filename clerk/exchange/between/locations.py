"""The location that both sides write to: a folder, a stick, a bucket or a server, through fsspec.

fsspec never calls fsync, so folders are written by our own `durable_put` (evidence: reliability 0.10). Names are
checked here, once, and whatever goes wrong is raised as `LocationUnreachable`: it is never the reader's fault.
"""

from __future__ import annotations

import hashlib
import io
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from clerk.durable import Readable, put_file, walk
from clerk.errors import DiskFull, ExchangeError, LocationUnreachable

CHUNK = 1 << 20
"""Bytes handed on at once."""

LONGEST_NAME = 400
LONGEST_PART = 160
MOST_PARTS = 8

_PART = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*")
_RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?", re.IGNORECASE)
"""Names that Windows gives to devices, whatever follows the dot."""

_OBJECT_STORES = frozenset({"s3", "s3a", "gs", "gcs", "abfs", "az", "memory"})
"""Where a put is one step for every reader, so that no second name is needed."""

_EXTRAS = {"s3": "s3", "s3a": "s3", "sftp": "sftp", "ssh": "sftp"}


class Missing(LocationUnreachable):
    """There is nothing of this name on the location."""


class TooLong(ExchangeError):
    """What lies there is longer than anything of its kind can be; reading it was stopped."""


def checked_name(name: str) -> str:
    """The name, when it can stand on every location.

    Raises:
        ExchangeError: it is absolute, goes up, is too long, or has characters that no name of ours has.
    """
    parts = name.split("/")
    fine = (
        len(name) <= LONGEST_NAME
        and len(parts) <= MOST_PARTS
        and all(
            _PART.fullmatch(part)
            and len(part) <= LONGEST_PART
            and ".." not in part
            and not part.endswith(".")
            and not _RESERVED.fullmatch(part)
            for part in parts
        )
    )
    if not fine:
        raise ExchangeError(f"{name[:60]!r} is no name for the exchange location.", "Use letters, digits, - and _.")
    return name


class Location:
    """A folder on any file system; names below it are relative and checked.

    Args:
        url: a local path (`~` is expanded), or an fsspec address such as `s3://bucket/path`.

    Raises:
        LocationUnreachable: the address cannot be used, or a library that it needs is not installed.
    """

    def __init__(self, url: str | Path) -> None:
        text = str(url)
        protocol, separator, rest = text.partition("://")
        self.folder: Path | None = None
        """The folder of a local place."""
        if not text.strip():
            raise LocationUnreachable("No exchange location is named.", "Set `place` in [exchange] of settings.toml.")
        if not separator or protocol in ("file", "local"):
            self.folder = Path(rest if separator else text).expanduser().absolute()
            self.shown = str(self.folder)
            return
        # Whatever stands before an @ may be a password.
        self.shown = f"{protocol}://{rest.rpartition('@')[2]}"
        self._atomic = protocol in _OBJECT_STORES
        try:
            import fsspec

            self._fs, root = fsspec.core.url_to_fs(text)
        except ImportError as problem:
            extra = _EXTRAS.get(protocol)
            remedy = f'Run `pip install "clerk-counter[{extra}]"`.' if extra else "Use a folder, s3:// or sftp://."
            raise LocationUnreachable(f"{protocol}:// needs a library that is not installed.", remedy) from problem
        except Exception as problem:
            raise self._unreachable(problem) from problem
        self._root = str(root).rstrip("/")

    def read(self, name: str, at_most: int) -> bytes:
        """The whole of a file.

        Args:
            name: relative name.
            at_most: the longest it may be, in bytes.

        Raises:
            Missing: there is no such file.
            TooLong: it has more bytes; reading stopped there.
            LocationUnreachable: the location.
        """
        parts, length = [], 0
        for part in self.chunks(name):
            length += len(part)
            if length > at_most:
                raise TooLong(
                    f"{name} is longer than {at_most:,} bytes.", "It was not written by Clerk; have a look at it."
                )
            parts.append(part)
        return b"".join(parts)

    def chunks(self, name: str) -> Iterator[bytes]:
        """The file in pieces, without end when the file has none; the reader counts.

        Raises:
            Missing: there is no such file.
            LocationUnreachable: the location.
        """
        with self.open(name) as file, self._errors(name):
            while part := file.read(CHUNK):
                yield part

    @contextmanager
    def open(self, name: str) -> Iterator[IO[bytes]]:
        """The file as a stream of bytes.

        Raises:
            Missing: there is no such file.
            LocationUnreachable: the location.
        """
        with self._errors(name):
            file: Any
            if self.folder is None:
                # Lengths remembered from an earlier list would cut a file that somebody replaced since.
                self._fs.invalidate_cache()
                file = self._fs.open(self._path(name), "rb")
            else:
                path = self.folder / checked_name(name)
                # A pipe or a device would hold the reader for ever.
                if not stat.S_ISREG(path.stat().st_mode):
                    raise FileNotFoundError(path)
                file = path.open("rb")
        try:
            yield file
        finally:
            with suppress(OSError):
                file.close()

    def durable_put(self, name: str, data: bytes | Readable) -> None:
        """Writes a file so that it is there, whole, when this returns; nobody ever sees half of it.

        Args:
            name: relative name; an existing file is replaced.
            data: its bytes, or what to read them from.

        Raises:
            DiskFull: the location is full.
            LocationUnreachable: it cannot be written, or gave other bytes back.
        """
        checked_name(name)
        with self._errors(name):
            digest = self._put_folder(name, data) if self.folder is not None else self._put_remote(name, data)
        if digest != self.sha256(name):
            raise LocationUnreachable(f"{self.shown} gave other bytes back than were written.", "Try another location.")

    def sha256(self, name: str) -> str:
        """sha256 of a file in hex, read from the location.

        Raises:
            Missing: there is no such file.
            LocationUnreachable: the location.
        """
        digest = hashlib.sha256()
        for part in self.chunks(name):
            digest.update(part)
        return digest.hexdigest()

    def list(self, prefix: str = "") -> list[tuple[str, int]]:
        """Names and sizes of all files below a folder, sorted; names that no file of ours has are left out."""
        if prefix := prefix.strip("/"):
            checked_name(prefix)
        with self._errors(prefix):
            if self.folder is not None:
                found = list(walk(self.folder, prefix))
            else:
                self._fs.invalidate_cache()
                top = f"{self._root}/{prefix}".rstrip("/")
                entries = self._fs.find(top, detail=True) if self._fs.exists(top) else {}
                cut = len(self._fs._strip_protocol(self._root).strip("/")) + 1
                found = [(path.strip("/")[cut:], int(e.get("size") or 0)) for path, e in entries.items()]
        return sorted((name, size) for name, size in found if _is_name(name))

    def exists(self, name: str) -> bool:
        """Whether there is a file of this name."""
        with self._errors(name):
            if self.folder is not None:
                self._reach()
                return (self.folder / checked_name(name)).is_file()
            self._fs.invalidate_cache()
            return bool(self._fs.isfile(self._path(name)))

    def remove(self, name: str) -> None:
        """Removes a file; one that is not there is fine."""
        with suppress(Missing), self._errors(name):
            if self.folder is not None:
                (self.folder / checked_name(name)).unlink(missing_ok=True)
            else:
                self._fs.rm_file(self._path(name))

    def _reach(self) -> None:
        """A stick that is not plugged in is no empty folder."""
        assert self.folder is not None
        if not self.folder.is_dir() and not self.folder.parent.is_dir():
            raise LocationUnreachable(f"{self.shown} is not there.", "Plug it in, or mount it, and run this again.")

    def _put_folder(self, name: str, data: bytes | Readable) -> str:
        assert self.folder is not None
        self._reach()
        return put_file(self.folder, name, data, shared=True)

    def _put_remote(self, name: str, data: bytes | Readable) -> str:
        path = self._path(name)
        folder, _, leaf = path.rpartition("/")
        if not self._atomic:
            self._fs.makedirs(folder, exist_ok=True)
        first = path if self._atomic else f"{folder}/.{leaf}.part"
        digest = hashlib.sha256()
        source = io.BytesIO(data) if isinstance(data, bytes) else data.open("rb")
        with source, self._fs.open(first, "wb") as target:
            while part := source.read(CHUNK):
                digest.update(part)
                target.write(part)
        if not self._atomic:
            self._rename(first, path)
        return digest.hexdigest()

    def _rename(self, old: str, new: str) -> None:
        """Servers of the older protocol refuse to rename over a file: then it goes away first."""
        try:
            self._fs.mv(old, new)
        except Exception:
            # Only that refusal: a line that broke must not cost the file that lies there.
            if not (self._fs.exists(old) and self._fs.exists(new)):
                raise
            self._fs.rm_file(new)
            self._fs.mv(old, new)

    def _path(self, name: str) -> str:
        return f"{self._root}/{checked_name(name)}"

    @contextmanager
    def _errors(self, name: str) -> Iterator[None]:
        """Errors of file systems and of libraries, in words of our own."""
        try:
            yield
        except (ExchangeError, DiskFull, GeneratorExit):
            raise
        except (FileNotFoundError, IsADirectoryError, NotADirectoryError) as problem:
            if self.folder is not None:
                self._reach()
            raise Missing(f"There is no {name or 'folder'} on {self.shown}.", "Nothing was written yet?") from problem
        except Exception as problem:
            if isinstance(problem, OSError) and problem.errno == 28:
                raise DiskFull(f"{self.shown} is full.", "Free some space there and run it again.") from problem
            raise self._unreachable(problem) from problem

    def _unreachable(self, problem: Exception) -> LocationUnreachable:
        # Only the kind of problem: messages of libraries may quote addresses with passwords.
        why = problem.strerror if isinstance(problem, OSError) and problem.strerror else type(problem).__name__
        remedy = "Check that it is plugged in or connected and may be written, then run this again."
        return LocationUnreachable(f"{self.shown} cannot be used ({why}).", remedy)


def _is_name(name: str) -> bool:
    try:
        return checked_name(name) == name
    except ExchangeError:
        return False
