"""Writes member events into a finished `pack.db` that nobody reads yet.

Events come in any order and any number; SQLite sorts them outside memory, so that a million take no more than a few.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from clerk.driver import connect
from clerk.identifiers.card_codes import card_form
from clerk.keys_at_rest import Key, hex_of
from clerk.pack.open import paged

_ARRIVING = (
    "CREATE TABLE {schema}.arriving (event_id TEXT PRIMARY KEY, kind TEXT, at INTEGER, actor TEXT, member_id TEXT, "
    "payload TEXT, hlc INTEGER, device TEXT, seq INTEGER) WITHOUT ROWID"
)
# Of two copies of an event the one that stands first, whichever came first.
_ARRIVE = (
    "INSERT INTO arriving VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (event_id) DO UPDATE SET kind = excluded.kind,"
    " at = excluded.at, actor = excluded.actor, member_id = excluded.member_id, payload = excluded.payload,"
    " hlc = excluded.hlc, device = excluded.device, seq = excluded.seq"
    " WHERE (excluded.hlc, excluded.device, excluded.seq, excluded.kind, excluded.at, excluded.actor,"
    " excluded.member_id, excluded.payload) < (arriving.hlc, arriving.device, arriving.seq, arriving.kind,"
    " arriving.at, arriving.actor, arriving.member_id, arriving.payload)"
)
_SETTLE = (
    "INSERT INTO said (member_no, member_id, hlc, device, seq, event_id, kind, at, actor, payload) "
    "SELECT coalesce(m.member_no, 0), CASE WHEN m.member_no IS NULL THEN a.member_id ELSE '' END, "
    "a.hlc, a.device, a.seq, a.event_id, a.kind, a.at, a.actor, a.payload "
    "FROM arriving AS a LEFT JOIN members AS m USING (member_id) ORDER BY 1, 2, 3, 4, 5, 6"
)
_CARDS = (
    # As written, which an older Clerk asks for, and in the form in which codes are compared.
    "INSERT INTO said_cards (code, hlc, device, seq, event_id, at, actor, member_id, payload) "
    "SELECT DISTINCT way.value, hlc, device, seq, event_id, at, actor, member_id, payload FROM arriving, "
    "json_each(json_array(json_extract(payload, '$.code'), card_form(json_extract(payload, '$.code')))) AS way "
    "WHERE kind = 'card' AND json_type(payload, '$.code') = 'text' AND member_id <> ''"
)
# Enrolments are few among millions of events: reading them needs an index of their own.
_NAMED = "CREATE INDEX said_named ON said (member_no, member_id) WHERE kind = 'member'"
# Read whenever a pack is opened.
_PAIRS = "CREATE INDEX said_pairs ON said (member_no, member_id) WHERE kind = 'pair'"
_HOUSE = (
    "INSERT INTO said_house (at, event_id, sku) "
    "SELECT at, event_id, json_extract(payload, '$.house') FROM arriving "
    "WHERE kind = 'shown' AND at >= ? AND json_type(payload, '$.house') = 'text' "
    "AND json_extract(payload, '$.house') <> ''"
)


class EventWriter:
    """The events of a pack being written: `take`, `drop`, then `finish`; `close` in any case.

    Args:
        path: a `pack.db` as `PackFile.finish` left it.
        key: that it is encrypted with; then what arrives waits in an encrypted file beside it, for SQLite's own
            temporary files never are.
    """

    def __init__(self, path: Path, key: Key | None = None) -> None:
        self._db: sqlite3.Connection = connect(path, key=hex_of(key), isolation_level=None)
        self._waiting = path.with_name("arriving.tmp") if key is not None else None
        store = "MEMORY" if key is not None else "FILE"
        for pragma in (*paged(key), "journal_mode=OFF", "synchronous=OFF", "locking_mode=EXCLUSIVE",
                       f"temp_store={store}", "cache_size=-65536"):  # fmt: skip
            self._db.execute(f"PRAGMA {pragma}").fetchall()
        if self._waiting is not None:
            # Without words about a key it is encrypted with that of the pack.
            self._db.execute("ATTACH ? AS waiting", (str(self._waiting),))
            self._db.execute("PRAGMA waiting.journal_mode=OFF").fetchall()
            self._db.execute("PRAGMA waiting.synchronous=OFF").fetchall()
        self._db.execute("BEGIN")
        self._db.execute(_ARRIVING.format(schema="waiting" if self._waiting is not None else "temp"))

    def take(self, rows: Iterable[Sequence[object]]) -> None:
        """Events as (event_id, kind, at, actor, member_id, payload, hlc, device, seq); each id counts once."""
        self._db.executemany(_ARRIVE, rows)

    def of_kind(self, kind: str) -> list[tuple[str, str, str]]:
        """(event_id, member_id, payload) of the events written so far, each id once."""
        return self._db.execute("SELECT event_id, member_id, payload FROM arriving WHERE kind = ?", (kind,)).fetchall()

    def drop(self, events: Iterable[tuple[str, str]], kinds: Sequence[str]) -> None:
        """Leaves out events given as (event_id, member_id), where they are of one of the kinds."""
        slots = ", ".join("?" * len(kinds))
        text = f"DELETE FROM arriving WHERE event_id = ? AND member_id = ? AND kind IN ({slots})"  # noqa: S608
        self._db.executemany(text, ((event_id, member_id, *kinds) for event_id, member_id in events))

    def finish(self, house_since: int, facts: Mapping[str, str]) -> int:
        """Writes indexes and facts about the events; gives how many events the pack has.

        Args:
            house_since: wall second from which house picks shown are counted.
            facts: of the pack, about the events.
        """
        many = int(self._db.execute(_SETTLE).rowcount)
        self._db.create_function("card_form", 1, card_form, deterministic=True)
        self._db.execute(_CARDS)
        self._db.execute(_HOUSE, (house_since,))
        self._db.execute(_NAMED)
        self._db.execute(_PAIRS)
        self._db.executemany("INSERT OR REPLACE INTO facts (key, value) VALUES (?, ?)", sorted(facts.items()))
        self._db.execute("COMMIT")
        return many

    def close(self) -> None:
        """Lets go of the file."""
        self._db.close()
        if self._waiting is not None:
            self._waiting.unlink(missing_ok=True)
