"""How long no PIN is looked at for a name at the counter: pure rules over the people of one file.

Too many wrong PINs lock a name, each time for twice as long. A manager is locked only while another one is free to sign
in: the last one only waits between two tries. What is tried over the network counts for none of this.

Times are counted in seconds since the machine started (`clerk.clock.tick`), so setting the wall clock neither ends nor
lengthens a lock. Over a restart the wall clock tells what is left, which is never more than the whole length.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from clerk.clock import DAY_S
from clerk.model.staff import StaffRole
from clerk.people.people_file import Kept
from clerk.settings import PeopleSettings

LOCKOUT_AT_MOST_S = DAY_S
"""The doubling ends here: a longer one only keeps a colleague from work, and a manager unlocks at once."""

WAIT_S = 30
"""The last manager's wait after every further wrong PIN, reached by doubling from one second."""

LONGER_EVERY = 60
"""Wrong PINs after which that wait is `WAIT_S` longer: who goes on for so long is guessing."""

WAIT_AT_MOST_S = 300
"""The last manager's longest wait: 288 tries a day at most."""


def left_s(people: Sequence[Kept], one: Kept, now: int, tick: float) -> int:
    """Seconds until the next PIN of this name is looked at; 0 when it is at once.

    Args:
        people: everybody here.
        one: of them.
        now: wall seconds.
        tick: seconds since the machine started.
    """
    left = _own_left_s(one, now, tick)
    if left <= WAIT_AT_MOST_S or one.role != StaffRole.MANAGER.value:
        return left
    # Every manager is locked: an earlier version did that, or the one who was free left or was given another role.
    managers = [(_own_left_s(other, now, tick), other) for other in people if other.role == StaffRole.MANAGER.value]
    least, first = min(managers, key=lambda pair: pair[0])
    if least <= WAIT_AT_MOST_S or first is not one:
        return left
    return max(WAIT_AT_MOST_S - (one.locked_s - left), 0) if one.locked_s else 0


def count_wrong(people: Sequence[Kept], one: Kept, now: int, tick: float, rule: PeopleSettings) -> None:
    """Effect: counts one try as wrong, and locks the name or lets the last manager wait when it was one too many.

    Args: as `left_s`, and the shop's settings.
    """
    one.wrong += 1
    over = one.wrong - rule.tries
    if over < 0:
        one.locked_until = one.locked_s = 0
    elif _is_last_manager(people, one, now, tick):
        _lock(one, min(1 << min(over, 10), WAIT_S * (1 + over // LONGER_EVERY), WAIT_AT_MOST_S), now, tick)
    else:
        _lock(one, min(rule.lockout_s << min(one.lockouts, 20), LOCKOUT_AT_MOST_S), now, tick)
        one.lockouts, one.wrong = one.lockouts + 1, 0


def begin_again(one: Kept, now: int, tick: float) -> bool:
    """Effect: a lock from before a restart counts on from now in the seconds of this run; gives whether it was one."""
    left = _own_left_s(one, now, tick)
    if not left or (one.locked_s and tick >= one.locked_tick):
        return False
    _lock(one, left, now, tick)
    return True


def free(one: Kept) -> None:
    """Effect: nothing wrong was tried at the counter any more."""
    one.wrong = one.lockouts = one.locked_until = one.locked_s = 0


def _lock(one: Kept, length_s: int, now: int, tick: float) -> None:
    one.locked_s, one.locked_tick, one.locked_until = length_s, tick, now + length_s


def _own_left_s(one: Kept, now: int, tick: float) -> int:
    """What is left of a name's own lock, whoever else is locked."""
    by_wall = max(one.locked_until - now, 0)
    if not one.locked_s:
        return min(by_wall, LOCKOUT_AT_MOST_S)
    passed = tick - one.locked_tick
    return min(one.locked_s, by_wall) if passed < 0 else max(math.ceil(one.locked_s - passed), 0)


def _is_last_manager(people: Sequence[Kept], one: Kept, now: int, tick: float) -> bool:
    if one.role != StaffRole.MANAGER.value:
        return False
    others = (other for other in people if other is not one and other.role == StaffRole.MANAGER.value)
    return all(_own_left_s(other, now, tick) for other in others)
