"""Who can read store data: accepted devices, and nobody else who reads the location."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from clerk.errors import NoPack, NotAccepted, PackRefused
from clerk.exchange.between import keys, sealing
from clerk.exchange.between.device_request import device_fingerprint, request_name, signed_request
from clerk.exchange.between.locations import Location
from clerk.exchange.between.release import SEAL
from clerk.exchange.device import enrol
from clerk.exchange.device.fetch import fetch
from clerk.exchange.office import devices
from clerk.exchange.office.publish import Published, let_read, publish
from clerk.pack import generations
from clerk.pack.manifest import write_manifest
from clerk.pack.open import MANIFEST, PACKS, current_generation, open_pack
from tests.exchange.chain import START, STORE, Chain, clock, generation, memory_folder
from tests.exchange.test_publish import Killed, KillingPlace

MEMBER = b"Ada Lovelace, ada@example.org, +44 20 7946 0958"
"""In every pack of these tests."""


@pytest.fixture(scope="module")
def made() -> Iterator[Path]:
    """An office with two tills: Till 1 is accepted and has last night's pack, Till 2 only asks."""
    with memory_folder() as folder:
        chain = Chain(folder / "chain").set_up()
        ask(chain, "Till 2")
        night(chain, 0)
        chain.fetch()
        yield folder / "chain"


@pytest.fixture
def chain(made: Path) -> Iterator[Chain]:
    with memory_folder() as folder:
        shutil.copytree(made, folder / "chain", symlinks=True)
        yield Chain(folder / "chain")


def home_of(chain: Chain, name: str) -> Path:
    return chain.device if name == "Till 1" else chain.root / name.replace(" ", "-")


def ask(chain: Chain, name: str) -> None:
    office_file = chain.office / "exchange" / "office.json"
    enrol.enrol(home_of(chain, name), office_file, chain.location, STORE, name, clock=clock())


def night(chain: Chain, number: int, *, location: Location | None = None) -> Published:
    """A pack with a member in it, published so many days after the start."""
    building = chain.office / PACKS / f"{generations.BUILDING}test"
    (building / "encoder").mkdir(parents=True)
    (building / "pack.db").write_bytes(MEMBER * 3_000 + str(number).encode())
    (building / "names.npz").write_bytes(MEMBER)
    (building / "encoder" / "model.onnx").write_bytes(bytes(100_000))
    write_manifest(building, {"generation": generation(number), "built_at": START, "source": "test", "counts": {}})
    generations.install(chain.office, building, generation(number))
    return publish(chain.office, location or chain.location, STORE, None, clock(number))


def again(chain: Chain, number: float) -> Published:
    """The same pack, published once more."""
    return publish(chain.office, chain.location, STORE, None, clock(number))


def reads(chain: Chain, name: str, days: float) -> str:
    """The generation that a till has after fetching."""
    return fetch(home_of(chain, name), chain.location, clock(days)).generation


def refused(chain: Chain, name: str, days: float) -> NotAccepted:
    with pytest.raises(NotAccepted) as caught:
        fetch(home_of(chain, name), chain.location, clock(days))
    return caught.value


def names_in(folder: Path) -> list[str]:
    """Files that hold any of what is known of the member."""
    words = (MEMBER[:8], b"lovelace", b"ada@example", b"7946 0958")
    return [
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and any(word.lower() in path.read_bytes().lower() for word in words)
    ]


def stored(chain: Chain) -> set[str]:
    return {name for name, _ in chain.location.list(f"{STORE}/targets")}


def test_no_file_on_the_location_names_a_member(chain: Chain) -> None:
    assert len(names_in(chain.office)) == 2
    for number in range(1, 4):
        night(chain, number)
        assert names_in(chain.folder) == []


def test_a_till_that_only_asks_reads_nothing_and_says_who_has_to_accept_it(chain: Chain) -> None:
    home = home_of(chain, "Till 2")
    error = refused(chain, "Till 2", 1)
    asked = enrol.this_device(home)
    shown = device_fingerprint(asked.device, STORE, keys.public_bytes(keys.device_key(home).public_key()))
    assert error.code == "E309"
    assert "Till 2" in error.what
    assert "clerk office accept 'Till 2'" in error.remedy
    assert shown in error.remedy
    assert names_in(home) == []
    assert not (home / PACKS).exists()
    with pytest.raises(NotAccepted, match=shown):
        open_pack(home)


def test_a_till_that_never_fetched_is_not_sent_to_build_store_data_itself(chain: Chain) -> None:
    with pytest.raises(NoPack, match="clerk fetch"):
        open_pack(home_of(chain, "Till 2"))


def test_an_accepted_till_reads_at_once_and_nothing_is_sealed_again(chain: Chain) -> None:
    refused(chain, "Till 2", 0.1)
    devices.accept(chain.office, chain.location, STORE, "Till 2")
    before = stored(chain)
    assert let_read(chain.office, chain.location, STORE, clock(0.1))
    assert {name for name in stored(chain) - before if "manifest" not in name} == set()
    assert reads(chain, "Till 2", 0.1) == generation(0)
    assert reads(chain, "Till 1", 0.1) == generation(0)
    assert names_in(home_of(chain, "Till 2")) != []
    # The next publish has nothing to add, and the counter no longer waits.
    assert again(chain, 0.2).state == "nothing new"
    assert not (home_of(chain, "Till 2") / "exchange" / "not_accepted.json").exists()


def test_a_till_accepted_where_nothing_was_published_reads_with_the_first_publish(tmp_path: Path) -> None:
    chain = Chain(tmp_path).set_up()
    assert not let_read(chain.office, chain.location, STORE, clock())
    night(chain, 0)
    assert reads(chain, "Till 1", 0) == generation(0)


def test_a_removed_till_reads_nothing_that_is_published_after_not_even_what_did_not_change(chain: Chain) -> None:
    devices.accept(chain.office, chain.location, STORE, "Till 2")
    night(chain, 1)
    assert reads(chain, "Till 2", 1) == generation(1)
    before = stored(chain)
    devices.remove(chain.office, STORE, "Till 2")
    again(chain, 1.1)
    # All of it is sealed anew, and what the removed till could open is gone from the location.
    assert {name for name in stored(chain) & before if SEAL not in name and "acks" not in name} == set()
    assert "is not accepted by head office" in refused(chain, "Till 2", 1.1).what
    assert reads(chain, "Till 1", 1.1) == generation(1)
    night(chain, 2)
    refused(chain, "Till 2", 2)
    assert current_generation(home_of(chain, "Till 2")) == generation(1)
    devices.accept(chain.office, chain.location, STORE, "Till 2")
    night(chain, 3)
    assert reads(chain, "Till 2", 3) == generation(3)


def test_what_a_removed_till_remembers_opens_nothing_published_after(chain: Chain) -> None:
    """Its own key, and every key of a file that it ever had."""
    devices.accept(chain.office, chain.location, STORE, "Till 2")
    night(chain, 1)
    own = sealing.reading_key(keys.device_key(home_of(chain, "Till 2")))
    had = sealing.open_manifest(STORE, chain.stored(MANIFEST).read_bytes(), own)
    assert had is not None
    devices.remove(chain.office, STORE, "Till 2")
    night(chain, 2)
    assert sealing.open_manifest(STORE, chain.stored(MANIFEST).read_bytes(), own) is None
    for path in (chain.folder / STORE / "targets").rglob("*.*"):
        for name, file in had.files.items():
            if path.name.endswith(name.rpartition("/")[2]):
                with pytest.raises(PackRefused):
                    list(sealing.opened([path.read_bytes()], file.key, STORE, name))


def test_a_till_whose_disk_was_put_back_reads_on(chain: Chain) -> None:
    copy = chain.root / "copy"
    shutil.copytree(chain.device, copy, symlinks=True)
    for number in range(1, 3):
        night(chain, number)
        chain.fetch(days=number)
    shutil.rmtree(chain.device)
    shutil.copytree(copy, chain.device, symlinks=True)
    assert reads(chain, "Till 1", 2) == generation(2)


def test_a_till_that_comes_back_with_another_key_reads_after_it_was_accepted_again(chain: Chain) -> None:
    (keys.keys_folder(chain.device) / "device.pem").unlink()
    ask(chain, "Till 1")
    night(chain, 1)
    refused(chain, "Till 1", 1)
    (asked,) = (one for one in devices.waiting(chain.office, chain.location, STORE) if one.name == "Till 1")
    devices.accept(chain.office, chain.location, STORE, "Till 1", asked.fingerprint)
    assert let_read(chain.office, chain.location, STORE, clock(1))
    assert reads(chain, "Till 1", 1) == generation(1)
    # Whoever has the key that it had before reads what is published from now on no more.
    again(chain, 1.1)
    office = sealing.reader_id(keys.office_keys(chain.office).sealing.public_key())
    own = sealing.reader_id(sealing.reading_key(keys.device_key(chain.device)).public_key())
    assert sealing.readers_of(chain.stored(MANIFEST).read_bytes()) == {office, own}


def test_waiting_tills_are_named_to_whoever_publishes(chain: Chain) -> None:
    (notice,) = night(chain, 1).notices
    (asked,) = devices.waiting(chain.office, chain.location, STORE)
    assert "Till 2" in notice
    assert asked.fingerprint in notice
    assert "since 20 Nov" in notice
    for number in range(8):
        ask(chain, f"Flood {number}")
    assert len(night(chain, 2).notices) == 6


def test_whoever_publishes_for_nobody_is_told_so_and_nothing_lies_there_in_clear(tmp_path: Path) -> None:
    chain = Chain(tmp_path).set_up(accepted=False)
    assert "No device is accepted" in night(chain, 0).notices[0]
    assert names_in(chain.folder) == []
    refused(chain, "Till 1", 0)


def test_a_request_with_a_key_that_everybody_can_open_is_no_request(chain: Chain) -> None:
    """The key is of order 1: everybody can sign with it as well."""
    key = keys.device_key(home_of(chain, "Till 2"))
    asked = json.loads(signed_request("f" * 12, "Till 9", STORE, key, clock().now()))
    asked["public_key"] = (1).to_bytes(32, "little").hex()
    asked["signature"] = ((1).to_bytes(32, "little") + bytes(32)).hex()
    chain.location.durable_put(request_name(STORE, "f" * 12), json.dumps(asked).encode())
    assert [one.name for one in devices.waiting(chain.office, chain.location, STORE)] == ["Till 2"]


def test_an_office_that_lost_what_it_remembers_finds_its_keys_on_the_location(chain: Chain) -> None:
    before = stored(chain)
    (chain.office / "exchange" / "published" / STORE / "sealed.json").unlink()
    assert again(chain, 0.1).state == "nothing new"
    assert stored(chain) == before


def test_a_publish_that_was_cut_off_goes_on_with_the_same_keys(chain: Chain) -> None:
    night(chain, 1)
    devices.remove(chain.office, STORE, "Till 1")
    with pytest.raises(Killed):
        publish(chain.office, KillingPlace(chain.folder, 3, after=False), STORE, None, clock(1.1))
    lying = stored(chain)
    done = again(chain, 1.1)
    assert done.state == "published"
    assert done.files == 2
    assert stored(chain) & lying != set()


def test_a_publish_that_was_killed_at_any_write_never_lets_a_removed_till_read_on(chain: Chain) -> None:
    devices.accept(chain.office, chain.location, STORE, "Till 2")
    night(chain, 1)
    devices.remove(chain.office, STORE, "Till 2")
    kept = chain.root / "kept"
    for name in ("office", "place"):
        shutil.copytree(chain.root / name, kept / name, symlinks=True)
    for at in range(1, 60):
        try:
            night(chain, 2, location=KillingPlace(chain.folder, at, after=True))
            done = True
        except Killed:
            done = False
        again(chain, 2.1)
        refused(chain, "Till 2", 2.1)
        assert names_in(chain.folder) == []
        assert reads(chain, "Till 1", 2.1) == generation(2)
        for name in ("office", "place"):
            shutil.rmtree(chain.root / name)
            shutil.copytree(kept / name, chain.root / name, symlinks=True)
        # Numbers of releases come a second time, as they never do outside of this test.
        for till in ("Till 1", "Till 2"):
            shutil.rmtree(home_of(chain, till) / "exchange" / "tuf")
        if done:
            break
    assert done


def test_a_device_that_an_earlier_version_accepted_with_such_a_key_stops_no_publish(chain: Chain) -> None:
    path = chain.office / "exchange" / "devices.json"
    told = json.loads(path.read_text())
    (entry,) = told[STORE].values()
    told[STORE]["f" * 12] = {**entry, "device": "f" * 12, "public_key": (1).to_bytes(32, "little").hex()}
    path.write_text(json.dumps(told))
    night(chain, 1)
    assert len(sealing.readers_of(chain.stored(MANIFEST).read_bytes())) == 2
    assert reads(chain, "Till 1", 1) == generation(1)
