"""The index of the history store (`BOOKS.json`): its parts, and the files they came from."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from clerk.clock import DAY_S
from clerk.errors import PackDamaged

FORMAT: Final = 1
MADE_UP: Final = "made-up shop"
"""A built-in shop: the first files of a real shop replace it."""
FOLDER: Final = "folder"
"""A folder that holds a whole shop: built again, it is replaced; nights add to it."""
REMEMBERED_AT_MOST: Final = 50_000
"""Files whose hashes are remembered: ten files a night for more than ten years."""
_REFUSED_AT_MOST = 1_000
DAMAGED: Final = (
    "Put the folder books back from a backup. Without one: remove it, put what lies in the folders of inbox/done back "
    "into the inbox, export again what is older, and run `clerk nightly`."
)
"""Remedy for a damaged history store; `done` holds only as many nights as reports are kept."""


@dataclass(slots=True)
class Part:
    """One Parquet file of the history store."""

    file: str
    sha256: str
    rows: int
    first_at: int = 0
    """Of lines: the earliest sale in it, in wall seconds."""
    last_at: int = 0
    gone: str = ""
    """File with the numbers of rows that newer baskets replaced; empty when none are."""
    gone_sha256: str = ""
    gone_rows: int = 0

    def meets(self, low: int, high: int) -> bool:
        """Whether it has lines on a day of this time span."""
        return self.first_at // DAY_S <= high // DAY_S and self.last_at // DAY_S >= low // DAY_S


@dataclass(frozen=True, slots=True)
class Taken:
    """A file that was taken in."""

    name: str
    night: str
    tables: tuple[str, ...]
    serial: int
    """How many files had been taken in with it."""
    read_by: str | None = None
    """Hash of the descriptions that it was read by; empty for one of no description, None where nobody noted it."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A file that was refused, and why."""

    name: str
    night: str
    code: str
    what: str
    remedy: str
    under: str
    """The conditions it was judged under; it is read again when they change."""
    lines: bool = False
    """Whether its lines were wanted: without any line no pack is made while it lies there."""


@dataclass(slots=True)
class HistoryIndex:
    """The content of `BOOKS.json`."""

    version: str = ""
    serial: int = 0
    currency: str = ""
    held: str = ""
    """The version at which a refused file kept the pack from being replaced; empty when none does."""
    begun_by: str = ""
    """`MADE_UP` or `FOLDER` while everything in it came from `clerk build`; empty once a night took something in."""
    store: dict[str, Any] = field(default_factory=dict)
    last: dict[str, int] = field(default_factory=dict)
    """Table -> number of the latest file that stated it."""
    parts: dict[str, list[Part]] = field(default_factory=dict)
    taken: dict[str, Taken] = field(default_factory=dict)
    """sha256 -> file."""
    refused: dict[str, Refused] = field(default_factory=dict)

    def text(self) -> str:
        """The file's text, ASCII."""
        self.taken = dict(list(self.taken.items())[-REMEMBERED_AT_MOST:])
        self.refused = dict(list(self.refused.items())[-_REFUSED_AT_MOST:])
        return json.dumps({"format": FORMAT, **asdict(self)}, indent=1) + "\n"


def read_index(path: Path) -> HistoryIndex:
    """Reads the index of the history store.

    Raises:
        PackDamaged: it is no such file, or of another version.
    """
    try:
        index = json.loads(path.read_text(encoding="ascii"))
        if index.pop("format") != FORMAT:
            raise ValueError("another format")
        index["parts"] = {table: [Part(**part) for part in parts] for table, parts in index["parts"].items()}
        index["taken"] = {digest: Taken(**_tupled(one)) for digest, one in index["taken"].items()}
        index["refused"] = {digest: Refused(**one) for digest, one in index["refused"].items()}
        return HistoryIndex(**index)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as problem:
        raise PackDamaged(f"{path.name} cannot be read ({type(problem).__name__}).", DAMAGED) from None


def _tupled(taken: Mapping[str, Any]) -> dict[str, Any]:
    return {**taken, "tables": tuple(taken["tables"])}
