"""Where this device keeps its data folder ("home"): packs, journal, encoder, inbox.

In a checkout everything made lies in `store_data/` beside the sample's sources; elsewhere in the user's data folder.
"""

from __future__ import annotations

import os
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
