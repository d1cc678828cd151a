"""Bundles: nothing that was changed, cut, foreign or made up is ever parsed, and what is whole comes back as it was."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict, replace
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clerk.errors import BundleRefused
from clerk.exchange.between import event_bundle
from clerk.exchange.between.bundle_rows import parsed, written
from clerk.exchange.between.event_bundle import MAGIC, Header, SealedBundle, open_bundle, parse_name, seal_bundle
from clerk.journal.chain import genesis, link
from tests.proof import record_proof, rounds

DEVICE, EPOCH, STORE = "till-1", "0a1b2c3d", "0412"
KEY, OTHER = Ed25519PrivateKey.from_private_bytes(b"k" * 32), Ed25519PrivateKey.from_private_bytes(b"o" * 32)
OFFICE = X25519PrivateKey.from_private_bytes(b"f" * 32)

CORRUPTED = "corrupted and foreign bundles"

ROUNDS = settings(
    max_examples=rounds(500, 10_000),
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    database=None,
)
_LETTERS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
_VALUES = st.one_of(_LETTERS, st.integers(-(2**62), 2**62), st.booleans(), st.lists(_LETTERS, max_size=3))
_EVENTS = st.lists(
    st.tuples(_LETTERS, _LETTERS, st.dictionaries(_LETTERS, _VALUES, max_size=3)), min_size=1, max_size=8
)


def _rows(events: list[tuple[str, str, dict[str, Any]]], first: int = 1) -> list[tuple[Any, ...]]:
    rows: list[tuple[Any, ...]] = []
    head = genesis(DEVICE, EPOCH)
    for seq, (member_id, actor, payload) in enumerate(events, start=first):
        text = json.dumps(payload, separators=(",", ":"))
        event_id = f"0190-{seq}"
        body = (DEVICE, EPOCH, seq, event_id, seq << 16, seq, seq, "answer", 1, actor, member_id, text, "pack-1")
        before, head = head, link(head, body)
        rows.append((*body, before, head))
    return rows


def _packed(rows: list[tuple[Any, ...]], key: Ed25519PrivateKey = KEY) -> SealedBundle:
    return seal_bundle(rows, DEVICE, EPOCH, rows[0][13], key, OFFICE.public_key(), STORE, created=7)


WHOLE = _packed(_rows([("m1", "Noor", {"sku": "TEA-1", "answer": "took"})] * 5))


def _refused(data: bytes, key: Ed25519PrivateKey = KEY) -> str:
    with pytest.raises(BundleRefused) as caught:
        open_bundle(data, key.public_key(), OFFICE)
    assert caught.value.remedy
    return caught.value.what


@pytest.mark.proof
@ROUNDS
@given(_EVENTS)
def test_rows_come_back_as_they_were_sent(events: list[tuple[str, str, dict[str, Any]]]) -> None:
    rows = _rows(events)
    bundle = _packed(rows)
    content = open_bundle(bundle.data, KEY.public_key(), OFFICE)
    assert [tuple(row) for row in content.rows] == rows
    assert content.header == bundle.header
    assert content.header.name == bundle.name
    assert parse_name(bundle.name) == (1, len(rows), rows[-1][14][:8])


@pytest.mark.proof
@ROUNDS
@given(st.integers(0, len(WHOLE.data) * 8 - 1))
def test_one_flipped_bit_anywhere_is_refused(bit: int) -> None:
    data = bytearray(WHOLE.data)
    data[bit // 8] ^= 1 << bit % 8
    _refused(bytes(data))
    record_proof(CORRUPTED, 1)


@pytest.mark.proof
@ROUNDS
@given(st.integers(0, len(WHOLE.data) - 1), st.binary(min_size=1, max_size=40))
def test_a_cut_or_lengthened_bundle_is_refused(size: int, more: bytes) -> None:
    _refused(WHOLE.data[:size])
    _refused(WHOLE.data + more)
    if WHOLE.data[:size] + more != WHOLE.data:
        _refused(WHOLE.data[:size] + more)
    record_proof(CORRUPTED, 3)


@pytest.mark.proof
@ROUNDS
@given(_EVENTS)
def test_a_bundle_signed_by_another_device_is_refused(events: list[tuple[str, str, dict[str, Any]]]) -> None:
    assert "signature" in _refused(_packed(_rows(events), OTHER).data)
    record_proof(CORRUPTED, 1)


@pytest.mark.proof
@ROUNDS
@given(st.binary(max_size=5_000), st.booleans())
def test_bytes_of_anybody_are_refused(data: bytes, with_magic: bool) -> None:
    _refused(MAGIC + data if with_magic else data)
    record_proof(CORRUPTED, 1)


def test_equal_events_have_an_equal_name_and_never_equal_bytes() -> None:
    rows = _rows([("m1", "", {})] * 3)
    assert _packed(rows).name == _packed(rows).name
    assert _packed(rows).data != _packed(rows).data, "the seal is different each time"


def _signed_again(change: Callable[[dict[str, Any]], object], body: bytes | None = None) -> bytes:
    """A bundle with another header, properly signed by the device: a device that lies."""
    start = len(MAGIC) + 4 + len(_text(asdict(WHOLE.header))) + 64
    return _forged(_text_of(change), body if body is not None else WHOLE.data[start:])


def _text_of(change: Callable[[dict[str, Any]], object]) -> bytes:
    header = asdict(WHOLE.header)
    changed = change(header)
    return changed if isinstance(changed, bytes) else _text(header)


def _text(header: object) -> bytes:
    return json.dumps(header, sort_keys=True, separators=(",", ":")).encode()


def _forged(text: bytes, body: bytes) -> bytes:
    signed = MAGIC + len(text).to_bytes(4, "big") + text
    return signed + KEY.sign(signed) + body


def test_signing_the_same_again_is_the_same() -> None:
    """Otherwise the tests below would prove nothing."""
    assert open_bundle(_signed_again(lambda header: None), KEY.public_key(), OFFICE).header == WHOLE.header


@pytest.mark.parametrize(
    "change",
    [
        lambda h: h.update(first=-1),
        lambda h: h.update(first=0),
        lambda h: h.update(first=2),
        lambda h: h.update(first=True),
        lambda h: h.update(first="1"),
        lambda h: h.update(first=1.0),
        lambda h: h.update(last=10**30),
        lambda h: h.update(last=6, count=6),
        lambda h: h.update(last=30_000, count=30_000),
        lambda h: h.update(count=4),
        lambda h: h.update(plain_bytes=-1),
        lambda h: h.update(plain_bytes=10**12),
        lambda h: h.update(plain_bytes=WHOLE.header.plain_bytes - 1),
        lambda h: h.update(plain_bytes=WHOLE.header.plain_bytes + 1),
        lambda h: h.update(device="till-2"),
        lambda h: h.update(device="../till"),
        lambda h: h.update(device="\u202etill"),
        lambda h: h.update(device=""),
        lambda h: h.update(device=None),
        lambda h: h.update(device=[]),
        lambda h: h.update(epoch="ffffffff"),
        lambda h: h.update(epoch="x" * 3000),
        lambda h: h.update(store="other"),
        lambda h: h.update(store="a/b"),
        lambda h: h.update(created=8),
        lambda h: h.update(prev_hash="0" * 64),
        lambda h: h.update(prev_hash="0" * 63),
        lambda h: h.update(last_hash="0" * 64),
        lambda h: h.update(last_hash="A" * 64),
        lambda h: h.update(sealed_to="0" * 64),
        lambda h: h.update(body_sha256="0" * 64),
        lambda h: h.update(more=1),
        lambda h: h.pop("store"),
        lambda h: b"{}",
        lambda h: b"[]",
        lambda h: b"null",
        lambda h: b"\xff\xfe",
        lambda h: b"[" * 4096,
        lambda h: b'{"a":' * 800,
        lambda h: _text(h).replace(b'"count":5', b'"count":5,"count":5'),
        lambda h: _text(h).replace(b'"count":5', b'"count": 5'),
        lambda h: _text(h).replace(b'"count":5', b'"count":NaN'),
        lambda h: _text(h).replace(b'"count":5', b'"count":' + b"9" * 3000),
    ],
)
def test_a_device_that_lies_in_its_header_is_refused(change: Callable[[dict[str, Any]], object]) -> None:
    _refused(_signed_again(change))


@pytest.mark.parametrize("length", [0, 1, 4097, 10**6, 2**31, 2**32 - 1])
def test_a_header_of_a_length_that_cannot_be_is_refused_before_its_signature_is_looked_at(length: int) -> None:
    assert "cut off" in _refused(MAGIC + length.to_bytes(4, "big") + WHOLE.data[12:])


def _sealed(plain: bytes, plain_bytes: int | None = None, *, packed: bytes | None = None) -> bytes:
    """A bundle whose content is anything, sealed and signed as a device does."""
    size = len(plain) if plain_bytes is None else plain_bytes
    outline = replace(WHOLE.header, plain_bytes=size, body_sha256="")
    content = event_bundle.zstd.compress(plain) if packed is None else packed
    body = event_bundle._SUITE.encrypt(content, OFFICE.public_key(), info=event_bundle._info(outline))
    header: Header = replace(outline, body_sha256=hashlib.sha256(body).hexdigest())
    return _forged(_text(asdict(header)), body)


def test_content_sealed_by_this_helper_is_opened() -> None:
    """Otherwise the tests below would prove nothing."""
    plain = written(_rows([("m1", "Noor", {"sku": "TEA-1", "answer": "took"})] * 5))
    assert len(open_bundle(_sealed(plain), KEY.public_key(), OFFICE).rows) == 5


def test_a_bomb_is_stopped_at_the_size_that_was_signed() -> None:
    bomb = event_bundle.zstd.compress(b"0" * 400_000_000)
    assert len(bomb) < 100_000
    assert "unpacks" in _refused(_sealed(b"", 1_000, packed=bomb))
    assert "unpacks" in _refused(_sealed(b"", event_bundle.PLAIN_AT_MOST, packed=bomb))


@pytest.mark.parametrize(
    "packed",
    [b"", b"not zstd at all", event_bundle.zstd.compress(b"x") + b"y", event_bundle.zstd.compress(b"x" * 99)[:-3]],
)
def test_content_that_cannot_be_unpacked_is_refused(packed: bytes) -> None:
    _refused(_sealed(b"x", packed=packed))


GOOD = ["0190-1", 1, 1, 1, "answer", 1, "", "m1", "{}", ""]


def _line(**changes: Any) -> bytes:
    names = ["event_id", "hlc", "at", "utc_ms", "kind", "schema", "actor", "member_id", "payload", "basis"]
    return json.dumps([changes.get(name, value) for name, value in zip(names, GOOD, strict=True)]).encode() + b"\n"


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"\n",
        b"{}\n",
        b"[]\n",
        b"[" * 1_000_000 + b"\n",
        b"\xff\n",
        json.dumps(GOOD).encode(),
        json.dumps([*GOOD, 1]).encode() + b"\n",
        _line(event_id=""),
        _line(event_id="a/../b"),
        _line(event_id=5),
        _line(hlc=-1),
        _line(hlc=2**63),
        _line(hlc=True),
        _line(hlc=1.5),
        _line(at=10**25),
        _line(utc_ms=-1),
        _line(kind="DROP TABLE"),
        _line(kind="x" * 100),
        _line(schema=-1),
        _line(schema=2**70),
        _line(actor="\0"),
        _line(member_id="\ud800"),
        _line(member_id="x" * 100_000),
        _line(basis=None),
        _line(payload=""),
        _line(payload="[]"),
        _line(payload="{"),
        _line(payload='{"a":NaN}'),
        _line(payload='{"a":{"b":1}}'),
        _line(payload='{"a":null}'),
        _line(payload='{"a":[1]}'),
        _line(payload='{"a":' + "[" * 8000 + "]" * 8000 + "}"),
        _line(payload='{"a":"' + "x" * 20_000 + '"}'),
        _line(payload='{"a":"é"}'),
        _line(payload='{"a":' + "9" * 5000 + "}"),
    ],
)
def test_a_row_that_no_device_writes_is_refused(line: bytes) -> None:
    assert parsed(line, DEVICE, EPOCH, 1, "0" * 64) is None
    if len(line) < 200_000:
        _refused(_sealed(line))


def test_a_row_a_device_writes_is_taken() -> None:
    """Otherwise the test above would prove nothing."""
    assert parsed(_line(), DEVICE, EPOCH, 1, "0" * 64) is not None


def test_a_bundle_of_another_epoch_cannot_be_signed_again_by_another_device() -> None:
    """Its seal is bound to the header: whoever copies a body cannot make it their own."""
    assert "unsealed" in _refused(_signed_again(lambda header: header.update(device="till-2")))


def test_rows_left_out_or_exchanged_do_not_follow_each_other() -> None:
    rows = _rows([(f"m{number}", "", {}) for number in range(5)])
    exchanged = [rows[0], rows[2], rows[1], rows[3], rows[4]]
    outline = {"last_hash": rows[-1][14]}
    for wrong in (exchanged, [*rows[:2], rows[2], rows[2], rows[4]]):
        plain = written(wrong)
        made = replace(WHOLE.header, plain_bytes=len(plain), body_sha256="", **outline)  # type: ignore[arg-type]
        body = event_bundle._SUITE.encrypt(
            event_bundle.zstd.compress(plain), OFFICE.public_key(), info=event_bundle._info(made)
        )
        header = replace(made, body_sha256=hashlib.sha256(body).hexdigest())
        assert "follow" in _refused(_forged(_text(asdict(header)), body))


@pytest.mark.parametrize(
    "name",
    ["", "1-2-0123456.seg", "0-2-01234567.seg", "3-2-01234567.seg", "1-2-01234567.SEG", "a/1-2-01234567.seg",
     "1-2-0123456g.seg", "01-2-01234567.seg", "1-99999999999999999999-01234567.seg", "1-2-01234567.seg\n"],
)  # fmt: skip
def test_other_names_are_no_bundles(name: str) -> None:
    assert parse_name(name) is None


def test_too_many_events_for_one_bundle_are_a_mistake_of_the_caller(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_bundle, "EVENTS_AT_MOST", 2)
    with pytest.raises(ValueError, match="too many"):
        _packed(_rows([("m1", "", {})] * 3))
