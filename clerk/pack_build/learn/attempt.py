"""One attempt to learn one model: whatever happens in it, the other models and the night go on.

In: a way to learn, and a way to go through the members. Out: the model's JSON or None, and how it went. Where learning
breaks off, the members that break it are looked for and left out, so that one odd record costs nobody a model.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from itertools import islice
from typing import TYPE_CHECKING

from clerk.model import History
from clerk.model.learned import ModelState

if TYPE_CHECKING:
    from clerk.pack_build.learn.cases import Member

Learner = Callable[[Iterator[History]], Mapping[str, object] | None]
"""Learns one model from histories; None or `TooLittle` where that is not possible."""

_TOGETHER = 64
"""Members tried at once when the odd ones are looked for."""


class TooLittle(Exception):
    """There is too little to learn a model from; the message says how much of how much."""


def enough(have: int, need: int, of: str) -> None:
    """Goes on where there is enough to learn from.

    Raises:
        TooLittle: `have` is less than `need`; `of` says what is counted.
    """
    if have < need:
        raise TooLittle(f"{have:,} of the {need:,} needed {of}")


def attempted(
    learner: Learner, members: Callable[[], Iterable[Member]]
) -> tuple[Mapping[str, object] | None, ModelState]:
    """What a learner makes of the members, without those that break it.

    Args:
        learner: of one model.
        members: begins anew with the first member each time that it is called.

    Returns:
        The model's JSON, or None; and how it went.

    Cost: one pass. Where it breaks, about three.
    """
    try:
        return _learned(learner, members())
    except Exception as problem:  # whatever it is, it must not cost the other models
        said = f"{type(problem).__name__}: {problem}" if str(problem) else type(problem).__name__
    odd = frozenset(_odd(learner, members()))
    if not odd:
        return None, ModelState(why=said, failed=True)
    try:
        found, state = _learned(learner, members(), without=odd)
    except Exception:
        return None, ModelState(why=said, failed=True, left_out=len(odd))
    return found, ModelState(why=state.why, left_out=len(odd))


def _learned(
    learner: Learner, members: Iterable[Member], without: Collection[int] = ()
) -> tuple[Mapping[str, object] | None, ModelState]:
    """The model and that it was learned, or None and what was lacking."""
    try:
        found = learner(one.history for one in members if one.member_no not in without)
    except TooLittle as lack:
        return None, ModelState(why=str(lack))
    if found is None:
        return None, ModelState(why="too little to learn from")
    _all_numbers(found)
    return found, ModelState()


def _odd(learner: Learner, members: Iterable[Member]) -> Iterator[int]:
    """Numbers of the members with whom alone the learner breaks off; none where it breaks off without anybody."""
    if _breaks(learner, ()):
        return
    rest = iter(members)
    while some := list(islice(rest, _TOGETHER)):
        if _breaks(learner, some):
            yield from (one.member_no for one in some if _breaks(learner, [one]))


def _breaks(learner: Learner, members: Iterable[Member]) -> bool:
    try:
        _learned(learner, members)
    except Exception:
        return True
    return False


def _all_numbers(value: object) -> None:
    """Goes on where every number of a JSON value is one.

    Raises:
        FloatingPointError: there is one that is none, or is infinite.
    """
    if isinstance(value, Mapping):
        value = value.values()
    if isinstance(value, float) and not math.isfinite(value):
        raise FloatingPointError("a weight came out as no number")
    if isinstance(value, Iterable) and not isinstance(value, str):
        for part in value:
            _all_numbers(part)
