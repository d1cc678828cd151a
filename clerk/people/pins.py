"""PINs: which are too easy, and slow hashing so that a stolen file does not reveal them quickly.

argon2id with 46 MiB and three passes: about 0.15 s on a small machine, so a person waits for nothing and who stole
the file waits 25 minutes for the 10,000 PINs of four digits, each. Four digits are never safe in a stolen file; the
lock-out is what protects them at the counter, and the encrypted disk what protects the file.
"""

from __future__ import annotations

from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING

from clerk.errors import PinRefused

if TYPE_CHECKING:
    from argon2 import PasswordHasher

MEMORY_KIB, PASSES, LANES = 47_104, 3, 1
"""Cost of one check. One lane: beside a counter that is drawing, a second one only waits for the core."""

SHORTEST, LONGEST = 4, 8
"""Digits of a PIN."""

NOBODY = "$argon2id$v=19$m=47104,t=3,p=1$JPVei6Qku1qfl23RLPpRXA$zzrZQGjZz2JgjfaeHrZYndBJNzA18anEjo9F+xIP8XM"
"""A hash that no PIN matches: checking a name that does not exist takes as long as one that does."""

_KEYPAD = ("2580", "0852", "1397", "1379", "7931", "1937", "9731", "3179", "2468", "1357", "8642", "7531", "147258369")
"""Shapes on the keys of a till."""


def checked(pin: str) -> str:
    """The PIN, if it may be one.

    Raises:
        PinRefused: it is no 4 to 8 digits, or among the first that anybody tries.
    """
    if not (SHORTEST <= len(pin) <= LONGEST and pin.isascii() and pin.isdigit()):
        raise PinRefused(f"A PIN has {SHORTEST} to {LONGEST} digits and nothing else.", "Choose another.")
    if is_easy(pin):
        raise PinRefused(
            "This PIN is among the first that anybody tries.",
            "Choose another: no row of digits, no repeated ones, no year.",
        )
    return pin


def is_easy(pin: str) -> bool:
    """Whether the digits repeat, count up or down, are a year or a shape on the keys."""
    steps = {(int(second) - int(first)) % 10 for first, second in pairwise(pin)}
    repeats = any(len(pin) % size == 0 and pin == pin[:size] * (len(pin) // size) for size in range(1, len(pin)))
    year = len(pin) == 4 and pin[:2] in ("19", "20")
    mirrored = pin == pin[::-1] and len(set(pin)) <= 2
    return repeats or mirrored or steps in ({1}, {9}) or year or any(pin in shape for shape in _KEYPAD)


def hashed(pin: str) -> str:
    """The PIN's argon2id hash with salt and parameters in it. Cost: 0.1 to 0.25 s of one core."""
    return _hasher().hash(pin)


def matches(kept: str, pin: str) -> bool:
    """Whether the PIN is the one behind a hash. Cost: as `hashed`, whatever the answer; the GIL is not held."""
    # Imported here: a counter at which nobody signs in never loads it.
    from argon2.exceptions import InvalidHashError, VerificationError

    try:
        return _hasher().verify(kept, pin)
    except (VerificationError, InvalidHashError):
        return False


def is_outdated(kept: str) -> bool:
    """Whether a hash was made with other parameters than those of today."""
    return _hasher().check_needs_rehash(kept)


@cache
def _hasher() -> PasswordHasher:
    from argon2 import PasswordHasher

    return PasswordHasher(time_cost=PASSES, memory_cost=MEMORY_KIB, parallelism=LANES)
