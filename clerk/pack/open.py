"""Finding and opening a pack: checks hashes first; a damaged pack gives way to last night's.

`<home>/packs/CURRENT` names the generation in use. Nothing of a pack is parsed, mapped or executed before its
sha256 matches the manifest. SQLite's own checks are no substitute: one flip in ten is wrong and passes them
(evidence: reliability 0.8).
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from clerk.driver import connect
from clerk.errors import ClerkError, KeyWrong, NoPack, NotAccepted, PackDamaged, PackForeign
from clerk.keys_at_rest import Key, hex_of, key_of
from clerk.model import Notice
from clerk.role import NOT_ACCEPTED_FILE, is_device

FORMAT = 2
"""Layout of packs this version makes; the same number as `tables.FORMAT`."""

READABLE = (1, FORMAT)
"""Layouts of packs this version reads, so that going back to an older night works."""

FORMAT_WITH_EVENTS = 2
"""First format of packs with the events of counters."""

PACKS = "packs"
CURRENT = "CURRENT"
MANIFEST = "manifest.json"
DATABASE = "pack.db"
COLUMNS = "columns.npz"
VECTORS = "vectors.npy"
NAMES = "names.npz"
INDEX = "items.faiss"
ENCODER = "encoder"

COUNTER_FILES = (DATABASE, COLUMNS, NAMES, VECTORS)
"""What the counter itself reads; index and encoder are opened, and checked before, by the search process."""

PAGE = 8192
"""Bytes of a page of `pack.db`; an encrypted file needs it before its first page is read."""

_REMEDY = "Run the nightly build again; `clerk pack verify` names the damage."


@dataclass(slots=True, eq=False)
class Pack:
    """An opened generation. Its files never change; a newer night is another folder."""

    folder: Path
    generation: str
    manifest: Mapping[str, Any]
    db: sqlite3.Connection
    """Read-only."""
    notices: tuple[Notice, ...] = field(default=())
    """What a person should know about how it was opened."""
    key: Key | None = None
    """That its files with personal data are encrypted with."""

    def close(self) -> None:
        """Let go of the file."""
        self.db.close()


def open_pack(home: Path) -> Pack:
    """The pack in use, or the last good one with a notice.

    Raises:
        NoPack: nothing was ever installed.
        NotAccepted: nothing was, because head office has not accepted this device.
        PackDamaged: there are packs and none of them is whole.
        PackForeign: the only whole pack is of another format.
        KeyWrong: the key is missing, or of another one than every pack here.

    Cost: one pass of sha256 over `COUNTER_FILES`, 0.07 s for 100 MB.
    """
    key_of(home)  # a missing key is an error of its own, and no damage
    chosen, order = _candidates(home)
    if not order:
        raise _nothing_installed(home)
    first_problem: ClerkError | None = None
    for name in order:
        try:
            pack = open_generation(home, name)
        except (PackDamaged, PackForeign, KeyWrong) as problem:
            first_problem = first_problem or problem
            continue
        if first_problem is not None:
            what = f"{first_problem.what} Data of {name} is used instead."
            pack.notices = (Notice(first_problem.code, what, first_problem.remedy),)
        elif chosen is None:
            what = f"The pointer to the store data is missing or unreadable. The newest good data, {name}, is used."
            pack.notices = (Notice(PackDamaged.code, what, _REMEDY),)
        return pack
    assert first_problem is not None
    raise first_problem


def _nothing_installed(home: Path) -> ClerkError:
    """Why there is no store data at all: a device waits for head office, everybody else has to build some."""
    if not is_device(home):
        return NoPack("No store data is installed.", "Run `clerk build`, or `clerk demo` for the sample store.")
    try:
        told = json.loads((home / NOT_ACCEPTED_FILE).read_text(encoding="utf-8"))
        return NotAccepted(str(told["what"]), str(told["remedy"]))
    except (OSError, ValueError, KeyError, TypeError):
        return NoPack(
            "No store data was fetched yet.", "Run `clerk fetch`; before that, head office has to accept this till."
        )


def open_generation(home: Path, name: str) -> Pack:
    """Opens one generation after checking the hashes of the files that the counter reads.

    Raises:
        PackDamaged: a file is missing or has other bytes.
        PackForeign: another format.
        KeyWrong: encrypted with another key than is set, or not at all.
    """
    folder, key = home / PACKS / name, key_of(home)
    manifest = read_manifest(folder)
    check_key(manifest, key)
    missing = [problem for file in manifest["files"] if (problem := _size_damage(folder, file, manifest))]
    damage = missing or damaged(folder, manifest, COUNTER_FILES)
    if damage:
        raise PackDamaged(f"Store data {name} is damaged: {damage[0]}.", _REMEDY)
    # Content-named and never written again, so SQLite may skip locks and change checks.
    address = f"{(folder / DATABASE).resolve().as_uri()}?mode=ro&immutable=1"
    try:
        db = connect(address, key=hex_of(key), uri=True, isolation_level=None, check_same_thread=False)
        # Not mapped: reads come from the page cache either way, as fast, and mapped pages would count as ours for ever.
        for pragma in (*paged(key), "mmap_size=0", "query_only=1", "trusted_schema=OFF", "cache_size=-16384"):
            db.execute(f"PRAGMA {pragma}").fetchall()
    except Exception as problem:
        raise PackDamaged(f"Store data {name} cannot be opened ({type(problem).__name__}).", _REMEDY) from problem
    return Pack(folder, name, manifest, db, key=key)


def paged(key: Key | None) -> tuple[str, ...]:
    """The page settings SQLite needs before it reads an encrypted `pack.db`; none for a plain one."""
    return (f"cipher_page_size={PAGE}",) if key is not None else ()


def check_key(manifest: Mapping[str, Any], key: Key | None) -> None:
    """Whether a pack is encrypted with this key, by the fingerprint in its manifest; cheap, before a file is read.

    Raises:
        KeyWrong: with another one, or not at all though a key is set.
    """
    its, ours = str(manifest.get("key", "")), key.fingerprint if key is not None else ""
    if its == ours:
        return
    name = manifest.get("generation", "")
    if not its:
        raise KeyWrong(
            f"Store data {name} is not encrypted, though a key is set here.",
            "Run `clerk key set`; where it came from head office, set the same key there.",
        )
    if not ours:
        raise KeyWrong(
            f"Store data {name} is encrypted and no key is set here.",
            f"Set `key` in [rest] of settings.toml to where the key {its} is.",
        )
    raise KeyWrong(
        f"Store data {name} is encrypted with another key.",
        f"Put the key {its} where {ours} is; head office and its devices have the same.",
    )


def current_generation(home: Path) -> str | None:
    """The name in `CURRENT`, or None where it is missing or names nothing."""
    try:
        name = (home / PACKS / CURRENT).read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return None
    return name if name and name == Path(name).name and (home / PACKS / name).is_dir() else None


def current_manifest(home: Path) -> Mapping[str, Any] | None:
    """Manifest of the generation in use without opening it; None where there is none or it cannot be read."""
    name = current_generation(home)
    if name is None:
        return None
    try:
        return read_manifest(home / PACKS / name)
    except (PackDamaged, PackForeign):
        return None


def generation_names(home: Path) -> list[str]:
    """Every installed generation, newest first. Names sort by time; folders being built begin with a dot."""
    try:
        folders = [entry for entry in (home / PACKS).iterdir() if entry.is_dir() and not entry.name.startswith(".")]
    except OSError:
        return []
    return sorted((folder.name for folder in folders), reverse=True)


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of a generation, with its form checked.

    Raises:
        PackDamaged: missing, no JSON, or without what every manifest has.
        PackForeign: of another format.
    """
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        own_hash = manifest.pop("sha256", None) if isinstance(manifest, dict) else None
        holds = own_hash is not None and own_hash == manifest_hash(manifest)
    except (OSError, ValueError, RecursionError) as problem:
        raise PackDamaged(f"The manifest of {folder.name} cannot be read.", _REMEDY) from problem
    if not holds:
        raise PackDamaged(f"The manifest of {folder.name} is damaged.", _REMEDY)
    if manifest.get("format") not in READABLE:
        raise PackForeign(f"Store data {folder.name} is of format {manifest.get('format')}.", "Run `clerk build`.")
    files = manifest.get("files")
    if not isinstance(files, dict) or not all(_can_be(name, entry) for name, entry in files.items()):
        raise PackDamaged(f"The manifest of {folder.name} names files that cannot be.", _REMEDY)
    if type(manifest.get("built_at", 0)) is not int or not isinstance(manifest.get("counts", {}), dict):
        raise PackDamaged(f"The manifest of {folder.name} is no manifest.", _REMEDY)
    return dict(manifest)


def _can_be(name: str, entry: Any) -> bool:
    """Whether a manifest's entry for a file is valid: inside its own folder, with a size and a hash."""
    return (
        "\0" not in name
        and ".." not in Path(name).parts
        and not Path(name).is_absolute()
        and isinstance(entry, dict)
        and type(entry.get("size")) is int
        and isinstance(entry.get("sha256"), str)
    )


def manifest_hash(manifest: Mapping[str, Any]) -> str:
    """sha256 of a manifest's own content, so that a flipped bit in it is seen as well."""
    return hashlib.sha256(json.dumps(manifest, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def damaged(folder: Path, manifest: Mapping[str, Any], files: Iterable[str]) -> list[str]:
    """What is wrong with these files, in words; empty when every hash is right. Files the pack never had are fine."""
    present = [file for file in files if file in manifest["files"]]
    # hashlib lets go of the interpreter, so two files are hashed at the same time.
    with ThreadPoolExecutor(max_workers=2) as pool:
        return [problem for problem in pool.map(lambda file: _damage(folder, file, manifest), present) if problem]


def _damage(folder: Path, file: str, manifest: Mapping[str, Any]) -> str:
    if problem := _size_damage(folder, file, manifest):
        return problem
    try:
        with (folder / file).open("rb") as opened:
            actual = hashlib.file_digest(opened, "sha256").hexdigest()
    except OSError as problem_reading:
        return f"{file} cannot be read ({problem_reading.strerror})"
    return "" if actual == manifest["files"][file]["sha256"] else f"the sha256 of {file} does not hold"


def _size_damage(folder: Path, file: str, manifest: Mapping[str, Any]) -> str:
    """Missing or cut files, seen without reading them."""
    try:
        size = (folder / file).stat().st_size
    except OSError:
        return f"{file} is missing"
    return "" if size == manifest["files"][file]["size"] else f"{file} has another length"


def _candidates(home: Path) -> tuple[str | None, list[str]]:
    """The chosen generation, and all to try: it, then older ones (they were good), then newer ones."""
    chosen, names = current_generation(home), generation_names(home)
    if chosen is None:
        return None, names
    older = [name for name in names if name < chosen]
    newer = [name for name in names if name > chosen]
    return chosen, [chosen, *older, *newer]
