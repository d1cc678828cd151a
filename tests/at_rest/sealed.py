"""Data folders under a key, and what is looked for in their files."""

from __future__ import annotations

from pathlib import Path

from clerk.clock import FixedClock
from clerk.journal import Journal
from clerk.keys_at_rest import make_key
from clerk.model import Event, EventKind
from tests.pack_build.shop import NOW, build_shop, write_shop

SECRETS = (b"Lovelace", b"lovelace", b"Hopper", b"hopper", b"likes it strong")
"""Words of members that must stand in no file of an encrypted folder."""


def set_key(home: Path, source: str = "file:rest.key") -> Path:
    """A folder with a key before anything is in it."""
    home.mkdir(parents=True, exist_ok=True)
    (home / "settings.toml").write_text(f'[rest]\nkey = "{source}"\n')
    make_key(home, source)
    return home


def shop(root: Path, home: Path) -> Path:
    """A small shop, built and with something said."""
    build_shop(write_shop(root / "shop"), home)
    record(home, 3)
    return home


def record(home: Path, many: int) -> list[Event]:
    """Statements of a member, each durable."""
    (home / "ballast").touch()
    with Journal.open(home, FixedClock(NOW)) as journal:
        payload = {"fact": "note", "text": "likes it strong"}
        return [journal.append(EventKind.FACT, "m1", payload).result(30) for _ in range(many)]


def events(home: Path) -> list[Event]:
    """All events, once the chain was found to hold."""
    with Journal.open(home, FixedClock(NOW)) as journal:
        report = journal.verify()
        assert report.ok, report.damage
        return list(journal.events())


def leaking(home: Path) -> list[str]:
    """Files below the folder in which a secret word can be read."""
    return [
        str(path.relative_to(home))
        for path in sorted(home.rglob("*"))
        if path.is_file() and any(word in path.read_bytes() for word in SECRETS)
    ]
