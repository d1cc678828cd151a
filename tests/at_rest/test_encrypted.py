"""With a key, what says who somebody is lies encrypted from its first byte; with another key nothing opens."""

from __future__ import annotations

import os
import secrets
import shutil
from pathlib import Path

import pytest

from clerk import driver
from clerk.clock import FixedClock
from clerk.errors import JournalDamaged, KeyWrong
from clerk.exchange.device.fetch import fetch
from clerk.exchange.office.ledger.ledger import Ledger
from clerk.journal import Journal, file
from clerk.keys_at_rest import Key, kept, key_of, make_key, read_key, seal, unseal
from clerk.nights.rekey import rekey
from clerk.pack import generations
from clerk.pack.open import PACKS, check_key, current_generation, open_pack
from tests.at_rest.sealed import events, leaking, record, set_key, shop
from tests.exchange.chain import Chain, clock
from tests.pack_build.shop import NOW, build_shop, opened, write_shop

A, B = Key("a1" * 32), Key("b2" * 32)


@pytest.fixture(scope="module")
def sealed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("sealed")
    return shop(root, set_key(root / "home"))


@pytest.fixture
def home(sealed: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(sealed, tmp_path / "home"))


def _put(home: Path, key: Key) -> None:
    (home / "rest.key").write_text(key.hex)


def test_nothing_of_a_member_stands_in_any_file(home: Path) -> None:
    assert leaking(home) == []
    assert len(events(home)) == 3
    assert opened(home).member(1).name in ("Ada Lovelace", "Grace Hopper")


def test_the_log_of_an_open_journal_is_encrypted_too(home: Path) -> None:
    with Journal.open(home, FixedClock(NOW)) as journal:
        record(home, 5)
        assert (home / "journal.db-wal").stat().st_size
        assert leaking(home) == []
        assert len(list(journal.events())) == 8


def test_events_on_their_way_into_a_pack_are_never_plain(tmp_path: Path) -> None:
    home = shop(tmp_path, set_key(tmp_path / "home"))
    with Journal.open(home, FixedClock(NOW)) as journal:
        rows = list(journal.rows(journal.epoch))
    build_shop(tmp_path / "shop", home, clock=FixedClock(NOW + 60), events=rows)
    assert leaking(home) == []
    assert [path.name for path in home.rglob("*.tmp")] == []
    reader = opened(home)
    number = reader.member_no("m1")
    assert number is not None
    assert len(reader.events.of_member(number, "m1")) == 3


@pytest.mark.parametrize("use", ["pack", "journal", "build"])
def test_another_key_is_said_with_its_fingerprint_and_changes_nothing(home: Path, use: str) -> None:
    right = kept(home).key
    _put(home, B)
    with pytest.raises(KeyWrong) as told:
        _use(home, use)
    assert told.value.code == "E234"
    assert right in told.value.remedy
    assert B.hex not in str(told.value)
    assert not (home / PACKS / ".building").exists()


@pytest.mark.parametrize("use", ["pack", "journal", "build"])
@pytest.mark.parametrize("how", ["no key file", "no setting", "others may read it", "no key in it"])
def test_a_missing_key_is_said_with_a_remedy(home: Path, use: str, how: str) -> None:
    if how == "no key file":
        (home / "rest.key").unlink()
    elif how == "no setting":
        (home / "settings.toml").unlink()
    elif how == "others may read it":
        (home / "rest.key").chmod(0o644)
    else:
        (home / "rest.key").write_text("secret")
    with pytest.raises(KeyWrong) as told:
        _use(home, use)
    assert told.value.remedy


def _use(home: Path, use: str) -> None:
    if use == "pack":
        open_pack(home).close()
    elif use == "journal":
        Journal.open(home, FixedClock(NOW)).close()
    else:
        build_shop(write_shop(home.parent / "again"), home)


def test_plain_data_under_a_key_says_how_it_is_encrypted(tmp_path: Path) -> None:
    home = shop(tmp_path, tmp_path / "home")
    set_key(home)
    for use in ("pack", "journal"):
        with pytest.raises(KeyWrong) as told:
            _use(home, use)
        assert "clerk key set" in told.value.remedy
    rekey(home, "file:rest.key")
    assert (len(events(home)), leaking(home)) == (3, [])


def test_a_damaged_journal_is_told_from_a_wrong_key(home: Path) -> None:
    content = bytearray((home / "journal.db").read_bytes())
    content[100:200] = secrets.token_bytes(100)
    (home / "journal.db").write_bytes(content)
    with pytest.raises(JournalDamaged):
        Journal.open(home, FixedClock(NOW))


def test_one_flipped_bit_in_an_encrypted_journal_is_never_read_over(home: Path) -> None:
    content = bytearray((home / "journal.db").read_bytes())
    for location in range(5000, len(content), 4096):
        content[location] ^= 1
    (home / "journal.db").write_bytes(content)
    with pytest.raises(JournalDamaged):
        events(home)


def test_an_sqlite_that_cannot_encrypt_refuses_the_key(tmp_path: Path) -> None:
    import sqlite3

    with pytest.raises(KeyWrong, match="cannot encrypt"):
        driver.connect(tmp_path / "x.db", module=sqlite3, key=A.hex)
    assert not (tmp_path / "x.db").exists() or not (tmp_path / "x.db").stat().st_size


def test_the_ledger_is_encrypted_with_the_key_of_its_office(tmp_path: Path) -> None:
    home = set_key(tmp_path)
    Ledger.open("", home, FixedClock(NOW)).close()
    path = home / "exchange" / "ledger.db"
    assert not path.read_bytes().startswith(b"SQLite")
    file.connect(path, None, key_of(home), home).close()
    (home / "settings.toml").unlink()
    with pytest.raises(KeyWrong, match="no key is set"):
        Ledger.open("", home, FixedClock(NOW))


def test_a_pack_of_another_key_is_refused_before_it_is_fetched_and_last_night_goes_on(tmp_path: Path) -> None:
    chain = Chain(tmp_path)
    chain.folder.mkdir()
    chain.set_up()
    for home, key in ((chain.office, A), (chain.device, A)):
        home.mkdir(exist_ok=True)
        with (home / "settings.toml").open("a") as text:
            text.write('\n[rest]\nkey = "file:rest.key"\n')
        make_key(home, "file:rest.key")
        (home / "rest.key").write_text(key.hex)
    build_shop(write_shop(tmp_path / "shop"), chain.office)
    chain.publish()
    assert chain.fetch().state == "installed"
    first = current_generation(chain.device)
    open_pack(chain.device).close()

    (chain.office / "rest.json").unlink(missing_ok=True)
    (chain.office / "rest.key").write_text(B.hex)
    shutil.rmtree(chain.office / PACKS)
    build_shop(tmp_path / "shop", chain.office, clock=FixedClock(NOW + 60))
    chain.publish(days=1)
    with pytest.raises(KeyWrong):
        fetch(chain.device, chain.location, clock(1))
    assert current_generation(chain.device) == first
    open_pack(chain.device).close()
    assert generations.verify(chain.device, first or "").damage == ()


def test_sources_give_the_same_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "hex").write_text(A.hex.upper() + "\n")
    (tmp_path / "raw").write_bytes(bytes.fromhex(A.hex))
    for name in ("hex", "raw"):
        (tmp_path / name).chmod(0o600)
    monkeypatch.setenv("CLERK_REST_KEY", A.hex)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    for source in ("file:hex", "file:raw", f"file:{tmp_path}/hex", "env:CLERK_REST_KEY", "systemd:raw", "systemd:hex"):
        assert read_key(tmp_path, source) == A
    assert A.hex not in repr(A) + str(A) + f"{A}"


@pytest.mark.parametrize(
    "source", ["file", "file:", "vault:x", "env:", "env:NOT_SET", "systemd:../x", "systemd:x", "x"]
)
def test_a_source_that_gives_no_key_says_so(tmp_path: Path, source: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    with pytest.raises(KeyWrong):
        read_key(tmp_path, source)


def test_a_keyring_keeps_a_key_that_it_makes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keyring = pytest.importorskip("keyring")
    from keyring.backend import KeyringBackend

    class Pocket(KeyringBackend):  # type: ignore[misc, unused-ignore]
        priority = 1  # type: ignore[assignment, unused-ignore]

        def __init__(self) -> None:
            super().__init__()  # type: ignore[no-untyped-call, unused-ignore]
            self.kept: dict[tuple[str, str], str] = {}

        def get_password(self, service: str, username: str) -> str | None:
            return self.kept.get((service, username))

        def set_password(self, service: str, username: str, password: str) -> None:
            self.kept[service, username] = password

    before = keyring.get_keyring()
    keyring.set_keyring(Pocket())
    try:
        made = make_key(tmp_path, "keyring:of-a-test")
        assert read_key(tmp_path, "keyring:of-a-test") == made == make_key(tmp_path, "keyring:of-a-test")
    finally:
        keyring.set_keyring(before)


def test_a_sealed_file_opens_with_its_key_alone() -> None:
    content = os.urandom(1000)
    assert unseal(seal(content, A), A) == content
    assert seal(content, A) == seal(content, A) != seal(content, B)
    assert seal(content, None) == content == unseal(content, None)
    changed = bytearray(seal(content, A))
    changed[-1] ^= 1
    for wrong, key in ((seal(content, A), B), (seal(content, A), None), (content, A), (bytes(changed), A)):
        with pytest.raises(KeyWrong):
            unseal(wrong, key)


def test_without_a_key_a_manifest_says_nothing_of_one(tmp_path: Path) -> None:
    build_shop(write_shop(tmp_path / "shop"), tmp_path / "home")
    pack = open_pack(tmp_path / "home")
    try:
        assert "key" not in pack.manifest
        check_key(pack.manifest, None)
    finally:
        pack.close()
    assert not (tmp_path / "home" / "rest.json").exists()
