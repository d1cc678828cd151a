"""Whether a mark is anywhere in what can be reached from an app, or in a cache of the libraries it draws with."""

from __future__ import annotations

import functools
import gc
import types
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from textual.cache import FIFOCache, LRUCache

_WRAPPER = type(functools.lru_cache(len))
_SKIPPED = (type, types.ModuleType, types.BuiltinFunctionType, types.CodeType, int, float, bytes)
_RUNS = (types.CoroutineType, types.FrameType, types.GeneratorType)


def where(
    root: object, marks: Iterable[str], skip: Iterable[object] = (), kept: Iterable[object] | None = None
) -> list[str]:
    """The texts that hold one of the marks, reachable from the root or from any cache.

    Args:
        root: where to begin.
        marks: what must not be found.
        skip: objects that may hold it: the desk with the store data, the test's own.
        kept: caches of the process; looked for anew when not given, which takes most of the time.
    """
    marks = tuple(marks)
    todo: list[object] = [root, *(caches() if kept is None else kept)]
    found: list[str] = []
    seen = {id(one) for one in (*skip, todo, marks, found, kept)}
    while todo:
        one = todo.pop()
        if id(one) in seen or isinstance(one, _SKIPPED):
            continue
        seen.add(id(one))
        if isinstance(one, str):
            if any(mark in one for mark in marks):
                found.append(one)
        elif isinstance(one, types.FunctionType):
            # Not its globals: every module would follow.
            todo += [one.__closure__, one.__defaults__, one.__dict__]
        elif not isinstance(one, _RUNS) or not _is_of_the_test(one):
            todo += gc.get_referents(one)
    return found


def _is_of_the_test(one: object) -> bool:
    """Whether a running function belongs to the test itself, whose variables hold what it looks for."""
    code = getattr(one, "cr_code", None) or getattr(one, "f_code", None) or getattr(one, "gi_code", None)
    return code is None or "/tests/" in code.co_filename or "pytest" in code.co_filename


@contextmanager
def settled() -> Iterator[list[object]]:
    """What the test run itself has made is left out of every collection; gives the caches there are so far."""
    gc.collect()
    known = caches()
    gc.freeze()
    try:
        yield known
    finally:
        gc.unfreeze()


def caches() -> list[object]:
    """Every cache of the process."""
    return [one for one in gc.get_objects() if type(one) in (_WRAPPER, LRUCache, FIFOCache)]
