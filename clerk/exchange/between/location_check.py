"""Whether the exchange location is the one that it was: a stick that is out leaves an empty folder, or none.

The first that writes to a local place puts a small file there with an id, and everybody keeps that id at home. Without
this, a stick that is not plugged in would be written to all the same, on the disk below it, and sent events and
durable copies would be nowhere. Object stores and servers say by themselves that they are away.
"""

from __future__ import annotations

import json
import secrets
from pathlib import Path
from typing import Final

from clerk.durable import disk_errors, put_file
from clerk.errors import DiskFull, LocationUnreachable
from clerk.exchange.between.locations import Location
from clerk.role import FOLDER

MARKER: Final = "clerk-place.json"
"""On the location: which one it is."""
KNOWN: Final = "places.json"
"""At home, in `exchange/`: address of a location -> its id."""
PUBLISHED: Final = "published"
"""In `exchange/` of an office: what it signed last, by store."""
_LONGEST: Final = 4_000
_AGAIN: Final = (
    f"Plug it in, or mount it, and run this again. If it was replaced for good, remove {FOLDER}/{KNOWN} in the data "
    "folder."
)


def choose(home: Path, location: Location) -> None:
    """Marks the exchange location that a person chose, so that another one is recognised as such.

    Raises:
        LocationUnreachable, DiskFull: it cannot be written.

    Effect: makes its folder and marker where there is none, and remembers it.
    """
    if location.folder is not None:
        _remember(home, location, _marker(location) or _mark(location))


def check(home: Path, location: Location, *, began: bool, claim: bool = False, dry_run: bool = False) -> None:
    """Refuses to work on another location than this machine worked on before.

    Args:
        home: the data folder.
        location: as it is named now.
        began: whether there must be something on it: this machine, or its office, wrote there before.
        claim: whether this machine may mark a location that nobody marked.
        dry_run: learn and write nothing.

    Raises:
        LocationUnreachable: it is not there, or is another one.
        DiskFull, DiskFailed: this machine's own disk.
    """
    if location.folder is None:
        return
    found, known = _marker(location), _known(home).get(location.shown, "")
    if known and found != known:
        raise _away(location, another=bool(found))
    if known:
        return
    if not found and began and not _in_use(location.folder):
        raise _away(location, another=False)
    if dry_run:
        return
    if not found and claim:
        found = _mark(location)
    if found:
        _remember(home, location, found)


def has_published(office: Path, store: str) -> bool:
    """Whether this office published for a store before, so that there must be something on the location."""
    return (office / FOLDER / PUBLISHED / store / "timestamp.json").exists()


def _away(location: Location, *, another: bool) -> LocationUnreachable:
    what = "is another location than the one used before" if another else "is not there, or is another location"
    return LocationUnreachable(f"{location.shown} {what}; nothing was written.", _AGAIN)


def _in_use(folder: Path) -> bool:
    """Whether the folder holds any files; dot files are those of the operating system."""
    try:
        return any(path.is_dir() and not path.name.startswith((".", "lost+found")) for path in folder.iterdir())
    except OSError:
        return False


def _marker(location: Location) -> str:
    """The id of this exchange location; empty where nobody marked it."""
    assert location.folder is not None
    try:
        with (location.folder / MARKER).open("rb") as file:
            found = json.loads(file.read(_LONGEST)).get("id", "")
        return found if isinstance(found, str) else ""
    except (OSError, ValueError, AttributeError, RecursionError):
        return ""


def _mark(location: Location) -> str:
    """Marks the location; where another machine does so at the same moment, the one that ends last counts for both."""
    assert location.folder is not None
    if not location.folder.is_dir() and not location.folder.parent.is_dir():
        raise _away(location, another=False)
    try:
        put_file(
            location.folder,
            MARKER,
            (json.dumps({"format": 1, "id": secrets.token_hex(16)}) + "\n").encode(),
            shared=True,
        )
    except OSError as problem:
        if problem.errno == 28:
            raise DiskFull(f"{location.shown} is full.", "Free some space there and run it again.") from problem
        raise LocationUnreachable(
            f"{location.shown} cannot be used ({problem.strerror or type(problem).__name__}).",
            "Check that it is plugged in or connected and may be written, then run this again.",
        ) from problem
    return _marker(location)


def _known(home: Path) -> dict[str, str]:
    try:
        read = json.loads((home / FOLDER / KNOWN).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return {str(shown): str(one) for shown, one in read.items()} if isinstance(read, dict) else {}


def _remember(home: Path, location: Location, found: str) -> None:
    known = _known(home)
    if found and known.get(location.shown) != found:
        text = json.dumps({**known, location.shown: found}, indent=1) + "\n"
        with disk_errors("remembering the exchange location"):
            put_file(home / FOLDER, KNOWN, text.encode())
