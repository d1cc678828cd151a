"""After an erasure and one night of each machine, nothing of the member is left that a receipt does not name.

Lives of a member at random: commands in any order on machines of three kinds of shop, an erasure, one night of each
machine by whatever commands it exchanges. Then every byte of every machine and location is searched, as whoever has the
keys can read it. What is found must stand on a receipt that is kept there or where the member was forgotten, and may
stay no longer than the receipt says: the days go on, and it is searched again.
"""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from clerk.clock import DAY_S
from clerk.privacy.erasure import Scope
from tests.privacy.byte_search import Found, search, words
from tests.privacy.lives import REPORTS_KEPT, TOPOLOGIES, Shop
from tests.proof import record_proof, rounds

PERSONAL = ("name", "phone", "e-mail", "note")
PROMISED = {
    Scope.ALL: PERSONAL,
    Scope.EXPIRED: PERSONAL,
    Scope.NOTES: ("note",),
    Scope.CONTACT: ("name", "phone", "e-mail"),
    Scope.PURCHASES: ("purchases",),
}
"""What an erasure says that it takes."""


def life(folder: Path, topology: str, seed: int, scope: Scope = Scope.ALL) -> tuple[Shop, str] | None:
    """A shop in which somebody lived and was forgotten, one night later, and where; None where nobody knew them."""
    shop = Shop(folder, topology, seed, "[privacy]\nkeep_months = 1\n" if scope is Scope.EXPIRED else "")
    for _ in range(shop.r.randint(3, 9)):
        shop.something()
    assert shop.person.traces.forms
    first = shop.stays_away() if scope is Scope.EXPIRED else shop.forget(scope)
    if first is None:
        shop.close()
        return None
    if scope is not Scope.EXPIRED:
        shop.others_go_on()
        shop.one_night_of_each(first)
    return shop, first.name


def left(shop: Shop, scope: Scope = Scope.ALL) -> list[Found]:
    """What is still found of what the erasure promised to take."""
    return search(shop.folders(), shop.person.traces.only(*PROMISED[scope]), shop.keys())


def copies_on_receipts(shop: Shop) -> Iterator[tuple[str, dict[str, Any]]]:
    """Machine and copy that a receipt there names."""
    for one in shop.machines:
        for path in sorted((one.home / "receipts").glob("*.json")):
            for copy in json.loads(path.read_text(encoding="utf-8"))["copies"]:
                yield one.name, copy


def undeclared(shop: Shop, first: str, found: list[Found]) -> list[Found]:
    """What was found in files that no receipt names, or that should be gone by now."""
    roles = {one.name: one.role for one in shop.machines}
    copies = list(copies_on_receipts(shop))
    handed_out = [one.relative_to(shop.folder).as_posix() for one in shop.exported if one.is_relative_to(shop.folder)]

    def names(machine: str, copy: dict[str, Any], one: Found) -> bool:
        if copy["gone_by"] and copy["gone_by"] <= shop.now:
            return False
        for pattern in copy["files"]:
            where, _, glob = pattern.partition(":")
            here = {
                "here": one.place == machine,
                "office": roles.get(one.place) == "office" and machine == first,
                "device": roles.get(one.place) == "device" and machine == first,
                "people": any(f"{one.place}/{one.path}".startswith(each) for each in handed_out),
            }
            if here.get(where, one.place == where) and (where == "people" or matches(glob, one.path)):
                return True
        return False

    return [one for one in found if not any(names(machine, copy, one) for machine, copy in copies)]


def matches(pattern: str, path: str) -> bool:
    """Whether a path is among those of a receipt's pattern."""
    parts = re.split(r"(\*\*|\*)", pattern)
    return re.fullmatch("".join({"**": ".*", "*": "[^/]*"}.get(one, re.escape(one)) for one in parts), path) is not None


def check(shop: Shop, first: str, when: str, scope: Scope = Scope.ALL) -> None:
    """Fails with what happened and what is left that should not be."""
    bad = undeclared(shop, first, left(shop, scope))
    said = "\n  ".join(shop.done)
    assert not bad, f"{shop.topology}, seed {shop.seed}, {when}, forgotten at {first}:\n{words(bad)}\nafter\n  {said}"


def whole_check(folder: Path, topology: str, seed: int, scope: Scope = Scope.ALL) -> bool:
    """A life, searched after one night of each machine, after some days, and after the last date of all receipts."""
    lived = life(folder, topology, seed, scope)
    if lived is None:
        return False
    shop, first = lived
    check(shop, first, "after one night of each", scope)
    shop.days_of_nights(3)
    check(shop, first, "after three more nights", scope)
    shop.later(REPORTS_KEPT + 2)
    shop.days_of_nights(1)
    last = max(copy["gone_by"] for _, copy in copies_on_receipts(shop))
    shop.later(max(0.0, (last - shop.now) / DAY_S + 1))
    check(shop, first, "after every date on the receipts", scope)
    shop.close()
    return True


@pytest.fixture
def folder() -> Iterator[Path]:
    """In memory where there is such a folder: thousands of small files are written durably."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as name:
        yield Path(name)


@pytest.fixture(autouse=True)
def _scratch(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Scratch files of commands lie where they are searched too."""
    monkeypatch.setattr(tempfile, "tempdir", str(folder))


def lives(folder: Path, topology: str, seeds: range, scope: Scope = Scope.ALL) -> None:
    """So many lives, each in a folder of its own."""
    for seed in seeds:
        with tempfile.TemporaryDirectory(dir=folder) as name:
            monkey = tempfile.tempdir
            scratch = Path(name) / "tmp"
            scratch.mkdir()
            tempfile.tempdir = str(scratch)
            try:
                if whole_check(Path(name), topology, seed, scope):
                    record_proof(f"bytes of erased members: {scope.value}, {topology.partition(',')[0]}", 1)
            finally:
                tempfile.tempdir = monkey


@pytest.mark.parametrize("topology", TOPOLOGIES)
def test_nothing_of_an_erased_member_is_left_that_no_receipt_names(folder: Path, topology: str) -> None:
    lives(folder, topology, range(rounds(2, 200)))


@pytest.mark.parametrize("scope", [Scope.NOTES, Scope.CONTACT, Scope.PURCHASES, Scope.EXPIRED])
def test_nothing_of_an_erased_part_is_left_that_no_receipt_names(folder: Path, scope: Scope) -> None:
    for seed in range(1000, 1000 + rounds(1, 120)):
        lives(folder, TOPOLOGIES[(seed + len(scope)) % 3], range(seed, seed + 1), scope)
