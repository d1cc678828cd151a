"""Another key for everything in a data folder, or one for the first time, or none any more.

One change at a time, written down in `rest.json` before the first file is touched; until it is finished nothing else
opens this folder. Killed anywhere, the same command goes on: every file is either as before or as it shall be.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from clerk import driver
from clerk.durable import Disk, disk_errors, only_one
from clerk.errors import KeyWrong, PackDamaged, PackForeign
from clerk.home import make_private
from clerk.journal import rekey as convert
from clerk.journal.file import FILE as JOURNAL
from clerk.keys_at_rest import Kept, Key, hex_of, is_plain, keep, kept, make_key, read_key, seal, unseal, write_durably
from clerk.pack import generations
from clerk.pack.manifest import write_manifest
from clerk.pack.open import (
    DATABASE,
    NAMES,
    PACKS,
    PAGE,
    current_generation,
    damaged,
    generation_names,
    paged,
    read_manifest,
)
from clerk.settings import FILE_NAME, load

FROM = "rekeyed_from"
"""In a manifest: which generation this one was made of."""

LEDGER = Path("exchange") / "ledger.db"


@dataclass(slots=True)
class Rekeyed:
    """What a change of the key did, or would do."""

    before: str
    """Source of the key before; empty for none."""
    after: str
    key: str = ""
    """Fingerprint of the key that everything has now; empty for none."""
    databases: list[str] = field(default_factory=list)
    packs: list[str] = field(default_factory=list)
    """Generations that were made anew."""
    dropped: list[str] = field(default_factory=list)
    """Damaged generations, which were removed."""
    resumed: bool = False
    dry_run: bool = False


def rekey(
    home: Path, to: str | None, *, dry_run: bool = False, progress: Callable[[str, int, int], None] = lambda *_: None
) -> Rekeyed:
    """Puts everything under the key at another source, or goes on with a change that was cut off.

    Args:
        home: the data folder.
        to: the new source; empty for no encryption; None to finish what was begun.
        dry_run: say what would happen.
        progress: told stage, done and total.

    Raises:
        KeyWrong: a key is missing or wrong; nothing is to be finished; the new key is the old one.
        StoreLocked: a counter, a command or a build is running here.
        DiskFull, DiskFailed, JournalDamaged: nothing is lost; the same command goes on.

    Effect: replaces databases and packs, and the setting rest.key; durable.
    """
    known = kept(home)
    if known.change is not None:
        before, after = known.change
        if to is not None and to != after:
            raise KeyWrong(f"A change to {after or 'no key'} was cut off.", "Finish it first: `clerk key change`.")
    elif to is None:
        raise KeyWrong("No change of the key was cut off.", "Say where the new key is with --to.")
    else:
        before, after = load(home).rest.key, to
    done = Rekeyed(before, after, resumed=known.change is not None, dry_run=dry_run)
    old = read_key(home, before) if before else None
    if known.change is None and known.key and (old is None or old.fingerprint != known.key):
        raise KeyWrong("The key that is set is not the one of this data.", f"Set the one with fingerprint {known.key}.")
    databases = [path for path in _databases(home) if path.exists()]
    done.packs = generation_names(home)
    done.databases = [path.name for path in databases]
    if dry_run:
        return done
    new = make_key(home, after) if after else None
    if known.change is None and old is not None and new is not None and old.hex == new.hex and before != after:
        _set_source(home, after)
        return done
    done.key = new.fingerprint if new is not None else ""
    make_private(home / PACKS)
    with disk_errors("changing the key"), only_one(home / PACKS / ".lock"):
        with ExitStack() as held:
            # Before anything is written down: whoever has a file open keeps working as before.
            for path in databases:
                if not convert.opens(path, new):
                    held.enter_context(convert.alone(path, _its(path, old)))
        keep(home, Kept(old.fingerprint if old is not None else "", (before, after)))
        generations.clear_leftovers(home)
        done.databases = [path.name for path in databases if convert.convert(path, _its(path, old), new)]
        done.packs = _packs(home, old, new, done, progress)
        _set_source(home, after)
        keep(home, Kept(done.key))
    return done


def _its(path: Path, old: Key | None) -> Key | None:
    """The key that a database opens with; None when it is not encrypted, whatever the settings say."""
    return None if is_plain(path) else old


def _databases(home: Path) -> list[Path]:
    """Every database that is written to: the journal, and the ledger where it is a file."""
    url = load(home).exchange.ledger
    found = [home / JOURNAL]
    if not url:
        found.append(home / LEDGER)
    elif url.startswith("sqlite") and "///" in url:
        found.append(Path(url.partition("///")[2].partition("?")[0]))
    return found


def _packs(
    home: Path, old: Key | None, new: Key | None, done: Rekeyed, progress: Callable[[str, int, int], None]
) -> list[str]:
    """Writes every generation again under the new key, the oldest first; gives their names."""
    made = []
    names = sorted(generation_names(home))
    done_before = {str(_manifest(home, name).get(FROM, "")): name for name in names}
    fingerprint = new.fingerprint if new is not None else ""
    for number, name in enumerate(names):
        progress("packs", number, len(names))
        folder, manifest = home / PACKS / name, _manifest(home, name)
        whole = bool(manifest) and not damaged(folder, manifest, manifest["files"])
        if whole and str(manifest.get("key", "")) == fingerprint:
            continue
        if not whole:
            done.dropped.append(name)
            replaced = None
        else:
            its = old if manifest.get("key") else None
            replaced = done_before.get(name) or _anew(home, name, manifest, its, new)
            made.append(replaced)
        if current_generation(home) == name:
            if replaced is None:
                continue  # a damaged pack in use: the counter says so, and no other is chosen for it
            generations.point_to(home, replaced)
        shutil.rmtree(folder, ignore_errors=True)
    progress("packs", len(names), len(names))
    return made


def _anew(home: Path, name: str, manifest: Mapping[str, Any], old: Key | None, new: Key | None) -> str:
    """One generation under the new key, durable; the one in use stays."""
    packs, disk = home / PACKS, Disk()
    folder, generation = packs / name, _name(home, name)
    building = packs / f"{generations.BUILDING}{os.getpid()}-{generation}"
    for file in manifest["files"]:
        target = building / file
        target.parent.mkdir(parents=True, exist_ok=True)
        if file == NAMES:
            target.write_bytes(seal(unseal((folder / file).read_bytes(), old), new))
        elif file != DATABASE:
            shutil.copyfile(folder / file, target)
    db = driver.connect(
        f"{(folder / DATABASE).resolve().as_uri()}?mode=rw&immutable=1", key=hex_of(old), uri=True, isolation_level=None
    )
    try:
        for pragma in paged(old):
            db.execute(f"PRAGMA {pragma}")
        convert.copy(db, building / DATABASE, new, PAGE)
    finally:
        db.close()
    facts = {key: value for key, value in manifest.items() if key not in ("files", "key", "sha256")}
    facts |= {"generation": generation, FROM: name} | ({"key": new.fingerprint} if new is not None else {})
    write_manifest(building, facts)
    for path in sorted(building.rglob("*")):
        disk.sync_folder(path) if path.is_dir() else disk.sync_file(path)
    disk.sync_folder(building)
    disk.rename(building, packs / generation)
    disk.sync_folder(packs)
    return generation


def _name(home: Path, name: str) -> str:
    """An unused generation name of the same moment, sorted after the old one."""
    moment = name.partition("-")[0]
    taken = [re.fullmatch(r"-(\d\d)-.*", other[len(moment) :]) for other in generation_names(home)
             if other.startswith(moment)]  # fmt: skip
    number = max((int(found.group(1)) for found in taken if found), default=0) + 1
    return f"{moment}-{number:02d}-{os.urandom(3).hex()}"


def _manifest(home: Path, name: str) -> Mapping[str, Any]:
    try:
        return read_manifest(home / PACKS / name)
    except (PackDamaged, PackForeign):
        return {}


def _set_source(home: Path, source: str) -> None:
    """Effect: `key` in [rest] of settings.toml, durably; every other line stays as it is."""
    path = home / FILE_NAME
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    changed = with_key(text, source)
    if changed != text:
        write_durably(path, changed)
    load(home)


def with_key(text: str, source: str) -> str:
    """The text of a settings file that names this source.

    Args:
        text: of settings.toml as it is.
        source: empty takes the line out.
    """
    line = f"key = {json.dumps(source, ensure_ascii=False)}\n" if source else ""
    table = re.search(r"^[ \t]*\[[ \t]*rest[ \t]*\][^\n]*(?:\n|\Z)", text, re.MULTILINE)
    if table is None:
        gap = "" if not text or text.endswith("\n\n") else "\n" if text.endswith("\n") else "\n\n"
        return text + (f"{gap}[rest]\n{line}" if line else "")
    head, rest = text[: table.end()], text[table.end() :]
    if not head.endswith("\n"):
        head += "\n"
    until = re.search(r"^[ \t]*\[", rest, re.MULTILINE)
    body, after = (rest[: until.start()], rest[until.start() :]) if until else (rest, "")
    body = re.sub(r"^[ \t]*key[ \t]*=[^\n]*(?:\n|\Z)", "", body, flags=re.MULTILINE)
    return head + line + body + after
