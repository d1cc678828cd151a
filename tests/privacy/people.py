"""A small shop whose members have names, phones and addresses that a test can look for in files."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from clerk.clock import DAY_S, FixedClock, to_datetime
from clerk.desk import Desk
from clerk.model import History
from clerk.nights.local import Means, take_in
from tests.pack_build.shop import build_shop, write_agreed, write_shop, write_table
from tests.promises.corner import NOW

ADA, PHONE, EMAIL, NAME = "m1", "+43 664 7654321", "zuzanna@example.org", "Zuzanna Quillfeather"
MEMBERS = (
    (ADA, NAME, "Zuzanna", PHONE, EMAIL, "2020-01-05"),
    ("m2", "Grace Hopper", "Grace", "+43 664 1112223", "grace@example.org", "2020-01-05"),
)
COLUMNS = ("member_id", "name", "given_name", "phone", "email", "joined_on")
CARDS = (("111222333", ADA), ("444555666", "m2"))


def day(days: float) -> str:
    """So many days before now, as exports write it."""
    return to_datetime(NOW - round(days * DAY_S)).isoformat(sep="T")


def exports(folder: Path, members: object = MEMBERS, ends: float = 1, lines: object = None) -> Path:
    """The shop's tables."""
    own = [(f"a{n}", ADA, "FW", day(ends + 2 * n), "1") for n in range(12)]
    other = [(f"g{n}", "m2", "CR", day(1 + 2 * n), "1") for n in range(12)]
    write_shop(folder, lines=[*own, *other] if lines is None else lines)  # type: ignore[arg-type]
    write_table(folder, "members", COLUMNS, members)  # type: ignore[arg-type]
    write_table(folder, "cards", ("code", "member_id"), CARDS)
    write_agreed(folder, (ADA, "m2"))
    return folder


def built(folder: Path, home: Path) -> Path:
    """A pack of it."""
    build_shop(exports(folder), home, clock=FixedClock(NOW))
    return home


def night(home: Path, at: int = NOW) -> object:
    """A night of this machine alone."""
    report = take_in(home, Means(clock=FixedClock(at), everything=True))
    assert report.error is None, report.error
    return report


@contextmanager
def desk(home: Path, days: float = 0.0, actor: str = "command") -> Iterator[Desk]:
    """The desk as of some days after now."""
    opened = Desk.open(home, clock=FixedClock(NOW + round(days * DAY_S)), actor=actor)
    try:
        yield opened
    finally:
        opened.close()


def holds(folder: Path, *texts: str) -> list[str]:
    """Files below a folder in whose bytes one of the texts stands."""
    found = []
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            data = path.read_bytes()
            found += [path.relative_to(folder).as_posix() for text in texts if text.encode() in data]
    return found


def history(times: list[int]) -> History:
    """Line items at some seconds, a basket each."""
    many = len(times)
    one = np.ones(many, dtype=np.int64)
    return History(
        basket=np.arange(many, dtype=np.int32), line_no=one.astype(np.int32), item=one.astype(np.int32),
        modifier_set=one.astype(np.int32), quantity=one.astype(np.float64), total_minor=one,
        flags=np.zeros(many, dtype=np.uint8), basket_at=np.array(times, dtype=np.int64),
        basket_id=tuple(f"b{n}" for n in range(many)),
    )  # fmt: skip
