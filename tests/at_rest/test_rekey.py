"""Setting, changing and removing the key: everything is there afterwards, whatever happened in between."""

from __future__ import annotations

import os
import random
import shutil
import tomllib
from pathlib import Path
from time import monotonic

import pytest

from clerk.clock import FixedClock
from clerk.errors import KeyWrong, StoreLocked
from clerk.journal import Journal
from clerk.keys_at_rest import Kept, keep, kept, read_key
from clerk.nights.rekey import rekey, with_key
from clerk.pack import generations
from clerk.pack.manifest import write_manifest
from clerk.pack.open import PACKS, current_generation, generation_names, open_pack, read_manifest
from clerk.pack.read import PackReader
from clerk.pack.search import PackSearch
from tests.at_rest.sealed import events, leaking, record, shop
from tests.exchange.chain import memory_folder
from tests.exchange.workers import a_worker
from tests.pack_build.shop import NOW
from tests.proof import record_proof, rounds


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("rest")
    return shop(root, root / "home")


@pytest.fixture
def home(built: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(built, tmp_path / "home"))


def _names(home: Path) -> list[str]:
    pack = open_pack(home)
    try:
        assert pack.notices == ()
        found = PackSearch(PackReader(pack)).members("ada", 5)
        return [hit.name for hit in found.hits]
    finally:
        pack.close()


def test_everything_plain_becomes_unreadable_and_is_still_there(home: Path) -> None:
    before = events(home)
    assert "journal.db" in leaking(home)
    done = rekey(home, "file:rest.key")
    assert leaking(home) == []
    assert (events(home), _names(home)) == (before, ["Ada Lovelace"])
    assert done.key == read_key(home, "file:rest.key").fingerprint == kept(home).key
    assert [(home / name).stat().st_mode & 0o077 for name in ("rest.key", "journal.db")] == [0, 0]
    assert all(not generations.verify(home, name).damage for name in generation_names(home))


def test_another_key_and_none_again_keep_every_event_in_its_order(home: Path) -> None:
    before = events(home)
    rekey(home, "file:one.key")
    rekey(home, "file:two.key")
    assert events(home) == before
    with pytest.raises(KeyWrong):
        _with_source(home, "file:one.key")
    rekey(home, "")
    assert (events(home), _names(home)) == (before, ["Ada Lovelace"])
    assert kept(home) == Kept()
    assert record(home, 1)


def test_a_pack_of_an_older_format_stays_one_under_a_key(home: Path) -> None:
    """It has no tables for what a newer one carries; said to be newer, it could not be opened."""
    (name,) = generation_names(home)
    folder = home / PACKS / name
    facts = {key: value for key, value in read_manifest(folder).items() if key not in ("files", "sha256")}
    write_manifest(folder, {**facts, "format": 1})
    rekey(home, "file:rest.key")
    (name,) = generation_names(home)
    assert read_manifest(home / PACKS / name)["format"] == 1
    assert _names(home) == ["Ada Lovelace"]


def _with_source(home: Path, source: str) -> None:
    text = (home / "settings.toml").read_text()
    try:
        (home / "settings.toml").write_text(with_key(text, source))
        open_pack(home).close()
    finally:
        (home / "settings.toml").write_text(text)


def test_a_dry_run_changes_nothing(home: Path) -> None:
    before = {path: path.read_bytes() for path in home.rglob("*") if path.is_file()}
    done = rekey(home, "file:rest.key", dry_run=True)
    assert (done.databases, len(done.packs)) == (["journal.db"], 1)
    assert {path: path.read_bytes() for path in home.rglob("*") if path.is_file()} == before


def test_an_open_counter_forbids_a_change_and_goes_on_recording(home: Path) -> None:
    before = len(events(home))
    with Journal.open(home, FixedClock(NOW)):
        with pytest.raises(StoreLocked, match="open"):
            rekey(home, "file:rest.key")
        assert kept(home) == Kept()
        assert record(home, 2)
    assert len(events(home)) == before + 2
    assert _names(home) == ["Ada Lovelace"]


def test_a_running_build_forbids_a_change(home: Path) -> None:
    from clerk.durable import only_one

    with only_one(home / PACKS / ".lock"), pytest.raises(StoreLocked):
        rekey(home, "file:rest.key")
    assert kept(home) == Kept()


def test_while_a_change_is_cut_off_nothing_opens_and_the_remedy_finishes_it(home: Path) -> None:
    before = events(home)
    rekey(home, "file:one.key")
    keep(home, Kept(kept(home).key, ("file:one.key", "file:two.key")))
    with pytest.raises(KeyWrong, match="cut off") as told:
        open_pack(home)
    assert "clerk key change" in told.value.remedy
    with pytest.raises(KeyWrong, match="cut off"):
        Journal.open(home, FixedClock(NOW))
    assert rekey(home, None).resumed
    assert events(home) == before


def test_a_damaged_older_pack_is_not_left_behind_in_plain(home: Path) -> None:
    name = generation_names(home)[0]
    older = f"20200101T000000-01-{'a' * 6}"
    shutil.copytree(home / PACKS / name, home / PACKS / older)
    (home / PACKS / older / "columns.npz").write_bytes(b"no longer what it was")
    assert rekey(home, "file:rest.key").dropped == [older]
    assert leaking(home) == []


@pytest.mark.skipif(os.name != "posix", reason="kill -9 is a POSIX word")
def test_a_change_killed_at_any_moment_is_finished_by_the_same_command(
    built: Path, clean_environment: dict[str, str]
) -> None:
    chance, killed, many = random.Random(5), 0, rounds(30, 600)
    with memory_folder() as root, a_worker(clean_environment, "tests.at_rest.rekey_child") as worker:
        home = Path(shutil.copytree(built, root / "home"))
        before = events(home)
        sources = ["", "file:a.key", "file:b.key"]
        for to in ("file:a.key", "file:b.key", "file:a.key"):
            began = monotonic()
            worker.start("rekeying", home, to)
            assert worker.end() == 0
            # Kills are spread over the time that a change takes on this machine, once everything is imported.
            takes = monotonic() - began
        for _ in range(many):
            now = _source(home)
            to = chance.choice([source for source in sources if source != now])
            worker.start("rekeying", home, to)
            killed += worker.kill_after(chance.uniform(0.0, 0.9) * takes)
            for _ in range(chance.choice((0, 0, 1, 3))):
                if kept(home).change is None:
                    break
                worker.start("rekeying", home, "finish")
                worker.kill_after(chance.uniform(0.0, 0.9) * takes)
            if kept(home).change is not None:
                rekey(home, None)
            assert events(home) == before
            assert _names(home) == ["Ada Lovelace"]
            assert leaking(home) == [] or not _source(home)
            assert len(generation_names(home)) == 1
            assert current_generation(home) == generation_names(home)[0]
    record_proof("kill -9 during a change of the key", many)
    assert killed > many // 4, "too few were killed on the way for this to prove anything"


def _source(home: Path) -> str:
    told = tomllib.loads((home / "settings.toml").read_text()) if (home / "settings.toml").exists() else {}
    return str(told.get("rest", {}).get("key", ""))


@pytest.mark.parametrize(
    ("text", "source", "becomes"),
    [
        ("", "env:K", '[rest]\nkey = "env:K"\n'),
        ("[pack]\nkeep = 3", "env:K", '[pack]\nkeep = 3\n\n[rest]\nkey = "env:K"\n'),
        ('[rest]\n# ours\nkey = "a"\n\n[pack]\nkeep = 3\n', "env:K",
         '[rest]\nkey = "env:K"\n# ours\n\n[pack]\nkeep = 3\n'),
        ('[rest]\nkey = "a"', "", "[rest]\n"),
        ("[pack]\nkeep = 3\n", "", "[pack]\nkeep = 3\n"),
    ],
)  # fmt: skip
def test_only_the_line_of_the_key_changes_in_the_settings(text: str, source: str, becomes: str) -> None:
    assert with_key(text, source) == becomes
    assert tomllib.loads(becomes).get("rest", {}).get("key", "") == source
