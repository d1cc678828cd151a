"""Keys: made once, readable by one person, and a root of trust that can be renewed."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from clerk.errors import ExchangeError, NotEnrolled
from clerk.exchange.between import keys
from clerk.exchange.between.root_of_trust import names_key, office_roots, root_of
from clerk.exchange.office.renew_keys import finish_renewal, renew
from tests.exchange.chain import Chain, clock


def test_an_offices_keys_are_made_once_and_readable_by_their_owner_only(tmp_path: Path) -> None:
    keys.make_office(tmp_path)
    files = sorted(keys.keys_folder(tmp_path).iterdir())
    assert [path.stem for path in files] == ["root", "sealing", "snapshot", "targets", "timestamp"]
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}
    before = [path.read_bytes() for path in files]
    with pytest.raises(ExchangeError):
        keys.make_office(tmp_path)
    assert before == [path.read_bytes() for path in files]


def test_a_key_that_others_can_read_is_refused_with_what_to_do(tmp_path: Path) -> None:
    keys.make_device_key(tmp_path)
    path = keys.keys_folder(tmp_path) / "device.pem"
    os.chmod(path, 0o640)
    with pytest.raises(ExchangeError, match="chmod 600"):
        keys.device_key(tmp_path)


def test_a_device_key_is_made_once(tmp_path: Path) -> None:
    first = keys.make_device_key(tmp_path)
    again = keys.make_device_key(tmp_path)
    assert keys.public_bytes(first.public_key()) == keys.public_bytes(again.public_key())


def test_without_keys_the_command_that_makes_them_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotEnrolled, match="clerk office init"):
        keys.office_keys(tmp_path)
    with pytest.raises(NotEnrolled, match="clerk enrol"):
        keys.device_key(tmp_path)
    with pytest.raises(NotEnrolled, match="clerk enrol"):
        keys.office_public_key(tmp_path)


@pytest.mark.parametrize("data", [b"", b"no key", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"])
def test_a_damaged_key_file_is_said(tmp_path: Path, data: bytes) -> None:
    keys.make_device_key(tmp_path)
    (keys.keys_folder(tmp_path) / "device.pem").write_bytes(data)
    with pytest.raises(ExchangeError, match="cannot be used"):
        keys.device_key(tmp_path)


@pytest.mark.parametrize(
    "data",
    [b"", b"[]", b"{}", b'{"root": 1, "sealing": 2}', b'{"root": "", "sealing": "00"}', b"[" * 9_000, b" " * 99_999],
)
def test_an_office_file_that_is_none_is_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "office.json").write_bytes(data)
    with pytest.raises(NotEnrolled):
        keys.read_office_file(tmp_path / "office.json")


def test_the_office_file_holds_no_secret(tmp_path: Path) -> None:
    made = keys.make_office(tmp_path)
    text = made.read_text()
    assert "PRIVATE" not in text
    for path in keys.keys_folder(tmp_path).iterdir():
        key = keys.load_pem_private_key(path.read_bytes(), None)
        assert key.private_bytes_raw().hex() not in text  # type: ignore[union-attr]
    assert json.loads(text)["format"] == 1


def test_a_fingerprint_changes_with_every_part_of_what_is_trusted(tmp_path: Path) -> None:
    file = keys.read_office_file(keys.make_office(tmp_path))
    assert file.fingerprint != keys.OfficeFile(file.root + b" ", file.sealing).fingerprint
    assert file.fingerprint != keys.OfficeFile(file.root, bytes(32)).fingerprint
    assert len(file.fingerprint.split()) == 8


def test_renewing_needs_the_offices_own_root_key(tmp_path: Path) -> None:
    keys.make_office(tmp_path / "mine")
    keys.make_office(tmp_path / "other")
    with pytest.raises(ExchangeError):
        renew(tmp_path / "mine", keys.keys_folder(tmp_path / "other") / "root.pem", clock())
    with pytest.raises(NotEnrolled):
        renew(tmp_path / "mine", tmp_path / "no-stick" / "root.pem", clock())
    assert list(office_roots(tmp_path / "mine")) == [1]


def test_new_release_keys_are_named_by_the_new_root_and_the_old_ones_no_longer(tmp_path: Path) -> None:
    keys.make_office(tmp_path)
    old = keys.office_keys(tmp_path).release
    assert renew(tmp_path, keys.keys_folder(tmp_path) / "root.pem", clock(), new_keys=True) == 2
    root, new = root_of(office_roots(tmp_path)[2]), keys.office_keys(tmp_path).release
    assert all(names_key(root, role, key) for role, key in new.items())
    assert not any(names_key(root, role, key) for role, key in old.items())


def test_new_keys_that_no_root_names_yet_are_not_used(tmp_path: Path) -> None:
    chain = Chain(tmp_path).set_up()
    before = keys.public_bytes(keys.office_keys(chain.office).release["targets"].public_key())
    keys.make_next_keys(chain.office)
    finish_renewal(chain.office)
    assert keys.public_bytes(keys.office_keys(chain.office).release["targets"].public_key()) == before
    assert isinstance(keys.office_keys(chain.office).release["targets"], Ed25519PrivateKey)
    assert chain.publish(0).state == "published"
