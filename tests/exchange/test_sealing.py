"""Sealed store data: whole and for its readers, or refused."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from clerk.errors import PackForeign, PackRefused
from clerk.exchange.between import sealing
from clerk.exchange.between.keys import public_bytes
from clerk.exchange.between.sealing import PIECE, TAG, Content, FileKey, SealedFile
from clerk.pack.open import MANIFEST, read_manifest
from tests.exchange.chain import content, memory_folder
from tests.proof import proving, record_proof

KEY, STORE, NAME = bytes(range(32)), "s1", "pack.db"
SIZES = st.one_of(
    st.integers(0, 300),
    st.builds(lambda pieces, more: max(0, pieces * PIECE + more), st.integers(0, 4), st.integers(-2, 2)),
)
"""Lengths of a file: small, and around the ends of pieces."""
EXAMPLES = 5_000 if proving() else 100
EIGHTH = "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"
KNOWN_TO_ALL = [(1).to_bytes(32, "little"), (2**255 - 20).to_bytes(32, "little"), bytes(32), bytes.fromhex(EIGHTH)]
"""Ed25519 keys of order 1, 2, 4 and 8: whoever seals to one of them seals to everybody."""


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with memory_folder() as found:
        yield found


def sealed(folder: Path, plain: bytes, key: bytes = KEY) -> bytes:
    path = folder / "plain"
    path.write_bytes(plain)
    file = SealedFile(path, key, STORE, NAME)
    with file.open() as reader:
        return reader.read()


def opened(data: bytes, *, cut: int = 1 << 20, key: bytes = KEY, store: str = STORE, name: str = NAME) -> bytes:
    parts = [data[at : at + cut] for at in range(0, len(data), cut)]
    return b"".join(sealing.opened(parts, key, store, name))


@given(size=SIZES, cut=st.integers(50, 3 * PIECE))
def test_a_file_comes_back_whole_however_it_arrives(folder: Path, size: int, cut: int) -> None:
    plain = content(NAME, size, "")
    data = sealed(folder, plain)
    assert len(data) == sealing.sealed_length(size)
    assert opened(data, cut=cut) == plain


def test_the_same_file_with_the_same_key_is_sealed_to_the_same_bytes_and_says_their_hash(folder: Path) -> None:
    data = sealed(folder, b"x" * 200_000)
    assert data == sealed(folder, b"x" * 200_000)
    file = SealedFile(folder / "plain", KEY, STORE, NAME)
    assert file.sha256() == hashlib.sha256(data).hexdigest()


@pytest.mark.proof
@settings(max_examples=EXAMPLES, deadline=None)
@given(size=SIZES, data=st.data())
def test_any_changed_bit_is_refused(folder: Path, size: int, data: st.DataObject) -> None:
    record_proof("bits of sealed packs changed", 1)
    made = bytearray(sealed(folder, content(NAME, size, "")))
    made[data.draw(st.integers(0, len(made) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(PackRefused):
        opened(bytes(made))


@pytest.mark.proof
@settings(max_examples=EXAMPLES, deadline=None)
@given(size=SIZES, data=st.data())
def test_a_file_that_was_cut_or_goes_on_is_refused(folder: Path, size: int, data: st.DataObject) -> None:
    record_proof("sealed packs cut or longer", 1)
    made = sealed(folder, content(NAME, size, ""))
    ends = st.one_of(st.integers(0, len(made) - 1), st.integers(0, len(made) // (PIECE + TAG)).map(lambda n: n * PIECE))
    with pytest.raises(PackRefused):
        opened(made[: min(data.draw(ends), len(made) - 1)])
    # At the end of a piece as well: what follows is known to be missing.
    for whole in range(PIECE + TAG, len(made), PIECE + TAG):
        with pytest.raises(PackRefused):
            opened(made[:whole])
    with pytest.raises(PackRefused):
        opened(made + data.draw(st.binary(min_size=1, max_size=2 * TAG)))


@given(order=st.permutations(range(4)).filter(lambda order: list(order) != [0, 1, 2, 3]))
def test_pieces_in_another_order_are_refused(folder: Path, order: list[int]) -> None:
    made, size = sealed(folder, content(NAME, 4 * PIECE, "")), PIECE + TAG
    with pytest.raises(PackRefused):
        opened(b"".join(made[n * size : (n + 1) * size] for n in order))


@pytest.mark.parametrize("left", [[0, 2, 3], [0, 1, 1, 2, 3], [1, 2, 3], [0, 1, 2]])
def test_pieces_left_out_or_doubled_are_refused(folder: Path, left: list[int]) -> None:
    made, size = sealed(folder, content(NAME, 4 * PIECE, "")), PIECE + TAG
    with pytest.raises(PackRefused):
        opened(b"".join(made[n * size : (n + 1) * size] for n in left))


@pytest.mark.parametrize("other", [{"key": bytes(32)}, {"store": "s2"}, {"name": "names.npz"}])
def test_a_file_of_another_key_store_or_name_is_refused(folder: Path, other: dict[str, object]) -> None:
    made = sealed(folder, b"x" * 1000)
    with pytest.raises(PackRefused):
        opened(made, **other)  # type: ignore[arg-type]


def a_content(note: str = "") -> Content:
    manifest = json.dumps({"generation": "g", "files": {NAME: {"size": 3, "sha256": "00"}}, "note": note}).encode()
    return Content(manifest, {NAME: FileKey(KEY, "ab" * 32)})


@given(readers=st.integers(1, 5), more=st.integers(0, 3))
def test_every_reader_opens_the_manifest_and_nobody_else_does(readers: int, more: int) -> None:
    keys = [X25519PrivateKey.generate() for _ in range(readers + more)]
    data = sealing.seal_manifest(STORE, a_content(), [key.public_key() for key in keys[:readers]])
    assert [sealing.open_manifest(STORE, data, key) for key in keys] == [a_content()] * readers + [None] * more
    # More of them read it without anything else being sealed again.
    again = sealing.with_readers(STORE, data, keys[0], [key.public_key() for key in keys[readers:]])
    assert [sealing.open_manifest(STORE, again, key) for key in keys] == [a_content()] * (readers + more)
    assert json.loads(again)["body"] == json.loads(data)["body"]


@given(data=st.data())
def test_a_changed_manifest_never_opens_to_anything_else(data: st.DataObject) -> None:
    keys = [X25519PrivateKey.generate() for _ in range(2)]
    made = bytearray(sealing.seal_manifest(STORE, a_content(), [key.public_key() for key in keys]))
    made[data.draw(st.integers(0, len(made) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    try:
        found = sealing.open_manifest(STORE, bytes(made), keys[0])
    except PackRefused:
        return
    assert found in (None, a_content())


def test_a_manifest_of_another_store_is_refused() -> None:
    key = X25519PrivateKey.generate()
    data = sealing.seal_manifest("s2", a_content(), [key.public_key()])
    with pytest.raises(PackRefused):
        sealing.open_manifest(STORE, data, key)


@pytest.mark.parametrize("data", [b"", b"[]", b"{}", b'{"format": 2}', b"[" * 5_000, b'{"format": "sealed 1"}'])
def test_what_is_no_sealed_manifest_is_refused(data: bytes) -> None:
    with pytest.raises(PackRefused):
        sealing.open_manifest(STORE, data, X25519PrivateKey.generate())


def test_a_manifest_that_is_sealed_in_a_newer_way_says_so() -> None:
    with pytest.raises(PackRefused, match="newer Clerk"):
        sealing.is_sealed(b'{"format": "sealed 2", "readers": {}}')


def test_an_older_version_takes_a_sealed_manifest_for_a_manifest_of_another_format(tmp_path: Path) -> None:
    """It reads no further, and says that another version is needed."""
    key = X25519PrivateKey.generate()
    (tmp_path / MANIFEST).write_bytes(sealing.seal_manifest(STORE, a_content(), [key.public_key()]))
    with pytest.raises(PackForeign, match="format sealed 1"):
        read_manifest(tmp_path)


@given(seed=st.binary(min_size=32, max_size=32))
def test_what_is_sealed_to_the_key_that_a_device_shows_it_opens_with_the_key_it_has(seed: bytes) -> None:
    key = Ed25519PrivateKey.from_private_bytes(seed)
    shown, own = sealing.readers_key(key.public_key()), sealing.reading_key(key)
    assert public_bytes(shown) == public_bytes(own.public_key())


def test_keys_are_mapped_as_libsodium_maps_them() -> None:
    """Its own test vector (test/default/ed25519_convert)."""
    key = Ed25519PrivateKey.from_private_bytes(
        bytes.fromhex("421151a459faeade3d247115f94aedae42318124095afabe4d1451a559faedee")
    )
    shown = "f1814f0e8ff1043d8a44d25babff3cedcae6c22c3edaa48f857ae70de2baae50"
    assert public_bytes(sealing.readers_key(key.public_key())).hex() == shown


@pytest.mark.parametrize("key", KNOWN_TO_ALL)
def test_a_key_that_everybody_can_open_is_refused(key: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the library's own, and ours, for a key that is none
        sealing.readers_key(Ed25519PublicKey.from_public_bytes(key))


@pytest.mark.slow
def test_a_manifest_for_five_thousand_devices_is_smaller_than_what_older_versions_read() -> None:
    keys = [X25519PrivateKey.generate().public_key() for _ in range(5_000)]
    assert len(sealing.seal_manifest(STORE, a_content("x" * 50_000), keys)) < 1_000_000
