from __future__ import annotations

from pathlib import Path

import pytest

from clerk.clock import FixedClock
from clerk.durable import Disk
from clerk.errors import DiskFailed, DiskFull, NoPack
from clerk.pack import generations
from clerk.pack.open import CURRENT, PACKS, current_generation, generation_names, open_pack
from tests.pack_build.shop import NOW, build_shop, write_shop


class RecordingDisk(Disk):
    """Does everything and writes down in which order."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, str]] = []

    def sync_file(self, path: Path) -> None:
        self.calls.append(("sync", path.name))
        super().sync_file(path)

    def sync_folder(self, path: Path) -> None:
        self.calls.append(("sync folder", path.name))

    def write(self, path: Path, text: str) -> None:
        self.calls.append(("write", path.name))
        super().write(path, text)

    def rename(self, old: Path, new: Path) -> None:
        self.calls.append(("rename", f"{old.name} -> {new.name}"))
        super().rename(old, new)


class FailingDisk(Disk):
    """Fails at the given call with the given errno."""

    def __init__(self, at: int, errno: int) -> None:
        self._left = at
        self._errno = errno

    def _call(self) -> None:
        self._left -= 1
        if self._left < 0:
            raise OSError(self._errno, "as told")

    def sync_file(self, path: Path) -> None:
        self._call()

    def sync_folder(self, path: Path) -> None:
        self._call()

    def write(self, path: Path, text: str) -> None:
        self._call()
        super().write(path, text)

    def rename(self, old: Path, new: Path) -> None:
        self._call()
        super().rename(old, new)


def a_folder(home: Path) -> Path:
    """A folder as a build leaves it."""
    building = home / PACKS / ".building-1-x"
    (building / "encoder").mkdir(parents=True)
    for name in ("pack.db", "manifest.json", "encoder/model.onnx"):
        (building / name).write_bytes(b"x")
    return building


def test_a_swap_is_durable_in_the_one_order_that_survives_a_power_cut(tmp_path: Path) -> None:
    disk = RecordingDisk()
    generations.install(tmp_path, a_folder(tmp_path), "20260201-a", disk)
    assert disk.calls == [
        ("sync folder", "encoder"),
        ("sync", "model.onnx"),
        ("sync", "manifest.json"),
        ("sync", "pack.db"),
        ("sync folder", ".building-1-x"),
        ("sync folder", tmp_path.name),
        ("rename", ".building-1-x -> 20260201-a"),
        ("sync folder", "packs"),
        ("write", "CURRENT.tmp"),
        ("sync", "CURRENT.tmp"),
        ("rename", "CURRENT.tmp -> CURRENT"),
        ("sync folder", "packs"),
    ]
    assert current_generation(tmp_path) == "20260201-a"


@pytest.mark.parametrize("at", range(10))
@pytest.mark.parametrize(("errno", "error"), [(28, DiskFull), (5, DiskFailed)])
def test_a_disk_that_fails_during_the_swap_leaves_the_pack_in_use(
    tmp_path: Path, at: int, errno: int, error: type[Exception]
) -> None:
    folder = write_shop(tmp_path / "f")
    home = tmp_path / "h"
    before = build_shop(folder, home).generation
    with pytest.raises(error):
        generations.install(home, a_folder(home), "99990101-new", FailingDisk(at, errno))
    assert (home / PACKS / CURRENT).read_text().strip() == before
    pack = open_pack(home)
    assert pack.generation == before
    pack.close()


def three_nights(tmp_path: Path) -> tuple[Path, list[str]]:
    """A data folder after three builds; names oldest first."""
    folder = write_shop(tmp_path / "f")
    home = tmp_path / "h"
    return home, [build_shop(folder, home, clock=FixedClock(NOW + day * 86_400)).generation for day in range(3)]


def test_the_last_good_pack_is_kept_and_older_ones_are_removed(tmp_path: Path) -> None:
    home, (_, second, third) = three_nights(tmp_path)
    assert generation_names(home) == [third, second]


def test_going_back_takes_the_newest_older_pack_that_is_whole(tmp_path: Path) -> None:
    home, (_, second, third) = three_nights(tmp_path)
    assert generations.rollback(home, dry_run=True) == second
    assert current_generation(home) == third
    assert generations.rollback(home) == second
    assert current_generation(home) == second
    with pytest.raises(NoPack):
        generations.rollback(home)


def test_going_back_passes_over_a_damaged_pack(tmp_path: Path) -> None:
    home, (_, second, third) = three_nights(tmp_path)
    (home / PACKS / second / "columns.npz").write_bytes(b"")
    with pytest.raises(NoPack):
        generations.rollback(home)
    assert current_generation(home) == third


def test_a_file_that_does_not_belong_is_told(tmp_path: Path) -> None:
    home, (_, _, third) = three_nights(tmp_path)
    (home / PACKS / third / "extra.bin").write_bytes(b"x")
    assert generations.verify(home, third).damage == ("extra.bin does not belong here",)


def test_after_going_back_the_next_night_keeps_what_it_went_back_to(tmp_path: Path) -> None:
    home, (_, second, third) = three_nights(tmp_path)
    generations.rollback(home)
    assert generations.prune(home, keep=2) == []
    assert set(generation_names(home)) == {second, third}
