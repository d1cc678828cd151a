"""What travels between the counter and the search process: one JSON object a line, plain ASCII."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from clerk.errors import SearchUnavailable
from clerk.model import Item, ItemHit, Items


def line_of(content: Mapping[str, object]) -> bytes:
    """One line."""
    return json.dumps(content).encode("ascii") + b"\n"


def content_of(line: bytes) -> dict[str, Any]:
    """The object of a line.

    Raises:
        SearchUnavailable: it is none; the other side wrote something else or was cut off.
    """
    try:
        content = json.loads(line)
    except ValueError as cause:
        raise _torn() from cause
    if not isinstance(content, dict):
        raise _torn()
    return content


def items_from_json(content: Mapping[str, Any]) -> Items:
    """Items with everything a row draws, as `dataclasses.asdict` wrote them.

    Raises:
        SearchUnavailable: a field is missing.
    """
    try:
        hits = tuple(
            ItemHit(_item(hit["item"]), float(hit["score"]), str(hit["by"]), str(hit["note"]))
            for hit in content["hits"]
        )
        understood = tuple(map(str, content["understood"]))
        return Items(hits, int(content["total"]), bool(content["meaning"]), understood, str(content["remark"]))
    except (KeyError, TypeError, ValueError) as cause:
        raise _torn() from cause


def _item(content: Mapping[str, Any]) -> Item:
    values: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in content.items()
    }
    return Item(**values)


def _torn() -> SearchUnavailable:
    return SearchUnavailable("The search process gave no proper answer.", "It is started again by itself.")
