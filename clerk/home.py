"""Where this device keeps its data folder ("home"): packs, journal, encoder, inbox.

In a checkout everything made lies in `store_data/` beside the sample's sources; elsewhere in the user's data folder.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SHOPS = ("sample", "complete-journey")
"""Stores that can be built without files of one's own."""


def checkout() -> Path | None:
    """The `store_data` folder of the checkout that this package runs from, or None when it is installed."""
    folder = Path(__file__).resolve().parent.parent / "store_data"
    return folder if (folder / "sample").is_dir() else None


def default_home(shop: str = "sample") -> Path:
    """The data folder when `--home` is not given.

    `CLERK_HOME` wins. Each built-in shop has a folder of its own, so that trying one never replaces another.
    """
    if chosen := os.environ.get("CLERK_HOME"):
        return Path(chosen).expanduser()
    name = "home" if shop == "sample" else shop
    if store_data := checkout():
        return store_data / name
    # Imported here: only an installed Clerk without CLERK_HOME needs it.
    from platformdirs import user_data_path

    return user_data_path("clerk") / name


def make_private(folder: Path) -> None:
    """Makes a folder of the data folder, and what is missing above it, for its owner alone.

    What is there stays as it is: a shop that lets a group of its own in goes on doing so (`clerk check` says who can).

    Raises:
        OSError: it cannot be made.
    """
    missing = [one for one in (folder, *folder.parents) if not one.exists()]
    for one in reversed(missing):
        one.mkdir(mode=0o700, exist_ok=True)
    # As `mkdir` would say it where a file is in the way.
    if not missing and not folder.is_dir():
        folder.mkdir()


@contextmanager
def for_owner_alone() -> Iterator[None]:
    """Whatever is made meanwhile, by libraries and child processes as well, is its owner's alone.

    Effect: the umask of this process. What others shall read is given its rights where it is written.
    """
    before = os.umask(0o077)
    os.umask(before | 0o077)
    try:
        yield
    finally:
        os.umask(before)


def readable_by(home: Path) -> str:
    """Who may look into the data folder by its permissions: `owner`, `group` or `others`; empty where nothing says."""
    if os.name == "nt":
        return ""
    mode = home.stat().st_mode
    return "others" if mode & 0o007 else "group" if mode & 0o070 else "owner"
