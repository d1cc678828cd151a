"""Finds the description of a file: the shop's own by its name, those of systems by their columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from clerk.errors import SourceMissing, SourceUnknown
from clerk.intake.files.recognition import BYTES_AT_MOST, Recognised, header_of
from clerk.intake.layouts import plainly
from clerk.intake.mapping.entries import FILE_NAME, FileMapping, needed_first, of_systems
from clerk.phrases import did_you_mean

MODULE = "mapping"
"""Module of a file that has a description."""


@dataclass(frozen=True, slots=True)
class Described:
    """A description laid upon one file."""

    mapping: FileMapping
    places: Mapping[str, Mapping[str, int]]
    """Plain name of a column, as the description has it -> what its `*` stands for -> place in the file.

    A name without `*` has one place, under the empty text.
    """
    header: tuple[str, ...] = ()


def ignored(path: Path, mappings: Sequence[FileMapping]) -> tuple[Recognised, ...]:
    """The file by a description that ignores it by its name alone, whatever is in it: nothing is opened.

    What the shop itself says of a name comes before what is known of a system.
    """
    ours = [one for one in mappings if one.match and _called_so(path, one)]
    fitting = ours or [one for one in of_systems() if one.match and _called_so(path, one)]
    unread = next((one for one in fitting if one.ignore and not one.has), None)
    if unread is None:
        return ()
    return (Recognised(path, unread.called(), (), MODULE, {}, mapping=(Described(unread, {}),)),)


def _called_so(path: Path, one: FileMapping) -> bool:
    return not one.match or fnmatchcase(path.name.lower(), one.match.lower())


def by_shop(
    path: Path, mappings: Sequence[FileMapping], *, bytes_at_most: int = BYTES_AT_MOST
) -> tuple[Recognised, ...]:
    """The file by each of the shop's own descriptions that fits it, one for each table.

    Raises:
        SourceMissing: a column that the description names is not in the file.
        SourceUnknown: the description says what to export instead.
        SourceUnsafe, SourceUnreadable: as `recognise`.
    """
    ours = [one for one in mappings if _called_so(path, one)]
    if not ours:
        return ()
    header, is_parquet = header_of(path, bytes_at_most=bytes_at_most)
    plain = _plain(header)
    ours = [one for one in ours if all(_places(name, one, plain) for name in one.has)]
    return _recognised(path, ours, header, is_parquet=is_parquet)


def by_system(path: Path, *, bytes_at_most: int = BYTES_AT_MOST) -> tuple[Recognised, ...]:
    """The file by the description of a system that knows it by its columns; of several, the one with most of them.

    Raises:
        SourceMissing: a column that the description needs is not in the file.
        SourceUnknown: the description says what to export instead.
        SourceUnsafe, SourceUnreadable: as `recognise`.
    """
    mine = [one for one in of_systems() if one.has and _called_so(path, one)]
    header, is_parquet = header_of(path, bytes_at_most=bytes_at_most)
    plain = _plain(header)
    fitting = [one for one in mine if all(_places(name, one, plain) for name in one.has)]
    if not fitting:
        return ()
    # Descriptions of one system and name are several tables of one kind of file.
    kinds: dict[tuple[str, str], list[FileMapping]] = {}
    for one in fitting:
        kinds.setdefault((one.system, one.name), []).append(one)

    def known(kind: Sequence[FileMapping]) -> tuple[int, int]:
        found = {name for one in kind for name in one.needs() if _places(name, one, plain)}
        return max(len(one.has) for one in kind), len(found)

    return _recognised(path, max(kinds.values(), key=known), header, is_parquet=is_parquet)


def _recognised(
    path: Path, mappings: Sequence[FileMapping], header: Sequence[str], *, is_parquet: bool
) -> tuple[Recognised, ...]:
    plain = _plain(header)
    described: dict[str, list[Described]] = {}
    for one in needed_first(mappings):
        if one.refuse:
            raise SourceUnknown(f"{path.name} is not the export that is needed ({one.called()}).", one.refuse)
        places = {plainly(name): _places(name, one, plain) for name in one.needs()}
        missing = [name for name in one.needs() if not places[plainly(name)] and plainly(name) not in one.optional]
        if missing:
            raise _missing(path, one, missing, header)
        found = {name: there for name, there in places.items() if there}
        described.setdefault(one.table, []).append(Described(one, found, tuple(header)))
    made = []
    for several in described.values():
        places_read = {f"c{at}": at for one in several for places in one.places.values() for at in places.values()}
        first = several[0].mapping
        withheld = {plainly(name) for one in several for name in one.mapping.never}
        made.append(
            Recognised(
                path, first.called(), first.tables(), MODULE, places_read, tuple(header), {}, is_parquet,
                any(plainly(name) in withheld for name in header), mapping=tuple(several),
            )
        )  # fmt: skip
    return tuple(made)


def _missing(path: Path, one: FileMapping, missing: list[str], header: Sequence[str]) -> SourceMissing:
    """The error about columns that a file has not; names the nearest that it has."""
    named = FILE_NAME if not one.system else f"the layout of {one.name}"
    like = did_you_mean(missing[0], [name.strip().strip("\ufeff") for name in header])
    what = f"{path.name} has no column {', '.join(missing[:5])}, which {named} names. {like}".strip()
    remedy = f"Correct {FILE_NAME}, or export the column too." if not one.system else "Export the column too."
    return SourceMissing(what, remedy)


def _plain(header: Sequence[str]) -> dict[str, int]:
    """Plain name -> place of each column; the first of equal names counts."""
    plain: dict[str, int] = {}
    for position, name in enumerate(header):
        plain.setdefault(plainly(name), position)
    return plain


def _places(name: str, one: FileMapping, plain: Mapping[str, int]) -> dict[str, int]:
    """Places of a column of a description in a file, under the first of its names that is there."""
    called = plainly(name)
    for other in (called, *one.names.get(called, ())):
        if other in plain:
            return {"": plain[other]}
        head, star, tail = other.partition("*")
        if star:
            fitting = {
                there[len(head) : len(there) - len(tail)]: at
                for there, at in plain.items()
                if there.startswith(head) and there.endswith(tail) and len(there) > len(head) + len(tail)
            }
            if fitting:
                return fitting
    return {}
