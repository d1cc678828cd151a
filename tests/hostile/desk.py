"""A desk all of whose texts are attacks, each a new one: `python -m tests.hostile.desk SEED FILE [sign-in]`.

Runs the counter on this terminal. How many texts were given is written to the file, in place, after each.
"""

from __future__ import annotations

import dataclasses
import random
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any, TypeVar

from clerk.model import (
    Agreement,
    Associate,
    AuditLine,
    ItemCard,
    Items,
    Members,
    Nobody,
    PrepList,
    Scorecard,
    Several,
    StaffRole,
    Statement,
    VisitCard,
    Why,
)
from clerk.ui.counter.launch import open_counter
from tests.hostile.texts import hostile
from tests.ui.fake_desk import HOSTILE_CODE, FakeDesk
from tests.ui.people import HOSTILE
from tests.ui.shop_lists import HOSTILE_AGREEMENTS, HOSTILE_PREP, HOSTILE_SAID, HOSTILE_SCORECARD
from tests.ui.shop_nights import HOSTILE_NIGHTS, HOSTILE_ROWS

_T = TypeVar("_T")


class HostileDesk(FakeDesk):
    """Gives every text anew.

    Args:
        seed: of the attacks.
        told: file for how many there were.
    """

    def __init__(self, seed: int, told: Path) -> None:
        super().__init__()
        real = self.signing.contact
        self.signing.contact = lambda member_id: self.fresh(  # type: ignore[method-assign]
            dataclasses.replace(real(member_id), name=HOSTILE, phone=HOSTILE, email=HOSTILE)
        )
        self._chance, self._told, self.given = random.Random(seed), told, 0
        self.nights.found, self.nights.kept = HOSTILE_NIGHTS, HOSTILE_ROWS

    def fresh(self, value: _T) -> _T:
        """The same with each hostile text replaced by a new one."""
        made: Any = self._anew(value)
        self._told.write_text(str(self.given))
        return made  # type: ignore[no-any-return]

    def scan(self, keys: str) -> VisitCard | Several | Nobody | ItemCard:
        self.nights.found, self.nights.kept = self.fresh(HOSTILE_NIGHTS), self.fresh(HOSTILE_ROWS)
        return self.fresh(super().scan(keys))

    def find_members(self, text: str, limit: int = 20) -> Members:
        return self.fresh(super().find_members("b", limit))

    def choice(self, member_ids: Iterable[str]) -> Members:
        return self.fresh(super().choice(member_ids))

    def find_items(self, text: str, limit: int = 20) -> Items:
        found = super().find_items("a", limit)
        hits = [dataclasses.replace(hit, item=dataclasses.replace(hit.item, name=HOSTILE)) for hit in found.hits]
        return self.fresh(dataclasses.replace(found, hits=tuple(hits)))

    def item(self, sku: str) -> ItemCard:
        return self.fresh(super().item("HX-1"))

    def why(self, member_id: str, sku: str) -> Why:
        return self.fresh(super().why(member_id, "HX-1"))

    def statements_of(self, member_id: str, *, to_the_member: bool = False) -> tuple[Statement, ...]:
        return self.fresh(HOSTILE_SAID)

    def agreements_of(self, member_id: str) -> tuple[Agreement, ...]:
        return self.fresh(HOSTILE_AGREEMENTS)

    def prep(self) -> PrepList:
        return self.fresh(HOSTILE_PREP)

    def scorecard(self) -> Scorecard:
        return self.fresh(HOSTILE_SCORECARD)

    def audit_lines(self, *, member_id: str = "", associate: str = "", limit: int = 200) -> tuple[AuditLine, ...]:
        return self.fresh(tuple(
            dataclasses.replace(line, actor=HOSTILE, did=HOSTILE, member_id=HOSTILE) for line in super().audit_lines()
        ))  # fmt: skip

    def _anew(self, value: Any) -> Any:
        if isinstance(value, str):
            if HOSTILE not in value:
                return value
            self.given += 1
            return hostile(self._chance)
        if isinstance(value, (tuple, list)) and not hasattr(value, "_fields"):
            return type(value)(self._anew(each) for each in value)
        if hasattr(value, "_fields"):
            return type(value)(*(self._anew(each) for each in value))
        if dataclasses.is_dataclass(value) and not isinstance(value, type):
            changed = {
                each.name: self._anew(getattr(value, each.name)) for each in dataclasses.fields(value) if each.init
            }
            return dataclasses.replace(value, **changed)
        return value


def main() -> None:
    desk = HostileDesk(int(sys.argv[1]), Path(sys.argv[2]))
    if "sign-in" in sys.argv:
        people = [desk.fresh(Associate(HOSTILE, StaffRole.MANAGER)) for _ in range(6)]
        desk.signing.people = tuple(people)
    open_counter(lambda: desk)


__all__ = ["HOSTILE_CODE", "HostileDesk"]

if __name__ == "__main__":
    main()
