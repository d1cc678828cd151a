"""What is wrong in a description, in words that name the nearest right one."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence


class Wrong(ValueError):
    """Something in a description that cannot be meant. Its text follows the name of the file and the entry."""


def nearest(name: str, known: Iterable[str]) -> str:
    """The known name that is most like this one; empty when none is."""
    folded = {one.lower(): one for one in known}
    found = difflib.get_close_matches(name.lower(), list(folded), 1, 0.6)
    return folded[found[0]] if found else ""


def instead(name: str, known: Sequence[str], at_most: int = 12) -> str:
    """A hint that follows an unknown name: the nearest known one, else all of them."""
    if hit := nearest(name, known):
        return f"did you mean {hit}?"
    shown = ", ".join(known[:at_most])
    return f"there are {shown}" + (" and more" if len(known) > at_most else "")


def only(written: Iterable[str], known: Sequence[str], what: str) -> None:
    """Refuses keys that are not known.

    Raises:
        Wrong: names the first strange one, and the nearest right one.
    """
    for name in written:
        if name not in known:
            raise Wrong(f"{what} has no key {name}: {instead(name, known)}")
