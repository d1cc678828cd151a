"""Devices ask, people accept; what lies at the location is only ever a question."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from clerk.clock import FixedClock
from clerk.errors import ExchangeError, LocationUnreachable, NotEnrolled
from clerk.exchange.between import device_request, keys
from clerk.exchange.between.locations import Location
from clerk.exchange.device import enrol
from clerk.exchange.office import devices
from clerk.journal import Journal
from tests.exchange.chain import STORE, Chain, clock


@pytest.fixture
def chain(tmp_path: Path) -> Chain:
    return Chain(tmp_path).set_up(accepted=False)


def device_of(chain: Chain) -> str:
    return enrol.this_device(chain.device).device


def request_file(chain: Chain) -> Path:
    return chain.folder / device_request.request_name(STORE, device_of(chain))


def test_a_device_is_its_journal(chain: Chain) -> None:
    journal = Journal.open(chain.device, clock())
    journal.close()
    assert device_of(chain) == journal.device


def test_a_device_waits_until_somebody_accepts_it(chain: Chain) -> None:
    (asked,) = devices.requests(chain.office, chain.location, STORE)
    assert (asked.state, asked.name) == ("waiting", "Till 1")
    assert devices.accepted(chain.office, STORE) == {}
    devices.accept(chain.office, chain.location, STORE, "Till 1")
    (key,) = devices.accepted(chain.office, STORE).values()
    assert keys.public_bytes(key) == keys.public_bytes(keys.device_key(chain.device).public_key())


def test_a_name_that_two_devices_gave_themselves_names_none_of_them(chain: Chain, tmp_path: Path) -> None:
    """Whoever can write to the location may call its device as he likes, even by the id of another one."""
    office_file = chain.office / "exchange" / "office.json"
    for name, called in (("impostor", "Till 1"), ("other", device_of(chain))):
        enrol.enrol(tmp_path / name, office_file, chain.location, STORE, called, clock=clock())
    with pytest.raises(ExchangeError, match="2 devices are called 'Till 1'"):
        devices.accept(chain.office, chain.location, STORE, "Till 1")
    assert devices.accept(chain.office, chain.location, STORE, device_of(chain)).name == "Till 1"
    (key,) = devices.accepted(chain.office, STORE).values()
    assert keys.public_bytes(key) == keys.public_bytes(keys.device_key(chain.device).public_key())


def test_where_the_place_is_may_hold_a_password_and_is_for_its_owner_only(chain: Chain) -> None:
    assert (chain.device / enrol.DEVICE_FILE).stat().st_mode & 0o077 == 0


def test_both_sides_show_the_same_fingerprints(chain: Chain) -> None:
    done = enrol.enrol(chain.device, chain.office / "exchange" / "office.json", chain.location, STORE, clock=clock())
    (asked,) = devices.requests(chain.office, chain.location, STORE)
    assert asked.fingerprint == done.device_fingerprint
    assert keys.office_file(chain.office).fingerprint == done.office_fingerprint


def test_a_removed_device_is_no_longer_taken_and_asks_in_vain(chain: Chain) -> None:
    devices.accept(chain.office, chain.location, STORE, device_of(chain))
    devices.remove(chain.office, STORE, "Till 1")
    assert devices.accepted(chain.office, STORE) == {}
    (asked,) = devices.requests(chain.office, chain.location, STORE)
    assert asked.state == "removed"


def test_a_device_that_was_never_there_can_be_neither_accepted_nor_removed(chain: Chain) -> None:
    with pytest.raises(NotEnrolled):
        devices.accept(chain.office, chain.location, STORE, "Till 9")
    with pytest.raises(NotEnrolled):
        devices.remove(chain.office, STORE, "Till 9")


def test_only_an_office_accepts(chain: Chain) -> None:
    with pytest.raises(NotEnrolled):
        devices.accept(chain.device, chain.location, STORE, "Till 1")


@pytest.mark.parametrize("field", ["device", "name", "store", "public_key", "asked_at", "signature"])
def test_a_request_that_was_changed_is_no_request(chain: Chain, field: str) -> None:
    asked = json.loads(request_file(chain).read_bytes())
    asked[field] = {"asked_at": 1, "device": "another", "store": "s2"}.get(field, "00" * 32)
    request_file(chain).write_text(json.dumps(asked))
    assert devices.requests(chain.office, chain.location, STORE) == []


@pytest.mark.parametrize("data", [b"", b"[]", b"null", b"[" * 3_000, b"{}" * 4_000, b'{"signature": 3}'])
def test_a_file_that_is_no_request_is_left_out(chain: Chain, data: bytes) -> None:
    (chain.folder / STORE / "devices" / "other.json").write_bytes(data)
    assert [asked.device for asked in devices.requests(chain.office, chain.location, STORE)] == [device_of(chain)]


@pytest.mark.parametrize("at", ["1e999", "9" * 400, "-5", "-1e999", "1e18", "NaN"])
def test_a_request_from_no_moment_there_is_stops_nobody(chain: Chain, at: str) -> None:
    """Whoever can write to the location signs what he likes with a key of his own."""
    key = Ed25519PrivateKey.generate()
    asked = json.loads(device_request.signed_request("e" * 12, "Till 9", STORE, key, 1))
    del asked["signature"]
    asked["asked_at"] = json.loads(at)
    asked["signature"] = key.sign(device_request._signed_part(asked)).hex()
    chain.location.durable_put(device_request.request_name(STORE, "e" * 12), json.dumps(asked).encode())
    found = devices.waiting(chain.office, chain.location, STORE)
    assert "Till 1" in [one.name for one in found]
    assert all(devices.waiting_words(one) for one in found)


def test_a_request_under_another_devices_name_is_left_out(chain: Chain) -> None:
    (chain.folder / STORE / "devices" / "other.json").write_bytes(request_file(chain).read_bytes())
    assert len(devices.requests(chain.office, chain.location, STORE)) == 1


def test_a_request_with_another_key_replaces_nothing_until_it_is_accepted(chain: Chain) -> None:
    devices.accept(chain.office, chain.location, STORE, "Till 1")
    before = devices.accepted(chain.office, STORE)
    (keys.keys_folder(chain.device) / "device.pem").unlink()
    chain_file = chain.office / "exchange" / "office.json"
    enrol.enrol(chain.device, chain_file, chain.location, STORE, "Till 1", clock=FixedClock(clock().now() + 5))
    (asked,) = devices.requests(chain.office, chain.location, STORE)
    assert asked.state == "other key"
    assert keys.public_bytes(devices.accepted(chain.office, STORE)[device_of(chain)]) == keys.public_bytes(
        before[device_of(chain)]
    )


def test_another_key_is_accepted_only_for_the_fingerprint_that_the_device_shows(chain: Chain) -> None:
    devices.accept(chain.office, chain.location, STORE, "Till 1")
    before = devices.accepted(chain.office, STORE)
    forged = device_request.signed_request(device_of(chain), "Till 1", STORE, Ed25519PrivateKey.generate(), 0)
    request_file(chain).write_bytes(forged)
    (asked,) = devices.requests(chain.office, chain.location, STORE)
    for shows in ("", devices.waiting_words(asked)[:19], "cb12 6f95"):
        with pytest.raises(ExchangeError):
            devices.accept(chain.office, chain.location, STORE, "Till 1", shows)
    assert {name: keys.public_bytes(key) for name, key in devices.accepted(chain.office, STORE).items()} == {
        name: keys.public_bytes(key) for name, key in before.items()
    }
    devices.accept(chain.office, chain.location, STORE, "Till 1", asked.fingerprint.replace(" ", ""))
    assert keys.public_bytes(devices.accepted(chain.office, STORE)[device_of(chain)]) == asked.public_key


def test_nobody_is_accepted_in_place_of_a_device_by_choosing_its_name_as_an_id(chain: Chain) -> None:
    chain_file = chain.office / "exchange" / "office.json"
    enrol.enrol(chain.device, chain_file, chain.location, STORE, "Counter", clock=clock())
    forged = device_request.signed_request("Counter", "Till 9", STORE, Ed25519PrivateKey.generate(), 0)
    (chain.folder / STORE / "devices" / "Counter.json").write_bytes(forged)
    forged = device_request.signed_request("0" * 12, device_of(chain), STORE, Ed25519PrivateKey.generate(), 0)
    (chain.folder / STORE / "devices" / f"{'0' * 12}.json").write_bytes(forged)
    with pytest.raises(ExchangeError, match="2 devices"):
        devices.accept(chain.office, chain.location, STORE, "Counter")
    assert devices.accept(chain.office, chain.location, STORE, device_of(chain)).name == "Counter"


def test_a_hostile_name_is_cleaned(chain: Chain) -> None:
    chain_file = chain.office / "exchange" / "office.json"
    name = "\x1b]52;c;YQ==\x07Till\u202e 1" + "x" * 500
    enrol.enrol(chain.device, chain_file, chain.location, STORE, name, clock=clock())
    (asked,) = devices.requests(chain.office, chain.location, STORE)
    assert asked.name.isprintable()
    assert len(asked.name) <= 40


@pytest.mark.parametrize("store", ["", "..", "a/b", "a.b", "x" * 65, "ä", "-a"])
def test_a_store_id_that_is_no_folder_is_refused(chain: Chain, store: str) -> None:
    with pytest.raises(ExchangeError):
        enrol.enrol(chain.device, chain.office / "exchange" / "office.json", chain.location, store)


def test_a_device_of_one_office_is_not_taken_by_another(chain: Chain, tmp_path: Path) -> None:
    other = keys.make_office(tmp_path / "other")
    with pytest.raises(ExchangeError, match="another office"):
        enrol.enrol(chain.device, other, chain.location, STORE)


def test_enrolling_while_the_place_is_away_can_be_done_again(tmp_path: Path) -> None:
    office = keys.make_office(tmp_path / "office")
    with pytest.raises(LocationUnreachable):
        enrol.enrol(tmp_path / "device", office, Location(tmp_path / "no" / "stick"), STORE, clock=clock())
    first = keys.public_bytes(keys.device_key(tmp_path / "device").public_key())
    done = enrol.enrol(tmp_path / "device", office, Location(tmp_path / "place"), STORE, clock=clock())
    (asked,) = devices.requests(tmp_path / "office", Location(tmp_path / "place"), STORE)
    assert (asked.public_key, asked.device) == (first, done.device.device)


def test_a_list_of_devices_that_cannot_be_read_is_said_and_not_replaced(chain: Chain) -> None:
    devices.accept(chain.office, chain.location, STORE, "Till 1")
    path = chain.office / "exchange" / "devices.json"
    path.write_text("{")
    with pytest.raises(ExchangeError):
        devices.accept(chain.office, chain.location, STORE, "Till 1")
    assert path.read_text() == "{"
