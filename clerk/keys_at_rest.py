"""The key of what lies on the disk: where it comes from, what it opens, and sealing the one file that is no SQLite.

`[rest] key` of settings.toml names a source, never the key itself: `file:PATH` (0600), `env:NAME`, `systemd:NAME` (a
credential that systemd decrypted for this service), `keyring` or `keyring:NAME`. Without one nothing is encrypted and
nothing here costs anything. `rest.json` in the data folder keeps the key's fingerprint, so that a wrong key is told
from a damaged file, and says when a change of the key was cut off. Children of a process find the key the same way:
it never stands on a command line.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import re
import secrets
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from clerk.errors import KeyWrong
from clerk.settings import load

FILE = "rest.json"
"""In the data folder: `{"key": fingerprint, "change": {"from": source, "to": source}}`; no secret."""

_HEX = re.compile(r"[0-9a-fA-F]{64}")
_NAME = re.compile(r"[A-Za-z0-9_.-]{1,100}")
_PLAIN_HEADER = b"SQLite format 3\0"
_MAGIC = b"clerk sealed 1\n"
_NONCE = 12
_SERVICE = "clerk-counter"
_FORMS = "Sources are file:PATH, env:NAME, systemd:NAME and keyring."
FINISH = "Run `clerk key change` without --to: it goes on where it stopped, and nothing is lost."


@dataclass(frozen=True, slots=True, repr=False)
class Key:
    """32 random bytes. Prints as its fingerprint."""

    hex: str

    @property
    def fingerprint(self) -> str:
        """Tells keys apart and gives nothing away."""
        return hashlib.sha256(b"clerk key fingerprint\0" + bytes.fromhex(self.hex)).hexdigest()[:16]

    def __repr__(self) -> str:
        return f"Key({self.fingerprint})"


@dataclass(frozen=True, slots=True)
class Kept:
    """What `rest.json` says."""

    key: str = ""
    """Fingerprint of the key that everything is encrypted with; empty for none."""
    change: tuple[str, str] | None = None
    """A change that was begun and not ended: from and to which source; empty is without a key."""


def key_of(home: Path) -> Key | None:
    """The key of a data folder, or None where nothing is encrypted.

    Raises:
        KeyWrong: the source gives none, or another one than the data is encrypted with, or a change was cut off.
        SettingsError: settings.toml cannot be used.
    """
    source, known = load(home).rest.key, kept(home)
    if known.change is not None:
        raise KeyWrong("A change of this data folder's key was cut off.", FINISH)
    if not source:
        if known.key:
            raise KeyWrong(
                "This data is encrypted and no key is set.",
                f"Set `key` in [rest] of settings.toml to where its key {known.key} is.",
            )
        return None
    key = read_key(home, source)
    if known.key and known.key != key.fingerprint:
        raise KeyWrong(
            f"The key at {source} is not the one this data is encrypted with.",
            f"Put the key with the fingerprint {known.key} there; this one is {key.fingerprint}.",
        )
    return key


def hex_of(key: Key | None) -> str:
    """For a database driver; empty without a key."""
    return key.hex if key is not None else ""


def read_key(home: Path, source: str) -> Key:
    """The key at a source.

    Raises:
        KeyWrong: there is none, it is no key, or others may read it.
    """
    kind, _, name = source.partition(":")
    if kind == "file":
        return _parsed(_of_file(home / Path(name).expanduser(), source), source)
    if kind == "keyring" and (not name or _NAME.fullmatch(name)):
        return _of_keyring(name or "key")
    if not _NAME.fullmatch(name) or kind not in ("env", "systemd"):
        raise KeyWrong("The setting rest.key names no source of a key.", _FORMS)
    if kind == "env":
        if not (text := os.environ.get(name, "")):
            raise KeyWrong(f"The variable {name} with the key of this data is not set.", "Set it for this service.")
        return _parsed(text.encode(), source)
    folder = os.environ.get("CREDENTIALS_DIRECTORY", "")
    if not folder:
        raise KeyWrong(
            f"systemd gave this process no credentials, so the key {name} is missing.",
            f"Start Clerk as a service with `LoadCredentialEncrypted={name}`, or with `systemd-run -p` the same.",
        )
    # systemd gives these files to this service alone.
    return _parsed(_bytes_of(Path(folder) / name, source), source)


def make_key(home: Path, source: str) -> Key:
    """The key at a source; a new one is put there first where this program may: into a file, or a keyring.

    Raises:
        KeyWrong: the source has none and cannot be given one from here, or is not usable.

    Effect: writes a file that only its owner may read, durably, or an entry of the keyring.
    """
    kind, _, name = source.partition(":")
    key = Key(secrets.token_hex(32))
    path = home / Path(name).expanduser()
    if kind == "file" and name and not path.exists():
        write_durably(path, key.hex + "\n")
    elif kind == "keyring":
        try:
            return read_key(home, source)
        except KeyWrong:
            _set_in_keyring(name or "key", key)
    return read_key(home, source)


def kept(home: Path) -> Kept:
    """What `rest.json` says; nothing where there is none.

    Raises:
        KeyWrong: it cannot be read.
    """
    try:
        told = json.loads((home / FILE).read_text(encoding="utf-8"))
        change = told.get("change")
        return Kept(str(told["key"]), (str(change["from"]), str(change["to"])) if change else None)
    except FileNotFoundError:
        return Kept()
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as problem:
        raise KeyWrong(
            f"{FILE} in the data folder cannot be read.",
            'Write {"key": "FINGERPRINT"} into it; `clerk key status` names the fingerprint of the key set.',
        ) from problem


def keep(home: Path, said: Kept) -> None:
    """Effect: writes `rest.json` durably; removes it when there is nothing to say."""
    if said == Kept():
        (home / FILE).unlink(missing_ok=True)
        _sync(home)
        return
    change = {"from": said.change[0], "to": said.change[1]} if said.change else None
    write_durably(home / FILE, json.dumps({"key": said.key, "change": change}) + "\n")


def keep_fingerprint(home: Path, key: Key | None) -> None:
    """Remembers with which key a new data folder was begun, so that a wrong one is known later."""
    if key is not None and not (known := kept(home)).key:
        keep(home, replace(known, key=key.fingerprint))


def not_this_key(home: Path, path: Path, key: Key | None) -> KeyWrong | None:
    """Why a database "is no database": its key is wrong, or it is not encrypted yet; None when it is damaged.

    Args:
        home: the data folder that remembers a fingerprint.
        path: the file that could not be read.
        key: with which it was opened.
    """
    if key is None:
        return None
    if is_plain(path):
        return KeyWrong(f"{path.name} is not encrypted yet, though a key is set.", "Run `clerk key set`.")
    if kept(home).key == key.fingerprint:
        return None
    return KeyWrong(f"{path.name} is encrypted with another key.", "Set `key` in [rest] to where its own key is.")


def is_plain(path: Path) -> bool:
    """Whether a file is an SQLite database that anybody can read."""
    try:
        with path.open("rb") as file:
            return file.read(len(_PLAIN_HEADER)) == _PLAIN_HEADER
    except OSError:
        return False


def seal(content: bytes, key: Key | None) -> bytes:
    """The bytes of a file as they may lie on the disk: AES-256-GCM, or as they are without a key.

    The same bytes always give the same file, so that a device need not fetch it again; another key gives another one.
    """
    if key is None:
        return content
    # Imported here: a data folder without a key loads no cryptography.
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    own = _own_key(key)
    nonce = hmac.digest(own, content, "sha256")[:_NONCE]
    return _MAGIC + nonce + AESGCM(own).encrypt(nonce, content, _MAGIC)


def unseal(sealed: bytes, key: Key | None) -> bytes:
    """What `seal` was given.

    Raises:
        KeyWrong: sealed with another key, or changed since, or sealed at all when there is no key.
    """
    if key is None and not sealed.startswith(_MAGIC):
        return sealed
    if key is None or not sealed.startswith(_MAGIC):
        raise KeyWrong("A file of the store data is sealed with another key than this.", _FORMS)
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    body = memoryview(sealed)[len(_MAGIC) :]
    try:
        return AESGCM(_own_key(key)).decrypt(bytes(body[:_NONCE]), body[_NONCE:], _MAGIC)
    except (InvalidTag, ValueError) as problem:
        raise KeyWrong("A file of the store data does not open with this key.", _FORMS) from problem


def write_durably(path: Path, text: str) -> None:
    """Effect: a small file, whole or not at all whatever happens, its folder synced."""
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
    _sync(path.parent)


def _own_key(key: Key) -> bytes:
    """Databases and sealed files never use the same key."""
    return hmac.digest(bytes.fromhex(key.hex), b"clerk sealed files", "sha256")


def _of_file(path: Path, source: str) -> bytes:
    content = _bytes_of(path, source)
    if os.name != "nt" and path.stat().st_mode & 0o077:
        raise KeyWrong(f"Others may read the key at {source}.", f"Run `chmod 600 {path}`; change the key if they did.")
    return content


def _bytes_of(path: Path, source: str) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(200)
    except OSError as problem:
        raise KeyWrong(
            f"The key at {source} cannot be read ({problem.strerror}).",
            "Put the key back there, or plug in what it is kept on.",
        ) from None


def _parsed(content: bytes, source: str) -> Key:
    """64 hexadecimal digits, or 32 bytes as they are."""
    text = content.strip().decode("ascii", "replace")
    if _HEX.fullmatch(text):
        return Key(text.lower())
    if len(content) == 32:
        return Key(content.hex())
    raise KeyWrong(f"What is at {source} is no key.", "A key is 64 hexadecimal digits: `openssl rand -hex 32`.")


@lru_cache(maxsize=8)
def _of_keyring(name: str) -> Key:
    """Asked once a process: a keyring may ask the person."""
    try:
        import keyring
    except ImportError:
        raise KeyWrong("The keyring library is not installed.", "pip install clerk-counter[keyring]") from None
    try:
        text = keyring.get_password(_SERVICE, name)
    except Exception as problem:
        raise KeyWrong(
            f"The keyring of this system cannot be used ({type(problem).__name__}).",
            "Servers without a desktop have none: use systemd:NAME or file:PATH.",
        ) from None
    if not text:
        raise KeyWrong(f"The keyring has no entry {_SERVICE}/{name}.", "Run `clerk key set --to keyring`.")
    return _parsed(text.encode(), "keyring")


def _set_in_keyring(name: str, key: Key) -> None:
    try:
        import keyring

        keyring.set_password(_SERVICE, name, key.hex)
    except Exception as problem:
        raise KeyWrong(
            f"The keyring of this system cannot be used ({type(problem).__name__}).",
            "Servers without a desktop have none: use systemd:NAME or file:PATH.",
        ) from None
    _of_keyring.cache_clear()


def _sync(folder: Path) -> None:
    if os.name != "nt":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
