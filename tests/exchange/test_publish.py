"""Publishing: in an order that a kill cannot harm, nothing twice, no number given to two things."""

from __future__ import annotations

import hashlib
import os
import random
import select
import shutil
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tuf.api.metadata import Metadata, Timestamp

from clerk.durable import only_one
from clerk.errors import ClockWrong, ExchangeError, LocationUnreachable, NoPack, NotEnrolled, PackDamaged, StoreLocked
from clerk.exchange.between import keys
from clerk.exchange.between.locations import Location
from clerk.exchange.between.release import PACK_FILES
from clerk.exchange.between.sealing import sealed_length
from clerk.exchange.office.publish import publish
from clerk.exchange.office.renew_keys import renew
from clerk.journal.acknowledged import Ack, to_bytes
from clerk.pack import generations
from clerk.pack.open import PACKS
from tests.exchange.chain import SMALL, STORE, Chain, clock, generation, make_pack, memory_folder
from tests.proof import record_proof, rounds


@pytest.fixture(scope="module")
def one_night() -> Iterator[Path]:
    with memory_folder() as folder:
        chain = Chain(folder).set_up()
        chain.publish(0)
        chain.fetch()
        yield chain.root


@pytest.fixture
def chain(one_night: Path) -> Iterator[Chain]:
    with memory_folder() as folder:
        shutil.copytree(one_night, folder / "chain", symlinks=True)
        yield Chain(folder / "chain")


def at_the_location(chain: Chain) -> dict[str, int]:
    """Every published file with the time it was written."""
    store = chain.folder / STORE
    return {path.relative_to(store).as_posix(): path.stat().st_mtime_ns for path in store.rglob("*") if path.is_file()}


def test_publishing_again_without_a_change_writes_nothing(chain: Chain) -> None:
    before = at_the_location(chain)
    assert chain.publish(days=0.2).state == "nothing new"
    assert at_the_location(chain) == before


def test_a_clock_that_leapt_ahead_signs_nothing_until_somebody_says_that_it_is_right(chain: Chain) -> None:
    """Devices would refuse every release until that day has come."""
    before = at_the_location(chain)
    with pytest.raises(ClockWrong) as raised:
        chain.publish(days=300, clock_confirmed=False)
    assert raised.value.code == "E307"
    assert "--clock-is-right" in raised.value.remedy
    assert at_the_location(chain) == before
    assert chain.publish(days=300).state == "renewed"


def test_two_do_not_publish_at_once(chain: Chain) -> None:
    """They would give one number to two releases, and each clear the other one's files away."""
    before = at_the_location(chain)
    with only_one(chain.office / "exchange" / "published" / STORE / ".lock"), pytest.raises(StoreLocked):
        chain.publish(days=1)
    assert at_the_location(chain) == before


def test_a_night_without_a_change_writes_a_fresh_timestamp_and_nothing_else(chain: Chain) -> None:
    before = at_the_location(chain)
    assert chain.publish(days=1).state == "renewed"
    after = at_the_location(chain)
    assert {name for name in after if after[name] != before.get(name)} == {"metadata/timestamp.json"}
    assert after.keys() == before.keys()


def test_metadata_is_renewed_long_before_it_ends(chain: Chain) -> None:
    for day in range(1, 60, 4):
        chain.publish(days=day)
        assert chain.fetch(days=day + 0.5).state == "nothing new"


def test_unchanged_files_are_not_uploaded_again(chain: Chain) -> None:
    before = chain.stored("onnx")
    written = before.stat().st_mtime_ns
    done = chain.publish(1, days=1)
    assert (done.state, done.files) == ("published", len(SMALL))
    assert (chain.stored("onnx"), before.stat().st_mtime_ns) == (before, written)


def test_new_acknowledgements_alone_are_a_new_release(chain: Chain) -> None:
    done = chain.publish(days=0.1, acks=to_bytes({"till1": {"e1": (Ack(1, "ab" * 32), None)}}))
    assert (done.state, done.files, done.version) == ("published", 1, 2)


def test_files_of_the_release_before_stay_for_devices_that_are_fetching(chain: Chain) -> None:
    before = set(at_the_location(chain))
    chain.publish(1, days=1)
    assert before <= set(at_the_location(chain))
    chain.publish(2, days=2)
    assert not {name for name in before if name.endswith(".pack.db")} & set(at_the_location(chain))
    assert len([name for name in at_the_location(chain) if name.endswith(".pack.db")]) == 2


def test_a_dry_run_writes_nothing(chain: Chain) -> None:
    before = at_the_location(chain)
    make_pack(chain.office, generation(1))
    done = publish(chain.office, chain.location, STORE, None, clock(1), dry_run=True)
    assert done.state == "would publish"
    assert at_the_location(chain) == before


def test_a_file_that_rotted_or_was_lost_on_the_place_comes_back(chain: Chain) -> None:
    path = chain.stored("pack.db")
    for damage in (b"x" * path.stat().st_size, b""):
        path.write_bytes(damage)
        chain.publish(days=0.1)
        assert path.stat().st_size == sealed_length(SMALL["pack.db"])
        assert path.name.startswith(hashlib.sha256(path.read_bytes()).hexdigest())
    for role in ("timestamp", "snapshot", "targets", "root"):
        chain.stored(role).unlink()
    chain.publish(1, days=1)
    assert chain.fetch(days=1).generation == generation(1)


def test_an_old_place_that_was_put_back_never_makes_a_number_stand_for_two_things(chain: Chain) -> None:
    old = chain.keep_copy("old")
    chain.publish(1, days=1)
    chain.fetch(days=1)
    chain.put_back(old)
    assert chain.publish(2, days=2).version == 3
    assert chain.fetch(days=2).generation == generation(2)


def test_an_office_that_was_restored_from_an_old_backup_goes_on_after_what_lies_on_the_place(chain: Chain) -> None:
    backup = chain.root / "backup"
    shutil.copytree(chain.office / "exchange", backup)
    for night in (1, 2, 3):
        chain.publish(night, days=night)
    chain.fetch(days=3)
    shutil.rmtree(chain.office / "exchange")
    shutil.copytree(backup, chain.office / "exchange")
    assert chain.publish(4, days=4).version == 5
    assert chain.fetch(days=4).generation == generation(4)


def test_metadata_that_somebody_else_put_there_is_replaced(chain: Chain) -> None:
    for name in ("99999.targets.json", "99999.snapshot.json"):
        (chain.folder / STORE / "metadata" / name).write_bytes(b"[" * 5_000)
    chain.stored("timestamp").write_bytes(b"{}")
    done = chain.publish(1, days=1)
    assert done.version == 2
    assert chain.fetch(days=1).generation == generation(1)
    assert not [name for name in at_the_location(chain) if "99999" in name]


def test_a_damaged_pack_is_not_published(chain: Chain) -> None:
    make_pack(chain.office, generation(1))
    (chain.office / PACKS / generation(1) / "pack.db").write_bytes(b"x" * SMALL["pack.db"])
    before = at_the_location(chain)
    with pytest.raises(PackDamaged):
        chain.publish(days=1)
    assert at_the_location(chain) == before


def test_a_pack_with_a_file_that_no_device_takes_is_not_published(chain: Chain) -> None:
    make_pack(chain.office, generation(1), sizes={**SMALL, "strange.bin": 5})
    with pytest.raises(PackDamaged, match=r"strange\.bin"):
        chain.publish(days=1)


def test_every_file_of_a_built_pack_may_be_published(project: Path) -> None:
    built = project / "store_data"
    for path in built.glob("*/packs/*/manifest.json"):
        names = {p.relative_to(path.parent).as_posix() for p in path.parent.rglob("*") if p.is_file()}
        assert names <= PACK_FILES


def test_without_a_pack_or_keys_there_is_nothing_to_publish(tmp_path: Path) -> None:
    with pytest.raises(NotEnrolled):
        publish(tmp_path, Location(tmp_path / "place"), STORE, None, clock())
    keys.make_office(tmp_path)
    with pytest.raises(NoPack):
        publish(tmp_path, Location(tmp_path / "place"), STORE, None, clock())


def test_a_store_with_a_folder_of_its_own_is_published_with_the_offices_keys(chain: Chain) -> None:
    store = chain.office / "stores" / "s2"
    make_pack(store, generation(7))
    done = publish(store, chain.location, "s2", None, clock(), office=chain.office)
    assert (done.state, done.generation) == ("published", generation(7))


def test_an_office_hears_in_time_that_its_root_ends_and_may_not_publish_after(chain: Chain) -> None:
    assert chain.publish(days=600).notices == []
    assert "renew" in chain.publish(days=690).notices[0]
    with pytest.raises(ExchangeError, match="renew"):
        chain.publish(days=731)
    renew(chain.office, keys.keys_folder(chain.office) / "root.pem", clock(731))
    assert chain.publish(days=731).state == "renewed"
    assert chain.fetch(days=731).state == "nothing new"


def test_a_place_that_is_away_changes_nothing(chain: Chain) -> None:
    make_pack(chain.office, generation(1))
    with pytest.raises(LocationUnreachable):
        publish(chain.office, Location(chain.root / "no" / "stick"), STORE, None, clock(1))
    assert chain.publish(days=1).version == 2


class Killed(BaseException):
    """The process ends here."""


class KillingPlace(Location):
    """A place that ends the process before, or right after, the nth write or removal."""

    def __init__(self, url: Path, at: int, *, after: bool) -> None:
        super().__init__(url)
        self._left, self._after = at, after

    def _count(self) -> bool:
        self._left -= 1
        return self._left == 0

    def durable_put(self, name: str, data: bytes | Path) -> None:
        now = self._count()
        if now and not self._after:
            raise Killed
        super().durable_put(name, data)
        if now:
            raise Killed

    def remove(self, name: str) -> None:
        if self._count():
            raise Killed
        super().remove(name)


@pytest.mark.parametrize("after", [False, True])
def test_a_publish_that_was_killed_at_any_write_leaves_the_old_release_or_the_new_one(
    chain: Chain, after: bool
) -> None:
    chain.publish(1, days=1)
    chain.fetch(days=1)
    make_pack(chain.office, generation(2))
    kept = chain.root / "kept"
    kept.mkdir()
    for name in ("office", "place", "device"):
        shutil.copytree(chain.root / name, kept / name, symlinks=True)
    seen = set()
    for at in range(1, 100):
        try:
            publish(chain.office, KillingPlace(chain.folder, at, after=after), STORE, None, clock(2))
            done = True
        except Killed:
            done = False
        chain.fetch(days=2)
        assert chain.installed in (generation(1), generation(2))
        assert generations.verify(chain.device, str(chain.installed)).damage == ()
        seen.add(chain.installed)
        # The next night goes on as if nothing had been.
        chain.publish(days=2.1)
        chain.fetch(days=2.1)
        assert chain.installed == generation(2)
        for name in ("office", "place", "device"):
            shutil.rmtree(chain.root / name)
            shutil.copytree(kept / name, chain.root / name, symlinks=True)
        if done:
            break
    assert done
    assert seen == {generation(1), generation(2)}


def killed_while(do: Callable[[], object], after: float) -> None:
    """Does something in a process of its own, which is killed so many seconds after it began."""
    child = os.fork()
    if child == 0:
        try:
            do()
        finally:
            os._exit(0)
    pidfd = os.pidfd_open(child)
    select.select([pidfd], [], [], after)
    os.close(pidfd)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


@pytest.mark.proof
@pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="processes are told apart by Linux only")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("what", ["fetch", "publish"])
def test_kill_9_at_any_moment_leaves_the_old_pack_or_the_new_one(chain: Chain, what: str) -> None:
    dice, cut_off = random.Random(9), 0
    for night in range(1, rounds(50 if what == "fetch" else 30, 2_000) + 1):
        make_pack(chain.office, generation(night), sizes={**SMALL, "pack.db": 400_000 + night})
        if what == "fetch":
            chain.publish(days=night)
        before, moment = chain.installed, dice.uniform(0, 0.05)
        if what == "fetch":
            killed_while(lambda night=night: chain.fetch(days=night), moment)
        else:
            killed_while(lambda night=night: chain.publish(days=night), moment)
            chain.fetch(days=night)
            cut_off += chain.installed == before
            assert chain.installed in (before, generation(night))
            chain.publish(days=night)
        assert chain.installed in (before, generation(night))
        assert generations.verify(chain.device, str(chain.installed)).damage == ()
        cut_off += what == "fetch" and chain.installed == before
        chain.fetch(days=night)
        assert chain.installed == generation(night)
        assert generations.verify(chain.device, generation(night)).damage == ()
        generations.prune(chain.office, 2)
    record_proof(f"kill -9 during {what}", night)
    assert cut_off > 0


def test_every_part_of_a_release_says_which_store_it_is_for(chain: Chain) -> None:
    for role in ("timestamp", "snapshot", "targets"):
        metadata: Metadata = Metadata.from_bytes(chain.stored(role).read_bytes())
        assert metadata.signed.unrecognized_fields["x-clerk-store"] == STORE
    signed = Metadata[Timestamp].from_bytes(chain.stored("timestamp").read_bytes()).signed
    assert signed.unrecognized_fields["x-clerk-signed"] > 0
