"""A process that works out a list of the shop: `python -m clerk.desk.lists_process HOME KIND NOW`.

Going through all members takes up to half a minute of Python; on a thread of the counter it would hold up every key
and scan, so it runs in a child (see `clerk.worker`). It answers once, on stdout, and ends: a pickled pair of the frozen
result and None, or of None and the error as (class name, what, remedy). Only its own parent reads that pipe.
"""

from __future__ import annotations

import contextlib
import pickle
import sys
from pathlib import Path

from clerk import worker
from clerk.clock import DAY_S, FixedClock
from clerk.errors import ClerkError
from clerk.model import Duplicates, PrepList, Scorecard, VisitCard
from clerk.model.nights import NightsMore

Answer = tuple[PrepList | Scorecard | NightsMore | Duplicates | None, tuple[str, str, str] | None]
"""What is answered."""


def main(arguments: list[str]) -> int:
    """Works one list out and writes it; 0, or 1 when there is none."""
    answer = worker.at_work()
    worker.end_with_parent()
    result: Answer
    try:
        result = _result(Path(arguments[0]), arguments[1], int(arguments[2])), None
    except ClerkError as error:
        result = None, (type(error).__name__, error.what, error.remedy)
    with contextlib.suppress(BrokenPipeError), answer:
        pickle.dump(result, answer)
    return 0 if result[1] is None else 1


def _result(home: Path, kind: str, now: int) -> PrepList | Scorecard | NightsMore | Duplicates:
    """The list that is asked for."""
    # Imported here so that the priority is lowered first.
    from clerk.outlook.all_members import everybody

    if kind == "scorecard":
        from clerk.desk.desk import Desk
        from clerk.outlook.scorecard import Moment, scorecard

        moment = Moment(now)
        desk = Desk.open(home, clock=moment)

        def card(member_id: str, at: int) -> VisitCard:
            moment.at = at
            with desk.pack.reading() as pack:
                return pack.cards.whole_card(member_id, "")

        try:
            with everybody(home) as members:
                return scorecard(members, now, card)
        finally:
            desk.close()
    if kind == "prep":
        from clerk.outlook.prep import prep_list

        with everybody(home) as members:
            return prep_list(members, (now + DAY_S) // DAY_S * DAY_S, now)
    if kind == "nights":
        from clerk.desk.manager.nights_in_detail import nights_more

        return nights_more(home, now)
    if kind == "duplicates":
        from clerk.desk.desk import Desk

        desk = Desk.open(home, clock=FixedClock(now), actor="manager")
        try:
            return desk.pairs.duplicates()
        finally:
            desk.close()
    raise ClerkError(f"There is no list {kind!r}.", "Ask for prep, scorecard, nights or duplicates.")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
