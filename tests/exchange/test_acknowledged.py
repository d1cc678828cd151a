"""Acknowledgements: what is no such thing is refused, and a device forgets only what is safe in every way."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clerk.clock import DAY_S, FixedClock
from clerk.errors import PackRefused
from clerk.exchange.device.prune_journal import prune, prune_on_device
from clerk.journal import Journal, acknowledged
from clerk.journal.acknowledged import Ack, Acks, from_bytes, read, save, to_bytes, unsent
from clerk.model import EventKind
from tests.journal.helpers import open_journal
from tests.proof import rounds

HASH = "ab" * 32
DAYS = 40
NOW = DAYS * DAY_S
_NAMES = st.sampled_from(["till-1", "0a1b2c3d", "A", "x.y_z-9", "9" * 64])
_ACK = st.builds(Ack, st.integers(1, 2**63 - 1), st.integers(0, 2**256 - 1).map(lambda number: f"{number:064x}"))


@st.composite
def _both(draw: st.DrawFn) -> tuple[Ack, Ack | None]:
    first, second = sorted([draw(_ACK), draw(_ACK)], key=lambda ack: ack.seq)
    return (second, draw(st.sampled_from([None, first])))


@settings(deadline=None)
@given(st.dictionaries(_NAMES, st.dictionaries(_NAMES, _both(), max_size=3), max_size=3))
def test_acknowledgements_come_back_as_they_were_published(acks: Acks) -> None:
    assert from_bytes(to_bytes(acks)) == acks


def _document(received: Any = (3, HASH), durable: Any = None, **more: Any) -> bytes:
    epochs = {"e1": {"received": received, "durable": durable, **more}}
    return json.dumps({"format": 1, "devices": {"till-1": epochs}}).encode()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b"\xff",
        b"[" * 1_000_000,
        b'{"format":1,"devices":' + b'{"a":' * 100_000,
        b'{"format":2,"devices":{}}',
        b'{"format":1,"devices":[]}',
        b'{"format":1,"devices":{"a":[]}}',
        b'{"format":1,"devices":{"../a":{}}}',
        b'{"format":1,"devices":{"":{}}}',
        b'{"format":1,"devices":{"a":{"e":null}}}',
        b'{"format":1,"devices":{},"more":1}',
        _document(received=[0, HASH]),
        _document(received=[-1, HASH]),
        _document(received=[2**63, HASH]),
        _document(received=[True, HASH]),
        _document(received=[1.5, HASH]),
        _document(received=["1", HASH]),
        _document(received=[1, HASH[1:]]),
        _document(received=[1, HASH.upper()]),
        _document(received=[1, None]),
        _document(received=[1]),
        _document(received=[1, HASH, 1]),
        _document(received=None),
        _document(durable=[4, HASH]),
        _document(durable=[0, HASH]),
        _document(more=1),
        _document()[:-1],
        _document() + b" " * acknowledged.BYTES_AT_MOST,
    ],
)
def test_what_head_office_never_writes_is_refused(data: bytes) -> None:
    with pytest.raises(PackRefused):
        from_bytes(data)


def test_what_head_office_writes_is_taken() -> None:
    """Otherwise the test above would prove nothing."""
    assert from_bytes(_document(durable=[2, HASH])) == {"till-1": {"e1": (Ack(3, HASH), Ack(2, HASH))}}


@pytest.mark.proof
@settings(max_examples=rounds(300, 10_000), deadline=None, derandomize=True, database=None)
@given(st.binary(max_size=200), st.integers(0, 1000), st.integers(0, 7))
def test_no_bytes_do_anything_but_be_refused(data: bytes, place: int, bit: int) -> None:
    flipped = bytearray(_document(durable=[2, HASH]))
    flipped[place % len(flipped)] ^= 1 << bit
    for one in (data, bytes(flipped)):
        try:
            for epochs in from_bytes(one).values():
                for received, durable in epochs.values():
                    assert received.seq > 0
                    assert durable is None or durable.seq <= received.seq
        except PackRefused:
            continue


def test_acknowledgements_that_cannot_be_read_count_as_none(tmp_path: Path) -> None:
    assert read(tmp_path) == {}
    acks: Acks = {"till-1": {"e1": (Ack(3, HASH), None)}}
    save(tmp_path, acks)
    assert read(tmp_path) == acks
    (tmp_path / acknowledged.FILE).write_bytes(b"{")
    assert read(tmp_path) == {}


def _journal_of_days(home: Path) -> str:
    """One event a day; gives the epoch."""
    home.mkdir(parents=True, exist_ok=True)
    (home / "ballast").touch()
    for day in range(DAYS):
        with Journal.open(home, FixedClock(day * DAY_S)) as journal:
            journal.append(EventKind.VISIT_ENDED, "m1", {"visit_id": str(day), "how": "next"}).result(30)
    return journal_epoch(home)


def journal_epoch(home: Path) -> str:
    with open_journal(home) as journal:
        return journal.epoch


def _facts(journal: Journal, until: int) -> dict[str, str]:
    return {"events_until": json.dumps({journal.device: {journal.epoch: until}})}


def _acks(journal: Journal, received: int, durable: int | None) -> Acks:
    epoch = journal.epoch
    safe = None if durable is None else Ack(durable, journal.hash_at(epoch, durable))
    return {journal.device: {epoch: (Ack(received, journal.hash_at(epoch, received)), safe)}}


def test_only_what_is_durable_old_and_told_by_every_pack_is_forgotten(tmp_path: Path) -> None:
    _journal_of_days(tmp_path)
    with open_journal(tmp_path) as journal:
        told = _facts(journal, DAYS)
        assert prune(journal, _acks(journal, DAYS, None), [told], 7, NOW) == 0, "received is not durable"
        assert prune(journal, _acks(journal, DAYS, 3), [], 7, NOW) == 0, "there is no pack"
        assert prune(journal, _acks(journal, DAYS, 3), [told, {}], 7, NOW) == 0, "the older pack has nothing"
        assert prune(journal, _acks(journal, DAYS, 3), [{"events_until": "{"}], 7, NOW) == 0
        wrong = _acks(journal, DAYS, 3)
        wrong[journal.device][journal.epoch] = (Ack(DAYS, HASH), Ack(3, HASH))
        assert prune(journal, wrong, [told], 7, NOW) == 0, "another history"
        assert prune(journal, _acks(journal, DAYS, 3), [told, _facts(journal, 2)], 7, NOW) == 2
        assert prune(journal, _acks(journal, DAYS, DAYS), [told], 30, NOW) == 8, "days 0 to 9 are old"
        assert prune(journal, _acks(journal, DAYS, DAYS), [told], 30, NOW) == 0
        assert [event.payload["visit_id"] for event in journal.events()] == [str(day) for day in range(10, DAYS)]
        assert journal.verify().ok


def test_what_is_not_acknowledged_is_counted(tmp_path: Path) -> None:
    epoch = _journal_of_days(tmp_path)
    with open_journal(tmp_path) as journal:
        assert unsent(journal, {}) == acknowledged.Unsent(DAYS, epoch, DAYS)
        acks = _acks(journal, 30, None)
        assert unsent(journal, acks).events == DAYS - 30
        new = journal.burn_epoch("restored", known=30)
        assert unsent(journal, acks) == acknowledged.Unsent(DAYS - 30, new, DAYS - 30)


def test_without_a_journal_or_acknowledgements_nothing_is_forgotten(tmp_path: Path) -> None:
    assert prune_on_device(tmp_path, FixedClock(NOW)) == 0
    _journal_of_days(tmp_path)
    assert prune_on_device(tmp_path, FixedClock(NOW)) == 0
