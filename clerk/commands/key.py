"""`clerk key status | set | change | remove`: encryption of what lies on the disk."""

from __future__ import annotations

import argparse
from pathlib import Path

from clerk import report
from clerk.driver import driver
from clerk.errors import ClerkError, KeyWrong, SettingsError
from clerk.journal.file import FILE as JOURNAL
from clerk.keys_at_rest import FINISH, is_plain, kept, read_key
from clerk.nights.rekey import LEDGER, Rekeyed, rekey
from clerk.pack.open import PACKS, generation_names, read_manifest
from clerk.phrases import count
from clerk.report import Exit
from clerk.settings import load

OPEN_FOLDERS = ("books", "inbox", "quarantine", "people.json", "exchange/keys")
"""What stays as it is, key or not: the shop's own exports and books at the office, and what has keys of its own."""


def run(options: argparse.Namespace) -> Exit:
    """Runs the command: exit 0, or 3 when `status` finds what a person should do."""
    home: Path = options.home
    if options.action == "status":
        return _status(home, as_json=options.json)
    bar = report.ProgressBar(quiet=options.json)
    done = rekey(home, _to(home, options.action, options.to), dry_run=options.dry_run, progress=bar)
    bar.close()
    report.data(done, as_json=options.json, text=_told(done))
    return Exit.OK


def _to(home: Path, action: str, to: str) -> str | None:
    """Where the new key is; None to finish what was cut off.

    Raises:
        SettingsError: the action does not fit what is set.
    """
    now = load(home).rest.key
    if kept(home).change is not None:
        return to or None
    if action == "remove":
        if not now:
            raise SettingsError("Nothing is encrypted here.", "There is nothing to remove.")
        return ""
    if action == "change":
        if not now:
            raise SettingsError("Nothing is encrypted here.", "Run `clerk key set --to SOURCE`.")
        if not to or to == now:
            raise SettingsError("A change needs another place for the key.", "Name it: --to file:PATH, for example.")
        return to
    if kept(home).key and to and to != now:
        raise SettingsError("A key is set already.", "Run `clerk key change --to SOURCE` for another one.")
    if not (to or now):
        raise SettingsError("Say where the key is, or shall be.", "For example `clerk key set --to file:rest.key`.")
    return to or now


def _status(home: Path, *, as_json: bool) -> Exit:
    source, problem = load(home).rest.key, ""
    known = kept(home)
    key = None
    try:
        key = read_key(home, source) if source else None
    except ClerkError as error:
        problem = f"{error.code} {error.what} {error.remedy}"
    if not problem and known.change is not None:
        problem = f"A change from {known.change[0] or 'no key'} to {known.change[1] or 'no key'} was cut off. {FINISH}"
    elif not problem and known.key and (key is None or key.fingerprint != known.key):
        problem = f"{KeyWrong.code} The data is encrypted with the key {known.key}; that one is not set."
    fingerprint = key.fingerprint if key is not None else ""
    files = {path.name: _of_file(path) for path in (home / JOURNAL, home / LEDGER) if path.exists()}
    files |= {f"{PACKS}/{name}": _of_pack(home / PACKS / name, fingerprint) for name in generation_names(home)}
    if not problem and key is not None and any(words != "encrypted" for words in files.values()):
        problem = f"{KeyWrong.code} Not everything is encrypted with this key. Run `clerk key set`."
    plain = [name for name in OPEN_FOLDERS if (home / name).exists()]
    document = {
        "source": source, "key": fingerprint, "files": files, "plain_always": plain, "problem": problem,
        "cipher": _cipher(),
    }  # fmt: skip
    lines = [f"key     {f'{source}, fingerprint {fingerprint}' if source else 'none: nothing is encrypted'}"]
    lines += [f"cipher  {document['cipher']}"]
    lines += [f"        {name}: {words}" for name, words in files.items()]
    if plain and source:
        lines.append(f"plain   {', '.join(plain)}: keep this machine's whole disk encrypted too")
    report.data(document, as_json=as_json, text="\n".join([*lines, *([problem] if problem else [])]))
    return Exit.STORE_DATA if problem else Exit.OK


def _of_file(path: Path) -> str:
    return "plain" if is_plain(path) else "encrypted"


def _of_pack(folder: Path, fingerprint: str) -> str:
    try:
        its = str(read_manifest(folder).get("key", ""))
    except ClerkError:
        return "damaged"
    return "plain" if not its else "encrypted" if its == fingerprint else f"encrypted with another key, {its}"


def _cipher() -> str:
    db = driver().connect(":memory:")
    try:
        row = db.execute("PRAGMA cipher_version").fetchone()
    finally:
        db.close()
    return f"SQLCipher {row[0]}: AES-256 with an HMAC a page" if row else "none: install sqlcipher3"


def _told(done: Rekeyed) -> str:
    would = "would be" if done.dry_run else "are"
    what = f"encrypted with the key at {done.after}" if done.after else "plain"
    lines = [f"{', '.join(done.databases) or 'no database'} and {count(len(done.packs), 'pack')} {would} {what}"]
    if done.key:
        lines.append(f"fingerprint {done.key}; keep a copy of the key apart from this machine: without it all is lost")
    if done.dropped:
        lines.append(f"damaged packs removed: {', '.join(done.dropped)}")
    if done.before and not done.dry_run:
        lines.append(f"the key at {done.before} opens nothing here any more, only older copies")
    if not done.before and not done.dry_run:
        lines.append("what was plain before can still lie in free blocks of the disk and in backups")
    return "\n".join(lines)
