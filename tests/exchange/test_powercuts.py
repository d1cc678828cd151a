"""Power cuts during a swap, while bundles and acknowledgements are written, while books grow, and during a fetch.

What Python writes is recorded without any tool of the system, so that these run on every machine.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from clerk.durable import Disk, put_file
from clerk.errors import ClerkError
from clerk.exchange.between import keys
from clerk.exchange.between.locations import Location
from clerk.history.store import Arrived, HistoryStore
from clerk.intake.canonical_tables import read_folder
from clerk.intake.checks.tables import check
from clerk.intake.report import BuildReport
from clerk.journal import acknowledged
from clerk.journal.acknowledged import Ack, Acks
from clerk.pack import generations
from clerk.pack.manifest import write_manifest
from clerk.pack.open import PACKS, current_generation
from clerk.settings import PackSettings
from tests.exchange.chain import Chain, generation, memory_folder
from tests.journal.powercut import Step, explore
from tests.journal.watched import Watch, watching
from tests.pack_build.shop import LINES, NOW, write_shop
from tests.proof import record_proof, rounds


@pytest.fixture
def memory() -> Iterator[Path]:
    with memory_folder() as folder:
        yield folder


def _cuts(harness: str, steps: list[Step], folder: Path, states: int, holds: Callable[[Path, list[str]], bool]) -> None:
    seen, bad = explore(steps, folder, states, holds)
    record_proof(harness, seen, bad)
    assert bad == 0
    assert seen >= states


class Swaps:
    """Four installed generations and one step back, with what may be seen after a cut."""

    def __init__(self, folder: Path, disk: Disk | None = None) -> None:
        home = folder / "home"
        home.mkdir()
        self.names: list[str] = []
        with watching(home) as watch:
            for number in range(4):
                self._install(home, generation(number), disk)
                self._said(watch, generation(number))
                generations.prune(home, 2)
            self._said(watch, generations.rollback(home, disk=disk))
        self.steps = watch.steps

    def _install(self, home: Path, name: str, disk: Disk | None) -> None:
        building = home / PACKS / f"{generations.BUILDING}x"
        (building / "encoder").mkdir(parents=True)
        for part in ("pack.db", "columns.npz", "encoder/model.onnx"):
            (building / part).write_bytes(f"{part} of {name} ".encode() * 40)
        write_manifest(building, {"generation": name, "built_at": 1, "source": "test", "counts": {}})
        generations.install(home, building, name, disk)

    def _said(self, watch: Watch, name: str) -> None:
        watch.say(name)
        self.names.append(name)

    def hold(self, home: Path, said: list[str]) -> bool:
        """The generation that was told last, or the next one; whole."""
        now, done = current_generation(home), len(said)
        if now is None:
            return not said
        return now in self.names[max(0, done - 1) : done + 1] and not generations.verify(home, now).damage


class Outbox:
    """Bundles put on a place, some of them twice with other bytes, and acknowledgements replaced each time."""

    def __init__(self, folder: Path, put: Callable[[Path, str, bytes], object]) -> None:
        root = folder / "place"
        root.mkdir()
        self.done: list[tuple[str, str]] = []
        with watching(root) as watch:
            for number in range(8):
                bundle = f"0412/events/till-{number % 2}/e1/{number // 3 + 1}-9-00000000.seg"
                for name, data in (
                    (bundle, f"bundle {number} ".encode() * 150),
                    (acknowledged.FILE, self._acks(number)),
                ):
                    put(root, name, data)
                    self.done.append((name, hashlib.sha256(data).hexdigest()))
                    watch.say(str(number))
        self.steps = watch.steps

    def _acks(self, number: int) -> bytes:
        made: Acks = {f"till-{one}": {"e1": (Ack(number + 1, "ab" * 32), None)} for one in range(number + 1)}
        return acknowledged.to_bytes(made)

    def hold(self, home: Path, said: list[str]) -> bool:
        """Every file that was told is there as it was told, or as the next step makes it; nothing else has a name."""
        allowed: dict[str, list[str]] = {}
        for name, digest in self.done[: len(said)]:
            allowed[name] = [digest]
        told = set(allowed)
        for name, digest in self.done[len(said) : len(said) + 1]:
            allowed.setdefault(name, []).append(digest)
        there = dict.fromkeys(name for name, _ in Location(home).list())
        return told <= set(there) and all(
            hashlib.sha256((home / name).read_bytes()).hexdigest() in allowed.get(name, []) for name in there
        )


def _put(root: Path, name: str, data: bytes) -> None:
    Location(root).durable_put(name, data)


def test_no_power_cut_during_a_swap_leaves_a_pack_that_cannot_be_used(memory: Path) -> None:
    swaps = Swaps(memory)
    _cuts("power cuts during swap", swaps.steps, memory, rounds(1_500, 30_000), swaps.hold)


def test_no_power_cut_loses_or_halves_a_bundle_or_an_acknowledgement(memory: Path) -> None:
    outbox = Outbox(memory, _put)
    _cuts("power cuts during outbox", outbox.steps, memory, rounds(1_500, 30_000), outbox.hold)


def test_no_power_cut_damages_the_books(memory: Path) -> None:
    """Last night's books or tonight's: every part that they name is what it was."""
    home, versions = memory / "home", [""]
    home.mkdir()
    with watching(home) as watch:
        for night in range(3):
            lines = [*LINES, *((f"n{night}-{row}", "m1", "FW", "2026-01-20T08:00", "1") for row in range(night))]
            folder = write_shop(memory / f"in-{night}", members=[("m1", f"Ada {night}"), ("m2", "Grace")], lines=lines)
            history = HistoryStore.open(home)
            checked = check(read_folder(folder), {}, BuildReport("t"), PackSettings(), NOW, memory, f"night-{night}")
            history.take(checked, Arrived("shop", f"{night:064x}"), f"night-{night}")
            history.commit()
            watch.say(history.version)
            versions.append(history.version)

    def hold(state: Path, said: list[str]) -> bool:
        try:
            history = HistoryStore.open(state)
            history.checked()
        except ClerkError:
            return False
        return history.version in versions[len(said) : len(said) + 2]

    _cuts("power cuts during books", watch.steps, memory, rounds(400, 6_000), hold)


@pytest.mark.slow
def test_after_a_power_cut_during_a_fetch_the_next_one_brings_the_newest_pack(memory: Path) -> None:
    """The pack in use is whole in between; acknowledgements are those of the pack before, or of this one."""
    chain = Chain(memory / "chain").set_up()
    sent = [{"till-1": {"e1": (Ack(night + 1, "ab" * 32), None)}} for night in range(2)]
    with watching(chain.device) as watch:
        for night in range(2):
            chain.publish(night, days=night, acks=acknowledged.to_bytes(sent[night]))
            chain.fetch(days=night)
            watch.say(generation(night))

    def hold(state: Path, said: list[str]) -> bool:
        now, device = current_generation(state), Chain(memory)
        fine = now in ([generation(len(said) - 1)] if said else [None]) + [generation(len(said))]
        fine = fine and (now is None or not generations.verify(state, now).damage)
        fine = fine and acknowledged.read(state) in ([sent[len(said) - 1]] if said else [{}]) + sent[len(said) :]
        if not (state / "exchange" / "device.json").exists():
            return fine
        assert device.device == memory / "device"
        os.replace(state, device.device)
        for key in keys.keys_folder(device.device).iterdir():
            # What was watched has bytes and no modes.
            key.chmod(0o600)
        again = Chain(memory)
        done = _fetch_as(again, chain)
        os.replace(device.device, state)
        return fine and done == generation(1)

    _cuts("power cuts during fetch", watch.steps, memory, rounds(300, 5_000), hold)


def _fetch_as(again: Chain, chain: Chain) -> str:
    try:
        return again.fetch(days=1.1, location=chain.location).generation
    except ClerkError as problem:
        return json.dumps([problem.code, problem.what])


class NoFolders(Disk):
    """Forgets to sync folders."""

    def sync_folder(self, path: Path) -> None:
        """Nothing."""


class NoFiles(Disk):
    """Forgets to sync files."""

    def sync_file(self, path: Path) -> None:
        """Nothing, unless it is a folder."""
        if path.is_dir():
            super().sync_file(path)


class PointerFirst(Disk):
    """Points to the new folder before it has its name."""

    def rename(self, old: Path, new: Path) -> None:
        """The pointer is made before the folder that it names."""
        if old.name.startswith(generations.BUILDING):
            self.rename_pointer(old.parent, new.name)
        super().rename(old, new)

    def rename_pointer(self, packs: Path, name: str) -> None:
        """Names the generation at once."""
        (packs / "CURRENT").write_text(name)
        self.sync_file(packs / "CURRENT")


@pytest.mark.parametrize("disk", [NoFolders(), NoFiles(), PointerFirst()], ids=lambda disk: type(disk).__name__)
def test_the_explorer_notices_a_swap_in_another_order(memory: Path, disk: Disk) -> None:
    """Otherwise the tests above would prove nothing."""
    swaps = Swaps(memory, disk)
    _, bad = explore(swaps.steps, memory, 300, swaps.hold)
    assert bad > 0


def _without_folders(root: Path, name: str, data: bytes) -> None:
    put_file(root, name, data, disk=NoFolders())


def _in_place(root: Path, name: str, data: bytes) -> None:
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    with (root / name).open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


@pytest.mark.parametrize("put", [_without_folders, _in_place])
def test_the_explorer_notices_bundles_that_are_put_in_another_way(
    memory: Path, put: Callable[[Path, str, bytes], object]
) -> None:
    outbox = Outbox(memory, put)
    _, bad = explore(outbox.steps, memory, 300, outbox.hold)
    assert bad > 0
