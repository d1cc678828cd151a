"""The fuzzer's targets over their seeds and a few hundred damaged ones, so that they work where atheris is not."""

from __future__ import annotations

import random

import pytest

from tests.fuzz import targets
from tests.fuzz.__main__ import READERS
from tests.fuzz.__main__ import TARGETS as NAMES
from tests.fuzz.targets import TARGETS
from tests.proof import record_proof, rounds


def test_the_command_knows_every_target() -> None:
    assert tuple(TARGETS) == NAMES


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("books", b'{"a":' + b"[" * 100_000),
        ("manifest", b'{"files":' + b"[" * 100_000),
        ("manifest", b'{"format":2,"files":{"pack.db":""}}'),
        ("manifest", b'{"format":2,"files":{"pack.db":{"sha256":1}}}'),
        ("manifest", b'{"format":2,"files":{"a\\u0000b":{"size":1,"sha256":""}}}'),
        ("manifest", b'{"format":2,"\\ud800":{"files":{}}}'),
        ("manifest", b'{"format":2,"files":{},"counts":7,"built_at":"x"}'),
        ("settings", b"a = " + b"[" * 100_000),
        ("settings", b"a = " + b"9" * 5_000),
        ("delimited", b"\x05x\x01\x01zT, a,\xd3,\r"),
        ("delimited", b"\x20x^,2,3\n"),
        (
            "archive",
            b"PK\x03\x04"
            + b"\0" * 26
            + b"PK\x01\x02"
            + b"\0" * 42
            + b"PK\x05\x06\0\0\0\0\1\0\1\0\x2e\0\0\0\x1e\0\0\0\0\0",
        ),
    ],
)
def test_what_fuzzing_found_is_refused(name: str, data: bytes) -> None:
    TARGETS[name].run(data)


def test_the_seeds_of_archives_and_workbooks_are_read_to_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    monkeypatch.setattr(targets, "_checked", lambda path: read.append(path.read_text()))
    for name in ("archive", "workbook"):
        for seed in TARGETS[name].seeds():
            TARGETS[name].run(seed)
    assert read.count("sku,name\nA,One\n") == 2
    assert "sku,name,\n447700900123,One,2023-03-15 12:00:00\n" in read


@pytest.mark.proof
@pytest.mark.parametrize("name", NAMES)
def test_damaged_input_of_every_kind_is_taken_or_refused(name: str) -> None:
    target, dice = TARGETS[name], random.Random(name)
    seeds = list(target.seeds())
    many = rounds(20, 300) if name in READERS else rounds(150, 5_000)
    for _ in range(many):
        data = bytearray(dice.choice(seeds))
        for _ in range(dice.randint(0, 6)):
            at = dice.randrange(len(data) + 1)
            how = dice.randrange(4)
            if how == 0 and at < len(data):
                data[at] ^= 1 << dice.randrange(8)
            elif how == 1:
                data[at:at] = dice.choice((b"[" * 3_000, b"9" * 400, b"\0", b'"', b"\n", b"\xff\xfe", b"{", b"1e999"))
            elif how == 2:
                del data[at : at + dice.randrange(20)]
            else:
                data[at:at] = data[: dice.randrange(len(data) + 1)]
        target.run(bytes(data))
    record_proof(f"hostile input: {name}", many)
