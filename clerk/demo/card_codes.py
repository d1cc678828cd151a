"""Card codes for made-up shops: always the same for a member, so that printed cards keep working.

A real shop issues random codes (`clerk.cards.code.new_code`). These are computed from the member id instead, which
anybody can repeat who reads this file: right for a sample and for a public data set, wrong for people.
"""

from __future__ import annotations

from hashlib import sha256

from clerk.cards.code import ID_BYTES, encode


def steady_code(source: str, key: str) -> str:
    """Our own 24-letter code for a key of a source.

    Args:
        source: name of the shop or data set.
        key: what is unique in it, the member id for a first card.
    """
    return encode(sha256(f"clerk {source} card {key}".encode()).digest()[:ID_BYTES])
