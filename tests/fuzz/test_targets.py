"""The fuzzer's targets over their seeds and a few hundred damaged ones, so that they work where atheris is not."""

from __future__ import annotations

import random

import pytest

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
    ],
)
def test_what_fuzzing_found_is_refused(name: str, data: bytes) -> None:
    TARGETS[name].run(data)


@pytest.mark.proof
@pytest.mark.parametrize("name", NAMES)
def test_damaged_input_of_every_kind_is_taken_or_refused(name: str) -> None:
    target, dice = TARGETS[name], random.Random(name)
    seeds = list(target.seeds())
    many = rounds(20, 300) if name in ("export", "mapping") else rounds(150, 5_000)
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
