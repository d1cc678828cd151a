"""Fetching: the newest signed pack or the one before, whatever lies at the location."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from tuf.api.metadata import Metadata, Timestamp

from clerk.errors import (
    DiskFull,
    LocationUnreachable,
    NotEnrolled,
    PackRefused,
)
from clerk.exchange.between import keys
from clerk.exchange.between.locations import Location
from clerk.exchange.between.root_of_trust import SERIALIZER, signer
from clerk.exchange.between.sealing import sealed_length
from clerk.exchange.device import enrol
from clerk.exchange.device.fetch import fetch
from clerk.exchange.office.devices import accept
from clerk.exchange.office.publish import let_read
from clerk.exchange.office.renew_keys import renew
from clerk.journal.acknowledged import Ack, read, to_bytes
from clerk.pack import generations
from clerk.pack.open import PACKS
from tests.exchange.chain import STORE, Chain, clock, generation, memory_folder
from tests.exchange.refusals import files_of, refused


@pytest.fixture
def chain(two_nights: Path) -> Iterator[Chain]:
    with memory_folder() as folder:
        shutil.copytree(two_nights, folder / "chain", symlinks=True)
        yield Chain(folder / "chain")


def test_the_newest_pack_is_installed_and_the_one_before_is_kept(chain: Chain) -> None:
    done = chain.fetch(days=1)
    assert (done.state, done.generation, chain.installed) == ("installed", generation(1), generation(1))
    assert [pack.name for pack in generations.generations(chain.device)] == [generation(1), generation(0)]
    assert generations.verify(chain.device, generation(1)).damage == ()


def test_what_did_not_change_is_not_fetched_again(chain: Chain) -> None:
    done = chain.fetch(days=1)
    assert done.reused == sealed_length(1_500)
    assert done.bytes > 0


def test_fetching_twice_changes_nothing(chain: Chain) -> None:
    chain.fetch(days=1)
    before = files_of(chain.device)
    assert chain.fetch(days=1).state == "nothing new"
    assert files_of(chain.device) == before


def test_a_dry_run_leaves_no_trace(chain: Chain) -> None:
    before = files_of(chain.device)
    assert chain.fetch(days=1, dry_run=True).state == "would fetch"
    assert files_of(chain.device) == before
    assert not list((chain.device / PACKS).glob(generations.BUILDING + "*"))


def test_before_anything_is_published_there_is_nothing_to_fetch(tmp_path: Path) -> None:
    assert Chain(tmp_path).set_up().fetch().state == "nothing published"


def test_a_machine_that_is_no_device_is_told_so(tmp_path: Path) -> None:
    with pytest.raises(NotEnrolled):
        fetch(tmp_path, Location(tmp_path), clock())


def test_a_place_that_is_away_is_unreachable(chain: Chain) -> None:
    assert isinstance(refused(chain, location=Location(chain.root / "no" / "stick")), LocationUnreachable)


def test_acknowledgements_come_with_the_pack(chain: Chain) -> None:
    acks = {"till1": {"e1": (Ack(7, "ab" * 32), Ack(5, "cd" * 32))}}
    chain.publish(days=1, acks=to_bytes(acks))
    chain.fetch(days=1)
    assert read(chain.device) == acks


def test_a_new_sealing_key_comes_with_the_pack(chain: Chain) -> None:
    keys.make_office(chain.root / "new")
    shutil.copy(keys.keys_folder(chain.root / "new") / "sealing.pem", keys.keys_folder(chain.office))
    chain.publish(days=1)
    chain.fetch(days=1)
    sealing = keys.office_keys(chain.office).sealing.public_key()
    assert keys.public_bytes(keys.office_public_key(chain.device)) == keys.public_bytes(sealing)


def test_acknowledgements_come_without_a_new_pack(chain: Chain) -> None:
    chain.fetch(days=1)
    acks = {"till1": {"e1": (Ack(7, "ab" * 32), None)}}
    chain.publish(days=1, acks=to_bytes(acks))
    assert chain.fetch(days=1).state == "nothing new"
    assert read(chain.device) == acks


def test_new_release_keys_are_learnt_from_the_root_and_the_old_ones_end(chain: Chain) -> None:
    stolen = keys.office_keys(chain.office).release["timestamp"]
    renew(chain.office, keys.keys_folder(chain.office) / "root.pem", clock(1), new_keys=True)
    chain.publish(2, days=1.5)
    assert chain.fetch(days=1.5).generation == generation(2)
    path = chain.stored("timestamp")
    metadata = Metadata[Timestamp].from_bytes(path.read_bytes())
    metadata.signed.version += 1
    metadata.signatures.clear()
    metadata.sign(signer(stolen))
    path.write_bytes(metadata.to_bytes(SERIALIZER))
    assert isinstance(refused(chain, days=1.6), PackRefused)


def test_a_device_that_missed_several_roots_follows_all_of_them(chain: Chain) -> None:
    for _ in range(4):
        renew(chain.office, keys.keys_folder(chain.office) / "root.pem", clock(1), new_keys=True)
    chain.publish(2, days=1.5)
    assert chain.fetch(days=1.5).generation == generation(2)


def test_a_newly_accepted_device_takes_the_newest_pack_at_once(chain: Chain) -> None:
    new = chain.root / "till2"
    enrol.enrol(new, chain.office / "exchange" / "office.json", chain.location, STORE, "Till 2", clock=clock(1))
    accept(chain.office, chain.location, STORE, "Till 2")
    assert let_read(chain.office, chain.location, STORE, clock(1))
    assert fetch(new, chain.location, clock(1)).generation == generation(1)


def test_a_pack_in_use_that_is_damaged_is_fetched_again(chain: Chain) -> None:
    chain.fetch(days=1)
    (chain.device / PACKS / generation(1) / "pack.db").write_bytes(b"rotten")
    assert chain.fetch(days=1).state == "installed"
    assert generations.verify(chain.device, generation(1)).damage == ()


def test_a_damaged_file_of_the_pack_in_use_is_not_taken_over(chain: Chain) -> None:
    path = chain.device / PACKS / generation(0) / "encoder" / "model.onnx"
    path.write_bytes(bytes(len(path.read_bytes())))
    assert chain.fetch(days=1).reused == 0
    assert generations.verify(chain.device, generation(1)).damage == ()


def test_a_manager_who_went_back_is_not_overruled_until_there_is_newer_data(chain: Chain) -> None:
    chain.fetch(days=1)
    generations.rollback(chain.device)
    assert chain.fetch(days=1.1).state == "nothing new"
    assert chain.installed == generation(0)
    chain.publish(2, days=2)
    chain.fetch(days=2)
    assert chain.installed == generation(2)


def test_a_swap_that_was_cut_off_before_the_pointer_is_finished(chain: Chain) -> None:
    chain.fetch(days=1)
    generations.point_to(chain.device, generation(0))
    (chain.device / "exchange" / "installed").write_text(generation(0))
    assert chain.fetch(days=1.1).state == "installed"
    assert chain.installed == generation(1)


def test_a_lost_pointer_is_set_again(chain: Chain) -> None:
    chain.fetch(days=1)
    (chain.device / PACKS / "CURRENT").unlink()
    chain.fetch(days=1)
    assert chain.installed == generation(1)


def test_files_that_were_complete_when_a_fetch_was_cut_off_are_not_read_again(chain: Chain) -> None:
    path = chain.stored("words.npz")
    data = path.read_bytes()
    path.write_bytes(data[:-1])
    with pytest.raises(PackRefused):
        chain.fetch(days=1)
    path.write_bytes(data)
    assert chain.fetch(days=1).reused > 5_000
    assert generations.verify(chain.device, generation(1)).damage == ()


def test_what_lies_about_from_older_fetches_is_cleared_away(chain: Chain) -> None:
    left = chain.device / PACKS / f"{generations.BUILDING}fetch-of-old"
    left.mkdir()
    (left / "evil.so").write_bytes(b"x")
    chain.fetch(days=1)
    assert not list((chain.device / PACKS).glob(generations.BUILDING + "*"))


def test_a_pack_that_does_not_fit_is_not_begun(chain: Chain, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage(chain.root)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage._replace(free=1_000))
    with pytest.raises(DiskFull, match="free"):
        chain.fetch(days=1)
    assert chain.installed == generation(0)


def test_trusted_metadata_that_rotted_is_replaced_by_good_one(chain: Chain) -> None:
    chain.fetch(days=1)
    for name in ("timestamp", "snapshot", "targets"):
        (chain.device / "exchange" / "tuf" / f"{name}.json").write_bytes(b"\x00rotten")
    assert chain.fetch(days=1).state == "nothing new"


def test_progress_counts_every_byte(chain: Chain) -> None:
    told: list[tuple[str, int, int]] = []
    fetch(chain.device, chain.location, clock(1), lambda *step: told.append(step))
    stage, done, total = told[-1]
    assert stage == "fetching"
    assert 0 < done == total
