"""What is true of the store as a whole, from `store.toml`, and the facts of the pack that come of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import polars as pl

from clerk.pack_build.numbering import Numbered
from clerk.text import clean

_OWN = ("store", "store_id", "currency", "timezone", "demo_member", "source")
"""Keys that become facts under names of their own; every other key travels as `store.<key>` in JSON."""


def facts_of(
    store: Mapping[str, Any], folder: str, shop: Numbered, cards: pl.DataFrame | None, currency: str
) -> dict[str, str]:
    """Facts of the pack that come from the store: names, currency, the card to try.

    Args:
        store: `store.toml`.
        folder: name of the canonical folder, where the store has none.
        shop: numbered.
        cards: checked, or None when member ids are the cards.
        currency: as `store_of` found it.
    """
    facts = {
        "store": clean(str(store.get("store", folder))),
        "store_id": clean(str(store.get("store_id", ""))),
        "currency": currency,
        "source": clean(str(store.get("source", folder))),
        "demo_code": "",
        "demo_name": "",
    }
    facts |= {f"store.{key}": json.dumps(value, default=str) for key, value in store.items() if key not in _OWN}
    demo = str(store.get("demo_member", ""))
    found = shop.members.filter(pl.col("member_id") == demo)
    if found.height:
        code = demo
        if cards is not None:
            active = cards.filter((pl.col("member_id") == demo) & (pl.col("status") == "active"))
            code = active["code"][0] if active.height else ""
        facts |= {"demo_code": code, "demo_name": found["name"][0] or demo}
    return facts
