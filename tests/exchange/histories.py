"""Journals of made-up devices, as rows: what a device would send."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from clerk.journal import chain
from clerk.journal.statements import COLUMNS

Row = tuple[object, ...]
PAYLOAD = '{"answer":"never","scope":"item","sku":"K-1"}'


@dataclass(frozen=True)
class Header:
    """The header of a bundle of rows."""

    device: str
    epoch: str
    first: int
    last: int
    prev_hash: str


def rows(
    count: int,
    device: str = "aaaa00000001",
    epoch: str = "e0000001",
    *,
    after: Sequence[Row] = (),
    mark: str = "",
    ids: str = "",
    hlc: int = 1_000,
    step: int = 1,
) -> list[Row]:
    """Events of one device, chained.

    Args:
        count: how many.
        device: whose.
        epoch: of its journal.
        after: the rows of that epoch that they follow.
        mark: what tells this history from another one under the same numbers.
        ids: what their ids begin with; by default device and epoch, so that they are new.
        hlc: clock of the first.
        step: between two clocks.
    """
    head = str(after[-1][-1]) if after else chain.genesis(device, epoch)
    start = len(after)
    made = []
    for seq in range(start + 1, start + count + 1):
        at = 1_700_000_000 + seq
        body: Row = (
            device, epoch, seq, f"{ids or device + '-' + epoch}{mark}-{seq:08d}", hlc + seq * step, at, at * 1000,
            "answer", 1, "Ann", f"M-{seq % 97}", PAYLOAD, "",
        )  # fmt: skip
        head_before, head = head, chain.link(head, body)
        made.append((*body, head_before, head))
    return made


def issued_again(of: Sequence[Row], epoch: str) -> list[Row]:
    """The same events under a new epoch, as a device does when its disk was restored."""
    device = str(of[0][0])
    head = chain.genesis(device, epoch)
    made = []
    for seq, row in enumerate(of, 1):
        body = (device, epoch, seq, *row[3:13])
        head_before, head = head, chain.link(head, body)
        made.append((*body, head_before, head))
    return made


def header(of: Sequence[Row]) -> Header:
    """The header of a bundle that holds these rows."""
    first = of[0]
    return Header(str(first[0]), str(first[1]), int(str(first[2])), int(str(of[-1][2])), str(first[-2]))


def rewritten(of: Sequence[Row], index_of: int, /, **columns: object) -> list[Row]:
    """A history in which one event says something else, and the chain was made again from there on."""
    made: list[Row] = []
    for index, row in enumerate(of):
        body = list(row[:13])
        if index == index_of:
            for name, value in columns.items():
                body[COLUMNS.index(name)] = value
        before = made[-1][-1] if made else row[-2]
        made.append((*body, before, chain.link(str(before), body)))
    return made
