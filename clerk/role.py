"""Which part this machine has: alone, a device of a head office, or the office; and where that is written down."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

FOLDER: Final = "exchange"
"""Below the data folder: everything about the exchange with a head office."""
DEVICE_FILE: Final = f"{FOLDER}/device.json"
"""Below the data folder: there from the moment on which a machine is a device of a head office."""
NOT_ACCEPTED_FILE: Final = f"{FOLDER}/not_accepted.json"
"""Below the data folder: what the last fetch said, while head office has not accepted this device."""


def is_device(home: Path) -> bool:
    """Whether this machine sends its events to a head office."""
    return (home / DEVICE_FILE).exists()


def enrolled_as(home: Path) -> str:
    """Id of the journal with which this machine became a device; empty where it is none, or that cannot be read."""
    try:
        return str(json.loads((home / DEVICE_FILE).read_text(encoding="utf-8"))["device"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def is_office(home: Path) -> bool:
    """Whether this machine has the keys of a head office."""
    return (home / FOLDER / "keys" / "targets.pem").exists()
