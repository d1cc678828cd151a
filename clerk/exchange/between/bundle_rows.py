"""Event rows as lines of text inside a bundle, and back: one JSON list a line, checked value by value."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any, Final, TypeAlias

from clerk.journal import chain
from clerk.journal.event_rows import HLC_AT_MOST, NAME_LETTERS, PAYLOAD_LETTERS
from clerk.journal.statements import COLUMNS

Row: TypeAlias = Sequence[object]
"""A full event row, in the order of `COLUMNS`."""

_FIRST, _PREV_HASH = COLUMNS.index("event_id"), COLUMNS.index("prev_hash")
"""What travels: the columns before are in the header, those after it are given by the chain."""
_TYPES: Final = [str, int, int, int, str, int, str, str, str, str]
_ID = re.compile(r"[0-9A-Za-z-]{1,64}")
_KIND = re.compile(r"[a-z][a-z-]{0,39}")
_NUMBER_AT_MOST = 2**62


def written(rows: Sequence[Row]) -> bytes:
    """The lines; equal events give equal bytes."""
    encode = json.JSONEncoder(ensure_ascii=True, separators=(",", ":")).encode
    return "".join([encode(list(row[_FIRST:_PREV_HASH])) + "\n" for row in rows]).encode()


def parsed(plain: bytes, device: str, epoch: str, first: int, prev_hash: str) -> list[Row] | None:
    """Event rows, with their hash chain, from lines that another machine wrote; None when one is no event.

    Args:
        plain: the lines.
        device: of the header.
        epoch: of the header.
        first: number of the first event.
        prev_hash: of the event before it.
    """
    rows: list[Row] = []
    head, link = prev_hash, chain.link
    try:
        lines = plain.decode("ascii").split("\n")
        if lines.pop():
            return None
        for seq, line in enumerate(lines, start=first):
            values = json.loads(line)
            if not _is_event(values):
                return None
            body = (device, epoch, seq, *values)
            before, head = head, link(head, body)
            rows.append((*body, before, head))
    except (ValueError, TypeError, RecursionError):
        return None
    return rows or None


def _is_event(values: Any) -> bool:
    if type(values) is not list or [type(value) for value in values] != _TYPES:
        return False
    event_id, hlc, at, utc_ms, kind, schema, actor, member_id, payload, basis = values
    names = actor + member_id + basis
    # PostgreSQL holds no NUL and no half letters.
    names.encode()
    return (
        _ID.fullmatch(event_id) is not None
        and _KIND.fullmatch(kind) is not None
        and 0 <= hlc <= 2 * HLC_AT_MOST - 1
        and -_NUMBER_AT_MOST <= at <= _NUMBER_AT_MOST
        and 0 <= utc_ms <= _NUMBER_AT_MOST
        and 0 <= schema <= 1_000_000
        and "\0" not in names
        and max(len(actor), len(member_id)) <= NAME_LETTERS
        and max(len(payload), len(basis)) <= PAYLOAD_LETTERS
        and _is_payload(payload)
    )


def _is_payload(text: str) -> bool:
    """One flat JSON object: values are text, numbers, true or false, or lists of texts."""
    if not text.isascii():
        return False
    payload = json.loads(text, parse_constant=_no_number)
    return type(payload) is dict and all(
        isinstance(value, str | int | float) or (type(value) is list and all(isinstance(one, str) for one in value))
        for value in payload.values()
    )


def _no_number(_: str) -> Any:
    raise ValueError("not a number")
