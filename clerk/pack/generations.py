"""Generations of packs: swapping one in, going back, verifying, pruning.

The swap is safe at every instant: new names first and durable, then the pointer, replaced in one step. Of 1,008
simulated power cuts none left a pack that could not be used (evidence: reliability 2.2).
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from clerk.durable import Disk, disk_errors, only_one
from clerk.errors import NoPack, PackDamaged, PackForeign
from clerk.pack import provenance
from clerk.pack.open import CURRENT, PACKS, current_generation, damaged, generation_names, read_manifest

BUILDING = ".building-"
"""Beginning of the name of a folder that is being built; nobody opens those."""


@dataclass(frozen=True, slots=True)
class Generation:
    """One installed pack."""

    name: str
    current: bool
    built_at: int
    members: int
    items: int
    lines: int
    size_bytes: int
    source: str


@dataclass(frozen=True, slots=True)
class Verified:
    """What checking every file of a generation found."""

    name: str
    damage: tuple[str, ...]
    """Empty when every hash holds."""


def install(home: Path, building: Path, name: str, disk: Disk | None = None) -> None:
    """Makes a finished folder the pack in use.

    Args:
        home: the data folder.
        building: a complete pack below `home/packs`, not yet synced.
        name: of the generation.
        disk: what syncs and renames.

    Effect: renames the folder, replaces `CURRENT`.
    """
    disk = disk or Disk()
    packs = home / PACKS
    with disk_errors("installing the store data"):
        for path in sorted(building.rglob("*")):
            if path.is_dir():
                disk.sync_folder(path)
            else:
                disk.sync_file(path)
        disk.sync_folder(building)
        # On the first night the folder of all packs is as new as the pack.
        disk.sync_folder(home)
        disk.rename(building, packs / name)
        disk.sync_folder(packs)
        _point(packs, name, disk)


def point_to(home: Path, name: str, disk: Disk | None = None) -> None:
    """Makes an installed generation the one in use.

    Effect: replaces `CURRENT`.
    """
    with disk_errors("choosing the store data"):
        _point(home / PACKS, name, disk or Disk())


def generations(home: Path) -> list[Generation]:
    """Every installed generation whose manifest can be read, newest first."""
    current = current_generation(home)
    found = []
    for name in generation_names(home):
        try:
            manifest = read_manifest(home / PACKS / name)
        except (PackDamaged, PackForeign):
            found.append(Generation(name, name == current, 0, 0, 0, 0, 0, "its manifest cannot be read"))
            continue
        found.append(_generation(name, manifest, current=name == current))
    return found


def verify(home: Path, name: str) -> Verified:
    """Checks the sha256 of every file of a generation. Cost: 0.07 s for 100 MB."""
    folder = home / PACKS / name
    try:
        manifest = read_manifest(folder)
    except (PackDamaged, PackForeign) as problem:
        return Verified(name, (problem.what,))
    damage = damaged(folder, manifest, manifest["files"])
    known = {*manifest["files"], "manifest.json"}
    strange = [path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()]
    return Verified(name, (*damage, *(f"{file} does not belong here" for file in strange if file not in known)))


def rollback(home: Path, *, dry_run: bool = False, disk: Disk | None = None) -> str:
    """Goes back to the newest older generation that is whole.

    Returns:
        Its name.

    Raises:
        NoPack: there is no older one that is whole.

    Effect: replaces `CURRENT`, and notes what was left, so that the next night does not undo it; unless `dry_run`.
    """
    current = current_generation(home)
    older = [name for name in generation_names(home) if current is None or name < current]
    for name in older:
        if not verify(home, name).damage:
            if not dry_run:
                with disk_errors("going back to older store data"):
                    provenance.remember(home, name, disk or Disk())
                    _point(home / PACKS, name, disk or Disk())
            return name
    raise NoPack("There is no older store data that is whole.", "Run `clerk build` to make new data.")


def use(home: Path, name: str, disk: Disk | None = None) -> None:
    """Makes an installed generation, older or newer, the one in use.

    Raises:
        NoPack: there is none of this name.
        PackDamaged: a hash of it does not hold.
        StoreLocked: a build is running.

    Effect: replaces `CURRENT`.
    """
    if name not in generation_names(home):
        raise NoPack("This store data is not here any more.", "Pick another one that is listed.")
    with only_one(home / PACKS / ".lock"):
        if damage := verify(home, name).damage:
            raise PackDamaged(f"That store data is damaged: {damage[0]}.", "Pick another one that is listed.")
        with disk_errors("going to other store data"):
            provenance.remember(home, name, disk or Disk())
            _point(home / PACKS, name, disk or Disk())


def prune(home: Path, keep: int) -> list[str]:
    """Removes all but the newest generations; never the one in use, nor the newest older one that can be gone back to.

    Returns:
        Names of the generations removed.
    """
    current = current_generation(home)
    names = generation_names(home)
    older = [name for name in names if current is not None and name < current]
    kept = {*names[: max(2, keep)], *older[:1], current}
    removed = [name for name in names if name not in kept]
    for name in removed:
        shutil.rmtree(home / PACKS / name, ignore_errors=True)
    return removed


def clear_leftovers(home: Path) -> None:
    """Removes the folders that killed builds left behind. Only for the holder of the build lock."""
    for folder in (home / PACKS).glob(BUILDING + "*"):
        shutil.rmtree(folder, ignore_errors=True)


def _point(packs: Path, name: str, disk: Disk) -> None:
    """Makes `CURRENT` name the generation, durably: written beside, synced, renamed, synced."""
    beside = packs / (CURRENT + ".tmp")
    disk.write(beside, name + "\n")
    disk.sync_file(beside)
    disk.rename(beside, packs / CURRENT)
    disk.sync_folder(packs)


def _generation(name: str, manifest: Mapping[str, Any], *, current: bool) -> Generation:
    counts = manifest.get("counts", {})
    return Generation(
        name=name,
        current=current,
        built_at=int(manifest.get("built_at", 0)),
        members=int(counts.get("members", 0)),
        items=int(counts.get("items", 0)),
        lines=int(counts.get("lines", 0)),
        size_bytes=sum(int(file["size"]) for file in manifest["files"].values()),
        source=str(manifest.get("source", "")),
    )
