"""What is wrong in a description, in words that name the nearest right one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from clerk.phrases import did_you_mean


class Wrong(ValueError):
    """Something in a description that cannot be meant. Its text follows the name of the file and the entry."""


def instead(name: str, known: Sequence[str], at_most: int = 12) -> str:
    """A hint that follows an unknown name: the nearest known one, else those that there are."""
    if near := did_you_mean(name, known):
        return near.strip()
    shown = ", ".join(known[:at_most])
    return f"There are {shown}{' and more' if len(known) > at_most else ''}."


def only(written: Iterable[str], known: Sequence[str], what: str) -> None:
    """Refuses keys that are not known.

    Raises:
        Wrong: names the first strange one, and the nearest right one.
    """
    for name in written:
        if name not in known:
            raise Wrong(f"{what} has no key {name}. {instead(name, known)}")
