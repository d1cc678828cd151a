"""Refusing: nothing forged, cut, mixed, older, frozen or without end is ever installed."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tuf.api.metadata import Metadata, MetaFile, Snapshot, TargetFile, Targets, Timestamp

from clerk.clock import FixedClock
from clerk.errors import (
    ClockWrong,
    ExchangeError,
    PackRefused,
    PackStale,
)
from clerk.exchange.between import keys
from clerk.exchange.between.release import STORE_FIELD
from clerk.exchange.between.root_of_trust import SERIALIZER, signer
from clerk.exchange.office.renew_keys import renew
from clerk.pack import generations
from tests.exchange.chain import STORE, Chain, EndlessPlace, clock, generation, make_pack, memory_folder
from tests.exchange.refusals import files_of, refused
from tests.proof import record_proof, rounds


@pytest.fixture
def chain(two_nights: Path) -> Iterator[Chain]:
    with memory_folder() as folder:
        shutil.copytree(two_nights, folder / "chain", symlinks=True)
        yield Chain(folder / "chain")


def resign(chain: Chain, role: str, change: Callable[[object], None], key_of: str = "") -> None:
    """Changes metadata at the location and signs it with the office's key, as somebody who stole it could."""
    path = chain.stored(role)
    metadata: Metadata = Metadata.from_bytes(path.read_bytes())
    change(metadata.signed)
    metadata.signatures.clear()
    metadata.sign(signer(keys.office_keys(chain.office).release[key_of or role]))
    path.write_bytes(metadata.to_bytes(SERIALIZER))


def release_with(chain: Chain, change: Callable[[Targets], None], *, days: float = 1) -> None:
    """Publishes metadata with the office's keys that the office itself would never publish."""
    released = keys.office_keys(chain.office).release
    targets = Metadata[Targets].from_bytes(chain.stored("targets").read_bytes()).signed
    snapshot = Metadata[Snapshot].from_bytes(chain.stored("snapshot").read_bytes()).signed
    timestamp = Metadata[Timestamp].from_bytes(chain.stored("timestamp").read_bytes()).signed
    targets.version += 1
    change(targets)
    snapshot.version += 1
    snapshot.meta["targets.json"] = MetaFile(targets.version)
    timestamp.version += 1
    timestamp.snapshot_meta = MetaFile(snapshot.version)
    folder = chain.folder / STORE / "metadata"
    for name, signed, role in (
        (f"{targets.version}.targets.json", targets, "targets"),
        (f"{snapshot.version}.snapshot.json", snapshot, "snapshot"),
        ("timestamp.json", timestamp, "timestamp"),
    ):
        metadata: Metadata = Metadata(signed)
        metadata.sign(signer(released[role]))
        (folder / name).write_bytes(metadata.to_bytes(SERIALIZER))


def test_an_older_release_is_refused_after_a_newer_one(chain: Chain) -> None:
    old = chain.keep_copy("night 1")
    chain.publish(2, days=1.1)
    chain.fetch(days=1.1)
    chain.put_back(old)
    assert isinstance(refused(chain, days=1.2), PackRefused)
    assert chain.installed == generation(2)


@pytest.mark.parametrize("role", ["snapshot", "targets"])
def test_an_older_part_under_a_newer_timestamp_is_refused(chain: Chain, role: str) -> None:
    newest = chain.stored(role)
    older = newest.with_name(f"1.{role}.json")
    assert older != newest
    newest.write_bytes(older.read_bytes())
    assert isinstance(refused(chain), PackRefused)


def test_a_snapshot_that_goes_back_is_refused_even_with_a_valid_signature(chain: Chain) -> None:
    chain.fetch(days=1)

    def back(signed: object) -> None:
        assert isinstance(signed, Timestamp)
        signed.version += 1
        signed.snapshot_meta = MetaFile(1)

    resign(chain, "timestamp", back)
    assert isinstance(refused(chain), PackRefused)


def test_a_place_that_is_frozen_is_refused_once_the_timestamp_has_ended(chain: Chain) -> None:
    Chain(chain.root).fetch(days=1)
    # Two days of clocks that nobody touched: the shop goes on recording.
    for day in range(2, 9):
        record(chain.device, clock(day))
    stale = refused(chain, days=8.5)
    assert isinstance(stale, PackStale)
    assert stale.code == "E304"


def record(home: Path, at: FixedClock) -> None:
    """An event of this time in the device's journal."""
    from clerk.driver import connect

    # Events carry the machine's own UTC; a test that stands in another time writes it into the row.
    database = connect(home / "journal.db")
    stamp = (at.now() * 1000) << 16
    columns = [row[1] for row in database.execute("PRAGMA table_info(events)")]
    sequence = database.execute("SELECT count(*) FROM events").fetchone()[0] + 1
    values = {"device": "d", "epoch": "e", "seq": sequence, "event_id": f"id{sequence}", "hlc": stamp}
    row = [values.get(name, 0 if name in ("at", "utc_ms", "schema") else "") for name in columns]
    database.execute(f"INSERT INTO events VALUES ({', '.join('?' * len(columns))})", row)
    database.commit()
    database.close()


def test_a_frozen_place_is_seen_through_a_clock_that_was_set_back(chain: Chain) -> None:
    chain.fetch(days=1)
    record(chain.device, clock(9))
    with pytest.raises((PackStale, ClockWrong)):
        chain.fetch(days=1.5)
    # The signed time alone is a floor too: a clock 400 days slow is not believed.
    chain.publish(2, days=20)
    chain.fetch(days=20)
    old = Metadata[Timestamp].from_bytes(chain.stored("timestamp").read_bytes()).signed
    assert old.version == 3
    assert chain.fetch(days=-400).state == "nothing new"


def test_a_clock_far_ahead_of_everything_known_is_a_question_for_a_manager(chain: Chain) -> None:
    chain.fetch(days=1)
    assert refused(chain, days=400).code == "E307"


@pytest.mark.parametrize("role", ["timestamp", "snapshot", "targets"])
def test_a_foreign_signature_is_refused(chain: Chain, role: str, tmp_path: Path) -> None:
    keys.make_office(tmp_path / "foreign")
    path = chain.stored(role)
    metadata: Metadata = Metadata.from_bytes(path.read_bytes())
    metadata.signatures.clear()
    metadata.sign(signer(keys.office_keys(tmp_path / "foreign").release[role]))
    path.write_bytes(metadata.to_bytes(SERIALIZER))
    assert isinstance(refused(chain), PackRefused)


@pytest.mark.parametrize("role", ["timestamp", "snapshot", "targets"])
def test_one_release_key_does_not_sign_for_another_role(chain: Chain, role: str) -> None:
    other = {"timestamp": "targets", "snapshot": "timestamp", "targets": "snapshot"}[role]
    resign(chain, role, lambda signed: None, key_of=other)
    assert isinstance(refused(chain), PackRefused)


def test_a_foreign_root_is_refused(chain: Chain, tmp_path: Path) -> None:
    office = tmp_path / "foreign"
    keys.make_office(office)
    renew(office, keys.keys_folder(office) / "root.pem", clock())
    (chain.folder / STORE / "metadata" / "2.root.json").write_bytes(
        (office / "exchange" / "roots" / "2.root.json").read_bytes()
    )
    assert isinstance(refused(chain), PackRefused)


@pytest.mark.parametrize("role", ["timestamp", "snapshot", "targets", "manifest.json", "pack.db", "columns.npz"])
def test_a_file_that_never_ends_is_refused_after_its_length(chain: Chain, role: str) -> None:
    location = EndlessPlace(chain.folder, f".{role}" if "." in role else f"{role}.json")
    assert isinstance(refused(chain, location=location), PackRefused)
    assert location.given < 1_000_000


@pytest.mark.parametrize(
    "role", ["timestamp", "snapshot", "targets", "manifest.json", "pack.db", "words.npz", "acks.json"]
)
def test_a_file_that_was_cut_or_is_gone_is_refused(chain: Chain, role: str) -> None:
    path = chain.stored(role)
    data = path.read_bytes()
    for length in (0, 1, len(data) // 2, len(data) - 1):
        path.write_bytes(data[:length])
        assert isinstance(refused(chain), PackRefused)
    path.unlink()
    assert isinstance(refused(chain), PackRefused)


def test_two_files_that_changed_places_are_refused(chain: Chain) -> None:
    one, other = chain.stored("pack.db"), chain.stored("columns.npz")
    first, second = one.read_bytes(), other.read_bytes()
    one.write_bytes(second)
    other.write_bytes(first)
    assert isinstance(refused(chain), PackRefused)


@pytest.mark.parametrize(
    "name",
    ["con.txt", "../../settings.toml", "/etc/passwd", "encoder/../../CURRENT", "CURRENT", "journal.db", "a" * 5000,
     "encoder/evil.so", "pack.db\x00", "PACK.DB", "C:\\x"],
)  # fmt: skip
def test_a_target_that_no_pack_has_is_refused_even_when_signed(chain: Chain, name: str) -> None:
    release_with(chain, lambda targets: targets.targets.update({name: TargetFile(1, {"sha256": "00" * 32}, name)}))
    assert isinstance(refused(chain), PackRefused)


@pytest.mark.parametrize("name", ["manifest.json", "pack.db", "acks.json", "office.json"])
def test_a_release_that_lacks_a_file_is_refused_even_when_signed(chain: Chain, name: str) -> None:
    release_with(chain, lambda targets: targets.targets.pop(name))
    assert isinstance(refused(chain), PackRefused)


def test_a_length_that_no_file_has_is_refused_even_when_signed(chain: Chain) -> None:
    def grown(targets: Targets) -> None:
        targets.targets["acks.json"].length = 1 << 60

    release_with(chain, grown)
    assert isinstance(refused(chain), PackRefused)


def test_the_release_of_another_store_is_refused_though_the_same_office_signed_it(chain: Chain) -> None:
    from clerk.exchange.office.publish import publish

    make_pack(chain.office, generation(5))
    publish(chain.office, chain.location, "s2", None, clock(1))
    for _ in range(3):
        publish(chain.office, chain.location, "s2", None, clock(2))
    shutil.rmtree(chain.folder / STORE)
    shutil.copytree(chain.folder / "s2", chain.folder / STORE)
    refused(chain, days=2)
    assert chain.installed == generation(0)


def test_a_manifest_that_contradicts_what_is_signed_is_refused(chain: Chain) -> None:
    def swapped(targets: Targets) -> None:
        first, second = targets.targets["columns.npz"], targets.targets["names.npz"]
        first.length, second.length = second.length, first.length
        first.hashes, second.hashes = second.hashes, first.hashes

    release_with(chain, swapped)
    assert isinstance(refused(chain), PackRefused)


def test_a_store_field_that_was_signed_away_is_refused(chain: Chain) -> None:
    release_with(chain, lambda targets: targets.unrecognized_fields.pop(STORE_FIELD))
    assert isinstance(refused(chain), PackRefused)


@pytest.mark.proof
def test_no_corruption_of_anything_published_is_ever_installed(chain: Chain) -> None:
    """Bit flips, cuts, growth, swaps with older and with foreign files: the good new pack, or the old and a reason."""
    foreign = Chain(chain.root / "foreign").set_up()
    for night in range(2):
        foreign.publish(night, days=night)
    dice = random.Random(20261122)
    good, kept = chain.keep_copy("good"), chain.root / "kept"
    shutil.copytree(chain.device, kept, symlinks=True)
    before, count = files_of(chain.device), rounds(200, 10_000)
    published = [path for path in sorted((chain.folder / STORE).rglob("*")) if path.is_file()]
    installed = 0
    for _ in range(count):
        path = dice.choice(published)
        twin = foreign.folder / path.relative_to(chain.folder)
        if twin.exists() and dice.random() < 0.15:
            path.write_bytes(twin.read_bytes())
        else:
            path.write_bytes(damaged(path.read_bytes(), dice, published))
        try:
            chain.fetch(days=1)
        except ExchangeError:
            assert chain.installed == generation(0)
            assert files_of(chain.device) == before
        else:
            # The damage was where nothing is read any more, or made other bytes of the same meaning.
            assert chain.installed == generation(1)
            assert generations.verify(chain.device, generation(1)).damage == ()
            installed += 1
        shutil.rmtree(chain.device)
        shutil.copytree(kept, chain.device, symlinks=True)
        path.write_bytes((good / path.relative_to(chain.folder)).read_bytes())
    record_proof("corrupted packs fetched", count)
    assert installed < count * 0.8


def damaged(data: bytes, dice: random.Random, others: list[Path]) -> bytes:
    """The bytes with one thing wrong."""
    kind = dice.choice(("flip", "flip", "flip", "cut", "grow", "swap", "zero"))
    if kind == "flip" and data:
        at = dice.randrange(len(data))
        return data[:at] + bytes([data[at] ^ 1 << dice.randrange(8)]) + data[at + 1 :]
    if kind == "cut":
        return data[: dice.randrange(len(data) + 1)]
    if kind == "grow":
        return data + dice.randbytes(dice.randint(1, 5_000))
    return dice.choice(others).read_bytes() if kind == "swap" else bytes(len(data))
