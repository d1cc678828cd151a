"""How a device asks to belong to an office: a file that it signs and lays on the exchange location.

Whoever can write there can ask; nobody is taken before a person compared the fingerprint with the device's own screen.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from clerk.errors import ExchangeError
from clerk.exchange.between.keys import fingerprint, public_bytes
from clerk.exchange.between.sealing import readers_key
from clerk.text import clean

STORE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_DEVICE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_PURPOSE = b"clerk asks to be a device\n"
"""Before what is signed, so that a signature for one purpose is none for another."""
REQUEST_LONGEST = 4_000
NAME_LONGEST = 40


@dataclass(frozen=True, slots=True)
class Request:
    """A device's request to belong to the office, and what became of it."""

    device: str
    name: str
    store: str
    public_key: bytes
    asked_at: int
    state: str = "waiting"
    """waiting, accepted, removed, or "other key": one of that id was accepted before, with another key."""

    @property
    def fingerprint(self) -> str:
        """To be compared with the device's own screen."""
        return device_fingerprint(self.device, self.store, self.public_key)


def device_fingerprint(device: str, store: str, public_key: bytes) -> str:
    """Over the key and whom it is to stand for."""
    return fingerprint(json.dumps([device, store, public_key.hex()]).encode())


def checked_store(store: str) -> str:
    """The store's id, when it can be a folder on every location.

    Raises:
        ExchangeError: it cannot.
    """
    if not STORE_ID.fullmatch(store):
        raise ExchangeError(f"{store[:70]!r} is no store id.", "Use letters, digits, - and _, at most 64.")
    return store


def request_name(store: str, device: str) -> str:
    """Where a device's request lies on the location."""
    return f"{store}/devices/{device}.json"


def signed_request(device: str, name: str, store: str, key: Ed25519PrivateKey, now: int) -> bytes:
    """The file in which a device asks, signed with its key."""
    fields = {
        "format": 1,
        "device": device,
        "name": name,
        "store": store,
        "public_key": public_bytes(key.public_key()).hex(),
        "asked_at": now,
    }
    return json.dumps({**fields, "signature": key.sign(_signed_part(fields)).hex()}, indent=1).encode()


def _signed_part(fields: dict[str, Any]) -> bytes:
    return _PURPOSE + json.dumps(fields, sort_keys=True).encode()


def verified(data: bytes, store: str) -> Request | None:
    """The request, when it is signed with the key it shows, could read with it, and asks for this store."""
    try:
        fields = json.loads(data)
        signature = bytes.fromhex(fields.pop("signature"))
        public = bytes.fromhex(fields["public_key"])
        key = Ed25519PublicKey.from_public_bytes(public)
        key.verify(signature, _signed_part(fields))
        # One of the few keys that nothing can be sealed to is nobody's.
        readers_key(key)
        entry = entry_of(fields)
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError, InvalidSignature):
        return None
    return entry if entry.store == store else None


def entry_of(read: dict[str, Any]) -> Request:
    """A request as a file or the office's list holds it.

    Raises:
        ValueError, KeyError, TypeError: it is none.
    """
    # Whoever asks says when: any number there is a moment that can be shown.
    device, at = str(read["device"]), min(max(int(read["asked_at"]), 0), 253_000_000_000)
    if not _DEVICE_ID.fullmatch(device):
        raise ValueError(device)
    name = clean(str(read["name"]), NAME_LONGEST) or device
    key = bytes.fromhex(read["public_key"])
    return Request(device, name, str(read["store"]), key, at, str(read.get("state", "waiting")))
